"""The measured table for chat: pairs by sample, says that its mind is scripted, and keeps what else was measured."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bartizan.attacks.chat.case_files import built_in
from bartizan.catalog.load import load_catalog
from bartizan.catalog.measured import EMPTY, MeasuredEffect, Unmeasured, measured_table
from bartizan.core.measurement import Rate
from bartizan.core.terms import ControlId, ThreatId
from bartizan.core.transcript import Surface
from bartizan.core.trial import BenignTrial, Trial, TrialOutcome
from bartizan.lab.chat.scheme import Depth, scheme
from bartizan.playground.in_process import assistant
from bartizan.workflows.gateway_effects_table import RIG, Ran, Stack, drawn, effects_of, stacks, table_with
from bartizan.workflows.gateway_effects_target import standing

_INDIRECT, _SEGREGATION = ThreatId("indirect_prompt_injection"), ControlId("input_segregation")


def _trial(case: str, outcome: TrialOutcome, surface: Surface = "email", attack: str = "indirect") -> Trial:
    threats = ("indirect_prompt_injection", "direct_prompt_injection")
    return Trial(
        key=case, case=case, title=case, attack=attack, threats=threats, surface=surface, outcome=outcome, why=""
    )


def _ran(name: str, trials: list[Trial], folder: Path) -> Ran:
    known = {one.name: one for one in stacks(folder)}
    stack = known.get(name) or Stack(name="none", guards=standing(()))
    done = BenignTrial(key="t", task="t", title="t", outcome="done", why="")
    return Ran(stack=stack, trials=tuple(("agent", one) for one in trials), benign=(("agent", done),))


def test_the_same_attempts_are_drawn_each_time_and_no_more_than_so_many_of_each() -> None:
    every = scheme(built_in(), assistant().card, None, Depth(repeats=1, dresses=1)).attempts
    some = drawn(every, most=2)
    assert some == drawn(tuple(every), most=2)
    counts: dict[tuple[str, str], int] = {}
    for one in some:
        counts[one.case.id, one.surface] = counts.get((one.case.id, one.surface), 0) + 1
    assert set(counts.values()) <= {1, 2}
    assert {one.case.id for one in some} == {one.case.id for one in every}


def test_each_guard_stands_alone_and_all_of_them_together(tmp_path: Path) -> None:
    made = stacks(tmp_path)
    assert (made[0].name, made[-1].name) == ("none", "all of them")
    assert not made[0].guards.posts
    assert all(len(one.guards.posts) == 1 and one.control == one.guards.posts[0].guard.id for one in made[1:-1])
    assert len(made[-1].guards.posts) == len(made) - 2
    assert len({one.guards.digest for one in made}) == len(made)


def test_an_order_of_the_users_is_no_order_in_content_and_errors_count_nowhere(tmp_path: Path) -> None:
    catalog = load_catalog()
    said = [_trial("a", "hit"), _trial("b", "hit", "user_message"), _trial("c", "hit")]
    after = [_trial("a", "miss"), _trial("b", "hit", "user_message"), _trial("c", "error")]
    found = {
        threat: changed
        for threat, changed, _ in effects_of(_ran("none", said, tmp_path), _ran("none", after, tmp_path), catalog)
    }
    assert (found[_INDIRECT].without, found[_INDIRECT].with_) == (Rate(hits=1, trials=1), Rate(hits=0, trials=1))
    assert found[ThreatId("direct_prompt_injection")].with_ == Rate(hits=1, trials=1)


def test_a_new_measurement_takes_the_place_of_the_old_one_and_of_nothing_else(tmp_path: Path) -> None:
    catalog, rate = load_catalog(), Rate(hits=1, trials=2)
    other = MeasuredEffect(
        threats=(ThreatId("evasion"),),
        control=ControlId("input_distortion"),
        setting="x",
        rig="tumours",
        attacks=("square",),
        without=rate,
        with_=rate,
        reduction=0.0,
        low=-0.1,
        high=0.1,
    )
    stale = msgspec.structs.replace(other, rig=RIG)
    why = "the lab has no code for this control on predictive models"
    gaps = tuple(
        Unmeasured(threat=_INDIRECT, control=ControlId(one), why=why)
        for one in ("input_segregation", "model_alignment")
    )
    table = msgspec.structs.replace(EMPTY, effects=(other, stale), unmeasured=gaps)
    runs = [_ran("none", [_trial("a", "hit")], tmp_path), _ran("input_segregation", [_trial("a", "miss")], tmp_path)]
    made = table_with(table, runs, catalog)
    assert made.effects[0] == other
    assert stale not in made.effects
    (new,) = made.of(_INDIRECT, _SEGREGATION)
    assert (new.reduction, new.accuracy_with) == (1.0, Rate(hits=1, trials=1))
    assert made.unmeasured == (gaps[1],)


def test_what_ships_says_that_the_mind_is_scripted_and_shows_what_helps_and_what_does_not() -> None:
    table = measured_table()
    assert "scripted" in RIG
    (found,) = (one for one in table.of(_INDIRECT, _SEGREGATION) if one.rig == RIG)
    assert found.helps
    assert found.without.trials > 300
    chat = [one for one in table.effects if one.rig == RIG]
    assert any(one.helps is None for one in chat)
    assert all(one.accuracy_with is not None and one.accuracy_with.trials > 10 for one in chat)
    assert any(one.rig != RIG for one in table.effects)
    shown = {(one.threats[0], one.control) for one in chat}
    assert not shown & {(one.threat, one.control) for one in table.unmeasured}

"""What evidence may do to a rating: raise freely; lower only fresh, strong, narrow and on what stands there now."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.assess.assessment import assess
from bartizan.assess.attempts import attempts, leaves_open
from bartizan.assess.compare import Assessed, compare
from bartizan.assess.planning.problem import problem_of
from bartizan.assess.rate import reduced
from bartizan.catalog.load import load_catalog
from bartizan.core.evidence import Evidence
from bartizan.core.records import Advice, Assessment, EvidenceUse, Factor, Risk
from bartizan.core.terms import ComponentId, ControlId, ControlStatus
from bartizan.system.graph import System
from tests.assess.described import described

TODAY = "2026-11-22"
NOW, BEFORE = "a" * 64, "b" * 64
BOT = f"""\
name: Shop assistant
components:
  - {{id: bot, kind: model, type: generative, trained_by: us, run_by: us, tools: [], output_goes_to: [person],
     output_can_harm: yes, digests: {{model: {NOW}}}}}
  - {{id: public, kind: actor, trusted: no, crowd: public, motive: yes, uses: [bot]}}
impact: {{behaviour: medium}}
controls:
  - {{control: prompt_injection_io_handling, status: implemented}}
  - {{control: monitor_use, status: verified}}
"""
RISK = "direct_prompt_injection@bot"
GUARD, WATCH = ControlId("prompt_injection_io_handling"), ControlId("monitor_use")


def seen(hits: int | None = None, trials: int | None = None, on: str = "2026-11-01", **more: Any) -> Evidence:
    """An attack on the bot; strong and on the model of now, unless said otherwise."""
    values: dict[str, Any] = {"risk": RISK, "what": "Injection suite", "kind": "test", "digests": {"model": NOW}}
    values |= {"strong": True, **more}
    return Evidence(hits=hits, trials=trials, held_on=on, **values)


def checked(passed: bool | None, on: str = "2026-11-01", control: ControlId = GUARD, **more: Any) -> Evidence:
    """An observation of a control."""
    return Evidence(control=control, passed=passed, held_on=on, what="Looked at it", kind="review", **more)


def made(*evidence: Evidence, system: System | None = None, today: str = TODAY) -> Assessment:
    return assess(system or described(BOT), load_catalog(), today=today, evidence=evidence)


def risk(assessment: Assessment, name: str = RISK) -> Risk:
    return next(r for r in assessment.risks if r.id == name)


def factor(*evidence: Evidence, system: System | None = None) -> Factor:
    return next(f for f in risk(made(*evidence, system=system)).factors if f.id == "susceptibility")


def use(*evidence: Evidence, which: str = "", system: System | None = None) -> EvidenceUse:
    """What the piece of this id did; the only one where no id is given."""
    return next(u for u in risk(made(*evidence, system=system)).evidence if u.id == which)


def advice(assessment: Assessment, control: ControlId = GUARD, name: str = RISK) -> Advice:
    return next(a for a in risk(assessment, name).controls if a.control == control)


BASE = 4
"""What a generative model scores for prompt injection by its description alone."""


def test_the_description_alone_scores_what_these_tests_start_from() -> None:
    assert factor().score == BASE
    assert advice(made()).likelihood > 0
    assert risk(made()).evidence == ()


# on the bare target


def test_a_success_raises_the_factor_to_the_low_end_of_its_interval() -> None:
    found = factor(seen(180, 200, strong=False, digests={}, on="2026-06-03"))
    assert (found.score, found.known) == (5, True)
    assert found.why == "succeeded in 180 of 200 attempts, 90 % (85–93 %), 3 Jun 2026; 4 without evidence"
    assert risk(made(seen(180, 200))).inherent.likelihood >= risk(made()).inherent.likelihood


@pytest.mark.parametrize(
    ("changes", "on"),
    [({"valid_until": "2026-06-01"}, "2026-05-03"), ({"digests": {"model": BEFORE}}, "2026-11-01"), ({}, "2024-01-01")],
    ids=["expired", "target changed", "older than evidence is valid"],
)
def test_what_raised_stays_when_it_is_stale_and_says_so(changes: dict[str, Any], on: str) -> None:
    piece = seen(180, 200, on=on, **changes)
    assert factor(piece).score == 5
    assert "stale: test again" in use(piece).why
    assert any(n.kind == "stale_evidence" and "test again" in n.text for n in made(piece).notes)


def test_a_strong_narrow_test_of_what_runs_now_lowers_to_the_high_end_of_its_interval() -> None:
    found = factor(seen(4, 200))
    assert found.score == 3
    assert found.why == "succeeded in 4 of 200 attempts, 2 % (0.8–5 %), 1 Nov 2026; 4 without evidence"
    assert use(seen(4, 200)).effect == "lowers"
    assert factor(seen(0, 2000)).score == 1


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (seen(4, 200, strong=False), "the attack is not marked strong"),
        (seen(0, 10), "interval too wide: 0 of 10 leaves up to 28 %"),
        (seen(4, 40), "interval too wide: 4 of 40 leaves 4 to 23 %"),
        (seen(4, 200, digests={"model": BEFORE}), "the target has changed since: test again"),
        (seen(4, 200, digests={"data": NOW}), "what stands there now is not known"),
        (seen(4, 200, digests={}), "does not name what it was made on"),
        (seen(4, 200, valid_until="2026-11-21"), "expired on 21 Nov 2026: test again"),
        (seen(4, 200, on="2026-05-25"), "expired on 21 Nov 2026: test again"),
        (seen(4, 200, on="2026-12-01"), "still to come"),
        (seen(), "nothing was counted"),
        (seen(5, 3), "nothing was counted"),
        (seen(4, 200, on="last week"), "does not say on which day"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_qualify_lowers_nothing_and_says_why(piece: Evidence, why: str) -> None:
    assert factor(piece) == factor()
    found = use(piece)
    assert found.effect == "counts for nothing"
    assert why in found.why


def test_evidence_counts_on_its_last_day_and_for_the_days_that_the_scales_give() -> None:
    assert factor(seen(4, 200, valid_until=TODAY)).score == 3
    assert factor(seen(4, 200, on="2026-05-26")).score == 3


def test_a_success_in_the_future_raises_nothing() -> None:
    assert factor(seen(180, 200, on="2026-11-23")) == factor()


def test_a_digest_may_be_written_with_its_kind() -> None:
    assert factor(seen(4, 200, digests={"model": f"SHA256:{NOW.upper()}"})).score == 3


def test_a_newer_test_that_qualifies_supersedes_what_an_older_one_raised() -> None:
    old, new = seen(180, 200, on="2026-10-01", id="E-1"), seen(4, 200, on="2026-11-01", id="E-2")
    assert factor(old, new).score == 3
    assert use(old, new, which="E-1").effect == "counts for nothing"
    assert use(old, new, which="E-1").why == "superseded by E-2"
    assert use(old, new, which="E-2").effect == "lowers"


@pytest.mark.parametrize("on", ["2026-11-01", "2026-11-05"])
def test_what_raises_on_the_same_day_or_later_wins(on: str) -> None:
    low, high = seen(4, 200, on="2026-11-01", id="E-1"), seen(180, 200, on=on, id="E-2", strong=False, digests={})
    assert factor(low, high).score == 5
    assert use(low, high, which="E-1").effect == "counts for nothing"
    assert use(low, high, which="E-2").effect == "raises"


def test_only_the_newest_that_qualifies_lowers() -> None:
    best, newest = seen(0, 2000, on="2026-10-01", id="E-1"), seen(4, 200, id="E-2")
    assert factor(best, newest).score == 3
    assert use(best, newest, which="E-1").why == "newer evidence counts in its place: E-2"


def test_of_two_that_qualify_on_one_day_the_worse_lowers() -> None:
    assert factor(seen(0, 2000), seen(4, 200)).score == factor(seen(4, 200), seen(0, 2000)).score == 3


def test_a_high_end_above_the_score_raises_nothing() -> None:
    assert factor(seen(200, 400)).score == BASE


def test_a_raise_within_what_a_newer_test_leaves_open_stays() -> None:
    """The newer test says 18 to 27 of a hundred, which does not speak against the older one's score."""
    old, new = seen(60, 200, on="2026-10-01"), seen(80, 360)
    assert factor(old, new).score == 4


def test_what_a_newer_test_raises_only_in_part_comes_down_to_its_high_end() -> None:
    old, new = seen(190, 200, on="2026-10-01", id="E-1"), seen(140, 400, id="E-2")
    assert factor(old, new).score == 4
    assert use(old, new, which="E-2").effect == "lowers"


def test_a_measurement_that_agrees_confirms() -> None:
    assert use(seen(120, 400)).effect == "confirms"
    assert factor(seen(120, 400)).why.startswith("succeeded in 120 of 400 attempts")
    weak = seen(120, 400, strong=False)
    assert use(weak).effect == "confirms"
    assert factor(weak) == factor()


def test_the_weight_of_evidence_is_nothing_without_the_factor_that_it_is_about() -> None:
    catalog = load_catalog()
    own = tuple(f for f in catalog.scales.factors if f.id != "susceptibility")
    scales = msgspec.structs.replace(catalog.scales, factors=own)
    found = assess(
        described(BOT), msgspec.structs.replace(catalog, scales=scales), today=TODAY, evidence=[seen(180, 200)]
    )
    assert "no factor" in risk(found).evidence[0].why


# with controls in front


def guarded(hits: int, trials: int, *controls: ControlId, **more: Any) -> Evidence:
    return seen(hits, trials, with_controls=controls or (GUARD,), **more)


def test_a_control_that_lets_attacks_through_takes_nothing_off_the_likelihood() -> None:
    before, after = made(), made(guarded(60, 200, strong=False, digests={}, on="2026-06-03"))
    assert advice(after).holds is False
    assert advice(after).measured == "does not hold: succeeded in 60 of 200 attempts, 30 % (24–37 %), 3 Jun 2026"
    assert f"{GUARD}: measured: does not hold" in risk(after).current.why
    assert risk(after).current.likelihood >= risk(before).current.likelihood
    assert risk(after).evidence[0].effect == "raises"
    assert risk(after).inherent == risk(before).inherent


def test_a_verified_control_that_does_not_hold_is_no_longer_verified_at_that_risk_alone() -> None:
    found = made(guarded(60, 200, WATCH))
    assert advice(found, WATCH).status is ControlStatus.IMPLEMENTED
    others = [a for r in found.risks if r.id != RISK for a in r.controls if a.control == WATCH]
    assert others
    assert {a.status for a in others} == {ControlStatus.VERIFIED}
    assert WATCH in {s.control for s in found.steps}


def test_a_control_that_held_counts_as_verified_at_that_risk() -> None:
    found = made(guarded(1, 400))
    assert advice(found).status is ControlStatus.VERIFIED
    assert advice(found).holds is True
    assert risk(found).evidence[0].effect == "lowers"
    assert risk(found).current.likelihood <= risk(made()).current.likelihood


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (guarded(1, 400, strong=False), "not marked strong"),
        (guarded(0, 20), "interval too wide"),
        (guarded(1, 400, digests={"model": BEFORE}), "target has changed"),
        (guarded(16, 400), "the limit lies within"),
        (guarded(1, 400, GUARD, ControlId("rate_limit")), "not in place"),
        (guarded(1, 400, ControlId("rate_limit")), "not in place"),
        (guarded(1, 400, on="2027-01-01"), "still to come"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_controls_are_not_verified_by_a_measurement_that_does_not_qualify(piece: Evidence, why: str) -> None:
    assert advice(made(piece)) == advice(made())
    assert risk(made(piece)).evidence[0].effect == "counts for nothing"
    assert why in risk(made(piece)).evidence[0].why


def test_of_two_measurements_of_a_control_the_newer_counts_and_on_one_day_the_worse() -> None:
    fails = guarded(60, 200, on="2026-10-01", id="E-1")
    assert advice(made(fails, guarded(1, 400, id="E-2"))).holds is True
    assert advice(made(guarded(60, 200, id="E-1"), guarded(1, 400, id="E-2"))).holds is False
    assert advice(made(guarded(1, 400, on="2026-10-01"), guarded(60, 200))).holds is False


def test_the_plan_may_mend_a_control_that_does_not_hold_and_rates_it_as_the_report_does() -> None:
    found = made(guarded(60, 200), guarded(60, 200, WATCH))
    catalog = load_catalog()
    problem = problem_of(found.risks, catalog)
    levels = {r.id: level for r, level in zip(problem.risks, problem.levels(()), strict=True)}
    assert levels == {r.id: r.current.level for r in found.risks}
    assert {GUARD, WATCH} <= {offer.control for offer in problem.offers}
    for number, offer in enumerate(problem.offers):
        then = {r.id: level for r, level in zip(problem.risks, problem.levels([number]), strict=True)}
        planned = {r.id: reduced(r.inherent, r.controls, catalog.scales, {offer.control}).level for r in found.risks}
        assert then == planned


# about a control


@pytest.mark.parametrize("changes", [{}, {"valid_until": "2026-11-02"}], ids=["fresh", "expired"])
def test_a_control_that_was_found_failing_counts_as_planned_at_most(changes: dict[str, Any]) -> None:
    found = made(checked(False, **changes), checked(False, control=WATCH, **changes))
    for control in (GUARD, WATCH):
        assert advice(found, control).status is ControlStatus.PLANNED
        assert "found not working" in advice(found, control).measured
    assert {u.effect for u in risk(found).evidence} == {"raises"}
    assert GUARD in {s.control for s in found.steps}


def test_a_control_that_was_found_working_counts_as_verified() -> None:
    assert advice(made(checked(True))).status is ControlStatus.VERIFIED
    assert advice(made(checked(True, digests={"model": NOW}, component="bot"))).status is ControlStatus.VERIFIED
    assert risk(made(checked(True))).evidence[0].effect == "lowers"
    assert risk(made(checked(True, control=WATCH))).evidence[0].effect == "confirms"


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (checked(True, valid_until="2026-11-02"), "expired on 2 Nov 2026"),
        (checked(True, digests={"model": BEFORE}, component="bot"), "the target has changed"),
        (checked(True, digests={"model": NOW}), "not known"),
        (checked(True, on="2026-12-24"), "still to come"),
        (checked(None), "does not say whether"),
        (checked(True, control=ControlId("rate_limit")), "not in place here by the description"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_control_is_not_verified_by_an_observation_that_does_not_qualify(piece: Evidence, why: str) -> None:
    found = made(piece)
    assert advice(found).status is ControlStatus.IMPLEMENTED
    told = [u for r in found.risks for u in r.evidence]
    assert {u.effect for u in told} == {"counts for nothing"}
    assert all(why in u.why for u in told)


def test_of_two_observations_of_a_control_the_newer_counts_and_on_one_day_the_worse() -> None:
    old, new = "2026-10-01", "2026-11-01"
    assert advice(made(checked(False, old), checked(True, new))).status is ControlStatus.VERIFIED
    assert advice(made(checked(True, old), checked(False, new))).status is ControlStatus.PLANNED
    assert advice(made(checked(True, new), checked(False, new))).status is ControlStatus.PLANNED


def test_a_control_is_judged_where_it_was_observed() -> None:
    other = "{id: other, kind: model, type: generative, output_can_harm: yes}"
    two = BOT.replace("  - {id: public", f"  - {other}\n  - {{id: public").replace("uses: [bot]", "uses: [bot, other]")
    found = made(checked(False, component="bot"), system=described(two))
    assert advice(found).status is ControlStatus.PLANNED
    assert advice(found, name="direct_prompt_injection@other").status is ControlStatus.IMPLEMENTED


def test_what_the_owner_calls_not_applicable_stays_so() -> None:
    text = BOT.replace(f"{GUARD}, status: implemented", f"{GUARD}, status: not_applicable")
    assert advice(made(checked(False), system=described(text))).status is ControlStatus.NOT_APPLICABLE


# identity


def test_evidence_follows_its_component_through_a_new_name() -> None:
    text = BOT.replace("{id: bot,", "{id: helper, renamed_from: [bot],").replace("uses: [bot]", "uses: [helper]")
    found = made(seen(180, 200), checked(False, component="bot"), system=described(text))
    there = risk(found, "direct_prompt_injection@helper")
    assert {u.effect for u in there.evidence} == {"raises"}
    assert len(there.evidence) == 2
    assert not [n for n in found.notes if n.kind == "orphaned_evidence"]


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        (
            seen(3, 9, risk="direct_prompt_injection@gone", id="E-1"),
            "E-1 of 1 Nov 2026: direct prompt injection at gone",
        ),
        (seen(3, 9, risk="evasion@public", id="E-2"), "so check the description"),
        (seen(3, 9, risk="nonsense"), "evidence of 1 Nov 2026: nonsense"),
        (checked(True, control=ControlId("no_such_control")), "the control no_such_control is not in the catalogue"),
        (checked(False, component="gone"), "there is no gone"),
        (seen(3, 9, risk=""), "names neither a risk nor a control"),
    ],
    ids=["component gone", "does not apply", "no risk", "no control", "control's component gone", "nothing"],
)
def test_evidence_that_has_lost_what_it_is_about_is_shown_and_changes_nothing(piece: Evidence, told: str) -> None:
    found = made(piece)
    notes = [n for n in found.notes if n.kind == "orphaned_evidence"]
    assert len(notes) == 1
    assert told in notes[0].text
    assert found.risks == made().risks


def test_evidence_that_was_renewed_is_not_asked_for_again() -> None:
    old, new = seen(4, 200, on="2026-01-01"), seen(4, 200)
    assert [n.kind for n in made(old).notes].count("stale_evidence") == 1
    assert not [n for n in made(old, new).notes if n.kind == "stale_evidence"]


def test_a_comparison_says_which_evidence_no_longer_counts() -> None:
    piece = seen(4, 200, id="E-7", valid_until="2026-11-22")
    system, catalog = described(BOT), load_catalog()
    level = msgspec.structs.replace(catalog.scales, factors=_all_on_susceptibility())
    sharp = msgspec.structs.replace(catalog, scales=level)
    sides = [
        Assessed(system, sharp, assess(system, sharp, today=day, evidence=[piece])) for day in (TODAY, "2026-11-23")
    ]
    change = next(c for c in compare(*sides).risks if c.id == RISK)
    assert change.move in {"up", "shifted"}
    assert any(why.startswith("Susceptibility of the system 3 → 4") for why in change.why)
    assert "evidence E-7 no longer lowers it: expired on 22 Nov 2026: test again" in change.why


def _all_on_susceptibility() -> Any:
    return tuple(
        msgspec.structs.replace(f, weight=1.0) for f in load_catalog().scales.factors if f.id == "susceptibility"
    )


# words


@pytest.mark.parametrize(
    ("hits", "trials", "told"),
    [
        (12, 200, "succeeded in 12 of 200 attempts, 6 % (3–10 %), 3 May 2026"),
        (0, 10, "succeeded in 0 of 10 attempts, 0 % (0–28 %), 3 May 2026"),
        (1, 1, "succeeded in 1 of 1 attempt, 100 % (21–100 %), 3 May 2026"),
        (999, 1000, "succeeded in 999 of 1000 attempts, 99.9 % (99–99.9 %), 3 May 2026"),
        (0, 100_000, "succeeded in 0 of 100000 attempts, 0 % (0–<0.1 %), 3 May 2026"),
    ],
)
def test_counts_are_never_told_without_their_interval(hits: int, trials: int, told: str) -> None:
    assert attempts(seen(hits, trials, on="2026-05-03")) == told


def test_nothing_counted_is_nothing_told() -> None:
    assert (attempts(seen()), leaves_open(seen())) == ("", "")


# what must always hold

DAYS = st.sampled_from(["2024-01-01", "2026-06-01", "2026-10-01", "2026-11-01", "2026-11-22", "2026-12-24", "soon"])
DIGESTS = st.sampled_from([{}, {"model": NOW}, {"model": BEFORE}, {"data": NOW}])
CONTROLS = st.sampled_from([GUARD, WATCH, ControlId("rate_limit"), ControlId("model_alignment")])
RISKS = st.sampled_from([RISK, "direct_prompt_injection@bot", "ai_resource_exhaustion@bot", "evasion@bot", "x@y"])
COUNTS = st.sampled_from([(0, 10), (0, 2000), (1, 400), (4, 200), (30, 400), (80, 360), (140, 400), (180, 200), (2, 2)])


@st.composite
def pieces(draw: st.DrawFn) -> Evidence:
    common: dict[str, Any] = {"on": draw(DAYS), "digests": draw(DIGESTS), "id": f"E-{draw(st.integers(1, 99))}"}
    common["valid_until"] = draw(st.sampled_from(["", "", "2026-11-02", "2027-01-01"]))
    if draw(st.booleans()):
        hits, trials = draw(st.one_of(COUNTS, st.just((None, None))))
        through = draw(st.one_of(st.just(()), st.lists(CONTROLS, max_size=2).map(tuple)))
        return seen(hits, trials, risk=draw(RISKS), strong=draw(st.booleans()), with_controls=through, **common)
    component = draw(st.sampled_from(["", "bot", "system", "gone"]))
    return checked(draw(st.sampled_from([True, False, None])), control=draw(CONTROLS), component=component, **common)


BODIES = st.lists(pieces(), max_size=6)


def may_lower(piece: Evidence) -> bool:
    """By the words of the rules, worked out apart from the code under test."""
    there = {"model": NOW} if piece.risk.endswith("@bot") or piece.component == "bot" else {}
    last = piece.valid_until or {"2026-06-01": "2026-11-28", "2024-01-01": "2024-06-29"}.get(
        piece.held_on, "2027-01-01"
    )
    fresh = piece.held_on <= TODAY and piece.held_on != "soon" and last >= TODAY
    if piece.control:
        return piece.passed is True and fresh and (not piece.digests or piece.matches(there))
    narrow = piece.interval is not None and piece.interval[1] - piece.interval[0] <= 0.1
    return fresh and piece.strong and narrow and piece.matches(there)


def levels(assessment: Assessment) -> list[tuple[int, ...]]:
    risks = sorted(assessment.risks, key=lambda r: r.id)
    return [
        (r.inherent.likelihood, r.inherent.level, r.current.likelihood, r.current.impact, r.current.level)
        for r in risks
    ]


def none_falls(before: Assessment, after: Assessment) -> bool:
    return all(
        b <= a for was, now in zip(levels(before), levels(after), strict=True) for b, a in zip(was, now, strict=True)
    )


@settings(max_examples=150, deadline=None)
@given(BODIES, pieces())
def test_what_may_not_lower_never_lowers_whatever_else_is_known(body: list[Evidence], more: Evidence) -> None:
    if may_lower(more):
        more = msgspec.structs.replace(more, strong=False) if more.risk else msgspec.structs.replace(more, passed=False)
    assert none_falls(made(*body), made(*body, more))


@settings(max_examples=150, deadline=None)
@given(BODIES, DAYS, st.booleans(), DIGESTS)
def test_what_raises_never_lowers_whatever_else_is_known(
    body: list[Evidence], on: str, strong: bool, digests: dict[str, str]
) -> None:
    worst = seen(190, 200, on=on, strong=strong, digests=digests)
    assert none_falls(made(*body), made(*body, worst))


@settings(max_examples=60, deadline=None)
@given(st.lists(pieces(), min_size=2, max_size=5), st.randoms())
def test_the_order_of_evidence_does_not_matter(body: list[Evidence], random: Any) -> None:
    shuffled = list(body)
    random.shuffle(shuffled)
    assert msgspec.json.encode(made(*body)) == msgspec.json.encode(made(*shuffled))


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_every_piece_is_accounted_for(body: list[Evidence]) -> None:
    found = made(*body)
    told = {u.id for r in found.risks for u in r.evidence}
    told |= {p.id for p in body if any(n.kind == "orphaned_evidence" and f"{p.id} " in n.text for n in found.notes)}
    advised = {a.control for r in found.risks for a in r.controls}
    assert {p.id for p in body if p.risk or p.control in advised} <= told
    assert all(u.why for r in found.risks for u in r.evidence)


@given(st.integers(0, 300), st.integers(0, 300), st.booleans())
def test_more_successes_never_give_a_lower_score(first: int, second: int, strong: bool) -> None:
    fewer, more = sorted((first, second))
    assert factor(seen(fewer, 300, strong=strong)).score <= factor(seen(more, 300, strong=strong)).score


def test_a_control_counts_once_however_often_it_is_named() -> None:
    twice = guarded(1, 400, GUARD, GUARD)
    assert risk(made(twice)).current == risk(made(guarded(1, 400))).current


def test_all_orders_of_three_pieces_on_one_day_give_the_same() -> None:
    body = [seen(4, 200, id="E-1"), seen(30, 400, id="E-2"), seen(180, 200, id="E-3")]
    assert len({msgspec.json.encode(made(*order)) for order in itertools.permutations(body)}) == 1


def test_the_component_is_named_as_in_the_description() -> None:
    assert {n.component for n in made(seen(4, 200, on="2026-01-01")).notes if n.kind == "stale_evidence"} == {
        ComponentId("bot")
    }

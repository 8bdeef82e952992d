"""What must hold of every verdict, whatever the system."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bartizan.assess.identify import Judged, Rulebook, identify
from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.core.records import Verdict
from bartizan.core.rule import Value
from bartizan.core.terms import EDITIONS, Edition, Outcome
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from tests.strategies import Plain, answers, as_system, descriptions, systems, with_order

EDITION = st.sampled_from(EDITIONS)
_ASSUMED = {"default", "implied"}


@cache
def rulebook(edition: Edition) -> Rulebook:
    return Rulebook(load_catalog(), edition)


@cache
def judged(edition: Edition) -> dict[str, Judged]:
    return {entry.threat.id: entry for entry in rulebook(edition).judged}


def found_in(system: System, edition: Edition) -> dict[str, Verdict]:
    return {v.id: v for v in identify(system, Facts(system), rulebook(edition))}


@given(systems(), EDITION)
def test_every_threat_of_the_edition_is_judged_once_at_each_place(system: System, edition: Edition) -> None:
    found = identify(system, Facts(system), rulebook(edition))
    assert {v.threat for v in found} == set(judged(edition))
    assert len({v.id for v in found}) == len(found)
    assert all(v.component == "system" or v.component in system.components for v in found)


@given(systems(), EDITION)
def test_the_facts_of_a_proof_alone_give_the_same_verdict(system: System, edition: Edition) -> None:
    for verdict in found_in(system, edition).values():
        entry = judged(edition)[verdict.threat]
        if any(used.fact == "component" for used in verdict.facts):
            continue  # there is no component of the kind, so nothing was asked
        known: dict[str, Value] = {used.fact: used.value for used in verdict.facts}
        again = rulebook(edition).decide(entry, tuple(known.get(fact) for fact in entry.asks))
        assert again.outcome is verdict.outcome


@given(systems(), EDITION)
def test_only_an_unknown_verdict_waits_for_answers_and_it_always_does(system: System, edition: Edition) -> None:
    for verdict in found_in(system, edition).values():
        assert bool(verdict.needs) == (verdict.outcome is Outcome.UNKNOWN)


@given(systems(), EDITION)
def test_a_variant_never_says_more_than_the_threat_it_is_a_way_of(system: System, edition: Edition) -> None:
    found = found_in(system, edition)
    for verdict in found.values():
        above = found.get(f"{verdict.parent}@{verdict.component}")
        if verdict.rated or above is None:
            continue
        if verdict.outcome is Outcome.APPLIES:
            assert above.outcome is Outcome.APPLIES
        if above.outcome is Outcome.DOES_NOT_APPLY:
            assert verdict.outcome is Outcome.DOES_NOT_APPLY


@given(descriptions(), st.randoms(use_true_random=False), EDITION)
def test_the_order_of_the_file_changes_no_verdict(data: Plain, random: Any, edition: Edition) -> None:
    def shuffled(entries: list[Any]) -> list[Any]:
        return list(random.sample(entries, len(entries)))

    there = System(as_system(data).described)
    back = System(as_system(with_order(data, shuffled)).described)
    assert found_in(there, edition) == found_in(back, edition)


def _rests_on_what_nobody_said(verdict: Verdict) -> bool:
    return any(origin.kind in _ASSUMED for used in verdict.facts for origin in used.origins)


@settings(max_examples=200)
@given(st.data(), EDITION)
def test_answering_an_unknown_turns_no_decided_verdict_into_another(data: Any, edition: Edition) -> None:
    before = data.draw(descriptions())
    opening = data.draw(answers(before, left_out=False))
    assume(opening is not None)
    try:
        later = found_in(as_system(opening.filled(before)), edition)
    except InputError:
        assume(False)  # the answer contradicts another one
    for verdict in found_in(as_system(before), edition).values():
        if verdict.outcome is Outcome.UNKNOWN or verdict.id not in later:
            continue
        if opening.names_components and _rests_on_what_nobody_said(verdict):
            continue  # an answer that names another component says something about that one too
        assert later[verdict.id].outcome is verdict.outcome, (verdict, later[verdict.id])


@settings(max_examples=200)
@given(st.data(), EDITION)
def test_saying_what_was_left_out_changes_only_verdicts_whose_proof_names_a_default(
    data: Any, edition: Edition
) -> None:
    before = data.draw(descriptions())
    opening = data.draw(answers(before, left_out=True))
    assume(opening is not None)
    try:
        later = found_in(as_system(opening.filled(before)), edition)
    except InputError:
        assume(False)
    for verdict in found_in(as_system(before), edition).values():
        if verdict.outcome is not Outcome.UNKNOWN and verdict.id in later and not _rests_on_what_nobody_said(verdict):
            assert later[verdict.id].outcome is verdict.outcome, (verdict, later[verdict.id])

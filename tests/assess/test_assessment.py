"""What must hold of an assessment as a whole, whatever the system."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bartizan.assess.assessment import assess, digest_of
from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.core.records import Assessment
from bartizan.core.terms import EDITIONS, Edition, Outcome
from bartizan.system.graph import System
from tests.strategies import Plain, answers, as_system, descriptions, systems, with_order

EDITION = st.sampled_from(EDITIONS)
TODAY = "2026-11-22"


def made(system: System, edition: Edition = 2026) -> Assessment:
    return assess(system, load_catalog(), today=TODAY, edition=edition)


def without_lines(assessment: Assessment) -> object:
    """The assessment as plain data; the lines of the file are where things stand, not what they are."""

    def stripped(value: object) -> object:
        if isinstance(value, dict):
            return {key: stripped(inner) for key, inner in value.items() if key != "line"}
        return [stripped(inner) for inner in value] if isinstance(value, list) else value

    return stripped(msgspec.to_builtins(assessment))


@given(systems(), EDITION)
def test_any_valid_description_gives_an_assessment(system: System, edition: Edition) -> None:
    found = made(system, edition)
    assert {r.id for r in found.risks} == {v.id for v in found.verdicts if v.rated and v.outcome is Outcome.APPLIES}
    for risk in found.risks:
        assert risk.inherent.level >= risk.current.level >= risk.residual.level
        assert abs(sum(f.weight for f in risk.factors) - 1) < 1e-6
        assert len(risk.options) == 4


@given(descriptions(), EDITION)
def test_the_same_input_gives_the_same_bytes(data: Plain, edition: Edition) -> None:
    first, second = (msgspec.json.encode(made(as_system(data), edition)) for _ in range(2))
    assert first == second


@settings(max_examples=100)
@given(descriptions(), st.randoms(use_true_random=False), EDITION)
def test_the_order_of_the_file_changes_nothing_but_lines(data: Plain, random: Any, edition: Edition) -> None:
    other = with_order(data, lambda entries: list(random.sample(entries, len(entries))))
    first, second = as_system(data), as_system(other)
    assert digest_of(first.described) == digest_of(second.described)
    assert without_lines(made(first, edition)) == without_lines(made(second, edition))


@settings(max_examples=150)
@given(st.data(), descriptions(), EDITION)
def test_answering_what_is_unknown_turns_no_decided_verdict(
    data: st.DataObject, plain: Plain, edition: Edition
) -> None:
    opening = data.draw(answers(plain, left_out=False))
    assume(opening is not None)
    assert opening is not None
    before = {v.id: v.outcome for v in made(as_system(plain), edition).verdicts}
    try:
        after = made(as_system(opening.filled(plain)), edition)
    except InputError:
        return  # an answer that contradicts another is told, and changes nothing
    if opening.names_components:
        return  # an answer that adds edges describes more of the system
    for verdict in after.verdicts:
        known = before.get(verdict.id, Outcome.UNKNOWN)
        assert known in {Outcome.UNKNOWN, verdict.outcome}

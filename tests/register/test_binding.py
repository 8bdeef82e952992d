"""What an acceptance is bound to, and which changes end it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.register.binding import Accepted, material, read_state
from tests.register.seeds import a_state

BEFORE = a_state()
FACTS = BEFORE.facts
CONTROLS = BEFORE.controls
WORSE: list[tuple[dict[str, Any], str]] = [
    ({"facts": {"reads_untrusted_data": "no"}}, "the answer on 'reads untrusted data' was yes and is no"),
    ({"facts": {}}, "the answer on 'reads untrusted data' was yes and is not asked"),
    ({"facts": {**FACTS, "agentic": "unknown"}}, "the answer on 'agentic' was not asked and is unknown"),
    ({"factors": {"access": 3, "susceptibility": 3}}, "the factor access rose from 2 to 3"),
    ({"factors": {**BEFORE.factors, "motive": 1}}, "the factor motive rose from 0 to 1"),
    ({"inherent": (4, 4, 4)}, "the inherent likelihood rose from 3 to 4"),
    ({"inherent": (3, 5, 4)}, "the inherent impact rose from 4 to 5"),
    ({"current": (2, 4, 4)}, "the current level rose from 3 to 4"),
    ({"controls": {**CONTROLS, "rate_limit": "implemented"}}, "the control rate_limit was verified and is implemented"),
    ({"controls": {"rate_limit": "verified"}}, "the control monitor_use was implemented and is not started"),
    (
        {"controls": {**CONTROLS, "monitor_use": "not_applicable"}},
        "the control monitor_use was implemented and is not applicable",
    ),
    ({"evidence": {"E-1": "counts for nothing"}}, "the evidence E-1 counted and does not count any more"),
    ({"evidence": {}}, "the evidence E-1 counted and does not count any more"),
    ({"evidence": {**BEFORE.evidence, "E-3": "raises"}}, "the evidence E-3 is new and speaks against it"),
    ({"evidence": {"E-1": "raises"}}, "the evidence E-1 now speaks against it"),
]
NO_WORSE: list[dict[str, Any]] = [
    {},
    {"factors": {"access": 1, "susceptibility": 3}},
    {"factors": {"access": 2}},
    {"inherent": (2, 3, 2)},
    {"current": (1, 4, 1)},
    {"controls": {**CONTROLS, "monitor_use": "verified"}},
    {"controls": {**CONTROLS, "oversight": "planned"}},
    {"controls": {**CONTROLS, "oversight": "not_applicable"}},
    {"evidence": {"E-1": "confirms", "E-2": "counts for nothing"}},
    {"evidence": {**BEFORE.evidence, "E-3": "counts for nothing"}},
    {"evidence": {**BEFORE.evidence, "E-3": "lowers"}},
    {"evidence": {"E-1": "counts for nothing", "E-2": "counts for nothing", "E-3": "confirms"}},
    {"evidence": {"E-1": "lowers"}},
]


@pytest.mark.parametrize(("change", "said"), WORSE, ids=[said for _, said in WORSE])
def test_what_is_worse_or_otherwise_is_material_and_says_what_it_is(change: dict[str, Any], said: str) -> None:
    assert material(BEFORE, a_state(**change)) == (said,)


@pytest.mark.parametrize("change", NO_WORSE, ids=str)
def test_what_is_better_or_says_nothing_is_not_material(change: dict[str, Any]) -> None:
    assert material(BEFORE, a_state(**change)) == ()


def test_several_changes_are_all_said() -> None:
    now = a_state(facts={"reads_untrusted_data": "no"}, current=(3, 5, 4))
    assert len(material(BEFORE, now)) == 4


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
STATES = st.builds(
    Accepted,
    threat=words,
    facts=st.dictionaries(words, words, max_size=3),
    factors=st.dictionaries(words, st.integers(1, 5), max_size=3),
    inherent=st.tuples(*[st.integers(1, 5)] * 3),
    current=st.tuples(*[st.integers(1, 5)] * 3),
    controls=st.dictionaries(words, st.sampled_from(["planned", "implemented", "verified"]), max_size=3),
    evidence=st.dictionaries(
        words, st.sampled_from(["lowers", "confirms", "raises", "counts for nothing"]), max_size=3
    ),
)


@given(STATES)
def test_a_state_reads_back_from_its_text_and_is_no_change_to_itself(state: Accepted) -> None:
    assert read_state(state.text) == state
    assert material(state, state) == ()


@given(STATES, STATES)
def test_states_that_differ_have_digests_that_differ(one: Accepted, other: Accepted) -> None:
    assert (one.digest == other.digest) == (one == other)

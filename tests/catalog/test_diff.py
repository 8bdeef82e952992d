from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.catalog.diff import diff
from bartizan.catalog.load import load_catalog
from bartizan.catalog.reach import RulePair, Ties, ties_of
from bartizan.core.rule import ALWAYS, NEVER, All, Any, Fact, Not, Rule, evaluate
from bartizan.core.terms import Edition

CATALOG = load_catalog()
TIES = ties_of(CATALOG.facts.values())
NAMES = ("a", "b", "c", "d")


def rules() -> st.SearchStrategy[Rule]:
    leaves = st.sampled_from([Fact(name) for name in NAMES])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(lambda rs: All(tuple(rs)), st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda rs: Any(tuple(rs)), st.lists(inner, min_size=1, max_size=3)),
        ),
        max_leaves=6,
    )


def met(rule: Rule, values: dict[str, bool]) -> bool:
    return evaluate(rule, values.__getitem__)[0].value == "yes"


@given(rules(), rules())
def test_the_reach_is_what_a_look_at_every_system_gives(old: Rule, new: Rule) -> None:
    systems = [dict(zip(NAMES, v, strict=True)) for v in itertools.product((True, False), repeat=len(NAMES))]
    gained = any(met(new, s) and not met(old, s) for s in systems)
    lost = any(met(old, s) and not met(new, s) for s in systems)
    wanted = {(False, False): "same", (True, False): "wider", (False, True): "narrower", (True, True): "different"}
    assert RulePair(old, new, Ties()).reach == wanted[gained, lost]


@given(rules(), rules())
def test_the_shortest_case_makes_the_difference_whatever_else_holds(old: Rule, new: Rule) -> None:
    case = {fact.id: value for fact, value in RulePair(old, new, Ties()).shortest(gained=True).items()}
    for values in itertools.product((True, False), repeat=len(NAMES)) if case else ():
        system = dict(zip(NAMES, values, strict=True)) | case
        assert met(new, system)
        assert not met(old, system)


@given(rules())
def test_a_rule_reaches_as_far_as_itself(rule: Rule) -> None:
    assert RulePair(rule, rule, Ties()).reach == "same"


def test_facts_that_cannot_hold_together_make_no_difference() -> None:
    both = All((Fact("generative"), Fact("heuristic")))
    assert RulePair(NEVER, both, TIES).reach == "same"
    assert RulePair(Fact("language_model"), All((Fact("generative"), Fact("text_output"))), TIES).reach == "same"


def test_rules_over_very_many_facts_are_not_compared() -> None:
    assert RulePair(ALWAYS, All(tuple(Fact(f"fact_{i}") for i in range(20))), Ties()).reach == "unclear"


def test_from_2025_to_2026_evasion_lost_what_is_no_classification() -> None:
    (found,) = (r for r in diff(CATALOG, 2025, 2026).rules if r.threat == "evasion")
    assert found.applies in {"narrower", "different"}
    assert "is not used for a classification task" in found.lost_where


def test_what_is_public_can_no_longer_be_stolen_in_2026() -> None:
    (found,) = (r for r in diff(CATALOG, 2025, 2026).rules if r.threat == "model_exfiltration")
    assert found.possible == "narrower"


def test_names_that_only_gained_spaces_are_no_change() -> None:
    assert "rate_limit" not in {name.id for name in diff(CATALOG, 2025, 2026).names}


def test_the_other_way_round_what_was_added_is_removed() -> None:
    forward, back = diff(CATALOG, 2025, 2026), diff(CATALOG, 2026, 2025)
    added = {n.id for n in forward.names if n.change == "added"}
    assert added == {n.id for n in back.names if n.change == "removed"}
    assert {(r.threat, r.source, r.added, r.removed) for r in forward.relations} == {
        (r.threat, r.source, r.removed, r.added) for r in back.relations
    }


@pytest.mark.parametrize("edition", [2023, 2025, 2026])
def test_an_edition_does_not_differ_from_itself(edition: Edition) -> None:
    found = diff(CATALOG, edition, edition)
    assert (found.names, found.rules, found.relations, found.groups) == ((), (), (), ())


def test_what_one_edition_lacks_is_said_to_be_not_compared() -> None:
    found = diff(CATALOG, 2023, 2026)
    assert found.relations == ()
    assert any("2023 prints no periodic table" in said for said in found.incomparable)


def test_groups_with_other_members_are_told() -> None:
    changes = {g.group: g.added for g in diff(CATALOG, 2025, 2026).groups}
    assert changes["limit_unwanted"] == ("model_alignment",)


def test_a_diff_survives_json() -> None:
    found = diff(CATALOG, 2025, 2026)
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found

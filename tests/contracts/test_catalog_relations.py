"""The relations that the framework prints, pair by pair: what the expansion of the catalogue must reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.relations import Relation, Relations, deep_dive_relations, periodic_relations
from bartizan.core.source import read_yaml
from bartizan.core.terms import EDITIONS, Edition, ThreatId

EXPECTED = Path(__file__).parent / "expected"
CATALOG = load_catalog()
RELATIONS = Relations(CATALOG)


def expected(name: str) -> Any:
    return read_yaml(EXPECTED / f"{name}.yaml").data


def by_threat(relations: tuple[Relation, ...], *, how: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for relation in relations:
        found.setdefault(relation.threat, []).append(f"{relation.control} {relation.how}" if how else relation.control)
    return found


@pytest.mark.parametrize(("edition", "pairs"), [(2025, 115), (2026, 127)])
def test_the_periodic_table_is_reproduced_pair_by_pair_in_the_order_of_print(edition: Edition, pairs: int) -> None:
    found = periodic_relations(CATALOG, edition)
    assert by_threat(found, how=False) == expected(f"periodic_table_{edition}")
    assert len(found) == pairs


def test_the_deep_dive_of_2026_is_reproduced_pair_by_pair_with_how_it_says_so() -> None:
    found = deep_dive_relations(CATALOG, 2026)
    wanted = {threat: sorted(pairs) for threat, pairs in expected("deep_dive_2026").items()}
    assert {threat: sorted(pairs) for threat, pairs in by_threat(found, how=True).items()} == wanted
    assert len(found) == 769


def test_the_deep_dive_of_2025_has_its_pairs() -> None:
    assert len(deep_dive_relations(CATALOG, 2025)) == 514


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_relation_has_a_reason(edition: Edition) -> None:
    missing = [
        f"{threat} {relation.control}"
        for threat in CATALOG.threats
        for relation in RELATIONS.of_threat(threat, edition)
        if not RELATIONS.reason(threat, relation.control, edition)
    ]
    assert missing == []


@pytest.mark.parametrize("threat", [t.id for t in CATALOG.threats.values() if t.rated])
def test_a_rated_threat_gives_its_own_reason_for_what_its_sections_list(threat: ThreatId) -> None:
    entry = CATALOG.threats[threat]
    own = {a.control for a in entry.controls} | {
        control for a in entry.controls if a.group for m in CATALOG.groups[a.group].members.values() for control in m
    }
    listed = {r.control for e in EDITIONS for r in RELATIONS.of_threat(threat, e) if r.how == "listed"}
    assert listed - own == set()


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_relation_says_by_which_source_and_each_source_is_of_its_edition(edition: Edition) -> None:
    for threat in CATALOG.threats:
        for relation in RELATIONS.of_threat(threat, edition):
            said = RELATIONS.said_by(threat, relation.control, edition)
            assert said
            assert all(source.endswith(str(edition)) for source in said)

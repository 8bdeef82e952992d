from __future__ import annotations

import msgspec
import pytest

from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.catalog.relations import How, Relations, deep_dive_relations, periodic_relations
from bartizan.catalog.tables import DeepDive, DeepDiveGroup, DeepDiveRow
from bartizan.core.terms import ControlId, ThreatId

A, B = ThreatId("evasion"), ThreatId("data_poison")


def with_rows(*rows: DeepDiveRow) -> Catalog:
    dive = DeepDive(edition=2026, source="a test", rows=rows)
    return msgspec.structs.replace(load_catalog(), deep_dives={2026: dive})


def ways(catalog: Catalog, threat: ThreatId) -> dict[str, How]:
    return {r.control: r.how for r in deep_dive_relations(catalog, 2026) if r.threat == threat}


def test_a_control_that_comes_in_several_ways_keeps_the_strongest() -> None:
    rows = (
        DeepDiveRow(threat=A, own=(ControlId("rate_limit"),), mentioned=(ControlId("oversight"),)),
        DeepDiveRow(
            threat=B,
            general=True,
            emphasis=("limit_unwanted",),
            imports=(A,),
            mentioned=(ControlId("rate_limit"),),
        ),
    )
    found = ways(with_rows(*rows), B)
    assert found["rate_limit"] == "mentioned"
    assert found["oversight"] == "emphasis"
    assert found["ai_program"] == "general"


def test_members_of_a_group_that_are_named_count_as_listed_and_the_others_as_group() -> None:
    row = DeepDiveRow(threat=A, groups=(DeepDiveGroup(group="input_threats", named=(ControlId("monitor_use"),)),))
    found = ways(with_rows(row), A)
    assert found["monitor_use"] == "listed"
    assert {how for control, how in found.items() if control != "monitor_use"} == {"group"}
    assert len(found) == 6


def test_a_reference_takes_over_what_the_section_names_but_neither_its_groups_nor_general_controls() -> None:
    rows = (
        DeepDiveRow(
            threat=A,
            general=True,
            own=(ControlId("input_distortion"), ControlId("oversight")),
            groups=(DeepDiveGroup(group="input_threats", named=(ControlId("monitor_use"),)),),
        ),
        DeepDiveRow(threat=B, imports=(A,)),
    )
    assert ways(with_rows(*rows), B) == {"input_distortion": "imported", "monitor_use": "imported"}


def test_a_section_with_the_same_controls_has_them_for_the_same_reasons_less_what_it_takes_away() -> None:
    rows = (
        DeepDiveRow(threat=A, general=True, own=(ControlId("rate_limit"), ControlId("input_distortion"))),
        DeepDiveRow(threat=B, same_as=A, minus=(ControlId("rate_limit"),)),
    )
    found = ways(with_rows(*rows), B)
    assert found["input_distortion"] == "listed"
    assert "rate_limit" not in found
    assert found["ai_program"] == "general"


def test_the_suppliers_part_is_told_apart() -> None:
    rows = (DeepDiveRow(threat=A, own=(ControlId("rate_limit"),)), DeepDiveRow(threat=B, supplier_side=(A,)))
    assert ways(with_rows(*rows), B) == {"rate_limit": "supplier"}


def test_an_edition_without_tables_has_no_pairs_of_them() -> None:
    catalog = load_catalog()
    assert periodic_relations(catalog, 2023) == ()
    assert deep_dive_relations(catalog, 2023) == ()


def test_a_pair_says_which_sources_have_it() -> None:
    relations = Relations(load_catalog())
    assert relations.said_by("evasion", "rate_limit", 2026) == ("periodic table 2026", "deep dive 2026")
    assert relations.said_by("model_exfiltration", "model_watermarking", 2026) == ("deep dive 2026", "navigator 2026")
    assert relations.said_by("evasion", "rate_limit", 2023) == ()
    assert relations.said_by("evasion", "no_such_control", 2026) == ()


def test_the_reason_is_the_threats_own_advice_where_it_has_one() -> None:
    catalog = load_catalog()
    (own,) = (a.why for a in catalog.threats[A].controls if a.control == "rate_limit")
    assert Relations(catalog).reason("evasion", "rate_limit", 2026) == own


def test_a_member_of_a_group_has_the_reason_that_the_threat_gives_for_the_group() -> None:
    catalog = load_catalog()
    (own,) = (a.why for a in catalog.threats[A].controls if a.group == "limit_unwanted")
    assert Relations(catalog).reason("evasion", "oversight", 2026) == own


def test_a_variant_without_advice_has_the_reason_of_the_threat_above_it() -> None:
    relations = Relations(load_catalog())
    assert relations.reason("partial_knowledge_evasion", "rate_limit", 2026) == relations.reason(
        "evasion", "rate_limit", 2026
    )


@pytest.mark.parametrize("control", ["rate_limit", "oversight", "ai_program"])
def test_relations_of_a_control_are_those_of_the_threats_turned_round(control: str) -> None:
    catalog = load_catalog()
    relations = Relations(catalog)
    forward = {t for t in catalog.threats if control in {r.control for r in relations.of_threat(t, 2026)}}
    assert {r.threat for r in relations.of_control(control, 2026)} == forward

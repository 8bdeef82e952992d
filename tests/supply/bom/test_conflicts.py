from __future__ import annotations

import pytest

from bartizan.supply.bom.conflicts import PAIRS, Use, answer_of, conflicts_of
from bartizan.supply.bom.values import Bom, Card, Edge, EdgeKind, Part, PartKind


def bill(
    using: str, used: str = "MIT", kind: EdgeKind = "trained_on", other: PartKind = "data", card: Card | None = None
) -> Bom:
    model = Part(ref="m", kind="model", name="M", licences=(using,) if using else (), card=card)
    beside = Part(ref="x", kind=other, name="X", licences=(used,) if used else ())
    return Bom(name="b", parts=(model, beside), edges=(Edge(source="m", target="x", kind=kind),))


def rules(bom: Bom, use: Use = "unknown") -> dict[str, str]:
    return {one.rule: one.answer for one in conflicts_of(bom, use)}


def test_permissive_on_permissive_is_no_conflict_and_says_so() -> None:
    found = conflicts_of(bill("Apache-2.0", "CC-BY-4.0"))
    assert found == ()
    assert answer_of(found) == "none found"


def test_a_permissive_model_trained_on_non_commercial_data_is_a_conflict() -> None:
    assert rules(bill("MIT", "CC-BY-NC-4.0"))["non-commercial-source"] == "conflict"
    assert "non-commercial-source" not in rules(bill("CC-BY-NC-SA-4.0", "CC-BY-NC-4.0"))


@pytest.mark.parametrize(
    ("use", "answer"), [("commercial", "conflict"), ("unknown", "unknown"), ("non-commercial", None)]
)
def test_a_non_commercial_model_conflicts_with_a_commercial_system_only(use: Use, answer: str | None) -> None:
    assert rules(bill("CC-BY-NC-4.0"), use).get("commercial-use") == answer


def test_a_choice_of_licences_conflicts_only_where_each_does() -> None:
    assert "commercial-use" not in rules(bill("CC-BY-NC-4.0 OR MIT"), "commercial")
    assert rules(bill("CC-BY-NC-4.0 AND MIT"), "commercial")["commercial-use"] == "conflict"


@pytest.mark.parametrize(
    ("library", "model", "answer"),
    [
        ("GPL-3.0-only", "proprietary", "conflict"),
        ("AGPL-3.0-only", "proprietary", "conflict"),
        ("AGPL-3.0-only", "MIT", "unknown"),
        ("LGPL-3.0-only", "proprietary", "none found"),
        ("MIT", "proprietary", "none found"),
    ],
)
def test_a_copyleft_library_beside_a_model(library: str, model: str, answer: str) -> None:
    assert answer_of(conflicts_of(bill(model, library, "depends", "library"))) == answer


def test_restrictions_of_a_base_model_must_be_passed_on() -> None:
    assert rules(bill("MIT", "openrail", "based_on", "model"))["restrictions-dropped"] == "conflict"
    assert rules(bill("openrail", "openrail", "based_on", "model")) == {"use-restrictions": "unknown"}


@pytest.mark.parametrize(
    ("declared", "rule"), [("", "no-licence"), ("other", "no-licence"), ("Foo 7", "unread-licence")]
)
def test_no_licence_is_unknown_never_fine(declared: str, rule: str) -> None:
    assert rules(bill(declared))[rule] == "unknown"


def test_what_a_model_was_made_from_elsewhere_is_unknown() -> None:
    assert rules(bill("MIT", card=Card(base=("a/b",))))["source-elsewhere"] == "unknown"
    assert "source-elsewhere" not in rules(bill("MIT", card=Card(data_sets=("x",))))


def test_ones_own_needs_no_licence() -> None:
    own = Part(ref="m", kind="model", name="M", is_ours=True)
    assert conflicts_of(Bom(name="b", parts=(own,))) == ()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.rule)
def test_every_row_of_the_table_is_reached(pair: object) -> None:
    licences = {
        "permissive": "MIT",
        "weak_copyleft": "MPL-2.0",
        "copyleft": "GPL-3.0-only",
        "network_copyleft": "AGPL-3.0-only",
        "share_alike": "CC-BY-SA-4.0",
        "non_commercial": "CC-BY-NC-4.0",
        "no_derivatives": "CC-BY-ND-4.0",
        "use_restricted": "openrail",
        "proprietary": "proprietary",
    }
    row = next(one for one in PAIRS if one is pair)
    found = rules(bill(licences[row.using[0]], licences[row.used], row.edges[0]))
    assert found[row.rule] == row.answer

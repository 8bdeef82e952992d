"""Which threats of systems in use the lab's own cases exercise, and that each of the others has its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.attacks.chat.case_files import built_in
from bartizan.catalog.entries import Threat
from bartizan.catalog.load import load_catalog
from bartizan.core.source import read_yaml

WITHOUT = Path(__file__).parent / "expected" / "threats_without_case.yaml"
REASONS: dict[str, str] = dict(read_yaml(WITHOUT).data)  # type: ignore[call-overload]
THREATS: dict[str, Threat] = {str(name): one for name, one in load_catalog().threats.items()}
IN_USE = {"input", "runtime", "all_it"}
"""Where a threat meets a system that runs."""


def broader(threat: Threat) -> set[str]:
    """What it is a way of, up to the root."""
    found: set[str] = set()
    while threat.parent is not None and threat.parent not in found:
        found.add(threat.parent)
        threat = THREATS[threat.parent]
    return found


def exercised() -> set[str]:
    """By the cases, and by the attacks that wait for the owner's own texts."""
    named = {str(threat) for case in built_in() for threat in case.threats}
    return named | {above for name in named for above in broader(THREATS[name])}


MET = {name for name, one in THREATS.items() if one.surface in IN_USE and one.kind not in {"group", "generic"}}


@pytest.mark.parametrize("threat", sorted(MET))
def test_a_threat_of_a_system_in_use_has_a_case_or_a_reason(threat: str) -> None:
    assert (threat in exercised()) != (threat in REASONS), "write a case, or why there can be none, and not both"


def test_every_reason_is_of_a_threat_that_meets_systems_in_use_and_is_a_sentence() -> None:
    for threat, why in REASONS.items():
        assert threat in MET
        assert why[0].isupper()
        assert why.endswith(".")
        named = why.removesuffix(".").replace(",", "").split()
        assert not why.startswith("As ") or set(named) & set(REASONS)


def test_the_groups_that_a_chat_model_is_attacked_by_are_exercised() -> None:
    assert {"input_threats", "prompt_injection", "disclosure_use", "runtime_conventional_sec"} <= exercised()

"""What can be wrong with `privacy:`: all of it at once, each with its line and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bartizan.core.errors import InputError
from tests.system.privacy.describing import described

A = {"id": "a", "basis": "contract"}


@pytest.mark.parametrize(
    ("privacy", "finding"),
    [
        ({"purposes": [A, A]}, "the id 'a' is taken by another purpose"),
        ({"purposes": [{"id": "A b"}]}, "'A b' is no id"),
        ({"purposes": [{"id": "system"}]}, "'system' stands for the system as a whole"),
        ({"purposes": [{**A, "data": ["laons"]}]}, "there is no component 'laons'; did you mean 'loans'?"),
        ({"purposes": [{**A, "data": ["model"]}]}, "'model' is of kind model, expected data"),
        ({"purposes": [{**A, "balanced": True}]}, "interests were weighed, but the basis is contract"),
        ({"purposes": [{**A, "special": [], "special_basis": "care"}]}, "an exception for special categories"),
        ({"purposes": [{**A, "collected_for": "a"}]}, "it is its own purpose of collection"),
        ({"purposes": [{**A, "compatible": True}]}, "compatible with what?"),
        ({"purposes": [{**A, "basis": "consnet"}]}, "consent"),
        ({"personal": False, "purposes": [A]}, "no data about people, but purposes for it"),
        ({"practices": [], "excuses": ["medical_or_safety"]}, "an exception, but it comes near no practice"),
        ({"areas": [], "narrow_task": ["preparation"]}, "an exception of Annex III, but no area of it"),
        ({"decision": {"automation": "none", "effect": "legal"}}, "it decides nothing about people, but"),
        ({"people": [{"who": "customers", "how_many": -1}]}, "-1 people"),
        ({"jurisdictions": ["Eu"]}, "'Eu' is not one of the choices"),
        ({"measures": [{"duty": "gdpr_99", "status": "planned"}]}, "there is no duty 'gdpr_99'"),
        ({"measures": [{"duty": "ul1", "status": "planned", "at": ["b"]}]}, "there is no purpose 'b'"),
        (
            {"purposes": [A], "measures": [{"duty": "ri1", "status": "planned", "at": ["a"]}]},
            "for the system as a whole",
        ),
        ({"measures": [{"duty": "ri1", "status": "planned", "due": "soon"}]}, "'soon' is no date"),
        ({"measures": [{"duty": "ri1", "status": "not_applicable"}]}, "without a reason"),
        ({"measures": [{"duty": "ri1", "status": "planned"}] * 2}, "'ri1' is listed twice for all purposes"),
    ],
)
def test_what_contradicts_itself_or_names_nothing_is_refused(tmp_path: Path, privacy: Any, finding: str) -> None:
    with pytest.raises(InputError) as caught:
        described(tmp_path, privacy)
    assert finding in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/system.yaml:")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        described(tmp_path, {"purposes": [{**A, "compatible": True, "data": ["nothing"]}, A], "personal": False})
    assert len(caught.value.problems) == 4


def test_what_is_left_out_is_no_problem(tmp_path: Path) -> None:
    assert described(tmp_path, {}).described.privacy is not None

"""What holds for every attack."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bartizan.attacks.family import Attack, Evasion
from bartizan.attacks.registry import ATTACKS, attack_called, attack_names
from bartizan.catalog.load import load_catalog
from bartizan.lab.cell import Cell
from bartizan.lab.run import FAMILIES, Run, family_of
from bartizan.lab.store import Store
from bartizan.lab.suite import fitting, limit_for
from bartizan.targets.rig import Rig
from tests.rigs import loans, messages, short_digits

SMALL = {
    "steps": 4,
    "queries": 40,
    "generations": 2,
    "restarts": 1,
    "shadows": 2,
    "rounds": 2,
    "iterations": 2,
    "searches": 2,
    "draws": 2,
    "starts": 1,
    "epochs": 2,
}
"""Smaller settings of parameters that attacks happen to have: here it matters that they run, not what they achieve."""


def small(kind: type[Attack]) -> Attack:
    """The attack with as little work as it takes."""
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    given = {name: value for name, value in SMALL.items() if name in known and known[name].type in (int, int | None)}
    try:
        return kind(**given)
    except ValueError:
        return kind()


@pytest.mark.parametrize("kind", ATTACKS, ids=lambda kind: kind.id)
def test_an_attack_says_what_it_is_and_exercises_threats_of_the_catalogue(kind: type[Attack]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.id)
    assert kind.title
    assert kind.source
    assert kind.threats
    assert set(kind.threats) <= set(load_catalog().threats)
    assert kind.needs <= {"labels", "scores", "gradients"}
    assert kind.__doc__
    assert family_of(kind()) in FAMILIES.values()


@pytest.mark.parametrize("kind", ATTACKS, ids=lambda kind: kind.id)
def test_an_attack_is_a_frozen_value_that_can_be_named_in_a_file(kind: type[Attack]) -> None:
    made = attack_called(kind.id)
    assert made == kind()
    assert hash(kind.id)
    with pytest.raises(AttributeError):
        setattr(made, next(iter(kind.__struct_fields__), "strong"), None)
    with pytest.raises(msgspec.ValidationError):
        attack_called(kind.id, {"no_such_parameter": 1})


def test_no_two_attacks_have_one_name() -> None:
    assert len(set(attack_names())) == len(ATTACKS)


@pytest.mark.parametrize("kind", ATTACKS, ids=lambda kind: kind.id)
@pytest.mark.parametrize("rig", [short_digits, loans, messages], ids=["image", "table", "text"])
def test_an_attack_runs_or_says_why_it_does_not_apply(kind: type[Attack], rig: object, tmp_path: Path) -> None:
    one: Rig = rig()  # type: ignore[operator]
    attack, before = small(kind), one.test.x.copy()
    limit = None
    if isinstance(attack, Evasion):
        limit = fitting(limit_for(one.target.card.domain), attack, one)
    found = Run(one, Store(tmp_path), today="2026-11-22").measure(Cell(attack=attack, limit=limit, samples=24))
    assert found.outcome in ("measured", "unchanged", "not_applicable"), found.why
    assert found.outcome == "measured" or found.why
    assert np.array_equal(before, one.test.x), "an attack must not write into what it is given"


def test_no_heavy_package_is_loaded_by_knowing_the_attacks_and_controls() -> None:
    code = (
        "import sys, bartizan.attacks.registry, bartizan.controls.registry;"
        "print(sorted({'torch', 'sklearn', 'scipy', 'matplotlib', 'opacus', 'cleanlab', 'ray'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"

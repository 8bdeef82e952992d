"""An experiment as data: attacks x controls x seeds on one rig, read from YAML with every problem told at its line.

bartizan_experiment: 1
target: {rig: rig.py:build}
attacks:
  - square
  - {attack: apgd, limit: {norm: linf, radius: 0.1}, steps: 100}
controls:
  - []                                   # nothing: what the others are compared with
  - [input_distortion/noise]
  - [{control: obscure_confidence, decimals: 1}]
seeds: [0, 1, 2]
samples: 100
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from bartizan.attacks.family import Attack
from bartizan.attacks.registry import attack_called, attack_names
from bartizan.controls.control import Control
from bartizan.controls.registry import control_called, control_names
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml
from bartizan.core.target_spec import TargetSpec
from bartizan.lab.cell import Cell
from bartizan.targets.border import Budget
from bartizan.targets.limit import Limit

_AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set for one attack."""

    limit: Limit | None = None
    samples: _AtLeastOne | None = None
    queries: _AtLeastOne | None = None
    hidden: str = ""


_SETTINGS = tuple(field.name for field in msgspec.structs.fields(_Settings))


class ExperimentFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to measure: every attack against every stack of controls, with every seed."""

    bartizan_experiment: Literal[1]
    """The version of this format."""
    name: str = ""
    target: TargetSpec
    """What is attacked: a rig of your own, or a model with its data."""
    attacks: tuple[str | dict[str, Any], ...]
    """Each by its id, or with `attack:` and its parameters; `limit`, `samples`, `queries` and the
    `hidden` column may be set for one."""
    controls: tuple[tuple[str | dict[str, Any], ...], ...] = ((),)
    """Stacks of controls, each a list; the empty list is the bare target."""
    seeds: tuple[int, ...] = (0,)
    samples: int = 100
    """How many inputs, records or classes are tried, at most."""
    limit: Limit | None = None
    """How far an attacker may go, where an attack does not say so itself."""
    queries: int | None = None
    """The most that an attack may ask of the target, in each run."""


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """The grid, ready to run."""

    name: str
    target: TargetSpec
    place: Path
    """The file that it was read from: paths in the target are relative to its folder."""
    cells: tuple[Cell, ...]


def read_experiment(file: Path) -> Experiment:
    """Read and check an experiment. Raises InputError with all problems, each at its line."""
    document = read_yaml(file)
    given = to_value(document, ExperimentFile)
    problems: list[Problem] = []
    attacks = [_attack(document, ("attacks", i), one, problems) for i, one in enumerate(given.attacks)]
    stacks = [
        tuple(_control(document, ("controls", i, j), one, problems) for j, one in enumerate(stack))
        for i, stack in enumerate(given.controls)
    ]
    problems.extend(_wrong_numbers(document, given))
    if problems:
        raise InputError(problems)
    cells = tuple(
        _cell(given, attack, settings, tuple(c for c in stack if c is not None), seed)
        for seed in given.seeds
        for found in attacks
        if found is not None
        for attack, settings in [found]
        for stack in stacks
    )
    return Experiment(name=given.name or file.stem, target=given.target, place=file, cells=cells)


def _cell(given: ExperimentFile, attack: Attack, settings: _Settings, stack: tuple[Control, ...], seed: int) -> Cell:
    return Cell(
        attack=attack,
        controls=stack,
        limit=settings.limit or given.limit,
        seed=seed,
        samples=settings.samples or given.samples,
        hidden=settings.hidden,
        budget=Budget(queries=settings.queries or given.queries),
    )


def _attack(
    document: Document, path: PathKey, one: str | dict[str, Any], problems: list[Problem]
) -> tuple[Attack, _Settings] | None:
    name, given = _named(one, "attack")
    settings = {key: given.pop(key) for key in _SETTINGS if key in given}
    if name not in attack_names():
        problems.append(document.problem(path, f"no attack '{name}'", nearest(name, attack_names()) or _LIST))
        return None
    try:
        return attack_called(name, given), msgspec.convert(settings, _Settings)
    except (msgspec.ValidationError, ValueError, TypeError) as wrong:
        problems.append(document.problem(path, f"attack '{name}': {wrong}", f"see: bartizan lab show {name}"))
        return None


def _control(document: Document, path: PathKey, one: str | dict[str, Any], problems: list[Problem]) -> Control | None:
    name, given = _named(one, "control")
    if name not in control_names():
        problems.append(
            document.problem(path, f"no code for a control '{name}'", nearest(name, control_names()) or _LIST)
        )
        return None
    try:
        return control_called(name, given)
    except (msgspec.ValidationError, ValueError, TypeError) as wrong:
        problems.append(document.problem(path, f"control '{name}': {wrong}", f"see: bartizan lab show {name}"))
        return None


_LIST = "see: bartizan lab list"


def _named(one: str | dict[str, Any], key: str) -> tuple[str, dict[str, Any]]:
    if isinstance(one, str):
        return one, {}
    given = dict(one)
    return str(given.pop(key, "")), given


def _wrong_numbers(document: Document, given: ExperimentFile) -> list[Problem]:
    checks = (
        (("attacks",), not given.attacks, "no attack is named", _LIST),
        (("seeds",), not given.seeds, "no seed is named", "write seeds: [0]"),
        (("seeds",), any(seed < 0 for seed in given.seeds), "a seed is below 0", "seeds are whole numbers from 0"),
        (("seeds",), len(set(given.seeds)) != len(given.seeds), "a seed is named twice", "name each once"),
        (("samples",), given.samples < 1, f"samples: {given.samples}", "try one at least"),
        (("controls",), not given.controls, "no stack of controls", "write controls: [[]] for the bare target"),
        (("queries",), given.queries is not None and given.queries < 1, f"queries: {given.queries}", "leave it out"),
    )
    return [document.problem(path, finding, fix) for path, wrong, finding, fix in checks if wrong]

"""Sweep a control's parameters and find the point to choose: what `bartizan lab tune` does, without a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bartizan.controls.registry import control_called, control_names
from bartizan.core.errors import InputError, NotFound, Problem, nearest
from bartizan.core.front import Appetite, Front
from bartizan.core.measurement import Measurement
from bartizan.lab.runner import Runner, run_cells
from bartizan.lab.tuning import Candidate, candidates, cells_for, front_of
from bartizan.workflows.experimenting import Grid


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What to try of one control."""

    control: str
    tried: tuple[Candidate, ...]


def sweep_of(control: str, values: Mapping[str, Sequence[Any]]) -> Sweep:
    """Every combination of the values. Raises NotFound for a control without code, InputError for what it refuses."""
    if control not in control_names():
        raise NotFound(f"no code for a control '{control:.80}'; {nearest(control, control_names()) or _LIST}")
    try:
        return Sweep(control=control, tried=candidates(control_called(control), values))
    except (ValueError, TypeError) as wrong:
        fix = f"see: bartizan lab show {control}"
        raise InputError([Problem(file="--sweep", finding=str(wrong), fix=fix)]) from wrong


_LIST = "see: bartizan lab list"


def measure_sweep(grid: Grid, sweep: Sweep, runner: Runner, minutes: float | None = None) -> Iterator[Measurement]:
    """The measurements of the experiment's attacks and seeds against every setting, as they come."""
    return run_cells(grid.job, cells_for(grid.experiment.cells, sweep.tried), runner, minutes)


def runs_in(grid: Grid, sweep: Sweep) -> int:
    """How many runs a sweep is."""
    return len(cells_for(grid.experiment.cells, sweep.tried))


def front(sweep: Sweep, measured: Sequence[Measurement], appetite: Appetite) -> Front:
    """The front that the measurements draw, and what is recommended."""
    return front_of(sweep.control, sweep.tried, measured, appetite)

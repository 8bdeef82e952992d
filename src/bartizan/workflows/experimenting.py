"""Grids of attacks, controls and seeds on one rig: what `bartizan lab run` does, without a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bartizan.core.measurement import Effect, Measurement
from bartizan.core.source import read_yaml
from bartizan.lab.effect import effect, masking
from bartizan.lab.experiment import Experiment, read_experiment
from bartizan.lab.runner import Job, Processes, Runner, in_this_process, run_cells
from bartizan.lab.seeing import BY_GRADIENT
from bartizan.targets.border import Budget
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place
from bartizan.workflows.testing import Opener


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment, ready to run."""

    experiment: Experiment
    job: Job


def grid_of(file: Path, store: Path, today: str, permission: Permission | None = None) -> Grid:
    """Read an experiment and open its target once, so that what is wrong with it is told before anything runs."""
    experiment = read_experiment(file)
    place = Place.of(read_yaml(file), ("target",))
    opener = Opener(experiment.target, place, permission)
    opener()
    return Grid(experiment=experiment, job=Job(open_rig=opener, store=store, today=today))


def with_budget(grid: Grid, queries: int | None) -> Grid:
    """The grid where no attack may ask more than this, whatever the experiment allows it; None: as it is."""
    if queries is None:
        return grid
    cells = tuple(
        msgspec.structs.replace(cell, budget=Budget(queries=min(queries, cell.budget.queries or queries)))
        for cell in grid.experiment.cells
    )
    experiment = msgspec.structs.replace(grid.experiment, cells=cells)
    return msgspec.structs.replace(grid, experiment=experiment)


def runner_for(jobs: int, cluster: str = "") -> Runner:
    """Where to run: on an existing Ray cluster, on several processes, or here."""
    if cluster:
        from bartizan.lab.on_ray import Cluster  # noqa: PLC0415  heavy

        return Cluster(cluster)
    return in_this_process if jobs == 1 else Processes(jobs)


def measure(grid: Grid, runner: Runner, minutes: float | None = None) -> Iterator[Measurement]:
    """The measurements, as they come."""
    return run_cells(grid.job, grid.experiment.cells, runner, minutes)


def effects(measured: Sequence[Measurement]) -> tuple[Effect, ...]:
    """What each stack of controls does to each attack, against the same run without controls; the best first."""
    bare = {_same(run): run for run in measured if not run.controls}
    found = []
    for run in measured:
        without = bare.get(_same(run))
        made = effect(without, run) if run.controls and without is not None else None
        if made is not None:
            hides = masking([other for other in measured if _stack(other) == _stack(run)], BY_GRADIENT)
            found.append(msgspec.structs.replace(made, masks_gradients=hides))
    return tuple(sorted(found, key=lambda one: -one.reduction))


def _same(run: Measurement) -> tuple[str, str, str, str, int]:
    return run.rig, run.attack, run.parameters, run.limit, run.seed


def _stack(run: Measurement) -> tuple[str, tuple[str, ...], int]:
    return run.rig, run.controls, run.seed

"""Ray on this machine: the same measurements as here, bit for bit."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec
import pytest

from bartizan.attacks.hop_skip_jump import HopSkipJump
from bartizan.attacks.square import Square
from bartizan.controls.guards.obscure_confidence import ObscureConfidence
from bartizan.core.errors import Unreachable
from bartizan.core.measurement import Measurement, Price
from bartizan.lab.cell import Cell
from bartizan.lab.on_ray import Cluster
from bartizan.lab.reference import rigs
from bartizan.lab.runner import Job, in_this_process, run_cells
from bartizan.lab.store import Store
from bartizan.targets.limit import Limit

NEAR = Limit(norm="linf", radius=0.05)
CELLS = [
    Cell(attack=attack, controls=controls, limit=NEAR, samples=10, seed=seed)
    for seed in (0,)
    for controls in ((), (ObscureConfidence(digits=2),))
    for attack in (Square(steps=20), HopSkipJump(steps=2))
]


def job(store: Path) -> Job:
    return Job(open_rig=functools.partial(rigs.tumours), store=store, today="2026-11-22")


def but_for_the_clock(run: Measurement) -> Measurement:
    """All of it, without what is measured in seconds."""
    price = Price(accuracy=run.price.accuracy, queries=run.price.queries)
    return msgspec.structs.replace(run, price=price)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cluster_gives_what_this_process_gives_and_keeps_it_here(tmp_path: Path) -> None:
    here = {run.key: but_for_the_clock(run) for run in run_cells(job(tmp_path / "a"), CELLS, in_this_process)}
    there = {run.key: but_for_the_clock(run) for run in run_cells(job(tmp_path / "b"), CELLS, Cluster("local"))}
    assert len(here) == len(CELLS)
    assert there == here
    kept = {run.key: but_for_the_clock(run) for run in Store(tmp_path / "b").all()}
    assert kept == here


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_where_no_cluster_is_it_says_how_to_start_one() -> None:
    with pytest.raises(Unreachable, match=r"no Ray cluster at 127\.0\.0\.1:1: .*; start one with: ray start --head"):
        list(Cluster("127.0.0.1:1")(job(Path("nowhere")), [], None))

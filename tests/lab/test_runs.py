from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import pytest

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.attacks.square import Square
from bartizan.controls.family import Guard
from bartizan.core.terms import ControlId
from bartizan.lab.cell import Cell
from bartizan.lab.reference import rigs
from bartizan.lab.run import Run
from bartizan.lab.runner import Job, Processes, grouped, in_this_process, run_cells
from bartizan.lab.store import Store
from bartizan.targets.border import Budget
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Wrapped
from tests.rigs import tumours

DAY = "2026-11-22"
NEAR = Limit(norm="linf", radius=0.05)


class Proposing(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Adds the same amount to every value, and asks in steps."""

    id: ClassVar[str] = "proposing"
    title: ClassVar[str] = "Proposing"
    threats: ClassVar[tuple[str, ...]] = ("evasion",)  # type: ignore[assignment]
    source: ClassVar[str] = "none"

    amount: float = 0.0
    steps: int = 1
    breaks: bool = False

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The inputs and the amount."""
        for _ in range(self.steps):
            target.labels(origin.x)
            yield origin.x + self.amount
        if self.breaks:
            raise ZeroDivisionError("in the middle")


class Refusing(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Refuses everything."""

    id: ClassVar[ControlId] = ControlId("anomalous_input_handling")
    title: ClassVar[str] = "Refusing"

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Predictor:
        """The target that answers nothing."""
        return Mute(target)


class Mute(Wrapped):
    """Refuses every input."""

    def labels(self, x: Inputs) -> Labels:
        """Refused."""
        return np.full(len(x), REFUSED)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tumours(), Store(tmp_path), today=DAY)


def cell(attack: Evasion, **changed: object) -> Cell:
    return msgspec.structs.replace(Cell(attack=attack, limit=NEAR, samples=30), **changed)


def test_a_run_counts_only_what_the_target_was_right_about_and_says_what_it_was_done_on(run: Run) -> None:
    found = run.measure(cell(Pgd()))
    assert found.outcome == "measured"
    assert found.success is not None
    assert 0 < found.success.hits < found.success.trials
    assert found.flags.count("-") == 30 - found.success.trials
    assert found.digests["model"] == run.rig.target.card.digest
    assert found.price.accuracy is not None
    assert found.price.queries > 0
    assert found.versions["numpy"] == np.__version__
    assert found.examples[0].was != found.examples[0].now


def test_where_an_answer_has_a_price_an_attack_has_one_too(tmp_path: Path) -> None:
    dear = msgspec.structs.replace(tumours(), query_price=0.25)
    found = Run(dear, Store(tmp_path), today=DAY).measure(cell(Pgd()))
    assert found.price.money == pytest.approx(found.price.queries / 4)
    assert Run(tumours(), Store(tmp_path), today=DAY).measure(cell(Pgd())).price.money is None


def test_an_attack_that_changes_nothing_has_failed_and_proves_nothing(run: Run) -> None:
    found = run.measure(cell(Proposing()))
    assert found.outcome == "unchanged"
    assert found.why == "the attack changed nothing"
    assert not found.counts
    assert not found.strong


def test_what_lies_outside_the_limit_is_no_success(run: Run) -> None:
    found = run.measure(cell(Proposing(amount=0.5)))
    assert found.success is not None
    assert found.success.hits == 0
    assert found.why == "all that the attack found lies outside the limit"


def test_a_refusal_is_no_success_for_the_attacker(run: Run) -> None:
    found = run.measure(cell(Proposing(amount=0.04), controls=(Refusing(),)))
    assert found.success is not None
    assert found.success.trials == 0
    assert found.price.accuracy is not None
    assert found.price.accuracy.hits == 0


def test_a_budget_is_hard_and_what_was_found_until_then_is_graded(run: Run) -> None:
    found = run.measure(cell(Proposing(amount=0.04, steps=10), budget=Budget(queries=100)))
    assert found.outcome == "measured"
    assert found.price.queries <= 100
    assert "of 100 queries are spent" in found.why


def test_an_attack_that_breaks_is_a_failed_run_which_is_not_kept(run: Run, tmp_path: Path) -> None:
    found = run.measure(cell(Proposing(amount=0.04, breaks=True)))
    assert found.outcome == "failed"
    assert found.why == "ZeroDivisionError: in the middle"
    assert not list(tmp_path.rglob("*.json"))


def test_an_attack_without_what_it_needs_does_not_apply_and_says_what_is_missing(tmp_path: Path) -> None:
    found = Run(tumours("forest"), Store(tmp_path), today=DAY).measure(cell(Pgd()))
    assert found.outcome == "not_applicable"
    assert "needs gradients, which forest does not give" in found.why


def test_the_same_run_is_not_made_twice(run: Run, tmp_path: Path) -> None:
    first = run.measure(cell(Square(steps=50)))
    (file,) = tmp_path.glob("measurements/*.json")
    before = file.stat().st_mtime_ns
    again = Run(tumours(), Store(tmp_path), today="2027-01-01").measure(cell(Square(steps=50)))
    assert again == first
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "other",
    [
        cell(Square(steps=51)),
        cell(Square(steps=50), seed=1),
        cell(Square(steps=50), samples=31),
        cell(Square(steps=50), limit=Limit(norm="linf", radius=0.051)),
        cell(Square(steps=50), controls=(Refusing(),)),
        cell(Square(steps=50), budget=Budget(queries=9)),
    ],
)
def test_a_run_that_differs_in_anything_is_another_one(run: Run, other: Cell) -> None:
    assert run.key(other) != run.key(cell(Square(steps=50)))


def test_a_file_that_was_garbled_is_measured_again(run: Run, tmp_path: Path) -> None:
    first = run.measure(cell(Pgd()))
    (file,) = tmp_path.glob("measurements/*.json")
    file.write_bytes(b"{")
    again = run.measure(cell(Pgd()))
    assert again.flags == first.flags


def cells() -> list[Cell]:
    attacks = (Pgd(steps=5), Square(steps=40))
    return [cell(attack, seed=seed, samples=12) for seed in (0, 1) for attack in attacks]


def test_two_processes_give_what_one_gives_bit_for_bit(tmp_path: Path) -> None:
    opener = functools.partial(rigs.tumours)
    here = Job(open_rig=opener, store=tmp_path / "a", today=DAY)
    there = Job(open_rig=opener, store=tmp_path / "b", today=DAY)
    alone = {one.key: one for one in run_cells(here, cells(), in_this_process)}
    both = {one.key: one for one in run_cells(there, cells(), Processes(2))}
    assert alone.keys() == both.keys()
    for key, one in alone.items():
        assert both[key].flags == one.flags
        assert both[key].examples == one.examples
        assert both[key].price.queries == one.price.queries


def test_no_run_starts_after_its_time(tmp_path: Path) -> None:
    job = Job(open_rig=tumours, store=tmp_path, today=DAY)
    assert list(run_cells(job, cells(), in_this_process, minutes=0)) == []


def test_cells_that_share_controls_and_seed_go_together() -> None:
    mixed = [cell(Pgd()), cell(Pgd(), seed=1), cell(Square()), cell(Pgd(), controls=(Refusing(),))]
    assert [len(group) for group in grouped(mixed)] == [2, 1, 1]

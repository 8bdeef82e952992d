"""Experiments as files: the grid that they are, and every problem at its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.lab.cell import name_of
from bartizan.lab.experiment import read_experiment

Write = Callable[..., Path]

HEAD = "bartizan_experiment: 1\ntarget: {rig: rig.py:build}\n"


def test_every_attack_meets_every_stack_with_every_seed(write: Write) -> None:
    file = write(
        HEAD
        + "attacks: [square, {attack: hop_skip_jump, limit: {norm: l2, radius: 0.3}, samples: 5, queries: 9}]\n"
        + "controls: [[], [rate_limit, {control: obscure_confidence, digits: 1}]]\n"
        + "seeds: [0, 3]\nsamples: 50\nqueries: 100\nlimit: {norm: linf, radius: 0.1}\n",
        "grid.yaml",
    )
    found = read_experiment(file)
    assert found.name == "grid"
    assert len(found.cells) == 2 * 2 * 2
    assert {cell.seed for cell in found.cells} == {0, 3}
    assert {tuple(map(name_of, cell.controls)) for cell in found.cells} == {(), ("rate_limit", "obscure_confidence")}
    by_attack = {cell.attack.id: cell for cell in found.cells}
    square, other = by_attack["square"], by_attack["hop_skip_jump"]
    assert (square.samples, square.budget.queries, str(square.limit)) == (50, 100, "linf 0.1")
    assert (other.samples, other.budget.queries, str(other.limit)) == (5, 9, "l2 0.3")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("attacks: []\n", ":3: no attack is named"),
        ("attacks: [square]\nseeds: []\n", ":4: no seed is named"),
        ("attacks: [square]\nseeds: [-1]\n", ":4: a seed is below 0"),
        ("attacks: [square]\nqueries: 0\n", ":4: queries: 0"),
        ("attacks: [square]\ncontrols: []\n", ":4: no stack of controls; write controls: [[]]"),
        ("attacks: [{attack: square, limit: {norm: l9, radius: 1}}]\n", ":3: attack 'square': "),
        ("attacks: [{attack: square, limit: {norm: linf, radius: -1}}]\n", ":3: attack 'square': "),
        ("attacks: [{attack: square, samples: many}]\n", ":3: "),
        ("attacks: [{attack: square, samples: 0}]\n", ":3: "),
        ("attacks: [{attack: square, queries: -4}]\n", ":3: "),
        ("attacks: [{attack: square, hidden: [1]}]\n", ":3: "),
        ("attacks: [{}]\n", ":3: no attack ''"),
        ("attacks: ['\\e[31m']\n".replace("'", '"'), "no attack '\\x1b[31m'"),
    ],
)
def test_what_cannot_be_run_is_told_at_its_line(text: str, finding: str, write: Write) -> None:
    with pytest.raises(InputError) as error:
        read_experiment(write(HEAD + text, "grid.yaml"))
    assert f"{finding}" in str(error.value)


def test_all_problems_are_told_at_once(write: Write) -> None:
    text = HEAD + "attacks: [sqare, {attack: pgd, stepps: 3}]\ncontrols: [[nothing]]\nseeds: [1, 1]\n"
    with pytest.raises(InputError) as error:
        read_experiment(write(text, "grid.yaml"))
    assert len(error.value.problems) == 4

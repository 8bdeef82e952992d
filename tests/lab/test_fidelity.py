"""Grading a copy: counts first, rates with their intervals, and nothing for knowing the commonest class."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.lab.fidelity import fidelity, fidelity_of
from tests import rigs


def test_counts_are_what_they_say() -> None:
    copied, answered, honest = np.array([0, 1, 1, 2, 0]), np.array([0, 1, 2, 2, -1]), np.array([0, 0, 1, 2, 0])
    found = fidelity_of(copied, answered, honest)
    assert (found.agreed, found.answered, found.constant) == (3, 4, 2)
    assert (found.right, found.right_target, found.inputs) == (4, 2, 5)
    assert found.rate == 0.75
    assert found.skill == 0.5
    assert found.interval[0] < 0.75 < found.interval[1]
    assert found.accuracy_interval[0] < found.accuracy < found.accuracy_interval[1]


def test_a_target_that_refused_everything_gives_no_rate_but_the_widest_interval() -> None:
    refused = np.full(4, -1)
    found = fidelity_of(np.zeros(4, int), refused, np.zeros(4, int))
    assert (found.rate, found.skill, found.interval) == (0.0, 0.0, (0.0, 1.0))


def test_the_target_itself_is_its_best_copy() -> None:
    rig = rigs.tumours()
    found = fidelity(rig.target, rig.target, rig.test)
    assert found.rate == found.skill == 1
    assert found.right == found.right_target


def test_labels_of_different_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="same inputs"):
        fidelity_of(np.zeros(2, int), np.zeros(3, int), np.zeros(3, int))

from __future__ import annotations

import numpy as np

from bartizan.controls.averaging import count_votes, majority, mean_probability, shares
from bartizan.targets.predictor import REFUSED


def test_the_pull_is_the_slope_of_the_logarithm_of_the_mean_softmax() -> None:
    rng = np.random.default_rng(0)
    matrices, x = rng.standard_normal((3, 6, 4)), rng.standard_normal((5, 6))

    def asked(x: np.ndarray) -> tuple[np.ndarray, object]:
        return mean_probability(
            np.stack([x @ matrix for matrix in matrices]),
            lambda weights: np.sum([given @ matrix.T for given, matrix in zip(weights, matrices, strict=True)], axis=0),
        )

    weights, way, step = rng.standard_normal((5, 4)), rng.standard_normal((5, 6)), 1e-5
    gradient = asked(x)[1](weights)  # type: ignore[operator]
    slope = ((asked(x + step * way)[0] - asked(x - step * way)[0]) * weights).sum(axis=1) / (2 * step)
    assert np.allclose((gradient * way).sum(axis=1), slope, rtol=1e-6)
    assert np.allclose(np.exp(asked(x)[0]).sum(axis=1), 1)


def test_votes_are_counted_without_refusals_and_ties_go_to_the_lower_class() -> None:
    votes = count_votes(np.array([[0, 2, REFUSED], [1, 2, REFUSED], [1, REFUSED, REFUSED], [0, 0, REFUSED]]), 3)
    assert votes.tolist() == [[2, 2, 0], [1, 0, 2], [0, 0, 0]]
    assert majority(votes).tolist() == [0, 2, REFUSED]
    assert np.allclose(shares(votes), np.array([[0.5, 0.5, 0], [1 / 3, 0, 2 / 3], [0, 0, 0]]))

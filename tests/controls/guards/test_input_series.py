"""A search is a series of near copies; ordinary traffic is not, and no batch size hides the one or blames the other."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.guards.guarded import called_by
from bartizan.controls.guards.input_series import SeriesGuard, SimilarSeries, closeness
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Predictor, Unsuitable
from tests import rigs


def guarded(**changed: int) -> SeriesGuard:
    rig = rigs.tumours()
    assert rig.reserve is not None
    found = SimilarSeries(neighbours=changed.get("neighbours", 8), stream=100).mount(
        rig.target, rig.reserve, rigs.rng()
    )
    assert isinstance(found, SeriesGuard)
    return found


def walk(target: Predictor, start: Inputs, steps: int) -> tuple[int, bool]:
    """A search by decisions: small random steps from one input, kept while the answer stays; until it is refused."""
    rng, wide = rigs.rng(9), rigs.tumours().test.x.std(axis=0)
    x = start.copy()
    first = target.labels(x[None])[0]
    for step in range(steps):
        tried = x + 0.05 * wide * rng.normal(size=x.shape)
        label = target.labels(tried[None])[0]
        if label == REFUSED:
            return step, True
        x = tried if label == first else x
    return steps, False


def test_a_search_is_blocked_after_a_few_steps_and_the_caller_stays_blocked() -> None:
    target = guarded()
    steps, caught = walk(target, rigs.tumours().test.x[0], 200)
    assert caught
    assert steps < 20
    assert target.blocked["anonymous"] == steps + 1
    assert (target.labels(rigs.tumours().test.x) == REFUSED).all()
    target.release("anonymous")
    assert (target.labels(rigs.tumours().test.x[:5]) != REFUSED).all()


def test_ordinary_traffic_passes_even_with_some_repeats() -> None:
    target, x = guarded(), rigs.tumours().test.x
    assert (target.labels(x) != REFUSED).all()
    assert (target.labels(x[:30]) != REFUSED).all()
    assert (called_by(target, "retry").labels(np.repeat(x[:10], 3, axis=0)) != REFUSED).all()


def test_another_caller_is_not_blocked_for_what_one_did() -> None:
    target = guarded()
    walk(called_by(target, "thief"), rigs.tumours().test.x[0], 100)
    assert set(target.blocked) == {"thief"}
    assert (called_by(target, "ann").labels(rigs.tumours().test.x) != REFUSED).all()


def test_the_batches_in_which_a_series_comes_make_no_difference() -> None:
    x = rigs.tumours().test.x
    near = x[3] * (1 + 0.001 * rigs.rng().normal(size=(30, 30)))
    series = np.concatenate([x[:40], near, x[40:60]])
    whole = guarded().labels(series)
    single, odd = guarded(), guarded()
    assert (whole == np.concatenate([single.labels(row[None]) for row in series])).all()
    assert (whole == np.concatenate([odd.labels(part) for part in np.array_split(series, 7)])).all()
    assert 40 < np.flatnonzero(whole == REFUSED)[0] < 60


def test_suspicion_of_a_series_leaves_no_trace() -> None:
    target = guarded()
    near = np.repeat(rigs.tumours().test.x[:1], 30, axis=0)
    assert (target.suspicion(near)[8:] == 0).all()
    assert np.isneginf(target.suspicion(near)[:8]).all()
    assert not target.blocked


def test_only_the_window_is_remembered() -> None:
    points = np.array([[0.0], [0.0], [5.0], [9.0], [14.0], [0.0]])
    assert closeness(points, points[:0], 1, 5)[-1] == 0
    assert closeness(points, points[:0], 1, 3)[-1] == 5
    assert closeness(points[2:], points[:2], 1, 5)[-1] == 0


def test_too_little_ordinary_traffic_is_said() -> None:
    rig = rigs.tumours()
    with pytest.raises(Unsuitable, match="too few"):
        SimilarSeries().mount(rig.target, rig.test.take(slice(0, 15)), rigs.rng())

"""Natural queries are spread as nature does; copies with small changes, as a thief without data makes them, are not."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.guards.guarded import called_by
from bartizan.controls.guards.query_spread import QuerySpread, SpreadGuard
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Unsuitable
from tests import rigs


def guarded() -> SpreadGuard:
    rig = rigs.tumours()
    assert rig.reserve is not None
    found = QuerySpread(every=60).mount(rig.target, rig.reserve, rigs.rng())
    assert isinstance(found, SpreadGuard)
    return found


def made() -> Inputs:
    """Thirty natural inputs, and small steps from each."""
    x = rigs.tumours().test.x[:30]
    wide = x.std(axis=0)
    return np.concatenate([x, *(x + 0.1 * wide * rigs.rng(seed).choice([-1, 1], x.shape) for seed in range(5))])


def test_made_up_queries_are_blocked_and_the_caller_stays_blocked() -> None:
    target = guarded()
    answers = target.labels(made())
    assert target.blocked == {"anonymous": 120}
    assert (answers[:120] != REFUSED).all()
    assert (answers[120:] == REFUSED).all()
    assert not target.scores(rigs.tumours().test.x[:3]).any()


def test_natural_queries_pass() -> None:
    target = guarded()
    assert (called_by(target, "ann").labels(rigs.tumours().test.x) != REFUSED).all()
    assert target.normality(rigs.tumours().test.x) > target.threshold > target.normality(made())


def test_the_batches_in_which_a_series_comes_make_no_difference() -> None:
    whole, parts = guarded().labels(made()), guarded()
    assert (whole == np.concatenate([parts.labels(part) for part in np.array_split(made(), 9)])).all()


def test_too_little_ordinary_traffic_is_said() -> None:
    with pytest.raises(Unsuitable, match="too few for series of 100"):
        QuerySpread().mount(rigs.tumours().target, rigs.tumours().test.take(slice(0, 90)), rigs.rng())

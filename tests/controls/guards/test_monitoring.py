"""Monitoring answers everything, remembers who asked, and tells a search from ordinary use."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.guards.guarded import called_by
from bartizan.controls.guards.monitoring import Monitored, MonitorUse
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Unsuitable
from tests import rigs


def monitored() -> Monitored:
    rig = rigs.digits()
    assert rig.reserve is not None
    found = MonitorUse(window=30).mount(rig.target, rig.reserve, rigs.rng())
    assert isinstance(found, Monitored)
    return found


def search() -> Inputs:
    """Sixty small changes of one digit."""
    noise = rigs.rng().normal(0, 0.05, (60, 1, 8, 8)).astype(np.float32)
    return np.asarray(np.clip(rigs.digits().test.x[:1] + noise, 0, 1))


def test_a_search_raises_an_alarm_and_is_answered_all_the_same() -> None:
    target = monitored()
    x = search()
    assert (called_by(target, "eve").labels(x) == rigs.digits().target.labels(x)).all()
    assert [alarm.caller for alarm in target.alarms] == ["eve", "eve"]
    assert [alarm.query for alarm in target.alarms] == [30, 60]
    assert target.records["eve"].queries == 60


def test_ordinary_use_raises_few_alarms() -> None:
    target, x = monitored(), rigs.digits().test.x
    for start in range(0, len(x), 7):
        target.scores(x[start : start + 7])
    assert target.records["anonymous"].queries == len(x)
    assert len(target.alarms) <= 1
    assert np.mean(target.suspicion(x) > target.threshold) < 0.1


def test_suspicion_tells_searches_from_ordinary_windows() -> None:
    target = monitored()
    assert target.suspicion(search()).min() > target.suspicion(rigs.digits().test.x).max()
    assert not target.records


def test_too_little_to_learn_from_is_said() -> None:
    rig = rigs.tumours()
    with pytest.raises(Unsuitable, match="too few for windows of 90"):
        MonitorUse(window=90).mount(rig.target, rig.test, rigs.rng())

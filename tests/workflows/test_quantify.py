"""Annual loss by Monte Carlo: repeatable, in line with the theory, and honest about its trials."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.catalog.check import check_catalog
from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.catalog.scales import Quantities, Span
from bartizan.core.errors import MissingExtra
from bartizan.core.records import Assessment, Level, Loss, Risk
from bartizan.workflows.quantify import quantify, span_at
from tests.report.dossiers import AGENT, from_text

TRIALS = 4_000


@cache
def loss(seed: int = 1, trials: int = TRIALS) -> Loss:
    dossier = from_text(AGENT)
    return quantify(dossier.assessment, dossier.catalog, seed=seed, trials=trials)


def assessment(*risks: Risk) -> Assessment:
    return msgspec.structs.replace(from_text(AGENT).assessment, risks=risks)


def only(likelihood: int, impact: int) -> Assessment:
    """An assessment whose one risk has this likelihood and impact at every stage."""
    step = Level(likelihood=likelihood, impact=impact, level=3)
    first = from_text(AGENT).assessment.risks[0]
    return assessment(msgspec.structs.replace(first, inherent=step, current=step, residual=step))


def mean_of(span: Span) -> float:
    return (span.min + 4 * span.mode + span.max) / 6


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    dossier = from_text(AGENT)
    assert quantify(dossier.assessment, dossier.catalog, seed=1, trials=TRIALS) == loss()
    assert loss(seed=2).mean != loss().mean


@pytest.mark.parametrize(("likelihood", "impact"), [(5, 5), (4, 2), (3, 3), (2, 4)])
def test_the_mean_is_that_of_the_theory(likelihood: int, impact: int) -> None:
    catalog = load_catalog()
    found = quantify(only(likelihood, impact), catalog, seed=7, trials=20_000)
    rate, size = catalog.quantities.frequency[likelihood - 1], catalog.quantities.magnitude[impact - 1]
    expected = mean_of(rate) * mean_of(size)
    low, high = found.intervals["mean"]
    assert abs(found.mean - expected) < 2 * (high - low)


def test_controls_lower_the_loss() -> None:
    found = loss()
    assert found.inherent.mean >= found.mean >= found.residual.mean


def test_every_number_lies_in_its_interval_and_more_trials_narrow_it() -> None:
    few, many = loss(trials=500), loss(trials=20_000)
    for name, (low, high) in many.intervals.items():
        assert low <= getattr(many, name) <= high
    widths = [found.intervals["mean"][1] - found.intervals["mean"][0] for found in (few, many)]
    assert widths[1] < widths[0] / 3


def test_the_curve_rises_in_loss_as_it_falls_in_probability() -> None:
    curve = loss().curve
    assert list(curve) == sorted(curve)
    assert [share for _, share in curve] == sorted((share for _, share in curve), reverse=True)
    assert {share: value for value, share in curve}[0.1] == loss().p90


def test_the_parts_of_the_risks_add_up_to_the_mean() -> None:
    found = loss()
    assert math.isclose(sum(part for _, part in found.per_risk), found.mean)
    assert [part for _, part in found.per_risk] == sorted((part for _, part in found.per_risk), reverse=True)


def test_a_risk_draws_the_same_whatever_other_risks_there_are() -> None:
    catalog = load_catalog()
    risks = from_text(AGENT).assessment.risks
    whole = dict(quantify(assessment(*risks), catalog, seed=3, trials=500).per_risk)
    fewer = dict(quantify(assessment(*reversed(risks[1:3])), catalog, seed=3, trials=500).per_risk)
    assert fewer == {name: whole[name] for name in fewer}


def test_no_risks_are_no_loss() -> None:
    found = quantify(assessment(), load_catalog(), trials=100)
    assert (found.mean, found.p95, found.per_risk) == (0.0, 0.0, ())


def test_less_than_one_trial_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        quantify(assessment(), load_catalog(), trials=0)


def test_without_numpy_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "numpy":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"bartizan\[lab\]"):
        quantify(assessment(), load_catalog(), trials=100)


# ranges


@given(st.integers(2, 9), st.data())
def test_spans_spread_over_any_scale_rise_and_keep_their_ends(steps: int, data: st.DataObject) -> None:
    spans = load_catalog().quantities.magnitude
    step = data.draw(st.integers(1, steps - 1))
    here, above = span_at(spans, step, steps), span_at(spans, step + 1, steps)
    assert here.min <= here.mode <= here.max
    assert here.min <= above.min
    assert here.mode <= above.mode
    assert here.max <= above.max
    assert (span_at(spans, 1, steps), span_at(spans, steps, steps)) == (spans[0], spans[-1])


def findings(catalog: Catalog) -> list[str]:
    return [finding for kind, _, _, finding, _ in check_catalog(catalog) if kind in {"Quantities", "Scales"}]


def spoiled(catalog: Catalog, **changes: object) -> Quantities:
    return msgspec.structs.replace(catalog.quantities, **changes)


def test_ranges_that_fall_or_are_out_of_order_are_told() -> None:
    catalog = load_catalog()
    spans = catalog.quantities.frequency
    falling = msgspec.structs.replace(catalog, quantities=spoiled(catalog, frequency=spans[::-1]))
    crossed = msgspec.structs.replace(
        catalog, quantities=spoiled(catalog, magnitude=(Span(min=3.0, mode=2.0, max=4.0),))
    )
    empty = msgspec.structs.replace(catalog, quantities=spoiled(catalog, magnitude=()))
    assert findings(catalog) == []
    assert len(findings(falling)) == len(spans) - 1
    assert "must rise from min over mode to max" in findings(crossed)[0]
    assert findings(empty) == ["no spans"]


def test_an_organisations_own_ranges_are_one_per_step() -> None:
    catalog = load_catalog()
    own = spoiled(catalog, frequency=catalog.quantities.frequency[:3])
    scales = msgspec.structs.replace(catalog.scales, quantities=own)
    assert findings(msgspec.structs.replace(catalog, scales=scales)) == ["3 spans for 5 steps"]

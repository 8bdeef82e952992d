"""The curves of some runs as charts: success by the attacker's limit, by queries, and what runs drew themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from bartizan.core.measurement import Curve, Figure, Measurement, Point, Rate
from bartizan.report.lab.chart import Axis, Chart, Line
from bartizan.report.lab.wording import made_with, named, percent, spread_of, stack

T = TypeVar("T")
_MOST = 6
"""Lines in one chart; more are put into further charts, each with the bare target."""
_GUESSING = 0.5
"""The area under the curve of who knows nothing."""
_DECADES = 20.0
"""An axis of queries whose ends are so far apart, as a ratio, is drawn by magnitude."""


def charts_of(measured: Sequence[Measurement]) -> tuple[Chart, ...]:
    """All charts that the runs can be drawn in; names are unique. Runs that say nothing are left out."""
    counted = [run for run in measured if run.counts]
    found = [*_by_limit(counted), *_by_queries(counted), *_their_own(counted)]
    names: dict[str, int] = {}
    made = []
    for make in found:
        names[make.name] = names.get(make.name, 0) + 1
        again = f"-{names[make.name]}" if names[make.name] > 1 else ""
        made.append(msgspec.structs.replace(make, name=make.name + again))
    return tuple(made)


# Robustness curves


def _by_limit(runs: Sequence[Measurement]) -> Iterator[Chart]:
    limited = [run for run in runs if len(run.limit.split()) == 2]
    for (rig, attack, norm, _), some in _grouped(
        limited, lambda r: (r.rig, r.attack, r.limit.split()[0], r.parameters)
    ):
        lines = [(controls, _radii(same)) for controls, same in _grouped(some, lambda run: run.controls)]
        kept = [(controls, points) for controls, points in lines if len(points) > 1]
        ends = [p.x for _, points in kept for p in points]
        for chunk in _chunks(kept):
            yield Chart(
                name=_file_name("robustness", rig, attack, norm),
                title=_grows(named(some[0]), chunk[0], norm),
                x=Axis(words=f"How far the attacker may change an input, {norm}", low=0, high=max(ends) * 1.04),
                y=Axis(words="Attacks that succeed", low=0, high=1, percent=True),
                lines=_lines(chunk),
                foot=f"95 % intervals; {_foot(some)}",
            )


def _radii(runs: Sequence[Measurement]) -> tuple[Point, ...]:
    by_radius = _grouped(runs, lambda run: float(run.limit.split()[1]))
    return tuple(sorted((_point(radius, _sum(same)) for radius, same in by_radius), key=lambda p: p.x))


def _point(x: float, rate: Rate) -> Point:
    low, high = rate.interval
    return Point(x=x, y=rate.value or 0.0, low=low, high=high)


def _sum(runs: Iterable[Measurement]) -> Rate:
    """Several seeds as one rate."""
    rates = [run.success for run in runs if run.success is not None]
    return Rate(hits=sum(rate.hits for rate in rates), trials=sum(rate.trials for rate in rates))


def _grows(attack: str, line: tuple[tuple[str, ...], tuple[Point, ...]], norm: str) -> str:
    controls, points = line
    first, last = points[0], points[-1]
    return (
        f"{attack} goes from {percent(first.y)} at {norm} {first.x:g} to {percent(last.y)} at {last.x:g} "
        f"with {stack(controls)}"
    )


# Success against queries


def _by_queries(runs: Sequence[Measurement]) -> Iterator[Chart]:
    asked = [run for run in runs if run.price.queries > 0 and not run.curves]
    for (rig, attack, limit), some in _grouped(asked, lambda run: (run.rig, run.attack, run.limit)):
        lines = [(controls, _asked(same)) for controls, same in _grouped(some, lambda run: run.controls)]
        kept = [(controls, points) for controls, points in lines if len({p.x for p in points}) > 1]
        for chunk in _chunks(kept):
            points = [p for _, line in chunk for p in line]
            controls, last = chunk[0][0], chunk[0][1][-1]
            reached = f"{percent(last.y)} after {last.x:,.0f} queries"
            yield Chart(
                name=_file_name("queries", rig, attack, limit),
                title=f"{named(some[0])} reaches {reached} with {stack(controls)}",
                x=_queries_axis([p.x for p in points], "Queries that the attack asked, all samples together"),
                y=Axis(words="Attacks that succeed", low=0, high=1, percent=True),
                lines=_lines(chunk),
                foot=f"95 % intervals; {_foot(some)}",
            )


def _asked(runs: Sequence[Measurement]) -> tuple[Point, ...]:
    """A point for each size of budget: the seeds' runs in order of their queries, taken together."""
    by_seed = [sorted(same, key=lambda run: run.price.queries) for _, same in _grouped(runs, lambda run: run.seed)]
    fitting = zip(*by_seed, strict=False)
    return tuple(_point(sum(run.price.queries for run in same) / len(same), _sum(same)) for same in fitting)


def _queries_axis(values: Sequence[float], words: str) -> Axis:
    low, high = max(1.0, min(values)), max(values)
    if high / low >= _DECADES:
        return Axis(words=f"{words} (each step is ten times more)", low=low * 0.9, high=high * 1.1, log=True)
    return Axis(words=words, low=0, high=max(high * 1.04, 1.0))


# Curves that a run drew itself


def _their_own(runs: Sequence[Measurement]) -> Iterator[Chart]:
    drawn = [(run, curve) for run in runs for curve in run.curves if len(curve.points) > 1]
    for (rig, attack, name), some in _grouped(drawn, lambda pair: (pair[0].rig, pair[0].attack, pair[1].name)):
        several = len({run.seed for run, _ in some}) > 1
        lines = [((stack(run.controls) + (f", seed {run.seed}" if several else ""),), c.points) for run, c in some]
        make = _roc if name == "ROC" else _other
        first = min(some, key=lambda pair: (len(pair[0].controls), pair[0].seed))
        for chunk in _chunks(lines):
            yield make(_file_name(name.lower(), rig, attack), *first, chunk, _foot([run for run, _ in some]))


_Lines = Sequence[tuple[tuple[str, ...], tuple[Point, ...]]]


def _roc(name: str, run: Measurement, curve: Curve, lines: _Lines, foot: str) -> Chart:
    """By magnitude on both axes: what counts is how many members are found with few false alarms."""
    seen = [v for _, points in lines for p in points for v in (p.x, p.y) if v > 0]
    low = 10.0 ** -_decades(min(seen, default=0.01))
    area = next((figure for figure in run.figures if "area" in figure.name), None)
    return Chart(
        name=name,
        title=f"{named(run)} {_area_in_words(area)} with {stack(run.controls)}",
        x=Axis(words=f"{_capital(curve.x)} (each step is ten times more)", low=low, high=1, log=True, percent=True),
        y=Axis(words=_capital(curve.y), low=low, high=1, log=True, percent=True),
        lines=_lines([(label, _above(points, low)) for label, points in lines]),
        guess="guessing",
        foot=foot,
    )


def _decades(smallest: float) -> int:
    return next(n for n in (1, 2, 3, 4, 5) if n == 5 or smallest >= 10.0**-n * 0.999)


def _above(points: Sequence[Point], low: float) -> tuple[Point, ...]:
    return tuple(p for p in points if p.x >= low and p.y >= low) or tuple(points[-1:])


def _area_in_words(area: Figure | None) -> str:
    if area is None:
        return "tells members from strangers"
    span = f" ({area.low:.2f} to {area.high:.2f})" if area.low is not None and area.high is not None else ""
    if area.low is not None and area.low <= _GUESSING:
        return f"is not shown to beat guessing: area {area.value:.2f}{span}, guessing 0.50,"
    return f"tells members from strangers with an area of {area.value:.2f}{span}, where guessing has 0.50,"


def _other(name: str, run: Measurement, curve: Curve, lines: _Lines, foot: str) -> Chart:
    xs, ys = [p.x for _, line in lines for p in line], [p.y for _, line in lines for p in line]
    shares = min(ys) >= 0 and max(ys) <= 1
    last = curve.points[-1]
    y = Axis(words=_capital(curve.y), low=0, high=1 if shares else max(*ys, 1e-9) * 1.05, percent=shares)
    asked = curve.x == "queries"
    at = f"{last.x:,.6g} {curve.x}" if asked else f"{curve.x} {last.x:g}"
    return Chart(
        name=name,
        title=f"{named(run)}: {curve.name} {_reached(last, y)} at {at} with {stack(run.controls)}",
        x=_queries_axis(xs, _capital(curve.x)) if asked else _plain_axis(xs, _capital(curve.x)),
        y=y,
        lines=_lines(lines),
        foot=f"95 % intervals; {foot}" if any(p.high > p.low for p in curve.points) else foot,
    )


def _plain_axis(values: Sequence[float], words: str) -> Axis:
    low, high = min(0.0, *values), max(*values)
    return Axis(words=words, low=low, high=high if high > low else low + 1)


def _reached(point: Point, axis: Axis) -> str:
    if point.high <= point.low:
        return axis.written(round(point.y, 3))
    rounded = [axis.written(round(v, 2)) for v in (point.y, point.low, point.high)]
    return f"{rounded[0]} ({rounded[1]} to {rounded[2]})"


# What all share


def _lines(lines: _Lines) -> tuple[Line, ...]:
    named_ = ((stack(controls).replace("(", " ("), points) for controls, points in lines)  # a line may break there
    return tuple(Line(name=name, points=tuple(points)) for name, points in named_)


def _chunks(lines: Sequence[T]) -> Iterator[Sequence[T]]:
    """The lines, a chart's worth at a time; the first, which is the one without controls, stands in each."""
    if lines:
        yield lines[:_MOST]
    for start in range(_MOST, len(lines), _MOST - 1):
        yield [lines[0], *lines[start : start + _MOST - 1]]


K = TypeVar("K")


def _grouped(items: Iterable[T], key: Callable[[T], K]) -> list[tuple[K, list[T]]]:
    """Items by key in the order of their first; what has no controls comes first."""
    found: dict[K, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return sorted(found.items(), key=lambda pair: pair[0] != ())


def _foot(runs: Sequence[Measurement]) -> str:
    seeds = sorted({run.seed for run in runs})
    return f"{runs[0].rig}; {made_with(runs[0].held_on, runs[0].versions, seeds)}"


def _file_name(*words: str) -> str:
    text = "-".join("".join(c if c.isascii() and c.isalnum() else "-" for c in word.lower()) for word in words if word)
    return "-".join(filter(None, text.split("-")))[:80]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def headline_of(runs: Sequence[Measurement]) -> str:
    """The answer of a run of the lab, in a sentence or two."""
    counted = [run for run in runs if run.counts]
    if not counted:
        return (
            f"None of {len(runs)} runs measured anything; that is no proof of safety." if runs else "Nothing was run."
        )
    bare = [run for run in counted if not run.controls] or counted
    worst = max(bare, key=lambda run: (run.success.value or 0.0) if run.success else 0.0)
    assert worst.success is not None
    behind = f" behind {stack(worst.controls)}" if worst.controls else ""
    return (
        f"The worst of {len({(r.attack, r.parameters, r.limit) for r in bare})} attacks, {named(worst)}, succeeds on "
        f"{worst.success.hits} of {worst.success.trials}{behind}: {spread_of(worst.success)}."
    )

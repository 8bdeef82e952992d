"""What a run of the lab measured, as one page: its first line is the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from bartizan.core.measurement import Effect, Figure, Measurement, Rate
from bartizan.report.catalog_page import clean
from bartizan.report.lab.chart_svg import chart_svg
from bartizan.report.lab.document import cell, document, figure, number, paragraph, quiet, rate, section, strong, table
from bartizan.report.lab.examples import example_part
from bartizan.report.lab.ranges import difference_range, rate_range
from bartizan.report.lab.run_charts import charts_of, headline_of
from bartizan.report.lab.wording import asked, named, points, signed, stack, what_came
from bartizan.report.pictures.marks import element

_EXAMPLES = 8
"""Runs whose inputs are shown: the worst ones, of each attack behind each stack one."""


def lab_page(measured: Sequence[Measurement], effects: Sequence[Effect], title: str) -> str:
    """Runs and what controls did to them as a self-contained HTML document, in UTF-8. Pure."""
    return document(title, _lead(measured, effects), _parts(measured, effects), tuple(_foot(measured)))


def _lead(measured: Sequence[Measurement], effects: Sequence[Effect]) -> str:
    best = max((e for e in effects if e.low > 0 and not e.masks_gradients), key=lambda e: e.low, default=None)
    if best is not None:
        name = next((named(run) for run in measured if run.attack == best.attack), best.attack)
        less = points(best.reduction, best.low, best.high)
        return f"{headline_of(measured)} Most surely helps {stack(best.controls)}: {name} succeeds {less}."
    told = " No control is shown to help." if effects else ""
    return headline_of(measured) + told


def _parts(measured: Sequence[Measurement], effects: Sequence[Effect]) -> Iterator[Markup]:
    counted = sorted((run for run in measured if run.counts), key=_worst_first)
    silent = [run for run in measured if not run.counts]
    if counted:
        yield section("runs", "What succeeded", paragraph(_READ), _runs(counted))
    if effects:
        yield section("effects", "What controls buy, and cost", paragraph(_PRICE), _effects(effects))
    charts = charts_of(measured)
    if charts:
        drawn = (figure(chart.title, chart_svg(chart), chart.foot) for chart in charts)
        yield section("curves", "Curves", element("div", *drawn, class_="charts"))
    shown = list({(run.attack, run.controls): run for run in reversed(counted) if run.examples}.values())[::-1]
    if shown:
        yield section("examples", "Inputs before and after", *(_example(run) for run in shown[:_EXAMPLES]))
    if silent:
        yield section("silent", "What says nothing", paragraph(_SILENT), _silent(silent))


_READ = (
    "Each row is one attack on the target behind some controls, with one seed; the worst first. The dot is the share "
    "of tries that succeeded, the whisker its 95 % interval on a line from 0 to 100 %, the tick what it is without "
    "the attack, where that is not zero."
)
_PRICE = (
    "The same attack on the same inputs, with and without the controls. The dot is how many points fewer of 100 tries "
    "succeed, right of the tick where the controls help; an interval that holds the tick shows neither help nor harm."
)
_SILENT = "These runs are no proof of safety: each says why it has no number."


def _worst_first(run: Measurement) -> tuple[float, str, tuple[str, ...], int]:
    return -((run.success.value or 0.0) if run.success else 0.0), named(run), run.controls, run.seed


def _runs(runs: Iterable[Measurement]) -> Markup:
    columns = ("Attack", "Controls", "Succeeded", "0 to 100 %", "Queries", "CPU seconds", "Accuracy")
    return table("What succeeded", columns, map(_run, runs))


def _run(run: Measurement) -> Markup:
    assert run.success is not None
    chance = quiet(f"{run.baseline.hits} of {run.baseline.trials} without it") if run.baseline else ()
    return element(
        "tr",
        cell(strong(named(run)), *quiet(_circumstances(run)), *_besides(run)),
        cell(stack(run.controls)),
        counted(run.success, *chance),
        cell(rate_range(run.success, run.baseline)),
        number(asked(run)),
        number(f"{run.price.seconds:.2f}" if run.price.seconds else ""),
        counted(run.price.accuracy) if run.price.accuracy else cell(""),
    )


def counted(one: Rate, *more: Markup) -> Markup:
    """A rate with its interval in one line, and its counts below."""
    counts, _, share = str(one).partition(" · ")
    return rate(share or counts, *(quiet(counts) if share else ()), *more)


def _besides(run: Measurement) -> tuple[Markup, ...]:
    told = "; ".join(filter(None, (*map(_said, run.figures), run.why)))
    return quiet(told) if told else ()


def _circumstances(run: Measurement) -> str:
    return "; ".join(filter(None, (run.limit, run.parameters, f"seed {run.seed}")))


def _said(one: Figure) -> str:
    span = f" ({one.low:.3g} to {one.high:.3g})" if one.low is not None and one.high is not None else ""
    return f"{one.name} {one.value:.3g}{f' {one.unit}' if one.unit else ''}{span}"


def _effects(effects: Iterable[Effect]) -> Markup:
    columns = ("Controls", "Attack", "Without", "With", "Success", "−100 to 100", "Accuracy, points", "ms", "Queries")
    return table("What controls buy, and cost", columns, map(_effect, effects))


def _effect(one: Effect) -> Markup:
    hides = quiet(f"hides gradients more than it protects: {one.masks_gradients}") if one.masks_gradients else ()
    return element(
        "tr",
        cell(stack(one.controls), *hides),
        cell(one.title or one.attack, *quiet("; ".join(filter(None, (one.limit, f"seed {one.seed}"))))),
        counted(one.without),
        counted(one.with_),
        rate(points(one.reduction, one.low, one.high)),
        cell(difference_range(one.low, one.reduction, one.high)),
        number(signed(100 * one.accuracy, 1) if one.accuracy is not None else ""),
        number(signed(one.latency, 2) if one.latency is not None else ""),
        number(f"{one.queries:.2g} times" if one.queries is not None else ""),
    )


def _example(run: Measurement) -> Markup:
    heading = element("h3", clean(f"{named(run)}, {stack(run.controls)}{f', within {run.limit}' if run.limit else ''}"))
    return element("div", heading, element("div", *map(example_part, run.examples), class_="examples"))


def _silent(runs: Iterable[Measurement]) -> Markup:
    rows = (
        element(
            "tr",
            cell(strong(named(run)), *quiet(_circumstances(run))),
            cell(stack(run.controls)),
            cell(what_came(run)),
        )
        for run in runs
    )
    return table("What says nothing", ("Attack", "Controls", "Why"), rows)


def _foot(measured: Sequence[Measurement]) -> Iterator[str]:
    if not measured:
        return
    seeds = sorted({run.seed for run in measured})
    days = sorted({run.held_on for run in measured if run.held_on})
    yield f"{len(measured)} runs; seeds {', '.join(map(str, seeds))}; {', '.join(days)}".strip("; ")
    for versions in dict.fromkeys(tuple(run.versions.items()) for run in measured if run.versions):
        yield f"Made with {', '.join(f'{name} {version}' for name, version in versions)}"
    for rig, knowledge in dict.fromkeys((run.rig, run.knowledge) for run in measured if run.knowledge):
        yield f"{clean(rig)}: the attacker is assumed to have {clean(knowledge)}"
    for digests in dict.fromkeys((run.rig, tuple(run.digests.items())) for run in measured if run.digests):
        yield f"{digests[0]}: {', '.join(f'{name} {digest}' for name, digest in digests[1])}"

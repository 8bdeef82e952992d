"""What tests of chat targets print: what was reached, how often, what it is good for, and what nobody tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.table import Table

from bartizan.cli.output import shown
from bartizan.core.chat_results import ChatResults, ChatRun, Since
from bartizan.core.errors import printable
from bartizan.core.source import write_atomic
from bartizan.lab.chat.baseline import since
from bartizan.report.chat.files import read_results, writer_for
from bartizan.report.chat.gaps import first_of, goals, never_tried, undecided, untested_threats
from bartizan.report.chat.since import STILL, changes, titles_in
from bartizan.report.chat.wording import (
    easiest,
    headline,
    judge_line,
    severity_word,
    short_rate,
    spent_line,
    way_name,
)

STOPPED = 130
_SHOWN = 12
"""Goals in the terminal: the rest is for the page."""
_REASONS, _NAMES, _REMARKS = 3, 6, 3
_WIDE = 100
"""Columns from which there is room for how a goal was reached."""

Deliver = Callable[[ChatResults, Console], bool]


def run_lines(run: ChatRun, width: int) -> Iterator[RenderableType]:
    """One target's results: the answer, the worst goals, what it is good for, what nobody tested, what it cost."""
    yield ""
    yield f"{printable(run.label)}: {printable(headline(run))}"
    if run.breaches:
        yield ""
        yield _breach_table(run, width)
    if len(run.breaches) > _SHOWN:
        yield f"and {len(run.breaches) - _SHOWN} more, of no higher severity: --results FILE.html shows all"
    yield ""
    yield from _utility_lines(run)
    yield from _judge_lines(run)
    yield from _missing_lines(run)
    yield f"spent: {spent_line(run)}"


def _breach_table(run: ChatRun, width: int) -> Table:
    told = any(one.severity for one in run.breaches)
    table = Table(box=None, pad_edge=False, header_style="bold")
    if told:
        table.add_column("Severity", no_wrap=True)
    table.add_column("Reached", no_wrap=True)
    table.add_column("Goal", ratio=1)
    if width >= _WIDE:
        table.add_column("Easiest way", ratio=1)
    for one in run.breaches[:_SHOWN]:
        cells = [short_rate(one.rate), printable(one.title), printable(way_name(easiest(one, run)))]
        table.add_row(*([severity_word(one)] if told else []), *cells[: 3 if width >= _WIDE else 2])
    return table


def _utility_lines(run: ChatRun) -> Iterator[str]:
    useful = run.utility
    if useful.done.trials:
        under = f"; with a stranger's order in the way {short_rate(useful.done_under_attack)}"
        yield f"honest tasks done: {short_rate(useful.done)}{under if useful.done_under_attack.trials else ''}"
    else:
        yield "honest tasks done: none was tried, so it may withstand attacks by refusing everybody"
    if useful.false_alarms.trials:
        yield f"honest requests refused because they sound suspicious: {short_rate(useful.false_alarms)}"


def _judge_lines(run: ChatRun) -> Iterator[str]:
    if run.judge is not None:
        yield f"the judge {printable(judge_line(run.judge))}"
    if run.remarks:
        yield f"{len(run.remarks)} remarks on its tools' descriptions, reasons to look and no proof:"
        yield from (f"  {line}" for line in first_of(map(printable, run.remarks), _REMARKS))


def _missing_lines(run: ChatRun) -> Iterator[str]:
    if run.narrowed:
        yield f"narrowed to {printable(run.narrowed)}; everything else was left alone"
    if run.untried:
        yield f"{run.untried:,} planned trials were not made: {printable(run.why)}; the same command goes on"
    open_ = undecided(run)
    for one in open_[:_REASONS]:
        yield f"{one.told}: {printable(one.why)}"
    if len(open_) > _REASONS:
        yield f"{sum(one.count for one in open_[_REASONS:]):,} more without a verdict, for other reasons"
    left = never_tried(run)
    if left:
        count = sum(len(one.titles) for one in left)
        yield f"{goals(count)} not tried: {printable('; '.join(first_of((one.why for one in left), _REASONS)))}"
    silent = untested_threats(run)
    if silent:
        yield f"threats that nobody tested: {printable(', '.join(first_of(silent, _NAMES)))}"


def deliver_results(out: Path | None, baseline: Path | None) -> Deliver:
    """What writes the results and compares them, with bad names told before anything is attacked.

    It answers whether something was breached that the baseline lacks.
    """
    write = writer_for(out) if out is not None else None
    before = read_results(baseline) if baseline is not None else None

    def deliver(results: ChatResults, console: Console) -> bool:
        news = since(before, results) if before is not None else None
        for line in since_lines(news, results) if news is not None else ():
            console.print(line)
        if write is not None and out is not None:
            write_atomic(out, write(results, news))
            click.echo(f"wrote {shown(out)}", err=True)
        return news is not None and bool(news.new or news.unseen)

    return deliver


def since_lines(news: Since, results: ChatResults) -> Iterator[str]:
    """What is different from the baseline: what fails a gate first."""
    titled = titles_in(results)
    yield ""
    for word, pairs in changes(news):
        if word == STILL:
            yield f"{word}: {len(pairs)}"
        elif pairs:
            yield f"{word}: {printable('; '.join(first_of(map(titled, pairs), _SHOWN)), 4000)}"


def exit_code_of(runs: Iterable[ChatRun], *, stopped: bool, worse: bool) -> int:
    """130 where somebody stopped it, 3 where a target gave nothing but errors, 1 where something new was breached."""
    every = list(runs)
    if stopped:
        return STOPPED
    if any(run.is_gone for run in every):
        return 3
    return 1 if worse else 0

"""What tests of chat targets print: what was reached, how often, what it is good for, and what nobody tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.table import Table

from bartizan.cli.output import shown
from bartizan.core.chat_results import Breach, ChatResults, ChatRun, Since
from bartizan.core.errors import printable
from bartizan.core.source import write_atomic
from bartizan.lab.chat.baseline import since
from bartizan.report.chat.files import read_results, writer_for
from bartizan.report.chat.wording import headline, severity_word, way_name

STOPPED = 130
_REMARKS = 5
_SHOWN = 15
"""Goals in the terminal: the rest is for the page."""

Deliver = Callable[[ChatResults, Console], bool]


def run_lines(run: ChatRun, width: int) -> Iterator[RenderableType]:
    """One target's results: the worst first."""
    yield ""
    yield f"{printable(run.label)}: {printable(headline(run))}"
    if run.breaches:
        yield _breach_table(run.breaches)
    if len(run.breaches) > _SHOWN:
        yield f"and {len(run.breaches) - _SHOWN} more, of no higher severity: write all with --results FILE.html"
    yield from _utility_lines(run)
    yield from _judge_lines(run)
    yield from _missing_lines(run)


def _breach_table(breaches: Sequence[Breach]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Severity", no_wrap=True)
    table.add_column("Reached", justify="right", no_wrap=True)
    table.add_column("Goal")
    for one in breaches[:_SHOWN]:
        low, high = one.rate.interval
        share = f"{one.rate.hits} of {one.rate.trials}, {100 * low:.0f}–{100 * high:.0f} %"
        easiest = min(one.ways, key=lambda way: (way.effort, way.is_multi_turn, -way.rate.hits))
        table.add_row(severity_word(one), share, printable(f"{one.title} ({way_name(easiest)})"))
    return table


def _utility_lines(run: ChatRun) -> Iterator[str]:
    useful = run.utility
    if useful.done.trials:
        under = f"; with a stranger's order in the way {useful.done_under_attack}" * bool(
            useful.done_under_attack.trials
        )
        yield f"honest tasks done: {useful.done}{under}"
    if useful.false_alarms.trials:
        yield f"honest requests refused because they sound suspicious: {useful.false_alarms}"


def _judge_lines(run: ChatRun) -> Iterator[str]:
    judge = run.judge
    if judge is not None and judge.n:
        low, high = judge.interval
        agrees = f"{judge.agreed} of {judge.n} ({low:.2f} to {high:.2f}), kappa {judge.kappa:.2f}"
        yield f"the judge {printable(judge.model)} agrees with people in {agrees}"
    if judge is not None and not judge.counts:
        yield f"the judge's verdicts do not count: {printable(judge.why)}"
    if run.remarks:
        yield f"{len(run.remarks)} remarks on its tools' descriptions, reasons to look and no proof:"
    for remark in run.remarks[:_REMARKS]:
        yield f"  {printable(remark)}"
    if len(run.remarks) > _REMARKS:
        yield f"  and {len(run.remarks) - _REMARKS} more: write all with --results FILE.json"


def _missing_lines(run: ChatRun) -> Iterator[str]:
    errors = [one for one in run.trials if one.outcome == "error"]
    unfit = [one for one in run.trials if one.outcome == "unfit"]
    if unfit:
        yield f"{len(unfit)} trials could not be made: {printable(unfit[0].why)}"
    unscored = [one for one in run.trials if one.outcome == "unscored"]
    if errors:
        yield f"{len(errors)} trials were errors and count for nothing; the last: {printable(errors[-1].why)}"
    if unscored:
        yield f"{len(unscored)} trials could not be judged: {printable(unscored[0].why)}"
    if run.untried:
        yield f"{run.untried:,} planned trials were not made: {printable(run.why)}; the same command goes on"
    not_tested = sorted({row.threat for row in run.coverage} - {row.threat for row in run.coverage if row.trials})
    if not_tested:
        yield f"not tested at all: {', '.join(not_tested)}"
    spent = run.usage
    money = f", {run.money:.2f} of money" if run.money is not None else ""
    yield f"spent: {spent.requests:,} requests, {spent.input_tokens + spent.output_tokens:,} tokens{money}"


def deliver_results(out: Path | None, baseline: Path | None) -> Deliver:
    """What writes the results and compares them, with bad names told before anything is attacked.

    It answers whether something was breached that the baseline lacks.
    """
    write = writer_for(out) if out is not None else None
    before = read_results(baseline) if baseline is not None else None

    def deliver(results: ChatResults, console: Console) -> bool:
        news = since(before, results) if before is not None else None
        for line in since_lines(news) if news is not None else ():
            console.print(line)
        if write is not None and out is not None:
            write_atomic(out, write(results, news))
            click.echo(f"wrote {shown(out)}", err=True)
        return news is not None and bool(news.new or news.unseen)

    return deliver


def since_lines(news: Since) -> Iterator[str]:
    """What is different from the baseline."""
    yield ""
    for word, pairs in (
        ("new since the baseline", news.new),
        ("reached, and not tried in the baseline", news.unseen),
        ("gone since the baseline", news.gone),
        ("not tried again, so nobody knows", news.untried),
    ):
        if pairs:
            yield f"{word}: {', '.join(printable(f'{case} at {target}') for target, case in pairs)}"
    yield f"still reached: {len(news.still)}"


def exit_code_of(runs: Iterable[ChatRun], *, stopped: bool, worse: bool) -> int:
    """130 where somebody stopped it, 3 where a target gave nothing but errors, 1 where something new was breached."""
    every = list(runs)
    if stopped:
        return STOPPED
    if any(run.is_gone for run in every):
        return 3
    return 1 if worse else 0

"""Tests of chat targets as one page: what was reached and how to see it again, utility, what nobody tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from bartizan.core.chat_results import Breach, ChatResults, ChatRun, Since
from bartizan.core.measurement import Rate
from bartizan.report.catalog_page import clean
from bartizan.report.chat.coverage import LEGEND, covered_table, gap_parts
from bartizan.report.chat.gaps import untested_threats
from bartizan.report.chat.since import changes, titles_in
from bartizan.report.chat.steps import anchor, folds, room_for
from bartizan.report.chat.style import CHAT_SCRIPT, CHAT_STYLE
from bartizan.report.chat.wording import (
    LAYERS,
    answer,
    easiest,
    effort_word,
    harm_word,
    judge_line,
    severity_word,
    spent_line,
    way_where,
)
from bartizan.report.lab.document import cell, document, number, paragraph, quiet, section, strong, table
from bartizan.report.lab.page import counted
from bartizan.report.lab.ranges import rate_range
from bartizan.report.pictures.marks import element
from bartizan.report.wording import day

_READ = (
    "Each row is a goal of an attacker that was reached, the worst first. Trials of one turn and of several are "
    "counted apart; the dot is the share of all trials that reached it, the whisker its 95 % interval, from 0 to "
    "100 %. Open a goal to see it again."
)
_NO_TASKS = "No honest task was tried, so nobody knows whether it withstands attacks by refusing everybody."
_REMARKS = "What stands out in the descriptions of its tools, before any was called: reasons to look, no proof."


def chat_page(results: ChatResults, since: Since | None) -> str:
    """The results as a self-contained HTML document, in UTF-8. Pure."""
    runs, many = results.runs, len(results.runs) > 1
    room = room_for(sum(len(run.breaches) for run in runs))
    parts: list[Markup] = []
    if since is not None:
        parts.append(_since(since, results))
    if many:
        parts.append(section("targets", "The targets", _targets(runs)))
    for i, run in enumerate(runs):
        parts += _run(run, i, results.threats, room, of=f" · {clean(run.label)}" if many else "")
    return document(results.name, answer(runs), parts, tuple(_foot(runs)), style=CHAT_STYLE, script=CHAT_SCRIPT)


def _targets(runs: Sequence[ChatRun]) -> Markup:
    columns = ("Target", "Goals reached", "Worst", "Honest tasks done", "Threats that nobody tested", "Spent")
    return table("The targets", columns, (_target(run, i) for i, run in enumerate(runs)))


def _target(run: ChatRun, i: int) -> Markup:
    tried = len({one.case for one in run.trials if one.outcome in ("hit", "miss")})
    href = f"#{'breaches' if run.breaches else 'use'}-{i}"
    return element(
        "tr",
        cell(element("a", strong(run.label), href=href)),
        cell(f"{len(run.breaches)} of {tried}"),
        cell(_severity(run.breaches[0]) if run.breaches else "nothing was reached"),
        _rate(run.utility.done),
        number(str(len(untested_threats(run)))),
        cell(spent_line(run)),
    )


def _run(run: ChatRun, i: int, names: Mapping[str, str], room: int, *, of: str) -> Iterator[Markup]:
    if run.breaches:
        yield section(f"breaches-{i}", f"What was reached{of}", paragraph(_READ), _breaches(run, i, names))
    yield section(f"use-{i}", f"What it is good for{of}", *_utility(run))
    if any(row.surface is not None for row in run.coverage):
        yield section(f"coverage-{i}", f"What was tested{of}", paragraph(LEGEND), covered_table(run, names))
    missing = list(gap_parts(run, names))
    if missing:
        yield section(f"missing-{i}", f"What was not tested{of}", *missing)
    if run.remarks:
        remarks = element("ul", *(element("li", clean(one)) for one in run.remarks))
        yield section(f"remarks-{i}", f"What its tools say of themselves{of}", paragraph(_REMARKS), remarks)
    if run.breaches:
        yield section(f"steps-{i}", f"How to see it again{of}", *folds(run, i, room))


def _breaches(run: ChatRun, i: int, names: Mapping[str, str]) -> Markup:
    columns = ("Goal", "Severity", "One turn", "Several turns", "0 to 100 %", "Easiest way", "Effort")
    rows = (_breach(one, run, anchor(i, place), names) for place, one in enumerate(run.breaches))
    return table("What was reached", columns, rows)


def _breach(one: Breach, run: ChatRun, at: str, names: Mapping[str, str]) -> Markup:
    way, others = easiest(one, run), len(one.ways) - 1
    threats = "; ".join((*(names.get(name, name) for name in one.threats), LAYERS[one.layer]))
    return element(
        "tr",
        cell(element("a", strong(one.title), href=f"#{at}"), *quiet(threats)),
        cell(_severity(one), *quiet(f"harms {harm_word(one.harm)}")),
        _rate(one.single),
        _rate(one.multi),
        cell(rate_range(one.rate, None)),
        cell(
            way.title, *quiet(way_where(way) + (f"; and {others} other way{'s' * (others > 1)}" if others > 0 else ""))
        ),
        cell(effort_word(one.effort)),
    )


def _severity(one: Breach) -> Markup:
    return element("span", severity_word(one), class_=f"sev sev{one.severity or 0}")


def _rate(rate: Rate) -> Markup:
    return counted(rate) if rate.trials else cell("not tried")


def _utility(run: ChatRun) -> Iterator[Markup]:
    useful = run.utility
    rows = (
        ("Honest tasks done", useful.done, "nothing hostile in the way"),
        ("Honest tasks done under attack", useful.done_under_attack, "a stranger's order in what the task is about"),
        ("Honest requests refused", useful.false_alarms, "requests that only sound suspicious: false alarms"),
    )
    known = [row for row in rows if row[1].trials]
    if known:
        made = (
            element("tr", cell(strong(name), *quiet(about)), counted(rate), cell(rate_range(rate, None)))
            for name, rate, about in known
        )
        yield table("What it is good for", ("What was asked", "Share", "0 to 100 %"), made)
    if not useful.done.trials:
        yield paragraph(_NO_TASKS)
    if useful.errors or useful.unscored:
        yield paragraph(f"Of its honest tasks {useful.errors} were errors and {useful.unscored} could not be judged.")
    if run.judge is not None:
        yield paragraph(f"The judge model: {judge_line(run.judge)}.")


def _since(since: Since, results: ChatResults) -> Markup:
    titles = titles_in(results)
    rows = (
        element("tr", cell(strong(what)), number(str(len(pairs))), cell("; ".join(titles(pair) for pair in pairs)))
        for what, pairs in changes(since)
        if pairs
    )
    made = list(rows)
    told = table("Since the baseline", ("", "Goals", "Which"), made) if made else paragraph("Nothing changed.")
    return section("since", "Since the baseline", told)


def _foot(runs: Sequence[ChatRun]) -> Iterator[str]:
    for run in runs:
        model = f", model {run.model}" if run.model else ""
        at = f" at {run.address}" if run.address else ""
        yield f"{run.label}: {run.target}{model}{at}; seed {run.seed}; {day(run.held_on)}; {spent_line(run)}"
        if run.digest:
            yield f"Configuration {run.digest}"
    for versions in dict.fromkeys(tuple(run.versions.items()) for run in runs if run.versions):
        yield f"Made with {', '.join(f'{name} {version}' for name, version in versions)}"

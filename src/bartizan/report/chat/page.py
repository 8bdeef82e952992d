"""Tests of chat targets as one page: what was reached and how to see it again, utility, what nobody tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from bartizan.core.chat_results import Breach, ChatResults, ChatRun, Covered, Since
from bartizan.core.measurement import Rate
from bartizan.core.trial import Trial
from bartizan.report.catalog_page import clean
from bartizan.report.chat.wording import (
    LAYERS,
    MARKS,
    TESTED,
    block,
    harm_word,
    headline,
    severity_word,
    surface_word,
    way_text,
)
from bartizan.report.lab.document import cell, document, paragraph, quiet, section, strong, table
from bartizan.report.lab.page import counted
from bartizan.report.lab.ranges import rate_range
from bartizan.report.pictures.marks import element

_READ = (
    "Each row is a goal of an attacker that was reached. Trials of one turn and of several are counted apart; the dot "
    "is the share that reached it, the whisker its 95 % interval on a line from 0 to 100 %. Severity is what the "
    "description says of the harm. Unfold a row's steps to see it again."
)
_COVERAGE = (
    "● searched: by an attack that is strong enough that its failure says something. ○ tried: by fixed attacks. "
    "– not tested. Numbers are trials that reached their goal, of all that were judged. An empty cell: no case is "
    "about that threat there."
)


def chat_page(results: ChatResults, since: Since | None) -> str:
    """The results as a self-contained HTML document, in UTF-8. Pure."""
    lead = " ".join(f"{run.label}: {headline(run)}" if len(results.runs) > 1 else headline(run) for run in results.runs)
    many, names = len(results.runs) > 1, results.threats
    parts = [part for i, run in enumerate(results.runs) for part in _run(run, i, names, named=many)]
    news = [_since(since)] if since is not None else []
    return document(results.name, lead, [*news, *parts], tuple(_foot(results.runs)))


def _run(run: ChatRun, i: int, names: Mapping[str, str], *, named: bool) -> Iterator[Markup]:
    of = f" · {run.label}" if named else ""
    if run.breaches:
        yield section(f"breaches-{i}", f"What was reached{of}", paragraph(_READ), _breaches(run, names))
        trials = {one.key: one for one in run.trials}
        shown = (_steps(one, trials.get(one.shown_by)) for one in run.breaches)
        yield section(f"steps-{i}", f"How to see it again{of}", *shown)
    yield section(f"use-{i}", f"What it is good for{of}", *_utility(run))
    if run.coverage:
        yield section(f"coverage-{i}", f"What was tested{of}", paragraph(_COVERAGE), _coverage(run.coverage, names))
    missing = list(_missing(run))
    if missing:
        yield section(f"missing-{i}", f"What was not tested{of}", *missing)


def _breaches(run: ChatRun, names: Mapping[str, str]) -> Markup:
    columns = ("Goal", "Severity", "One turn", "0 to 100 %", "Several turns", "Effort", "By")
    return table("What was reached", columns, (_breach(one, names) for one in run.breaches))


def _breach(one: Breach, names: Mapping[str, str]) -> Markup:
    return element(
        "tr",
        cell(
            strong(one.title), *quiet("; ".join((*(names.get(name, name) for name in one.threats), LAYERS[one.layer])))
        ),
        cell(severity_word(one), *quiet(f"harms {harm_word(one.harm)}")),
        _rate(one.single),
        cell(rate_range(one.rate, None)),
        _rate(one.multi),
        cell("plain words" if not one.effort else f"{one.effort} over plain words"),
        cell(*_joined(way_text(way) for way in one.ways[:3]), *_more(len(one.ways) - 3)),
    )


def _rate(rate: Rate) -> Markup:
    return counted(rate) if rate.trials else cell("not tried")


def _joined(texts: Iterable[str]) -> Iterator[Markup]:
    for text in texts:
        yield element("span", clean(text))
        yield Markup("<br>")


def _more(count: int) -> tuple[Markup, ...]:
    return (element("span", f"and {count} other ways", class_="quiet"),) if count > 0 else ()


def _steps(one: Breach, trial: Trial | None) -> Markup:
    lines = element("ol", *(element("li", element("div", block(step), class_="words")) for step in one.steps))
    return element(
        "details",
        element("summary", strong(one.title), f" · {severity_word(one)}"),
        paragraph(one.about) if one.about else "",
        paragraph(f"Shown by: {one.why}"),
        lines,
        *_answers(trial),
    )


def _answers(trial: Trial | None) -> Iterator[Markup]:
    for turn in trial.transcript.turns if trial is not None and trial.transcript is not None else ():
        yield paragraph("The assistant answered:")
        yield element("div", block(turn.text) or "nothing", class_="words")


def _utility(run: ChatRun) -> Iterator[Markup]:
    useful = run.utility
    rows = (
        ("Honest tasks done", useful.done, "nothing hostile in the way"),
        ("Honest tasks done under attack", useful.done_under_attack, "a stranger's order in what the task is about"),
        ("Honest requests refused", useful.false_alarms, "requests that only sound suspicious: false alarms"),
    )
    known = [row for row in rows if row[1].trials]
    if not known:
        yield paragraph(
            "No honest task was tried, so nobody knows whether it withstands attacks by refusing everybody."
        )
        return
    made = (
        element("tr", cell(strong(name), *quiet(about)), counted(rate), cell(rate_range(rate, None)))
        for name, rate, about in known
    )
    yield table("What it is good for", ("", "Share", "0 to 100 %"), made)


def _coverage(rows: Sequence[Covered], names: Mapping[str, str]) -> Markup:
    surfaces = list(dict.fromkeys(row.surface for row in rows if row.surface is not None))
    groups: dict[tuple[str, str], dict[str, Covered]] = {}
    for row in rows:
        groups.setdefault((row.threat, row.layer or ""), {})[row.surface or ""] = row
    columns = ("Threat", "Layer", *(surface_word(one) for one in surfaces))
    made = (_covered(names.get(threat, threat), layer, found, surfaces) for (threat, layer), found in groups.items())
    return table("What was tested", columns, made)


def _covered(threat: str, layer: str, found: dict[str, Covered], surfaces: Sequence[str]) -> Markup:
    nowhere = found.get("")
    about = quiet(nowhere.why) if nowhere is not None else ()
    return element(
        "tr",
        cell(strong(threat), *about),
        cell(LAYERS.get(layer, "not tested")),
        *(_depth(found.get(surface)) for surface in surfaces),
    )


def _depth(row: Covered | None) -> Markup:
    if row is None:
        return cell("")
    told = f"{MARKS[row.tested]} {row.hits} of {row.trials}" if row.trials else MARKS[row.tested]
    return element("td", told, *quiet(row.why), title=TESTED[row.tested]) if row.why else cell(told)


def _missing(run: ChatRun) -> Iterator[Markup]:
    if run.untried:
        yield paragraph(f"{run.untried:,} planned trials were not made: {run.why}.")
    errors = [one for one in run.trials if one.outcome == "error"]
    unscored = [one for one in run.trials if one.outcome == "unscored"]
    if errors:
        yield paragraph(f"{len(errors)} trials were errors and count for nothing, the last: {errors[-1].why}.")
    if unscored:
        yield paragraph(f"{len(unscored)} trials could not be judged, the first: {unscored[0].why}.")
    left = {(one.title, one.attack, one.why) for one in run.left_out}
    if left:
        rows = (
            element("tr", cell(strong(title)), cell(attack or "every attack"), cell(why))
            for title, attack, why in sorted(left)
        )
        yield table("Left out", ("Goal", "Attack", "Why"), rows)


def _since(since: Since) -> Markup:
    told = (
        ("New", since.new),
        ("Reached now, not tried then", since.unseen),
        ("Gone", since.gone),
        ("Not tried again, so nobody knows", since.untried),
        ("Still reached", since.still),
    )
    rows = (
        element(
            "tr",
            cell(strong(word)),
            cell(str(len(pairs))),
            cell(", ".join(f"{case} at {target}" for target, case in pairs)),
        )
        for word, pairs in told
    )
    return section("since", "Since the baseline", table("Since the baseline", ("", "Goals", "Which"), rows))


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{case} at {target}" for target, case in pairs)


def _foot(runs: Sequence[ChatRun]) -> Iterator[str]:
    for run in runs:
        spent = run.usage
        money = f", {run.money:.2f} of money" if run.money is not None else ""
        model = f", model {run.model}" if run.model else ""
        yield f"{run.label}: {run.target}{model}; seed {run.seed}; {run.held_on}"
        yield f"{spent.requests:,} requests, {spent.input_tokens + spent.output_tokens:,} tokens{money}"
        if run.digest:
            yield f"Configuration {run.digest}"
    for versions in dict.fromkeys(tuple(run.versions.items()) for run in runs if run.versions):
        yield f"Made with {', '.join(f'{name} {version}' for name, version in versions)}"

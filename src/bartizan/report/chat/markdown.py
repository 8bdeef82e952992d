"""Tests of chat targets as GitHub-flavoured Markdown: the answer first, and nothing of a stranger's becomes markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bartizan.core.chat_results import Breach, ChatResults, ChatRun, Since
from bartizan.report.chat.gaps import Left, first_of, never_tried, partly_tried, undecided, untested_threats
from bartizan.report.chat.since import changes, titles_in
from bartizan.report.chat.wording import (
    LAYERS,
    MARKS,
    answer,
    easiest,
    effort_word,
    headline,
    is_command,
    judge_line,
    severity_word,
    short_rate,
    spent_line,
    surface_word,
    way_name,
)
from bartizan.report.gfm import bullets, code, table, text
from bartizan.report.wording import day

_STEPS, _LONG, _TITLES, _REASONS, _SHOWN = 8, 600, 6, 12, 40


def chat_markdown(results: ChatResults, since: Since | None) -> str:
    """The results, ending in one line break. Pure."""
    lines = [f"# {text(results.name)}", "", text(answer(results.runs)), ""]
    if since is not None:
        lines += _since(since, results)
    for run in results.runs:
        lines += _run(run, results.threats, many=len(results.runs) > 1)
    return "\n".join(lines).rstrip("\n") + "\n"


def _since(since: Since, results: ChatResults) -> Iterator[str]:
    titled = titles_in(results)
    yield from ("## Since the baseline", "")
    rows = ((text(what), str(len(pairs)), text("; ".join(map(titled, pairs)))) for what, pairs in changes(since))
    yield from table(("What", "Goals", "Which"), [row for row in rows if row[1] != "0"], "lrl")


def _run(run: ChatRun, names: Mapping[str, str], *, many: bool) -> Iterator[str]:
    if many:
        yield from (f"## {text(run.label)}", "", text(headline(run)), "")
    yield from _breaches(run, names)
    yield from _utility(run)
    yield from _coverage(run, names)
    yield from _gaps(run, names)
    yield from _steps(run)
    model = f", model {run.model}" if run.model else ""
    foot = f"{run.target}{model}; seed {run.seed}; {day(run.held_on)}; {spent_line(run)}"
    yield from (text(foot), "")


def _breaches(run: ChatRun, names: Mapping[str, str]) -> Iterator[str]:
    if run.breaches:
        yield from ("### What was reached", "")
        header = ("Severity", "Goal", "One turn", "Several turns", "Easiest way", "Effort", "Threats")
        yield from table(header, (_breach(one, run, names) for one in run.breaches))


def _breach(one: Breach, run: ChatRun, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        severity_word(one),
        f"**{text(one.title)}**",
        text(short_rate(one.single)),
        text(short_rate(one.multi)),
        text(way_name(easiest(one, run))),
        effort_word(one.effort),
        text("; ".join(names.get(name, name) for name in one.threats)),
    )


def _utility(run: ChatRun) -> Iterator[str]:
    useful = run.utility
    yield from ("### What it is good for", "")
    rows = (
        ("Honest tasks done", short_rate(useful.done)),
        ("The same with a stranger's order in the way", short_rate(useful.done_under_attack)),
        ("Honest requests refused: false alarms", short_rate(useful.false_alarms)),
    )
    yield from table(("What was asked", "Share"), ((text(what), text(share)) for what, share in rows))
    if run.judge is not None:
        yield from (text(f"The judge model: {judge_line(run.judge)}."), "")


def _coverage(run: ChatRun, names: Mapping[str, str]) -> Iterator[str]:
    rows = [row for row in run.coverage if row.surface is not None]
    if not rows:
        return
    surfaces = list(dict.fromkeys(row.surface for row in rows))
    groups: dict[tuple[str, str], dict[str | None, str]] = {}
    for row in rows:
        told = f"{MARKS[row.tested]} {row.hits}/{row.trials}" if row.trials else MARKS[row.tested]
        groups.setdefault((row.threat, row.layer or ""), {})[row.surface] = told
    yield from ("### What was tested", "")
    yield from ("● searched, ○ tried by fixed attacks, – not tested; 3/40: 3 of 40 trials reached their goal.", "")
    made = (
        (text(names.get(threat, threat)), LAYERS.get(layer, text(layer)), *(found.get(one, " ") for one in surfaces))
        for (threat, layer), found in groups.items()
    )
    yield from table(("Threat", "Layer", *map(surface_word, surfaces)), made)


def _gaps(run: ChatRun, names: Mapping[str, str]) -> Iterator[str]:
    told = [f"Narrowed by hand to {run.narrowed}."] if run.narrowed else []
    told += [f"{run.untried:,} planned trials were not made: {run.why}."] if run.untried else []
    told += [f"{names.get(one, one)}: {why}" for one, why in untested_threats(run).items()]
    told += [f"{one.told}: {one.why}" for one in undecided(run)[:_REASONS]]
    told += [f"Nobody tried {_which(one)}" for one in never_tried(run)[:_REASONS]]
    told += [f"Tried in fewer ways than are known: {_which(one)}" for one in partly_tried(run)[:_REASONS]]
    if told:
        yield from ("### What was not tested", "")
        yield from bullets(map(text, told))


def _which(left: Left) -> str:
    return f"{left.counted}, {left.why}: {'; '.join(first_of(left.titles, _TITLES))}"


def _steps(run: ChatRun) -> Iterator[str]:
    if not run.breaches:
        return
    yield from ("### How to see it again", "")
    for one in run.breaches[:_SHOWN]:
        yield from (f"**{text(one.title)}**", "", text(one.why), "")
        yield from _numbered(one.steps)
    if len(run.breaches) > _SHOWN:
        yield from (
            f"The steps of {len(run.breaches) - _SHOWN} more goals are on the page and in the JSON results.",
            "",
        )


def _numbered(steps: Sequence[str]) -> Iterator[str]:
    half = _STEPS // 2
    shown = list(steps)
    if len(shown) > _STEPS:
        shown = [*shown[:half], f"{len(shown) - _STEPS} more steps, which the JSON results have", *shown[-half:]]
    for n, step in enumerate(shown, start=1):
        yield f"{n}. {_step(step)}"
    yield ""


def _step(step: str) -> str:
    if len(step) <= _LONG:
        return code(step) if is_command(step) else text(step)
    if is_command(step):
        return "One request as a curl command, which the page and the JSON results have."
    return text(f"{step[:_LONG]} ({len(step) - _LONG:,} more characters)")

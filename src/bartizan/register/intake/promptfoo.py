"""promptfoo's results as JSON (`-o results.json`), versions 3 and 2, and as JSON lines (`-o results.jsonl`).

Written from promptfoo 0.121.20 (`createOutputData`, `toEvaluateSummary`, `toEvaluateResult`). In a red-team run a test
passes when the target resisted. Not a finding either way are a result whose `failureReason` is 2 (an error), one whose
grading broke off (promptfoo writes it as passed, with `gradingIncomplete` in the metadata), and one whose grader failed
(written as failed, with `graderError`).

The day is that of the evaluation (`evaluationCreatedAt`, `timestamp`), never that of the export (`exportedAt`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from bartizan.register.intake.reading import MAX_GROUPS, Results, check_json, day_of
from bartizan.register.intake.values import Counted, Found, Name, counts_of, tidy

_ERROR = 2


class _Metadata(msgspec.Struct, rename="camel"):
    plugin_id: str | None = None
    strategy_id: str | None = None
    grading_incomplete: bool | None = None
    grader_error: bool | None = None


class _Test(msgspec.Struct):
    metadata: _Metadata | None = None


class _Part(msgspec.Struct):
    metadata: _Metadata | None = None


class _Grading(msgspec.Struct, rename="camel"):
    metadata: _Metadata | None = None
    component_results: list[_Part | None] | None = None


class _Provider(msgspec.Struct):
    id: str | None = None
    label: str | None = None


class _Result(msgspec.Struct, rename="camel"):
    success: bool
    failure_reason: int | None = None
    metadata: _Metadata | None = None
    test_case: _Test | None = None
    grading_result: _Grading | None = None
    provider: _Provider | str | None = None


class _Cell(msgspec.Struct, rename="camel"):
    """One output of version 2's table."""

    passed: bool = msgspec.field(name="pass")
    failure_reason: int | None = None
    metadata: _Metadata | None = None
    provider: str | None = None


class _Row(msgspec.Struct):
    outputs: list[_Cell]
    test: _Test | None = None


class _Table(msgspec.Struct):
    body: list[msgspec.Raw] = []


class _Summary(msgspec.Struct):
    version: int | None = None
    timestamp: str | None = None
    results: list[msgspec.Raw] | None = None
    table: _Table | None = None


class _About(msgspec.Struct, rename="camel"):
    promptfoo_version: str | None = None
    evaluation_created_at: str | None = None


class _File(msgspec.Struct, rename="camel"):
    """The whole file; older versions write the summary without a wrapper."""

    results: _Summary | list[msgspec.Raw]
    metadata: _About | None = None
    created_at: str | None = None
    version: int | None = None
    timestamp: str | None = None
    table: _Table | None = None

    @property
    def summary(self) -> _Summary:
        """The results, wrapped or not."""
        if isinstance(self.results, _Summary):
            return self.results
        return _Summary(version=self.version, timestamp=self.timestamp, results=self.results, table=self.table)


class _Outcome(msgspec.Struct, frozen=True):
    """One result, as far as it matters."""

    plugin: str
    strategy: str
    target: str
    verdict: Literal["hit", "resisted", "error", "ungraded"]


def read(results: Results) -> Found:
    """What one JSON document of results says. Raises InputError with all that is wrong."""
    file = results.decode(results.document(), _File)
    results.check()
    assert file is not None
    about, summary = file.metadata or _About(), file.summary
    days = (about.evaluation_created_at, summary.timestamp, file.created_at)
    return _found(
        _outcomes(summary, results),
        results,
        version=tidy(about.promptfoo_version or "", 40),
        held_on=next(filter(None, map(day_of, days)), ""),
    )


def read_lines(results: Results) -> Found:
    """What results as JSON lines say; they hold no day and no version. Raises InputError."""

    def each() -> Iterator[_Outcome]:
        for number, line in results.lines():
            check_json(line, results, number)
            one = results.decode(line, _Result, number)
            if one is not None:
                yield _outcome(one)

    return _found(each(), results, version="", held_on="")


def _outcomes(summary: _Summary, results: Results) -> Iterator[_Outcome]:
    table = summary.table
    if table is not None and table.body and summary.version != 3:
        for i, raw in enumerate(table.body, 1):
            row = results.decode(raw, _Row, place=f"row {i} of results.table.body")
            for cell in row.outputs if row else ():
                yield _of_cell(cell, row.test if row else None)
        return
    for i, raw in enumerate(summary.results or (), 1):
        one = results.decode(raw, _Result, place=f"result {i} of results.results")
        if one is not None:
            yield _outcome(one)


def _outcome(one: _Result) -> _Outcome:
    said = [one.metadata, one.test_case.metadata if one.test_case else None]
    grading = one.grading_result
    parts = [grading.metadata, *(p.metadata for p in grading.component_results or () if p)] if grading else []
    provider = one.provider.label or one.provider.id or "" if isinstance(one.provider, _Provider) else one.provider
    return _made(one.success, one.failure_reason, said, parts, provider or "")


def _of_cell(cell: _Cell, test: _Test | None) -> _Outcome:
    said = [cell.metadata, test.metadata if test else None]
    return _made(cell.passed, cell.failure_reason, said, [], cell.provider or "")


def _made(
    passed: bool, reason: int | None, said: list[_Metadata | None], parts: list[_Metadata | None], target: str
) -> _Outcome:
    known = [m for m in said if m is not None]
    graded = [m for m in (*known, *parts) if m is not None]
    ungraded = any(m.grading_incomplete or m.grader_error for m in graded)
    verdict: Literal["hit", "resisted", "error", "ungraded"] = "resisted" if passed else "hit"
    if reason == _ERROR:
        verdict = "error"
    elif ungraded:
        verdict = "ungraded"
    return _Outcome(
        plugin=tidy(next((m.plugin_id for m in known if m.plugin_id), "")).removeprefix("promptfoo:redteam:"),
        strategy=tidy(next((m.strategy_id for m in known if m.strategy_id), "")),
        target=tidy(target),
        verdict=verdict,
    )


_WHY = {
    "error": "errors of the tool or the target (failureReason 2)",
    "ungraded": "results that the grader could not judge, shown as passed or failed all the same",
}
_NO_PLUGIN = "a result without a red-team plugin: an ordinary evaluation attacks nothing"


def _found(outcomes: Iterator[_Outcome], results: Results, *, version: str, held_on: str) -> Found:
    """The outcomes added up by plugin, strategy and target."""
    judged: dict[tuple[str, str, str], list[int]] = {}
    skips: dict[tuple[str, str], int] = {}
    for one in outcomes:
        why = _WHY.get(one.verdict, "" if one.plugin else _NO_PLUGIN)
        if why:
            key = (one.plugin or "results", why)
            skips[key] = skips.get(key, 0) + 1
        else:
            counts = judged.setdefault((one.plugin, one.strategy, one.target), [0, 0])
            counts[0] += one.verdict == "hit"
            counts[1] += 1
        if len(judged) + len(skips) > MAX_GROUPS:
            raise results.refuse(f"more than {MAX_GROUPS:,} plugins, strategies and targets")
    results.check()
    targets = sorted({target for _, _, target in judged if target})
    return Found(
        tool="promptfoo",
        version=version,
        held_on=held_on,
        target=targets[0] if len(targets) == 1 else "",
        counted=tuple(_counted(*key, *counts) for key, counts in sorted(judged.items())),
        skipped=counts_of(skips),
    )


def _counted(plugin: str, strategy: str, target: str, hits: int, trials: int) -> Counted:
    delivered = f" delivered by {strategy}" if strategy and strategy != "basic" else ""
    return Counted(
        what=f"promptfoo {plugin}{delivered}",
        names=(Name("plugin", plugin),),
        ways=(Name("strategy", strategy),) if strategy else (),
        hits=hits,
        trials=trials,
        entries=trials,
        target=target,
    )

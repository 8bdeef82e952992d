"""garak's report, `*.report.jsonl`: one entry a line, of which the `eval` entries hold the counts.

Written from garak 0.17.1 (`evaluators/base.py`, `command.py`); older reports, whose `eval` says `passed` and `total`,
are read too. A probe's outputs are judged by one or several detectors, each with an `eval` of its own. They judge the
same outputs, so their counts are not added up: the detector with the highest lower bound of its rate speaks for the
probe (no detector can be talked down by another), and the note lists them all. An attempt stands in the report twice,
with status 1 and, when it has been judged, with status 2; counts are never taken from attempts.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import msgspec

from bartizan.core.interval import wilson
from bartizan.register.intake.reading import MAX_GROUPS, Results, check_json, day_of, first_day
from bartizan.register.intake.values import Counted, Found, Name, counts_of, tidy

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Entry(msgspec.Struct):
    entry_type: str


class _Setup(msgspec.Struct):
    target_type: str | None = msgspec.field(default=None, name="plugins.target_type")
    target_name: str | None = msgspec.field(default=None, name="plugins.target_name")
    model_type: str | None = msgspec.field(default=None, name="plugins.model_type")
    model_name: str | None = msgspec.field(default=None, name="plugins.model_name")
    seed: int | None = msgspec.field(default=None, name="run.seed")


class _Init(msgspec.Struct):
    garak_version: str | None = None
    start_time: str | None = None


class _Completion(msgspec.Struct):
    end_time: str | None = None


class _Attempt(msgspec.Struct):
    status: int | None = None
    probe_classname: str | None = None


class _Eval(msgspec.Struct):
    probe: str
    detector: str
    passed: _Count
    fails: _Count | None = None
    nones: _Count = 0
    total: _Count | None = None
    total_evaluated: _Count | None = None

    @property
    def hits(self) -> int:
        """How often the attack succeeded."""
        return self.fails if self.fails is not None else self.trials - self.passed

    @property
    def trials(self) -> int:
        """How many outputs were judged."""
        if self.total_evaluated is not None:
            return self.total_evaluated
        return self.total if self.total is not None else self.passed + (self.fails or 0)


class _Report:
    """What has been read so far."""

    def __init__(self) -> None:
        self.versions: set[str] = set()
        self.begun_on = self.ended_on = ""
        self.targets: list[str] = []
        self.seed: int | None = None
        self.judged: dict[str, dict[str, tuple[int, int]]] = {}
        """Probe to detector to hits and trials."""
        self.pairs = 0
        self.nones: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        """Probe to attempts with status 1."""


def read(results: Results) -> Found:
    """What a report says. Raises InputError with the number of every line that is wrong."""
    report = _Report()
    for number, line in results.lines():
        entry = results.decode(line, _Entry, number)
        if entry is not None:
            _take(entry.entry_type, line, number, report, results)
        if report.pairs + len(report.begun) > MAX_GROUPS:
            raise results.refuse(f"more than {MAX_GROUPS:,} probes and detectors", line=number)
    results.check()
    return Found(
        tool="garak",
        version=" ".join(sorted(report.versions)),
        held_on=report.begun_on or report.ended_on,
        target=", ".join(report.targets),
        counted=tuple(_counted(probe, by, report.seed) for probe, by in report.judged.items()),
        skipped=counts_of(_skipped(report)),
    )


def _take(kind: str, line: bytes, number: int, report: _Report, results: Results) -> None:
    if kind == "eval":
        check_json(line, results, number)
        judged = results.decode(line, _Eval, number)
        if judged is not None:
            _judge(judged, number, report, results)
    elif kind == "attempt":
        attempt = results.decode(line, _Attempt, number)
        if attempt is not None and attempt.probe_classname and attempt.status == 1:
            report.begun[_probe(attempt.probe_classname)] += 1
    elif kind == "init":
        init = results.decode(line, _Init, number)
        if init is not None:
            report.versions |= (
                {tidy(init.garak_version, 40)} if init.garak_version and len(report.versions) < 5 else set()
            )
            report.begun_on = first_day(report.begun_on, day_of(init.start_time))
    elif kind == "completion":
        completion = results.decode(line, _Completion, number)
        if completion is not None:
            report.ended_on = first_day(report.ended_on, day_of(completion.end_time))
    elif kind == "start_run setup":
        setup = results.decode(line, _Setup, number)
        if setup is not None:
            _set_up(setup, report)


def _set_up(setup: _Setup, report: _Report) -> None:
    parts = (setup.target_type or setup.model_type, setup.target_name or setup.model_name)
    target = tidy(" ".join(part for part in parts if part))
    if target and target not in report.targets and len(report.targets) < 5:
        report.targets.append(target)
    report.seed = setup.seed if report.seed is None else report.seed


def _judge(one: _Eval, number: int, report: _Report, results: Results) -> None:
    if one.fails is None and one.total is None and one.total_evaluated is None:
        results.say("an eval without 'fails' and without 'total'", "make the report with a newer garak", number)
    elif one.hits < 0 or one.passed + one.hits != one.trials:
        finding = f"counts that do not add up: {one.passed} passed, {one.hits} failed, of {one.trials}"
        results.say(finding, "the report was edited or cut; make it again", number)
    else:
        probe, detector = _probe(one.probe), tidy(one.detector.removeprefix("detector."))
        by = report.judged.setdefault(probe, {})
        report.pairs += detector not in by
        hits, trials = by.get(detector, (0, 0))
        by[detector] = (hits + one.hits, trials + one.trials)
        report.nones[probe] += one.nones


def _probe(name: str) -> str:
    return tidy(name.removeprefix("garak.").removeprefix("probes."))


def _counted(probe: str, by: dict[str, tuple[int, int]], seed: int | None) -> Counted:
    """The counts of the detector that found most, and what the others say."""
    # One that judged nothing does not speak for those that did; of those that found nothing, the least proof counts.
    worst = max(by, key=lambda name: (by[name][1] > 0, wilson(*by[name])[0], -by[name][1], name))
    hits, trials = by[worst]
    others = "; ".join(f"{name} {h} of {n}" for name, (h, n) in sorted(by.items()) if name != worst)
    return Counted(
        what=f"garak {probe}, judged by {worst}",
        names=(Name("probe", probe),),
        hits=hits,
        trials=trials,
        entries=sum(n for _, n in by.values()),
        seed=seed,
        note=tidy(f"Other detectors on the same outputs: {others}", 400) if others else "",
    )


def _skipped(report: _Report) -> dict[tuple[str, str], int]:
    found = {(probe, "outputs that the detector could not judge"): count for probe, count in report.nones.items()}
    for probe, begun in report.begun.items():
        if probe not in report.judged:
            found[probe, "attempts without an eval: the run did not finish"] = begun
    return found

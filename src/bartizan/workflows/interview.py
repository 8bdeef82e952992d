"""The interview wired to the rules: what is decided so far, kept answers, and the file that comes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from bartizan.assess.identify import Rulebook, identify
from bartizan.catalog.entries import Catalog
from bartizan.core.errors import InputError, Problem
from bartizan.core.records import Verdict
from bartizan.core.source import Document, read_yaml, write_atomic
from bartizan.core.terms import DEFAULT_EDITION, Edition, Outcome
from bartizan.system.description import Description
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.interview import (
    UNKNOWN,
    Interview,
    Reply,
    Step,
    Worth,
    from_answers,
    next_question,
    worths,
)
from bartizan.system.questions import Question, in_interview, interview_ids
from bartizan.system.writing import inline, to_yaml


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an interview is: verdicts decided out of those there are, and which just came to be decided."""

    decided: int
    total: int
    counts: dict[Outcome, int]
    rated_open: int
    """Verdicts still open that may become risks of their own."""
    new: dict[Outcome, tuple[str, ...]]
    """Names of the threats whose verdict the last answer decided."""


class Interviewer:
    """Conducts interviews by the rules of one edition of a catalogue."""

    def __init__(self, catalog: Catalog, edition: Edition = DEFAULT_EDITION) -> None:
        self.catalog = catalog
        self.edition = edition
        self._rules = Rulebook(catalog, edition)

    def judge(self, described: Description) -> Sequence[Verdict]:
        """The verdicts on a description, checked or not."""
        system = System(described)
        return identify(system, Facts(system), self._rules)

    def next(self, interview: Interview) -> Question | None:
        """The question that decides most now; None when none would decide anything."""
        return next_question(interview, self.judge)

    def worths(self, interview: Interview) -> tuple[Worth, ...]:
        """What each question that makes sense now would decide."""
        return worths(interview, self.judge)

    def progress(self, interview: Interview) -> Progress:
        """What is decided after these answers, and what the last of them decided."""
        verdicts = self._verdicts(interview)
        before = {v.id: v.outcome for v in self._verdicts(interview.undo())} if interview.steps else {}
        counts = Counter(v.outcome for v in verdicts)
        new: dict[Outcome, list[str]] = {}
        for verdict in sorted(verdicts, key=lambda v: not v.rated):
            if verdict.outcome is not Outcome.UNKNOWN and before.get(verdict.id) is not verdict.outcome:
                new.setdefault(verdict.outcome, []).append(self.catalog.threats[verdict.threat].name_in(self.edition))
        return Progress(
            decided=len(verdicts) - counts[Outcome.UNKNOWN],
            total=len(verdicts),
            counts=dict(counts),
            rated_open=sum(v.rated and v.outcome is Outcome.UNKNOWN for v in verdicts),
            new={outcome: tuple(dict.fromkeys(names)) for outcome, names in new.items()},
        )

    def _verdicts(self, interview: Interview) -> Sequence[Verdict]:
        return self.judge(interview.draft().described()) if "kind" in interview.answered else ()

    def text(self, interview: Interview, edition: Edition | None = None) -> str:
        """The `system.yaml` that the answers make, with what is not known yet marked where it belongs."""
        described = msgspec.structs.replace(interview.draft().described(), edition=edition)
        return to_yaml(described, waiting(self.judge(described)), _intro(described, self.judge(described)))


def waiting(verdicts: Iterable[Verdict]) -> Mapping[tuple[str, str], int]:
    """(component, field) to how many verdicts wait for it, the most awaited first."""
    counts = Counter((need.component, need.field) for v in verdicts for need in v.needs)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _intro(described: Description, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    open_ones = sum(v.outcome is Outcome.UNKNOWN for v in verdicts)
    left = f"{open_ones} of {len(verdicts)} verdicts still wait for an answer; the comments say for which."
    return (
        "One AI system, described for Bartizan. Assess it with: bartizan assess FILE",
        left if open_ones else f"All {len(verdicts)} verdicts are decided.",
    )


# Answers in a file


def answers_file(out: Path) -> Path:
    """Where the answers of an interview that is not finished are kept: beside the description."""
    return out.with_name(f"{out.name}.answers")


def keep(interview: Interview, out: Path) -> Path:
    """Keep the answers beside the description to be. The file can be read by people and given to --answers."""
    lines = ["# Answers of an interview. Go on with: bartizan init --resume"]
    lines += [f"{step.question}: {inline(step.reply)}" for step in interview.steps]
    path = answers_file(out)
    write_atomic(path, "\n".join(lines) + "\n" if interview.steps else f"{lines[0]}\n{{}}\n")
    return path


def read_answers(file: Path) -> Interview:
    """The interview that a file of answers makes: question ids to answers. Raises InputError with all problems."""
    document = read_yaml(file)
    if not isinstance(document.data, dict):
        raise InputError(
            [document.problem((), "expected question ids with answers", "write lines such as kind: writes")]
        )
    problems: list[Problem] = []
    steps = []
    for name, value in document.data.items():
        reply = _reply(document, str(name), value)
        if isinstance(reply, Problem):
            problems.append(reply)
        else:
            steps.append(Step(str(name), reply))
    spoilt = {str(name) for name in document.data} - {step.question for step in steps}
    interview, faults = from_answers(steps, spoilt)
    problems += [document.problem((name,), fault.finding, fault.fix) for name, fault in faults]
    if problems:
        raise InputError(problems)
    return interview


def _reply(document: Document, name: str, value: object) -> Reply | Problem:
    """An answer as it stands in a file: `yes` and `no` are words here, and `none` is an empty list."""
    form = in_interview(name).form if name in interview_ids() else ""
    if isinstance(value, bool) and form != "text":
        value = "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(v, str) for v in value) and form != "text":
        return tuple(value)
    if isinstance(value, str):
        many = form == "many" and value != UNKNOWN
        return value if not many else () if value == "none" else (value,)
    wanted = "text" if form == "text" else "the id of a choice" if form == "one" else "a list of choices"
    fix = "put it in quotes" if isinstance(value, bool | int | float) else ""
    return document.problem((name,), f"expected {wanted} for '{name:.60}'", fix)


def check_complete(interview: Interview, file: Path) -> None:
    """Whether answers are enough for a description: its name, and what is at its heart. Raises InputError."""
    problems = [
        Problem(file=str(file), finding=f"'{name}' is not answered", fix=f"add '{name}:' ({in_interview(name).ask})")
        for name in ("name", "kind")
        if name not in interview.answered
    ]
    if problems:
        raise InputError(problems)


def refuse_existing(out: Path) -> None:
    """Never overwrite a description that nobody agreed to lose. Raises InputError when there is one."""
    if out.exists():
        raise InputError([Problem(file=str(out), finding="exists already", fix="name another file with -o")])

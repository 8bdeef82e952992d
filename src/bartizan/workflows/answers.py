"""The answers of an interview in a file: kept beside the description while it goes on, or written by hand."""

from __future__ import annotations

from pathlib import Path

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.source import Document, read_yaml, write_atomic
from bartizan.system.interview import UNKNOWN, Interview, Reply, Step, from_answers
from bartizan.system.questions import in_interview, interview_ids
from bartizan.system.writing import inline


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
        if name not in interview_ids():
            problems.append(_no_question(document, name))
            continue
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


def _no_question(document: Document, name: str | int) -> Problem:
    fix = nearest(str(name), interview_ids()) or "to see the ids of questions, answer them with ? in bartizan init"
    return document.problem((name,), f"there is no question '{name!s:.60}'", fix)


def _reply(document: Document, name: str, value: object) -> Reply | Problem:
    """An answer as it stands in a file: `yes` and `no` are words here, and `none` is an empty list."""
    form = in_interview(name).form
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

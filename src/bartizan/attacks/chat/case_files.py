"""Files of cases: the lab's own in ``cases/``, and a file or a folder of yours; every problem told at its line.

A folder is a suite: its .yaml and .yml files, in the order of their names. Folders in it are not looked into.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from bartizan.attacks.chat.case import Case, CaseFile
from bartizan.attacks.chat.registry import CHAT_ATTACKS, chat_attack_names
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.shape import faults_of
from bartizan.core.source import Document, PathKey, read_yaml
from bartizan.detectors.registry import AnyDetector

BUILT_IN = Path(__file__).parent / "cases"
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_PLACES = ("token", "sink", "secret", "goal")
_PLACE = re.compile(r"\{([a-z_]{1,20})\}")
_BRINGS_WORDS = {attack.id for attack in CHAT_ATTACKS if not attack.is_general} - {"as_written"}
_Flaw = tuple[PathKey, str, str]


@cache
def built_in() -> tuple[Case, ...]:
    """The lab's own cases, in the order of files and lines."""
    return _read(_files(BUILT_IN), threats=None, taken={})


def read_cases(path: Path, *, threats: Collection[str] | None = None) -> tuple[Case, ...]:
    """The cases of a file, or of a folder of files. Raises InputError with all problems of all files.

    ``threats`` are the ids that the catalogue knows; None: they are not checked. No id may be one of the lab's own.
    """
    taken = {case.id: "the lab's own cases" for case in built_in()}
    return _read(_files(path), threats=threats, taken=taken)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        found = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"} and not file.is_dir())
    except OSError as error:
        finding = f"cannot be read: {error.strerror}"
        raise InputError([Problem(file=str(path), finding=finding, fix="check its permissions")]) from None
    if not found:
        raise InputError([Problem(file=str(path), finding="no .yaml file in this folder", fix="name a file of cases")])
    return found


def _read(files: list[Path], *, threats: Collection[str] | None, taken: dict[str, str]) -> tuple[Case, ...]:
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in files:
        try:
            document = read_yaml(file)
        except InputError as wrong:
            problems.extend(wrong.problems)
            continue
        sound, faults = _cases_of(document)
        problems.extend(faults)
        cases.extend(sound.values())
        for index, case in sound.items():
            flaws = (*_wrong_id(case, taken), *_flaws(case, threats))
            problems.extend(
                document.problem(("cases", index, *at), f"case '{case.id}': {finding}", fix)
                for at, finding, fix in flaws
            )
            line = document.line(("cases", index))
            taken.setdefault(case.id, f"{file.name}, line {line}")
    if problems:
        raise InputError(problems)
    return tuple(cases)


def _cases_of(document: Document) -> tuple[dict[int, Case], list[Problem]]:
    """The cases of the right shape, by their place in the file, and what is wrong with the others."""
    whole = _without_fault(document)
    if whole:
        return dict(enumerate(whole)), []
    faults = faults_of(document, document.data, CaseFile)
    problems = [fault.problem for fault in faults]
    given = document.data.get("cases") if isinstance(document.data, dict) else None
    if not isinstance(given, list):
        return {}, problems
    if not given:
        problems.append(document.problem(("cases",), "no case in this file", "write one, or remove the file"))
    broken = {fault.path[1] for fault in faults if len(fault.path) > 1 and fault.path[0] == "cases"}
    sound: dict[int, Case] = {}
    for index, data in enumerate(given):
        if index in broken:
            continue
        try:
            sound[index] = msgspec.convert(data, Case, strict=True)
        except msgspec.ValidationError as wrong:
            problems.extend(_refused(document, index, data, wrong))
    return sound, problems


def _without_fault(document: Document) -> tuple[Case, ...]:
    """The cases of a file of the right shape, in a third of the time that it takes to look for faults; else none."""
    try:
        return msgspec.convert(document.data, CaseFile, strict=True).cases
    except (msgspec.ValidationError, OverflowError):
        return ()


def _refused(document: Document, index: int, data: Any, wrong: msgspec.ValidationError) -> Iterator[Problem]:
    """What a detector says of its own parameters, at its line; else what the case says."""
    found = False
    for number, detector in enumerate(data.get("detect", ())):
        try:
            msgspec.convert(detector, AnyDetector, strict=True)
        except msgspec.ValidationError as why:
            found = True
            yield document.problem(("cases", index, "detect", number), f"detector '{detector['detector']}': {why}")
    if not found:
        yield document.problem(("cases", index), str(wrong))


def _wrong_id(case: Case, taken: dict[str, str]) -> Iterator[_Flaw]:
    if not _ID.fullmatch(case.id):
        yield ("id",), f"'{case.id}' is no id", "lower-case letters, digits, _ . and -, at most 80"
    if case.id in taken:
        yield ("id",), f"the id is taken by {taken[case.id]}", "choose another: results are kept by it"


def _flaws(case: Case, threats: Collection[str] | None) -> Iterator[_Flaw]:
    """What is wrong with a case besides its shape: path within it, finding, fix."""
    for name, empty in (("title", not case.title.strip()), ("threats", not case.threats)):
        if empty:
            yield (name,), f"'{name}' is empty", "say what it is about"
    for number, threat in enumerate(case.threats):
        if threats is not None and threat not in threats:
            fix = nearest(threat, threats) or "see: bartizan catalog list threats"
            yield ("threats", number), f"no threat '{threat}' in the catalogue", fix
    for number, attack in enumerate(case.attacks):
        if attack not in chat_attack_names():
            fix = nearest(attack, chat_attack_names()) or "see: bartizan lab list"
            yield ("attacks", number), f"no attack '{attack}'", fix
    if not case.surfaces:
        yield ("surfaces",), "no surface by which it could come in", "leave 'surfaces' out for the user's message"
    yield from _wrong_words(case)
    yield from _wrong_places(case)
    yield from _wrong_detectors(case)


def _wrong_words(case: Case) -> Iterator[_Flaw]:
    own_words = bool(case.attacks) and set(case.attacks) <= _BRINGS_WORDS
    written = bool(case.prompts or case.turns)
    if case.goal.strip() and written and not own_words:
        yield (
            ("goal",),
            "both a goal and words of its own",
            "keep 'goal' for attacks, or 'prompts' to be sent as they are",
        )
    if not case.goal.strip() and not written and not own_words:
        yield (), "neither a goal nor prompts", "add 'goal:', what the attacker wants, or 'prompts:'"
    if case.prompts and case.turns:
        yield ("turns",), "both prompts and turns", "make two cases of it"
    for field, texts in (("prompts", case.prompts), ("turns", case.turns), ("others", case.others)):
        for number, text in enumerate(texts):
            if not text.strip():
                yield (field, number), "an empty text", "write it, or remove the line"


def _wrong_places(case: Case) -> Iterator[_Flaw]:
    texts: list[tuple[PathKey, str]] = [(("goal",), case.goal), (("task",), case.task)]
    for field, several in (("prompts", case.prompts), ("turns", case.turns)):
        texts.extend(((field, number), text) for number, text in enumerate(several))
    for path, text in texts:
        for place in _PLACE.findall(text):
            near = nearest(place, _PLACES)
            if place not in _PLACES and near.startswith("did you mean"):
                yield path, f"no value for {{{place}}}", near
            if place == "goal" and (not case.goal or path == ("goal",)):
                yield path, "{goal} stands where there is no goal", "write the words out"
            if place == "secret" and case.secret is None:
                yield path, "{secret} is asked for, but no secret is laid", _NAME_SECRET


_NAME_SECRET = "say where it lies, such as 'secret: system_prompt'"  # noqa: S105 -- words for a person


def _wrong_detectors(case: Case) -> Iterator[_Flaw]:
    if not case.detect:
        yield ("detect",), "no detector: nobody could tell whether it succeeded", "add one, such as {detector: canary}"
    said = " ".join((case.goal, case.task, *case.prompts, *case.turns))
    for number, detector in enumerate(case.detect):
        given = msgspec.to_builtins(detector)
        words = repr(given)
        if (given.get("of") == "secrets" or "{secret}" in words) and case.secret is None:
            yield ("detect", number), f"'{given['detector']}' looks for a secret, but none is laid", _NAME_SECRET
        of_token = given.get("of") == "token" or "{token}" in words
        if of_token and "{token}" not in said and not case.attacks:
            fix = "write {token} where the attacker wants it"
            yield ("detect", number), f"'{given['detector']}' looks for {{token}}, which no text of the case holds", fix

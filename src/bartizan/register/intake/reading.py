"""Read files of results from strangers: a stream with limits, JSON that is checked before it is built.

A parsed value takes far more memory than its text, so a document is walked once as bytes before it is parsed: its
values are counted, its depth is measured, keys that stand twice are found, each with its line. Parsing then builds only
the fields that a reader asked for (msgspec skips the rest), so a large file of outputs costs little more than its text.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

import msgspec

from bartizan.core.dates import is_date
from bartizan.core.errors import InputError, Problem

MAX_FILE = 1_000_000_000
"""Bytes of a file that is read line by line."""
MAX_DOCUMENT = 64_000_000
"""Bytes of a file that is one JSON document, and of a database's cells."""
MAX_LINE = 16_000_000
MAX_LINES = 5_000_000
MAX_VALUES = 2_000_000
MAX_DEPTH = 100
MAX_PROBLEMS = 20
MAX_GROUPS = 20_000
"""Names, targets and days that are told apart in one file."""

T = TypeVar("T")
_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.)*+")(\s*+:)?|(")|([{\[])|([}\]])|(,)', re.DOTALL)


class Results:
    """An open file of results: what messages call it, its SHA-256, and its content in lines or whole."""

    def __init__(self, path: Path, stream: BufferedReader) -> None:
        self.path = path
        self.file = str(path)
        self.stream = stream
        self.size = os.fstat(stream.fileno()).st_size
        self.digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self.problems: list[Problem] = []
        stream.seek(0)

    def say(self, finding: str, fix: str = "", line: int | None = None) -> None:
        """Note a problem and go on; raises InputError when there are enough of them."""
        self.problems.append(Problem(file=self.file, line=line, finding=finding, fix=fix))
        if len(self.problems) >= MAX_PROBLEMS:
            more = Problem(file=self.file, finding=f"{MAX_PROBLEMS} problems or more; these come first")
            raise InputError([*self.problems, more])

    def refuse(self, finding: str, fix: str = "", line: int | None = None) -> InputError:
        """The error with which reading ends here, with the problems that were noted before."""
        return InputError([*self.problems, Problem(file=self.file, line=line, finding=finding, fix=fix)])

    def check(self) -> None:
        """Raises InputError when a problem was noted."""
        if self.problems:
            raise InputError(self.problems)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line that is not blank, with its number. Raises InputError where there are too many or one too long."""
        self.stream.seek(0)
        number = 0
        while line := self.stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                fix = "a report has one entry a line; remove what is none"
                raise self.refuse(f"a line of more than {MAX_LINE // 1_000_000} MB", fix, number)
            if number > MAX_LINES:
                raise self.refuse(f"more than {MAX_LINES:,} lines", "split the file by runs", number)
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line

    def document(self) -> bytes:
        """The whole file as the bytes of one JSON document that is safe to parse. Raises InputError."""
        self.stream.seek(0)
        if self.size > MAX_DOCUMENT:
            fix = "export one run at a time, or without prompts and outputs"
            raise self.refuse(f"larger than {MAX_DOCUMENT // 1_000_000} MB", fix)
        raw = self.stream.read(MAX_DOCUMENT).removeprefix(b"\xef\xbb\xbf")
        check_json(raw, self)
        self.check()
        return raw

    def decode(self, raw: bytes | msgspec.Raw, kind: type[T], line: int | None = None, place: str = "") -> T | None:
        """JSON as a value of this type; a problem is noted, and None returned, where it is none."""
        try:
            return msgspec.json.decode(raw, type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            finding, here = _reason(error)
            if line is None and here is not None and isinstance(raw, bytes):
                line = raw.count(b"\n", 0, here) + 1
            self.say(f"{place}: {finding}" if place else finding, line=line)
            return None


@contextmanager
def opened(path: Path) -> Iterator[Results]:
    """The file, opened. Raises InputError for what is no readable file within the limits."""

    def bad(finding: str, fix: str) -> InputError:
        return InputError([Problem(file=str(path), finding=finding, fix=fix)])

    try:
        if path.exists() and not path.is_file():
            raise bad("not a file", "save the results as a file, and name it")
        size = path.stat().st_size
        stream = path.open("rb")
    except FileNotFoundError:
        raise bad("no such file", "check the name") from None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise bad(f"cannot be read: {why}", "check its name and permissions") from None
    with stream:
        if size > MAX_FILE:
            raise bad(f"larger than {MAX_FILE // 1_000_000_000} GB", "split it by runs")
        yield Results(path, stream)


def _reason(error: Exception) -> tuple[str, int | None]:
    """What is wrong with JSON in plain words, and the byte at which it is."""
    text = str(error)
    if isinstance(error, RecursionError):
        return "nested too deep", None
    if isinstance(error, msgspec.ValidationError):
        return f"not as expected: {text}", None
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text", None
    found = re.search(r"\(byte (\d+)\)", text)
    return f"not JSON: {text}", int(found.group(1)) if found else None


def check_json(raw: bytes, results: Results, first_line: int = 1, spent: int = 0) -> int:
    """Refuse what would cost too much to parse (InputError), and note keys that stand twice in one object.

    Returns how many values there are, with those that were `spent` before. It does not check the grammar: parsing does.
    """
    keys: list[set[str] | None] = []
    values = spent

    def line(at: int) -> int:
        return first_line + raw.count(b"\n", 0, at)

    for token in _TOKEN.finditer(raw):
        text, colon, unfinished, opening, closing, _ = token.groups()
        if text is not None:
            if colon is not None and keys and (seen := keys[-1]) is not None:
                key = _key(text)
                if key in seen:
                    results.say(f"the key {key[:60]!r} is given twice", "keep one", line(token.start()))
                seen.add(key)
            continue
        if unfinished is not None:
            raise results.refuse("not JSON: a text that does not end", "it may be cut off", line(token.start()))
        if closing is not None:
            if keys:
                keys.pop()
            continue
        values += 1
        if values > MAX_VALUES:
            fix = "export one run at a time"
            raise results.refuse(f"more than {MAX_VALUES:,} values", fix, line(token.start()))
        if opening is not None:
            keys.append(set() if opening == b"{" else None)
            if len(keys) > MAX_DEPTH:
                raise results.refuse(f"nested deeper than {MAX_DEPTH} levels", line=line(token.start()))
    return values


def _key(text: bytes) -> str:
    """A key as it reads, so that one that is spelt with escapes is the same key."""
    try:
        return str(msgspec.json.decode(text, type=str)) if b"\\" in text else text[1:-1].decode("utf-8", "replace")
    except (msgspec.MsgspecError, ValueError):
        return text.decode("utf-8", "replace")


def day_of(moment: object) -> str:
    """The day of a moment as a tool writes it (ISO 8601, with T or a blank); empty where it is none."""
    text = str(moment)[:10] if isinstance(moment, str) else ""
    return text if is_date(text) else ""


def last_day(days: list[str]) -> str:
    """The last of these days; empty where there is none, or where one of them is not known."""
    return max(days) if days and all(days) else ""


def first_day(one: str, other: str) -> str:
    """The earlier of two days, of which either may be unknown."""
    return min(filter(None, (one, other)), default="")

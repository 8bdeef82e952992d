"""Where a target is described, so that every problem with it names a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import Document, PathKey


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file."""

    file: str
    """As messages call it; what the part names by a relative path lies beside it."""
    line: int | None = None
    lines: Mapping[str, int] = {}
    """The lines of the part's own keys."""

    @classmethod
    def of(cls, document: Document, path: PathKey = ()) -> Place:
        """The part of a document at this path."""
        keys = [key for key in document.lines if len(key) == len(path) + 1 and key[: len(path)] == path]
        lines = {str(key[-1]): document.lines[key] for key in keys}
        return cls(file=document.file, line=document.line(path), lines=lines)

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return Path(self.file).parent

    def problem(self, key: str, finding: str, fix: str = "") -> Problem:
        """A problem with one key of the part."""
        return Problem(file=self.file, line=self.lines.get(key, self.line), finding=finding, fix=fix)

    def error(self, key: str, finding: str, fix: str = "") -> InputError:
        """An error with one key of the part."""
        return InputError([self.problem(key, finding, fix)])

"""Who may read and change which data, as somebody wrote it in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People and groups of this machine, by name."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    everybody: bool = False


class DataSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Data of one kind, and who may do what with it. Who may write may read."""

    name: str
    files: tuple[str, ...]
    """Patterns, from the folder of the manifest or absolute: *, ?, [...], and ** for folders."""
    read: Who = Who()
    write: Who = Who()


class Accepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding that somebody lives with for a while."""

    file: str
    """As it is shown."""
    rule: str
    until: str
    why: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    data: tuple[DataSet, ...]
    apart: tuple[tuple[str, str], ...]
    """Pairs of data sets that nobody may read both of."""
    accepted: tuple[Accepted, ...]
    document: Document

    @property
    def place(self) -> Path:
        """The folder from which patterns are read."""
        return Path(self.document.file).parent


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: tuple[DataSet, ...]
    apart: tuple[tuple[str, str], ...] = ()
    accepted: tuple[Accepted, ...] = ()


_Fault: TypeAlias = tuple[PathKey, str, str]


def read_manifest(file: Path, rules: tuple[str, ...]) -> Manifest:
    """A manifest in YAML; `rules` are those that can be accepted. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    faults = [*_data(read), *_apart(read), *_accepted(read, rules)]
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    return Manifest(data=read.data, apart=read.apart, accepted=read.accepted, document=document)


def _data(read: _File) -> Iterator[_Fault]:
    names = [one.name for one in read.data]
    if not names:
        yield ("data",), "there is no data", "name files, and who may read them"
    for place, one in enumerate(read.data):
        if names.count(one.name) > 1:
            yield ("data", place, "name"), f"two data sets are called '{one.name}'", ""
        if not one.files:
            yield ("data", place, "files"), "no file is named", ""
        for at, pattern in enumerate(one.files):
            if not pattern or "\0" in pattern or ".." in PurePosixPath(pattern).parts:
                yield ("data", place, "files", at), f"'{pattern}' is no pattern of files", "without '..'"


def _apart(read: _File) -> Iterator[_Fault]:
    names = [one.name for one in read.data]
    for place, pair in enumerate(read.apart):
        for name in pair:
            if name not in names:
                yield ("apart", place), f"there is no data set '{name}'", nearest(name, names)
        if pair[0] == pair[1]:
            yield ("apart", place), "a data set cannot be kept apart from itself", ""


def _accepted(read: _File, rules: tuple[str, ...]) -> Iterator[_Fault]:
    for place, one in enumerate(read.accepted):
        if one.rule not in rules:
            yield ("accepted", place, "rule"), f"there is no rule '{one.rule}'", nearest(one.rule, rules)
        if not is_date(one.until):
            yield ("accepted", place, "until"), f"'{one.until}' is no day", DATE_FIX
        if not one.why.strip():
            yield ("accepted", place, "why"), "what is accepted needs a reason", ""

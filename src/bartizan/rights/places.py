"""Where data about people lies, as somebody wrote it in YAML: sources, what is made from them, models that learn.

A source that `gives` a kind of identifier is where sources that find people `by` it look it up: the mail address of a
customer, the numbers of their orders.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml

SourceKind: TypeAlias = Literal["sql", "table", "lines", "files", "redis"]
KINDS: Final[tuple[SourceKind, ...]] = get_args(SourceKind)
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_PASSWORD: Final = re.compile(r"://[^/@]*:[^/@]*@")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_Fault: TypeAlias = tuple[PathKey, str, str]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SqlPlace(_Part, frozen=True, kw_only=True):
    """A table of a database."""

    table: str
    url: str = ""
    """Such as sqlite:///bank.db; below the folder of the file where it is relative."""
    url_env: str = ""
    """The environment variable that holds the URL: passwords stand in no file."""
    schema: str = ""


class RedisPlace(_Part, frozen=True, kw_only=True):
    """Keys of a Redis server."""

    keys: str
    """A pattern of Redis that names an identifier: session:{customer}:*"""
    url: str = ""
    url_env: str = ""


class Keeping(_Part, frozen=True, kw_only=True):
    """Why data stays although somebody asked for erasure (GDPR Art. 17(3))."""

    why: str
    """The law that asks for it."""
    until: str = ""
    """The last day of it; empty: as long as the reason stands."""

    def holds_on(self, day: str) -> bool:
        """Whether it is a reason on a day."""
        return not self.until or day <= self.until


class Source(_Part, frozen=True, kw_only=True):
    """One place with data about people."""

    sql: SqlPlace | None = None
    table: str = ""
    """A file: CSV, Parquet, JSON lines, Arrow."""
    lines: str = ""
    """A pattern of text files, in which a line that names somebody is about them."""
    files: str = ""
    """A pattern of files that are about somebody, with an identifier in it: uploads/{customer}/**"""
    redis: RedisPlace | None = None
    by: str = ""
    """The kind of identifier by which people are found; empty: the one by which commands name them."""
    column: str = ""
    """Where it stands, of a table or of SQL."""
    gives: dict[str, str] = {}
    """Kind of identifier -> the column in which this source holds it."""
    beside: tuple[str, ...] = ()
    """Arrays (.npy) whose rows belong to those of a table, one by one: the vectors of a retrieval index."""
    blank: tuple[str, ...] = ()
    """Columns that are emptied at erasure, where rows must stay; empty: rows go."""
    keep: Keeping | None = None
    made_from: tuple[str, ...] = ()
    provided: bool = False
    """Whether people provided the data themselves, so that they can take it along (GDPR Art. 20)."""
    holds: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    kept: str = ""
    """How long, or by which criteria."""
    origin: str = ""
    """Where it comes from, if not from the people."""

    @property
    def kind(self) -> SourceKind:
        """What it is."""
        return next(kind for kind in KINDS if getattr(self, kind))


class Model(_Part, frozen=True, kw_only=True):
    """A model that learned from sources."""

    learned_from: tuple[str, ...]
    shards: str = ""
    """The folder of a model that was trained in shards; empty: it must be retrained whole."""
    retrain: tuple[str, ...] = ()
    """The command that trains shards anew, word by word; {shard} stands for their numbers."""


class _File(_Part, frozen=True, kw_only=True):
    controller: str
    contact: str
    person: str
    sources: dict[str, Source]
    models: dict[str, Model] = {}
    consent: str = ""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """All places of a file."""

    folder: Path
    """The folder of the file: patterns and relative names begin there, and nothing outside of it is touched by them."""
    controller: str
    contact: str
    person: str
    """The kind of identifier by which commands name people."""
    sources: dict[str, Source]
    """In the order in which they must be erased: what others look people up in comes after them."""
    models: dict[str, Model]
    consent: Path | None
    """The ledger of consent."""
    digest: str
    """SHA-256 of the file."""

    def by(self, name: str) -> str:
        """The kind of identifier by which a source finds people."""
        return self.sources[name].by or self.person

    def asked(self, name: str) -> tuple[str, ...]:
        """The kinds of identifiers without which nobody is found in a source."""
        return tuple(sorted(_asked(self.person, self.sources[name])))

    def found_through(self, name: str) -> set[str]:
        """The sources in which people are found by what stands in one."""
        kinds = set(self.sources[name].gives)
        return {other for other in self.sources if other != name and kinds.intersection(self.asked(other))}

    def made_from(self, name: str) -> tuple[str, ...]:
        """The sources that were made from one, directly or through others, in order."""
        found: dict[str, None] = {}
        wanted = [name]
        while wanted:
            one = wanted.pop()
            for other, source in self.sources.items():
                if one in source.made_from and other not in found:
                    found[other] = None
                    wanted.append(other)
        return tuple(other for other in self.sources if other in found)

    def models_of(self, names: set[str]) -> tuple[str, ...]:
        """The models that learned from one of these sources."""
        return tuple(model for model, one in self.models.items() if names.intersection(one.learned_from))


def read_places(file: Path) -> Places:
    """The places of a file. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    faults = list(_faults(read))
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    return Places(
        folder=file.resolve().parent,
        controller=read.controller,
        contact=read.contact,
        person=read.person,
        sources={name: read.sources[name] for name in _ordered(read, document)},
        models=read.models,
        consent=file.resolve().parent / read.consent if read.consent else None,
        digest=sha256_of(file),
    )


def _ordered(read: _File, document: Document) -> Iterator[str]:
    """Sources, each before the one that it looks people up in. Raises InputError."""
    giver = {kind: name for name, source in read.sources.items() for kind in source.gives}
    graph: dict[str, set[str]] = {name: set() for name in read.sources}
    for name, source in read.sources.items():
        for kind in _asked(read.person, source):
            if kind in giver:
                graph[giver[kind]].add(name)
    try:
        yield from tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        names = " and ".join(sorted(set(error.args[1])))
        problem = document.problem(("sources", error.args[1][0]), f"{names} look people up in each other", "")
        raise InputError([problem]) from None


def _asked(person: str, source: Source) -> set[str]:
    """The kinds of identifiers that a source needs."""
    named = source.files or (source.redis.keys if source.redis else "")
    return set(_PLACEHOLDER.findall(named)) if named else {source.by or person}


def _faults(read: _File) -> Iterator[_Fault]:
    if not read.sources:
        yield ("sources",), "there is no source", "name every place with data about people"
    for key, text in (("controller", read.controller), ("contact", read.contact)):
        if not text.strip():
            yield (key,), "nobody is named", ""
    if not _NAME.fullmatch(read.person):
        yield ("person",), f"'{read.person}' is no kind of identifier", "lower case, such as customer"
    shaped: dict[str, Source] = {}
    for name, source in read.sources.items():
        at: PathKey = ("sources", name)
        if not _NAME.fullmatch(name):
            yield at, f"'{name}' is no name of a source", "lower case, digits, hyphens"
        kinds = [kind for kind in KINDS if getattr(source, kind)]
        if len(kinds) != 1:
            yield at, f"it is {' and '.join(kinds) or 'nothing'}", f"say one of: {', '.join(KINDS)}"
            continue
        shaped[name] = source
        yield from _shape(at, source)
        yield from _named(at, source, read)
    yield from _given(read.person, shaped)
    yield from _learned(read)


def _given(person: str, sources: Mapping[str, Source]) -> Iterator[_Fault]:
    """Kinds of identifiers that two sources give, or none."""
    known = {person}
    for name, source in sources.items():
        for kind in source.gives:
            if kind in known:
                yield ("sources", name, "gives"), f"'{kind}' is known already", "each kind is looked up in one place"
            known.add(kind)
    for name, source in sources.items():
        for kind in sorted(_asked(person, source) - known):
            at = ("sources", name, "by" if source.by else source.kind)
            yield at, f"no source gives '{kind}'", nearest(kind, known)


def _shape(at: PathKey, source: Source) -> Iterator[_Fault]:
    has_columns = source.kind in ("sql", "table")
    if has_columns and not source.column:
        yield at, "it does not say which column names the person", "column: customer_id"
    for key in ("column", "gives", "blank") if not has_columns else ():
        if getattr(source, key):
            yield (*at, key), f"{source.kind} has no columns", "leave it out"
    if source.blank and source.column not in source.blank:
        what = f"'{source.column}' would still name them"
        yield (*at, "blank"), what, f"name it too: [{', '.join((source.column, *source.blank))}]"
    yield from _arrays(at, source)
    yield from _addressed(at, source)


def _arrays(at: PathKey, source: Source) -> Iterator[_Fault]:
    if source.beside and source.kind != "table":
        yield (*at, "beside"), "only a table has arrays beside it", "leave it out"
    if source.beside and source.blank:
        yield (*at, "blank"), "vectors cannot be emptied like columns", "let the rows go"
    for one in source.beside:
        if not one.endswith(".npy"):
            yield (*at, "beside"), f"'{one}' is no .npy file", ""


def _addressed(at: PathKey, source: Source) -> Iterator[_Fault]:
    for place in (source.sql, source.redis):
        if place is not None and bool(place.url) == bool(place.url_env):
            yield at, "it needs a url or a url_env", "url_env names the variable that holds a URL with a password"
        if place is not None and _PASSWORD.search(place.url):
            yield (*at, source.kind, "url"), "there is a password in it", "put the URL in a variable: url_env"
    if source.kind not in ("files", "redis"):
        return
    named = source.files or (source.redis.keys if source.redis else "")
    if not _PLACEHOLDER.search(named):
        yield at, f"'{named}' would be about everybody", "name an identifier in it, such as {customer}"
    if source.by:
        yield (*at, "by"), "the pattern names the identifier already", "leave it out"


def _named(at: PathKey, source: Source, read: _File) -> Iterator[_Fault]:
    for other in source.made_from:
        if other not in read.sources:
            yield (*at, "made_from"), f"there is no source '{other}'", nearest(other, read.sources)
    for path in (source.table, source.lines, source.files, *source.beside):
        if path.startswith("/") or ".." in Path(path).parts:
            yield at, f"'{path}' leads out of the folder of this file", "put this file above all that it names"
    if source.keep is not None:
        if not source.keep.why.strip():
            yield (*at, "keep", "why"), "nothing says why it stays", "name the law that asks for it"
        if source.keep.until and not _is_day(source.keep.until):
            yield (*at, "keep", "until"), f"'{source.keep.until}' is no day", "write it as 2030-12-31"


def _learned(read: _File) -> Iterator[_Fault]:
    for name, model in read.models.items():
        at: PathKey = ("models", name)
        for other in model.learned_from:
            if other not in read.sources:
                yield (*at, "learned_from"), f"there is no source '{other}'", nearest(other, read.sources)
        if not model.learned_from:
            yield (*at, "learned_from"), "it learned from nothing", "name its sources"
        if bool(model.shards) != bool(model.retrain):
            yield at, "shards and retrain go together", "retrain: [python, train.py, '{shard}']"


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


Identifiers: TypeAlias = Mapping[str, tuple[str, ...]]
"""Kind -> what somebody is called."""

"""Load the catalogue: files to frozen values, every cross-reference checked, all problems told at once.

Reading some two hundred YAML files takes a third of a second, so what was read and checked is kept in the user's cache
folder under a key of the files' names, sizes and times. A cache that cannot be read or written is no error.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bartizan import __version__
from bartizan.catalog.check import check_catalog
from bartizan.catalog.check_privacy import check_privacy
from bartizan.catalog.entries import Catalog, Control, ControlGroup, FactEntry, Threat
from bartizan.catalog.privacy import Chapter, FactFile, PrivacyBook, in_order
from bartizan.catalog.scales import Quantities, Scales
from bartizan.catalog.tables import DeepDive, MappingList, Navigator, Overview, PeriodicTable, ThreatMap
from bartizan.core import rule, shape
from bartizan.core.errors import InputError, Problem
from bartizan.core.rule import RuleError, parse
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml, write_atomic

DATA = Path(__file__).parent / "data"
_PRIVACY_FACTS = DATA / "privacy" / "facts.yaml"
_T = TypeVar("_T")
_K = TypeVar("_K", bound=str)


class _GroupFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: tuple[ControlGroup, ...]


class _MapFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    maps: tuple[ThreatMap, ...]


@cache
def load_catalog(*folders: Path, scales: Path | None = None) -> Catalog:
    """The built-in catalogue with what the given folders add, and the organisation's own scales if named.

    A folder has the layout of the built-in one (`threats/`, `controls/`, `facts/`, any of them). An id that is taken is
    a problem. Raises InputError with every problem of every file.
    """
    places = (DATA, *folders)
    for folder in folders:
        _check_folder(folder)
    files = sorted((file for place in places for file in place.rglob("*.yaml")), key=str)
    if scales is not None:
        files.append(scales)
    key = _key(files)
    kept = _recall(key)
    if kept is None:
        kept = _read(places, scales, files)
        _remember(key, kept)
    return kept


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError([Problem(file=str(folder), finding="no such folder", fix="name a folder with --catalog")])
    known = {"threats", "controls", "facts"}
    stray = [p for p in sorted(folder.rglob("*.yaml")) if p.parent.name not in known or p.parent.parent != folder]
    if stray:
        fix = "put it under threats/, controls/ or facts/"
        raise InputError([Problem(file=str(p), finding="not in a folder that is read", fix=fix) for p in stray])


def _read(places: Sequence[Path], scales: Path | None, files: list[Path]) -> Catalog:
    reader = _Reader()
    threats = reader.entries([place / "threats" for place in places], Threat, lambda t: t.id)
    controls = reader.entries([place / "controls" for place in places], Control, lambda c: c.id)
    facts = reader.entries([place / "facts" for place in places], FactEntry, lambda f: f.id)
    mappings = reader.entries([DATA / "mappings"], MappingList, lambda m: m.id)
    tables = DATA / "tables"
    groups = reader.value(tables / "groups.yaml", _GroupFile)
    maps = reader.value(tables / "threat_maps.yaml", _MapFile)
    overview = reader.value(tables / "overview.yaml", Overview)
    builtin = reader.value(DATA / "scales.yaml", Scales)
    scale = reader.value(scales, Scales) if scales else builtin
    quantities = reader.value(DATA / "quantities.yaml", Quantities)
    periodic = reader.values(sorted(tables.glob("periodic_table_*.yaml")), PeriodicTable)
    dives = reader.values(sorted(tables.glob("deep_dive_*.yaml")), DeepDive)
    navigators = reader.values(sorted(tables.glob("navigator_*.yaml")), Navigator)
    evidence = (scale and scale.evidence) or (builtin and builtin.evidence)
    chapters = reader.values(sorted(set((DATA / "privacy").glob("*.yaml")) - {_PRIVACY_FACTS}), Chapter)
    asked = reader.value(_PRIVACY_FACTS, FactFile)
    if reader.problems or not (groups and maps and overview and scale and quantities and evidence and asked):
        raise InputError(reader.problems)
    catalog = Catalog(
        threats=threats,
        controls=controls,
        groups={g.id: g for g in groups.groups},
        facts=facts,
        tables={t.edition: t for t in periodic},
        deep_dives={d.edition: d for d in dives},
        navigators={n.edition: n for n in navigators},
        maps=maps.maps,
        overview=overview,
        mappings=mappings,
        scales=scale,
        quantities=scale.quantities or quantities,
        evidence=evidence,
        privacy=PrivacyBook(chapters=in_order(chapters), facts={fact.id: fact for fact in asked.facts}),
        digest=_digest(files),
    )
    problems = [reader.problem(*found) for found in (*check_catalog(catalog), *check_privacy(catalog))]
    if problems:
        raise InputError(problems)
    return catalog


class _Reader:
    """Reads entry files, gathering the problems of all of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._documents: dict[tuple[str, str], Document] = {}

    def entries(self, folders: Iterable[Path], kind: type[_T], id_of: Callable[[_T], _K]) -> dict[_K, _T]:
        """The entries of these folders by id, each file holding one that it is named after."""
        found: dict[_K, _T] = {}
        for file in (file for folder in folders for file in sorted(folder.glob("*.yaml"))):
            entry = self.value(file, kind)
            if entry is None:
                continue
            name = id_of(entry)
            document = self._documents[kind.__name__, name]
            if name != file.stem:
                fix = f"rename the file to {name}.yaml, or the id to {file.stem}"
                self.problems.append(document.problem(("id",), f"the id '{name}' differs from the file's name", fix))
            elif name in found:
                self.problems.append(document.problem(("id",), f"the id '{name}' is taken", "choose another id"))
            else:
                found[name] = entry
        return found

    def values(self, files: Iterable[Path], kind: type[_T]) -> list[_T]:
        return [value for file in files if (value := self.value(file, kind)) is not None]

    def value(self, file: Path, kind: type[_T]) -> _T | None:
        try:
            document = read_yaml(file)
            document, problems = _with_rules(document)
            self.problems.extend(problems)
            if problems:
                return None
            value = to_value(document, kind)
        except InputError as error:
            self.problems.extend(error.problems)
            return None
        # There is one file of scales, whatever the organisation calls its own.
        name = "scales" if kind is Scales else str(getattr(value, "id", file.stem))
        self._documents[kind.__name__, name] = document
        return value

    def problem(self, kind: str, name: str, path: PathKey, finding: str, fix: str) -> Problem:
        document = self._documents.get((kind, name))
        if document is None:
            return Problem(file=f"{kind} {name}", finding=finding, fix=fix)
        return document.problem(path, finding, fix)


_LISTS_OF_RULES = {"who": ("when",), "susceptibility": ("when",), "duties": ("applies", "met")}
"""Fields that are lists of entries, and where rules stand in these."""


def _with_rules(document: Document) -> tuple[Document, list[Problem]]:
    """The document with its rules, which are written in short form, replaced by the form that values are read from."""
    if not isinstance(document.data, dict):
        return document, []
    data: dict[str, Any] = dict(document.data)
    problems: list[Problem] = []

    def convert(node: object, path: PathKey) -> object:
        try:
            return msgspec.to_builtins(parse(node))
        except RuleError as error:
            problems.append(document.problem((*path, *error.path), error.finding, error.fix))
            return None

    def at(owner: object, key: str, path: PathKey, change: Callable[[object, PathKey], object]) -> None:
        if isinstance(owner, dict) and key in owner:
            owner[key] = change(owner[key], (*path, key))

    if isinstance(data.get("rules"), dict):
        data["rules"] = {k: dict(v) if isinstance(v, dict) else v for k, v in data["rules"].items()}
        for edition, condition in data["rules"].items():
            at(condition, "possible", ("rules", edition), convert)
            at(condition, "matters", ("rules", edition), convert)
    for field, rules in _LISTS_OF_RULES.items():
        if isinstance(data.get(field), list):
            data[field] = [dict(entry) if isinstance(entry, dict) else entry for entry in data[field]]
            for i, key in itertools.product(range(len(data[field])), rules):
                at(data[field][i], key, (field, i), convert)
    at(data, "useful_when", (), convert)
    return Document(file=document.file, data=data, lines=document.lines), problems


# The cache


def _digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


def _key(files: Iterable[Path]) -> str:
    whole = hashlib.sha256(f"{__version__} {sys.version_info[:2]} {msgspec.__version__}".encode())
    for code in (*sorted(Path(__file__).parent.glob("*.py")), Path(rule.__file__), Path(shape.__file__)):
        whole.update(_stamp(code))
    for file in files:
        whole.update(_stamp(file))
    return whole.hexdigest()


def _stamp(file: Path) -> bytes:
    try:
        status = file.stat()
        return f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode()
    except OSError:
        return f"{file}\0absent\0".encode()


def _cache_file(key: str) -> Path | None:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "bartizan" / f"catalog-{key[:32]}.msgpack" if os.path.isabs(home) else None


def _is_own(file: Path) -> bool:
    """Whether this is a plain file of the user: in a folder that others write, a cache could be anybody's catalogue."""
    status = file.lstat()
    return stat.S_ISREG(status.st_mode) and (os.name != "posix" or status.st_uid == os.geteuid())


def _recall(key: str) -> Catalog | None:
    file = _cache_file(key)
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=Catalog) if file and _is_own(file) else None
    except (OSError, msgspec.MsgspecError):
        return None


def _remember(key: str, catalog: Catalog) -> None:
    file = _cache_file(key)
    if file is None:
        return
    try:
        if file.is_symlink():  # writing would follow it and lose what it leads to
            file.unlink()
        write_atomic(file, msgspec.msgpack.encode(catalog))
        _forget_old(file)
    except (InputError, OSError):
        return


def _forget_old(newest: Path, keep: int = 8) -> None:
    others: Iterator[Path] = newest.parent.glob("catalog-*.msgpack")
    for old in sorted(others, key=lambda f: f.stat().st_mtime, reverse=True)[keep:]:
        old.unlink(missing_ok=True)

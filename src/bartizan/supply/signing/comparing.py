"""The files that are there against those that were signed: missing, changed, added, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from bartizan.supply.signing.policy import Trust
from bartizan.supply.signing.statement import GIT_PATHS, Statement, under
from bartizan.supply.signing.tree import SINGLE, Entry, walk
from bartizan.supply.signing.verification import Flaw

_ALLOW: Final = "if that is harmless, name it in the policy: ignore"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    flaws: tuple[Flaw, ...]
    files: int
    """Files that are what was signed."""
    size: int
    """Bytes that were read."""
    ignored: tuple[str, ...]
    """Paths that are there and were left out, as the signature says and the policy allows."""


def compare(model: Path, signature: Path, statement: Statement, trust: Trust) -> Compared:
    """All files of a model against a statement. Files that were not signed are named without being read.

    Raises OSError where the model itself cannot be opened.
    """
    job = _Comparison(statement, trust, _within(model, signature))
    found = walk(model, statement.way, links=trust.policy.links, is_left_out=job.is_left_out, is_hashed=job.is_expected)
    flaws = [flaw for entry in found for flaw in job.judged(entry)]
    flaws += [*job.missing(), *job.not_allowed(), *refused_paths(statement, trust, job)]
    return Compared(flaws=tuple(flaws), files=job.fine, size=job.size, ignored=tuple(sorted(job.left_out)))


def refused_paths(statement: Statement, trust: Trust, job: _Comparison) -> Iterator[Flaw]:
    """Paths that a signature leaves out and the policy does not let it, though nothing lies there now.

    The signature's own file, and the paths of git that model-signing always names, count only when something is there.
    """
    for path in statement.ignored:
        if path not in GIT_PATHS and path != job.within and path not in job.refused and not trust.may_ignore(path):
            yield Flaw(kind="ignored", path=path, what="the signature leaves it out, with all below it", fix=_ALLOW)


def _within(model: Path, signature: Path) -> str:
    """The path of the signature within the folder; empty: it lies elsewhere."""
    try:
        return signature.resolve().relative_to(model.resolve()).as_posix()
    except (ValueError, OSError):
        return ""


class _Comparison:
    def __init__(self, statement: Statement, trust: Trust, within: str) -> None:
        self.statement = statement
        self.trust = trust
        self.within = within
        self.expected = statement.expected
        self.by_file: dict[str, list[str]] = {}
        for name in self.expected:
            file = name.rpartition(":")[0].rpartition(":")[0] if statement.way.shard else name
            self.by_file.setdefault(file, []).append(name)
        self.above = {str(one) for file in self.by_file for one in PurePosixPath(file).parents}
        self.met: set[str] = set()
        self.left_out: set[str] = set()
        self.refused: dict[str, list[str]] = {}
        """Path that the signature may not leave out -> the files there."""
        self.fine = 0
        self.size = 0

    def is_expected(self, name: str) -> bool:
        return name in self.by_file

    def is_left_out(self, path: str) -> bool:
        """The signature itself, and what may be ignored by both the signature and the policy."""
        if path in self.by_file or path in self.above:
            return False
        if path == self.within:
            return True
        if under(path, self.statement.ignored) is not None and self.trust.may_ignore(path):
            self.left_out.add(path)
            return True
        return False

    def judged(self, entry: Entry) -> Iterator[Flaw]:
        """What is wrong with one file that is there."""
        self.met.add(entry.name)
        if entry.fault is not None:
            yield Flaw(kind="link" if entry.fault == "link" else "unreadable", path=entry.name, what=entry.what)
        elif not self.is_expected(entry.name):
            path = under(entry.name, self.statement.ignored)
            if path is None:
                yield self.added(entry)
            else:
                self.refused.setdefault(path, []).append(entry.name)
        else:
            self.size += entry.size
            found = dict(entry.digests)
            wrong = [name for name in (*self.by_file[entry.name], *found) if found.get(name) != self.expected.get(name)]
            if wrong:
                yield self.changed(entry, found)
            else:
                self.fine += 1

    def changed(self, entry: Entry, found: dict[str, str]) -> Flaw:
        if self.statement.way.shard:
            return Flaw(kind="changed", path=entry.name, what=f"{entry.size:,} bytes, and not those that were signed")
        way = self.statement.way.algorithm
        return Flaw(
            kind="changed",
            path=entry.name,
            what=f"{way} {found.get(entry.name)}, signed was {self.expected[entry.name]}",
        )

    def added(self, entry: Entry) -> Flaw:
        single = entry.name == SINGLE or SINGLE in self.by_file
        why = "the signature is about a single file" if single else f"{entry.size:,} bytes that were not signed"
        return Flaw(kind="added", path=entry.name, what=why)

    def not_allowed(self) -> Iterator[Flaw]:
        """What lies where the signature looks away and the policy does not."""
        for path, names in sorted(self.refused.items()):
            first = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if names[3:] else "")
            what = f"the signature leaves it out, and the policy does not let it: {first}"
            yield Flaw(kind="ignored", path=path, what=what, fix=_ALLOW)

    def missing(self) -> Iterator[Flaw]:
        for file in sorted(self.by_file.keys() - self.met):
            yield Flaw(kind="missing", path=file, what="it was signed, and is not there")

"""Each file against its data set: who can read or change it and should not; who reaches two that are kept apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.dates import is_date
from bartizan.tables.access.manifest import DataSet, Manifest, Who
from bartizan.tables.access.modes import (
    READ,
    WRITE,
    Reach,
    is_closed_above,
    is_swappable,
    members,
    reach,
)

Level: TypeAlias = Literal["finding", "unknown", "accepted"]
RULES: Final = {
    "read": "somebody can read it who should not",
    "write": "somebody can change it who should not",
    "swap": "anybody can put another file in its place",
    "apart": "somebody reads two data sets that are kept apart",
    "unread": "who should read it cannot",
    "unknown": "it cannot be told who reaches it",
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as the manifest says."""

    data: str
    file: str
    rule: str
    what: str
    level: Level = "finding"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    files: int
    findings: tuple[Finding, ...]

    def of(self, level: Level) -> tuple[Finding, ...]:
        """Those of a level."""
        return tuple(one for one in self.findings if one.level == level)

    @property
    def is_segregated(self) -> bool:
        """Whether nothing was found that nobody accepted, and everything could be told."""
        return not self.of("finding") and not self.of("unknown")


def check_access(manifest: Manifest, today: str, step: Callable[[str], None] = lambda _: None) -> Checked:
    """Look at all files of the manifest. Reads modes, never contents, and changes nothing."""
    findings: list[Finding] = []
    readers: dict[str, set[str]] = {}
    count = 0
    for data in manifest.data:
        step(data.name)
        files = sorted({path for pattern in data.files for path in _matching(manifest.place, pattern)})
        count += len(files)
        if not files:
            what = f"no file is called {', '.join(data.files)}"
            findings.append(Finding(data=data.name, file="", rule="unknown", what=what, level="unknown"))
        readers[data.name] = set()
        for path in files:
            found, people = _file(manifest.place, path, data)
            findings += found
            readers[data.name] |= people
    findings += _apart(manifest, readers)
    accepted = {(one.file, one.rule) for one in manifest.accepted if is_date(one.until) and today <= one.until}
    return Checked(files=count, findings=tuple(_with(one, accepted) for one in findings))


def _with(one: Finding, accepted: set[tuple[str, str]]) -> Finding:
    return msgspec.structs.replace(one, level="accepted") if (one.file, one.rule) in accepted else one


def _matching(place: Path, pattern: str) -> Iterator[Path]:
    start = Path("/") if pattern.startswith("/") else place
    yield from (path for path in start.glob(pattern.lstrip("/")) if path.is_symlink() or not path.is_dir())


def _file(place: Path, path: Path, data: DataSet) -> tuple[list[Finding], set[str]]:
    shown = str(path.relative_to(place)) if path.is_relative_to(place) else str(path)

    def found(rule: str, what: str, level: Level = "finding") -> Finding:
        return Finding(data=data.name, file=shown, rule=rule, what=what, level=level)

    try:
        reads, writes, is_closed = reach(path, READ), reach(path, WRITE), is_closed_above(path)
        swap = is_swappable(path)
    except OSError as error:
        return [found("unknown", f"its mode cannot be read: {error.strerror}", "unknown")], set()
    made = []
    if more := _beyond(reads, _both(data.read, data.write), is_closed=is_closed):
        made.append(found("read", f"{more} can read it"))
    if more := _beyond(writes, data.write, is_closed=is_closed):
        made.append(found("write", f"{more} can change it"))
    if swap:
        made.append(found("swap", f"everybody may write in {swap}, which is above it"))
    if lacking := _lacking(reads, _both(data.read, data.write)):
        made.append(found("unread", f"{lacking} cannot read it"))
    people = set(reads.people())
    if reads.everybody and not is_closed:
        people.add("everybody")
    return made, people


def _both(one: Who, other: Who) -> Who:
    return Who(
        users=(*one.users, *other.users),
        groups=(*one.groups, *other.groups),
        everybody=one.everybody or other.everybody,
    )


def _allowed(who: Who) -> frozenset[str]:
    return frozenset((*who.users, "root", *(member for group in who.groups for member in members(group))))


def _beyond(found: Reach, who: Who, *, is_closed: bool) -> str:
    """Who is reached and is not allowed, as words; "" for nobody. A group counts by its members, or as empty."""
    if who.everybody:
        return ""
    allowed = _allowed(who)
    said = [f"user {one}" for one in sorted(found.users - allowed)]
    for group in sorted(found.groups - {*who.groups}):
        strangers = sorted(members(group) - allowed)
        if strangers:
            said.append(f"group {group} ({', '.join(strangers[:5])}{', ...' if len(strangers) > 5 else ''})")
        elif not members(group):
            said.append(f"group {group}, which has no members now")
    if found.everybody and not is_closed:
        said.append("everybody on this machine")
    return ", ".join(said)


def _lacking(found: Reach, who: Who) -> str:
    if found.everybody:
        return ""
    people = found.people() | {"root"}
    said = [f"user {one}" for one in who.users if one not in people]
    return ", ".join(said + [f"group {one}" for one in who.groups if one not in found.groups and members(one) - people])


def _apart(manifest: Manifest, readers: dict[str, set[str]]) -> Iterator[Finding]:
    for first, second in manifest.apart:
        one, other = readers[first], readers[second]
        both = one & other
        if "everybody" in one | other:
            both |= (one if "everybody" in other else set()) | (other if "everybody" in one else set())
        if both := both - {"root"}:
            named = ", ".join(sorted(both)[:8])
            what = f"{named} can read both {first} and {second}"
            yield Finding(data=first, file=f"{first}, {second}", rule="apart", what=what)

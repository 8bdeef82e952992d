"""What `bartizan audit` prints: an outcome and what it means, and entries as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bartizan.core.errors import printable
from bartizan.register.audit.faults import Fault, Verification
from bartizan.register.audit.reading import Told

_MEANS = (
    "Somebody changed the database without Bartizan, or the file is damaged. What comes before the first fault holds.",
    "Do not repair it: copy it away as it is, and compare it with a backup or an export (--against).",
)


def outcome(found: Verification, keys: Sequence[str]) -> str:
    """A verification for a person; `keys` are the short names of the keys they trust."""
    lines = _sound(found, keys) if found.sound else _broken(found)
    return "\n".join(lines) + "\n"


def _sound(found: Verification, keys: Sequence[str]) -> Iterator[str]:
    if not found.entries:
        yield "There is no entry yet, so there is nothing that could have been changed."
        return
    entries = "entry" if found.entries == 1 else "entries"
    yield f"The chain holds: {found.entries:,} {entries}, none changed, missing, added or out of order."
    yield f"  last entry:  {found.entries} with hash {found.head}"
    if found.states is not None:
        yield f"  rows:        {found.states:,}, each as its last entry left it"
    if found.compared is not None:
        yield f"  export:      its {found.compared:,} entries are where the register begins"
    if found.checkpoints:
        trusted = f"signed with {', '.join(keys)}" if keys else "each by the key that it names itself; see --public-key"
        stamps = f", {found.witnessed} with a timestamp that holds" if found.witnessed else ""
        yield f"  checkpoints: {found.checkpoints}, {trusted}{stamps}"
    else:
        yield "  checkpoints: none, so an end that was cut off would not show; make one: bartizan audit checkpoint"


def _broken(found: Verification) -> Iterator[str]:
    faults = "1 fault" if found.found == 1 else f"{found.found:,} faults"
    yield f"This is not what was written: {faults} in {found.entries:,} entries."
    for fault in found.faults:
        yield f"  {_fault(fault)}"
    if found.found > len(found.faults):
        yield f"  and {found.found - len(found.faults):,} more"
    yield from _MEANS


def _fault(fault: Fault) -> str:
    return f"entry {fault.seq}: {fault.what}" if fault.seq else fault.what


def table(entries: Sequence[Told]) -> str:
    """Entries as a table, one a line, and under each what changed."""
    if not entries:
        return "no entry fits\n"
    return "".join(f"{line}\n" for told in entries for line in _entry(told))


def _entry(told: Told) -> Iterator[str]:
    said = told.body
    when = said.at.replace("T", " ").removesuffix("Z")
    yield f"{told.seq:>7}  {when}  {printable(said.actor, 60):<16} {printable(said.action, 60):<22} {_subject(told)}"
    for name, (was, now) in ((name, pair) for name, pair in said.changed.items() if len(pair) == 2):
        yield f"{'':29}{printable(name, 60)}: {_value(was)} -> {_value(now)}"
    if said.note:
        yield f"{'':29}{printable(said.note, 200)}"


def _subject(told: Told) -> str:
    return printable(told.body.subject or told.body.system, 120)


def _value(value: object) -> str:
    if value in ("", None):
        return "(empty)"
    return printable(str(value), 80)

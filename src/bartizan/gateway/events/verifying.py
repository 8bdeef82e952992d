"""Whether a ledger is what was written: nothing changed, taken out, put in, moved, or taken off the end.

Follows each chain from its first entry. After a fault it goes on from the hash that is stored, so that one edit is one
fault. Bounded memory: a line at a time.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bartizan.core.errors import printable
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.lines import chain_names, follows, kept_segments, raw_lines, read_line
from bartizan.gateway.events.seals import End, Seal, holds, read_seal

MOST_FAULTS = 1000


class Fault(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that is not as it was written."""

    chain: str
    entry: int = 0
    """The number of the entry; 0: about the chain as a whole."""
    what: str

    def __str__(self) -> str:
        place = f"chain {printable(self.chain, 40)}" + (f", entry {self.entry}" if self.entry else "")
        return f"{place}: {self.what}"


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote down elsewhere: that a chain had an entry with this hash."""

    chain: str
    seq: int
    hash: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    entries: int
    faults: tuple[Fault, ...] = ()
    more: int = 0
    """Faults that are not listed."""
    unsealed: int = 0
    """Entries behind the last seals: so many could be taken off the ends without a trace."""
    open: tuple[str, ...] = ()
    """Chains whose last line is not whole: a writer is at it, or was killed and nobody went on yet."""
    ends: dict[str, End] = {}

    @property
    def sound(self) -> bool:
        """Whether everything is as it was written."""
        return not self.faults


class _Faults:
    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.more = 0

    def add(self, chain: str, what: str, entry: int = 0) -> None:
        if len(self.kept) < MOST_FAULTS:
            self.kept.append(Fault(chain=chain, entry=entry, what=what))
        else:
            self.more += 1


def verify_ledger(root: str | Path, key: bytes, anchors: Iterable[Anchor] = ()) -> Verified:
    """Check all chains of a ledger's folder, also while it is written to. ``key``: that of the seals.

    Raises OSError where a file cannot be read.
    """
    folder = Path(root)
    faults = _Faults()
    # Seals first: what is written meanwhile lies behind them.
    seals = {name: read_seal(folder / "chains" / name) for name in chain_names(folder)}
    wanted = _wanted(seals, anchors, key, faults)
    entries = unsealed = 0
    open_ones, ends = [], {}
    for name, seal in seals.items():
        base = seal.base if seal is not None else End()
        walked = _Walk(name, base, wanted.get(name, {}), faults)
        walked.go(folder / "chains" / name)
        entries += walked.count
        unsealed += max(0, walked.end.seq - (seal.end.seq if seal is not None else 0))
        ends[name] = walked.end
        if walked.is_open:
            open_ones.append(name)
    return Verified(
        entries=entries,
        faults=tuple(faults.kept),
        more=faults.more,
        unsealed=unsealed,
        open=tuple(open_ones),
        ends=ends,
    )


def _wanted(
    seals: dict[str, Seal | None], anchors: Iterable[Anchor], key: bytes, faults: _Faults
) -> dict[str, dict[int, list[tuple[str, str]]]]:
    """Chain -> number -> (hash that it must have, who says so); claims about chains that are gone are faults."""
    wanted: dict[str, dict[int, list[tuple[str, str]]]] = {}

    def claim(chain: str, end: End, whose: str) -> None:
        if chain not in seals:
            faults.add(chain, f"the whole chain is gone; {whose} knows of {end.seq} entries")
        wanted.setdefault(chain, {}).setdefault(end.seq, []).append((end.hash, whose))

    for name, seal in seals.items():
        if seal is None:
            faults.add(name, "its seal is missing or cannot be read")
        elif not holds(seal, key) or seal.chain != name:
            faults.add(name, "its seal was not made with this key, or was changed")
        else:
            claim(name, seal.end, "its seal")
            for other, end in seal.others.items():
                claim(other, end, f"the seal of chain {name}")
    for anchor in anchors:
        claim(anchor.chain, End(seq=anchor.seq, hash=anchor.hash), "an anchor")
    return wanted


class _Walk:
    """One chain, from its base to its end."""

    def __init__(self, name: str, base: End, wanted: dict[int, list[tuple[str, str]]], faults: _Faults) -> None:
        self.name, self.end, self.faults = name, base, faults
        self.count = 0
        self.is_open = False
        self._base = base
        self._wanted = wanted

    def go(self, folder: Path) -> None:
        """All segments, then what was claimed and never came."""
        self._claimed()
        found = kept_segments(folder, self._base.seq)
        for i, (first, segment) in enumerate(found):
            self._segment(first, segment, last=i == len(found) - 1)
        for seq, claims in sorted(self._wanted.items()):
            if seq > self.end.seq:  # what lies before the base is no longer there to be checked
                whose = " and ".join(sorted({whose for _, whose in claims}))
                self.faults.add(self.name, f"it ends at entry {self.end.seq}; {whose} knows of {seq}")

    def _segment(self, first: int, segment: Path, *, last: bool) -> None:
        if first != self.end.seq + 1 and segment.stat().st_size:
            self.faults.add(self.name, f"the segment {segment.name} does not begin where the one before ends", first)
        for _, raw in raw_lines(segment):
            if not raw.endswith(b"\n"):
                if last:
                    self.is_open = True
                else:
                    self.faults.add(self.name, "the end of a segment is torn", self.end.seq + 1)
                return
            self._line(raw[:-1])

    def _line(self, raw: bytes) -> None:
        self.count += 1
        line = read_line(raw)
        if line is None:
            self.faults.add(self.name, "this line is no entry", self.end.seq + 1)
            self.end = End(seq=self.end.seq + 1, hash=self.end.hash)
            return
        seq = line.entry.seq
        if seq != self.end.seq + 1:
            self.faults.add(self.name, _gap(self.end.seq, seq), seq)
        elif not follows(line, self.end.hash):
            what = "its hash does not follow from its text and the entry before: text was changed or put in"
            self.faults.add(self.name, what, seq)
        elif line.entry.chain != self.name:
            self.faults.add(self.name, "it belongs to another chain", seq)
        self.end = End(seq=seq, hash=line.hash)
        self._claimed()

    def _claimed(self) -> None:
        for hash_, whose in self._wanted.get(self.end.seq, ()):
            if hash_ != self.end.hash:
                self.faults.add(self.name, f"{whose} says that another entry stood here", self.end.seq)


def _gap(before: int, seq: int) -> str:
    if seq <= before:
        return f"it stands behind entry {before}: moved or put in twice"
    missing = seq - before - 1
    return f"{missing} {'entry is' if missing == 1 else 'entries are'} missing before it"


def content_faults(root: str | Path, events: Iterable[Event], today: str, days: int) -> list[Fault]:
    """Content that events of the last ``days`` days name and that is not there as it was written."""
    folder = Path(root) / "content"
    there: dict[str, set[str]] = {}
    faults = []
    for event in events:
        kept = event.content
        if kept is None or not _is_within(kept.day, today, days):
            continue
        if kept.day not in there:
            there[kept.day] = _digests(folder / kept.day)
        if kept.sha256 not in there[kept.day]:
            faults.append(Fault(chain=event.chain, entry=event.seq, what="its content is missing or was changed"))
    return faults


def _is_within(day: str, today: str, days: int) -> bool:
    try:
        age = datetime.date.fromisoformat(today) - datetime.date.fromisoformat(day)
    except ValueError:
        return True
    return age.days < days


def _digests(folder: Path) -> set[str]:
    found = set()
    for file in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        with open(file, "rb") as lines:
            found |= {hashlib.sha256(raw.rstrip(b"\n")).hexdigest() for raw in lines}
    return found

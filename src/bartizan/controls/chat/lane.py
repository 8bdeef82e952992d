"""One channel of an answer on its way out: every stream guard reads it as the model wrote it, and what all have cleared
may leave, with their edits.

Guards read side by side and not one behind the other, so none sees another's replacement, and positions are the same
for all. Where edits overlap, they are one edit from the first start to the last end, with the text of the guard that
stands first: a guard that takes something out stands before one that only writes it otherwise. An insertion within a
replaced piece goes with it; at its border it stays. Nothing of an edit leaves before all guards have cleared all of it,
so what leaves does not depend on how the answer was cut.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Sequence
from time import perf_counter_ns

from bartizan.controls.chat.guard import HOLD, Progress, StreamGuard
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import Block, Edit, Finding, Record

_Ranked = tuple[int, bool, int, int, str]
"""Start, whether it replaces anything, the guard's rank, end, text: insertions come before what begins there."""
_COMPACT = 4096
"""Characters that have left and are still kept, at most as many again as wait."""


class Reader:
    """A stream guard that reads a lane, and what it did so far."""

    __slots__ = ("cleared", "crash", "edits", "enforced", "findings", "guard", "nanoseconds", "post")

    def __init__(self, post: Post, guard: StreamGuard, enforced: bool) -> None:
        self.post = post
        self.guard = guard
        self.enforced = enforced
        self.cleared = 0
        self.edits = 0
        self.findings: list[Finding] = []
        self.nanoseconds = 0
        self.crash = ""

    def read(self, text: str | None, end: int) -> Progress | None:
        """One step of the guard, None for the last one. A crash, or a progress that cannot be, gives None, and leaves
        the guard out of what follows.
        """
        try:
            progress = self.guard.flush() if text is None else self.guard.feed(text)
            since, cleared = self.cleared, progress.cleared
            if not since <= cleared <= end or (progress.edits and not _are_sound(progress.edits, since, cleared)):
                raise ValueError("a stream guard cleared what it could not have read, or changed what had left")
            if text is None and progress.block is None and cleared < end:
                self.crash = "kept back the end"
                return None
            if text is None and since == end > 0 and progress.edits:
                raise ValueError("a stream guard added to what had left")
        except Exception as error:
            self.crash = type(error).__name__
            return None
        if end - cleared > HOLD:
            self.crash = "held back too much"
            return None
        self.cleared = cleared
        if progress.edits:
            self.edits += len(progress.edits)
        if progress.findings:
            self.findings.extend(progress.findings)
        return progress


def _are_sound(edits: Sequence[Edit], since: int, cleared: int) -> bool:
    at = since
    for one in edits:
        if not at <= one.start <= one.end <= cleared:
            return False
        at = one.end
    return True


class Lane:
    """A channel of the answer. Feed it, then `take` what has been cleared. Time grows with the text and the edits."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = list(readers)
        self.end = 0
        """Characters fed."""
        self.cleared = 0
        """Characters that may leave, or have left. It never falls, and never lies within an edit."""
        self.block: tuple[Reader, Block] | None = None
        self.changed = False
        """Whether any edit left that counts."""
        self._flushed = False
        self._pieces: list[str] = []
        self._text = ""
        self._base = 0
        """Where ``_text`` begins; the pieces stand behind it."""
        self._from = 0
        self._waiting: list[_Ranked] = []
        self._open: Edit | None = None
        self._rank = 0
        self._ready: deque[Edit] = deque()

    def feed(self, text: str) -> None:
        """The next piece as the model wrote it."""
        self.end += len(text)
        self._pieces.append(text)
        self._step(text)

    def flush(self) -> None:
        """There is no more."""
        self._step(None)

    def _step(self, text: str | None) -> None:
        if self.block is not None or self._flushed:
            return
        least, end = self.end, self.end
        began = perf_counter_ns() if self.readers else 0
        for rank, reader in enumerate(self.readers):
            if reader.crash:
                continue
            progress = reader.read(text, end)
            now = perf_counter_ns()
            reader.nanoseconds += now - began
            began = now
            if progress is None:
                self._failed(reader)
            elif reader.enforced:
                least = min(least, progress.cleared)
                if progress.edits or progress.block is not None:
                    self._heed(reader, rank, progress)
            elif progress.block is not None:
                reader.findings.append(Finding(rule="would_block", why=progress.block.why))
        if self.block is None:
            self._flushed = text is None
            if self._waiting or self._open is not None:
                least = self._settled(least)
            self.cleared = max(self.cleared, least)

    def _heed(self, reader: Reader, rank: int, progress: Progress) -> None:
        for edit in progress.edits:
            insort(self._waiting, (edit.start, edit.end > edit.start, rank, edit.end, edit.text))
        if progress.block is not None and self.block is None:
            self.block = (reader, progress.block)

    def _failed(self, reader: Reader) -> None:
        if reader.enforced and reader.post.fails == "closed" and self.block is None:
            self.block = (reader, Block(why=f"the guard {reader.post.guard.name} did not work", kind="failure"))

    def _settled(self, least: int) -> int:
        """Make one of the edits that overlap, as far as all guards have come; how far that is without parting one."""
        count = 0
        for start, _, rank, end, text in self._waiting:
            if start >= least and not self._flushed:
                break
            count += 1
            last = self._open
            if last is not None and start < last.end:
                if rank < self._rank:
                    self._rank, last = rank, Edit(start=last.start, end=last.end, text=text)
                self._open = Edit(start=last.start, end=max(last.end, end), text=last.text)
                continue
            if last is not None:
                self._ready.append(last)
            self._open, self._rank = Edit(start=start, end=end, text=text), rank
        del self._waiting[:count]
        last = self._open
        if last is not None and (last.end <= least or self._flushed):
            self._ready.append(last)
            self._open = last = None
        return least if last is None else last.start

    def take(self, upto: int) -> str:
        """What leaves of the text before ``upto``: cleared, not taken yet, with the edits that begin there.

        What was put in at the very end leaves with the last piece.
        """
        upto = min(upto, self.cleared)
        at = self._from
        is_last = self._flushed and upto == self.end
        if upto < at or (upto == at and not is_last):
            return ""
        self._from = upto
        if not self._ready or (self._ready[0].start >= upto and not is_last):
            return self._slice(at, upto)
        out = []
        while self._ready and (self._ready[0].start < upto or is_last):
            edit = self._ready.popleft()
            self.changed = True
            if edit.start > at:
                out.append(self._slice(at, edit.start))
            out.append(edit.text)
            at = max(at, edit.end)
            if at > upto:
                self._ready.appendleft(Edit(start=upto, end=at, text=""))
                return "".join(out)
        out.append(self._slice(at, upto))
        return "".join(out)

    def _slice(self, start: int, end: int) -> str:
        """The model's own text between two places; what lies before them is not asked for again."""
        if self._pieces and (end - self._base > len(self._text)):
            self._text = "".join((self._text, *self._pieces))[start - self._base :]
            self._base = start
            self._pieces = []
        elif start - self._base > max(_COMPACT, len(self._text) // 2):
            self._text = self._text[start - self._base :]
            self._base = start
        return self._text[start - self._base : end - self._base]

    def records(self) -> list[Record]:
        """What each reader did."""
        return [_record(one, self.block) for one in self.readers]


def _record(reader: Reader, block: tuple[Reader, Block] | None) -> Record:
    blocked = block is not None and block[0] is reader
    outcome = "crashed" if reader.crash else "blocked" if blocked else "replaced" if reader.edits else "allowed"
    why = reader.crash or (block[1].why if block is not None and blocked else "")
    return Record(
        guard=reader.post.guard.name,
        part="answer",
        outcome=outcome,  # type: ignore[arg-type]
        enforced=reader.enforced,
        why=why,
        findings=tuple(reader.findings) + (block[1].findings if block is not None and blocked else ()),
        nanoseconds=reader.nanoseconds,
    )

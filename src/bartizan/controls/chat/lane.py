"""One channel of an answer on its way out: every stream guard reads it as the model wrote it, and what all have cleared
may leave, with their edits.

Guards read side by side and not one behind the other, so none sees another's replacement, and positions are the same
for all. Where edits overlap, the first guard's text stands for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter_ns

from bartizan.controls.chat.guard import HOLD, Progress, StreamGuard
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import Block, Edit, Finding, Record


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

    def read(self, work: Callable[[], Progress], end: int) -> Progress:
        """One step of the guard; a crash, or a progress that cannot be, leaves it out of what follows."""
        began = perf_counter_ns()
        try:
            progress = work()
            if not self.cleared <= progress.cleared <= end or not _are_sound(progress.edits, self.cleared, progress):
                raise ValueError("a stream guard cleared what it could not have read, or changed what had left")
        except Exception as error:
            self.crash = type(error).__name__
            progress = Progress(cleared=end)
        self.nanoseconds += perf_counter_ns() - began
        self.cleared = progress.cleared
        self.edits += len(progress.edits)
        self.findings.extend(progress.findings)
        return progress


def _are_sound(edits: Sequence[Edit], since: int, progress: Progress) -> bool:
    at = since
    for one in edits:
        if not at <= one.start <= one.end <= progress.cleared:
            return False
        at = one.end
    return True


class Lane:
    """A channel of the answer. Feed it, then `take` what has been cleared."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = list(readers)
        self.end = 0
        """Characters fed."""
        self.cleared = 0
        """Characters that may leave, or have left."""
        self.block: tuple[Reader, Block] | None = None
        self.changed = False
        """Whether any edit was made that counts."""
        self._held: list[str] = []
        self._from = 0
        self._edits: list[Edit] = []

    def feed(self, text: str) -> None:
        """The next piece as the model wrote it."""
        self.end += len(text)
        self._held.append(text)
        self._step(lambda guard: guard.feed(text))
        if self.block is None and self.end - self.cleared > HOLD:
            late = min(self.readers, key=lambda one: one.cleared)
            late.crash = late.crash or "held back too much"
            self._fail(late)

    def flush(self) -> None:
        """There is no more."""
        self._step(lambda guard: guard.flush(), last=True)

    def _step(self, work: Callable[[StreamGuard], Progress], *, last: bool = False) -> None:
        if self.block is not None:
            return
        least = self.end
        for reader in self.readers:
            if reader.crash:
                continue
            progress = reader.read(lambda guard=reader.guard: work(guard), self.end)  # type: ignore[misc]
            if last and not reader.crash and progress.block is None and progress.cleared < self.end:
                reader.crash = "kept back the end"
            if reader.crash:
                self._fail(reader)
            elif reader.enforced:
                self._edits.extend(progress.edits)
                if progress.block is not None and self.block is None:
                    self.block = (reader, progress.block)
                least = min(least, progress.cleared)
            elif progress.block is not None:
                reader.findings.append(Finding(rule="would_block", why=progress.block.why))
        if self.block is None:
            self.cleared = max(self.cleared, least)

    def _fail(self, reader: Reader) -> None:
        if reader.enforced and reader.post.fails == "closed" and self.block is None:
            self.block = (reader, Block(why=f"the guard {reader.post.guard.name} did not work", kind="failure"))

    def take(self, upto: int) -> str:
        """What leaves of the text before ``upto``: cleared, not taken yet, with the edits that begin there."""
        if upto <= self._from:
            return ""
        text = "".join(self._held)
        piece, rest = text[: upto - self._from], text[upto - self._from :]
        self._held = [rest] if rest else []
        start, self._from = self._from, upto
        if not self._edits:
            return piece
        return self._edited(piece, start, upto)

    def _edited(self, piece: str, start: int, upto: int) -> str:
        merged = _apart(self._edits)
        out, at = [], start
        kept: list[Edit] = []
        for edit in merged:
            if edit.start >= upto and not (edit.start == upto == self.end):
                kept.append(edit)
                continue
            self.changed = True
            out.append(piece[max(at, start) - start : max(edit.start, at) - start])
            out.append(edit.text)
            at = min(max(at, edit.end), upto)
            if edit.end > upto:
                kept.append(Edit(start=upto, end=edit.end, text=""))
        out.append(piece[at - start :])
        self._edits = kept
        return "".join(out)

    def records(self) -> list[Record]:
        """What each reader did."""
        return [_record(one, self.block) for one in self.readers]


def _apart(edits: list[Edit]) -> list[Edit]:
    """In order of place; of those that overlap, the first in the list stands for all."""
    order = sorted(range(len(edits)), key=lambda i: (edits[i].start, i))
    out: list[tuple[int, Edit]] = []
    for i in order:
        edit = edits[i]
        if out and edit.start < out[-1][1].end:
            j, last = out[-1]
            first = edits[i] if i < j else last
            out[-1] = (min(i, j), Edit(start=last.start, end=max(last.end, edit.end), text=first.text))
        else:
            out.append((i, edit))
    return [edit for _, edit in out]


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

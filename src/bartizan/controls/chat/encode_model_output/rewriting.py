"""What all encoders share: a text is read once from its beginning, and what cannot be decided yet is kept."""

from __future__ import annotations

import abc

from bartizan.controls.chat.guard import Progress, StreamGuard
from bartizan.controls.chat.verdict import Edit


class Rewriter(StreamGuard):
    """An encoder of one text. Edits are as small as can be, so that they seldom meet another guard's."""

    def __init__(self) -> None:
        self.rest = ""
        self.at = 0
        self.edits: list[Edit] = []
        self._cleared = 0

    @abc.abstractmethod
    def read(self, text: str, *, last: bool) -> int:
        """Read from the beginning of ``text``; returns how far. Edits go to `put`. At the last, all is read."""

    def closes(self) -> bool:
        """Whether something will be put behind the whole: then its last character must not have left before."""
        return False

    def put(self, start: int, end: int, text: str) -> None:
        """Replace a piece of what is being read; positions in the text of `read`."""
        self.edits.append(Edit(start=self.at + start, end=self.at + end, text=text))

    def feed(self, text: str) -> Progress:
        """See `StreamGuard.feed`."""
        return self._step(self.rest + text if self.rest else text, last=False)

    def flush(self) -> Progress:
        """See `StreamGuard.flush`."""
        return self._step(self.rest, last=True)

    def _step(self, text: str, *, last: bool) -> Progress:
        done = self.read(text, last=last)
        self.rest = text[done:]
        self.at += done
        if last or not self.closes():
            self._cleared = self.at
            if not self.edits:
                return Progress(cleared=self.at)
            edits, self.edits = self.edits, []
            return Progress(cleared=self.at, edits=tuple(edits))
        cleared = max(self._cleared, self.at - 1)
        for one in self.edits:
            if one.start < cleared < one.end:
                cleared = one.start
        now = tuple(one for one in self.edits if one.end <= cleared)
        self.edits = self.edits[len(now) :]
        self._cleared = cleared
        return Progress(cleared=cleared, edits=now)


def rewritten(rewriter: Rewriter, text: str) -> str:
    """A whole text, encoded."""
    fed, end = rewriter.feed(text), rewriter.flush()
    out, at = [], 0
    for one in (*fed.edits, *end.edits):
        out += [text[at : one.start], one.text]
        at = one.end
    return "".join([*out, text[at:]])

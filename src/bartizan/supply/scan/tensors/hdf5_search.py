"""Descriptions of models in any file, found as bytes: so that none hides where nothing leads to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.tensors import keras
from bartizan.supply.scan.tensors.json_values import beginning

LONGEST: Final = 16 << 20
_CONFIG: Final = re.compile(
    rb'\{\s{0,64}"(?:class_name|module|config|registered_name|name|keras_version|backend)"\s{0,9}:'
)
_CLASS: Final = b'"class_name"'
_HINTS: Final = (_CLASS, b"\\u00")
_ESCAPED: Final = re.compile(rb"\\u00[2-7][0-9a-fA-F]")
_BUDGET: Final = 96 << 20


class Search:
    """A search through a whole file."""

    def __init__(self, blob: Blob, look: Look, seen: set[int], say: Callable[[str, int], None]) -> None:
        self._blob, self._look, self._say = blob, look, say
        self._seen = seen
        """Descriptions that were judged, by what they are."""

    def run(self) -> None:
        """Judge descriptions of models wherever they lie, also where nothing leads to."""
        spent, end = 0, 0
        for at in self._hints():
            if at < end:
                continue
            for start, text in self._before(at):
                spent += len(text) + 1_000
                self._look.spend(1 + len(text) // 64)
                if spent > _BUDGET:
                    raise TooMuch("too many descriptions of models", at)
                end = max(end, start + self._whole(text, start))
                if at < end:
                    break
            else:
                self._say(f"what may be of a model: {self._blob.read(at, 60)!r}", at)

    def _hints(self) -> Iterator[int]:
        """Where there may be descriptions: the word for classes, and letters that nothing writes so."""
        places = {hint: self._blob.find(hint) for hint in _HINTS}
        while (at := min((place for place in places.values() if place >= 0), default=-1)) >= 0:
            self._look.spend(1)
            hint = self._blob.read(at, len(_CLASS))
            if hint == _CLASS or _ESCAPED.match(hint):
                yield at
            for one, place in places.items():
                if place == at:
                    places[one] = self._blob.find(one, at + 1)

    def _before(self, at: int) -> Iterator[tuple[int, bytes]]:
        """The descriptions that a hint may stand in, and where they begin: the outermost, then the innermost."""
        low = max(0, at - 4096)
        held = self._blob.read(low, at - low + len(_CLASS) + 1)
        outer = next(_CONFIG.finditer(held), None)
        inner = held.rfind(b"{", 0, at - low)
        for start in dict.fromkeys((outer.start() if outer else -1, inner)):
            if start >= 0:
                yield low + start, self._text(low + start)

    def _text(self, start: int) -> bytes:
        size = 1 << 16
        text = self._blob.read(start, size)
        while b"\0" not in text and len(text) == size and size < LONGEST:
            size *= 4
            text = self._blob.read(start, size)
        return text.split(b"\0", 1)[0]

    def _whole(self, text: bytes, start: int) -> int:
        """Judge the description that a text begins with. Returns how long it is; 0: it is none."""
        shown = text.decode("latin-1")
        try:
            found, end = beginning(shown, self._look)
        except TooMuch:
            raise
        except Unreadable:
            return 0
        number = hash(text[:end])
        if number not in self._seen:
            self._seen.add(number)
            keras.judge(found.value, self._look, start)
        return end

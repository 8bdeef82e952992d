"""HDF5, which older versions of Keras keep models in: groups, links to other files, and attributes with JSON.

What is not followed is searched as bytes, so that no description of a model hides in it; see `hdf5_search`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors import hdf5_rules as rules
from bartizan.supply.scan.tensors import keras
from bartizan.supply.scan.tensors.hdf5_data import Data
from bartizan.supply.scan.tensors.hdf5_headers import Chunk, messages
from bartizan.supply.scan.tensors.hdf5_parts import (
    Attribute,
    Places,
    attribute,
    begins,
    is_attribute,
    is_link,
    names,
    signature_at,
    small,
    texts,
    values_in,
)
from bartizan.supply.scan.tensors.hdf5_search import LONGEST, Search
from bartizan.supply.scan.tensors.ranges import is_zero

RULES: Final = rules.RULES

_MOST_OBJECTS: Final = 300_000
_MOST_MESSAGES: Final = 3_000_000
_LINKS: Final = 6
_EXTERNAL_FILES: Final = 7
_LAYOUT: Final = 8
_FILTER: Final = 11
_ATTRIBUTE: Final = 12
_TABLE: Final = 17
_LINK_INFO: Final = 2
_ATTRIBUTE_INFO: Final = 21
_KNOWN: Final = frozenset(range(0x19))


def _fits(head: bytes, blob: Blob) -> bool:
    return signature_at(blob) >= 0


def _look(blob: Blob, look: Look) -> None:
    _File(blob, look).run()


class _File:
    def __init__(self, blob: Blob, look: Look) -> None:
        self._blob, self._look = blob, look
        self._places = Places(blob, look.spend)
        self._data = Data(self._places, self._say)
        self._seen: set[int] = set()
        """Objects that were looked at or wait for it."""
        self._waiting: list[int] = []
        self._messages = 0
        self._configs: set[int] = set()
        """Descriptions that were judged, by what they are."""
        self._said: set[tuple[str, str]] = set()
        self._is_followed = True

    def run(self) -> None:
        """Look at all of it."""
        self._around()
        top = self._places.top
        self._later(top.root)
        problem: Unreadable | None = None
        try:
            while self._waiting:
                self._object(self._waiting.pop())
            if not self._is_followed:
                self._scattered()
        except TooMuch:
            raise
        except Unreadable as error:
            problem = error
        Search(self._blob, self._look, self._configs, lambda what, at: self._say(rules.UNKNOWN, what, at)).run()
        if problem is not None:
            raise problem

    def _say(self, rule: Rule, what: str, at: int | None = None) -> None:
        if len(self._said) < 500 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, at)

    def _around(self) -> None:
        top, size = self._places.top, self._blob.size
        if top.at:
            before = self._blob.part(0, top.at)
            if self._blob.read(0, 19) != b"MATLAB 7.3 MAT-file" and not is_zero(self._blob, 0, top.at):
                self._say(rules.AROUND, f"{top.at:,} bytes before it", 0)
                self._look.into("before the file", before)
        end = top.end + (top.base if top.version <= 1 or top.end + top.base <= size else 0)
        if top.end > size:
            raise Unreadable(f"it ends at {size:,} of {top.end:,} bytes", size)
        end = max(top.end, min(end, size)) if top.base else top.end
        if end < size and not is_zero(self._blob, end, size):
            self._say(rules.AROUND, f"{size - end:,} bytes behind it", end)
            self._look.into("behind the file", self._blob.part(end))

    # Objects

    def _later(self, address: int) -> None:
        """Look at an object soon, once. Raises TooMuch."""
        if address in self._seen or address == self._places.undefined:
            return
        self._seen.add(address)
        if len(self._seen) > _MOST_OBJECTS:
            raise TooMuch(f"more than {_MOST_OBJECTS:,} objects", address)
        self._waiting.append(address)

    def _object(self, address: int) -> None:
        for message in messages(self._places, address):
            self._messages += 1
            if self._messages & 0x3FF == 0:
                self._look.spend(0x400)
            if self._messages > _MOST_MESSAGES:
                raise TooMuch(f"more than {_MOST_MESSAGES:,} messages", address)
            self._message(message, address)

    def _message(self, one: Chunk, address: int) -> None:
        at = self._places.top.base + address
        if one.kind not in _KNOWN:
            self._say(rules.UNKNOWN, f"a message of the kind {one.kind}", at)
        elif one.flags & 2 and one.kind in (_ATTRIBUTE, _LAYOUT, _EXTERNAL_FILES, _LINKS, _FILTER):
            self._say(rules.UNKNOWN, f"a message of the kind {one.kind} that lies elsewhere", at)
            self._is_followed = False
        elif one.kind == _ATTRIBUTE:
            self._attribute(attribute(one.data), at)
        elif one.kind == _LINKS:
            self._link(one.data, at)
        elif one.kind == _TABLE:
            self._table(one.data)
        elif one.kind == _EXTERNAL_FILES:
            self._data.external_files(one.data, at)
        elif one.kind == _LAYOUT:
            self._data.layout(one.data, at)
        elif one.kind == _FILTER:
            self._data.filters(one.data, at)
        elif one.kind in (_LINK_INFO, _ATTRIBUTE_INFO):
            self._dense(one)

    # Attributes

    def _attribute(self, one: Attribute, at: int) -> None:
        if one.is_shared:
            if one.name in ("model_config", "training_config"):
                self._say(rules.UNKNOWN, f"the kind of the attribute {one.name} lies elsewhere", at)
            return
        for text in texts(self._places, one):
            if text.lstrip()[:1] in (b"{", b"[") and (
                b"class_name" in text or b"\\u" in text or one.name in ("model_config", "training_config")
            ):
                self._config(text, at)

    def _config(self, text: bytes, at: int) -> None:
        number = hash(text)
        if number in self._configs:
            return
        self._configs.add(number)
        if len(text) > LONGEST:
            raise TooMuch(f"a description of {len(text):,} bytes", at)
        keras.judge_text(text.decode("utf-8", "surrogateescape"), self._look, at)

    # Links

    def _link(self, held: bytes, at: int) -> int:
        """One link. Returns where it ends."""
        version, flags = small(held, 0, 1), small(held, 1, 1)
        if version != 1:
            raise Unreadable(f"a link of version {version}", at)
        here = 2
        kind = 0
        if flags & 8:
            kind, here = small(held, here, 1), here + 1
        here += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
        width = 1 << (flags & 3)
        size, here = small(held, here, width), here + width
        name = held[here : here + size].decode("utf-8", "backslashreplace")
        here += size
        if here > len(held):
            raise Unreadable("a link ends too early", at)
        if kind == 0:
            self._later(self._places.address(held, here))
            return here + self._places.top.offsets
        size, here = small(held, here, 2), here + 2
        target = held[here : here + size]
        if kind == 1:
            self._soft(name, target, at)
        elif kind == 64:
            self._data.elsewhere(f"link {name!r}", target[1:].split(b"\0")[0], at)
        else:
            self._say(rules.LINK, f"{name!r} is of the kind {kind}", at)
        return here + size

    def _soft(self, name: str, target: bytes, at: int) -> None:
        if b".." in target.split(b"\0")[0].split(b"/"):
            self._say(rules.LINK, f"{name!r} leads to {target!r}", at)

    def _table(self, held: bytes) -> None:
        """A group of the older kind: a tree of nodes with names in a heap."""
        places = self._places
        tree, heap = places.address(held, 0), places.address(held, places.top.offsets)
        held_names = names(places, heap)
        waiting, seen = [tree], set()
        while waiting:
            address = waiting.pop()
            if address in seen or address == places.undefined:
                continue
            seen.add(address)
            if len(seen) + len(waiting) > _MOST_OBJECTS:
                raise TooMuch("a group of too many parts", address)
            self._look.spend(1)
            head = places.read(address, 8)
            if head[:4] == b"SNOD":
                self._entries(address, small(head, 6, 2), held_names)
            elif head[:4] == b"TREE":
                waiting += self._children(address, small(head, 6, 2))
            else:
                raise Unreadable("a part of a group that is none", address)

    def _children(self, address: int, count: int) -> list[int]:
        offsets, lengths = self._places.top.offsets, self._places.top.lengths
        start = 8 + 2 * offsets
        held = self._places.read(address, start + lengths + count * (offsets + lengths))
        return [self._places.address(held, start + lengths + k * (offsets + lengths)) for k in range(count)]

    def _entries(self, address: int, count: int, held_names: bytes) -> None:
        offsets = self._places.top.offsets
        size = 2 * offsets + 24
        held = self._places.read(address + 8, count * size)
        for at in range(0, count * size, size):
            kind = small(held, at + 2 * offsets, 4)
            if kind == 2:
                start = small(held, at + 2 * offsets + 8, 4)
                name = held_names[self._places.address(held, at) :].split(b"\0", 1)[0].decode("utf-8", "replace")
                self._soft(name, held_names[start : start + 4096], self._places.top.base + address)
            else:
                self._later(self._places.address(held, at + offsets))

    # What lies in fractal heaps

    def _dense(self, one: Chunk) -> None:
        """Whether there is a heap with more links or attributes."""
        flags = small(one.data, 1, 1)
        here = 2
        if one.kind == _LINK_INFO:
            here += 8 if flags & 1 else 0
        else:
            here += 2 if flags & 1 else 0
        heap = self._places.address(one.data, here)
        if heap == self._places.undefined:
            return
        self._is_followed = False
        head = self._places.read(heap, 9)
        if head[:4] != b"FRHP":
            raise Unreadable("a heap that is none", heap)
        if small(head, 7, 2):
            self._say(rules.UNKNOWN, "links or attributes that are packed", self._places.top.base + heap)

    def _scattered(self) -> None:
        """Read the blocks of fractal heaps, wherever they are, and objects that only they lead to."""
        at = 0
        while (at := self._blob.find(b"FHDB", at)) >= 0:
            self._look.spend(1_000)
            self._block(at)
            at += 4
        at = 0
        while (at := self._blob.find(b"OHDR", at)) >= 0:
            self._look.spend(100)
            self._later(at - self._places.top.base)
            while self._waiting:
                address = self._waiting.pop()
                try:
                    self._object(address)
                except TooMuch:
                    raise
                except Unreadable as error:
                    self._say(rules.UNKNOWN, f"an object that cannot be read: {error}", at)
            at += 4

    def _block(self, at: int) -> None:
        """The links and attributes of a block one after another, as far as they can be told."""
        top = self._places.top
        start = at + 5 + top.offsets
        held = self._blob.read(start, 1 << 17)
        here = next((width for width in range(1, 12) if begins(held, width)), -1)
        if here < 0:
            return
        while here < len(held) - 8:
            self._look.spend(100 + (len(held) - here >> 9))
            size = self._entry(held[here:], start + here)
            if size <= 0:
                rest = re.search(rb"\x01[\x00-\x1f]|\x03[\x00-\x03]", held[here + 1 : here + 1 + (1 << 12)])
                if rest is None or not held[here : here + 64].strip(b"\0"):
                    return
                here += 1 + rest.start()
                continue
            here += size

    def _entry(self, held: bytes, at: int) -> int:
        """How long the link or attribute is that stands there; 0: neither does."""
        before = len(self._waiting)
        try:
            if is_attribute(held, 0):
                names, types, spaces = (int.from_bytes(held[k : k + 2], "little") for k in (2, 4, 6))
                size = 9 + names + types + spaces
                one = attribute(held[:65536])
                data = one.size * values_in(held[9 + names + types : size])
                self._attribute(msgspec.structs.replace(one, data=held[size : size + data]), at)
                return size + data
            if is_link(held, 0):
                size = self._link(held, at)
                self._forget(before, lambda one: not self._is_object(one))
                return size
        except TooMuch:
            raise
        except Unreadable:
            self._forget(before, lambda _: True)
        return 0

    def _forget(self, start: int, is_wrong: Callable[[int], bool]) -> None:
        """Take back objects that were guessed."""
        for one in [one for one in self._waiting[start:] if is_wrong(one)]:
            self._waiting.remove(one)
            self._seen.discard(one)

    def _is_object(self, address: int) -> bool:
        head = self._blob.read(self._places.top.base + address, 12)
        is_old = head[:2] == b"\x01\0" and 0 < int.from_bytes(head[4:8], "little") < 1 << 16
        return head[:4] == b"OHDR" or (is_old and 0 < int.from_bytes(head[8:12], "little") < 1 << 20)


HDF5: Final = Format(name="HDF5", fits=_fits, look=_look)

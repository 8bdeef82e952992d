"""JSON read strictly and in bounded memory: its objects come one by one, with what somebody asked for.

Numbers and texts that nobody asks for are passed over, so that a vocabulary or a forest of trees costs no memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from bartizan.supply.scan.blob import BLOCK, Blob
from bartizan.supply.scan.limits import TooMuch, Unreadable

_DEEPEST: Final = 200
_MOST_KEYS: Final = 2_000_000
_MOST_KEPT: Final = 300_000
_LONGEST: Final = 16 << 20
_NUMBER: Final = rb"-?(?:0|[1-9]\d*+)(?:\.\d++)?+(?:[eE][-+]?\d++)?+"
_TOKEN: Final = re.compile(
    rb'[ \t\r\n]*+(?:([{}\[\]:,])|("(?:[^"\\\x00-\x1f]++|\\.)*+")|('
    + _NUMBER
    + rb"(?![\w.+-]))|(true|false|null|NaN|-?Infinity)\b)",
    re.DOTALL,
)
_RUN: Final = re.compile(rb"(?:[ \t\r\n]*+" + _NUMBER + rb"[ \t\r\n]*+,)++")
"""Numbers of a list, which are most of a large file."""
_FIRST_KEY: Final = re.compile(rb'\{[ \t\r\n]*+"(?:[^"\\\x00-\x1f]++|\\.){0,300}+"[ \t\r\n]*+:', re.DOTALL)
_ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_BAD_ESCAPE: Final = re.compile(rb'\\(?!u[0-9a-fA-F]{4}|["\\/bfnrt])')
_MEANING: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {b"true": True, b"false": False, b"null": None}


class Node(msgspec.Struct):
    """An object or list that is being read, or has been."""

    at: int
    is_list: bool
    key: str = ""
    """Under which key it lies; of what lies in lists, that of the list."""
    parent: Node | None = None
    fields: dict[str, Any] = {}
    """Of an object, the fields that were asked for: a text, number, truth, list or dict."""
    items: list[Any] | None = None
    seen: set[int] = set()
    double: tuple[str, ...] = ()
    """Keys that came twice."""
    is_kept: bool = False
    depth: int = 1

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead here, from the outermost on."""
        keys: list[str] = []
        node: Node | None = self
        while node is not None:
            if node.key and not node.is_list:
                keys.append(node.key)
            node = node.parent
        return tuple(reversed(keys))


class Reader:
    """Reads documents one after another, as JSON and as lines of JSON.

    ``wanted``: the keys whose values are kept, whatever they are; ``single``: those kept where they are a text, number
    or truth. ``ended``: called with each object when its end is read, inner before
    outer. ``spend``: called with how many values were read.
    """

    def __init__(
        self,
        blob: Blob,
        wanted: frozenset[str],
        single: frozenset[str],
        ended: Callable[[Node], None],
        spend: Callable[[int], None],
    ) -> None:
        self._blob, self._wanted, self._single = blob, wanted, single
        self._ended, self._spend = ended, spend
        self._buffer, self._from, self._at = b"", 0, 0
        self._checker = codecs.getincrementaldecoder("utf-8")()
        self._kept = 0
        self._in_numbers = self._has_run = False
        self.documents = 0

    def run(self) -> None:
        """Read all of it. Raises Unreadable, and TooMuch."""
        node: Node | None = None
        expects, key = "value", ""
        for count, (kind, text, at) in enumerate(self._tokens(), 1):
            if self._has_run:
                self._has_run, expects = False, "value"
            if count & 0xFFF == 0:
                self._spend(0x1000)
            self._separate(node, text, at)
            if (after := self._between(node, expects, kind, at)) is not None:
                if kind == "string" and node is not None:
                    key = self._key(node, text, at)
                expects = after
                continue
            if kind in ("{", "["):
                node = self._opened(node, key, kind == "[", at)
                expects, key = ("first" if kind == "[" else "first key"), ""
                continue
            if kind in ("}", "]"):
                node = self._closed(node, kind, expects, at)
            elif kind in (":", ","):
                raise Unreadable("a value is missing", at)
            elif node is not None:
                self._scalar(node, key, kind, text, at)
            expects, key = ("comma" if node is not None else "value"), ""
            if node is None:
                self.documents += 1
                self._kept = 0
        if node is not None or expects != "value" or not self.documents:
            raise Unreadable("it ends too early", self._blob.size)

    def _separate(self, node: Node | None, token: bytes, start: int) -> None:
        """Let a document begin on a line of its own only: no reader takes two on one line."""
        if node is None and self.documents and b"\n" not in self._buffer[start - self._from : self._at - len(token)]:
            raise Unreadable("more behind the end of the document", start)

    def _between(self, node: Node | None, expects: str, kind: str, at: int) -> str | None:
        """What is expected behind a key, colon or comma; None: this is a value, or the end of one."""
        if expects in ("key", "first key"):
            if kind == "string":
                return "colon"
            if kind != "}" or expects == "key":
                raise Unreadable("a key is missing", at)
        elif expects == "colon":
            if kind != ":":
                raise Unreadable("a colon is missing", at)
            return "value"
        elif expects == "comma":
            if kind == "," and node is not None:
                self._in_numbers = node.is_list and not node.is_kept
                return "value" if node.is_list else "key"
            if kind not in ("}", "]"):
                raise Unreadable("a comma is missing", at)
        return None

    # Objects

    def _opened(self, parent: Node | None, key: str, is_list: bool, at: int) -> Node:
        depth = (parent.depth if parent else 0) + 1
        if depth > _DEEPEST:
            raise TooMuch(f"nested more than {_DEEPEST} deep", at)
        kept = bool(parent and (parent.is_kept or (not parent.is_list and key in self._wanted)))
        name = parent.key if parent and parent.is_list else key
        node = Node(at=at, is_list=is_list, key=name, parent=parent, is_kept=kept, depth=depth)
        self._in_numbers = is_list and not kept
        if kept:
            self._keep(1, at)
            node.items = []
        return node

    def _closed(self, node: Node | None, kind: str, expects: str, at: int) -> Node | None:
        if node is None or node.is_list != (kind == "]") or expects == "value":
            raise Unreadable(f"a {kind} at the wrong place", at)
        if not node.is_list:
            self._ended(node)
        parent = node.parent
        if node.is_kept and parent is not None:
            self._put(parent, node.key, (node.items or []) if node.is_list else node.fields)
        return parent

    def _put(self, node: Node, key: str, value: Any) -> None:
        if node.is_list:
            if node.items is not None:
                node.items.append(value)
        else:
            node.fields[key] = value

    def _scalar(self, node: Node, key: str, kind: str, text: bytes, at: int) -> None:
        if kind == "string" and _BAD_ESCAPE.search(text.replace(b"\\\\", b"")):
            raise Unreadable("an escape that there is not", at)
        if node.is_kept:
            self._keep(1 + len(text) // 200, at)
        if node.is_kept or (not node.is_list and (key in self._wanted or key in self._single)):
            value = meaning(text) if kind == "string" else _WORDS.get(text, text.decode("ascii"))
            self._put(node, key, value)

    def _keep(self, count: int, at: int) -> None:
        self._kept += count
        if self._kept > _MOST_KEPT:
            raise TooMuch(f"more than {_MOST_KEPT:,} settings", at)

    def _key(self, node: Node, text: bytes, at: int) -> str:
        key = meaning(text)
        number = hash(key)
        if number in node.seen:
            if len(node.double) < 5:
                node.double = (*node.double, key)
        elif len(node.seen) >= _MOST_KEYS:
            raise TooMuch(f"an object of more than {_MOST_KEYS:,} keys", at)
        node.seen.add(number)
        return key

    # Tokens

    def _tokens(self) -> Iterator[tuple[str, bytes, int]]:
        self._more()
        if self._buffer.startswith(codecs.BOM_UTF8):
            self._at = 3
        while True:
            if self._in_numbers and (run := _RUN.match(self._buffer, self._at)):
                self._at = run.end()
                self._has_run = True
            found = _TOKEN.match(self._buffer, self._at)
            if found is None or (found.end() > len(self._buffer) - 64 and not self._is_all):
                if not self._is_all:
                    self._more()
                    continue
                if found is None:
                    rest = self._buffer[self._at :].lstrip(b" \t\r\n")
                    if rest:
                        raise Unreadable(f"no JSON: {rest[:16]!r}", self._from + len(self._buffer) - len(rest))
                    return
            start = self._from + self._at
            self._at = found.end()
            self._in_numbers = False
            sign, string, number, word = found.groups()
            if string is not None:
                yield "string", string, start
            elif sign is not None:
                yield sign.decode("ascii"), sign, start
            else:
                yield "other", number or word, start

    @property
    def _is_all(self) -> bool:
        return self._from + len(self._buffer) >= self._blob.size

    def _more(self) -> None:
        rest = self._buffer[self._at :]
        if len(rest) > _LONGEST:
            raise TooMuch(f"a text of more than {_LONGEST:,} bytes", self._from + self._at)
        place = self._from + len(self._buffer)
        block = self._blob.read(place, max(BLOCK, len(rest)))
        try:
            self._checker.decode(block, place + len(block) >= self._blob.size)
        except UnicodeDecodeError as error:
            raise Unreadable("it is no UTF-8", place + error.start) from None
        self._from += self._at
        self._buffer, self._at = rest + block, 0
        if not block and not self._is_all:
            raise Unreadable("it ends too early", place)


def meaning(text: bytes) -> str:
    """What a text in quotation marks means."""
    inner = text[1:-1].decode("utf-8", "surrogatepass")
    if "\\" not in inner:
        return inner
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _MEANING.get(found[2], found[2]), inner)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def looks_like_json(head: bytes, *, is_all: bool) -> bool:
    """Whether the first bytes are the beginning of JSON, as far as they go; an object, as far as its first key goes."""
    found = re.match(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+[{\[]", head)
    if found is None:
        return False
    if _FIRST_KEY.match(head, found.end() - 1):
        return True
    at, before, depth = found.end(), head[found.end() - 1 : found.end()], 1
    while at < len(head):
        token = _TOKEN.match(head, at)
        if token is None:
            rest = head[at:].lstrip(b" \t\r\n")
            return not rest or (not is_all and (rest[:1] == b'"' or len(rest) < 64))
        kind = token[1] or b"v"
        if not _may_follow(before, kind):
            return False
        depth += (kind in b"{[") - (kind in b"}]")
        at, before = token.end(), kind
        if depth <= 0:
            return head[at:].lstrip(b" \t\r\n\0")[:1] in (b"", b"{", b"[")
    return not is_all or depth <= 0 or before in (b",", b":", b"v", b"{", b"[", b"}", b"]")


def _may_follow(before: bytes, kind: bytes) -> bool:
    if before in (b"{", b"["):
        return kind not in (b":", b",")
    if before in (b",", b":"):
        return kind in (b"v", b"{", b"[")
    return kind in (b",", b":", b"}", b"]")

"""HTML that an answer may have: an allow-list of elements and attributes, written anew; all else is text or gone.

A tag is kept where it is written as a careful author writes it; nothing of what a browser would repair is repaired.
Elements are closed in order and at the end, so that no answer reaches beyond its place. No element is kept whose
content browsers parse in another way (script, style, svg, math, template, textarea, title, noscript and so on), so
that what was written here is what is parsed there.
"""

from __future__ import annotations

import html
import re

from bartizan.controls.chat.encode_model_output.characters import settled, unseen
from bartizan.controls.chat.encode_model_output.hosts import is_allowed
from bartizan.controls.chat.encode_model_output.policy import Addresses
from bartizan.controls.chat.encode_model_output.rewriting import Rewriter

_VOID = frozenset(["br", "hr", "img", "wbr"])
_ELEMENTS = _VOID | frozenset(
    [
        "p",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "del",
        "ins",
        "sub",
        "sup",
        "code",
        "pre",
        "kbd",
        "samp",
        "var",
        "blockquote",
        "q",
        "cite",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "a",
        "span",
        "div",
        "abbr",
        "mark",
        "small",
        "figure",
        "figcaption",
        "details",
        "summary",
    ]
)
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
    "ol": frozenset({"start"}),
}
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "start"})
_SILENT = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "textarea",
        "title",
        "svg",
        "math",
        "iframe",
        "object",
        "select",
        "xmp",
        "noembed",
    ]
)
"""Elements that go with all they hold."""
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})((?:\s+[A-Za-z][A-Za-z-]{0,30}(?:\s{0,4}=\s{0,4}(?:\"[^\"<>]*\"|'[^'<>]*'|"
    r"[^\s\"'=<>`]+))?)*)\s*/?>"
)
_ATTRIBUTE = re.compile(r"\s([A-Za-z-]+)\s{0,4}=\s{0,4}(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'=<>`]+))")
LONGEST = 4096
"""Characters of a tag at most."""
_DEPTH = 64


class HtmlFragment(Rewriter):
    """See the module."""

    def __init__(self, addresses: Addresses, *, inside: bool = False) -> None:
        super().__init__()
        self._addresses = addresses
        self._inside = inside
        self._open: list[str] = []
        self._silent = ""

    def read(self, text: str, *, last: bool) -> int:
        """See `Rewriter.read`."""
        at, end = 0, settled(text, last=last)
        while at < end:
            sign = text.find("<", at, end)
            stop = end if sign < 0 else sign
            if self._silent:
                self.put(at, stop, "")
            else:
                unseen(self, text, at, stop, "\ufffd")
            at = stop
            if sign < 0:
                break
            until = self._tag(text, at, last=last)
            if until < 0:
                break
            at = until
        if last and self._open:
            self.put(len(text), len(text), "".join(f"</{one}>" for one in reversed(self._open)))
        return at

    def closes(self) -> bool:
        """See `Rewriter.closes`."""
        return bool(self._open)

    def _tag(self, text: str, at: int, *, last: bool) -> int:
        """Deal with what begins with ``<``; where it ends, or -1 where more must be known."""
        close = text.find(">", at)
        if close < 0 and not last and len(text) - at < LONGEST:
            return -1
        found = _TAG.match(text, at) if close >= 0 and close - at <= LONGEST else None
        if found is None:
            self.put(at, at + 1, "" if self._silent else "&lt;")
            return at + 1
        name, closes = found[2].lower(), bool(found[1])
        self.put(at, found.end(), self._written(name, closes, found[3]))
        return found.end()

    def _written(self, name: str, closes: bool, attributes: str) -> str:
        if self._silent:
            self._silent = "" if closes and name == self._silent else self._silent
            return ""
        if name in _SILENT:
            self._silent = "" if closes else name
            return ""
        if name not in _ELEMENTS or self._inside:
            return ""
        if closes:
            return self._closed(name)
        if name in _VOID:
            given = self._given(name, attributes)
            return "" if name == "img" and " src=" not in given else f"<{name}{given}>"
        if len(self._open) >= _DEPTH:
            return ""
        self._open.append(name)
        return f"<{name}{self._given(name, attributes)}>"

    def _closed(self, name: str) -> str:
        if name not in self._open:
            return ""
        out = ""
        while self._open:
            last = self._open.pop()
            out += f"</{last}>"
            if last == name:
                break
        return out

    def _given(self, name: str, attributes: str) -> str:
        """The attributes that are kept, written anew."""
        wanted, out = _ATTRIBUTES.get(name, frozenset()), []
        seen = set()
        for match in _ATTRIBUTE.finditer(attributes):
            key = match[1].lower()
            value = html.unescape(next((one for one in match.groups()[1:] if one is not None), ""))
            if key not in wanted or key in seen:
                continue
            seen.add(key)
            if (key in _NUMBERS and not re.fullmatch(r"[0-9]{1,4}", value)) or not self._may(key, value):
                continue
            out.append(f' {key}="{html.escape(value)}"')
        return "".join(out) + (' rel="noopener noreferrer nofollow"' if name == "a" else "")

    def _may(self, key: str, value: str) -> bool:
        known = self._addresses
        hosts = known.images if key == "src" else known.links
        return key not in {"href", "src"} or is_allowed(value, hosts, known.schemes, relative=known.relative)

r"""Markdown that shows text and goes nowhere but where the policy lets it: CommonMark 0.31 and GitHub's autolinks.

Nothing is parsed as a renderer would; what could act is made text unless it stands in one plain form that every
renderer reads alike. Images: ``![alt](address)`` in one piece, without brackets within. Links: ``[text](address)``, the
address without blanks. Definitions: ``[label]: address``. Bare addresses and ``<address>``. HTML is escaped, but within
fenced code that begins at the first column and in code spans on one line, where no renderer could take it for HTML;
where that is not sure, it is escaped there too. The address of another host is taken out.
"""

from __future__ import annotations

import re

from bartizan.controls.chat.encode_model_output.characters import settled, unseen
from bartizan.controls.chat.encode_model_output.hosts import LONGEST, is_allowed
from bartizan.controls.chat.encode_model_output.policy import Addresses
from bartizan.controls.chat.encode_model_output.rewriting import Rewriter

GONE = "(link removed)"
_SPECIAL = re.compile(r"[\\`<\]!&\n\r]|(?:https?|ftp)://|www\.", re.IGNORECASE)
_TAIL = re.compile(r"(?:h(?:t(?:t(?:p(?:s?(?::/?)?)?)?)?)?|ww?w?|f(?:t(?:p(?::/?)?)?)?)\Z", re.IGNORECASE)
_DULL = re.compile(r"[A-Za-z0-9 ,.;'\"()*_?-]*")
"""Text in which nothing can act but the beginning of an address, at its end."""
_SIGNS = re.compile(r"[\\`<\]!&\n\r]")
_FENCE = re.compile(r"(`{3,}(?=[^`|\n\r]*(?:[\n\r]|\Z))|~{3,}(?=[^|\n\r]*(?:[\n\r]|\Z)))[^\n\r]*")
_CLOSING = re.compile(r" {0,3}([`~]+)[ \t]*(?=[\n\r]|\Z)")
_MAYBE_CLOSING = re.compile(r" {0,3}[`~]*[ \t]*\Z")
_RUN = re.compile(r"`+")
_IMAGE = re.compile(r"!\[[^\[\]`\\<>\n\r!]{0,300}\]\(([^\s()<>\"'`]{1,2000})(?:[ ]+\"[^\"<>\n\r`\\]{0,300}\")?\)")
_IMAGE_BEGUN = re.compile(
    r"!(?:\[[^\[\]`\\<>\n\r!]{0,300}(?:\](?:\([^\s()<>\"'`]{0,2000}(?:[ ]+(?:\"[^\"<>\n\r`\\]{0,300}\"?)?)?)?)?)?\Z"
)
_AUTOLINK = re.compile(r"<([^\s<>`\[\]]{1,2000})>")
_AUTOLINK_BEGUN = re.compile(r"<[^\s<>`]{0,2000}\Z")
_TARGET = re.compile(r"[^\s()<>`\[\]]*(?:\([^\s()<>`\[\]]*\)[^\s()<>`\[\]]*)*")
_TITLE = r"(?:[ ]+\"[^\"<>\n\r`\\]{0,300}\")?"
_ENDS = {"(": re.compile(_TITLE + r"\)"), ":": re.compile(_TITLE + r"[ ]*(?=[\n\r])")}
_ENDING = re.compile(r"[ ]*(?:\"[^\"<>\n\r`\\]{0,300}(?:\"[ ]*)?)?\Z")
_PATH = re.compile(r"(?:[a-z]{3,5}://)?[a-z0-9.-]+(?::[0-9]+)?[/?#][^)\]|*_~]*", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#|([A-Za-z][A-Za-z0-9]{0,32});)")
_ENTITY_BEGUN = re.compile(r"&[A-Za-z0-9]{0,33}\Z")
_ENTITIES = frozenset(
    [
        "amp",
        "lt",
        "gt",
        "quot",
        "apos",
        "nbsp",
        "copy",
        "reg",
        "mdash",
        "ndash",
        "hellip",
        "times",
        "rarr",
        "larr",
        "deg",
        "euro",
        "middot",
        "bull",
    ]
)
"""Names of characters that stand for no part of an address or of markup that is read after them."""
_BARE = re.compile(r"[^\s<>`]*")
_TRAILING = ".,;:!?'\")]*_~|"
_CUT = re.compile(r"(?:https?:?/?|ftp:?/?|www)\Z", re.IGNORECASE)
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_NEWLINE = re.compile(r"[\n\r]")
_LINE = 400
"""Characters of a line that are waited for, to see where a code span ends or what a fence says."""
_ODD = "\ufffd"


class Markdown(Rewriter):
    """See the module."""

    def __init__(self, addresses: Addresses, *, inside: bool = False) -> None:
        super().__init__()
        self._addresses = addresses
        self._begins = not inside
        self._blank = True
        self._loose = inside
        """Whether a code span may have begun before this line, so that none on it is sure."""
        self._fence = ""
        self._dropping = False
        self._fixed = inside
        self._signs = _SPECIAL
        """What is looked for in the text that is being read."""

    def read(self, text: str, *, last: bool) -> int:
        """See `Rewriter.read`."""
        if not (self._begins or self._fence or self._dropping) and _DULL.fullmatch(text) and "ww" not in text.lower():
            self._blank = self._blank and text.isspace()
            return self._tail(text, 0, len(text), last=last)
        end, at = settled(text, last=last), 0
        self._signs = _SPECIAL if _has_address(text) else _SIGNS
        while at < end:
            step = self._piece(text, at, end, last=last)
            if step < 0:
                return at
            at = step
        return at

    def _piece(self, text: str, at: int, end: int, *, last: bool) -> int:
        """Deal with the next piece: where it ends, or -1 where more must be known."""
        if self._dropping:
            stop = min(_BARE.match(text, at, end).end(), end)  # type: ignore[union-attr]
            if stop > at:
                self.put(at, stop, "")
            self._dropping = stop == end
            return max(stop, at) if stop > at else self._piece(text, at, end, last=last)
        if self._begins and not self._fixed:
            began = self._line(text, at, last=last)
            if began:
                return began
        if self._fence:
            return self._code(text, at, end)
        found = self._signs.search(text, at, end)
        stop = found.start() if found else self._tail(text, at, end, last=last)
        if stop > at:
            unseen(self, text, at, stop, _ODD)
            self._blank = self._blank and text[at:stop].isspace()
        if found is None:
            return stop if stop == end or stop > at else -1
        return self._special(text, stop, found[0], last=last) if stop == at else stop

    def _tail(self, text: str, at: int, end: int, *, last: bool) -> int:
        held = None if last else _TAIL.search(text, max(at, end - 8), end)
        return held.start() if held else end

    def _line(self, text: str, at: int, *, last: bool) -> int:
        """At the beginning of a line: 0 to go on with it, where a fence's line ends, or -1."""
        rest = text[at : at + _LINE]
        known = last or "\n" in rest or "\r" in rest or len(rest) == _LINE
        if self._fence:
            if not known and _MAYBE_CLOSING.match(rest):
                return -1
            self._begins = False
            closing = _CLOSING.match(text, at)
            if closing and closing[1].startswith(self._fence) and set(closing[1]) == set(self._fence):
                self._fence, self._loose, self._blank = "", False, False
                return closing.end()
            return 0
        if rest[0] in "`~":
            if not known and (rest.startswith(("```", "~~~")) or rest in {"`", "``", "~", "~~"}):
                return -1
            opening = _FENCE.match(text, at)
            if opening and opening.end() - at < _LINE:
                self._begins, self._fence = False, opening[1]
                unseen(self, text, at, opening.end(), _ODD)
                return opening.end()
        self._begins, self._blank = False, True
        return 0

    def _code(self, text: str, at: int, end: int) -> int:
        """Within a fence, up to the end of the line."""
        ending = _NEWLINE.search(text, at, end)
        stop = ending.start() if ending else end
        if stop == at:
            return self._newline(text, at)
        unseen(self, text, at, stop, _ODD)
        return stop

    def _newline(self, text: str, at: int) -> int:
        if text[at] == "\r":
            self.put(at, at + 1, "\n")
        self._loose = self._loose and (self._fixed or not self._blank)
        self._begins = self._blank = True
        return at + 1

    def _special(self, text: str, at: int, sign: str, *, last: bool) -> int:
        if sign in "\n\r":
            return self._newline(text, at)
        self._blank = False
        if sign == "`":
            return self._span(text, at, last=last)
        if len(sign) > 1:
            return self._bare(text, at, last=last)
        if at + 1 == len(text) and not last:
            return -1
        following = text[at + 1 : at + 2]
        if sign == "\\":
            if following in {"/", ":", "."} and _CUT.search(text, max(0, at - 6), at):
                self.put(at, at, "\\")  # some renderers make links of what is spelt with backslashes
            return at + (2 if following in _PUNCTUATION else 1)
        if sign == "&":
            return self._entity(text, at, last=last)
        if sign == "<":
            return self._angle(text, at, following, last=last)
        if sign == "!":
            return self._image(text, at, last=last) if following == "[" else at + 1
        return self._after_bracket(text, at, following, last=last)

    def _span(self, text: str, at: int, *, last: bool) -> int:
        """A code span on one line. Backticks that are alone leave what follows unsure until the next blank line."""
        opening = _RUN.match(text, at)
        assert opening is not None
        # No farther than a stream waits for it: a whole answer is read like one that is cut.
        upto = min(len(text), at + _LINE)
        line = _NEWLINE.search(text, at, upto)
        known = last or line is not None or len(text) - at >= _LINE
        stop = upto if line is None else line.start()
        closing = next(
            (one for one in _RUN.finditer(text, opening.end(), stop) if len(one[0]) == len(opening[0])), None
        )
        if closing is not None and (closing.end() == at + _LINE or (closing.end() == len(text) and not last)):
            closing, known = None, known and len(text) - at >= _LINE
        if closing is None and not known:
            return -1
        if closing is None or self._loose or "|" in text[at : closing.start()]:
            self._loose = True
            return opening.end()
        unseen(self, text, at, closing.end(), _ODD)
        return closing.end()

    def _entity(self, text: str, at: int, *, last: bool) -> int:
        """Characters by name or number: only those that mean nothing to who reads the text after them."""
        if not last and _ENTITY_BEGUN.match(text, at):
            return -1
        found = _ENTITY.match(text, at)
        if found and found[1] not in _ENTITIES:
            self.put(at, at + 1, "&amp;")
        return at + 1

    def _angle(self, text: str, at: int, following: str, *, last: bool) -> int:
        if not (following.isascii() and following.isalpha()) and following not in {"/", "!", "?"}:
            return at + 1
        if _AUTOLINK_BEGUN.match(text, at) and not last and following in "hHfFmM":
            return -1
        found = _AUTOLINK.match(text, at)
        if found and self._may_link(found[1]) and not found[1].startswith(("#", "/", "?")):
            return found.end()
        self.put(at, at + 1, "&lt;")
        return at + 1

    def _image(self, text: str, at: int, *, last: bool) -> int:
        known = self._addresses
        if known.images:
            found = _IMAGE.match(text, at)
            if found and is_allowed(found[1], known.images, known.schemes, relative=known.relative):
                return found.end()
            if found is None and not last and _IMAGE_BEGUN.match(text, at):
                return -1
        self.put(at + 1, at + 1, "\\")
        return at + 2

    def _after_bracket(self, text: str, at: int, following: str, *, last: bool) -> int:
        """``](`` begins an address, ``]:`` a definition."""
        if following not in {"(", ":"}:
            return at + 1
        begin = at + 2
        if following == ":":
            begin += len(text[begin : begin + 4]) - len(text[begin : begin + 4].lstrip(" "))
        found = _TARGET.match(text, begin)
        assert found is not None
        if not last and len(found[0]) <= LONGEST and _ENDING.match(text, found.end()):
            return -1
        ends = _ENDS[following].match(text, found.end()) or (
            last and following == ":" and _ENDING.match(text, found.end())
        )
        if found[0] and self._may_link(found[0]) and ends:
            return ends.end()
        if following == "(" and not found[0] and text[begin : begin + 1] == ")":
            return begin
        self.put(at + 1, at + 1, "\\")
        return at + 2

    def _bare(self, text: str, at: int, *, last: bool) -> int:
        """An address in running text, of which renderers make a link."""
        found = _BARE.match(text, at)
        assert found is not None
        whole = found[0]
        unknown = found.end() == len(text) and not last
        if unknown and len(whole) <= LONGEST:
            return -1
        address = whole.partition("](")[0].rstrip(_TRAILING)
        scheme = "" if "://" in address[:8] else "https://"
        path = _PATH.match(address)
        if self._may_link(scheme + address) or (path and self._may_link(scheme + path[0])):
            return at + max(4, len(scheme and "www.") or whole.find("://") + 3)
        self.put(at, found.end() if unknown else at + len(address), GONE)
        self._dropping = unknown
        return found.end() if unknown else at + len(address)

    def _may_link(self, address: str) -> bool:
        known = self._addresses
        return is_allowed(address, known.links, known.schemes, relative=known.relative)


def _has_address(text: str) -> bool:
    return "://" in text or "www." in text.lower()

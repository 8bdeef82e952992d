r"""Encoders that look at single characters, and those that put a value between quotes.

``plain``: no control characters but tab and line feed, no tag characters (invisible ASCII, but for the three flags of
Unicode that need them), no marks of writing direction, none that are invisible, no row of variation selectors (which
can spell anything). ``terminal``: besides, whole control sequences are taken out (ECMA-48), and a carriage return
becomes a line feed. The others are told in their table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from bartizan.controls.chat.encode_model_output.rewriting import Rewriter

_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\ud800-\udfff"
)
_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_FLAGS = tuple("".join(chr(0xE0000 + ord(c)) for c in one) + "\U000e007f" for one in ("gbeng", "gbsct", "gbwls"))
UNSEEN = re.compile(
    rf"(?<=[{_SELECTORS}])[{_SELECTORS}{_UNSEEN}{_TAGS}]+|"
    rf"[{_UNSEEN}]+|(?<=\U0001f3f4)(?:{'|'.join(_FLAGS)})|[{_TAGS}]+"
)
_ASCII_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOLDS = re.compile(rf"(?:\U0001f3f4[{_TAGS}]{{0,6}}|[{_SELECTORS}][{_SELECTORS}{_UNSEEN}{_TAGS}]{{0,63}})\Z")
_SEQUENCE = re.compile(
    r"(?:\x1b[\]P_^X]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)|"
    r"(?:\x1b\[|\x9b)[0-?]{0,256}[ -/]{0,16}[@-~]|\x1b[ -/]{0,16}[0-OQ-WYZ\\`-~]|\r\n|\r"
)
_OPEN = re.compile(
    r"(?:(?:\x1b[\]P_^X]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]{0,4096}\x1b?|"
    r"(?:\x1b\[|\x9b)[0-?]{0,256}[ -/]{0,16}|\x1b[ -/]{0,16}|\r)\Z"
)


def unseen(rewriter: Rewriter, text: str, start: int, end: int, by: str = "") -> None:
    """Take out what a reader cannot see, between two places, or put a sign in its place.

    Where signs together have a meaning that they have not apart, they must not come together: there a sign is needed.
    """
    if text.isascii() and _ASCII_BAD.search(text, start, end) is None:
        return
    for match in UNSEEN.finditer(text, start, end):
        if match[0] not in _FLAGS:
            rewriter.put(match.start(), match.end(), by * len(match[0]))


def settled(text: str, *, last: bool) -> int:
    """How far it is known what is unseen."""
    if last or text.isascii():
        return len(text)
    held = _HOLDS.search(text, max(0, len(text) - 64))
    return held.start() if held else len(text)


class Plain(Rewriter):
    """See the module."""

    def read(self, text: str, *, last: bool) -> int:
        """See `Rewriter.read`."""
        end = settled(text, last=last)
        unseen(self, text, 0, end)
        return end


class Terminal(Rewriter):
    """See the module."""

    def read(self, text: str, *, last: bool) -> int:
        """See `Rewriter.read`."""
        end, at = settled(text, last=last), 0
        if not last and (found := _OPEN.search(text, max(0, end - 4200), end)):
            end = found.start()
        if not text.isprintable():
            for match in _SEQUENCE.finditer(text, 0, end):
                unseen(self, text, at, match.start())
                self.put(match.start(), match.end(), "\n" if match[0][0] == "\r" else "")
                at = match.end()
        unseen(self, text, at, end)
        return end


class Escaping(Rewriter):
    """Single characters in another spelling, and quotes around the whole where the sink wants them."""

    table: ClassVar[dict[str, str]] = {}
    pattern: ClassVar[re.Pattern[str]]
    around: ClassVar[str] = ""
    """What stands before and behind the whole."""

    def __init__(self, *, inside: bool = False) -> None:
        super().__init__()
        self._inside = inside or not self.around
        self._begun = self._inside

    def closes(self) -> bool:
        """See `Rewriter.closes`."""
        return not self._inside

    def opening(self, text: str) -> str:
        """What stands before a text that begins so."""
        return self.around

    def waits(self, text: str) -> bool:
        """Whether more must be known before it begins."""
        return False

    def read(self, text: str, *, last: bool) -> int:
        """See `Rewriter.read`."""
        if not last and (not text or (not self._begun and self.waits(text))):
            return 0
        if not self._begun:
            self.put(0, 0, self.opening(text))
            self._begun = True
        end = len(text)
        for match in self.pattern.finditer(text, 0, end):
            self.put(match.start(), match.end(), self.escaped(match[0]))
        if last and not self._inside:
            self.put(end, end, self.around)
        return end

    def escaped(self, found: str) -> str:
        """Another spelling."""
        return self.table.get(found, "")


class Html(Escaping):
    """Text in an element or a quoted attribute of HTML: nothing of it is markup."""

    table: ClassVar[dict[str, str]] = {
        "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;",
    }  # fmt: skip
    pattern: ClassVar[re.Pattern[str]] = re.compile(rf"[&<>\"'`=]|[{_UNSEEN}{_TAGS}]+")


class SqlParameter(Escaping):
    """Text between single quotes in SQL, with or without backslash escapes: it stays one literal. Not for numbers."""

    table: ClassVar[dict[str, str]] = {"'": "''", "\\": "\\\\", "\x1a": ""}
    pattern: ClassVar[re.Pattern[str]] = re.compile(rf"['\\]|[{_UNSEEN}{_TAGS}]+")


class ShellArgument(Escaping):
    """One word of a POSIX shell's command, quotes included: it must not stand between quotes of the command's own."""

    table: ClassVar[dict[str, str]] = {"'": "'\\''"}
    pattern: ClassVar[re.Pattern[str]] = re.compile(rf"'|[{_UNSEEN}{_TAGS}\r]+")
    around: ClassVar[str] = "'"


class CsvCell(Escaping):
    """One quoted cell (RFC 4180) that no spreadsheet takes for a formula (OWASP, CSV Injection)."""

    table: ClassVar[dict[str, str]] = {'"': '""'}
    pattern: ClassVar[re.Pattern[str]] = re.compile(rf"\"|[{_UNSEEN}{_TAGS}\r]+")
    around: ClassVar[str] = '"'
    _FORMULA: ClassVar[re.Pattern[str]] = re.compile(rf"[\s\"'{_UNSEEN}{_TAGS}]*[=+@|%＝＋－＠-]|[\t\r\n]")
    _BLANK: ClassVar[re.Pattern[str]] = re.compile(rf"[\s\"'{_UNSEEN}{_TAGS}]{{0,64}}\Z")

    def opening(self, text: str) -> str:
        """See `Escaping.opening`."""
        return "\"'" if self._FORMULA.match(text) or (len(text) >= 64 and self._BLANK.match(text[:64])) else '"'

    def waits(self, text: str) -> bool:
        """See `Escaping.waits`."""
        return self._BLANK.match(text) is not None


def _unicode(found: str) -> str:
    raw = found.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[i] << 8 | raw[i + 1]:04x}" for i in range(0, len(raw), 2))


class JsonString(Escaping):
    """Text between the quotes of a JSON string, also within a script element of HTML."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(
        r'["\\<>&\'\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|[\U000e0000-\U000e007f]+'
    )
    table: ClassVar[dict[str, str]] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

    def escaped(self, found: str) -> str:
        """See `Escaping.escaped`."""
        if ord(found[0]) > 0xDFFF:
            return ""
        return self.table.get(found) or ("\\ufffd" if "\ud800" <= found <= "\udfff" else _unicode(found))


ESCAPING: dict[str, Callable[..., Rewriter]] = {
    "html": Html,
    "sql_parameter": SqlParameter,
    "shell_argument": ShellArgument,
    "csv_cell": CsvCell,
    "json_string": JsonString,
}

"""Text as a detector compares it: escapes undone, look-alikes folded to ASCII, what does not show removed.

One pass in C over ordinary text: only runs of other characters are looked at in Python, each run once.
"""

from __future__ import annotations

import codecs
import re
import string
import unicodedata
from html import unescape
from itertools import pairwise

_KEPT = (string.ascii_letters + string.digits + "@$").encode()
_LOWER = bytes.maketrans(string.ascii_uppercase.encode() + b"@$", string.ascii_lowercase.encode() + b"as")
_DROPPED = bytes(c for c in range(256) if c not in _KEPT)

_LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеѕіјкморстухзвнԁԛԝһӏԍ"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχγ"
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡıɩʋøØłŁđĐßæœ"
    "օոսհ｡•·∙⋅‧–—−‒‑‐¯ˉ",
    "abesijkmhopctyx3aesijkmopctyx3bhdqwhlg"
    "abezhikmnoptyxabeikvoptuxy"
    "abcdefghijklmnoprstuvwyzagiivoollddsao"
    "onuh......--------",
)


def _char(char: str) -> str:
    """One character as ASCII: its look-alike, its digit, some letter that is always the same, or nothing."""
    code = ord(char)
    if 0xE0020 <= code <= 0xE007E:  # tag characters: ASCII that does not show
        return chr(code - 0xE0000)
    if 0x1F1E6 <= code <= 0x1F1FF:  # flags are spelled with these
        return chr(code - 0x1F1E6 + 97)
    if 0x1F150 <= code <= 0x1F169 or 0x1F170 <= code <= 0x1F189:  # white letters in black circles and squares
        return chr((code - 0x1F150) % 32 + 97)
    return "".join(_part(one.translate(_LOOK_ALIKE)) for one in unicodedata.normalize("NFKD", char))


def _part(char: str) -> str:
    if char.isascii():
        return char
    value = unicodedata.numeric(char, -1)
    if "\u3400" <= char <= "\u9fff" and value == -1:
        return ""
    if value in range(10):
        return str(int(value))
    if unicodedata.category(char) in {"Lu", "Ll", "Lo", "Lt"}:
        lower = char.lower()[:1]
        return chr(97 + ord(lower) % 26) if not lower.isascii() else lower
    return ""


class _Table(dict[int, str]):
    """What each character folds to, worked out when it is first met: at most all of Unicode."""

    def __missing__(self, code: int) -> str:
        self[code] = _char(chr(code))
        return self[code]


_TABLE = _Table()


_NUMERALS = "一七三九二五伍八六参參叁四壹捌柒玖肆貳贰陆陸零"
_EDGES = [0x33FF, *sorted(map(ord, _NUMERALS)), 0xA000]
_IDEOGRAPHS = re.compile(
    f"[{''.join(f'{chr(low + 1)}-{chr(high - 1)}' for low, high in pairwise(_EDGES) if high - low > 1)}]+"
)
"""Chinese characters that are no digits: dropped, for nothing is spelled with them and there may be very many."""


def _handler(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    run, end = error.object[error.start : error.end], error.end
    if len(run) > 8:
        run = _IDEOGRAPHS.sub("", run)
    return run.translate(_TABLE), end


codecs.register_error("bartizan-fold", _handler)

_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,24}(?=;));?")
_ESCAPE = re.compile(
    rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|u\{([0-9a-fA-F]{1,6})\}|([0-3][0-7]{2}))"
)


def folded(text: str) -> bytes:
    """The text in ASCII, with percent, HTML and backslash escapes of single characters undone."""
    raw = text.encode("ascii", "bartizan-fold")
    if b"%" in raw:
        raw = _PERCENT.sub(lambda found: _bytes(chr(int(found[1], 16))), raw)
    if b"&" in raw:
        raw = _ENTITY.sub(lambda found: _bytes(unescape(found[0].decode())), raw)
    if b"\\" in raw:
        raw = _ESCAPE.sub(_escaped, raw)
    return raw


def _escaped(found: re.Match[bytes]) -> bytes:
    short, four, eight, braced, octal = found.groups()
    code = int(octal, 8) if octal else int(short or four or eight or braced, 16)
    return _bytes(chr(code)) if code < 0x110000 else b""


def _bytes(text: str) -> bytes:
    return text.encode("ascii", "bartizan-fold")


def squashed(ascii_text: bytes) -> bytes:
    """Letters and digits alone, in lower case, with @ and $ as the letters that they stand for."""
    return ascii_text.translate(_LOWER, _DROPPED)


def squash(text: str) -> bytes:
    """Both in one."""
    return squashed(folded(text))


_LEET = bytes.maketrans(b"0134578692l", b"oieastbggzi")


def unleeted(squashed_text: bytes) -> bytes:
    """Squashed text with digits as the letters that they look like; i and l are one."""
    return squashed_text.translate(_LEET)

"""Characters that a reader does not see, but a program or a model does."""

from __future__ import annotations

import re
from typing import Final

_BIDI: Final = "\u202a-\u202e\u2066-\u2069"
_TAGS: Final = "\U000e0000-\U000e007f"
_RUN: Final = re.compile("[\u200b\u2060-\u2064\ufeff\u180e\U000e0100-\U000e01ef\ufe00-\ufe0e]{4,}")
"""Several in a row, which carry a message: one is a soft break or a variant of a letter."""
_HIDING: Final = re.compile(f"[{_BIDI}{_TAGS}]")
_FLAG: Final = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{2,6}\U000e007f")
"""The flags of England, Scotland and Wales are made of tags."""
_ANY: Final = re.compile(f"[{_BIDI}{_TAGS}\u200b-\u200f\u2060-\u2064\ufeff\u180e\u00ad\u115f\u1160\u3164]")


def hidden(text: str) -> str | None:
    """What is hidden in a text, as one line; None: nothing."""
    found = _HIDING.search(text)
    if found and not text.isascii():
        found = _HIDING.search(_FLAG.sub("", text))
    found = found or _RUN.search(text)
    return _shown(text, found) if found else None


def odd(token: str) -> str | None:
    """What is hidden in a name or token, where not even one such character belongs; None: nothing."""
    found = _ANY.search(token)
    return _shown(token, found) if found else None


def _shown(text: str, found: re.Match[str]) -> str:
    tags = "".join(chr(ord(one) - 0xE0000) for one in text[found.start() :][:2000] if 0xE0020 <= ord(one) < 0xE007F)
    if tags:
        return f"tag characters that say {tags[:120]!r}"
    return f"U+{ord(found[0][0]):04X} in {text[max(0, found.start() - 20) : found.end() + 20]!a}"

"""Names of entries: where they lead, and which of them become one."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DRIVE: Final = re.compile(r"\s*[a-zA-Z]:")
_TURNING: Final = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_LONGEST: Final = 4096


def escapes(name: str) -> str | None:
    """How a name leads out of the folder into which it is unpacked; None: it does not."""
    if "\0" in name:
        return "it has a zero byte, at which some programs end it"
    steps = re.split(r"[\\/]", name)
    if name.lstrip()[:1] in ("/", "\\"):
        return "it begins at the root"
    if _DRIVE.match(name):
        return "it names a drive"
    deep = 0
    for step in steps:
        bare = step.strip()
        deep += -1 if bare == ".." else bare not in ("", ".")
        if deep < 0:
            return "it climbs"
    return None


def odd(name: str) -> str | None:
    """What is unusual in a name; None: nothing."""
    if not name:
        return "it is empty"
    if "\\" in name:
        return "it has a backslash, which is a folder to some programs"
    if any(step.strip() == ".." for step in name.split("/")):
        return "it climbs and comes back"
    if any(ord(sign) < 32 or ord(sign) == 127 or sign in _TURNING for sign in name):
        return "it has signs that do not show"
    if "\ufffd" in name:
        return "it is no valid text"
    if len(name) > _LONGEST:
        return f"it has {len(name):,} signs"
    return None


def plain(name: str) -> str:
    """What a name becomes where small and large letters, slashes and ways to write a sign are all the same."""
    steps = re.split(r"[\\/]", name.partition("\0")[0])
    kept: list[str] = []
    for step in steps:
        if step == "..":
            kept = kept[:-1]
        elif step.rstrip(". "):
            kept.append(step.rstrip(". "))
    return unicodedata.normalize("NFC", "/".join(kept)).casefold()


def leads_out(name: str, target: str) -> str | None:
    """How a link of this name leads out of the folder; None: it does not."""
    folder = name.rpartition("/")[0]
    if target[:1] in ("/", "\\") or _DRIVE.match(target):
        return "it begins at the root"
    return escapes(f"{folder}/{target}" if folder else target)

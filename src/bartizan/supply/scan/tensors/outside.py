"""Paths that files name: whether they lead out of the folder that the file is in."""

from __future__ import annotations

import re
from typing import Final

_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}:/|/?/?[\w.-]{1,80}\.s3\.amazonaws\.com")
_DRIVE: Final = re.compile(r"[a-zA-Z]:")
_VARIABLE: Final = re.compile(r"\$[\w{(]|%\w{1,80}%|^~")
_ENCODED: Final = re.compile(r"%(?:2e|2f|5c|00)", re.IGNORECASE)


def leads_out(path: str) -> str | None:
    """How a path leads out; None: it stays where it is."""
    steps = re.split(r"[\\/]", path)
    if "\0" in path:
        return "it has a zero byte"
    if _ADDRESS.match(path.strip()):
        return "it is an address"
    if path.strip()[:1] in ("/", "\\") or _DRIVE.match(path):
        return "it is absolute"
    if any(step.strip() == ".." for step in steps):
        return "it climbs out of its folder"
    if _VARIABLE.search(path):
        return "it names the surroundings of a program"
    if _ENCODED.search(path):
        return "it hides signs"
    return None

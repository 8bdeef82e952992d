"""What every SARIF log of ours shares: the schema it follows, addresses of files, texts that say just what they say."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Final
from urllib.parse import quote

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def message_text(text: str) -> str:
    """A text as a message of SARIF that says just that: brackets and braces would mean something."""
    escaped = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return escaped.replace("{", "{{").replace("}", "}}")


def address(file: str) -> str:
    """A relative address: the path as it was given when it leads downwards, else the file's name alone."""
    path = PurePosixPath(PureWindowsPath(file).as_posix()) if "\\" in file else PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or ":" in file:
        path = PurePosixPath(path.name)
    return quote(str(path), safe="/-._~") if path.name else "system.yaml"

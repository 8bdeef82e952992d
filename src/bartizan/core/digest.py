"""SHA-256 as text: 64 hexadecimal digits in lower case, whichever way a tool wrote them."""

from __future__ import annotations

import hashlib
import re
import stat
from pathlib import Path

from bartizan.core.errors import InputError, Problem

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
DIGEST_FIX = "write the 64 hexadecimal digits that sha256sum prints"


def sha256_in(text: str) -> str | None:
    """The digest that a text is, bare and in lower case; `sha256:` may stand before it. None where it is none."""
    found = _SHA256.fullmatch(text.strip())
    return found[1].lower() if found else None


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes, read in a stream. Raises InputError where it is no file or cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError([Problem(file=str(path), finding="this is no file")])
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError([Problem(file=str(path), finding=f"it cannot be read: {error.strerror}")]) from None

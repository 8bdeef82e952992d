"""SHA-256 as text: 64 hexadecimal digits in lower case, whichever way a tool wrote them."""

from __future__ import annotations

import re

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
DIGEST_FIX = "write the 64 hexadecimal digits that sha256sum prints"


def sha256_in(text: str) -> str | None:
    """The digest that a text is, bare and in lower case; `sha256:` may stand before it. None where it is none."""
    found = _SHA256.fullmatch(text.strip())
    return found[1].lower() if found else None

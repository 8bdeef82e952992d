"""Canaries in answers: values that nobody has a reason to say, planted where an answer must not come from.

A tenant's canaries are made from a key and never stored (RFC 2104): ``bz7``, 8 hexadecimal digits that stand for the
tenant, 8 of chance, 20 of an HMAC-SHA-256. Whoever has the key tells in a microsecond whether one is real and whose.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from bartizan.detectors.decodings import find_secrets

_FORM = re.compile(r"bz7([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{20})", re.IGNORECASE)
LENGTH = 39
_MAYBE = re.compile(r"(?:b|bz|bz7[0-9a-f]{0,35})\Z", re.IGNORECASE)
_WINDOW, _STEP = 600, 300
PURPOSE = "sensitive_output_handling.canaries"


def canary(tenant: str, key: bytes) -> str:
    """A new canary for a tenant's data: plant it in documents, records or prompts. ``key``: ``bench.key(PURPOSE)``."""
    mark, chance = _mark(tenant, key), secrets.token_hex(4)
    return f"bz7{mark}{chance}{_seal(mark, chance, key)}"


def _mark(tenant: str, key: bytes) -> str:
    return hmac.new(key, b"tenant\0" + tenant.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:8]


def _seal(mark: str, chance: str, key: bytes) -> str:
    return hmac.new(key, f"canary\0{mark}\0{chance}".encode(), hashlib.sha256).hexdigest()[:20]


def foreign(text: str, tenant: str, key: bytes) -> str:
    """Whether a real canary of another tenant, or of nobody's where the caller has none, stands in a text: why."""
    for mark, chance, seal in _FORM.findall(text.lower()):
        if hmac.compare_digest(seal, _seal(mark, chance, key)) and mark != _mark(tenant, key):
            return "tenant_canary"
    return ""


class Canaries:
    """Looks for canaries in one growing text, and tells how far it is free of them."""

    __slots__ = ("_key", "_longest", "_planted", "_seen", "_tail", "_tenant", "_text")

    def __init__(self, tenant: str, key: bytes, planted: tuple[str, ...]) -> None:
        self._tenant, self._key, self._planted = tenant, key, planted
        self._tail = ""
        self._text = ""
        self._seen = 0
        self._longest = max(LENGTH, *map(len, planted)) if planted else LENGTH

    def feed(self, piece: str) -> tuple[int, str]:
        """The next piece: (characters at the end that may still become one, which rule found one or nothing)."""
        text = self._tail + piece
        if "7" in text and (rule := foreign(text, self._tenant, self._key)):
            return 0, rule
        end = text[-LENGTH:].lower()
        maybe = _MAYBE.search(end) if "bz" in end or end.endswith("b") else None
        held = len(end) - maybe.start() if maybe else 0
        for one in self._planted:
            if one in text:
                return 0, "planted_canary"
            held = max(held, _begun(text, one))
        self._tail = text[-self._longest :]
        return held, self._disguised(piece, last=False) if self._planted else ""

    def flush(self) -> str:
        """There is no more: whether one stands in another form in what came."""
        return self._disguised("", last=True)

    def _disguised(self, piece: str, *, last: bool) -> str:
        if not self._planted:
            return ""
        self._text += piece
        self._seen += len(piece)
        if self._seen < _STEP and not last:
            return ""
        found = find_secrets(self._text, self._planted)
        self._text, self._seen = self._text[-_WINDOW:], 0
        return "planted_canary" if found else ""


def _begun(text: str, value: str) -> int:
    """How many characters at the end of a text are the beginning of a value."""
    at = text.find(value[0], max(0, len(text) - len(value) + 1))
    while at >= 0:
        if value.startswith(text[at:]):
            return len(text) - at
        at = text.find(value[0], at + 1)
    return 0

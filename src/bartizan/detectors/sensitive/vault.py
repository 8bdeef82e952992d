"""Values put away and tokens put in their place: the same value the same token, and only here can it be turned back."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.kinds import KINDS, Kind
from bartizan.detectors.sensitive.masking import replaced

_FORMS: dict[Kind, str] = {"email": "person-{}@mask.example", "ip_address": "host-{}.mask.example", "name": "Person-{}"}
"""Where a parser may need the form: an address that nobody has (RFC 2606), a host name that nobody has."""
_WORDS = sorted((KINDS - _FORMS.keys()) | {"person", "host"}, key=len, reverse=True)
_TOKEN = re.compile(
    rf"(?:{'|'.join(_WORDS)})-([0-9a-f]{{16}})(?![0-9a-f])(?:@mask\.example|\.mask\.example)?", re.IGNORECASE
)
LONGEST_TOKEN = max(map(len, _WORDS)) + 1 + 16 + len("@mask.example") + 1
_TAIL = re.compile(rf"[A-Za-z0-9_.@-]{{1,{2 * LONGEST_TOKEN}}}\Z")


class Vault:
    """The values of one session. Bounded: what no longer fits is masked for good, and nothing is ever dropped for it.

    Tokens are an HMAC-SHA-256 under the session's key, cut to 64 bits: who does not have the key cannot guess one, nor
    tell whether two sessions had the same value. Values never show in its representation.
    """

    __slots__ = ("_characters", "_key", "_most", "_most_characters", "_tokens", "_values")

    def __init__(self, key: bytes | None = None, *, most: int = 10_000, most_characters: int = 1_000_000) -> None:
        """``key``: at least 16 bytes, kept as long as the session; a fresh one by default.

        Raises ValueError for a shorter key: its tokens could be guessed.
        """
        if key is not None and len(key) < 16:
            raise ValueError("the key of a vault needs at least 16 bytes")
        self._key = key or secrets.token_bytes(32)
        self._most, self._most_characters, self._characters = most, most_characters, 0
        self._tokens: dict[tuple[Kind, str], str] = {}
        self._values: dict[str, tuple[str, str]] = {}

    def __repr__(self) -> str:
        return f"Vault({len(self._values)} values)"

    def __len__(self) -> int:
        return len(self._values)

    def tokenised(self, text: str, found: Iterable[Sensitive]) -> str:
        """The text with a token in place of each value; ``[kind]`` once the vault is full."""
        return replaced(text, found, lambda one: self._token(one.kind, text[one.start : one.end]))

    def restored(self, text: str) -> str:
        """The text with the values of this vault's own tokens; others, and what only looks like one, stay."""
        return _TOKEN.sub(self._value, text)

    def _token(self, kind: Kind, value: str) -> str:
        known = self._tokens.get((kind, value))
        if known is not None:
            return known
        if len(self._values) >= self._most or self._characters + len(value) > self._most_characters:
            return f"[{kind}]"
        number, mark = 0, self._mark(kind, value, 0)
        while mark in self._values:
            number += 1
            mark = self._mark(kind, value, number)
        token = _FORMS.get(kind, f"{kind}-{{}}").format(mark)
        self._tokens[kind, value], self._values[mark] = token, (token.lower(), value)
        self._characters += len(value)
        return token

    def _mark(self, kind: Kind, value: str, number: int) -> str:
        said = f"{kind}\0{number}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:16]

    def _value(self, match: re.Match[str]) -> str:
        token, value = self._values.get(match[1].lower(), ("", ""))
        whole = match[0].lower()
        return value + match[0][len(token) :] if token and whole.startswith(token) else match[0]


class Restoring:
    """A stream in which a vault's tokens are turned back, wherever it was cut."""

    __slots__ = ("_held", "_vault")

    def __init__(self, vault: Vault) -> None:
        self._vault, self._held = vault, ""

    def feed(self, piece: str) -> str:
        """What may go on; at most twice the longest token stays back, and only while it may be one."""
        text = self._held + piece
        tail = _TAIL.search(text, max(0, len(text) - 2 * LONGEST_TOKEN))
        cut = tail.start() if tail else len(text)
        for match in _TOKEN.finditer(text, max(0, cut - LONGEST_TOKEN)):
            if match.start() < cut < match.end():
                cut = match.start()
        self._held = text[cut:]
        return self._vault.restored(text[:cut])

    def flush(self) -> str:
        """The rest, at the end of the stream."""
        rest, self._held = self._held, ""
        return self._vault.restored(rest)

"""API keys and client certificates in a file: only their digests, with what each may do.

Keys are 256 random bits, so a plain SHA-256 keeps them: nothing can be guessed, and a slow hash would only help those
who flood (NIST SP 800-63B-4, section 3.1.1.2, asks for slow hashes of what people can remember). The file is looked at
again every second; a key that was taken out of it is refused from then on.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.model_access_control.identity import Identity, Patterns, Refused
from bartizan.core.errors import BartizanError, InputError, printable
from bartizan.core.shape import faults_of
from bartizan.core.source import read_yaml

PREFIX = "btz_"
LOOK_EVERY = 1.0
BROKEN_FOR = 60.0
"""Seconds for which a file that became unreadable is still believed as it was; then nobody is let in."""
_DUMMY = hashlib.sha256(b"no such key").hexdigest()
log = logging.getLogger("bartizan.gateway")


class KeyEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A key or a certificate, and what whoever holds it may do."""

    caller: str
    """Whose it is. Several keys of one caller share its limits."""
    id: str = ""
    """The public part of a key."""
    sha256: str
    """Of the whole key, or of the certificate in DER; 64 hexadecimal digits."""
    kind: Literal["person", "service", "agent"] = "service"
    tenant: str = ""
    models: Patterns | None = None
    tools: Patterns | None = None
    routes: Patterns | None = None
    rights: frozenset[str] = frozenset()
    expires: str = ""
    """A day, through which it still works (2027-01-31), or a moment (2027-01-31T12:00:00Z); by UTC."""
    note: str = ""

    @property
    def until(self) -> float | None:
        """The end in seconds since 1970. Raises ValueError for an ``expires`` that is no date."""
        return end_of(self.expires) if self.expires else None

    def identity(self, proof: str) -> Identity:
        """The caller that it makes."""
        caller = Caller(
            id=self.caller,
            tenant=self.tenant,
            kind=self.kind,
            models=self.models,
            tools=self.tools,
            rights=self.rights,
        )
        return Identity(caller=caller, proof=proof, routes=self.routes, until=self.until)


def end_of(text: str) -> float:
    """When a day, or a moment, is over, in seconds since 1970; without a zone it is UTC. Raises ValueError."""
    moment = datetime.datetime.fromisoformat(text)
    if len(text) <= len("2027-01-31"):
        moment += datetime.timedelta(days=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


class KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file holds."""

    keys: tuple[KeyEntry, ...] = ()
    certificates: tuple[KeyEntry, ...] = ()


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made."""

    secret: str
    """Show it once and keep it nowhere: the file holds only its digest."""
    entry: KeyEntry

    def __repr__(self) -> str:
        """Without the key."""
        return f"NewKey(id={self.entry.id!r})"


def new_key(
    caller: str,
    *,
    kind: Literal["person", "service", "agent"] = "service",
    tenant: str = "",
    models: Patterns | None = None,
    tools: Patterns | None = None,
    rights: frozenset[str] = frozenset(),
    expires: str = "",
) -> NewKey:
    """A new key of 256 random bits, and its entry for the file."""
    name = secrets.token_hex(6)
    secret = f"{PREFIX}{name}_{secrets.token_urlsafe(32)}"
    entry = KeyEntry(
        caller=caller,
        id=name,
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        kind=kind,
        tenant=tenant,
        models=models,
        tools=tools,
        rights=rights,
        expires=expires,
    )
    return NewKey(secret=secret, entry=entry)


def read_keys(path: str | Path) -> KeyFile:
    """The entries of a file. Raises InputError with every problem."""
    document = read_yaml(path)
    data = document.data or {}
    problems = [one.problem for one in faults_of(document, data, KeyFile)]
    if problems:
        raise InputError(problems)
    entries = msgspec.convert(data, KeyFile, strict=True)
    problems = [document.problem((*at, field), finding) for at, field, finding in _entry_faults(entries)]
    if problems:
        raise InputError(problems)
    return entries


def _entry_faults(entries: KeyFile) -> Iterator[tuple[tuple[str, int], str, str]]:
    """(place, field, finding) of what types cannot tell."""
    seen: set[str] = set()
    for part, listed in (("keys", entries.keys), ("certificates", entries.certificates)):
        for i, one in enumerate(listed):
            at = (part, i)
            name = one.id if part == "keys" else one.sha256.lower()
            if not re.fullmatch("[0-9a-fA-F]{64}", one.sha256):
                yield at, "sha256", "sha256 must be 64 hexadecimal digits"
            if not one.caller:
                yield at, "caller", "an entry must say whose it is"
            if part == "keys" and not re.fullmatch("[0-9A-Za-z-]{1,40}", one.id):
                yield at, "id", "the id of a key must be letters, digits and hyphens, 40 at most"
            if name in seen:
                yield at, "id" if part == "keys" else "sha256", f"'{printable(name, 40)}' stands twice"
            seen.add(name)
            try:
                _ = one.until
            except ValueError:
                yield (
                    at,
                    "expires",
                    "expires must be a day such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z",
                )


class KeyRing:
    """The entries of a file as it is now."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._keys: dict[str, KeyEntry] = {}
        self._certificates: dict[str, KeyEntry] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._looked = 0.0
        self._broken_since: float | None = None
        self.loads = 0
        """How often the file was taken over: it changes when anything that was derived from it must be forgotten."""

    def key(self, secret: str) -> Identity:
        """Who holds a key. Takes as long for a wrong one as for a right one. Raises Refused, InputError."""
        self._look()
        name = secret.removeprefix(PREFIX).partition("_")[0]
        entry = self._keys.get(name)
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        is_it = hmac.compare_digest(digest, entry.sha256.lower() if entry is not None else _DUMMY)
        if entry is None or not is_it:
            raise Refused("unknown_key", "no such key")
        return entry.identity(f"key:{entry.id}")

    def certificate(self, thumbprint: str) -> Identity:
        """Who holds a certificate of this SHA-256. Raises Refused, InputError."""
        self._look()
        entry = self._certificates.get(thumbprint)
        if entry is None:
            raise Refused("unknown_certificate", "the certificate is not in the file of keys")
        return entry.identity(f"cert:{thumbprint}")

    def _look(self) -> None:
        now = time.monotonic()
        if self._stamp is not None and now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        try:
            stamp = self._seen()
            if stamp != self._stamp or self._broken_since is not None:
                self._take_over(stamp)
        except (BartizanError, OSError) as error:
            self._is_broken(now, error)

    def _seen(self) -> tuple[int, int, int]:
        seen = self._path.stat()
        return (seen.st_mtime_ns, seen.st_size, seen.st_ino)

    def _take_over(self, stamp: tuple[int, int, int]) -> None:
        entries = read_keys(self._path)
        self._keys = {one.id: one for one in entries.keys}
        self._certificates = {one.sha256.lower(): one for one in entries.certificates}
        self._stamp, self._broken_since = stamp, None
        self.loads += 1

    def _is_broken(self, now: float, error: Exception) -> None:
        if self._stamp is None:
            raise error
        if self._broken_since is None:
            self._broken_since = now
            log.error("the file of keys is not readable, the earlier one holds for %d s: %s", BROKEN_FOR, error)
        elif now - self._broken_since > BROKEN_FOR:
            raise error

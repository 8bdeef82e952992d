"""The keys of an issuer: read when they are first needed, kept for a while, read again when a new one is named."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bartizan.controls.chat.model_access_control.identity import Refused
from bartizan.core.errors import Unreachable
from bartizan.core.extras import need

LARGEST = 262_144
"""Bytes of a set of keys, or of a discovery document."""
MOST_KEYS = 64
SECONDS = 4.0
AGAIN_AFTER = 30.0
"""Seconds between two readings that an unknown ``kid``, or a failure, can cause."""
STALE = 86_400.0
"""Seconds for which keys are believed while the issuer cannot be reached."""


class KeySource:
    """One issuer's keys."""

    def __init__(self, where: str, issuer: str, *, kept: float) -> None:
        self._where = where
        self._issuer = issuer
        self._kept = kept
        self._keys: list[Any] = []
        self._read_at = -STALE
        self._tried_at = -STALE
        self._reading: asyncio.Future[None] | None = None

    async def key(self, header: Mapping[str, Any]) -> Any:
        """The key that a token's header names. Raises Refused where there is none; Unreachable."""
        kid = header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise Refused("bad_token", "the token's key id is no text")
        now = time.monotonic()
        is_old = now - self._read_at > self._kept
        if is_old or (kid is not None and not self._named(kid)):
            await self._read_again(now)
        found = self._named(kid) if kid is not None else self._keys
        if len(found) != 1:
            raise Refused("unknown_key_id", "the issuer has no such key, or several and the token names none")
        return found[0]

    def _named(self, kid: str) -> list[Any]:
        return [one for one in self._keys if one.kid == kid]

    async def _read_again(self, now: float) -> None:
        """Read the keys, once for all who wait. Keys that are not too old hold on where that fails."""
        if now - self._tried_at >= AGAIN_AFTER and self._reading is None:
            self._tried_at = now
            self._reading = asyncio.ensure_future(self._read())
        reading = self._reading
        if reading is not None:
            try:
                await asyncio.shield(reading)
            except Unreachable:
                pass
            finally:
                if reading.done() and self._reading is reading:
                    self._reading = None
        if not self._keys or time.monotonic() - self._read_at > max(STALE, self._kept):
            raise Unreachable("the keys of the tokens' issuer cannot be read")

    async def _read(self) -> None:
        try:
            if self._where.startswith("file:"):
                raw = await asyncio.to_thread(_file, Path(self._where[5:]))
            else:
                raw = await _fetched(self._where or await _discovered(self._issuer))
            self._keys = keys_of(raw)
        except (OSError, ValueError, TimeoutError, need("aiohttp").ClientError) as error:
            raise Unreachable(f"the keys of the tokens' issuer cannot be read ({type(error).__name__})") from None
        self._read_at = time.monotonic()


def keys_of(raw: bytes) -> list[Any]:
    """The keys of a JWK set (RFC 7517, section 5) that verify signatures. Raises ValueError for what is none.

    Symmetric keys and keys of unknown kinds are left out.
    """
    data = msgspec.json.decode(raw)
    listed = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no set of keys")
    made = []
    for one in listed[:MOST_KEYS]:
        if isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"} and one.get("use", "sig") == "sig":
            try:
                made.append(need("joserfc.jwk").import_key(one))
            except (need("joserfc.errors").JoseError, ValueError, TypeError, KeyError):
                continue
    return made


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself: there, http is as good as https."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


async def _discovered(issuer: str) -> str:
    document = msgspec.json.decode(await _fetched(issuer.rstrip("/") + "/.well-known/openid-configuration"))
    found = document.get("jwks_uri") if isinstance(document, dict) else None
    named, meant = urlsplit(found if isinstance(found, str) else ""), urlsplit(issuer)
    if (named.scheme, named.netloc) != (meant.scheme, meant.netloc):
        raise ValueError("the issuer's keys are at another host, which the settings do not name")
    return str(found)


async def _fetched(address: str) -> bytes:
    """What stands at an address. No redirect is followed."""
    aiohttp = need("aiohttp")
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(address, allow_redirects=False) as answer,
    ):
        raw = bytes(await answer.content.read(LARGEST + 1))
        while len(raw) <= LARGEST and (more := await answer.content.read(LARGEST)):
            raw += more
        if answer.status != 200 or len(raw) > LARGEST:
            raise ValueError("the issuer gave no keys")
        return raw

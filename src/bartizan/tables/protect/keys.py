"""The key of pseudonyms and tokens: from an environment variable, a file, or what a program prints; never from argv."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import read_bytes

_LEAST: Final = 32
_LONGEST: Final = 4096
_SECONDS: Final = 60
_FIX: Final = "write 32 random bytes or more as hex or base64: openssl rand -hex 32"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A secret, and keys that are derived from it for one purpose each. It prints as its id."""

    secret: bytes
    told: tuple[str, ...] = ()
    """What its holder should know."""

    @property
    def id(self) -> str:
        """Tells keys apart and says nothing of them: a MAC of a fixed text."""
        return self.derived("key id").hex()[:16]

    def derived(self, purpose: str, group: str = "") -> bytes:
        """32 bytes for one purpose and group: HMAC-SHA-256, both prefixed with their lengths."""
        parts = [part.encode("utf-8", "surrogatepass") for part in ("bartizan data protect 1", purpose, group)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self.secret, message, hashlib.sha256)

    def __repr__(self) -> str:
        return f"Key({self.id})"


def key_from(*, env: str = "", file: Path | None = None, command: str = "") -> Key:
    """The key from the one place that is named. Raises InputError; its text never holds anything of the key."""
    given = [one for one in (env, file, command) if one]
    if len(given) != 1:
        said = "no key was given" if not given else "a key was given twice"
        _refuse("key", said, "give one of: --key-env NAME, --key-file FILE, --key-command 'PROGRAM ...'")
    if env:
        value = os.environ.get(env)
        if value is None:
            _refuse(f"${env}", "there is no such environment variable", f"set it: {_FIX}")
        return Key(secret=_decoded(value.encode("utf-8", "surrogateescape"), f"${env}"))
    if file is not None:
        return Key(secret=_decoded(read_bytes(file, _LONGEST), str(file)), told=_open(file))
    return Key(secret=_decoded(_printed(command), "--key-command"))


def _decoded(raw: bytes, place: str) -> bytes:
    text = raw.strip()
    secret = b""
    if re.fullmatch(rb"([0-9a-fA-F]{2})+", text):
        secret = bytes.fromhex(text.decode())
    elif re.fullmatch(rb"[A-Za-z0-9+/_-]+={0,2}", text):
        try:
            secret = base64.b64decode(text.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
        except binascii.Error:
            secret = b""
    if len(secret) < _LEAST:
        _refuse(place, "it holds no key of 32 bytes or more", _FIX)
    if len(set(secret)) < _LEAST // 4:
        _refuse(place, "the key repeats a few bytes: it was not drawn at random", _FIX)
    return secret


def _open(file: Path) -> tuple[str, ...]:
    mode = file.stat().st_mode
    return ("the file of the key can be read by everybody on this machine",) if mode & stat.S_IROTH else ()


def _printed(command: str) -> bytes:
    """What a program prints, asked without a shell; what it says on stderr goes to the person."""
    try:
        words = shlex.split(command)
        done = subprocess.run(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)  # noqa: S603 - the person's own words
    except (OSError, ValueError, IndexError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no command"
        _refuse("--key-command", f"it cannot be run: {why}", "")
    except subprocess.TimeoutExpired:
        _refuse("--key-command", f"it did not end within {_SECONDS} seconds", "")
    if done.returncode:
        _refuse("--key-command", f"it ended with {done.returncode}", "")
    return done.stdout[:_LONGEST]


def _refuse(place: str, finding: str, fix: str) -> NoReturn:
    raise InputError([Problem(file=place, finding=finding, fix=fix)])

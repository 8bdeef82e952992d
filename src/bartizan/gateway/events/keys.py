"""Where keys lie: env:NAME or file:PATH. No message holds one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from bartizan.core.errors import InputError, Problem, printable

SIZE = 32
_FIX = "put 32 random bytes there, as 64 hexadecimal digits: openssl rand -hex 32"
_LARGEST = 4096


def key_at(place: str, setting: str) -> bytes:
    """The key of 32 bytes at a place; ``setting`` says in messages who wants it. Raises InputError."""
    kind, _, name = place.partition(":")
    if kind not in {"env", "file"} or not name:
        raise _wrong(setting, "a key does not stand in this file", "use env:NAME or file:PATH")
    if kind == "env":
        text = os.environ.get(name, "")
        if not text:
            raise _wrong(setting, f"the environment variable {printable(name, 80)} is not set", _FIX)
    else:
        try:
            with open(name, encoding="ascii") as file:
                text = file.read(_LARGEST)
        except (OSError, ValueError) as error:
            raise _wrong(
                setting, f"the key's file {printable(name)} cannot be read ({type(error).__name__})", _FIX
            ) from None
    return _read(text, setting, name)


def _read(text: str, setting: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != SIZE:
        raise _wrong(setting, f"what is in {printable(name, 80)} is no key of {SIZE} bytes in hexadecimal", _FIX)
    return key


def _wrong(setting: str, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=setting, finding=finding, fix=fix)])


def own_key(file: Path) -> bytes:
    """The key in a file that is made, for its owner alone, where there is none. Raises OSError or InputError.

    Of several that make it at once one wins, and all get its key.
    """
    try:
        return _read(file.read_text("ascii"), str(file), file.name)
    except FileNotFoundError:
        pass
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(SIZE))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)
    return _read(file.read_text("ascii"), str(file), file.name)

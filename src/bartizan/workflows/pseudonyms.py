"""The pseudonyms of people, from the place where a key lies: the same in the ledger of consent, rights and traces."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bartizan.consent.people import Pseudonyms
from bartizan.core.errors import InputError, Problem
from bartizan.tables.protect.keys import Key, key_from

_FIX: Final = "give one of: --key-env NAME, --key-file FILE, --key-command 'PROGRAM ...'"


def key_for(env: str, file: Path | None, command: str) -> Key:
    """The key that was given. Raises InputError where none was."""
    if not (env or file is not None or command):
        finding = "people stand under pseudonyms, and no key makes them"
        raise InputError([Problem(file="key", finding=finding, fix=_FIX)])
    return key_from(env=env, file=file, command=command)


def pseudonyms_of(key: Key) -> Pseudonyms:
    """What makes pseudonyms under a key: of people, and of nothing else that this key is used for."""
    return Pseudonyms(key.derived("consent person"), key.id)


def pseudonyms_from(*, env: str = "", file: Path | None = None, command: str = "") -> Pseudonyms:
    """What makes pseudonyms under the key in an environment variable, a file, or what a program prints.

    Raises InputError.
    """
    return pseudonyms_of(key_for(env, file, command))

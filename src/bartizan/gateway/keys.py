"""Secrets lie where the settings say: env:NAME or file:PATH. No message holds one."""

from __future__ import annotations

import os

from bartizan.core.errors import InputError, Problem, printable

_LARGEST = 16_384


def secret_at(place: str, setting: str) -> str:
    """The secret at a place, without white space around it; empty for no place.

    ``setting`` says in messages who wants it. Raises InputError where there is none, or one that no header can hold.
    """
    if not place:
        return ""
    kind, _, name = place.partition(":")
    if kind not in {"env", "file"} or not name:
        raise _wrong(setting, "a secret does not stand in this file", "use env:NAME or file:PATH")
    found = (_of_environment(name, setting) if kind == "env" else _of_file(name, setting)).strip()
    if not found:
        raise _wrong(setting, f"there is no secret in {printable(name, 80)}", "put it there, in one line")
    if not (found.isascii() and found.isprintable()):
        raise _wrong(setting, f"what is in {printable(name, 80)} is more than a line of plain characters", "")
    return found


def _of_environment(name: str, setting: str) -> str:
    found = os.environ.get(name)
    if found is None:
        raise _wrong(setting, f"the environment variable {printable(name, 80)} is not set", "set it, or use file:PATH")
    return found


def _of_file(name: str, setting: str) -> str:
    try:
        with open(name, encoding="utf-8") as file:
            found = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        finding = f"the file {printable(name)} cannot be read ({type(error).__name__})"
        raise _wrong(setting, finding, "let the gateway's user read it") from None
    if len(found) > _LARGEST:
        raise _wrong(setting, f"the file {printable(name)} is too large for a secret", "")
    return found


def _wrong(setting: str, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=setting, finding=finding, fix=fix)])

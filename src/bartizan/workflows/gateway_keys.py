"""A gateway's keys for callers: a new one into its file, and tokens for agents."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.model_access_control.agents import KEY, AgentGrant, issue_agent_token
from bartizan.controls.chat.model_access_control.keys import KeyEntry, KeyFile, NewKey, end_of, read_keys
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import parse_yaml, read_text, write_atomic
from bartizan.gateway.keys import secret_at
from bartizan.gateway.settings import Settings

_EMPTY = re.compile(r"^keys:[ \t]*(\[[ \t]*\]|null|~)?[ \t]*(?=#|$)", re.MULTILINE)
_ITEM = re.compile(r"^keys:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*(?P<indent>[ ]*)- ", re.MULTILINE)


def add_key(file: Path, made: NewKey) -> None:
    """Put a key's entry into a file of keys, whole or not at all; what stands there stays as it is written.

    The file is made where there is none, for its owner alone. Raises InputError.
    """
    _check(made.entry)
    with _alone(file.parent):
        exists = file.exists()
        before = read_keys(file) if exists else KeyFile()
        text = with_entry(read_text(file) if exists else "", made.entry)
        after = msgspec.convert(parse_yaml(text, str(file)).data, KeyFile, strict=True)
        if set(after.keys) != {*before.keys, made.entry} or after.certificates != before.certificates:
            fix = "write 'keys:' as a list with a line for each entry"
            raise InputError(
                [Problem(file=str(file), finding="an entry cannot be added to it as it is written", fix=fix)]
            )
        write_atomic(file, text)
        if not exists:
            file.chmod(0o600)


def with_entry(text: str, entry: KeyEntry) -> str:
    """The text of a file of keys with one more entry."""
    fields = {name: value for name, value in msgspec.to_builtins(entry).items() if value}
    item = _ITEM.search(text)
    indent = item["indent"] if item else "  "
    lines = [f"{name}: {msgspec.json.encode(value).decode()}" for name, value in fields.items()]
    block = f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"
    if item:
        head = text.index("\n", item.start()) + 1
        return text[:head] + block + text[head:]
    empty = _EMPTY.search(text)
    if empty:
        end = text.find("\n", empty.end())
        rest = text[empty.end() : end if end >= 0 else len(text)]
        return text[: empty.start()] + f"keys:{rest and ' ' + rest}\n" + block + (text[end + 1 :] if end >= 0 else "")
    return text + ("" if not text or text.endswith("\n") else "\n") + "keys:\n" + block


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else adds a key in this folder meanwhile. Raises InputError."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise InputError([Problem(file=str(folder), finding=f"cannot be opened: {error.strerror}")]) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check(entry: KeyEntry) -> None:
    if not entry.caller.strip() or not entry.caller.isprintable():
        raise InputError([Problem(file="--caller", finding="a key needs the name of whose it is")])
    try:
        _ = end_of(entry.expires) if entry.expires else None
    except ValueError:
        raise InputError([Problem(file="--expires", finding="this is no date", fix="write it as 2027-01-31")]) from None


def agent_token(settings: Settings, grant: AgentGrant, *, now: float) -> str:
    """A token for an agent, signed with the gateway's secret. Raises InputError."""
    secret = secret_at(settings.secret, "secret")
    if not secret:
        fix = "set secret, to env:NAME or file:PATH of 32 random bytes or more"
        finding = "without a secret each worker makes up its own, and nobody else can sign for it"
        raise InputError([Problem(file="secret", finding=finding, fix=fix)])
    try:
        return issue_agent_token(Bench(secret=secret.encode()).key(KEY), grant, now=now)
    except ValueError as error:
        raise InputError([Problem(file="agent-token", finding=str(error))]) from None

"""What an organisation chose for its register: one value a key, as JSON."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import from_json


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How decisions are made here."""

    four_eyes: bool = True
    """Whether an acceptance must be approved by somebody other than who asked for it."""
    longest_acceptance_days: int = 366
    """The longest time for which a risk may be accepted at once."""
    review_days: int = 180
    """How long after an assessment a system is to be looked at again."""
    evidence_days: int = 180
    """How long evidence counts that does not say itself."""


def policy(connection: Connection) -> Policy:
    """The rules in force; the defaults where nobody chose."""
    return from_json(read(connection, "policy") or "{}", Policy)


def set_policy(change: Change, wanted: Policy) -> None:
    """Choose the rules."""
    write(change, "policy", msgspec.json.encode(wanted, order="sorted").decode())


def read(connection: Connection, key: str) -> str:
    """A setting as it was written; empty where it was not."""
    return connection.execute(select(t.settings.c.value).where(t.settings.c.key == key)).scalar() or ""


def write(change: Change, key: str, text: str) -> None:
    """Keep a setting."""
    known = change.connection.execute(select(t.settings.c.key).where(t.settings.c.key == key)).first()
    if known is None:
        change.insert(t.settings, {"key": key, "value": text}, "setting.set")
    else:
        change.update(t.settings, {"key": key}, {"value": text}, "setting.set")

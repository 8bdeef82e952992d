"""The parts of every kept system by its newest description: an index, made anew with each assessment, of no weight
of its own. By it the same model or supplier is found across systems, and evidence about what has been replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection, delete, insert, select

from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every

LONGEST = t.NAME
"""Characters of a name that can be searched."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A component of a system as far as it is searched."""

    system: str
    component: str
    kind: str
    label: str
    supplier: str = ""
    digests: str = ""
    """What stands there now, as JSON: name to SHA-256; empty where nothing is known."""


def digests_as_text(digests: Mapping[str, str]) -> str:
    """Digests as they are kept."""
    return msgspec.json.encode(dict(digests), order="sorted").decode() if digests else ""


def parts(connection: Connection, system: str) -> tuple[Part, ...]:
    """The parts of a system."""
    c = t.components.c
    return every(connection, select(t.components).where(c.system == system).order_by(c.component), Part)


def keep(change: Change, system: str, found: Iterable[Part]) -> None:
    """Bring the index to what a system consists of now."""
    wanted = tuple(sorted(found, key=lambda part: part.component))
    before = parts(change.connection, system)
    if sorted(before, key=lambda part: part.component) == list(wanted):
        return
    if before:
        change.connection.execute(delete(t.components).where(t.components.c.system == system))
    if wanted:
        change.connection.execute(insert(t.components), [msgspec.structs.asdict(part) for part in wanted])

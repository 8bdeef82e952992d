"""How far controls are, as people said it in the register; it wins over what the description declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy import Connection, select

from bartizan.core.errors import Conflict
from bartizan.core.kept import KeptControl
from bartizan.core.terms import ComponentId, ControlStatus
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every, first


def controls(connection: Connection, system: str) -> tuple[KeptControl, ...]:
    """What the register says of a system's controls, by control and component."""
    c = t.controls.c
    query = select(t.controls).where(c.system == system).order_by(c.control, c.component)
    return every(connection, query, KeptControl)


def control(connection: Connection, system: str, name: str, component: str = "") -> KeptControl | None:
    """What the register says of one control at a component or (empty) everywhere; None where it says nothing."""
    c = t.controls.c
    query = select(t.controls).where(c.system == system, c.control == name, c.component == component)
    return first(connection, query, KeptControl)


def set_status(  # noqa: PLR0913  what is said of a control
    change: Change,
    system: str,
    name: str,
    status: ControlStatus,
    *,
    component: str = "",
    reason: str = "",
    owner: str = "",
    due: str = "",
    revision: int | None = None,
) -> KeptControl:
    """Say how far a control is; whether that may be said is asked before.

    `revision` is that of the word that the person read, -1 where there was none. Raises Conflict where somebody was
    quicker.
    """
    key = {"system": system, "control": name, "component": component}
    values = {"status": status.value, "reason": reason, "owner": owner, "due": due}
    who = {"changed_by": change.actor, "changed_at": change.at}
    before = control(change.connection, system, name, component)
    if revision is not None and revision != (-1 if before is None else before.revision):
        raise Conflict(_QUICKER.format(name))
    if before is None:
        change.insert(t.controls, {**key, **values, **who}, "control.set")
    elif any(getattr(before, k) != v for k, v in {**values, "status": status}.items()):
        change.update(t.controls, key, {**values, **who}, "control.set")
    found = control(change.connection, system, name, component)
    assert found is not None
    return found


def forget(change: Change, system: str, name: str, component: str = "", revision: int | None = None) -> None:
    """Say nothing of a control any more, so that the description's word holds. Raises NotFound, Conflict."""
    held = control(change.connection, system, name, component)
    if held is not None and revision is not None and held.revision != revision:
        raise Conflict(_QUICKER.format(name))
    change.delete(t.controls, {"system": system, "control": name, "component": component}, "control.forget")


def rename(change: Change, system: str, moves: Mapping[ComponentId, ComponentId], aside: Callable[[str], str]) -> None:
    """What was said of a control at a component follows it.

    Where components became one, what is said at the one that stays holds; the rest is kept where `aside` says.
    """
    held = controls(change.connection, system)
    wanted = {one: moves[ComponentId(one.component)] for one in held if ComponentId(one.component) in moves}
    taken = {(one.control, one.component) for one in held if one not in wanted}
    going: dict[KeptControl, str] = {}
    for one, place in wanted.items():
        going[one] = place if (one.control, place) not in taken else aside(one.component)
        taken.add((one.control, going[one]))
    for one in going:  # all leave before any arrives, since two may swap names
        change.delete(t.controls, {"system": system, "control": one.control, "component": one.component}, _RENAME)
    for one, to in going.items():
        values = msgspec.structs.asdict(one) | {"component": to, "status": one.status.value}
        change.insert(t.controls, values, _RENAME)


_RENAME = "control.rename"
_QUICKER = "somebody said something else of {} in the meantime; read it again"

"""The order in which people want to take the controls of a system, where they chose another than the suggested one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from bartizan.core.errors import Conflict
from bartizan.register import tables as t
from bartizan.register.change import Change


class PlanOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The controls of a system's plan in the order that people chose."""

    controls: tuple[str, ...] = ()
    """Empty where nobody chose, or where somebody went back to the suggested order."""
    revision: int = 0
    """0 where nobody ever chose; it rises with each choice."""


def plan_order(connection: Connection, system: str) -> PlanOrder:
    """The order that was chosen for a system. It may name controls that are no longer offered."""
    c = t.settings.c
    row = connection.execute(select(c.value, c.revision).where(c.key == _key(system))).one_or_none()
    if row is None:
        return PlanOrder()
    controls = msgspec.json.decode(row.value, type=tuple[str, ...])
    return PlanOrder(controls=controls, revision=row.revision + 1)


def set_plan_order(change: Change, system: str, controls: Sequence[str], revision: int | None = None) -> PlanOrder:
    """Keep an order; none means the suggested one. Raises Conflict where somebody chose since `revision` was read."""
    held = plan_order(change.connection, system)
    if revision is not None and revision != held.revision:
        raise Conflict(f"somebody put the controls of {system:.100} in another order in the meantime; look again")
    value = msgspec.json.encode(list(controls)).decode()
    if not held.revision:
        change.insert(t.settings, {"key": _key(system), "value": value}, _ACTION)
    else:
        change.update(t.settings, {"key": _key(system)}, {"value": value}, _ACTION)
    return plan_order(change.connection, system)


_ACTION = "plan.order"


def _key(system: str) -> str:
    return f"plan-order/{system}"

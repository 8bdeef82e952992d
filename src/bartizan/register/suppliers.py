"""Suppliers and what they owe: one answer for each system, supplier and control that a risk waits for.

    open ──► sent ──► answered ──► verified
      └───────┴──────────┴──► refused

Whatever was asked stays: a question that no risk waits for any more is `settled`, and is again what it was when one
does. That an answer has expired follows from its last day and is not stored. What is said here belongs to no component,
so it survives every renaming; a supplier is known by name, and a new name given here is that by which descriptions are
matched from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec
from sqlalchemy import Connection, select

from bartizan.core.errors import Conflict, NotFound, nearest
from bartizan.core.kept import AnswerState, Supplier, SupplierAnswer
from bartizan.core.records import OpenPoint
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import can_be_kept, every, first
from bartizan.register.systems import slug

NAMELESS = "Supplier that is not named"
"""What stands for a supplier whom a description does not name."""
_UNNAMED = "supplier"
"""What an assessment calls one."""


def suppliers(connection: Connection, system: str | None = None) -> tuple[Supplier, ...]:
    """All suppliers by name, or those who have or had something to answer for a system."""
    query = select(t.suppliers).order_by(t.suppliers.c.name, t.suppliers.c.id)
    if system is not None:
        asked = select(t.supplier_answers.c.supplier).where(t.supplier_answers.c.system == system)
        query = query.where(t.suppliers.c.id.in_(asked))
    return every(connection, query, Supplier)


def supplier(connection: Connection, which: str) -> Supplier:
    """A supplier by id or name, whatever the case of its letters. Raises NotFound."""
    query = select(t.suppliers).where(t.suppliers.c.id == which)
    found = first(connection, query, Supplier) if can_be_kept(which) else None
    found = found or _called(suppliers(connection), which)
    if found is None:
        near = nearest(which, [one.name for one in suppliers(connection)])
        raise NotFound(f"there is no supplier '{which:.100}' in the register; {near or 'see: bartizan supplier list'}")
    return found


def _called(known: Iterable[Supplier], name: str) -> Supplier | None:
    return next((one for one in known if one.name.casefold() == name.strip().casefold()), None)


def describe(
    change: Change, which: str, *, name: str, contact: str = "", note: str = "", revision: int | None = None
) -> Supplier:
    """Say what a supplier is called, and whom to ask. Raises NotFound, Conflict where the name is another's."""
    found = supplier(change.connection, which)
    other = _called(suppliers(change.connection), name)
    if other is not None and other.id != found.id:
        raise Conflict(f"another supplier is called '{other.name}' already")
    values = {"name": name.strip(), "contact": contact, "note": note}
    change.update(t.suppliers, {"id": found.id}, values, "supplier.describe", revision)
    return supplier(change.connection, found.id)


def answers(
    connection: Connection, system: str | None = None, supplier_id: str | None = None
) -> tuple[SupplierAnswer, ...]:
    """What was asked, by system, supplier and control; of one system or supplier where they are named."""
    c = t.supplier_answers.c
    query = select(t.supplier_answers).order_by(c.system, c.supplier, c.control)
    if system is not None:
        query = query.where(c.system == system)
    if supplier_id is not None:
        query = query.where(c.supplier == supplier_id)
    return every(connection, query, SupplierAnswer)


def answer(connection: Connection, system: str, supplier_id: str, control: str) -> SupplierAnswer:
    """One answer. Raises NotFound."""
    c = t.supplier_answers.c
    wanted = (c.system == system, c.supplier == supplier_id, c.control == control)
    found = first(connection, select(t.supplier_answers).where(*wanted), SupplierAnswer)
    if found is None:
        raise NotFound(f"nothing was asked of '{supplier_id:.100}' about '{control:.100}' for system '{system:.100}'")
    return found


def update(
    change: Change, one: SupplierAnswer, values: Mapping[str, str], action: str, revision: int | None = None
) -> SupplierAnswer:
    """Change what is known of an answer, and who said so. Raises Conflict."""
    key = {"system": one.system, "supplier": one.supplier, "control": one.control}
    who = {"changed_by": change.actor, "changed_at": change.at}
    change.update(t.supplier_answers, key, {**values, **who}, action, revision)
    return answer(change.connection, one.system, one.supplier, one.control)


def synchronise(change: Change, system: str, points: Iterable[OpenPoint]) -> None:
    """Bring what is asked for a system to what its risks wait for now."""
    known = list(suppliers(change.connection))
    held = {(one.supplier, one.control): one for one in answers(change.connection, system)}
    wanted: dict[tuple[str, str], str] = {}
    for point in points:
        who = _known(change, known, NAMELESS if point.supplier == _UNNAMED else point.supplier)
        wanted.setdefault((who, point.control), point.question)
    for key, question in wanted.items():
        one = held.get(key)
        if one is None:
            _ask(change, system, *key, question)
        elif one.state == "settled":
            update(change, one, {"state": _before(one), "question": question}, "supplier.reopen")
        elif one.question != question and one.state == "open":
            update(change, one, {"question": question}, "supplier.reword")
    _settle(change, held, wanted)


def _known(change: Change, known: list[Supplier], name: str) -> str:
    name = shortened(name)
    found = _called(known, name)
    if found is None:
        found = Supplier(id=_free(slug(name), {one.id for one in known}), name=name, contact="", note="", revision=0)
        change.insert(t.suppliers, msgspec.structs.asdict(found), "supplier.add")
        known.append(found)
    return found.id


def shortened(name: str) -> str:
    """A supplier's name as far as it is kept."""
    return name.strip()[: t.NAME]


def _free(wanted: str, taken: Collection[str]) -> str:
    number, chosen = 1, wanted
    while chosen in taken:
        number += 1
        chosen = f"{wanted}-{number}"
    return chosen


def _ask(change: Change, system: str, supplier_id: str, control: str, question: str) -> None:
    values = {"system": system, "supplier": supplier_id, "control": control, "question": question, "state": "open"}
    who = {"changed_by": change.actor, "changed_at": change.at}
    change.insert(t.supplier_answers, {**values, **who}, "supplier.ask")


def _before(one: SupplierAnswer) -> AnswerState:
    """What a settled answer was before, by what is known of it."""
    if one.verified_on:
        return "verified"
    if one.answered_on:
        return "answered"
    return "sent" if one.sent_on else "open"


def _settle(
    change: Change, held: Mapping[tuple[str, str], SupplierAnswer], wanted: Mapping[tuple[str, str], str]
) -> None:
    for key, one in held.items():
        if key not in wanted and one.state != "settled":
            update(change, one, {"state": "settled"}, "supplier.settle")

"""Use cases on what suppliers must answer: send the questions, keep the answers, judge them, and act meanwhile.

An answer is somebody's word. Verified says that a person checked it; a rating moves only by evidence about the control.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from bartizan.core.dates import DATE_FIX, day_after, is_date
from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.core.kept import Meanwhile, Supplier, SupplierAnswer
from bartizan.register import suppliers, systems
from bartizan.register.rows import Reader
from bartizan.register.settings import policy
from bartizan.report.dossier import Dossier
from bartizan.workflows.desk import Desk, kept_system


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and the risks that wait for it now."""

    answer: SupplierAnswer
    expired: bool
    risks: tuple[str, ...]
    """threat@component, worst first; empty where it is settled."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier, and what was asked of them for a system."""

    supplier: Supplier
    answers: tuple[Waiting, ...]


def asked(desk: Desk, system: str, supplier: str | None = None) -> tuple[Asked, ...]:
    """What the suppliers of a system must answer, those first who owe most. Raises NotFound."""
    with desk.register.read() as connection:
        kept = kept_system(desk, connection, system)
        chosen = suppliers.supplier(connection, supplier).id if supplier else None
    ids = {one.name.casefold(): one.id for one in kept.holding.suppliers}
    ids["supplier"] = ids.get(suppliers.NAMELESS.casefold(), "")
    waiting = {
        (ids.get(suppliers.shortened(point.supplier).casefold(), ""), str(point.control)): point.risks
        for point in kept.assessment.open_points
    }
    found = []
    for who in kept.holding.suppliers:
        if chosen is None or who.id == chosen:
            own = [one for one in kept.holding.answers if one.supplier == who.id]
            lines = tuple(
                Waiting(answer=one, expired=one.expired(desk.today), risks=waiting.get((one.supplier, one.control), ()))
                for one in own
            )
            found.append(Asked(supplier=who, answers=lines))
    return tuple(sorted(found, key=lambda a: (-_owed(a, desk.today), a.supplier.name)))


def _owed(one: Asked, today: str) -> int:
    return sum(line.answer.waits(today) for line in one.answers)


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier, and how far their answers are."""

    supplier: Supplier
    systems: tuple[str, ...]
    states: dict[str, int]
    """How many answers are in each state, those that have expired apart."""


def overview(desk: Desk, system: str | None = None, only: frozenset[str] | None = None) -> tuple[Overview, ...]:
    """Every supplier with what was asked of them, for one system, for those a person may see, or for all."""
    with desk.register.read() as connection:
        if system is not None:
            systems.system(connection, system)
        everybody = suppliers.suppliers(connection, system)
        held = suppliers.answers(connection, system)
    own: dict[str, list[SupplierAnswer]] = defaultdict(list)
    for one in held:
        if only is None or one.system in only:
            own[one.supplier].append(one)
    return tuple(_overview(who, own[who.id], desk.today) for who in everybody if only is None or own[who.id])


def _overview(who: Supplier, own: list[SupplierAnswer], today: str) -> Overview:
    states = Counter("expired" if one.expired(today) else one.state for one in own)
    return Overview(
        supplier=who,
        systems=tuple(sorted({one.system for one in own})),
        states={state: states[state] for state in _STATES if states[state]},
    )


_STATES = ("open", "sent", "answered", "verified", "expired", "refused", "settled")


def letter(desk: Desk, system: str, supplier: str) -> Dossier:
    """A dossier whose open points are the questions to send to one supplier now, and no others.

    Raises NotFound, Conflict where there is nothing to send.
    """
    with desk.register.read() as connection:
        kept = kept_system(desk, connection, system)
        who = suppliers.supplier(connection, supplier)
    wanted = {
        one.control
        for one in kept.holding.answers
        if one.supplier == who.id and (one.state == "open" or one.expired(desk.today))
    }
    names = {who.name.casefold()} | ({"supplier"} if who.name == suppliers.NAMELESS else set())
    points = tuple(
        point
        for point in kept.assessment.open_points
        if point.control in wanted and suppliers.shortened(point.supplier).casefold() in names
    )
    if not points:
        raise Conflict(f"there is nothing to send to {who.name} for '{system:.100}': no question is open")
    made = msgspec.structs.replace(kept.assessment, open_points=points)
    return msgspec.structs.replace(kept.dossier, assessment=made)


def send(desk: Desk, system: str, supplier: str, *, by: str) -> tuple[SupplierAnswer, ...]:
    """Say that the questions that are open were sent to a supplier, those that must be asked again among them.

    Gives the answers that are now waited for. Raises NotFound, Conflict where there is nothing to send.
    """
    with desk.register.change(by) as change:
        who = suppliers.supplier(change.connection, supplier)
        held = suppliers.answers(change.connection, system, who.id)
        open_ones = [one for one in held if one.state == "open" or one.expired(desk.today)]
        if not open_ones:
            raise Conflict(f"there is nothing to send to {who.name} for '{system:.100}': no question is open")
        values = {"state": "sent", "sent_on": desk.today, "answered_on": "", "verified_on": "", "valid_until": ""}
        return tuple(suppliers.update(change, one, values, "supplier.send") for one in open_ones)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Which answer is meant, and its revision as the person read it."""

    system: str
    supplier: str
    control: str
    revision: int | None = None


def record_answer(desk: Desk, given: Given, text: str, *, by: str, valid_until: str = "") -> SupplierAnswer:
    """Keep what a supplier answered. Raises InputError, NotFound, Conflict where the question is settled."""
    problems = [*_need(text, "answer", "write what they answered"), *_day(desk, valid_until)]
    if problems:
        raise InputError(problems)
    values = {
        "state": "answered",
        "answer": text.strip(),
        "answered_on": desk.today,
        "verified_on": "",
        "valid_until": valid_until,
    }
    return _move(desk, given, values, "supplier.answer", by, {"open", "sent", "answered", "verified", "refused"})


def verify(desk: Desk, given: Given, *, by: str, valid_until: str = "") -> SupplierAnswer:
    """Say that an answer was checked and holds, until a day (by default as long as evidence counts here).

    Raises InputError, NotFound, Conflict where there is no answer to check.
    """
    problems = _day(desk, valid_until)
    if problems:
        raise InputError(problems)
    with desk.register.read() as connection:
        days = policy(connection).evidence_days
    values = {
        "state": "verified",
        "verified_on": desk.today,
        "valid_until": valid_until or day_after(desk.today, days),
        "meanwhile": "",
        "meanwhile_why": "",
    }
    return _move(desk, given, values, "supplier.verify", by, {"answered", "verified"})


def refuse(desk: Desk, given: Given, why: str, *, by: str) -> SupplierAnswer:
    """Say that a supplier will not answer, or that the answer does not do. Raises InputError, NotFound, Conflict."""
    problems = _need(why, "why", "say what they said")
    if problems:
        raise InputError(problems)
    values = {"state": "refused", "answer": why.strip(), "answered_on": "", "verified_on": "", "valid_until": ""}
    return _move(desk, given, values, "supplier.refuse", by, {"open", "sent", "answered", "verified"})


def set_meanwhile(desk: Desk, given: Given, choice: Meanwhile, why: str, *, by: str) -> SupplierAnswer:
    """Say what is done while there is no answer to rely on; to accept it needs a reason.

    Raises InputError, NotFound, Conflict where an answer can be relied on or is settled.
    """
    if choice == "accept" and not why.strip():
        raise InputError(_need(why, "why", "to accept it, say why it can be borne"))
    with desk.register.read() as connection:
        one = _one(connection, given)
    if not (one.waits(desk.today) or one.state == "answered"):
        raise Conflict(f"nothing is waited for: the question is {one.state}")
    values = {"meanwhile": choice, "meanwhile_why": why.strip()}
    return _move(desk, given, values, "supplier.meanwhile", by, {"open", "sent", "refused", "answered", "verified"})


def rename(
    desk: Desk, supplier: str, *, name: str, by: str, contact: str | None = None, note: str | None = None
) -> Supplier:
    """Say what a supplier is called, and whom to ask; what is None stays. Raises InputError, NotFound, Conflict.

    Done before a description says the new name, the answers stay with the supplier. A new name in a description alone
    may as well be another supplier, who has yet to answer.
    """
    problems = _need(name, "name", "give the name that descriptions use")
    if problems:
        raise InputError(problems)
    with desk.register.change(by) as change:
        now = suppliers.supplier(change.connection, supplier)
        return suppliers.describe(
            change,
            supplier,
            name=name,
            contact=now.contact if contact is None else contact,
            note=now.note if note is None else note,
        )


def _one(connection: Reader, given: Given) -> SupplierAnswer:
    who = suppliers.supplier(connection, given.supplier)
    return suppliers.answer(connection, given.system, who.id, given.control)


def _move(desk: Desk, given: Given, values: dict[str, str], action: str, by: str, states: set[str]) -> SupplierAnswer:
    with desk.register.change(by) as change:
        one = _one(change.connection, given)
        if one.state not in states:
            raise Conflict(f"the question is {one.state}, so this cannot be said of it now")
        return suppliers.update(change, one, values, action, given.revision)


def _need(text: str, field: str, fix: str) -> list[Problem]:
    return [] if text.strip() else [Problem(file=field, finding="nothing is written here", fix=fix)]


def _day(desk: Desk, day: str) -> list[Problem]:
    if day and not is_date(day):
        return [Problem(file="until", finding=f"'{day:.60}' is no date", fix=DATE_FIX)]
    if day and day < desk.today:
        return [Problem(file="until", finding=f"{day} has passed", fix=f"today is {desk.today}")]
    return []

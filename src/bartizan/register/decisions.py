"""Decisions on risks, and acceptances: asked for by one person, approved by another, of a state, until a day.

    mitigate, transfer, avoid     held ──────────────────────────► replaced | withdrawn
    accept            requested ──► held ──► lapsed (its last day, or a material change) | replaced | withdrawn
                          └──► rejected | withdrawn

One decision holds on a risk at a time. A request stands beside the one that holds until it is settled.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.kept import DecisionState, KeptDecision
from bartizan.core.people import is_same_person
from bartizan.core.terms import Treatment
from bartizan.register import tables as t
from bartizan.register.binding import Accepted, material, read_state
from bartizan.register.change import Change
from bartizan.register.rows import every, first


def decisions(connection: Connection, system: str, risk_number: int | None = None) -> tuple[KeptDecision, ...]:
    """The decisions on a system's risks, or on one, the newest first."""
    query = select(t.decisions).where(t.decisions.c.system == system).order_by(t.decisions.c.number.desc())
    if risk_number is not None:
        query = query.where(t.decisions.c.risk_number == risk_number)
    return every(connection, query, KeptDecision)


def decision(connection: Connection, system: str, number: int) -> KeptDecision:
    """A decision by its number. Raises NotFound."""
    query = select(t.decisions).where(t.decisions.c.system == system, t.decisions.c.number == number)
    found = first(connection, query, KeptDecision)
    if found is None:
        raise NotFound(f"system '{system:.100}' has no decision {number}")
    return found


def requests(connection: Connection, systems: Iterable[str] | None = None) -> tuple[KeptDecision, ...]:
    """Acceptances that wait for somebody's approval, the oldest first."""
    query = select(t.decisions).where(t.decisions.c.state == "requested").order_by(t.decisions.c.requested_at)
    if systems is not None:
        query = query.where(t.decisions.c.system.in_(tuple(systems)))
    return every(connection, query, KeptDecision)


def decide(  # noqa: PLR0913  what a decision says
    change: Change,
    system: str,
    risk_number: int,
    treatment: Treatment,
    *,
    reason: str,
    by: str,
    on: str,
    owner: str = "",
    due: str = "",
) -> KeptDecision:
    """Mitigate, transfer or avoid: it holds from now on and replaces what held before."""
    assert treatment is not Treatment.ACCEPT, "an acceptance is requested and approved"
    _replace(change, system, risk_number)
    values = {"treatment": treatment.value, "reason": reason, "by": by, "on": on, "owner": owner, "due": due}
    return _add(change, system, risk_number, {**values, "state": "held"}, "decision.make")


def request(
    change: Change,
    system: str,
    risk_number: int,
    state: Accepted,
    *,
    reason: str,
    by: str,
    until: str,
    owner: str = "",
) -> KeptDecision:
    """Ask for a risk to be accepted as it is now, until a day. Raises Conflict where a request waits already."""
    waiting = _in_state(change.connection, system, risk_number, "requested")
    if waiting is not None:
        raise Conflict(f"acceptance D-{waiting.number} of R-{risk_number} waits for approval already; settle it first")
    values = {
        "treatment": Treatment.ACCEPT.value,
        "reason": reason,
        "by": by,
        "on": change.day,
        "owner": owner,
        "until": until,
        "state": "requested",
        "requested_by": by,
        "requested_at": change.at,
        "bound": state.text,
        "digest": state.digest,
    }
    return _add(change, system, risk_number, values, "acceptance.request")


def approve(
    change: Change,
    system: str,
    number: int,
    now: Accepted,
    *,
    by: str,
    four_eyes: bool = True,
    revision: int | None = None,
) -> KeptDecision:
    """Approve an acceptance that was asked for; it replaces what held before.

    Raises Conflict where it does not wait for approval, where who asked approves (unless `four_eyes` is off), where its
    last day has passed, and where the risk changed materially since it was asked for, and says how.
    """
    asked = _waiting(change.connection, system, number)
    if four_eyes and is_same_person(asked.requested_by, by):
        raise Conflict(f"{by} asked for this acceptance; somebody else must approve it")
    if asked.until < change.day:
        raise Conflict(f"its last day, {asked.until}, has passed; ask for a new acceptance")
    differences = material(read_state(asked.bound), now)
    if differences:
        raise Conflict("the risk is not what it was when this was asked for: " + "; ".join(differences))
    _replace(change, system, asked.risk_number)
    return _settle(change, asked, "held", "acceptance.approve", by, "", revision)


def reject(change: Change, system: str, number: int, *, by: str, why: str, revision: int | None = None) -> KeptDecision:
    """Refuse an acceptance that was asked for. Raises Conflict where it does not wait."""
    asked = _waiting(change.connection, system, number)
    return _settle(change, asked, "rejected", "acceptance.reject", by, why, revision)


def withdraw(
    change: Change, system: str, number: int, *, by: str, why: str, revision: int | None = None
) -> KeptDecision:
    """Take back a decision that holds or a request that waits. Raises Conflict where it is neither."""
    found = decision(change.connection, system, number)
    if found.state not in {"held", "requested"}:
        raise Conflict(f"decision D-{number} is {found.state}; only one that holds or waits can be withdrawn")
    return _settle(change, found, "withdrawn", "decision.withdraw", by, why, revision)


def lapse(change: Change, held: KeptDecision, why: str) -> KeptDecision:
    """An acceptance ends by itself: after its last day, or since what was accepted changed. Who approved it stays.

    Raises Conflict where it is none that holds.
    """
    if held.state != "held" or held.treatment is not Treatment.ACCEPT:
        raise Conflict(f"decision D-{held.number} is no acceptance that holds, so it cannot lapse")
    return _settle(change, held, "lapsed", "acceptance.lapse", held.settled_by, why, None)


def _waiting(connection: Connection, system: str, number: int) -> KeptDecision:
    found = decision(connection, system, number)
    if found.state != "requested":
        raise Conflict(f"decision D-{number} is {found.state}, so there is nothing to settle")
    return found


def _in_state(connection: Connection, system: str, risk_number: int, state: DecisionState) -> KeptDecision | None:
    c = t.decisions.c
    query = select(t.decisions).where(c.system == system, c.risk_number == risk_number, c.state == state)
    return first(connection, query, KeptDecision)


def _replace(change: Change, system: str, risk_number: int) -> None:
    held = _in_state(change.connection, system, risk_number, "held")
    if held is not None:
        _settle(change, held, "replaced", "decision.replace", held.settled_by, "a later decision takes its place", None)


def _add(change: Change, system: str, risk_number: int, values: dict[str, str], action: str) -> KeptDecision:
    number = change.next_number(t.decisions, system)
    change.insert(t.decisions, {"system": system, "number": number, "risk_number": risk_number, **values}, action)
    return decision(change.connection, system, number)


def _settle(
    change: Change, found: KeptDecision, state: DecisionState, action: str, by: str, why: str, revision: int | None
) -> KeptDecision:
    values = {"state": state, "settled_by": by, "settled_at": change.at, "settled_why": why}
    change.update(t.decisions, {"system": found.system, "number": found.number}, values, action, revision)
    return decision(change.connection, found.system, found.number)

"""Decisions on risks; acceptances are asked for by one person and approved by another."""

from __future__ import annotations

from typing import Literal

import msgspec

from bartizan.core.kept import DecisionState, KeptDecision
from bartizan.core.terms import Treatment
from bartizan.register import decisions, risks, systems
from bartizan.web.api.endpoint import ROOT, Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Day, Why, Words
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice

_RISK = "/systems/{system:str}/risks/{number:int}/decisions"
_ONE = "/systems/{system:str}/decisions/{number:int}"


class NewDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a risk is to be treated."""

    treatment: Treatment
    reason: Why
    owner: Words = ""
    due: Day = ""
    """For what is to be done: the day by which."""
    until: Day = ""
    """For an acceptance: its last day."""


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is done."""

    why: Why


class DecisionsQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which decisions are wanted."""

    state: DecisionState | Literal["any"] = "any"


@route("GET", _RISK)
def of_risk(call: Call, system: str, number: int, query: DecisionsQuery) -> Answer[Listed[KeptDecision]]:
    """The decisions on a risk, the newest first."""
    with call.desk.register.read() as connection:
        risks.risk(connection, system, number)
        found = decisions.decisions(connection, system, number)
    return part(call, [one for one in found if query.state in {"any", one.state}], query)


@route("POST", _RISK, role="assessor", status=201, etag=True)
def decide(call: Call, system: str, number: int, body: NewDecision) -> Answer[KeptDecision]:
    """Treat a risk. An acceptance is only asked for: it holds once somebody else approves it."""
    choice = Choice(treatment=body.treatment, reason=body.reason, owner=body.owner, due=body.due, until=body.until)
    made = keeping.decide(call.desk, system, number, choice, by=call.by)
    place = f"{ROOT}/systems/{system}/decisions/{made.number}"
    return Answer(value=made, revision=made.revision, headers={"Location": place})


@route("GET", "/systems/{system:str}/decisions")
def find(call: Call, system: str, query: DecisionsQuery) -> Answer[Listed[KeptDecision]]:
    """The decisions on all risks of a system, the newest first."""
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        found = decisions.decisions(connection, system)
    return part(call, [one for one in found if query.state in {"any", one.state}], query)


@route("GET", _ONE, etag=True)
def get(call: Call, system: str, number: int) -> Answer[KeptDecision]:
    """A decision, with what an acceptance is bound to."""
    return _answer(_decision(call, system, number))


@route("POST", f"{_ONE}/approve", role="approver", condition="may", etag=True)
def approve(call: Call, system: str, number: int) -> Answer[KeptDecision]:
    """Approve an acceptance that somebody else asked for; a 409 says why it cannot be."""
    revision = call.revision(_decision(call, system, number).revision)
    return _answer(keeping.approve(call.desk, system, number, by=call.by, revision=revision))


@route("POST", f"{_ONE}/reject", role="approver", condition="may", etag=True)
def reject(call: Call, system: str, number: int, body: Reason) -> Answer[KeptDecision]:
    """Refuse an acceptance that was asked for."""
    revision = call.revision(_decision(call, system, number).revision)
    return _answer(keeping.reject(call.desk, system, number, by=call.by, why=body.why, revision=revision))


@route("POST", f"{_ONE}/withdraw", role="assessor", condition="may", etag=True)
def withdraw(call: Call, system: str, number: int, body: Reason) -> Answer[KeptDecision]:
    """Take a decision or a request back."""
    revision = call.revision(_decision(call, system, number).revision)
    return _answer(keeping.withdraw(call.desk, system, number, by=call.by, why=body.why, revision=revision))


def _decision(call: Call, system: str, number: int) -> KeptDecision:
    with call.desk.register.read() as connection:
        return decisions.decision(connection, system, number)


def _answer(found: KeptDecision) -> Answer[KeptDecision]:
    return Answer(value=found, revision=found.revision)


ROUTES = (of_risk, decide, find, get, approve, reject, withdraw)

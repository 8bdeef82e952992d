"""A desk over a register of its own, and systems kept in it."""

from __future__ import annotations

from bartizan.core.terms import Treatment
from bartizan.register.opening import Register
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk, Kept
from bartizan.workflows.keeping import approve, decide, keep, look
from tests.report.dossiers import AGENT

__all__ = ["AGENT", "accept", "desk_with", "kept", "number_of", "worst"]


def desk_with(register: Register, text: str = AGENT, name: str = "agent") -> Desk:
    """A desk whose register keeps this description."""
    desk = Desk(register)
    keep(desk, text, file="system.yaml", by="anna", system=name)
    return desk


def kept(desk: Desk, name: str = "agent") -> Kept:
    """The system as it is assessed now."""
    return look(desk, name)


def worst(desk: Desk, name: str = "agent") -> int:
    """The number of its worst risk."""
    found = kept(desk, name)
    return number_of(found, found.assessment.risks[0].id)


def number_of(found: Kept, risk: str) -> int:
    """The number of a risk."""
    return next(row.number for row in found.holding.risks if row.risk == risk)


def accept(desk: Desk, risk: int, until: str, name: str = "agent") -> None:
    """Have a risk accepted: asked for by anna, approved by bo."""
    choice = Choice(treatment=Treatment.ACCEPT, reason="we can bear it", until=until)
    asked = decide(desk, name, risk, choice, by="anna")
    approve(desk, name, asked.number, by="bo")

"""Desks for tests: a register with the catalogue, and one system in it."""

from __future__ import annotations

from bartizan.core.evidence import Evidence
from bartizan.core.kept import KeptDecision, KeptRisk
from bartizan.core.records import Risk
from bartizan.core.terms import ControlId, Treatment
from bartizan.register import decisions, risks
from bartizan.register.opening import Register
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.assess import Options
from bartizan.workflows.desk import Desk
from tests.contracts.test_docs import SYSTEM as EXAMPLE

NAME = "executive-mail-agent"
TEXT = EXAMPLE.read_text(encoding="utf-8")
MODEL = "a" * 64
"""SHA-256 of the model that stands there, where a test says so."""
ESCAPE = "agent_escape@agent"
RISK = "indirect_prompt_injection@agent"


def desk_with(register: Register, text: str = TEXT, options: Options | None = None) -> Desk:
    """A desk at a register in which this description is kept."""
    desk = Desk(register, options)
    keeping.keep(desk, text, file="system.yaml", by="anna")
    return desk


def with_digest(digest: str = MODEL, text: str = TEXT) -> str:
    """The description, which says by digest what model stands there."""
    return text.replace("    type: generative\n", f"    type: generative\n    digests: {{model: {digest}}}\n")


def row_of(desk: Desk, risk: str = RISK) -> KeptRisk:
    """The row of a risk."""
    with desk.register.read() as connection:
        return risks.risk(connection, NAME, risk)


def rating_of(desk: Desk, risk: str = RISK) -> Risk:
    """A risk as it is assessed today."""
    return next(one for one in keeping.look(desk, NAME).assessment.risks if one.id == risk)


def accepted(desk: Desk, risk: str = RISK, until: str = "2027-05-31") -> KeptDecision:
    """An acceptance that anna asked for and ben approved."""
    choice = Choice(treatment=Treatment.ACCEPT, reason="small", until=until)
    asked = keeping.decide(desk, NAME, row_of(desk, risk).number, choice, by="anna")
    return keeping.approve(desk, NAME, asked.number, by="ben")


def decision_now(desk: Desk, number: int) -> KeptDecision:
    """A decision as the register has it."""
    with desk.register.read() as connection:
        return decisions.decision(connection, NAME, number)


def attacked(
    hits: int, trials: int, *, on: str = "2026-11-20", until: str = "2027-03-01", strong: bool = True
) -> Evidence:
    """An attack on the risk, on the model that stands there."""
    return Evidence(
        risk=RISK,
        what=f"{trials} prompts",
        kind="test",
        digests={"model": MODEL},
        held_on=on,
        valid_until=until,
        hits=hits,
        trials=trials,
        strong=True,
        tool="garak",
    )


def checked(
    control: str, passed: bool, *, at: str = "agent", on: str = "2026-11-20", until: str = "2027-03-01"
) -> Evidence:
    """A look at whether a control works."""
    return Evidence(
        control=ControlId(control),
        component=at,
        what=f"looked at {control}",
        kind="review",
        held_on=on,
        valid_until=until,
        passed=passed,
    )

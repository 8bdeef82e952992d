"""`bartizan decide`, `approve`, `reject`, `withdraw`, `comment`: what people decide on risks, and say about them."""

from __future__ import annotations

import click

from bartizan.cli.desks import by_option
from bartizan.cli.kept import due_option, number, owner_option, reason_option, risk_in, system_in, with_desk
from bartizan.core.errors import printable
from bartizan.core.kept import KeptDecision
from bartizan.core.terms import Treatment
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk

_TREATMENTS = [one.value for one in Treatment]


@click.command()
@click.argument("system")
@click.argument("risk")
@click.argument("treatment", type=click.Choice(_TREATMENTS))
@reason_option
@owner_option
@due_option
@click.option("--until", default="", metavar="DATE", help="For accept: its last day (2026-11-22).")
@by_option
@with_desk
def decide(
    system: str, risk: str, treatment: str, reason: str, owner: str, due: str, until: str, by: str, desk: Desk
) -> int:
    """Decide what is done about RISK of SYSTEM: mitigate, transfer, avoid or accept.

    RISK is R-12, or threat@component. The first three hold at once. An acceptance is only asked for: it holds when
    somebody else approves it, and lapses after its last day or when what was accepted changes materially.
    """
    name, risk_number = risk_in(desk, system, risk)
    choice = Choice(treatment=Treatment(treatment), reason=reason, owner=owner, due=due, until=until)
    made = keeping.decide(desk, name, risk_number, choice, by=by)
    if made.state == "requested":
        _say(made, f"asks to accept R-{risk_number} until {made.until}")
        click.echo(f"somebody else approves it with: bartizan approve {name} D-{made.number}", err=True)
    else:
        _say(made, f"{made.treatment.value} R-{risk_number}, {made.state} from now on")
    return 0


@click.command()
@click.argument("system")
@click.argument("decision")
@by_option
@with_desk
def approve(system: str, decision: str, by: str, desk: Desk) -> int:
    """Approve DECISION (D-3), an acceptance that somebody else asked for.

    It is refused where the risk has changed materially since it was asked for, and says how.
    """
    made = keeping.approve(desk, system_in(desk, system), number(decision, "D", "decision"), by=by)
    return _say(made, f"R-{made.risk_number} is accepted until {made.until}, approved by {made.settled_by}")


@click.command()
@click.argument("system")
@click.argument("decision")
@reason_option
@by_option
@with_desk
def reject(system: str, decision: str, reason: str, by: str, desk: Desk) -> int:
    """Refuse DECISION (D-3), an acceptance that waits for approval."""
    made = keeping.reject(desk, system_in(desk, system), number(decision, "D", "decision"), by=by, why=reason)
    return _say(made, f"rejected; R-{made.risk_number} is not accepted")


@click.command()
@click.argument("system")
@click.argument("decision")
@reason_option
@by_option
@with_desk
def withdraw(system: str, decision: str, reason: str, by: str, desk: Desk) -> int:
    """Take back DECISION (D-3): one that holds, or a request that waits."""
    made = keeping.withdraw(desk, system_in(desk, system), number(decision, "D", "decision"), by=by, why=reason)
    return _say(made, f"withdrawn; R-{made.risk_number} waits for a decision")


@click.command()
@click.argument("system")
@click.argument("text")
@click.option("--risk", metavar="RISK", help="About this risk: R-12, or threat@component.")
@by_option
@with_desk
def comment(system: str, text: str, risk: str | None, by: str, desk: Desk) -> int:
    """Say TEXT about SYSTEM, or about a risk of it. What was said stays."""
    if risk is None:
        name, risk_number = system_in(desk, system), None
    else:
        name, risk_number = risk_in(desk, system, risk)
    keeping.comment(desk, name, text, by=by, risk=risk_number)
    click.echo(f"noted on {'R-' + str(risk_number) if risk_number else name}")
    return 0


def _say(made: KeptDecision, text: str) -> int:
    click.echo(f"D-{made.number}: {printable(text)}")
    return 0

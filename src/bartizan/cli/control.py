"""`bartizan control`: how far controls are, as the register is told."""

from __future__ import annotations

import click

from bartizan.cli.desks import by_option
from bartizan.cli.kept import (
    due_option,
    json_option,
    lapses_told,
    owner_option,
    reason_option,
    system_in,
    told,
    with_desk,
)
from bartizan.cli.register_pages import controls_page
from bartizan.core.errors import printable
from bartizan.core.terms import ControlStatus
from bartizan.workflows import keeping
from bartizan.workflows.admission import Standing
from bartizan.workflows.desk import Desk

_STATUSES = [one.value for one in ControlStatus]
_at_option = click.option(
    "--at", "component", default="", metavar="COMPONENT", help="Only there; default is everywhere."
)


@click.group()
def control() -> None:
    """How far controls are. The register's word wins over what a description declares, upwards and downwards."""


@control.command("set")
@click.argument("system")
@click.argument("name", metavar="CONTROL")
@click.argument("status", type=click.Choice(_STATUSES))
@_at_option
@reason_option
@owner_option
@due_option
@by_option
@with_desk
def set_(
    system: str, name: str, status: str, component: str, reason: str, owner: str, due: str, by: str, desk: Desk
) -> int:
    """Say how far CONTROL is at SYSTEM.

    `verified` needs evidence that it works, and counts as long as that evidence does; `not_applicable` needs a reason.
    """
    standing = Standing(status=ControlStatus(status), component=component, reason=reason, owner=owner, due=due)
    chosen = system_in(desk, system)
    with lapses_told(desk, chosen):
        made = keeping.set_control(desk, chosen, name, standing, by=by)
        where = f" at {printable(made.component)}" if made.component else ""
        click.echo(f"{made.control}{where}: {made.status.value.replace('_', ' ')}")
    return 0


@control.command("list")
@click.argument("system")
@json_option
@with_desk
def list_(system: str, as_json: bool, desk: Desk) -> int:
    """List what the register says of the controls of SYSTEM."""
    kept = keeping.look(desk, system_in(desk, system))
    return told(controls_page(kept), kept.holding.controls, as_json)


@control.command()
@click.argument("system")
@click.argument("name", metavar="CONTROL")
@_at_option
@by_option
@with_desk
def forget(system: str, name: str, component: str, by: str, desk: Desk) -> int:
    """Let the description's word on CONTROL hold again."""
    chosen = system_in(desk, system)
    with lapses_told(desk, chosen):
        keeping.forget_control(desk, chosen, name, component, by=by)
        click.echo(f"{printable(name)}: the description's word holds again")
    return 0

"""`bartizan data budget`: how much may be told about people under differential privacy, and how much was."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from bartizan.budget.amount import shown as shown_amount
from bartizan.budget.ledger import Account, Ledger, create_ledger
from bartizan.cli.desks import by_option
from bartizan.cli.options import out_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.moments import now
from bartizan.report.tables.private import account_document, account_lines

_FILE = click.Path(path_type=Path)


@click.group()
def budget() -> None:
    """A ledger of what was released about a group of people: it adds up, and refuses what would be too much."""


@budget.command()
@click.argument("ledger", type=_FILE)
@click.option("--data", required=True, metavar="NAME", help="The data set.")
@click.option("--people", required=True, metavar="NAME", help="Whom it is about.")
@click.option("--epsilon", required=True, metavar="NUMBER", help="How much may be spent in all.")
@click.option("--delta", default="0", metavar="NUMBER", show_default=True, help="The same, where mechanisms have one.")
def create(ledger: Path, data: str, people: str, epsilon: str, delta: str) -> int:
    """Open a ledger. What may be spent cannot be changed later: a larger budget is another promise.

    Example: bartizan data budget create patients.budget --data "clinic 2026" --people patients --epsilon 3
    """
    try:
        create_ledger(ledger, data=data, people=people, epsilon=epsilon, delta=delta, at=now())
    except ValueError as error:
        raise InputError([Problem(file=str(ledger), finding=str(error))]) from None
    click.echo(f"wrote {shown(ledger)}: epsilon {epsilon} for {printable(people)}")
    return 0


@budget.command("show")
@click.argument("ledger", type=_FILE)
@click.option("--head", default="", metavar="HASH", help="The newest hash that you noted: it must be in there.")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@out_option
def show(ledger: Path, head: str, form: Literal["terminal", "json"] | None, out: Path | None) -> int:
    """Tell what was spent, by which releases, and what is left. Every line of the ledger is verified.

    Exits with 1 where nothing is left.

    Example: bartizan data budget show patients.budget
    """
    account = Ledger(ledger).account(holds=head)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    lines = account_lines(ledger, account)
    deliver(account_document(ledger, account) if wanted == "json" else "\n".join(lines) + "\n", out)
    return 0 if _has_left(account) else 1


def _has_left(account: Account) -> bool:
    return account.left[0] > 0


@budget.command()
@click.argument("ledger", type=_FILE)
@click.option("--epsilon", required=True, metavar="NUMBER", help="What it spent.")
@click.option("--delta", default="0", metavar="NUMBER", show_default=True, help="The same.")
@click.option("--what", required=True, metavar="TEXT", help="What was released.")
@click.option(
    "--kind", type=click.Choice(("training", "statistics", "synthetic", "manual")), default="manual", show_default=True,
    help="By what.",
)  # fmt: skip
@by_option
def spend(
    ledger: Path,
    epsilon: str,
    delta: str,
    what: str,
    kind: Literal["training", "statistics", "synthetic", "manual"],
    by: str,
) -> int:
    """Enter a release that another program makes, before it is made: a training with opacus, a report by hand.

    Exits with 1, and enters nothing, where not that much is left: then it must not be made.

    Example: bartizan data budget spend patients.budget --epsilon 0.5 --delta 1e-6 --kind training --what "model 4"
    """
    book = Ledger(ledger)
    try:
        made = book.spend(epsilon, delta, kind=kind, what=what, by=by, at=now())
    except ValueError as error:
        raise InputError([Problem(file="--epsilon, --delta", finding=str(error))]) from None
    click.echo(f"release {made.number}; epsilon {shown_amount(book.account().left[0])} is left")
    return 0

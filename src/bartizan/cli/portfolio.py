"""`bartizan portfolio`: many systems at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from bartizan.cli.desks import desk_at
from bartizan.cli.options import EditionType, catalog_option, register_option, scales_option, today_option
from bartizan.core.dates import in_words
from bartizan.core.errors import printable
from bartizan.core.kept import KeptRisk, KeptSystem
from bartizan.core.terms import Edition
from bartizan.register.across import Shared
from bartizan.register.portfolio import Cell, Filters, RiskFilters, Sort
from bartizan.workflows import portfolio as workflow
from bartizan.workflows.assess import Options
from bartizan.workflows.desk import Desk
from bartizan.workflows.upgrade import Upgrade
from bartizan.workflows.upgrade import upgrade as upgrades

_SORTS = ("worst", "name", "owner", "due", "above", "untreated", "assessed")
_STEP = click.IntRange(min=1, max=500)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(invoke_without_command=True)
@click.option("--text", default="", metavar="TEXT", help="In the name, id, owner or what it is about.")
@click.option("--owner", default="", metavar="NAME", help="Of this owner.")
@click.option(
    "--worst", type=click.IntRange(min=1), metavar="LEVEL", help="With a risk of at least this level (1 to 5)."
)
@click.option("--above-appetite", is_flag=True, help="With a risk above appetite.")
@click.option("--untreated", is_flag=True, help="With one on which no decision holds.")
@click.option("--due-before", default="", metavar="DATE", help="To be reviewed before this day.")
@click.option("--supplier", default="", metavar="NAME", help="With a part of this supplier.")
@click.option("--model", default="", metavar="TEXT", help="With a model that is called so.")
@click.option("--archived", is_flag=True, help="Those that were put away.")
@click.option("--sort", type=click.Choice(_SORTS), default="worst", show_default=True)
@click.option("--limit", type=_STEP, default=50, show_default=True)
@click.option("--offset", type=click.IntRange(min=0), default=0)
@_json
@register_option
@click.pass_context
def portfolio(
    ctx: click.Context,
    text: str,
    owner: str,
    worst: int | None,
    above_appetite: bool,
    untreated: bool,
    due_before: str,
    supplier: str,
    model: str,
    archived: bool,
    sort: Sort,
    limit: int,
    offset: int,
    as_json: bool,
    place: str,
) -> int:
    """List the systems of a register, those with the worst risks first, and the heat map of all of them."""
    if ctx.invoked_subcommand is not None:
        return 0
    filters = Filters(
        text=text,
        owner=owner,
        worst=worst or 0,
        above_appetite=above_appetite,
        untreated=untreated,
        due_before=due_before,
        supplier=supplier,
        model=model,
        archived=archived,
    )
    with desk_at(place) as desk:
        view = workflow.view(desk, filters, sort=sort, offset=offset, limit=limit, since="" if as_json else None)
        names = _names(desk)
    if as_json:
        click.echo(_as_json(view))
        return 0
    for one in view.page.items:
        _show(one, names)
    total = view.totals
    click.echo(
        f"{view.page.total} {'system' if view.page.total == 1 else 'systems'}, {total.risks} risks, "
        f"{total.above_appetite} above appetite, {total.untreated} of them untreated"
    )
    for line in _heat(view.heat):
        click.echo(line)
    return 0


def _as_json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def _names(desk: Desk) -> list[str]:
    return ["none", *(band.name.replace("_", " ") for band in desk.catalog.scales.levels)]


def _show(one: KeptSystem, names: list[str]) -> None:
    due = f", review due {in_words(one.review_due)}" if one.review_due else ""
    owner = f" ({printable(one.owner, 60)})" if one.owner else ""
    click.echo(f"{names[min(one.worst, len(names) - 1)]:<10} {one.id}  {printable(one.name, 60)}{owner}")
    click.echo(f"           {one.risks} risks, {one.above_appetite} above appetite, {one.untreated} untreated{due}")


def _heat(cells: tuple[Cell, ...]) -> Iterator[str]:
    """The counts by likelihood (rows, the highest first) and impact (columns)."""
    counts = {(cell.likelihood, cell.impact): cell.risks for cell in cells}
    size = max([5, *(max(key) for key in counts)])
    yield ""
    yield "likelihood"
    for row in range(size, 0, -1):
        yield f"{row:>6} |" + "".join(f"{counts.get((row, column), 0) or '.':>8}" for column in range(1, size + 1))
    yield "impact  " + "".join(f"{column:>8}" for column in range(1, size + 1))


@portfolio.command()
@click.option("--text", default="", metavar="TEXT", help="In the name of the threat, the component, or the owner.")
@click.option("--threat", default="", metavar="THREAT", help="Of this threat, by its id.")
@click.option("--level", type=click.IntRange(min=1), metavar="LEVEL", help="Of at least this level now, from 1.")
@click.option("--state", type=click.Choice(("open", "gone", "undecided", "any")), default="open", show_default=True)
@click.option("--treatment", type=click.Choice(("none", "mitigate", "transfer", "avoid", "accept")))
@click.option("--owner", default="", metavar="NAME")
@click.option("--above-appetite", is_flag=True)
@click.option("--limit", type=_STEP, default=50, show_default=True)
@_json
@register_option
def risks(
    text: str,
    threat: str,
    level: int | None,
    state: str,
    treatment: str | None,
    owner: str,
    above_appetite: bool,
    limit: int,
    as_json: bool,
    place: str,
) -> int:
    """Search the risks of all systems, the worst first."""
    asked = {"text": text, "threat": threat, "level": level or 0, "state": "" if state == "any" else state}
    more = {"treatment": treatment or "", "owner": owner, "above_appetite": above_appetite}
    filters = msgspec.convert({**asked, **more}, RiskFilters)
    with desk_at(place) as desk:
        found = workflow.search(desk, filters, limit=limit)
        names = _names(desk)
    if as_json:
        click.echo(_as_json(found))
        return 0
    for one in found.items:
        _show_risk(one, names)
    more_word = "more than " if found.more else ""
    click.echo(f"{more_word}{found.total} {'risk' if found.total == 1 and not found.more else 'risks'} found", err=True)
    return 0


def _show_risk(one: KeptRisk, names: list[str]) -> None:
    what = f"{printable(one.name, 80)} at {printable(one.label, 60)}"
    treatment = one.treatment or ("untreated" if one.above_appetite else "")
    state = one.state if one.state != "open" else treatment
    level = names[min(one.current_level, len(names) - 1)]
    click.echo(f"{level:<10} {one.system} R-{one.number}  {what}" + (f" ({state})" if state else ""))


@portfolio.command()
@click.option("--least", type=click.IntRange(min=1), default=2, show_default=True, help="In at least so many systems.")
@_json
@register_option
def shared(least: int, as_json: bool, place: str) -> int:
    """List the suppliers and the models that several systems have in common."""
    with desk_at(place) as desk:
        suppliers, models = workflow.in_common(desk, Filters(), least=least)
    if as_json:
        click.echo(_as_json({"suppliers": suppliers, "models": models}))
        return 0
    for title, found in (("Suppliers", suppliers), ("Models", models)):
        click.echo(title)
        for one in found:
            _show_shared(one)
        if not found:
            click.echo("  none")
    return 0


def _show_shared(one: Shared) -> None:
    by = f", by {printable(one.supplier, 60)}" if one.supplier and one.supplier != one.name else ""
    rest = f" and {one.count - len(one.systems)} more" if one.count > len(one.systems) else ""
    click.echo(f"  {printable(one.name, 60)}{by}: {one.count} systems: {', '.join(one.systems)}{rest}")


@portfolio.command()
@click.option("--edition", type=EditionType(), required=True, help="The edition to go to: 2023, 2025 or 2026.")
@click.option("--after", default="", metavar="SYSTEM", help="Go on after this system, where it was interrupted.")
@_json
@register_option
@today_option
@catalog_option
@scales_option
def upgrade(
    edition: Edition,
    after: str,
    as_json: bool,
    place: str,
    today: str | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Show what another EDITION would change for every system; nothing is kept of it.

    With --json each system is one line, as soon as it is done.
    """
    options = Options(today=today, catalog_folders=catalog_folders, scales=scales)
    failed = count = touched = 0
    with desk_at(place, options) as desk:
        for one in upgrades(desk, edition, after=after, progress=_tick):
            count += 1
            failed += bool(one.error)
            touched += not one.nothing
            if as_json:
                click.echo(msgspec.json.encode(one).decode())
            elif not one.nothing:
                _show_upgrade(one)
    click.echo(f"{count} systems: {touched - failed} would change, {failed} could not be assessed", err=True)
    return 2 if failed else 0


def _tick(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{total} ", nl=done == total, err=True)


def _show_upgrade(one: Upgrade) -> None:
    if one.error:
        click.echo(f"{one.system}: {one.error}", err=True)
        return
    counts = {"new": one.new, "gone": one.gone, "up": one.up, "down": one.down, "undecided": one.undecided}
    words = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
    lapsing = f"; {one.lapsing} acceptances would lapse" if one.lapsing else ""
    click.echo(
        f"{one.system} ({one.before} to {one.after}): {words}; "
        f"above appetite {one.above_before} to {one.above_after}{lapsing}"
    )
    for change in one.changes:
        if change.move != "shifted":
            click.echo(f"    {change.move}: {printable(change.id)}")

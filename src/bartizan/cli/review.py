"""`bartizan review`: what is due, reviews that were done, assessing anew, events."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from bartizan.cli.desks import by_option, desk_at
from bartizan.cli.options import register_option, today_option
from bartizan.core.dates import in_words
from bartizan.core.due import Due
from bartizan.core.errors import printable
from bartizan.register import systems
from bartizan.workflows import events as incidents
from bartizan.workflows import reviews as workflow
from bartizan.workflows.assess import Options
from bartizan.workflows.delivery import deliver
from bartizan.workflows.notices import tell

_WITHIN = click.IntRange(0, 3660)


@click.group(invoke_without_command=True)
@click.option("--system", metavar="SYSTEM", help="Only what is due of this system.")
@click.option(
    "--within", type=_WITHIN, default=workflow.WITHIN, show_default=True, help="Also what comes in so many days."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@register_option
@today_option
@click.pass_context
def review(ctx: click.Context, system: str | None, within: int, as_json: bool, place: str, today: str | None) -> int:
    """List what is due, most urgent first, and what to do about each.

    What only an assessment shows, such as an acceptance that a change made lapse, is there after `review refresh`.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    with desk_at(place, Options(today=today)) as desk:
        found = workflow.list_due(desk, within=within, system=system)
        day = desk.today
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return 0
    for one in found:
        _show(one, day)
    click.echo("nothing is due" if not found else f"{len(found)} due", err=bool(found))
    return 0


def _show(one: Due, today: str) -> None:
    when = f"since {in_words(one.due)}" if one.due <= today else in_words(one.due)
    owner = f" ({printable(one.owner)})" if one.owner else ""
    click.echo(f"{when}  {one.system}: {printable(one.what)}{owner}")
    click.echo(f"    {printable(one.do)}")


@review.command()
@click.argument("system")
@click.option("--outcome", required=True, metavar="TEXT", help="What came of it.")
@click.option("--next", "next_on", default="", metavar="DATE", help="The day of the next review; else by policy.")
@by_option
@register_option
@today_option
def done(system: str, outcome: str, next_on: str, by: str, place: str, today: str | None) -> int:
    """Keep that a SYSTEM as a whole was reviewed, and what came of it."""
    with desk_at(place, Options(today=today)) as desk:
        found = workflow.done(desk, system, outcome, by=by, next_on=next_on)
        with desk.register.read() as connection:
            due = systems.system(connection, system).review_due
    click.echo(f"review {found.number} of {system} is done; the next is due on {in_words(due)}")
    return 0


@review.command()
@click.argument("system", required=False)
@click.option("--all", "everything", is_flag=True, help="Every system that is not put away.")
@by_option
@register_option
@today_option
def refresh(system: str | None, everything: bool, by: str, place: str, today: str | None) -> int:
    """Assess a SYSTEM, or all, anew as of today: acceptances lapse, evidence goes stale. Made to be run every night."""
    if everything == (system is not None):
        raise click.UsageError("name a system, or --all")
    failed = count = 0
    with desk_at(place, Options(today=today)) as desk:
        with desk.register.read() as connection:
            kept = systems.systems(connection) if system is None else (systems.system(connection, system),)
        for one in workflow.refresh_all(desk, [s.id for s in kept if s.version], by=by, progress=_tick(len(kept))):
            count += not one.error
            failed += bool(one.error)
            if one.error:
                click.echo(f"{one.system}: {one.error}", err=True)
            elif one.lapsed or system is not None:
                lapsed = f", {one.lapsed} {'acceptance' if one.lapsed == 1 else 'acceptances'} lapsed"
                click.echo(f"{one.system}: {one.above_appetite} above appetite{lapsed if one.lapsed else ''}")
    click.echo(f"{count} assessed anew, {failed} failed", err=True)
    return 2 if failed else 0


def _tick(total: int) -> workflow.Progress:
    """Show how far it is, on a screen."""
    if not sys.stderr.isatty() or total < 2:
        return lambda _: None
    done_so_far = 0

    def tell(name: str) -> None:
        nonlocal done_so_far
        done_so_far += 1
        click.echo(f"\r{done_so_far}/{total} ", nl=done_so_far == total, err=True)

    return tell


@review.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--system", required=True, metavar="SYSTEM", help="The system to which it happened.")
@by_option
@register_option
def events(file: Path, system: str, by: str, place: str) -> int:
    """Keep what happened to a running system, from lines of JSON in FILE.

    Each line has kind and at (a moment with its zone), and may have what, count, source and risk (R-12 or
    threat@component). The same line twice is one event.
    """
    with desk_at(place) as desk:
        made = incidents.import_events(desk, system, file, by=by)
    click.echo(f"{len(made)} {'event' if len(made) == 1 else 'events'} added to {system}")
    return 0


@review.command()
@click.argument("system")
@click.argument("numbers", nargs=-1, type=int, metavar="[EVENT]...")
@by_option
@register_option
def seen(system: str, numbers: tuple[int, ...], by: str, place: str) -> int:
    """Say that somebody looked at the events of a SYSTEM, at all of them where none is named."""
    with desk_at(place) as desk:
        count = incidents.see(desk, system, numbers or None, by=by)
    click.echo(f"{count} {'event' if count == 1 else 'events'} seen")
    return 0


@review.command()
@click.option("--within", type=_WITHIN, default=7, show_default=True, help="Also tell what comes in so many days.")
@register_option
def notify(within: int, place: str) -> int:
    """Tell people what is due and new, and send what waits, by mail and to the webhook; made to be run every hour.

    Each occasion is told once. What cannot be sent stays and is tried again later. Passwords come from the variables
    BARTIZAN_SMTP_PASSWORD and BARTIZAN_WEBHOOK_SECRET.
    """
    with desk_at(place) as desk:
        told = tell(desk, within)
        done = deliver(desk)
    click.echo(f"{told} new, {done.sent} sent, {done.failed} failed")
    for error in done.errors:
        click.echo(error, err=True)
    return 3 if done.failed else 0

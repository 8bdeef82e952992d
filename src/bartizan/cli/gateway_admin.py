"""`bartizan gateway approvals`, `switch`, `status`, `events` and so on: a running gateway, by its admin API."""

from __future__ import annotations

import datetime
import functools
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bartizan.cli.desks import by_option
from bartizan.core.errors import InputError, Problem, printable
from bartizan.gateway.admin.values import SCOPES
from bartizan.gateway.approvals_store import Open
from bartizan.gateway.events.event import Event
from bartizan.workflows.gateway_desk import ADDRESS, TOKEN, GatewayDesk

F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MOST_KNOWN = 5_000

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")
why_option = click.option("--why", default="", metavar="TEXT", help="The reason, for the log.")


def with_gateway(function: F) -> Callable[..., Any]:
    """The command gets `gateway`: the admin API that --admin names, with the token from the environment."""

    @click.option(
        "--admin",
        default=ADDRESS,
        show_default=True,
        metavar="URL",
        envvar="BARTIZAN_GATEWAY",
        show_envvar=True,
        help=f"The gateway's admin address; its token from {TOKEN}.",
    )
    @functools.wraps(function)
    def asked(*args: Any, admin: str, **named: Any) -> Any:
        return function(*args, gateway=GatewayDesk(admin, os.environ.get(TOKEN, "")), **named)

    return asked


@click.command(short_help="What waits for a person.")
@click.option("--history", is_flag=True, help="What was asked and is over, the newest first.")
@json_option
@with_gateway
def approvals(history: bool, as_json: bool, gateway: GatewayDesk) -> int:
    """List the questions that wait for a person, each with all that it shows: answer with `approve` or `refuse`."""
    if history:
        over = gateway.history()
        if as_json:
            return _told_as_json(over)
        rows = [
            (_at(one.at), one.ending, one.question.title, one.question.asked_by, _answers(one.question))
            for one in over.over
        ]
        return _table(("over at", "ending", "question", "asked by", "answers"), rows, "nothing was asked yet")
    found = gateway.questions()
    if as_json:
        return _told_as_json(found)
    for one in found.open:
        for line in _question(one, found.at):
            click.echo(line)
    if not found.open:
        click.echo("nothing waits for a person")
    return 0


def _question(one: Open, now: float) -> Iterator[str]:
    yield f"{one.id}  {printable(one.title, 400)}"
    yield f"  asked by: {printable(one.asked_by)}" + (f" ({printable(one.tenant)})" if one.tenant else "")
    if one.tool:
        yield f"  tool: {printable(one.tool)}"
    for name, text in one.details.items():
        yield f"  {printable(name, 80)}: {printable(text, 12 * len(text) + 100)}"
    yes = sum(answer.granted for answer in one.answers)
    so_far = f", {yes} so far" + (f" ({_answers(one)})" if one.answers else "")
    people = "" if one.people == 1 else f"; {one.people} people must say yes{so_far}"
    yield f"  {max(0, round(one.until - now))} seconds left{people}"
    yield ""


def _answers(one: Open) -> str:
    said = [f"{'yes' if a.granted else 'no'} by {a.by}" + (f": {a.why}" if a.why else "") for a in one.answers]
    return printable("; ".join(said))


@click.command(short_help="Let what was asked about go on.")
@click.argument("question", metavar="ID")
@why_option
@by_option
@with_gateway
def approve(question: str, why: str, by: str, gateway: GatewayDesk) -> int:
    """Say yes to the question ID. Who asked for it may not."""
    return _answer(gateway, question, True, by, why)


@click.command(short_help="Refuse what was asked about.")
@click.argument("question", metavar="ID")
@why_option
@by_option
@with_gateway
def refuse(question: str, why: str, by: str, gateway: GatewayDesk) -> int:
    """Say no to the question ID: one no ends it."""
    return _answer(gateway, question, False, by, why)


def _answer(gateway: GatewayDesk, question: str, granted: bool, by: str, why: str) -> int:
    said = gateway.answer(question, granted=granted, by=by, why=why)
    if said.ending is None:
        click.echo(f"noted; {said.missing} more must say yes")
    else:
        click.echo("it goes on" if said.ending == "granted" else "it is refused")
    return 0


@click.command(short_help="What is stopped.")
@json_option
@with_gateway
def switches(as_json: bool, gateway: GatewayDesk) -> int:
    """List the kill switches that are set."""
    found = gateway.switches()
    if as_json:
        return _told_as_json(found)
    rows = [
        (one.scope, one.name, one.by, one.why, _at(one.at), _at(one.until) if one.until else "until cleared")
        for one in found
    ]
    return _table(("what", "name", "by", "why", "since", "until"), rows, "nothing is stopped")


@click.command(short_help="Stop something, or let it go on.")
@click.argument("on", type=click.Choice(("on", "off")))
@click.argument("kind", type=click.Choice(SCOPES))
@click.argument("name", default="*")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for the log.")
@click.option(
    "--until", default="", metavar="WHEN", help="For so long (30m, 2h, 1d) or until then (2026-11-24T08:00Z)."
)
@by_option
@with_gateway
def switch(on: str, kind: str, name: str, why: str, until: str, by: str, gateway: GatewayDesk) -> int:
    """Set a kill switch (on) or clear it (off): for everything, a model, MCP server, tool, tenant, session or caller.

    NAME is that of the model, tool and so on; a pattern with * but for sessions.
    """
    if on == "off":
        gateway.let_go(kind, name, by=by, why=why)
        click.echo(f"{kind} {printable(name)} goes on")
        return 0
    made = gateway.stop(kind, name, by=by, why=why, seconds=_seconds(until))
    end = f" until {_at(made.until)}" if made.until else " until somebody clears it"
    click.echo(f"{made.scope} {printable(made.name)} is stopped{end}")
    return 0


def _seconds(until: str) -> float | None:
    if not until:
        return None
    span = re.fullmatch(r"([0-9]{1,6})([smhd])", until)
    if span:
        return float(span[1]) * _UNITS[span[2]]
    try:
        moment = datetime.datetime.fromisoformat(until)
    except ValueError:
        fix = "write 30m, 2h, 1d or 2026-11-24T08:00Z"
        raise InputError([Problem(file="--until", finding="this is neither a span nor a moment", fix=fix)]) from None
    moment = moment if moment.tzinfo else moment.astimezone()
    return moment.timestamp() - time.time()


@click.command(short_help="How a gateway does.")
@json_option
@with_gateway
def status(as_json: bool, gateway: GatewayDesk) -> int:
    """Say how a gateway and its workers do; exit 1 where something is not well."""
    found = gateway.status()
    if as_json:
        _told_as_json(found)
        return 0 if found.ready else 1
    counts = gateway.counts()
    click.echo("all is well" if found.ready else "not well:")
    for reason in found.reasons:
        click.echo(f"  {printable(reason, 1_000)}")
    click.echo(f"version {printable(found.version)}, up for {datetime.timedelta(seconds=int(found.uptime_seconds))}")
    click.echo(f"settings {printable(found.settings[:12])}, read {_counted(found.loads, 'time')}")
    blocked = counts.total.endings.get("blocked", 0)
    click.echo(f"{blocked} of {counts.total.requests} requests were blocked since {printable(counts.since)}Z")
    wait, are = _counted(found.waiting, "question"), _counted(found.stopped, "kill switch", "kill switches")
    click.echo(f"{wait} {'waits' if found.waiting == 1 else 'wait'}, {are} {'is' if found.stopped == 1 else 'are'} set")
    for one in found.workers:
        mark = ", answers for the admin API" if one.serves else ""
        click.echo(f"worker {printable(one.name)}: {_counted(one.open, 'exchange')} open{mark}")
    return 0 if found.ready else 1


@click.command(short_help="What happened, the newest first.")
@click.option("--blocked", is_flag=True, help="Only what a guard ended.")
@click.option("--guard", default="", metavar="NAME", help="Only where this guard did or found something.")
@click.option("--caller", default="", metavar="NAME", help="Only of this caller.")
@click.option("--since", default="", metavar="MOMENT", help="Only from then on: 2026-11-23, 2026-11-23T09:00:00Z.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500), help="As many.")
@click.option("--follow", is_flag=True, help="Go on with new ones, until stopped with Ctrl C.")
@json_option
@with_gateway
def events(
    blocked: bool,
    guard: str,
    caller: str,
    since: str,
    limit: int,
    follow: bool,
    as_json: bool,
    gateway: GatewayDesk,
) -> int:
    """List exchanges that are over: who asked which model, how it ended, and by which guard. Without content."""
    wanted: dict[str, str | int] = {"guard": guard, "caller": caller, "since": since, "limit": limit}
    wanted["ending"] = "blocked" if blocked else ""
    found = list(reversed(gateway.events(**wanted).events)) if follow else list(gateway.events(**wanted).events)
    known: dict[tuple[str, int, str], None] = {}
    while True:
        for one in found:
            _tell_event(one, as_json)
            known[one.chain, one.seq, one.id] = None
        while len(known) > _MOST_KNOWN:
            del known[next(iter(known))]
        if not follow:
            return 0
        time.sleep(1.0)
        newest = gateway.events(**{**wanted, "limit": 500}).events
        found = [one for one in reversed(newest) if (one.chain, one.seq, one.id) not in known]


def _tell_event(one: Event, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(one).decode())
        return
    by = f" by {one.blocked_by}" if one.blocked_by else ""
    who = one.caller or "(no name)"
    took = f"{one.total_ns / 1e6:.0f} ms"
    line = f"{one.at[:19]}Z  {one.status:3}  {took:>8}  {one.id}  {one.ending}{by}  {one.model or '-'}  {who}"
    click.echo(printable(line, 600))


@click.command("reload", short_help="Take over the settings' file now.")
@with_gateway
def reload(gateway: GatewayDesk) -> int:
    """Have all workers take over gateway.yaml as it is now; exit 2 where it is broken, and nothing changed."""
    found = gateway.reload()
    click.echo("taken over" if found.taken else f"refused: {printable(found.refused, 2_000)}", err=not found.taken)
    return 0 if found.taken else 2


def _counted(number: int, word: str, words: str = "") -> str:
    return f"{number} {word if number == 1 else words or word + 's'}"


def _at(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _told_as_json(value: Any) -> int:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    return 0


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], otherwise: str) -> int:
    if not rows:
        click.echo(otherwise)
        return 0
    table = Table(box=None)
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*(printable(text) for text in row))
    Console(highlight=False, markup=False).print(table)
    return 0

"""`bartizan supplier`: what suppliers must answer for the systems of a register, and what they did."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from bartizan.cli.desks import by_option, desk_at
from bartizan.cli.options import out_option, register_option, today_option
from bartizan.cli.output import shown
from bartizan.core.dates import in_words
from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.kept import Meanwhile, SupplierAnswer
from bartizan.core.source import write_atomic
from bartizan.report.questionnaire import render_markdown, render_xlsx
from bartizan.workflows import suppliers as workflow
from bartizan.workflows.assess import Options
from bartizan.workflows.suppliers import Asked, Given, Waiting

_SUFFIXES = (".md", ".xlsx")
_until = click.option(
    "--until", default="", metavar="DATE", help="The last day on which the answer holds (2026-11-22)."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def supplier() -> None:
    """What suppliers must answer, and how far that is.

    A question is open, sent, answered, then verified or refused; an answer expires on its last day. While nothing can
    be relied on, say what is done meanwhile: accept, mitigate or avoid.
    """


@supplier.command("list")
@click.option("--system", metavar="SYSTEM", help="Only the suppliers of this system.")
@_json
@register_option
@today_option
def list_(system: str | None, as_json: bool, place: str, today: str | None) -> int:
    """List the suppliers, with what is open, over all systems or for one."""
    with desk_at(place, Options(today=today)) as desk:
        lines = workflow.overview(desk, system)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(lines)).decode())
        return 0
    for line in lines:
        counts = ", ".join(f"{n} {state}" for state, n in line.states.items())
        click.echo(f"{printable(line.supplier.id)}  {printable(line.supplier.name)}: {counts or 'nothing asked'}")
    if not lines:
        click.echo("no supplier has anything to answer")
    return 0


@supplier.command()
@click.argument("system")
@click.argument("name", metavar="[SUPPLIER]", required=False)
@_json
@register_option
@today_option
def show(system: str, name: str | None, as_json: bool, place: str, today: str | None) -> int:
    """Show each question to the suppliers of a SYSTEM, its answer, and the risks that wait."""
    with desk_at(place, Options(today=today)) as desk:
        found = workflow.asked(desk, system, name)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return 0
    for one in found:
        _show(one)
    return 0


def _show(one: Asked) -> None:
    click.echo(f"{printable(one.supplier.name)} ({one.supplier.id})")
    for line in one.answers:
        answer = line.answer
        click.echo(f"  {answer.control}: {_state(line)}")
        if answer.state == "settled":
            continue
        click.echo(f"    {printable(answer.question)}")
        if answer.answer:
            click.echo(f"    {printable(answer.answer)}")
        if answer.meanwhile:
            why = f": {printable(answer.meanwhile_why)}" if answer.meanwhile_why else ""
            click.echo(f"    meanwhile {answer.meanwhile}{why}")
        if line.risks:
            click.echo(f"    waits: {printable(', '.join(line.risks))}")


def _state(line: Waiting) -> str:
    answer = line.answer
    if line.expired:
        return f"expired on {in_words(answer.valid_until)}"
    day = {"sent": answer.sent_on, "answered": answer.answered_on, "verified": answer.verified_on}.get(answer.state, "")
    until = f", holds until {in_words(answer.valid_until)}" if answer.valid_until else ""
    return f"{answer.state}{f' on {in_words(day)}' if day else ''}{until}"


@supplier.command()
@click.argument("system")
@click.argument("name", metavar="SUPPLIER")
@out_option
@by_option
@register_option
@today_option
def send(system: str, name: str, out: Path | None, by: str, place: str, today: str | None) -> int:
    """Write the questionnaire of what is open to -o (.md or .xlsx) or the screen, and mark it as sent.

    Bartizan sends nothing itself. Questions that were answered and have expired are asked again.
    """
    if out is not None and out.suffix not in _SUFFIXES:
        fix = f"end it with {' or '.join(_SUFFIXES)}"
        raise InputError([Problem(file=str(out), finding=f"no questionnaire ends with '{out.suffix}'", fix=fix)])
    with desk_at(place, Options(today=today)) as desk:
        letter = workflow.letter(desk, system, name)
        is_book = out is not None and out.suffix == ".xlsx"
        content = render_xlsx(letter) if is_book else render_markdown(letter)
        if out is not None:
            write_atomic(out, content)
            click.echo(f"wrote {shown(out)}", err=True)
        else:
            click.echo(content, nl=False)
        sent = workflow.send(desk, system, name, by=by)
    click.echo(f"{len(sent)} {'question' if len(sent) == 1 else 'questions'} marked as sent", err=True)
    return 0


@supplier.command()
@click.argument("system")
@click.argument("name", metavar="SUPPLIER")
@click.argument("control")
@click.argument("text")
@_until
@by_option
@register_option
@today_option
def answer(system: str, name: str, control: str, text: str, until: str, by: str, place: str, today: str | None) -> int:
    """Keep what a SUPPLIER answered about a CONTROL."""
    with desk_at(place, Options(today=today)) as desk:
        _say(workflow.record_answer(desk, _given(system, name, control), text, by=by, valid_until=until))
    return 0


@supplier.command()
@click.argument("system")
@click.argument("name", metavar="SUPPLIER")
@click.argument("control")
@_until
@by_option
@register_option
@today_option
def verify(system: str, name: str, control: str, until: str, by: str, place: str, today: str | None) -> int:
    """Say that an answer was checked and holds."""
    with desk_at(place, Options(today=today)) as desk:
        _say(workflow.verify(desk, _given(system, name, control), by=by, valid_until=until))
    return 0


@supplier.command()
@click.argument("system")
@click.argument("name", metavar="SUPPLIER")
@click.argument("control")
@click.option("--why", required=True, metavar="TEXT", help="What they said, or why the answer does not do.")
@by_option
@register_option
@today_option
def refuse(system: str, name: str, control: str, why: str, by: str, place: str, today: str | None) -> int:
    """Say that a supplier will not answer, or that the answer does not do."""
    with desk_at(place, Options(today=today)) as desk:
        _say(workflow.refuse(desk, _given(system, name, control), why, by=by))
    return 0


@supplier.command()
@click.argument("system")
@click.argument("name", metavar="SUPPLIER")
@click.argument("control")
@click.argument("choice", type=click.Choice(("accept", "mitigate", "avoid")))
@click.option("--why", default="", metavar="TEXT", help="Needed to accept.")
@by_option
@register_option
@today_option
def meanwhile(
    system: str, name: str, control: str, choice: Meanwhile, why: str, by: str, place: str, today: str | None
) -> int:
    """Say what is done while no answer can be relied on."""
    with desk_at(place, Options(today=today)) as desk:
        _say(workflow.set_meanwhile(desk, _given(system, name, control), choice, why, by=by))
    return 0


@supplier.command()
@click.argument("name", metavar="SUPPLIER")
@click.argument("new", metavar="NAME")
@by_option
@register_option
@today_option
def rename(name: str, new: str, by: str, place: str, today: str | None) -> int:
    """Give a supplier a new name, before descriptions use it, so that the answers stay theirs."""
    with desk_at(place, Options(today=today)) as desk:
        found = workflow.rename(desk, name, name=new, by=by)
    click.echo(f"{printable(found.name)}: what they answered is still theirs; use this name in descriptions")
    return 0


def _given(system: str, name: str, control: str) -> Given:
    return Given(system=system, supplier=name, control=control)


def _say(one: SupplierAnswer) -> None:
    click.echo(f"{printable(one.supplier)}, {one.control}: {_state(Waiting(answer=one, expired=False, risks=()))}")

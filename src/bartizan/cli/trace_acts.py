"""`bartizan trace open`, `record`, `show`, `review`, `forget` and `verify`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from bartizan.cli.consent_options import FILE, person_named
from bartizan.cli.desks import by_option
from bartizan.cli.key_options import key_options
from bartizan.cli.options import out_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem
from bartizan.core.json_text import parse_json
from bartizan.core.moments import MOMENT_FIX, is_moment
from bartizan.core.source import read_text
from bartizan.report.trace import traced_document, traced_lines
from bartizan.trace.trace import Trace, Values, create
from bartizan.workflows.pseudonyms import pseudonyms_from

F = TypeVar("F", bound=Callable[..., Any])
_LARGEST = 1_000_000


def trace_option(function: F) -> F:
    """`--trace`: where the trace is."""
    return click.option(
        "--trace",
        "place",
        type=FILE,
        default=Path("trace.db"),
        show_default=True,
        envvar="BARTIZAN_TRACE",
        show_envvar=True,
        metavar="FILE",
        help="The trace.",
    )(function)


def _moment(_: click.Context, option: click.Parameter, value: str) -> str:
    if value and not is_moment(value):
        raise InputError([Problem(file=f"--{option.name}", finding=f"'{value}' is no moment", fix=MOMENT_FIX)])
    return value


def _opened(place: Path, key: tuple[str, Path | None, str], by: str = "application") -> Trace:
    return Trace(place, pseudonyms_from(env=key[0], file=key[1], command=key[2]), by)


@click.command("open")
@trace_option
@click.option("--controller", required=True, metavar="NAME", help="Who answers for the decisions.")
@key_options()
def open_(place: Path, controller: str, key_env: str, key_file: Path | None, key_command: str) -> int:
    """Begin a trace. People will stand in it under pseudonyms that only this key can make: keep a copy of the key.

    Example: bartizan trace open --controller "Harbor Bank" --key-file consent.key
    """
    if not controller.strip():
        raise InputError([Problem(file="--controller", finding="nobody is named")])
    create(place, pseudonyms_from(env=key_env, file=key_file, command=key_command), controller)
    click.echo(f"wrote {shown(place)}")
    return 0


@click.command()
@click.argument("person", callback=person_named)
@trace_option
@click.option(
    "--input", "file", type=FILE, required=True, metavar="FILE", help="What the model was given: a JSON object."
)
@click.option("--outcome", required=True, metavar="TEXT", help="What came of it.")
@click.option("--model", required=True, metavar="NAME", help="The model.")
@click.option("--version", required=True, metavar="TEXT", help="Of the model: best the SHA-256 of its file.")
@click.option("--data", default="", metavar="TEXT", help="What it learned from: a name or SHA-256.")
@click.option("--score", type=float, metavar="NUMBER", help="The model's score.")
@click.option("--explanation", default="", metavar="TEXT", help="Why, in words that the person can read.")
@click.option("--keep-input", is_flag=True, help="Keep the input itself; without it, its salted digest only.")
@click.option("--at", default="", callback=_moment, metavar="MOMENT", help="When, in UTC; default: now.")
@by_option
@key_options()
def record(
    person: str,
    place: Path,
    file: Path,
    outcome: str,
    model: str,
    version: str,
    data: str,
    score: float | None,
    explanation: str,
    keep_input: bool,
    at: str,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Enter what a model decided about PERSON. A serving application does the same with `bartizan.trace.trace.Trace`.

    Example: bartizan trace record customer-1042 --input loan.json --outcome refused --model score --version 3f0a...
    --key-file consent.key
    """
    with _opened(place, (key_env, key_file, key_command), by) as trace:
        number = trace.record(
            person,
            _values(file),
            outcome=outcome,
            model=model,
            version=version,
            data=data,
            score=score,
            explanation=explanation,
            keep_input=keep_input,
            at=at,
        )
    click.echo(f"entered as decision {number}")
    return 0


@click.command()
@trace_option
@click.option("--person", default="", metavar="PERSON", help="About whom.")
@click.option("--model", default="", metavar="NAME", help="By which model.")
@click.option("--since", default="", callback=_moment, metavar="MOMENT", help="From when, in UTC.")
@click.option("--until", default="", callback=_moment, metavar="MOMENT", help="Up to when, in UTC.")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@key_options()
@out_option
def show(
    place: Path,
    person: str,
    model: str,
    since: str,
    until: str,
    form: Literal["terminal", "json"] | None,
    key_env: str,
    key_file: Path | None,
    key_command: str,
    out: Path | None,
) -> int:
    """Search decisions, the newest first, 10,000 at most.

    Example: bartizan trace show --person customer-1042 --key-file consent.key
    """
    with _opened(place, (key_env, key_file, key_command)) as trace:
        found = trace.search(person=person, model=model, since=since, until=until)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    deliver(traced_document(found) if wanted == "json" else "\n".join(traced_lines(found)) + "\n", out)
    return 0


@click.command()
@click.argument("number", type=click.IntRange(1), metavar="DECISION")
@trace_option
@click.option("--outcome", required=True, metavar="TEXT", help="What holds now.")
@click.option("--why", required=True, metavar="TEXT", help="The reason.")
@by_option
@key_options()
def review(
    number: int, place: Path, outcome: str, why: str, by: str, key_env: str, key_file: Path | None, key_command: str
) -> int:
    """Enter that a person looked at a DECISION, and what holds now (GDPR Art. 22(3)).

    Example: bartizan trace review 17 --outcome granted --why "income was out of date" --key-file consent.key
    """
    with _opened(place, (key_env, key_file, key_command)) as trace:
        trace.review(number, outcome=outcome, why=why, by=by)
    click.echo(f"entered at decision {number}: {outcome}")
    return 0


@click.command()
@trace_option
@click.option("--person", default="", metavar="PERSON", help="About whom.")
@click.option("--until", default="", callback=_moment, metavar="MOMENT", help="All up to this moment, in UTC.")
@click.option("--why", required=True, metavar="TEXT", help="The request, or the rule.")
@by_option
@key_options()
def forget(
    place: Path, person: str, until: str, why: str, by: str, key_env: str, key_file: Path | None, key_command: str
) -> int:
    """Delete details: whom it was about, what came of it, why. When and by which model stays. There is no way back.

    Example: bartizan trace forget --person customer-1042 --why "erasure, request 1" --key-file consent.key
    """
    with _opened(place, (key_env, key_file, key_command), by) as trace:
        count = trace.forget(person=person, until=until, why=why)
    click.echo(f"deleted the details of {count:,} decision{'' if count == 1 else 's'}")
    return 0


@click.command()
@trace_option
@key_options()
def verify(place: Path, key_env: str, key_file: Path | None, key_command: str) -> int:
    """Look at every entry and all details. Exits with 2, and says where, where something is not as it was written.

    Example: bartizan trace verify --key-file consent.key
    """
    with _opened(place, (key_env, key_file, key_command)) as trace:
        count = trace.verify()
        _, head = trace.head()
    click.echo(f"{shown(place)}: sound, {count:,} entries, newest hash {head}")
    return 0


def _values(file: Path) -> Values:
    """A JSON object of plain values. Raises InputError."""
    data = parse_json(read_text(file, _LARGEST), str(file)).data
    if not isinstance(data, dict) or any(isinstance(value, dict | list) for value in data.values()):
        fix = 'such as {"income": 42000, "town": "Ulm"}'
        raise InputError([Problem(file=str(file), finding="it is no JSON object of plain values", fix=fix)])
    return data

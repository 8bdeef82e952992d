"""`bartizan verify`: is a model what somebody who is trusted signed, and does that still hold?"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.register.intake.own import document_of
from bartizan.report.signing.document import document, event_line
from bartizan.report.signing.lines import event_text, terminal
from bartizan.supply.signing.verification import Verification
from bartizan.supply.signing.watching import Event
from bartizan.workflows.signing import CONTROLS, Control, Question, Watch, refuse_wrong, verified, write_evidence

Form: TypeAlias = Literal["terminal", "json"]
_FILE = click.Path(path_type=Path)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Interval(click.ParamType[float]):
    """A time such as 30s, 10m, 6h or 1d, in seconds."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds of what a person wrote."""
        found = re.fullmatch(r"([0-9]{1,6})([smhd])", str(value))
        if found is None or int(found[1]) == 0:
            finding = f"'{value}' is no interval"
            raise InputError([Problem(file="--every", finding=finding, fix="write it as 30s, 10m, 6h or 1d")])
        return float(int(found[1]) * _SECONDS[found[2]])


@click.command()
@click.argument("model", type=_FILE, metavar="FOLDER|FILE")
@click.option("--signature", type=_FILE, default="model.sig", show_default=True, metavar="FILE", help="The signature.")
@click.option("--trust", type=_FILE, required=True, metavar="FILE", help="Whom you trust for what, as YAML.")
@click.option("--name", default="", metavar="NAME", help="What the model must be called; always give it in scripts.")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@click.option(
    "--control",
    type=click.Choice(CONTROLS),
    help="The control that the evidence is about. Default: supply_chain_manage, with --every runtime_model_integrity.",
)
@click.option(
    "--every", type=Interval(), metavar="TIME", help="Verify again at this interval (30s, 10m), until stopped."
)
@click.option("--events", type=_FILE, metavar="FILE", help="With --every: append each change as a line of JSON.")
@click.option("--once-changed", is_flag=True, help="With --every: exit with 1 as soon as it is not verified.")
@out_option
@today_option
def verify(
    model: Path,
    signature: Path,
    trust: Path,
    name: str,
    form: Form | None,
    evidence: Path | None,
    component: str,
    control: Control | None,
    every: float | None,
    events: Path | None,
    once_changed: bool,
    out: Path | None,
    today: str | None,
) -> int:
    """Verify a model: who signed it, whether that still holds, and whether each file is what was signed.

    A trust policy says whose keys or certificates may sign which models, until when, what a signature must say, and
    what it may leave out. All that is wrong is told. Every byte is read, each time.

    Exits with 0 where the model is verified, with 1 where it is not, with 2 where the policy or the path is wrong.

    Example: bartizan verify models/fraud --signature fraud.sig --trust trust.yaml --name fraud
    """
    wanted: Form = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    question = Question(model=model, signature=signature, trust=trust, day=today or "", name=name)
    if every is None:
        _only_with_every(events, once_changed)
        found = verified(question)
        deliver(_text(found, wanted), out)
        if evidence is not None:
            about = control or "supply_chain_manage"
            write_evidence(found, evidence, about, component)
            click.echo(f"wrote {shown(evidence)}: {about} {'passed' if found.is_verified else 'failed'}", err=True)
        return 0 if found.is_verified else 1
    if out is not None:
        raise InputError([Problem(file="-o", finding="a watch has no end to write", fix="name a file with --events")])
    refuse_wrong(question)
    watch = Watch(question, every=every, on_event=lambda event: _say(event, wanted), events=events)
    if events is not None:
        _probe(events)
    return _watched(watch, once_changed, evidence, control or "runtime_model_integrity", component)


def _only_with_every(events: Path | None, once_changed: bool) -> None:
    for given, option in ((events, "--events"), (once_changed, "--once-changed")):
        if given:
            raise InputError([Problem(file=option, finding="there is nothing to watch", fix="give --every as well")])


def _watched(watch: Watch, once_changed: bool, evidence: Path | None, control: Control, component: str) -> int:
    def looked() -> bool:
        made = watch.evidence(control, component) if evidence is not None else None
        if evidence is not None and made is not None:
            write_atomic(evidence, document_of(made))
        return once_changed and not watch.watched.is_good

    with _until_told(watch):
        watch.run(looked)
    return 0 if watch.watched.is_good else 1


@contextlib.contextmanager
def _until_told(watch: Watch) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the watch after the look at hand."""
    kept = [(one, signal.signal(one, lambda *_: watch.stop())) for one in (signal.SIGTERM, signal.SIGINT)]
    try:
        yield
    finally:
        for one, handler in kept:
            signal.signal(one, handler)


def _probe(events: Path) -> None:
    """A file of events that cannot be written must be told before the watch begins."""
    if not events.exists():
        write_atomic(events, "")
    elif not events.is_file():
        raise InputError([Problem(file=str(events), finding="this is not a file", fix="name a file with --events")])


def _say(event: Event, form: Form) -> None:
    click.echo(f"{event_line(event)}\n" if form == "json" else event_text(event), nl=False)


def _text(found: Verification, form: Form) -> str:
    return document(found) if form == "json" else terminal(found)

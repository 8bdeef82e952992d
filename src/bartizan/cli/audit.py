"""`bartizan audit`: verify the chain of a register, sign it, export it, read it."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from bartizan.cli import audit_text
from bartizan.cli.options import out_option, register_option
from bartizan.cli.output import Form, deliver, form_of, form_option, shown
from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, Problem
from bartizan.register.audit.faults import Verification
from bartizan.register.audit.reading import Filter
from bartizan.register.checkpoints import fingerprint
from bartizan.register.keys import read_public, write_pair
from bartizan.workflows import audit as workflow

_FORMS: tuple[Form, ...] = ("terminal", "json")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def audit() -> None:
    """Who did what in a register, and the proof that nobody rewrote it."""


@audit.command()
@register_option
@click.option("--checkpoint", type=_FILE, metavar="FILE", help="A checkpoint that was kept elsewhere.")
@click.option(
    "--public-key",
    "keys",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A key that checkpoints must be signed with.",
)
@click.option(
    "--timestamp-ca", "authority", type=_FILE, metavar="FILE", help="Check timestamps by this root certificate (PEM)."
)
@click.option("--against", type=_FILE, metavar="FILE", help="An earlier export, with which the register must begin.")
@click.option("--file", "file", type=_FILE, metavar="FILE", help="Verify this export alone, without a register.")
@form_option(_FORMS)
@out_option
def verify(
    place: str,
    checkpoint: Path | None,
    keys: tuple[Path, ...],
    authority: Path | None,
    against: Path | None,
    file: Path | None,
    form: Form | None,
    out: Path | None,
) -> int:
    """Find what was changed, deleted, added or reordered behind the register's back; exit 1 if anything was.

    Kept elsewhere, a checkpoint (with its public key) or an export also shows whether the chain was cut off at its end
    or made anew.
    """
    if file is not None and against is not None:
        raise click.UsageError("give --file or --against, not both")
    trust = workflow.read_trust(checkpoint, keys, authority)
    found = workflow.verify_file(file, trust) if file else workflow.verify_place(place, trust, against)
    deliver(_outcome(found, form_of(form, out, _FORMS), [fingerprint(key) for key in sorted(trust.keys)]), out)
    return 0 if found.sound else 1


def _outcome(found: Verification, form: Form, keys: list[str]) -> str:
    if form == "json":
        said = {"sound": found.sound, **msgspec.to_builtins(found)}
        return msgspec.json.format(msgspec.json.encode(said)).decode() + "\n"
    return audit_text.outcome(found, keys)


@audit.command()
@click.option(
    "-o",
    "--output",
    "out",
    type=_FILE,
    default=Path("bartizan-audit.key"),
    show_default=True,
    metavar="FILE",
    help="The private key; the public one goes beside it, with .pub at its end.",
)
def key(out: Path) -> None:
    """Make a key pair to sign checkpoints with. Keep the private key where the register's database is not."""
    beside = write_pair(out)
    click.echo(f"wrote {shown(out)} (private: keep it away from the register)", err=True)
    click.echo(
        f"wrote {shown(beside)} (public, {fingerprint(read_public(beside))}: give it to whoever verifies)", err=True
    )


@audit.command()
@register_option
@click.option("--key", "key_file", type=_FILE, required=True, metavar="FILE", help="The private key to sign with.")
@click.option(
    "-o",
    "--output",
    "out",
    type=_FILE,
    default=Path("checkpoint.json"),
    show_default=True,
    metavar="FILE",
    help="Where to write the checkpoint.",
)
@click.option(
    "--timestamp", "url", default="", metavar="URL", help="Have this time-stamping authority (RFC 3161) witness it."
)
def checkpoint(place: str, key_file: Path, out: Path, url: str) -> int:
    """Verify the register and sign its last entry; what is unsound is not signed. Keep the file elsewhere."""
    found, point = workflow.sign(place, key_file, out, url)
    if point is None:
        click.echo(audit_text.outcome(found, []), nl=False)
        click.echo("nothing was signed", err=True)
        return 1
    click.echo(f"wrote {shown(out)}: entry {point.seq}, signed with {fingerprint(point.key)}", err=True)
    return 0


@audit.command()
@register_option
@click.option(
    "-o",
    "--output",
    "out",
    type=_FILE,
    default=Path("audit.jsonl"),
    show_default=True,
    metavar="FILE",
    help="Where to write the entries.",
)
def export(place: str, out: Path) -> None:
    """Write all entries, one JSON object a line, as they are stored. A later export only adds lines: keep it in git."""
    workflow.export(place, out)
    click.echo(f"wrote {shown(out)}", err=True)


@audit.command("log")
@register_option
@click.option("--system", default="", metavar="NAME", help="Only what is about this system.")
@click.option("--actor", default="", metavar="NAME", help="Only what this person did.")
@click.option("--action", default="", metavar="WORD", help="Only this action, or those that begin with it: accept.")
@click.option("--since", default="", metavar="DATE", help="Only from this day on (2026-11-22).")
@click.option("-n", "--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@form_option(_FORMS)
@out_option
def log_(
    place: str, system: str, actor: str, action: str, since: str, limit: int, form: Form | None, out: Path | None
) -> None:
    """The newest entries: when, who, what, on which row, and what it was before."""
    if since and not is_date(since):
        raise InputError([Problem(file="--since", finding=f"'{since}' is no date", fix=DATE_FIX)])
    wanted = Filter(system=system, actor=actor, action=action, since=since)
    entries = workflow.read_log(place, wanted, limit)
    if form_of(form, out, _FORMS) == "json":
        deliver(msgspec.json.format(msgspec.json.encode(entries)).decode() + "\n", out)
    else:
        deliver(audit_text.table(entries), out)

"""`bartizan gateway verify`, `incident`, `keys` and `agent-token`: what needs a gateway's files and not the gateway."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec

from bartizan.cli.output import shown
from bartizan.controls.chat.model_access_control.agents import AgentGrant
from bartizan.controls.chat.model_access_control.keys import new_key
from bartizan.core.errors import InputError, Problem, printable
from bartizan.gateway.events.keys import key_at
from bartizan.gateway.events.reading import Wanted
from bartizan.gateway.events.verifying import Anchor, verify_ledger
from bartizan.gateway.incident import export_incident
from bartizan.gateway.reading import read_settings
from bartizan.workflows.gateway_keys import add_key, agent_token

folder_argument = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
key_option = click.option(
    "--key", default="", metavar="PLACE", help="Of the seals: env:NAME or file:PATH. Default: FOLDER/seal.key."
)


@click.command(short_help="Prove that nobody rewrote the events.")
@folder_argument
@key_option
@click.option(
    "--anchor", "anchors", multiple=True, metavar="CHAIN:ENTRY:HASH", help="What the log said once; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def verify(folder: Path, key: str, anchors: tuple[str, ...], as_json: bool) -> int:
    """Check the chains of events in FOLDER: nothing changed, taken out, put in or taken off the end. Exit 1 for faults.

    It may be written to meanwhile.
    """
    found = verify_ledger(folder, _seal_key(folder, key), [_anchor(one) for one in anchors])
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return 0 if found.sound else 1
    for fault in found.faults:
        click.echo(str(fault))
    more = f" and {found.more} more" if found.more else ""
    said = "all is as it was written" if found.sound else f"{len(found.faults)}{more} faults"
    click.echo(f"{found.entries} entries in {len(found.ends)} chains: {said}")
    if found.unsealed:
        click.echo(f"the last {found.unsealed} are not sealed yet", err=True)
    return 0 if found.sound else 1


def _seal_key(folder: Path, place: str) -> bytes:
    if not (folder / "chains").is_dir():
        finding = "there are no events here"
        raise InputError([Problem(file=str(folder), finding=finding, fix="name the folder of the settings' events")])
    return key_at(place or f"file:{folder}/seal.key", "--key")


def _anchor(text: str) -> Anchor:
    chain, _, rest = text.partition(":")
    seq, _, digest = rest.partition(":")
    if not (chain and seq.isascii() and seq.isdecimal() and len(seq) < 16 and digest):
        raise InputError([Problem(file="--anchor", finding="an anchor is CHAIN:ENTRY:HASH")])
    return Anchor(chain=chain, seq=int(seq), hash=digest)


@click.command(short_help="Export what happened, with its proof.")
@folder_argument
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.zip")
@click.option("--id", "id_", default="", metavar="ID", help="One exchange.")
@click.option("--session", default="", metavar="DIGEST", help="A session, as events tell it.")
@click.option("--caller", default="", metavar="NAME", help="A caller.")
@click.option("--since", default="", metavar="MOMENT", help="From then on: 2026-11-23, 2026-11-23T09:00:00Z.")
@click.option("--until", default="", metavar="MOMENT", help="Before then.")
@key_option
@click.option("--content-key", default="", metavar="PLACE", help="Put requests and answers in: env:NAME or file:PATH.")
def incident(
    folder: Path,
    out: Path,
    id_: str,
    session: str,
    caller: str,
    since: str,
    until: str,
    key: str,
    content_key: str,
) -> int:
    """Write a bundle of exchanges in FOLDER: a summary, the entries, the proof that they are what was written."""
    wanted = Wanted(since=since, until=until, id=id_, caller=caller, session=session)
    if wanted == Wanted():
        finding = "all exchanges are no incident"
        raise InputError([Problem(file="incident", finding=finding, fix="name --id, --session, --caller or --since")])
    content = key_at(content_key, "--content-key") if content_key else b""
    count = export_incident(folder, wanted, out, seal_key=_seal_key(folder, key), content_key=content)
    click.echo(f"wrote {shown(out)}: {count} exchanges", err=True)
    return 0


@click.group(short_help="Keys for callers.")
def keys() -> None:
    """Keys by which callers are known to `model_access_control`."""


@keys.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--caller", required=True, metavar="NAME", help="Whose it is; several keys of one share its limits.")
@click.option("--kind", type=click.Choice(("person", "service", "agent")), default="service", show_default=True)
@click.option("--tenant", default="", metavar="NAME")
@click.option("--model", "models", multiple=True, metavar="PATTERN", help="Default: all; repeatable.")
@click.option("--tool", "tools", multiple=True, metavar="PATTERN", help="Default: all that policy allows; repeatable.")
@click.option("--right", "rights", multiple=True, metavar="NAME", help="To material with this label; repeatable.")
@click.option("--expires", default="", metavar="DATE", help="The last day on which it works: 2027-01-31.")
def new(
    file: Path,
    caller: str,
    kind: str,
    tenant: str,
    models: tuple[str, ...],
    tools: tuple[str, ...],
    rights: tuple[str, ...],
    expires: str,
) -> int:
    """Make a key, put its digest into FILE, and print it, once: it is kept nowhere.

    A gateway that runs takes the file over within a second. To revoke a key, take its entry out of FILE.
    """
    made = new_key(
        caller,
        kind=kind,  # type: ignore[arg-type]
        tenant=tenant,
        models=models or None,
        tools=tools or None,
        rights=frozenset(rights),
        expires=expires,
    )
    add_key(file, made)
    click.echo(f"added {made.entry.id} for {printable(caller)} to {shown(file)}; the key, shown once:", err=True)
    click.echo(made.secret)
    return 0


@click.command("agent-token", short_help="A token for one task of an agent.")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--agent", required=True, metavar="NAME", help="Who acts.")
@click.option("--bound-to", required=True, metavar="PROOF", help="With which credential it holds: key:ID, cert:SHA256.")
@click.option("--task", required=True, metavar="NAME", help="What for.")
@click.option("--on-behalf", default="", metavar="NAME", help="For which person.")
@click.option("--tenant", default="", metavar="NAME")
@click.option("--model", "models", multiple=True, metavar="PATTERN", help="Repeatable.")
@click.option("--tool", "tools", multiple=True, metavar="PATTERN", help="Repeatable.")
@click.option("--right", "rights", multiple=True, metavar="NAME", help="Repeatable.")
@click.option("--seconds", default=900.0, show_default=True, metavar="N", help="How long it holds, up to a day.")
def agent_token_command(
    config: Path,
    agent: str,
    bound_to: str,
    task: str,
    on_behalf: str,
    tenant: str,
    models: tuple[str, ...],
    tools: tuple[str, ...],
    rights: tuple[str, ...],
    seconds: float,
) -> int:
    """Print a token by which an agent may do one task through the gateway of CONFIG, with the credential it names."""
    grant = AgentGrant(
        agent=agent,
        bound_to=bound_to,
        task=task,
        on_behalf=on_behalf,
        tenant=tenant,
        models=models or None,
        tools=tools or None,
        rights=frozenset(rights),
        seconds=seconds,
    )
    click.echo(agent_token(read_settings(config), grant, now=time.time()))
    return 0

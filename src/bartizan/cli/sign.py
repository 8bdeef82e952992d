"""`bartizan sign`: say that a model is yours, in a form that others can verify."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bartizan.cli.output import shown
from bartizan.core.dates import in_words
from bartizan.core.errors import printable
from bartizan.supply.signing.signing import PASSPHRASE, Order, Signed
from bartizan.supply.signing.signing import sign as signed
from bartizan.supply.signing.tree import Links
from bartizan.supply.signing.verifying import today

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("model", type=_FILE, metavar="FOLDER|FILE")
@click.option("--key", type=_FILE, required=True, metavar="PEM", help="Private key on P-256, P-384 or P-521.")
@click.option("--cert", "certificate", type=_FILE, metavar="PEM", help="The key's certificate, for signing code.")
@click.option("--chain", type=_FILE, multiple=True, metavar="PEM", help="Who vouches for it; repeatable.")
@click.option(
    "-o", "--output", "out", type=_FILE, default="model.sig", show_default=True, metavar="FILE", help="The signature."
)
@click.option("--expires", default="", metavar="DATE", help="The last day on which it holds, such as 2027-11-23.")
@click.option("--counter", type=int, metavar="N", help="Number of the release; grows each time.")
@click.option("--name", default="", metavar="NAME", help="What the model is called. Default: as its folder.")
@click.option("--ignore", multiple=True, metavar="PATTERN", help="Path that is not covered; repeatable.")
@click.option(
    "--links",
    type=click.Choice(("refuse", "inside", "anywhere")),
    default="refuse",
    show_default=True,
    help="Links to files: not signed, or signed as the files that they lead to.",
)
def sign(
    model: Path,
    key: Path,
    certificate: Path | None,
    chain: tuple[Path, ...],
    out: Path,
    expires: str,
    counter: int | None,
    name: str,
    ignore: tuple[str, ...],
    links: Links,
) -> int:
    """Sign a model: a folder with all files in it, or one file.

    The signature is a bundle as model-signing of the OpenSSF writes it, and verifies with that as well; name, counter
    and last day are signed with it. The passphrase of an encrypted key is read from BARTIZAN_KEY_PASSPHRASE.

    Make a key: openssl ecparam -name prime256v1 -genkey -noout -out key.pem

    Example: bartizan sign models/fraud --key key.pem --counter 7 --expires 2027-11-23 -o fraud.sig
    """
    order = Order(
        model=model,
        key=key,
        out=out,
        certificate=certificate,
        chain=chain,
        day=today(),
        expires=expires,
        counter=counter,
        name=name,
        ignore=ignore,
        links=links,
    )
    found = signed(order, os.environ.get(PASSPHRASE))
    click.echo(_text(found, out), nl=False)
    if found.is_key_open:
        click.echo(f"{shown(key)}: others on this machine can read the private key; run: chmod 600", err=True)
    return 0


def _text(found: Signed, out: Path) -> str:
    counter = f", counter {found.claims.counter}" if found.claims.counter is not None else ", no counter"
    until = f", until {in_words(found.claims.expires)}" if found.claims.expires else ", without end"
    lines = [
        f"signed {printable(found.name)}{counter}{until}: {found.files:,} files of {found.size:,} bytes",
        f"  key: {found.key} ({found.curve})",
        f"  signature: {shown(out)}",
    ]
    if found.ignored:
        lines.insert(1, f"  not covered: {', '.join(map(printable, found.ignored[:10]))}")
    return "\n".join(lines) + "\n"

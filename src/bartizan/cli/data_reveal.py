"""`bartizan data reveal`: tokens turned back."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.cli.key_options import key_options
from bartizan.core.errors import printable
from bartizan.tables.protect.keys import key_from
from bartizan.tables.protect.plan import read_plan
from bartizan.tables.protect.revealing import reveal as revealed
from bartizan.tables.reading import opened

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--plan", "plan_file", type=_FILE, required=True, metavar="FILE", help="The plan that protected it.")
@click.option("-o", "--out", type=_FILE, required=True, metavar="FILE", help="CSV, Parquet, JSON lines or Arrow.")
@key_options()
def reveal(file: Path, plan_file: Path, out: Path, key_env: str, key_file: Path | None, key_command: str) -> int:
    """Write a table with its tokens turned back into what they stand for. Pseudonyms cannot be turned back.

    A wrong key gives wrong values of the same form, which nothing tells from the right ones: compare the id of the key
    in the record of `bartizan data protect`.

    Example: bartizan data reveal safe.parquet --plan protect.yaml --key-env LOANS_KEY -o cards.parquet
    """
    plan = read_plan(plan_file)
    key = key_from(env=key_env, file=key_file, command=key_command)
    names, rows = revealed(opened(file), plan, key, out)
    click.echo(f"{printable(str(out))}: {rows:,} rows; turned back with key {key.id}: {printable(', '.join(names))}")
    return 0

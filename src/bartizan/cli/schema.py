"""`bartizan schema`: the JSON Schema of a file format."""

from __future__ import annotations

import json

import click

from bartizan.workflows.schemas import SCHEMAS


@click.command()
@click.argument("name", type=click.Choice(list(SCHEMAS)))
def schema(name: str) -> None:
    """Print the JSON Schema of a file format, for editors and validators.

    In an editor with a YAML language server, save it and put in the first line of your description:
    # yaml-language-server: $schema=system.schema.json
    """
    click.echo(json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False))

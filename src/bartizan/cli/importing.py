"""`bartizan import`: prefill a description from a bill of materials or a threat model."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.cli.options import description_option
from bartizan.cli.output import shown
from bartizan.core.errors import printable
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.system.importers.prefill import Imported
from bartizan.workflows.importing import description_text, import_file

_SHOWN = 4


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@description_option("Write the description here; a file that exists is not overwritten.")
@click.option("--all", "everything", is_flag=True, help="Print every entry that could not be used.")
def import_(path: Path, out: Path, everything: bool) -> None:
    """Prefill a description from PATH: CycloneDX ML-BOM 1.5 to 1.7 (JSON) or Open Threat Model 0.2.0 (JSON, YAML).

    Every value says where it came from. What could not be used is printed with the reason.
    """
    refuse_existing(out)
    found = import_file(path)
    write_atomic(out, description_text(found))
    click.echo(f"{found.format}: {len(found.used)} values used.")
    for component, field, source in found.used:
        click.echo(f"  {component}.{field}  from {printable(source)}")
    _print_unused(found, everything)
    click.echo(f"Wrote {shown(out)}. Next: bartizan questions {shown(out)}")


def _print_unused(found: Imported, everything: bool) -> None:
    if not found.unused:
        click.echo("Everything in the file was used.")
        return
    click.echo(f"{len(found.unused)} entries not used:")
    by_reason: dict[str, list[str]] = {}
    for unused in found.unused:
        by_reason.setdefault(unused.why, []).append(unused.path)
    for why, paths in by_reason.items():
        shown = paths if everything else paths[:_SHOWN]
        more = f" and {len(paths) - len(shown)} more" if len(paths) > len(shown) else ""
        click.echo(f"  {', '.join(map(printable, shown))}{more}: {printable(why)}")

"""`bartizan lab table --chat`: what each guard for chat does on the playground, beside all that was measured before."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.measured import MeasuredTable, measured_table
from bartizan.cli.output import shown
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import read_bytes
from bartizan.lab.chat.paired import Change
from bartizan.workflows.gateway_effects_table import Ran, effects_of, honest_change, measured_stacks, table_with
from bartizan.workflows.measuring import write_table

_LARGEST = 10_000_000
_TOLD = ("indirect_prompt_injection", "direct_prompt_injection", "excessive_agency", "output_exfiltration")


def measure_chat(catalog: Catalog, out: Path, store: Path, day: str) -> int:
    """Run what was not run before, write the table, and print what each guard did. Raises InputError."""
    table = _before(out)
    runs = []
    for run in measured_stacks(store / "chat-table", day, lambda text: click.echo(text, err=True)):
        runs.append(run)
        for line in _lines(runs[0], run, catalog):
            click.echo(line)
    made = table_with(table, runs, catalog)
    write_table(made, out)
    click.echo(f"{len(made.effects)} effects measured, {len(made.unmeasured)} pairs without a number", err=True)
    click.echo(f"wrote {shown(out)}", err=True)
    return 0


def _before(out: Path) -> MeasuredTable:
    if not out.exists():
        return measured_table()
    try:
        return msgspec.json.decode(read_bytes(out, _LARGEST), type=MeasuredTable)
    except msgspec.DecodeError as error:
        raise InputError([Problem(file=str(out), finding=f"it is no measured table: {error}")]) from None


def _lines(bare: Ran, run: Ran, catalog: Catalog) -> list[str]:
    honest, attacked = honest_change(bare, run), honest_change(bare, run, attacked=True)
    found = {threat: changed for threat, changed, _ in effects_of(bare, run, catalog)}
    told = [f"{name} {_counts(found.get(name))}" for name in _TOLD]  # type: ignore[call-overload]
    return [f"{run.stack.name}: {'; '.join(told)}; honest {_counts(honest)}; under attack {_counts(attacked)}"]


def _counts(changed: Change | None) -> str:
    if changed is None:
        return "-"
    interval = f"[{changed.low:+.2f}, {changed.high:+.2f}]"
    return f"{changed.without.hits}/{changed.without.trials} -> {changed.with_.hits}/{changed.with_.trials} {interval}"

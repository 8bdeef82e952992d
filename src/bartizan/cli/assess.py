"""`bartizan assess`: one system to a summary and reports; a folder of systems to a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from bartizan.cli.options import catalog_option, edition_option, scales_option, today_option
from bartizan.cli.output import shown
from bartizan.cli.report_options import report_options
from bartizan.core.errors import printable
from bartizan.core.terms import Edition
from bartizan.report.dossier import Dossier
from bartizan.report.formats import BY_NAME
from bartizan.report.loss import in_words
from bartizan.workflows.assess import Options, dossier_of, fails_gate, formats_for, read_named, write_reports
from bartizan.workflows.folder import Line, Table, assess_folder, descriptions_in
from bartizan.workflows.quantify import quantify as quantified

_LOST = 20
"""Results without a place that are named one by one."""


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@report_options
@click.option("--decisions", type=click.Path(path_type=Path), metavar="FILE", help="Decisions on risks, as YAML.")
@click.option(
    "--evidence",
    "evidence",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Results of tests, as `bartizan test --evidence` writes them or a testing tool does; repeatable.",
)
@today_option
@click.option("--fail-above", type=click.Choice(["appetite", "never"]), default="never", help="Exit 1 if a risk is.")
@click.option("--quantify", is_flag=True, help="Also the annual loss by Monte Carlo (needs the lab extra).")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of --quantify.")
@click.option(
    "--trials", type=click.IntRange(100, 10_000_000), default=20_000, show_default=True, help="Of --quantify."
)
@click.option("-q", "--quiet", is_flag=True, help="Print no summary.")
@edition_option
@catalog_option
@scales_option
def assess(
    path: Path,
    out: Path | None,
    formats: tuple[str, ...],
    decisions: Path | None,
    evidence: tuple[Path, ...],
    today: str | None,
    fail_above: str,
    quantify: bool,
    seed: int,
    trials: int,
    quiet: bool,
    edition: Edition | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Assess the AI system that PATH describes; a folder: every description in it.

    Prints a summary of one screen. With -o also writes reports, each whole or not at all.
    """
    options = Options(
        edition=edition,
        catalog_folders=catalog_folders,
        scales=scales,
        decisions=decisions,
        today=today,
    )
    if path.is_dir():
        _refuse_beside_folder({"-f": formats, "--decisions": decisions, "--evidence": evidence, "--quantify": quantify})
        return _folder(path, out, options, fail_above)
    return _one(path, out, formats, options, fail_above, (seed, trials) if quantify else None, quiet, evidence)


def _refuse_beside_folder(options: dict[str, object]) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise click.UsageError(f"{' and '.join(given)}: for one system, and this is a folder; name a file in it")


def _one(
    path: Path,
    out: Path | None,
    formats: tuple[str, ...],
    options: Options,
    fail_above: str,
    monte_carlo: tuple[int, int] | None,
    quiet: bool,
    evidence: tuple[Path, ...],
) -> int:
    targets = formats_for(out, formats) if out else []
    dossier = _observed(dossier_of(read_named(path, options), options), options, evidence)
    if monte_carlo:
        dossier = _quantified(dossier, *monte_carlo)
    written = write_reports(dossier, targets)
    if out is None and formats:
        content = BY_NAME[formats[0]].render(dossier) if formats[0] in BY_NAME else ""
        if isinstance(content, bytes):
            raise click.UsageError(f"{formats[0]} is not text; write it with -o FILE")
        click.echo(content, nl=not content.endswith("\n"))
    elif not quiet:
        _print_summary(dossier)
    for report in written:
        failed = f"{report.format}: not written: {report.error}"
        click.echo(failed if report.error else f"wrote {shown(report.path)}", err=True)
    if any(report.error for report in written):
        return 2
    return 1 if fail_above == "appetite" and fails_gate(dossier) else 0


def _observed(dossier: Dossier, options: Options, files: tuple[Path, ...]) -> Dossier:
    if not files:
        return dossier
    from bartizan.workflows.evidence_files import read_evidence  # noqa: PLC0415  loads all readers of results

    read = read_evidence(files, dossier)
    for one in read.without_place[:_LOST]:
        click.echo(printable(one), err=True)
    if len(read.without_place) > _LOST:
        click.echo(f"and {len(read.without_place) - _LOST:,} more results without a place here", err=True)
    return dossier_of(dossier.system, options, read.evidence)


def _quantified(dossier: Dossier, seed: int, trials: int) -> Dossier:
    loss = quantified(dossier.assessment, dossier.catalog, seed=seed, trials=trials)
    return msgspec.structs.replace(dossier, loss=loss)


def _print_summary(dossier: Dossier) -> None:
    from rich.console import Console  # noqa: PLC0415  heavy, and -q needs none of it

    from bartizan.report.terminal import summary  # noqa: PLC0415  as above

    console = Console(highlight=False)
    console.print(summary(dossier, console.width))
    for line in in_words(dossier, dossier.loss) if dossier.loss is not None else ():
        console.print(line, markup=False)


def _folder(path: Path, out: Path | None, options: Options, fail_above: str) -> int:
    table = Table(out) if out is not None else None
    counts = {"systems": 0, "broken": 0, "above": 0}
    for line in _with_progress(assess_folder(path, options), len(descriptions_in(path))):
        counts["broken" if line.error else "systems"] += 1
        counts["above"] += line.above_appetite > 0
        if line.error:
            click.echo(line.error, err=True)
        if table is not None:
            table.add(line)
        elif not line.error:
            click.echo(
                f"{printable(line.file)}: {line.applies} apply, {line.unknown} unknown, "
                f"{line.above_appetite} above appetite" + (f"; worst {line.worst_risk}" if line.worst_risk else "")
            )
    if table is not None:
        table.write()
    click.echo(
        f"{counts['systems']} systems assessed, {counts['above']} with a risk above appetite, "
        f"{counts['broken']} files with problems",
        err=True,
    )
    if counts["broken"]:
        return 2
    return 1 if fail_above == "appetite" and counts["above"] else 0


def _with_progress(lines: Iterator[Line], total: int) -> Iterator[Line]:
    if not sys.stderr.isatty():
        yield from lines
        return
    from rich.console import Console  # noqa: PLC0415  heavy, and needed only at a terminal
    from rich.progress import Progress  # noqa: PLC0415  as above

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("assessing", total=total)
        for line in lines:
            progress.advance(task)
            yield line

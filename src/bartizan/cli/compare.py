"""`bartizan compare`: two descriptions, or one description by two editions: what changed and why."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from bartizan.cli.options import EditionType, catalog_option, out_option, scales_option, today_option
from bartizan.cli.output import PLAIN_FORMS, Form, deliver, form_of, form_option
from bartizan.core.terms import Edition
from bartizan.report import comparison as report
from bartizan.report.comparison import Compared
from bartizan.workflows.assess import Options
from bartizan.workflows.compare import compare_files

_Editions = tuple[Edition | None, Edition | None]
_WORSE = "Exit 1 if a risk is new above appetite or went up, or if deleted answers hide or lower one above appetite."


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path), required=False)
@click.option("--editions", nargs=2, type=EditionType(), metavar="OLD NEW", help="Two editions for one description.")
@click.option("--edition-a", "first", type=EditionType(), help="The edition for BEFORE.")
@click.option("--edition-b", "second", type=EditionType(), help="The edition for AFTER.")
@form_option(PLAIN_FORMS)
@click.option("--fail-on-worse", is_flag=True, help=_WORSE)
@today_option
@out_option
@catalog_option
@scales_option
def compare(
    before: Path,
    after: Path | None,
    editions: tuple[Edition, Edition] | None,
    first: Edition | None,
    second: Edition | None,
    form: Form | None,
    fail_on_worse: bool,
    today: str | None,
    out: Path | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Say what changed from BEFORE to AFTER, and why: verdicts, risks, controls, components, names, open answers.

    With one file, name two editions: bartizan compare system.yaml --editions 2025 2026
    """
    pair = _editions(after, editions, (first, second))
    options = [
        Options(edition=edition, catalog_folders=catalog_folders, scales=scales, today=today) for edition in pair
    ]
    compared = compare_files(before, after or before, *options)
    deliver(_render(compared, form_of(form, out, PLAIN_FORMS)), out)
    return 1 if fail_on_worse and compared.comparison.is_worse else 0


def _editions(after: Path | None, both: tuple[Edition, Edition] | None, each: _Editions) -> _Editions:
    if both is not None and each != (None, None):
        raise click.UsageError("give --editions, or --edition-a and --edition-b, not both")
    if after is None and both is None and None in each:
        raise click.UsageError("name a second file, or two editions: --editions 2025 2026")
    return both or each


def _render(compared: Compared, form: Form) -> str:
    if form == "markdown":
        return report.markdown(compared)
    if form == "json":
        return report.json(compared)
    return report.terminal(compared, shutil.get_terminal_size().columns)

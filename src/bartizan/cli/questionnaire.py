"""`bartizan questionnaire`: what the suppliers of a system must answer."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.cli.options import catalog_option, edition_option, out_option
from bartizan.cli.output import shown
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.core.terms import Edition
from bartizan.report.questionnaire import open_points, render_markdown, render_xlsx
from bartizan.workflows.assess import Options, make_dossier

_SUFFIXES = (".md", ".xlsx")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--supplier", metavar="NAME", help="Only the questions for this supplier.")
@out_option
@edition_option
@catalog_option
def questionnaire(
    path: Path, supplier: str | None, out: Path | None, edition: Edition | None, catalog_folders: tuple[Path, ...]
) -> int:
    """Print what the suppliers of the system that PATH describes must answer.

    With -o write it to a file that ends with .md or .xlsx; the workbook has a column for the answers.
    """
    if out is not None and out.suffix not in _SUFFIXES:
        fix = f"end it with {' or '.join(_SUFFIXES)}"
        raise InputError([Problem(file=str(out), finding=f"no questionnaire ends with '{out.suffix}'", fix=fix)])
    dossier = make_dossier(path, Options(edition=edition, catalog_folders=catalog_folders))
    if out is None:
        click.echo(render_markdown(dossier, supplier), nl=False)
        return 0
    content = render_xlsx(dossier, supplier) if out.suffix == ".xlsx" else render_markdown(dossier, supplier)
    write_atomic(out, content)
    count = len(open_points(dossier, supplier))
    click.echo(f"wrote {shown(out)}: {count} {'question' if count == 1 else 'questions'}", err=True)
    return 0

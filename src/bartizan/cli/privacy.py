"""`bartizan privacy`: may you, what law and principles ask, where each duty stands; drafts of impact assessments."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.options import catalog_option, edition_option, out_option, scales_option, today_option
from bartizan.cli.output import deliver, form_of, form_option, refuse_unknown_ending
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.privacy import Stand
from bartizan.core.terms import Edition
from bartizan.workflows.assess import Options
from bartizan.workflows.privacy import FORMS, Draft, Form, duties, fails, look, rendered

_WORST: dict[str, tuple[Stand, ...]] = {
    "never": (),
    "forbidden": ("forbidden",),
    "not-met": ("forbidden", "not_met"),
    "unknown": ("forbidden", "not_met", "unknown"),
}


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="SYSTEM.YAML", required=False)
@form_option(FORMS)
@out_option
@click.option("--draft", type=click.Choice(["dpia", "fria"]), help="A draft of an impact assessment instead.")
@click.option("--all", "everything", is_flag=True, help="On the screen, every duty that is asked.")
@click.option("--list", "list_", is_flag=True, help="Every duty there is; with SYSTEM.YAML left out.")
@click.option("--duty", "wanted", multiple=True, metavar="ID", help="With --list: all that is known of it; repeatable.")
@click.option(
    "--fail-on", type=click.Choice(list(_WORST)), default="never", show_default=True, help="Exit 1 if a duty is."
)
@today_option
@edition_option
@catalog_option
@scales_option
def privacy(
    path: Path | None,
    form: Form | None,
    out: Path | None,
    draft: Draft | None,
    everything: bool,
    list_: bool,
    wanted: tuple[str, ...],
    fail_on: Literal["never", "forbidden", "not-met", "unknown"],
    today: str | None,
    edition: Edition | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Say what the EU AI Act, the GDPR and the principles of privacy ask of the system that SYSTEM.YAML describes.

    First whether it is allowed at all, then what is owed and how far that is met, each with its proof. With --draft,
    writes an impact assessment as far as the description fills it, gaps marked. It is not legal advice.
    """
    options = Options(edition=edition, catalog_folders=catalog_folders, scales=scales, today=today)
    if list_ or wanted:
        click.echo(_duties(options, wanted), nl=False)
        return 0
    if path is None:
        raise click.UsageError("name a description, or --list to see every duty")
    chosen = _form(form, out, draft)
    dossier = look(path, options)
    content = rendered(dossier, chosen, draft, shutil.get_terminal_size().columns, everything=everything)
    deliver(content, out)
    return 1 if fails(dossier, _WORST[fail_on]) else 0


def _form(wanted: Form | None, out: Path | None, draft: Draft | None) -> Form:
    """The form that is asked for; Markdown for a draft on the screen. Raises InputError for one that there is not."""
    if wanted is None:
        refuse_unknown_ending(out, FORMS)
    form = form_of(wanted, out, FORMS)
    if draft and form == "json":
        fix = "write it as markdown, html or docx"
        raise InputError([Problem(file=str(out or "--format"), finding="a draft is no JSON", fix=fix)])
    return "markdown" if draft and form == "terminal" else form


def _duties(options: Options, wanted: tuple[str, ...]) -> str:
    book = duties(options)
    unknown = [
        Problem(file="--duty", finding=f"there is no duty '{one:.70}'", fix=nearest(one, book.duties))
        for one in wanted
        if one not in book.duties
    ]
    if unknown:
        raise InputError(unknown)
    from bartizan.report.privacy.terminal import duty_list  # noqa: PLC0415  only a list needs it

    return duty_list(book, wanted)

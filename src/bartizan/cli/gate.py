"""`bartizan gate`: may this pass? For pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import click

from bartizan.cli.desks import desk_at
from bartizan.cli.options import catalog_option, edition_option, out_option, scales_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.findings import FINDING_KINDS, FindingKind, Judged
from bartizan.core.source import write_atomic
from bartizan.core.terms import Edition
from bartizan.report import gate as plain
from bartizan.report import gate_sarif
from bartizan.workflows.assess import Options
from bartizan.workflows.baseline import Baseline, against, as_text, baseline_of, read_baseline
from bartizan.workflows.gate import Asked, gate_all, gate_file, gate_file_with, gate_system

_FILE = click.Path(path_type=Path, dir_okay=False)
_FORMS = {".md": "markdown", ".json": "json", ".sarif": "sarif", ".txt": "terminal"}
Form = Literal["terminal", "json", "sarif", "markdown"]


class _Kinds(click.ParamType[frozenset[FindingKind]]):
    """Kinds of findings, with commas between them."""

    name = "kinds"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[FindingKind]:
        """The kinds that a person named."""
        if isinstance(value, frozenset):
            return value
        words = [word.strip() for word in str(value).split(",") if word.strip()]
        where = f"--{param.name}" if param is not None else "kinds"
        wrong = [word for word in words if word not in FINDING_KINDS]
        if wrong:
            raise InputError(
                Problem(file=where, finding=f"there is no kind of finding '{w:.60}'", fix=nearest(w, FINDING_KINDS))
                for w in wrong
            )
        return frozenset(cast(list[FindingKind], words))


@click.command()
@click.argument("targets", nargs=-1, metavar="[SYSTEM|FILE]...")
@click.option("--all", "everything", is_flag=True, help="Every system of the register.")
@click.option(
    "--register",
    "place",
    envvar="BARTIZAN_REGISTER",
    show_envvar=True,
    metavar="PLACE",
    help="The register; for a SYSTEM the default is bartizan.db, a FILE is judged without one.",
)
@click.option("--decisions", type=_FILE, metavar="FILE", help="Decisions on risks, as YAML; for a FILE alone.")
@click.option("--allow", type=_Kinds(), default=frozenset(), metavar="KINDS", help="Kinds that are told and pass.")
@click.option(
    "--require", type=_Kinds(), default=frozenset(), metavar="KINDS", help="Only these fail, and must be checked."
)
@click.option("--baseline", type=_FILE, metavar="FILE", help="Only what is not in it fails.")
@click.option("--write-baseline", type=_FILE, metavar="FILE", help="Write what is found now, and exit 0.")
@click.option(
    "-f", "--format", "form", type=click.Choice(("terminal", "json", "sarif", "markdown")), help="Default: by -o."
)
@out_option
@today_option
@edition_option
@catalog_option
@scales_option
def gate(
    targets: tuple[str, ...],
    everything: bool,
    place: str | None,
    decisions: Path | None,
    allow: frozenset[FindingKind],
    require: frozenset[FindingKind],
    baseline: Path | None,
    write_baseline: Path | None,
    form: Form | None,
    out: Path | None,
    today: str | None,
    edition: Edition | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Exit 1 when a system may not pass: SYSTEMs of the register, or descriptions in FILEs.

    KINDS, with commas between them: untreated (a risk above appetite without a decision), lapsed (an acceptance that
    holds no more), stale (evidence), unproved (a control that nothing shows to work), unknown (answers are missing).
    What cannot be checked without a register is said, and never counted as passed.
    """
    options = Options(edition=edition, catalog_folders=catalog_folders, scales=scales, decisions=decisions, today=today)
    known = read_baseline(baseline) if baseline is not None else None
    judged = _judge(targets, everything, place, options, Asked(allow=allow, require=require))
    if write_baseline is not None:
        return _write(judged, write_baseline)
    if known is not None:
        judged = [against(one, known) for one in judged]
    deliver(_rendered(judged, form or _by_ending(out), known), out)
    return 0 if all(one.passed for one in judged) else 1


def _judge(
    targets: tuple[str, ...], everything: bool, place: str | None, options: Options, asked: Asked
) -> list[Judged]:
    if everything == bool(targets):
        raise click.UsageError("name systems or files, or --all")
    files = [Path(word) for word in targets if _is_file(word)]
    if options.decisions is not None and (len(files) != 1 or len(targets) > 1 or place):
        raise click.UsageError("--decisions is for one FILE without a register; a register has decisions of its own")
    if files and len(files) == len(targets) and place is None:
        return [gate_file(file, options, asked) for file in files]
    with desk_at(place or "bartizan.db", options) as desk:
        if everything:
            return list(gate_all(desk, asked))
        return [
            gate_file_with(desk, Path(word), asked) if _is_file(word) else gate_system(desk, word, asked)
            for word in targets
        ]


def _is_file(word: str) -> bool:
    return word.endswith((".yaml", ".yml")) or "/" in word or Path(word).is_file()


def _write(judged: list[Judged], file: Path) -> int:
    before: Baseline | None = read_baseline(file) if file.exists() else None
    write_atomic(file, as_text(baseline_of(judged, before)))
    count = sum(len(one.findings) for one in judged)
    click.echo(f"wrote {shown(file)}: {count} {'finding' if count == 1 else 'findings'}", err=True)
    return 0


def _by_ending(out: Path | None) -> Form:
    return cast(Form, _FORMS.get(out.suffix.lower(), "terminal")) if out is not None else "terminal"


def _rendered(judged: list[Judged], form: Form, baseline: Baseline | None) -> str:
    if form == "sarif":
        return gate_sarif.render(judged, baseline=baseline is not None)
    return {"terminal": plain.render_terminal, "json": plain.render_json, "markdown": plain.render_markdown}[form](
        judged
    )

"""From a file to a dossier, and from a dossier to reports: what `bartizan assess` does, without a terminal."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bartizan.assess.assessment import assess
from bartizan.assess.exact import exact
from bartizan.assess.plan import greedy, problem_of
from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.records import Decision
from bartizan.core.shape import to_value
from bartizan.core.source import PathKey, read_yaml, write_atomic
from bartizan.core.terms import Edition
from bartizan.report.dossier import Dossier
from bartizan.report.formats import BY_SUFFIX, FORMATS, Format
from bartizan.system.graph import System
from bartizan.system.reading import read_system


class _Decisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decisions: tuple[Decision, ...]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment is made with, besides the description."""

    edition: Edition | None = None
    catalog_folders: tuple[Path, ...] = ()
    scales: Path | None = None
    decisions: Path | None = None
    today: str | None = None


def make_dossier(
    path: Path,
    *,
    edition: Edition | None = None,
    catalog_folders: Iterable[Path] = (),
    scales: Path | None = None,
    decisions: Path | None = None,
    today: str | None = None,
) -> Dossier:
    """Read, check and assess one description, and plan for it. Raises InputError with all problems."""
    options = Options(
        edition=edition, catalog_folders=tuple(catalog_folders), scales=scales, decisions=decisions, today=today
    )
    return dossier_of(read_system(path), options)


def dossier_of(system: System, options: Options) -> Dossier:
    """Assess a system that was read already, and plan for it."""
    catalog = load_catalog(*options.catalog_folders, scales=options.scales)
    check_names(system, catalog)
    made = assess(
        system,
        catalog,
        today=options.today or datetime.date.today().isoformat(),
        edition=options.edition,
        decisions=read_decisions(options.decisions) if options.decisions else (),
        planner=exact,
    )
    problem = problem_of(made.risks, catalog)
    return Dossier(system=system, catalog=catalog, assessment=made, plans=(greedy(problem), exact(problem)))


def read_decisions(file: Path) -> tuple[Decision, ...]:
    """Decisions given in a file: `decisions:` with risk, treatment, reason, by, on and, for an acceptance, until."""
    document = read_yaml(file)
    decisions = to_value(document, _Decisions).decisions
    problems = [
        document.problem(("decisions", i, field), f"'{value}' is no date", "write it as 2026-11-22")
        for i, decision in enumerate(decisions)
        for field, value in (("on", decision.on), ("until", decision.until))
        if not _is_date(value) and (value or field == "on")
    ]
    if problems:
        raise InputError(problems)
    return decisions


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_names(system: System, catalog: Catalog) -> None:
    """Names of the catalogue in a description: one that it does not know is a misspelling, never silence."""
    named: list[tuple[PathKey, str, str]] = [
        (("controls", i, "control"), c.control, "control") for i, c in enumerate(system.described.controls)
    ]
    named += [(("answers", i, "fact"), a.fact, "fact") for i, a in enumerate(system.described.answers)]
    problems = []
    for path, name, what in named:
        known: dict[str, object] = dict(catalog.controls if what == "control" else catalog.facts)  # type: ignore[arg-type]
        if name not in known:
            finding = f"there is no {what} '{name:.70}'"
            problems.append(
                Problem(file=system.file, line=system.line(path), finding=finding, fix=nearest(name, known))
            )
    if problems:
        raise InputError(problems)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was written, or why it was not."""

    format: str
    path: Path
    error: str = ""


def formats_for(out: Path, wanted: Iterable[str]) -> list[tuple[Format, Path]]:
    """Which formats to write where.

    `out` with a known ending is one file; anything else is a folder, which gets the wanted formats (HTML when none is
    named). Raises InputError for an ending or a format that is not known.
    """
    names = tuple(wanted)
    if out.suffix in BY_SUFFIX and not out.is_dir():
        return [(BY_SUFFIX[out.suffix], out)]
    if out.suffix and not out.is_dir() and not names:
        fix = f"end it with one of {', '.join(sorted(BY_SUFFIX))}, or name a folder and -f"
        raise InputError([Problem(file=str(out), finding=f"no report ends with '{out.suffix}'", fix=fix)])
    chosen = [f for f in FORMATS if f.name in names] if names else [FORMATS[0]]
    if "all" in names:
        chosen = list(FORMATS)
    return [(f, out / f"report{f.suffix}") for f in chosen]


def write_reports(dossier: Dossier, targets: Iterable[tuple[Format, Path]]) -> list[Written]:
    """Write each report whole or not at all; one that fails never loses the others."""
    done = []
    for made, path in targets:
        try:
            write_atomic(path, made.render(dossier))
            done.append(Written(format=made.name, path=path))
        except InputError as error:
            done.append(Written(format=made.name, path=path, error=str(error)))
        except Exception as error:  # a defect in one format must not lose the others; it is reported
            done.append(Written(format=made.name, path=path, error=f"{type(error).__name__}: {error}"))
    return done

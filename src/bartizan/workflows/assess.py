"""From a file to a dossier, and from a dossier to reports: what `bartizan assess` does, without a terminal."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from bartizan.assess.assessment import assess
from bartizan.assess.planning.exact import exact
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import problem_of
from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.catalog.resolve import Names as AllNames
from bartizan.catalog.resolve import UnknownName
from bartizan.core.errors import InputError, Problem
from bartizan.core.evidence import Evidence
from bartizan.core.source import write_atomic
from bartizan.core.terms import Edition
from bartizan.report.dossier import Dossier
from bartizan.report.formats import BY_SUFFIX, FORMATS, Format
from bartizan.system.graph import System
from bartizan.system.reading import Names, name_problems, read_system
from bartizan.workflows.decisions import read_decisions


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment is made with, besides the description."""

    edition: Edition | None = None
    catalog_folders: tuple[Path, ...] = ()
    scales: Path | None = None
    decisions: Path | None = None
    today: str | None = None
    """The day of the assessment (ISO 8601); None is the present day."""

    @property
    def day(self) -> str:
        """The day of the assessment."""
        return self.today or datetime.date.today().isoformat()


def make_dossier(path: Path, options: Options) -> Dossier:
    """Read, check and assess one description, and plan for it. Raises InputError with all problems."""
    return dossier_of(read_named(path, options), options)


def dossier_of(system: System, options: Options, evidence: tuple[Evidence, ...] = ()) -> Dossier:
    """Assess a system that was read already, with what was observed of it, and plan for it."""
    catalog = load_catalog(*options.catalog_folders, scales=options.scales)
    check_names(system, catalog)
    made = assess(
        system,
        catalog,
        today=options.day,
        edition=options.edition,
        decisions=read_decisions(options.decisions, catalog, system) if options.decisions else (),
        planner=_exact,
        evidence=evidence,
    )
    problem = problem_of(made.risks, catalog)
    return Dossier(system=system, catalog=catalog, assessment=made, plans=(greedy(problem), _exact(problem)))


_exact = lru_cache(maxsize=1)(exact)
"""The assessment and its dossier ask for the same plan, one after the other."""


def fails_gate(dossier: Dossier) -> bool:
    """Whether a risk is above appetite that nobody has accepted, or whose acceptance lapsed or has no end."""
    return any(risk.above_appetite and not risk.is_accepted for risk in dossier.assessment.risks)


def names_in(catalog: Catalog) -> Names:
    """What a catalogue calls its controls and facts."""
    return Names(
        catalog.controls,
        {name: entry.subject for name, entry in catalog.facts.items()},
        tuple(band.name for band in catalog.scales.impact),
        {name: duty.at for name, duty in catalog.privacy.duties.items()},
        lambda word: _control_called(word, catalog),
    )


def _control_called(word: str, catalog: Catalog) -> str | None:
    """The control that a name of any edition stands for; asked only where a description is wrong."""
    try:
        found = AllNames(catalog).one(word)
    except UnknownName:
        return None
    return found.id if found is not None and found.kind == "control" else None


def read_named(path: Path, options: Options) -> System:
    """The system that a file describes, its names checked by the catalogue. Raises InputError with all problems."""
    return read_system(path, names_in(load_catalog(*options.catalog_folders, scales=options.scales)))


def check_names(system: System, catalog: Catalog) -> None:
    """Names of the catalogue in a description: one that it does not know is a misspelling, never silence."""
    problems = [
        Problem(file=system.file, line=system.line(path), finding=finding, fix=fix)
        for path, finding, fix in name_problems(system.described, names_in(catalog))
    ]
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

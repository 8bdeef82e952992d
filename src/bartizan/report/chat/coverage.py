"""What was tested and what was not, on a page: threats by surfaces by layers, and each reason once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from bartizan.core.chat_results import ChatRun, Covered
from bartizan.report.catalog_page import clean
from bartizan.report.chat.gaps import Left, first_of, never_tried, partly_tried, undecided, untested_threats
from bartizan.report.chat.wording import LAYERS, MARKS, TESTED, surface_word
from bartizan.report.lab.document import cell, paragraph, strong, table
from bartizan.report.pictures.marks import element

LEGEND = (
    "● searched: also by an attack that improves itself until it succeeds or gives up, so that its failure says "
    "something. ○ tried: by fixed attacks, whose failure says little. – not tested, for a reason below. Empty: no goal "
    "is about that threat there. 3/40: 3 of 40 trials that were judged reached their goal."
)
_TITLES, _REASONS = 6, 12


def covered_table(run: ChatRun, names: Mapping[str, str]) -> Markup:
    """A row for each threat and layer that was tried or could have been, a column for each surface."""
    rows = [row for row in run.coverage if row.surface is not None]
    surfaces = list(dict.fromkeys(row.surface for row in rows if row.surface is not None))
    groups: dict[tuple[str, str], dict[str, Covered]] = {}
    for row in rows:
        groups.setdefault((row.threat, row.layer or ""), {})[row.surface or ""] = row
    columns = ("Threat", "Layer", *(surface_word(one) for one in surfaces))
    made = (_row(names.get(threat, threat), layer, found, surfaces) for (threat, layer), found in groups.items())
    whole = table("What was tested", columns, made)
    return Markup(str(whole).replace('class="wide"', 'class="wide met"', 1))  # noqa: S704  escaped where it was made


def _row(threat: str, layer: str, found: Mapping[str, Covered], surfaces: Sequence[str]) -> Markup:
    depths = (_depth(found.get(surface)) for surface in surfaces)
    return element("tr", cell(strong(threat)), cell(LAYERS.get(layer, layer)), *depths)


def _depth(row: Covered | None) -> Markup:
    if row is None:
        return cell("")
    if not row.trials:
        return element("td", MARKS[row.tested], class_="dep none", title=clean(f"{TESTED[row.tested]}: {row.why}"))
    told = f"{MARKS[row.tested]} {row.hits}/{row.trials}"
    return element("td", told, class_="dep lost" if row.hits else "dep", title=_depth_in_words(row))


def _depth_in_words(row: Covered) -> str:
    besides = f"; {clean(row.why)}" if row.why else ""
    return f"{TESTED[row.tested]}: {row.hits} of {row.trials} trials reached their goal{besides}"


def gap_parts(run: ChatRun, names: Mapping[str, str]) -> Iterator[Markup]:
    """What nobody knows after this test, each reason once."""
    if run.narrowed:
        yield paragraph(f"Somebody narrowed this test to {run.narrowed}. Everything else was left alone.")
    if run.untried:
        yield paragraph(f"{run.untried:,} planned trials were not made: {run.why}. The same command goes on.")
    silent = untested_threats(run)
    if silent:
        rows = (element("tr", cell(strong(names.get(one, one))), cell(why)) for one, why in silent.items())
        yield table("Threats without any trial that says something", ("Threat that nobody tested", "Why"), rows)
    open_ = undecided(run)
    if open_:
        told = (element("tr", cell(strong(one.told)), cell(one.why)) for one in open_[:_REASONS])
        yield table("Trials without a verdict", ("Trials without a verdict", "Why"), told)
    yield from _left("Goals that nobody tried", never_tried(run))
    yield from _left("Goals that were tried in fewer ways than are known", partly_tried(run))


def _left(what: str, left: Sequence[Left]) -> Iterator[Markup]:
    if left:
        more = sum(len(one.titles) for one in left[_REASONS:])
        rows = [element("tr", cell(one.why), cell(str(len(one.titles))), cell(_titles(one.titles))) for one in left]
        rest = [element("tr", cell("other reasons, in the JSON results"), cell(str(more)), cell(""))] if more else []
        yield table(what, ("Why", what, "Which"), [*rows[:_REASONS], *rest])


def _titles(titles: Iterable[str]) -> str:
    return "; ".join(first_of(titles, _TITLES))

"""The navigator: a graph of threats and controls that is searched and looked at from any of them."""

from __future__ import annotations

from litestar import get

from bartizan.catalog.entries import Catalog
from bartizan.catalog.search import Hit, search
from bartizan.core.terms import ControlId, Edition, ThreatId
from bartizan.web.catalogue_frame import HOME, control_at, edition_of, focus_at, found_by, shown, threat_at, words_of
from bartizan.web.catalogue_graph import around, overview
from bartizan.web.catalogue_picture import around_picture, overview_picture
from bartizan.web.visit import Page, TheVisit

_HITS = 40


@get(f"{HOME}/navigator", sync_to_thread=True)
def navigator(visit: TheVisit) -> Page:
    """The whole graph, or the neighbourhood of the threat or control that is asked for."""
    catalog, edition = visit.desk.catalog, edition_of(visit)
    words, focus = words_of(visit), visit.query("focus")
    missing, near = "", _NONE
    if focus not in catalog.threats and focus not in catalog.controls:
        word = focus or words
        name, near = _named(catalog, word)
        missing = focus if focus and not name else ""
        focus = name
    hits = () if focus else _hits(catalog, words, edition)
    if not focus:
        graph = overview(catalog, edition)
        drawn = overview_picture(graph, lambda n: focus_at(n, edition), {hit.id for hit, _ in hits})
        return shown(
            visit,
            "catalogue_navigator.html.j2",
            "/navigator",
            "Navigator",
            edition,
            graph=graph,
            drawn=drawn,
            focus="",
            words=words,
            hits=hits,
            missing=missing,
            near=[(name, focus_at(found_by(catalog, name)[1] or name, edition)) for name in near],
            names=_names(catalog, edition),
        )
    found = around(catalog, focus, edition)
    is_threat = focus in catalog.threats
    entry = catalog.threats[ThreatId(focus)] if is_threat else catalog.controls[ControlId(focus)]
    return shown(
        visit,
        "catalogue_around.html.j2",
        "/navigator",
        f"Navigator: {found.middle.name}",
        edition,
        found=found,
        drawn=around_picture(found, lambda n: focus_at(n, edition)),
        focus=focus,
        words="",
        page=(threat_at if is_threat else control_at)(focus),
        known=edition in entry.names,
        names=_names(catalog, edition),
    )


_NONE: tuple[str, ...] = ()


def _named(catalog: Catalog, word: str) -> tuple[str, tuple[str, ...]]:
    """The id of what a word certainly names, and else what is near."""
    if not word:
        return "", _NONE
    _, name, near = found_by(catalog, word)
    return name, near


def _hits(catalog: Catalog, words: str, edition: Edition) -> tuple[tuple[Hit, str], ...]:
    found = [hit for hit in search(catalog, [words], _HITS) if hit.kind in {"threat", "control"}]
    return tuple((hit, focus_at(hit.id, edition)) for hit in found)


def _names(catalog: Catalog, edition: Edition) -> list[str]:
    """What can be searched for, for suggestions."""
    threats = [t.name_in(edition) for t in catalog.threats.values() if edition in t.names]
    return sorted({*threats, *(c.title for c in catalog.controls.values() if edition in c.names)}, key=str.casefold)


HANDLERS = (navigator,)

"""The portfolio: how all systems stand, one line for each, and their risks searched together."""

from __future__ import annotations

from typing import Literal, TypeAlias, cast, get_args
from urllib.parse import urlencode

from litestar import get

from bartizan.core.dates import day_after
from bartizan.register.portfolio import Filters, Place, RiskFilters, Sort
from bartizan.web import portfolio_exchange, portfolio_new, portfolio_upgrade
from bartizan.web.listing import Column, Listing
from bartizan.web.portfolio_pictures import course, heat
from bartizan.web.scale import Scale
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import portfolio as work

HERE = "/portfolio"
_COLUMNS = (
    Column(label="System", sort="name"),
    Column(label="Owner", sort="owner"),
    Column(label="Worst now", sort="worst"),
    Column(label="Risks", number=True),
    Column(label="Above appetite", sort="above", number=True),
    Column(label="Untreated", sort="untreated", number=True),
    Column(label="Unknown", number=True),
    Column(label="Assessed", sort="assessed"),
    Column(label="Review due", sort="due"),
)
_DUE = {"": "Any time", "overdue": "Overdue", "month": "In 30 days", "quarter": "In 90 days"}
_ARCHIVED = {"": "In use", "yes": "Put away", "all": "All"}
_AHEAD = {"overdue": 0, "month": 31, "quarter": 91}
_SINCE = 365


@get(HERE, guards=[needs("viewer", anywhere=True)], sync_to_thread=True)
def portfolio(visit: TheVisit) -> Page:
    """How all systems stand that this person may see."""
    sorts = [column.sort for column in _COLUMNS if column.sort]
    listing = visit.listing(filters=("q", "owner", "worst", "supplier", "due", "archived"), sorts=sorts, sort="-worst")
    only = visit.person.systems("viewer")
    shown = work.listed(
        visit.desk,
        _filters(visit, listing),
        sort=cast(Sort, listing.sort),
        descending=listing.descending,
        offset=listing.offset,
        limit=listing.per_page,
    )
    whole = work.view(visit.desk, Filters(only=only), limit=1, since=day_after(visit.desk.today, -_SINCE))
    due = Filters(only=only, due_before=day_after(visit.desk.today, 1))
    scale = Scale(visit.desk.catalog.scales)
    is_filtered = any(listing.filters.values())
    return visit.page(
        "portfolio.html.j2",
        title="Portfolio",
        listing=listing.of(shown.page.total),
        columns=_COLUMNS,
        items=shown.page.items,
        totals=whole.totals,
        part=shown.totals if is_filtered else None,
        due=work.counted(visit.desk, due).systems,
        heat=heat(whole.heat, scale, _to_risks),
        course=course(whole.trend, visit.desk.today),
        scale=scale,
        due_words=_DUE,
        archived_words=_ARCHIVED,
        may_add=visit.person.may("assessor"),
        may_edit=visit.person.may_somewhere("assessor"),
        today=visit.desk.today,
    )


def _filters(visit: Visit, listing: Listing) -> Filters:
    asked = listing.filters
    ahead = _AHEAD.get(asked["due"])
    return Filters(
        text=asked["q"],
        owner=asked["owner"],
        worst=_step(asked["worst"]),
        supplier=asked["supplier"],
        due_before="" if ahead is None else day_after(visit.desk.today, ahead),
        archived={"yes": True, "all": None}.get(asked["archived"], False),
        only=visit.person.systems("viewer"),
    )


def _step(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 3 else 0


def _to_risks(likelihood: int, impact: int) -> str:
    return f"/risks?{urlencode({'likelihood': likelihood, 'impact': impact})}"


# risks of all systems

_RISK_COLUMNS = (
    Column(label="Risk"),
    Column(label="Threat"),
    Column(label="Component"),
    Column(label="System"),
    Column(label="Now"),
    Column(label="Owner"),
    Column(label="Treatment"),
)
_RISK_FILTERS = (
    "q",
    "system",
    "threat",
    "component",
    "level",
    "likelihood",
    "impact",
    "state",
    "treatment",
    "owner",
    "above",
)
_State: TypeAlias = Literal["", "open", "gone", "undecided"]
_Treatment: TypeAlias = Literal["", "none", "mitigate", "transfer", "avoid", "accept"]
_STATE_WANTED: dict[str, _State] = {"": "open", "undecided": "undecided", "gone": "gone", "any": ""}
_STATES = {"": "Open", "undecided": "Undecided", "gone": "Gone", "any": "Any"}
_TREATMENTS = {
    "": "Any",
    "none": "Nothing decided",
    **{word: word.capitalize() for word in ("mitigate", "transfer", "avoid", "accept")},
}


@get("/risks", guards=[needs("viewer", anywhere=True)], sync_to_thread=True)
def risks(visit: TheVisit) -> Page:
    """Risks of all systems that this person may see, the worst first."""
    listing = visit.listing(filters=_RISK_FILTERS)
    after = _place(visit.query("after"))
    found = work.search(visit.desk, _risk_filters(visit, listing), after=after, limit=listing.per_page)
    onward = ""
    if found.next is not None:
        said = {name: value for name, value in listing.filters.items() if value}
        onward = f"/risks?{urlencode({**said, 'after': '.'.join(map(str, found.next))})}"
    some = frozenset(one.system for one in found.items)
    return visit.page(
        "portfolio_risks.html.j2",
        title="Risks of all systems",
        crumbs=[("Portfolio", HERE)],
        here=HERE,
        listing=listing,
        columns=_RISK_COLUMNS,
        found=found,
        names=work.names(visit.desk, Filters(only=some, archived=None)),
        onward=onward,
        later=after is not None,
        scale=Scale(visit.desk.catalog.scales),
        states=_STATES,
        treatments=_TREATMENTS,
    )


def _risk_filters(visit: Visit, listing: Listing) -> RiskFilters:
    asked = listing.filters
    treatment = asked["treatment"] if asked["treatment"] in get_args(_Treatment) else ""
    return RiskFilters(
        text=asked["q"],
        system=asked["system"],
        threat=asked["threat"],
        component=asked["component"],
        level=_step(asked["level"]),
        likelihood=_step(asked["likelihood"]),
        impact=_step(asked["impact"]),
        state=_STATE_WANTED.get(asked["state"], "open"),
        treatment=cast(_Treatment, treatment),
        owner=asked["owner"],
        above_appetite=bool(asked["above"]),
        only=visit.person.systems("viewer"),
    )


def _place(text: str) -> Place | None:
    """Where the page before ended, as its address says it; None for what says nothing."""
    level, _, rest = text.partition(".")
    system, _, number = rest.rpartition(".")
    if not (system and all(_is_small(word) for word in (level, number))):
        return None
    return int(level), system, int(number)


def _is_small(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 10


HANDLERS = (portfolio, risks, *portfolio_new.HANDLERS, *portfolio_exchange.HANDLERS, *portfolio_upgrade.HANDLERS)

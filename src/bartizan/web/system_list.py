"""The list of a system's risks: which of them are wanted, in which order, and what its filters offer."""

from __future__ import annotations

import msgspec

from bartizan.core.kept import KeptRisk
from bartizan.core.records import Risk
from bartizan.report.wording import plain
from bartizan.web.listing import Listing
from bartizan.web.system_frame import Frame

_NOBODY, _NOTHING = "nobody", "none"


class RiskLine(msgspec.Struct, frozen=True, kw_only=True):
    """A risk of the list: as the register knows it, and as it is rated today."""

    row: KeptRisk
    risk: Risk
    state: str
    """What is decided: a treatment, `requested`, `lapsed`, or nothing."""


def lines_of(around: Frame) -> list[RiskLine]:
    """The risks that apply now and that the register has numbered."""
    held = around.shown.kept.holding
    now = {risk.id: risk for risk in around.shown.kept.assessment.risks}
    lapsed = {one.risk_number for one, _ in around.shown.kept.lapses}
    states: dict[int, str] = {}
    for one in held.decisions:  # the newest first; one that waits stands beside what holds
        if one.state == "held" and one.risk_number not in lapsed:
            states[one.risk_number] = one.treatment.value
        elif one.state in {"requested", "lapsed"}:
            states.setdefault(one.risk_number, one.state)
    states |= dict.fromkeys(lapsed, "lapsed")
    return [
        RiskLine(row=row, risk=now[row.risk], state=states.get(row.number, "")) for row in held.risks if row.risk in now
    ]


def fits(line: RiskLine, listing: Listing) -> bool:
    """Whether a risk is what the filters ask for; a cell is met without controls, now, or after the plan."""
    asked = listing.filters
    row, risk = line.row, line.risk
    word = asked["q"].casefold()
    if word and word not in f"R-{row.number} {row.name} {row.label} {row.risk} {row.owner}".casefold():
        return False
    if asked["owner"] and (row.owner or _NOBODY) != asked["owner"]:
        return False
    if asked["component"] and row.component != asked["component"]:
        return False
    if asked["level"] and str(risk.current.level) != asked["level"]:
        return False
    if asked["treatment"] and (line.state or _NOTHING) != asked["treatment"]:
        return False
    levels = (risk.inherent, risk.current, risk.residual)
    return any(
        asked["likelihood"] in {"", str(level.likelihood)} and asked["impact"] in {"", str(level.impact)}
        for level in levels
    )


def in_order(lines: list[RiskLine], listing: Listing) -> list[RiskLine]:
    """The risks sorted as the listing says; what is equal, the worst first."""

    def key(line: RiskLine) -> tuple[object, ...]:
        risk, row = line.risk, line.row
        worst = (-risk.current.level, -risk.current.likelihood * risk.current.impact, row.number)
        sign = -1 if listing.descending else 1
        by: dict[str, tuple[object, ...]] = {
            "number": (sign * row.number,),
            "inherent": (sign * risk.inherent.level, *worst),
            "current": (sign * risk.current.level, *worst),
            "residual": (sign * risk.residual.level, *worst),
        }
        return by.get(listing.sort, worst)

    texts = {"threat": "name", "component": "label", "owner": "owner"}
    ordered = sorted(lines, key=key)
    if listing.sort in texts:
        field = texts[listing.sort]
        ordered.sort(key=lambda line: str(getattr(line.row, field)).casefold(), reverse=listing.descending)
    elif listing.sort == "treatment":
        ordered.sort(key=lambda line: line.state, reverse=listing.descending)
    return ordered


def choices(lines: list[RiskLine]) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    components = {line.row.component: plain(line.row.label) for line in lines}
    owners = {line.row.owner or _NOBODY: plain(line.row.owner) or "nobody" for line in lines}
    states = {line.state or _NOTHING: line.state or "nothing decided" for line in lines}
    return {
        name: [("", "All"), *sorted(found.items(), key=lambda item: item[1].casefold())]
        for name, found in (("component", components), ("owner", owners), ("treatment", states))
    }

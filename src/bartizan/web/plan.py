"""The plan of a system: what a budget leaves of its risks, and the controls in the order in which people want them."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError
from bartizan.core.records import Step
from bartizan.core.terms import ControlId
from bartizan.report import planning, wording
from bartizan.report.pictures.heat_map import heat_map
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.plan_picture import course_picture, reach
from bartizan.web.security import needs
from bartizan.web.system_frame import Frame, frame, framed
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import plan_desk
from bartizan.workflows.plan_desk import Course, PlanView, Stage


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: a control at its place, and how things stand after it."""

    place: int
    stage: Stage
    title: str
    buys: str
    exact: bool
    """Whether the cheapest plan takes it."""
    thumb: bool
    """Whether the plan by rule of thumb takes it."""

    @property
    def step(self) -> Step:
        """The control."""
        return self.stage.step


@get("/systems/{system:str}/plan", guards=[needs("viewer")], sync_to_thread=True)
def plan(visit: TheVisit, system: FromPath[str]) -> Page:
    """The plan, with a budget where the query has one."""
    return _page(visit, system, wanted=visit.query("budget"))


@post("/systems/{system:str}/plan/order", guards=[needs("assessor")], sync_to_thread=True)
def order(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Put the controls in another order: all of them as sent, one up or down, or as suggested."""
    wanted = _wanted(form)
    here = f"/systems/{system}/plan"
    try:
        kept = plan_desk.arrange(visit.desk, system, wanted, by=visit.person.id, revision=form.revision)
    except InputError as error:
        return _page(visit, system, problems=error, wanted=form.text("budget"))
    except Conflict:
        return _page(visit, system, status=409, mine=wanted, wanted=form.text("budget"))
    said = _said(visit, form, kept)
    if visit.is_htmx:
        return _page(visit, system, said=said, wanted=form.text("budget"))
    return visit.redirect(f"{here}#order", said)


def _wanted(form: Form) -> tuple[str, ...]:
    """The order that a form asks for. A conflict sends it again in one field."""
    if form.text("suggested"):
        return ()
    sent = tuple(part.strip() for text in form.many("order") for part in text.split(",") if part.strip())
    for field, by in (("up", -1), ("down", 1)):
        if form.text(field):
            return plan_desk.moved(sent, form.text(field), by)
    return sent


def _said(visit: Visit, form: Form, kept: tuple[ControlId, ...]) -> str:
    """What was done, for who cannot see it."""
    if form.text("suggested"):
        return "The controls are in the suggested order again."
    moved = form.text("moved") or form.text("up") or form.text("down")
    for place, control in enumerate(kept, 1):
        if control == moved:
            title = wording.plain(visit.desk.catalog.controls[control].title)
            return f"{title} is number {place} of {len(kept)} now."
    return "The order is kept."


def _page(
    visit: Visit,
    system: str,
    *,
    wanted: str = "",
    status: int = 0,
    said: str = "",
    mine: tuple[str, ...] = (),
    typed: Form = EMPTY,
    problems: InputError | None = None,
) -> Page:
    around = frame(visit, system)
    dossier = around.shown.kept.dossier
    view = plan_desk.view(visit.desk, system, dossier)
    most = _most(view)
    budget = _budget(wanted, max(most, math.ceil(view.total)))
    found = plan_desk.budgeted(dossier, budget)
    found_heat = heat_map(found.risks, dossier.catalog.scales, lambda _likelihood, _impact: "#left", _HEAT)
    given: dict[str, Any] = {
        "view": view,
        "most": most,
        "budget": math.ceil(view.whole.exact.cost) if budget is None else budget,
        "given": budget is not None,
        "found": found,
        "answer": planning.answer(view.whole),
        "answer_now": planning.answer(found.planning),
        "heat": found_heat,
        "lines": _lines(around, view),
        "picture": _picture(view, dossier.catalog.scales.cost_unit),
        "finding": _finding(view, dossier.catalog.scales.cost_unit),
        "said": said,
        "mine": mine,
        "unit": wording.plain(dossier.catalog.scales.cost_unit),
    }
    return framed(visit, around, "plan.html.j2", "/plan", status=status, typed=typed, problems=problems, **given)


_HEAT = "Number of risks by likelihood and impact, and where the budget brings them"


def _most(view: PlanView) -> int:
    """The end of the slider: half as much again as the plan needs. What goes beyond only lowers what is low."""
    whole = view.whole.exact.cost
    return max(1, math.ceil(min(view.total, 1.5 * whole) if whole else view.total))


def _budget(wanted: str, most: int) -> int | None:
    """The budget that a query asks for, within what there is to spend; None where it asks for nothing sensible."""
    digits = wanted.partition(".")[0]
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return min(int(digits[:12]), most)


def _lines(around: Frame, view: PlanView) -> list[Line]:
    dossier = around.shown.kept.dossier
    return [
        Line(
            place=place,
            stage=stage,
            title=wording.step_title(dossier, stage.step),
            buys=wording.step_buys(dossier, stage.step),
            exact=stage.step.control in view.whole.exact.controls,
            thumb=stage.step.control in view.whole.greedy.controls,
        )
        for place, stage in enumerate(view.mine.stages, 1)
    ]


def _picture(view: PlanView, unit: str) -> Any:
    return course_picture(view.mine, view.suggested, unit, is_own=view.is_own, said=_finding(view, unit))


def _finding(view: PlanView, unit: str) -> str:
    """What the order means, in a sentence."""
    if not view.mine.above:
        return "Every risk is within your appetite already; what is here goes further than it asks."
    if not reach(view.suggested)[0]:
        return "No control of yours brings a risk within your appetite."
    if not view.is_own:
        return f"In the suggested order {_reached(view.mine, unit)}."
    mine, theirs = reach(view.mine)[1], reach(view.suggested)[1]
    more = f"{wording.amount(abs(mine - theirs))} {'more' if mine > theirs else 'less'} than in the suggested order"
    return f"In your order {_reached(view.mine, unit)}: {more if mine != theirs else 'as in the suggested order'}."


def _reached(course: Course, unit: str) -> str:
    controls, cost, above = reach(course)
    left = wording.number(above, "risk") if above else "no risk"
    stays = "stays" if above < 2 else "stay"
    spent = f"{wording.amount(cost)} {wording.plain(unit)}"
    return f"{left} {stays} above appetite after {wording.number(controls, 'control')} and {spent}"


HANDLERS = (plan, order)

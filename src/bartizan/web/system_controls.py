"""The controls of a system: how far each is and where, what it takes off, what proves it; and saying how far it is."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.kept import KeptControl, KeptEvidence
from bartizan.core.records import Step
from bartizan.core.terms import SYSTEM, ControlStatus
from bartizan.report.names import Names
from bartizan.report.wording import STATUSES, capital, listing, step_buys
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Column
from bartizan.web.risk_page import show_risk
from bartizan.web.security import needs
from bartizan.web.system_frame import Frame, common, frame, framed
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import keeping
from bartizan.workflows.admission import Standing, is_proved
from bartizan.workflows.desk import Desk

_COLUMNS = (
    Column(label="Control"),
    Column(label="How far"),
    Column(label="Owner and day"),
    Column(label="What it takes off"),
    Column(label="Proof"),
)
_NONE_YET = -1
"""The revision of what nobody has said yet."""


class ControlLine(msgspec.Struct, frozen=True, kw_only=True):
    """A control of the list."""

    control: str
    title: str
    step: Step | None
    """Its place among those to take; None where nothing is left to take."""
    places: tuple[tuple[str, ControlStatus], ...]
    """Component and status, wherever it counts against a risk."""
    kept: tuple[KeptControl, ...]
    risks: tuple[int, ...]
    buys: str
    evidence: tuple[KeptEvidence, ...]
    proved: bool

    def choices(self, words: Names) -> list[tuple[str, str]]:
        """The places of which something may be said apart: id and label."""
        return [(place, words.component(place)) for place, _ in self.places]

    def names(self, places: Iterable[str], words: Names) -> str:
        """Places as a sentence lists them."""
        return listing([words.component(place) for place in places])

    @property
    def statuses(self) -> tuple[tuple[ControlStatus, tuple[str, ...]], ...]:
        """Each status with the components at which it is so far."""
        found: dict[ControlStatus, list[str]] = {}
        for place, status in self.places:
            found.setdefault(status, []).append(place)
        return tuple((status, tuple(places)) for status, places in found.items())


@get("/systems/{system:str}/controls", guards=[needs("viewer")], sync_to_thread=True)
def controls(visit: TheVisit, system: FromPath[str]) -> Page:
    """All controls that count here, in the order in which to take them."""
    return _page(visit, system)


@post("/systems/{system:str}/controls/{control:str}", guards=[needs("assessor")], sync_to_thread=True)
def set_status(visit: TheVisit, form: TheForm, system: FromPath[str], control: FromPath[str]) -> Page:
    """Say how far a control is."""
    risk = _risk(form)
    component = form.text("component")
    try:
        standing = _standing(form)
        keeping.set_control(
            visit.desk, system, control, standing, by=visit.person.id, revision=_revision(form, component)
        )
    except InputError as error:
        return _again(visit, system, control, risk, form, error)
    except Conflict:
        return _conflict(visit, system, control, form)
    if visit.is_htmx and risk is None:
        return _row(visit, system, control)
    return visit.redirect(_back(system, control, risk), "Saved, and the risks are rated anew.")


@post("/systems/{system:str}/controls/{control:str}/forget", guards=[needs("assessor")], sync_to_thread=True)
def forget(visit: TheVisit, form: TheForm, system: FromPath[str], control: FromPath[str]) -> Page:
    """Take back what was said here, so that the description's word holds."""
    keeping.forget_control(visit.desk, system, control, form.text("component"), by=visit.person.id)
    return visit.redirect(_back(system, control, _risk(form)), "Taken back; what the description says holds again.")


def _standing(form: Form) -> Standing:
    try:
        status = ControlStatus(form.text("status"))
    except ValueError:
        fix = "choose one of the list"
        raise InputError([Problem(file="status", finding="this is no status", fix=fix)]) from None
    return Standing(
        status=status,
        component=form.text("component"),
        reason=form.text("reason"),
        owner=form.text("owner"),
        due=form.text("due"),
    )


def _risk(form: Form) -> int | None:
    text = form.text("risk")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _revision(form: Form, component: str) -> int | None:
    """The revision that the person had before them of the word on this place; the form carries one for each place."""
    text = form.text("revision") or form.text(f"revision at {component}")
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else None


def _back(system: str, control: str, risk: int | None) -> str:
    if risk is not None:
        return f"/systems/{system}/risks/{risk}#controls"
    return f"/systems/{system}/controls#control-{control}"


def _conflict(visit: Visit, system: str, control: str, form: Form) -> Page:
    component = form.text("component")
    held = frame(visit, system).shown.kept.holding.controls
    now = next((one for one in held if (one.control, one.component) == (control, component)), None)
    saved = {
        "status": now.status.value if now else "",
        "reason": now.reason if now else "",
        "owner": now.owner if now else "",
        "due": now.due if now else "",
    }
    labels = {"status": "How far", "reason": "Reason", "owner": "Owner", "due": "Due"}
    fields = [Differs(name=name, label=labels[name], saved=text, typed=form.text(name)) for name, text in saved.items()]
    return visit.conflict(
        title="Control",
        action=f"/systems/{system}/controls/{control}",
        back=_back(system, control, _risk(form)),
        fields=fields,
        revision=now.revision if now else _NONE_YET,
        form=form,
    )


def _again(visit: Visit, system: str, control: str, risk: int | None, form: Form, error: InputError) -> Page:
    failed = f"control-{control}"
    if visit.is_htmx and risk is None:
        return _row(visit, system, control, form, error)
    if risk is not None:
        return show_risk(visit, system, risk, typed=form, problems=error, failed=failed)
    return _page(visit, system, form, error, failed)


def _page(visit: Visit, system: str, typed: Form = EMPTY, problems: InputError | None = None, failed: str = "") -> Page:
    around = frame(visit, system)
    lines = control_lines(around, visit.desk)
    wanted = visit.query("status")
    plan = visit.query("plan")
    shown = [line for line in lines if _fits(line, wanted, plan)]
    return framed(
        visit,
        around,
        "system_controls.html.j2",
        "/controls",
        typed=typed,
        problems=problems,
        failed=failed,
        columns=_COLUMNS,
        lines=shown,
        total=len(lines),
        wanted=wanted,
        plan=plan,
        counts=_counts(lines),
        statuses=[(status.value, text) for status, text in STATUSES.items()],
    )


def _row(visit: Visit, system: str, control: str, typed: Form = EMPTY, problems: InputError | None = None) -> Page:
    """The one row, for htmx."""
    around = frame(visit, system)
    line = next((line for line in control_lines(around, visit.desk) if line.control == control), None)
    if line is None:
        raise NotFound(f"the control '{control:.100}' does not count here")
    context = common(around) | {
        "line": line,
        "statuses": [(status.value, text) for status, text in STATUSES.items()],
        "failed": f"control-{control}" if problems else "",
        "saved": problems is None,
    }
    return visit.part("parts/system_control_row.html.j2", typed=typed, problems=problems, **context)


def _fits(line: ControlLine, status: str, plan: str) -> bool:
    if status and status not in {one.value for one, _ in line.statuses}:
        return False
    return not plan or (line.step is not None and line.step.planned) == (plan == "yes")


def _counts(lines: Iterable[ControlLine]) -> dict[ControlStatus, int]:
    """How many controls are so far somewhere."""
    counts = dict.fromkeys(ControlStatus, 0)
    for line in lines:
        for status, _ in line.statuses:
            counts[status] += 1
    return counts


def control_lines(around: Frame, desk: Desk) -> list[ControlLine]:
    """Every control that counts against a risk or of which something is said, in the order in which to take them."""
    kept, words, numbers = around.shown.kept, around.words, around.shown.numbers
    steps = {str(step.control): step for step in kept.assessment.steps}
    places: dict[str, dict[str, ControlStatus]] = {name: {} for name in steps}
    risks: dict[str, list[int]] = {}
    for risk in kept.assessment.risks:
        for advice in risk.controls:
            places.setdefault(advice.control, {})[risk.component] = advice.status
            risks.setdefault(advice.control, []).append(numbers.get(risk.id, 0))
    for name, step in steps.items():
        places[name] = places[name] or {SYSTEM: step.status}
    for said in kept.holding.controls:
        places.setdefault(said.control, {}).setdefault(said.component or SYSTEM, said.status)
    return [
        ControlLine(
            control=name,
            title=words.control(name) if name in kept.dossier.catalog.controls else name,
            step=steps.get(name),
            places=tuple(found.items()),
            kept=tuple(one for one in kept.holding.controls if one.control == name),
            risks=tuple(sorted(filter(None, risks.get(name, ())))),
            buys=capital(step_buys(kept.dossier, steps[name])) if name in steps else "",
            evidence=tuple(one for one in kept.holding.evidence if one.evidence.control == name),
            proved=name in kept.dossier.catalog.controls and is_proved(desk, kept, name),
        )
        for name, found in sorted(places.items(), key=lambda item: _order(steps.get(item[0]), item[0]))
    ]


def _order(step: Step | None, name: str) -> tuple[bool, int, str]:
    return step is None, step.order if step else 0, name


HANDLERS = (controls, set_status, forget)

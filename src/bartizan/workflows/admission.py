"""What may be said to the register: decisions, words on controls, evidence. All that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bartizan.assess.body import Body
from bartizan.core.dates import DATE_FIX, day_after, is_date
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.evidence import Evidence
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, ControlStatus, Treatment
from bartizan.workflows.desk import Desk, Kept, counted


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decides about a risk."""

    treatment: Treatment
    reason: str
    owner: str = ""
    due: str = ""
    """For what is to be done: the day by which."""
    until: str = ""
    """For an acceptance: its last day."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a control."""

    status: ControlStatus
    component: str = ""
    """Where; empty for everywhere."""
    reason: str = ""
    owner: str = ""
    due: str = ""


def check_choice(choice: Choice, today: str, longest: int) -> None:
    """Whether a risk may be treated so; an acceptance for at most so many days. Raises InputError."""
    _refuse(Problem(file=place, finding=finding, fix=fix) for place, finding, fix in _choice(choice, today, longest))


def _choice(choice: Choice, today: str, longest: int) -> Iterator[tuple[str, str, str]]:
    accepts = choice.treatment is Treatment.ACCEPT
    if not choice.reason.strip():
        yield "reason", "no reason is given", "say why, for those who read it later"
    for field, day in (("due", choice.due), ("until", choice.until)):
        if day and not is_date(day):
            yield field, f"'{day:.60}' is no date", DATE_FIX
        elif day and day < today:
            yield field, f"{day} has passed", f"today is {today}"
    if accepts and choice.due:
        yield "due", "an acceptance leaves nothing to be done by a day", "give its last day instead"
    if not accepts and choice.until:
        yield "until", "only an acceptance has a last day", "give the day by which it shall be done instead"
    if accepts and not choice.until:
        yield "until", "an acceptance without an end", "give its last day"
    elif accepts and is_date(choice.until) and choice.until > day_after(today, longest):
        yield "until", "the acceptance would hold too long", f"at most {longest} days: {day_after(today, longest)}"


def check_standing(desk: Desk, kept: Kept, control: str, standing: Standing) -> None:
    """Whether that may be said of a control: `verified` needs proof, `not_applicable` a reason. Raises InputError."""
    found = _standing(desk, kept, control, standing)
    _refuse(Problem(file=place, finding=finding, fix=fix) for place, finding, fix in found)


def _standing(desk: Desk, kept: Kept, control: str, said: Standing) -> Iterator[tuple[str, str, str]]:
    components = kept.dossier.system.components
    if ControlId(control) not in desk.catalog.controls:
        fix = nearest(control, desk.catalog.controls) or "see: bartizan catalog list controls"
        yield "control", f"there is no control '{control:.100}'", fix
    if said.component and ComponentId(said.component) not in {*components, SYSTEM}:
        yield "component", f"there is no component '{said.component:.100}'", nearest(said.component, components)
    if said.due and not is_date(said.due):
        yield "due", f"'{said.due:.60}' is no date", DATE_FIX
    if said.status is ControlStatus.NOT_APPLICABLE and not said.reason.strip():
        yield "reason", "no reason is given", "say why it is not applicable"
    if said.status is ControlStatus.VERIFIED and not is_proved(desk, kept, control, said.component):
        fix = "add evidence that it works first, or say 'implemented'"
        yield "status", "nothing proves that this control works now", fix


def is_proved(desk: Desk, kept: Kept, control: str, component: str = "") -> bool:
    """Whether evidence that counts today says that a control is in place and working at a component, or everywhere."""
    body = Body(counted(kept.holding), kept.dossier.system, desk.catalog, desk.today)
    proof = body.proved.proof(ControlId(control), ComponentId(component or SYSTEM), ControlStatus.IMPLEMENTED)
    return proof.status is ControlStatus.VERIFIED


def check_evidence(desk: Desk, kept: Kept, observed: tuple[Evidence, ...]) -> None:
    """Whether all of these can be kept. Raises InputError with every problem of each, by its place in the order."""
    _refuse(
        Problem(file=f"evidence {number}", finding=finding, fix=fix)
        for number, one in enumerate(observed, start=1)
        for finding, fix in (*_about(desk, kept, one), *_days(one, desk.today), *_counts(one), *_texts(one))
    )


def _about(desk: Desk, kept: Kept, one: Evidence) -> Iterator[tuple[str, str]]:
    names = [row.risk for row in kept.holding.risks]
    components = kept.dossier.system.components
    controls = desk.catalog.controls
    if bool(one.risk) == bool(one.control):
        yield "evidence is about one risk or one control", "name exactly one of the two"
    if one.risk and one.risk not in names:
        yield f"the system has no risk '{one.risk:.150}'", nearest(one.risk, names)
    if one.control and one.control not in controls:
        yield f"there is no control '{one.control:.100}'", nearest(one.control, controls)
    if one.control and one.component and ComponentId(one.component) not in {*components, SYSTEM}:
        yield f"there is no component '{one.component:.100}'", nearest(one.component, components)
    for control in one.with_controls:
        if control not in controls:
            yield f"there is no control '{control:.100}' to stand in front", nearest(control, controls)
    if one.control and not one.risk and (one.hits is not None or one.trials is not None) and one.passed is None:
        yield "it counts, but does not say whether the control works", "say whether it passed"


def _days(one: Evidence, today: str) -> Iterator[tuple[str, str]]:
    if not is_date(one.held_on):
        yield f"'{one.held_on:.60}' is no date", DATE_FIX
    elif one.held_on > today:
        yield f"it is dated {one.held_on}, which is still to come", "give the day on which it held"
    if one.valid_until and not is_date(one.valid_until):
        yield f"'{one.valid_until:.60}' is no date", DATE_FIX
    elif one.valid_until and is_date(one.held_on) and one.valid_until < one.held_on:
        yield f"it ends on {one.valid_until}, before it held on {one.held_on}", "give the last day on which it counts"


def _counts(one: Evidence) -> Iterator[tuple[str, str]]:
    if one.trials is not None and one.trials < 1:
        yield "nothing was tried", "a run without trials is no evidence"
    elif (one.hits is None) != (one.trials is None):
        yield "the counts do not add up", "give both: how often it succeeded, and out of how many"
    elif one.hits is not None and one.trials is not None and not 0 <= one.hits <= one.trials:
        yield f"{one.hits} of {one.trials} cannot be", "it cannot succeed more often than it was tried"


def _texts(one: Evidence) -> Iterator[tuple[str, str]]:
    if not one.what.strip():
        yield "it does not say what was done", "say it in a line"
    try:
        msgspec.json.encode(one)
    except UnicodeEncodeError:
        yield "there is half a surrogate pair in its text", "write it in Unicode"


def need(text: str, field: str) -> None:
    """That something was written. Raises InputError."""
    if not text.strip():
        raise InputError([Problem(file=field, finding="nothing is written here", fix="say it in a line")])


def _refuse(problems: Iterator[Problem]) -> None:
    found = list(problems)
    if found:
        raise InputError(found)

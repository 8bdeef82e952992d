"""What is due, worked out on the day that it is asked for; reviews that people plan and do; assessing anew.

Nothing here is stored but the reviews themselves. Rows tell what is due without an assessment, so that the whole of a
register is read at once; what only an assessment tells (an acceptance that a change made lapse) is there once a system
was assessed anew, which `refresh` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec

from bartizan.core.dates import DATE_FIX, day_after, in_words, is_date
from bartizan.core.due import Due, DueKind
from bartizan.core.errors import BartizanError, InputError, Problem, printable
from bartizan.core.evidence import Evidence
from bartizan.core.kept import KeptDecision, KeptSystem, Review, SupplierAnswer
from bartizan.core.terms import DEFAULT_EDITION
from bartizan.register import due as rows
from bartizan.register import reviews, risks, systems
from bartizan.register.rows import Reader
from bartizan.workflows.desk import Desk, bring_up_to_date

Progress: TypeAlias = Callable[[str], None]
"""Told of each system once it is done."""

WITHIN = 30
"""Days ahead in which what comes is told."""
_SILENT = 30
"""Days after which a supplier who does not answer is to be reminded."""
_STANDING = {"catalogue": 0, "edition": 1, "unknown": 2}
"""What stays so until somebody does something, without a day of its own; it comes last."""


def due(desk: Desk, connection: Reader, *, within: int = WITHIN, only: Iterable[str] | None = None) -> tuple[Due, ...]:
    """What is due now or within so many days, most urgent first; of the systems that are named, or of all."""
    chosen = None if only is None else tuple(only)
    horizon = day_after(desk.today, within)
    kept = {one.id: one for one in rows.systems(connection, chosen)}
    found = [
        *(_decision(one, desk.today) for one in rows.decisions(connection, chosen, horizon)),
        *_dated(connection, chosen, horizon),
        *_evidence(desk, connection, chosen, horizon),
        *_answers(rows.answers(connection, chosen, horizon, day_after(desk.today, -_SILENT)), desk.today),
        *_events(connection, chosen),
        *_systems(desk, kept.values(), rows.catalogues(connection, chosen), horizon),
    ]
    return tuple(sorted((one for one in found if one.system in kept), key=lambda one: urgency(one, desk.today)))


def urgency(one: Due, today: str) -> tuple[int, str, str, str, str]:
    """In which order things are told: what has passed, the oldest first; what comes; what stands."""
    part = 2 if one.kind in _STANDING else int(one.due > today)
    return part, one.due, one.kind, one.system, one.about


def _decision(one: KeptDecision, today: str) -> Due:
    kind, day, what, do = _settling(one, today)
    return Due(
        system=one.system,
        kind=kind,
        what=what,
        due=day,
        risk_number=one.risk_number,
        do=do,
        about=f"D-{one.number}",
        owner=one.owner,
    )


def _settling(one: KeptDecision, today: str) -> tuple[DueKind, str, str, str]:
    risk, anew = f"R-{one.risk_number}", "treat it, or ask for it to be accepted anew"
    if one.state == "requested":
        what = f"{one.requested_by} asks for {risk} to be accepted until {in_words(one.until)}"
        return "request", one.requested_at[:10], what, "approve it or reject it, as somebody else than who asked"
    if one.state == "lapsed":
        return "lapsed", one.settled_at[:10], f"the acceptance of {risk} lapsed: {one.settled_why}", anew
    if one.until:
        passed = one.until < today
        what = f"the acceptance of {risk} {'ended' if passed else 'ends'} on {in_words(one.until)}"
        do = f"bartizan review refresh {one.system}: it lapses; then {anew}" if passed else anew
        return "acceptance", one.until, what, do
    what = f"{risk} is to be dealt with ({one.treatment.value}) by {in_words(one.due)}"
    return "treatment", one.due, what, "do it and say so of its controls, or decide anew with another day"


def _dated(connection: Reader, only: rows.Only, horizon: str) -> Iterator[Due]:
    for risk in rows.risks(connection, only, horizon):
        what = f"R-{risk.number}, {printable(risk.name)} at {printable(risk.label)}, is to be looked at again"
        yield Due(
            system=risk.system,
            kind="risk",
            what=what,
            due=risk.review_due,
            risk_number=risk.number,
            do="look at it, and set the next day",
            about=f"R-{risk.number}",
            owner=risk.owner,
        )
    for planned in rows.reviews(connection, only, horizon):
        yield Due(
            system=planned.system,
            kind="risk",
            what=f"R-{planned.risk_number} is to be looked at again" + (f": {planned.why}" if planned.why else ""),
            due=planned.due,
            risk_number=planned.risk_number,
            do="look at it, and say what came of it",
            about=f"review {planned.number}",
            owner=planned.owner,
        )
    for control in rows.controls(connection, only, horizon):
        place = f" at {control.component}" if control.component else ""
        yield Due(
            system=control.system,
            kind="control",
            what=f"the control {control.control}{place} is to be in place by {in_words(control.due)}",
            due=control.due,
            do="put it in place and say so, or give another day",
            about=f"{control.control}@{control.component}" if control.component else control.control,
            owner=control.owner,
        )


def _evidence(desk: Desk, connection: Reader, only: rows.Only, horizon: str) -> Iterator[Due]:
    for one in rows.evidence(connection, only, horizon):
        now = msgspec.json.decode(one.digests, type=dict[str, str]) if one.digests else {}
        seen = msgspec.json.decode(one.content, type=Evidence)
        subject = f"R-{one.risk_number}" if one.risk_number else f"the control {one.control}"
        standing = seen.freshness(desk.today, now)
        if standing == "outdated":
            what, day = f"the target of E-{one.number} on {subject} has changed since", seen.held_on
        elif one.valid_until and one.valid_until <= horizon:
            word = "counted until" if standing == "stale" else "counts until"
            what, day = f"E-{one.number} on {subject} {word} {in_words(one.valid_until)}", one.valid_until
        else:
            continue
        yield Due(
            system=one.system,
            kind="evidence",
            what=f"{what}: {printable(one.what, 120)}",
            due=day,
            risk_number=one.risk_number,
            do="test again and add what was found",
            about=f"E-{one.number}",
        )


def _answers(held: Iterable[SupplierAnswer], today: str) -> Iterator[Due]:
    """What a supplier owes since or by one day is one thing to do."""
    together: dict[tuple[str, str, bool, str], list[SupplierAnswer]] = defaultdict(list)
    for one in held:
        sent = one.state == "sent"
        together[one.system, one.supplier, sent, one.sent_on if sent else one.valid_until].append(one)
    for (system, who, sent, day), found in together.items():
        count = f"{len(found)} {'question' if len(found) == 1 else 'questions'}"
        if sent:
            what = f"{who} has not answered {count} since {in_words(day)}"
            do = "remind them, or say what is done meanwhile: accept, mitigate, avoid"
        else:
            word = "expired" if day < today else "expire"
            what = f"the answers of {who} to {count} {word} on {in_words(day)}"
            do = f"ask again: bartizan supplier send {system} {who}"
        yield Due(system=system, kind="supplier", what=what, due=day, do=do, about=who)


def _events(connection: Reader, only: rows.Only) -> Iterator[Due]:
    for one in rows.events(connection, only):
        times = f", {one.count} times" if one.count > 1 else ""
        yield Due(
            system=one.system,
            kind="event",
            what=f"{printable(one.kind, 60)}{times}: {printable(one.what, 160)}".removesuffix(": "),
            due=one.at[:10],
            risk_number=one.risk_number,
            do="look at it; where it concerns a risk, add it as evidence",
            about=f"event {one.number}",
        )


def _systems(desk: Desk, kept: Iterable[KeptSystem], catalogues: dict[str, str], horizon: str) -> Iterator[Due]:
    target = desk.options.edition or DEFAULT_EDITION
    for one in kept:
        if one.review_due and one.review_due <= horizon:
            what, do = "the system as a whole is to be looked at again", f"bartizan review done {one.id}"
            yield Due(system=one.id, kind="review", what=what, due=one.review_due, do=do, owner=one.owner)
        since = one.assessed_on
        if catalogues.get(one.id, desk.catalog.digest) != desk.catalog.digest:
            what, do = "the catalogue has changed since it was assessed", f"bartizan review refresh {one.id}"
            yield Due(system=one.id, kind="catalogue", what=what, due=since, do=do, about=desk.catalog.digest[:12])
        if 0 < one.edition < target:
            what = f"it is judged by edition {one.edition}; {target} is newer"
            do = f"see what that changes: bartizan portfolio upgrade --edition {target}"
            yield Due(system=one.id, kind="edition", what=what, due=since, do=do, about=str(target))
        if one.undecided:
            what = f"{one.undecided} {'verdict waits' if one.undecided == 1 else 'verdicts wait'} for an answer"
            yield Due(system=one.id, kind="unknown", what=what, due=since, do="answer what is asked of the system")


def list_due(
    desk: Desk, *, within: int = WITHIN, system: str | None = None, only: Iterable[str] | None = None
) -> tuple[Due, ...]:
    """What is due, of one system, of those that are named, or of all. Raises NotFound."""
    with desk.register.read() as connection:
        if system is not None:
            only = (systems.system(connection, system).id,)
        return due(desk, connection, within=within, only=only)


def done(desk: Desk, system: str, outcome: str, *, by: str, next_on: str = "") -> Review:
    """Keep that a person reviewed a system, and what came of it; the next review is on the day given, or follows.

    Raises InputError, NotFound.
    """
    problems = []
    if not outcome.strip():
        problems.append(Problem(file="outcome", finding="nothing is written here", fix="say what came of it"))
    if next_on and not is_date(next_on):
        problems.append(Problem(file="next", finding=f"'{next_on:.60}' is no date", fix=DATE_FIX))
    elif next_on and next_on <= desk.today:
        problems.append(Problem(file="next", finding=f"{next_on} is not to come", fix=f"today is {desk.today}"))
    if problems:
        raise InputError(problems)
    with desk.register.change(by) as change:
        systems.system(change.connection, system)
        found = reviews.record(change, system, outcome.strip())
        if next_on:
            reviews.plan(change, system, next_on, why="set at the review before", owner=by)
        bring_up_to_date(desk, change, system)
        return found


def plan(
    desk: Desk, system: str, day: str, *, by: str, why: str = "", owner: str = "", risk: int | None = None
) -> Review:
    """Set a day on which to look at a system, or at a risk of it. Raises InputError, NotFound."""
    if not is_date(day):
        raise InputError([Problem(file="due", finding=f"'{day:.60}' is no date", fix=DATE_FIX)])
    with desk.register.change(by) as change:
        systems.system(change.connection, system)
        if risk is not None:
            risks.risk(change.connection, system, risk)
        found = reviews.plan(change, system, day, why=why, owner=owner, risk_number=risk)
        systems.count(change, system, {"review_due": reviews.next_review(change.connection, system)})
        return found


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What assessing a system anew came to."""

    system: str
    lapsed: int = 0
    above_appetite: int = 0
    error: str = ""
    """Why it could not be assessed; the register holds what it held."""


def refresh_all(
    desk: Desk, names: Iterable[str], *, by: str, progress: Progress = lambda _: None
) -> Iterator[Refreshed]:
    """Assess systems anew, each in a transaction of its own: one that cannot be assessed keeps no other from it."""
    for name in names:
        try:
            with desk.register.change(by) as change:
                lapsed = bring_up_to_date(desk, change, name)
                counted = systems.system(change.connection, name)
                made = Refreshed(system=name, lapsed=len(lapsed.lapses), above_appetite=counted.above_appetite)
            yield made
        except BartizanError as error:
            yield Refreshed(system=name, error=str(error))
        progress(name)

"""Use cases of the register: keep a system, decide on its risks, say how far its controls are, add what was observed.

Each is one transaction by one person, and ends with the system assessed anew where that may change something. Who may
do what is asked before, in `workflows.access`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bartizan.assess.assessment import digest_of
from bartizan.core.dates import day_after
from bartizan.core.errors import Conflict, NotFound, nearest
from bartizan.core.evidence import Evidence
from bartizan.core.kept import (
    Attachment,
    Comment,
    KeptControl,
    KeptDecision,
    KeptEvidence,
    KeptRisk,
    KeptSystem,
    KeptVersion,
)
from bartizan.core.source import read_text
from bartizan.core.terms import Treatment
from bartizan.register import comments, controls, decisions, evidence, risks, systems
from bartizan.register.change import Change
from bartizan.register.rows import Reader
from bartizan.register.settings import policy
from bartizan.system.graph import System
from bartizan.workflows.admission import Choice, Standing, check_choice, check_evidence, check_standing, need
from bartizan.workflows.desk import Desk, Kept, bring_up_to_date, kept_system
from bartizan.workflows.identity import aside, moves_to


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What keeping a description did."""

    system: KeptSystem
    kept: Kept
    created: bool
    changed: bool
    """Whether the description says anything else than the one before."""
    renamed: tuple[int, ...]
    """Numbers of the risks whose component has a new name."""


def keep_file(desk: Desk, file: Path, *, by: str, system: str = "", note: str = "") -> Outcome:
    """Keep the description in a file, as `keep` does."""
    return keep(desk, read_text(file), file=str(file), by=by, system=system, note=note)


def keep(
    desk: Desk, text: str, *, file: str, by: str, system: str = "", note: str = "", onto: int | None = None
) -> Outcome:
    """Keep a description as the newest version of a system, and assess it.

    Without `system` it is that of the one system that bears its name, or of a new one. Raises InputError with all
    problems of the text, Conflict where several systems bear the name, and where `onto` is given and is not the number
    of the newest version (0: there is none).
    """
    read = desk.read_system(text, file)
    with desk.register.change(by) as change:
        name, created = _place(change, read, system)
        before = systems.version(change.connection, name)
        if onto not in {None, before.number if before else 0}:
            raise Conflict(f"'{name}' is at version {before.number if before else 0} already; read that first")
        number = systems.add_version(change, name, text, digest_of(read.described), note)
        said = read.described
        systems.describe(change, name, title=said.name, owner=said.owner, about=said.about)
        renamed = _follow(change, name, read, before, number) if before and before.number != number else ()
        kept = bring_up_to_date(desk, change, name)
        return Outcome(
            system=systems.system(change.connection, name),
            kept=kept,
            created=created,
            changed=before is None or before.number != number,
            renamed=renamed,
        )


def _place(change: Change, read: System, wanted: str) -> tuple[str, bool]:
    """The system that a description is of, and whether it is new."""
    said = read.described
    if wanted:
        if systems.is_there(change.connection, wanted):
            return wanted, False
        return systems.add(change, name=said.name, owner=said.owner, about=said.about, wanted=wanted).id, True
    bearing = systems.called(change.connection, said.name)
    if len(bearing) > 1:
        raise Conflict(_SEVERAL.format(said.name, ", ".join(one.id for one in bearing)))
    if bearing:
        return bearing[0].id, False
    return systems.add(change, name=said.name, owner=said.owner, about=said.about).id, True


def _follow(change: Change, name: str, now: System, before: KeptVersion, number: int) -> tuple[int, ...]:
    """What belongs to a component follows it to its new name."""
    moves = moves_to(change.connection, name, before, now, number)
    if not moves:
        return ()

    def beside(place: str) -> str:
        return aside(place, number)

    controls.rename(change, name, moves, beside)
    evidence.rename(change, name, moves)
    labels: dict[str, str] = {place: part.label for place, part in now.components.items()}
    return risks.rename(change, name, moves, labels, beside)


def refresh(desk: Desk, name: str, *, by: str) -> Kept:
    """Assess a system anew as of today: acceptances lapse, evidence goes stale. Raises NotFound."""
    with desk.register.change(by) as change:
        return bring_up_to_date(desk, change, name)


def look(desk: Desk, name: str) -> Kept:
    """A system as it is assessed today; nothing is kept of it. Raises NotFound."""
    with desk.register.read() as connection:
        return kept_system(desk, connection, name)


def find_risk(connection: Reader, name: str, which: str) -> int:
    """The number of a risk that a person named: R-12, 12, or threat@component. Raises NotFound."""
    word = which.strip()
    bare = word[2:] if word[:2].upper() == "R-" else word
    if bare.isdecimal() and len(bare) < _DIGITS:
        return risks.risk(connection, name, int(bare)).number
    try:
        return risks.risk(connection, name, word).number
    except NotFound as error:
        near = nearest(word, [r.risk for r in risks.risks(connection, name)])
        raise NotFound(f"{error}; {near}" if near.startswith("did you") else str(error)) from None


def find_system(connection: Reader, word: str) -> KeptSystem:
    """The system that a person named: by its id, else by a name that only it bears. Raises NotFound, Conflict."""
    try:
        return systems.system(connection, word)
    except NotFound as error:
        bearing = systems.called(connection, word)
        if len(bearing) > 1:
            raise Conflict(_SEVERAL.format(word, ", ".join(one.id for one in bearing))) from None
        if bearing:
            return bearing[0]
        near = nearest(word, [one.id for one in systems.systems(connection, archived=True)])
        raise NotFound(f"{error}; {near}" if near.startswith("did you") else str(error)) from None


_SEVERAL = "several systems are called '{:.100}'; say which with its id: {}"
_DIGITS = 10
"""More than a number of the register has."""


def decide(desk: Desk, name: str, risk: int, choice: Choice, *, by: str) -> KeptDecision:
    """Treat a risk. An acceptance is only asked for: it holds once somebody else approves it, unless policy lets one
    person accept. Raises InputError with all that is wrong, NotFound, Conflict.
    """
    with desk.register.change(by) as change:
        kept = kept_system(desk, change.connection, name)
        rule = policy(change.connection)
        check_choice(choice, desk.today, rule.longest_acceptance_days)
        if choice.treatment is Treatment.ACCEPT:
            state = kept.state(risk)
            found = decisions.request(
                change, name, risk, state, reason=choice.reason, by=by, until=choice.until, owner=choice.owner
            )
        else:
            risks.risk(change.connection, name, risk)
            found = decisions.decide(
                change,
                name,
                risk,
                choice.treatment,
                reason=choice.reason,
                by=by,
                on=desk.today,
                owner=choice.owner,
                due=choice.due,
            )
        bring_up_to_date(desk, change, name)
        return found


def approve(desk: Desk, name: str, number: int, *, by: str, revision: int | None = None) -> KeptDecision:
    """Approve an acceptance that somebody else asked for. Raises NotFound, and Conflict with the reason."""
    with desk.register.change(by) as change:
        asked = decisions.decision(change.connection, name, number)
        kept = kept_system(desk, change.connection, name)
        eyes = policy(change.connection).four_eyes
        state = kept.state(asked.risk_number)
        found = decisions.approve(change, name, number, state, by=by, four_eyes=eyes, revision=revision)
        bring_up_to_date(desk, change, name)
        return found


def reject(desk: Desk, name: str, number: int, *, by: str, why: str, revision: int | None = None) -> KeptDecision:
    """Refuse an acceptance that was asked for. Raises InputError without a reason, NotFound, Conflict."""
    need(why, "why")
    with desk.register.change(by) as change:
        return decisions.reject(change, name, number, by=by, why=why, revision=revision)


def withdraw(desk: Desk, name: str, number: int, *, by: str, why: str, revision: int | None = None) -> KeptDecision:
    """Take a decision or a request back. Raises InputError without a reason, NotFound, Conflict."""
    need(why, "why")
    with desk.register.change(by) as change:
        found = decisions.withdraw(change, name, number, by=by, why=why, revision=revision)
        bring_up_to_date(desk, change, name)
        return found


def set_control(
    desk: Desk, name: str, control: str, standing: Standing, *, by: str, revision: int | None = None
) -> KeptControl:
    """Say how far a control is. `verified` needs evidence that holds; `not_applicable` needs a reason.

    Raises InputError with all that is wrong, NotFound, Conflict.
    """
    with desk.register.change(by) as change:
        kept = kept_system(desk, change.connection, name)
        check_standing(desk, kept, control, standing)
        found = controls.set_status(
            change,
            name,
            control,
            standing.status,
            component=standing.component,
            reason=standing.reason,
            owner=standing.owner,
            due=standing.due,
            revision=revision,
        )
        bring_up_to_date(desk, change, name)
        return found


def add_evidence(desk: Desk, name: str, observed: Evidence, *, by: str) -> KeptEvidence:
    """Keep an observation and rate the risks by it. Raises InputError with all that is wrong, NotFound."""
    return add_all_evidence(desk, name, (observed,), by=by)[0]


def add_all_evidence(desk: Desk, name: str, observed: tuple[Evidence, ...], *, by: str) -> tuple[KeptEvidence, ...]:
    """Keep several observations at once, all or none, as `add_evidence` does."""
    with desk.register.change(by) as change:
        kept = kept_system(desk, change.connection, name)
        days = policy(change.connection).evidence_days
        check_evidence(desk, kept, observed)
        names = {row.risk: row.number for row in kept.holding.risks}
        found = [
            evidence.add(change, name, _dated(one, days), names[one.risk] if one.risk else None) for one in observed
        ]
        bring_up_to_date(desk, change, name)
        return tuple(found)


def _dated(observed: Evidence, days: int) -> Evidence:
    if observed.valid_until:
        return observed
    return msgspec.structs.replace(observed, valid_until=day_after(observed.held_on, days))


def withdraw_evidence(
    desk: Desk, name: str, number: int, *, by: str, why: str, revision: int | None = None
) -> KeptEvidence:
    """Say that an observation was wrong. Raises InputError without a reason, NotFound, Conflict."""
    need(why, "why")
    with desk.register.change(by) as change:
        found = evidence.withdraw(change, name, number, why, revision)
        bring_up_to_date(desk, change, name)
        return found


def attach(desk: Desk, name: str, number: int, file: str, content: bytes, *, by: str, media: str = "") -> Attachment:
    """Keep a file with a piece of evidence. Raises InputError, NotFound."""
    with desk.register.change(by) as change:
        return evidence.attach(change, name, number, file, content, media)


def comment(desk: Desk, name: str, text: str, *, by: str, risk: int | None = None) -> Comment:
    """Say something about a system or a risk of it. Raises InputError for nothing, NotFound."""
    need(text, "comment")
    with desk.register.change(by) as change:
        if risk is not None:
            risks.risk(change.connection, name, risk)
        systems.system(change.connection, name)
        return comments.say(change, name, text.strip(), risk)


def archive(desk: Desk, name: str, archived: bool, *, by: str, revision: int | None = None) -> KeptSystem:
    """Put a system away, or take it out again; nothing of it is lost. Raises NotFound, Conflict."""
    with desk.register.change(by) as change:
        return systems.archive(change, name, archived, revision)


def own(desk: Desk, name: str, risk: int, owner: str, *, by: str, revision: int | None = None) -> KeptRisk:
    """Say who answers for a risk. Raises NotFound, Conflict."""
    with desk.register.change(by) as change:
        return risks.assign_owner(change, name, risk, owner.strip(), revision)


def forget_control(desk: Desk, name: str, control: str, component: str = "", *, by: str) -> None:
    """Say nothing of a control any more, so that the description's word holds again. Raises NotFound."""
    with desk.register.change(by) as change:
        controls.forget(change, name, control, component)
        bring_up_to_date(desk, change, name)

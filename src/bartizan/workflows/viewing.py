"""What pages show of one kept system beyond its assessment: what is due, its versions beside each other, its past."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.due import Due
from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.kept import Attachment, KeptAssessment, KeptRisk, KeptSystem, KeptVersion
from bartizan.core.terms import Edition
from bartizan.register import evidence, risks, systems
from bartizan.register.audit.reading import Filter, Told, log
from bartizan.register.settings import Policy, policy
from bartizan.report.comparison import Compared
from bartizan.workflows.compare import compare_dossiers
from bartizan.workflows.desk import Desk, Kept, judged, kept_system, kept_version
from bartizan.workflows.identity import called_otherwise, moves_to
from bartizan.workflows.reviews import due

_LOOKED_AT = 2000
"""Entries of a system's audit that are looked through for what concerns one risk."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A kept system as its pages show it."""

    kept: Kept
    due: tuple[Due, ...]
    policy: Policy
    moved: tuple[str, ...]
    """What time alone changed since the system was last assessed, in words: rows of the register are that old."""

    @property
    def system(self) -> KeptSystem:
        """The system."""
        return self.kept.holding.system

    @property
    def numbers(self) -> dict[str, int]:
        """The number of every risk by its name."""
        return {row.risk: row.number for row in self.kept.holding.risks}

    def row(self, number: int) -> KeptRisk:
        """A risk as the register keeps it. Raises NotFound."""
        found = next((row for row in self.kept.holding.risks if row.number == number), None)
        if found is None:
            raise NotFound(f"system '{self.system.id:.100}' has no risk {number}")
        return found


def shown(desk: Desk, name: str) -> Shown:
    """A system as it is assessed today, with what is due. Raises NotFound."""
    with desk.register.read() as connection:
        kept = kept_system(desk, connection, name)
        return Shown(
            kept=kept,
            due=due(desk, connection, only=(name,)),
            policy=policy(connection),
            moved=tuple(_moved(kept)),
        )


def _moved(kept: Kept) -> Iterator[str]:
    """In what today's assessment differs from the rows that the last one left."""
    for one, why in kept.lapses:
        yield f"the acceptance D-{one.number} of R-{one.risk_number} does not hold any more: {why}"
    now = {risk.id: risk for risk in kept.assessment.risks}
    for row in kept.holding.risks:
        risk = now.get(row.risk)
        if (risk is None) == (row.state == "open"):
            yield f"R-{row.number} {'does not apply' if risk is None else 'applies'} now"
        elif risk is not None and risk.current.level != row.current_level:
            yield f"R-{row.number} has moved from level {row.current_level} to {risk.current.level}"
    known = {row.risk for row in kept.holding.risks}
    yield from (f"{name} is a new risk" for name in now if name not in known)


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a system: the newest first."""

    versions: tuple[KeptVersion, ...]
    assessments: tuple[KeptAssessment, ...]
    entries: tuple[Told, ...]


def past(desk: Desk, name: str, *, before: int = 0, limit: int = 50) -> Past:
    """Versions, assessments, and entries of the audit that are older than one. Raises NotFound."""
    with desk.register.read() as connection:
        systems.system(connection, name)
        return Past(
            versions=systems.versions(connection, name),
            assessments=systems.assessments(connection, name),
            entries=log(connection, Filter(system=name, before=before), limit),
        )


def past_of_risk(desk: Desk, name: str, subjects: frozenset[str], limit: int = 100) -> tuple[Told, ...]:
    """The entries of the audit about any of these rows, the newest first."""
    with desk.register.read() as connection:
        entries = log(connection, Filter(system=name), _LOOKED_AT)
    found = (told for told in entries if told.body.subject in subjects or subjects & told.body.states.keys())
    return tuple(told for told, _ in zip(found, range(limit), strict=False))


def version(desk: Desk, name: str, number: int | None = None) -> KeptVersion:
    """A version of a description, the newest without a number. Raises NotFound."""
    with desk.register.read() as connection:
        found = systems.version(connection, name, number)
    if found is None:
        raise NotFound(f"system '{name:.100}' has no version {number or ''}".rstrip())
    return found


def preview(desk: Desk, name: str, text: str) -> Compared:
    """What keeping a description would change; nothing is kept. Raises InputError with all problems, NotFound."""
    read = desk.read_system(text, f"{name}.yaml")
    with desk.register.read() as connection:
        now, newest = kept_system(desk, connection, name), systems.version(connection, name)
        moves = moves_to(connection, name, newest, read, now.version + 1) if newest else {}
    held = called_otherwise(now.holding, moves)
    then = judged(desk, read, held, now.version + 1, now.assessment.edition)
    return compare_dossiers(now.dossier, then.dossier)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a comparison: a version, judged by an edition."""

    version: int
    edition: Edition | None = None


def compare(desk: Desk, name: str, before: Chosen, after: Chosen) -> Compared:
    """Two versions of a system, both with what the register knows of it today. Raises NotFound, InputError."""
    sides = [_side(desk, name, one).dossier for one in (before, after)]
    return compare_dossiers(*sides)


def _side(desk: Desk, name: str, chosen: Chosen) -> Kept:
    with desk.register.read() as connection:
        return kept_version(desk, connection, name, chosen.version, chosen.edition)


def attachment(desk: Desk, name: str, number: int, digest: str) -> tuple[Attachment, bytes]:
    """A file that belongs to a piece of evidence, with its content. Raises NotFound."""
    with desk.register.read() as connection:
        content = evidence.attached(connection, name, number, digest)
        found = evidence.evidence_by_number(connection, name, number)
    return next(file for file in found.attachments if file.digest == digest), content


def amend_risk(
    desk: Desk,
    name: str,
    risk: int,
    *,
    by: str,
    owner: str | None = None,
    review_due: str | None = None,
    revision: int | None = None,
) -> KeptRisk:
    """Say who answers for a risk and when to look at it again, or one of the two, at once.

    Raises InputError, NotFound, Conflict.
    """
    _check_day(desk, review_due or "")
    with desk.register.change(by) as change:
        found = risks.risk(change.connection, name, risk)
        if revision not in {None, found.revision}:
            raise Conflict(f"somebody changed R-{risk} in the meantime; read it again")
        if owner is not None:
            found = risks.assign_owner(change, name, risk, owner.strip())
        if review_due is not None:
            found = risks.set_review(change, name, risk, review_due)
        return found


def look_again(desk: Desk, name: str, risk: int, day: str, *, by: str, revision: int | None = None) -> KeptRisk:
    """Set the day on which somebody shall look at a risk again; empty for none. Raises InputError, Conflict."""
    _check_day(desk, day)
    with desk.register.change(by) as change:
        return risks.set_review(change, name, risk, day, revision)


def _check_day(desk: Desk, day: str) -> None:
    if day and not is_date(day):
        raise InputError([Problem(file="review_due", finding=f"'{day:.60}' is no date", fix=DATE_FIX)])
    if day and day < desk.today:
        raise InputError([Problem(file="review_due", finding=f"{day} has passed", fix=f"today is {desk.today}")])

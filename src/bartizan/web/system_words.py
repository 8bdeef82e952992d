"""Entries of the audit in the words of people: what was done, and what it changed that a reader wants to know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from bartizan.register.audit.reading import Told
from bartizan.register.chain import Body
from bartizan.report.wording import day, plain

_DONE: Mapping[str, str] = {
    "acceptance.approve": "approved the acceptance",
    "acceptance.lapse": "the acceptance lapsed",
    "acceptance.reject": "rejected the acceptance",
    "acceptance.request": "asked for the risk to be accepted",
    "assessment.add": "assessed the system",
    "assessment.renew": "assessed the system again that day",
    "comment.add": "commented",
    "control.forget": "took back what was said of a control",
    "control.rename": "a control followed its component",
    "control.set": "said how far a control is",
    "decision.make": "decided",
    "decision.replace": "a later decision took its place",
    "decision.withdraw": "withdrew the decision",
    "event.add": "reported what happened",
    "event.see": "took note of what happened",
    "evidence.add": "added evidence",
    "evidence.attach": "attached a file to evidence",
    "evidence.rename": "evidence followed its component",
    "evidence.withdraw": "withdrew evidence",
    "access.refused": "was refused",
    "review.done": "reviewed it",
    "review.plan": "planned a review",
    "plan.order": "put the controls in another order",
    "risk.own": "named who answers for the risk",
    "risk.review": "set the day on which to look again",
    "risks.reconcile": "the assessment changed risks",
    "risks.rename": "risks followed their component",
    "supplier.answer": "kept what a supplier answered",
    "supplier.ask": "a question to a supplier arose",
    "supplier.meanwhile": "said what is done until a supplier answers",
    "supplier.refuse": "kept that a supplier will not answer",
    "supplier.reopen": "a question to a supplier is open again",
    "supplier.reword": "a question to a supplier has new words",
    "supplier.send": "sent questions to a supplier",
    "supplier.settle": "a question to a supplier is settled",
    "supplier.verify": "checked what a supplier answered",
    "system.add": "added the system",
    "system.archive": "archived the system",
    "system.describe": "the description names the system anew",
    "system.restore": "took the system out of the archive",
    "version.add": "kept a new description",
}
_NUMBERED = {"decisions": "D-", "evidence": "E-", "risks": "R-", "attachments": "E-", "versions": "version "}
_TELLING = (
    "new",
    "moved",
    "left",
    "returned",
    "renamed",
    "treatment",
    "status",
    "state",
    "state_why",
    "reason",
    "settled_why",
    "owner",
    "due",
    "until",
    "review_due",
    "what",
    "withdrawn_why",
    "text",
    "name",
    "note",
    "answer",
    "meanwhile",
    "meanwhile_why",
    "outcome",
    "edition",
    "risks",
    "above_appetite",
)
_SILENT = frozenset({"assessment.renew", "system.describe"})
_LONGEST = 240
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as the timeline of a page shows it."""

    at: str
    who: str
    what: str
    note: str = ""
    href: str = ""


def moments(entries: Iterable[Told]) -> tuple[Moment, ...]:
    """The entries for a timeline, in their order.

    What was done many times at once is one line; that a system was assessed again on the same day is none.
    """
    told_of = (_moment(told.body) for told in entries if told.body.action not in _SILENT)
    found = []
    for one, same in groupby(told_of):
        times = sum(1 for _ in same)
        found.append(one if times == 1 else msgspec.structs.replace(one, what=f"{one.what} ({times} times)"))
    return tuple(found)


def _moment(body: Body) -> Moment:
    done = _DONE.get(body.action, plain(body.action.replace(".", " ")))
    about = _about(body.subject)
    parts = [*_changes(body.changed), *([plain(body.note)] if body.note else [])]
    return Moment(at=body.at, who=plain(body.actor), what=f"{about}: {done}" if about else done, note="; ".join(parts))


def _about(subject: str) -> str:
    """A row as people call it: D-4 for `decisions/mail-agent/4`; a control by its id."""
    table, _, key = subject.partition("/")
    parts = key.split("/")
    if table in _NUMBERED and len(parts) > 1:
        return f"{_NUMBERED[table]}{plain(parts[1])}"
    if table == "controls" and len(parts) > 1:
        return plain(" at ".join(part for part in parts[1:3] if part)).replace("_", " ")
    return ""


def _changes(changed: Mapping[str, list[object]]) -> Iterable[str]:
    for field in _TELLING:
        if field not in changed:
            continue
        was, now = (*changed[field], None, None)[:2]
        told = [_cut(word) for word in (was, now) if word not in (None, "", False)]
        if told:
            yield f"{field.replace('_', ' ')}: {' → '.join(told)}"


def _cut(value: object) -> str:
    text = _DAY.sub(lambda found: day(found[0]), plain(str(value)))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

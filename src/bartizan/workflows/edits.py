"""What an edited row of a register's table means, whether it may be done, and the doing of it.

A row of risks may change who answers for it, when it is looked at again, and how it is treated; a treatment that
differs in anything is a new decision, and an acceptance is only asked for. A row of controls is a word on a control, a
row of suppliers an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError
from bartizan.core.kept import SupplierAnswer
from bartizan.core.terms import ControlStatus, Treatment
from bartizan.register import controls, decisions, risks, suppliers
from bartizan.register.change import Change
from bartizan.register.settings import Policy
from bartizan.report.exchange.canonical import ID, Cells
from bartizan.workflows.admission import Choice, Standing, check_choice, check_standing
from bartizan.workflows.desk import Desk, Kept, bring_up_to_date

DECISION = frozenset({"treatment", "reason", "treatment_owner", "due", "acceptance_until"})
"""Columns of a risk that together are its treatment."""

_ANSWER = frozenset({"answer", "valid_until"})
_COLUMNS = {"until": "acceptance_until", "owner": "treatment_owner"}
"""Columns of a risk, by what a choice calls them."""

Fault = tuple[str, str, str]
"""Column, finding, fix."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was edited."""

    system: str
    table: str
    before: Cells
    """All of the row, as the register keeps it."""
    after: Cells
    """The columns that were edited, as they are to be."""

    @property
    def id(self) -> str:
        """The row's id."""
        return self.before[ID]

    @property
    def part(self) -> str:
        """What the row is within its system."""
        return self.id.partition("/")[2]

    @property
    def wanted(self) -> Mapping[str, str]:
        """The row as it is to be."""
        return {**self.before, **self.after}

    @property
    def decides(self) -> bool:
        """Whether it is a new decision on a risk."""
        return self.table == "risks" and not DECISION.isdisjoint(self.after)


def faults(desk: Desk, kept: Kept, rules: Policy, edit: Edit) -> Iterator[Fault]:
    """What speaks against an edit."""
    if edit.table == "controls":
        yield from _refused_standing(desk, kept, edit)
    elif edit.table == "suppliers":
        yield from _refused_answer(desk, kept, edit)
    elif edit.decides:
        yield from _refused_choice(desk, kept, rules, edit)


# decisions


def _number(edit: Edit) -> int:
    return int(edit.part[2:])


def _choice(edit: Edit) -> Choice:
    """The decision that a row asks for. A day that only the decision before had is not taken over by another kind."""
    row = edit.wanted
    treatment = Treatment(row["treatment"])
    accepts = treatment is Treatment.ACCEPT
    due = row["due"] if not accepts or "due" in edit.after else ""
    until = row["acceptance_until"] if accepts or "acceptance_until" in edit.after else ""
    return Choice(treatment=treatment, reason=row["reason"], owner=row["treatment_owner"], due=due, until=until)


def _refused_choice(desk: Desk, kept: Kept, rules: Policy, edit: Edit) -> Iterator[Fault]:
    if not edit.wanted["treatment"]:
        if edit.before["treatment"]:
            fix = f"put '{edit.before['treatment']}' back, and withdraw the decision in the register"
            yield "treatment", "an empty cell withdraws no decision", fix
        else:
            yield "treatment", "a decision without a treatment", "say mitigate, transfer, avoid or accept"
        return
    choice = _choice(edit)
    yield from _told(_COLUMNS, lambda: check_choice(choice, desk.today, rules.longest_acceptance_days))
    if choice.treatment is not Treatment.ACCEPT:
        return
    if kept.risk(_number(edit)) is None:
        yield "treatment", "it is no risk now, so there is nothing to accept", "put the cell back as it was"
    mine = (d for d in kept.holding.decisions if d.risk_number == _number(edit))
    waiting = next((d for d in mine if d.state == "requested"), None)
    if waiting is not None:
        yield "treatment", f"acceptance D-{waiting.number} waits for approval already", "settle it first"


def _told(columns: Mapping[str, str], check: Callable[[], None]) -> Iterator[Fault]:
    """The problems that a check raises, by the columns that they are about."""
    try:
        check()
    except InputError as error:
        for problem in error.problems:
            yield columns.get(problem.file, problem.file), problem.finding, problem.fix


def _decide(desk: Desk, change: Change, kept: Kept, edit: Edit) -> None:
    choice, number = _choice(edit), _number(edit)
    who = {"reason": choice.reason, "by": change.actor, "owner": choice.owner}
    if choice.treatment is Treatment.ACCEPT:
        decisions.request(change, edit.system, number, kept.state(number), until=choice.until, **who)
    else:
        decisions.decide(change, edit.system, number, choice.treatment, on=desk.today, due=choice.due, **who)


# controls


def _standing(edit: Edit) -> Standing:
    row = edit.wanted
    said = {key: row.get(key, "") for key in ("component", "reason", "owner", "due")}
    return Standing(status=ControlStatus(row["status"]), **said)


def _refused_standing(desk: Desk, kept: Kept, edit: Edit) -> Iterator[Fault]:
    if not edit.wanted["status"]:
        yield "status", "a control without a status", f"put '{edit.before['status']}' back, or say how far it is"
        return
    stands = "status" not in edit.after and edit.before["said_in"] == "register"
    for fault in _told({}, lambda: check_standing(desk, kept, edit.before["control"], _standing(edit))):
        if not (stands and fault[0] == "status"):  # proof that has aged since does not keep a new owner out
            yield fault


# suppliers


def _asked(answers: Iterable[SupplierAnswer], edit: Edit) -> SupplierAnswer:
    supplier, _, control = edit.part.rpartition("/")
    return next(one for one in answers if one.supplier == supplier and one.control == control)


def _refused_answer(desk: Desk, kept: Kept, edit: Edit) -> Iterator[Fault]:
    one, row = _asked(kept.holding.answers, edit), edit.wanted
    if one.state == "settled":
        yield "answer", "the question is settled: no risk waits for it any more", "put the cells back as they were"
        return
    if "answer" in edit.after and not edit.after["answer"]:
        yield "answer", "an empty cell takes no answer back", "put the answer back, or write what they answered"
    until = edit.after.get("valid_until", "")
    if until and not is_date(until):
        yield "valid_until", f"'{until:.60}' is no date", DATE_FIX
    elif until and until < desk.today:
        yield "valid_until", f"{until} has passed", f"today is {desk.today}"
    elif "valid_until" in edit.after and not row["answer"]:
        yield "valid_until", "there is no answer that it could be about", "write what they answered"
    chosen = not {"meanwhile", "meanwhile_why"}.isdisjoint(edit.after)
    if chosen and row["meanwhile"] == "accept" and not row["meanwhile_why"].strip():
        yield "meanwhile_why", "no reason is given", "to accept it, say why it can be borne"
    if chosen and one.state == "verified" and not one.expired(desk.today) and row["meanwhile"]:
        yield "meanwhile", "nothing is waited for: the answer was verified", "leave it empty"


def _answer(desk: Desk, change: Change, edit: Edit) -> None:
    one = _asked(suppliers.answers(change.connection, edit.system), edit)
    values = dict(edit.after)
    if "answer" in edit.after:
        new = {"state": "answered", "answered_on": desk.today, "verified_on": ""}
        values = {"valid_until": "", **values, **new}
    action = "supplier.answer" if not _ANSWER.isdisjoint(edit.after) else "supplier.meanwhile"
    suppliers.update(change, one, values, action)


# the doing


def carry_out(desk: Desk, change: Change, edits: Iterable[Edit]) -> None:
    """Do the edits of one system, and assess it anew. What they say was found to be right before.

    Decisions come last, so that an acceptance is of the state that the other edits bring about.
    """
    everything = tuple(edits)
    for edit in everything:
        _do(desk, change, edit)
    name = everything[0].system
    kept = bring_up_to_date(desk, change, name)
    deciding = [edit for edit in everything if edit.decides]
    for edit in deciding:
        _decide(desk, change, kept, edit)
    if deciding:
        bring_up_to_date(desk, change, name)


def _do(desk: Desk, change: Change, edit: Edit) -> None:
    after = edit.after
    if edit.table == "risks" and "owner" in after:
        risks.assign_owner(change, edit.system, _number(edit), after["owner"])
    if edit.table == "risks" and "review_due" in after:
        risks.set_review(change, edit.system, _number(edit), after["review_due"])
    if edit.table == "controls":
        said = _standing(edit)
        controls.set_status(
            change,
            edit.system,
            edit.before["control"],
            said.status,
            component=said.component,
            reason=said.reason,
            owner=said.owner,
            due=said.due,
        )
    if edit.table == "suppliers":
        _answer(desk, change, edit)

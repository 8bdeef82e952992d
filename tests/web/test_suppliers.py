"""Suppliers across systems: questions, one answer for several systems, what is done meanwhile, and what is sent."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest

from bartizan.core.kept import SupplierAnswer
from bartizan.workflows import suppliers as work
from bartizan.workflows.answering import asked_of
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import keep
from tests.report.dossiers import AGENT
from tests.web.clients import People, Visitor, text_of
from tests.web.systems import ATTACK, HOSTILE, MAIL, SHOP, hostile, mail_and_shop

NORTH = "/suppliers/northwind-ai"


@pytest.fixture
def shared(desk: Desk) -> str:
    """A control that one supplier is asked about for two systems."""
    mail_and_shop(desk)
    keep(desk, AGENT, file="system.yaml", by="anna", system="second")
    found = asked_of(desk, "northwind-ai")
    return next(q.control for q in found.questions if len(q.answers) == 2)


def _answers(desk: Desk, control: str) -> dict[str, SupplierAnswer]:
    found = asked_of(desk, "northwind-ai")
    return {one.system: one for q in found.questions if q.control == control for one in q.answers}


def _send(visitor: Visitor, desk: Desk, control: str, systems: tuple[str, ...], **fields: str) -> httpx.Response:
    held = _answers(desk, control)
    revisions = {f"revision-{name}": str(one.revision) for name, one in held.items()}
    return visitor.post(f"{NORTH}/answers/{control}", {"system": list(systems), **revisions, **fields})


def test_suppliers_are_listed_with_what_they_owe(as_viewer: Visitor, desk: Desk, shared: str) -> None:
    page = as_viewer.get("/suppliers")
    owed = asked_of(desk, "northwind-ai").count(desk.today)
    said = text_of(page)
    assert "2 of 2 suppliers owe answers" in said
    assert f"Northwind AI 2 {owed} {owed} –" in said
    assert as_viewer.get("/suppliers?q=northw").text.count("<tr data-href") == 1
    assert as_viewer.get("/suppliers?state=verified").text.count("<tr data-href") == 0
    assert as_viewer.get("/suppliers?sort=-name").text.index("Northwind") < as_viewer.get(
        "/suppliers?sort=-name"
    ).text.index("Halcyon")


def test_no_supplier_says_when_there_will_be_one(as_viewer: Visitor) -> None:
    assert "Questions arise by themselves" in as_viewer.get("/suppliers").text
    assert as_viewer.get("/suppliers/nobody").status_code == 404


def test_one_answer_does_for_each_system_that_is_ticked(as_assessor: Visitor, desk: Desk, shared: str) -> None:
    both = (MAIL, "second")
    done = _send(as_assessor, desk, shared, both, act="answer", answer="Yes, <b>always</b>", until="2027-05-01")
    assert done.status_code == 303
    assert {one.state for one in _answers(desk, shared).values()} == {"answered"}
    page = as_assessor.get(NORTH)
    assert page.text.count("Yes, &lt;b&gt;always") >= 2
    assert _send(as_assessor, desk, shared, ("second",), act="verify", back="second").headers["location"] == (
        f"{NORTH}?system=second#{shared}"
    )
    assert [_answers(desk, shared)[name].state for name in both] == ["answered", "verified"]
    assert _send(as_assessor, desk, shared, (MAIL,), act="refuse", why="they will not say").status_code == 303
    meanwhile = {"act": "meanwhile", "choice": "mitigate", "why": "we filter"}
    assert _send(as_assessor, desk, shared, (MAIL,), **meanwhile).status_code == 303
    held = _answers(desk, shared)[MAIL]
    assert (held.state, held.meanwhile, held.meanwhile_why) == ("refused", "mitigate", "we filter")


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "answer", "answer": " "},
        {"act": "answer", "answer": "yes", "until": "2020-01-01"},
        {"act": "refuse", "why": ""},
        {"act": "meanwhile", "choice": "accept", "why": ""},
        {"act": "meanwhile", "choice": "hope"},
        {"act": "burn"},
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    as_assessor: Visitor, desk: Desk, shared: str, fields: dict[str, str]
) -> None:
    before = _answers(desk, shared)
    answer = _send(as_assessor, desk, shared, (MAIL,), **fields)
    assert answer.status_code == 422
    assert _answers(desk, shared) == before
    assert _send(as_assessor, desk, shared, (), act="answer", answer="yes").status_code == 422


def test_an_answer_that_somebody_else_changed_is_not_overwritten(as_assessor: Visitor, desk: Desk, shared: str) -> None:
    stale = {f"revision-{name}": str(one.revision) for name, one in _answers(desk, shared).items()}
    given = work.Given(system="second", supplier="northwind-ai", control=shared)
    work.record_answer(desk, given, "from bo", by="bo")
    fields = {"system": [MAIL, "second"], "act": "answer", "answer": "from asa", **stale}
    answer = as_assessor.post(f"{NORTH}/answers/{shared}", fields)
    assert answer.status_code == 409
    assert f"Saved for {MAIL}, but not for second" in text_of(answer)
    held = _answers(desk, shared)
    assert (held[MAIL].answer, held["second"].answer) == ("from asa", "from bo")
    without = {"system": [MAIL], "act": "answer", "answer": "blind"}
    assert as_assessor.post(f"{NORTH}/answers/{shared}", without).status_code == 409


def test_questions_leave_as_a_questionnaire_and_are_marked_as_sent(
    as_assessor: Visitor, desk: Desk, shared: str
) -> None:
    book = as_assessor.get(f"{NORTH}/questions/{MAIL}?form=xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
    assert "attachment" in book.headers["content-disposition"]
    assert "Northwind AI" in as_assessor.get(f"{NORTH}/questions/{MAIL}").text
    assert as_assessor.post(f"{NORTH}/send/{MAIL}").status_code == 303
    assert _answers(desk, shared)[MAIL].state == "sent"
    assert as_assessor.post(f"{NORTH}/send/{MAIL}").status_code == 409
    assert as_assessor.get(f"{NORTH}/questions/{MAIL}").status_code == 409


def test_a_supplier_gets_a_name_and_somebody_to_ask(as_assessor: Visitor, shared: str) -> None:
    assert as_assessor.post(f"{NORTH}/contact", {"name": "Northwind AI", "contact": "sec@northwind"}).status_code == 303
    assert "Ask sec@northwind" in text_of(as_assessor.get(NORTH))
    assert as_assessor.post(f"{NORTH}/contact", {"name": " "}).status_code == 422
    taken = as_assessor.post(f"{NORTH}/contact", {"name": "Halcyon Models"})
    assert taken.status_code == 422
    assert "another supplier is called" in taken.text.lower()


def test_who_may_not_change_a_system_changes_nothing_of_it(
    people: People, as_viewer: Visitor, desk: Desk, shared: str
) -> None:
    before = _answers(desk, shared)
    sam = people.log_in("sam", "assessor", SHOP)
    beth = people.log_in("beth", "assessor", "second")
    fields = {"act": "answer", "answer": "mine"}
    assert _send(as_viewer, desk, shared, (MAIL,), **fields).status_code == 403
    assert _send(sam, desk, shared, (MAIL,), **fields).status_code == 403
    assert _send(beth, desk, shared, ("second", MAIL), **fields).status_code == 403
    assert as_viewer.post(f"{NORTH}/send/{MAIL}").status_code == 403
    assert beth.post(f"{NORTH}/contact", {"name": "Mine"}).status_code == 403
    assert sam.get(f"{NORTH}/questions/{MAIL}").status_code == 403
    assert _answers(desk, shared) == before
    assert MAIL not in beth.get(NORTH).text
    assert _send(beth, desk, shared, ("second",), **fields).status_code == 303


def test_a_hostile_supplier_is_only_text(as_assessor: Visitor, desk: Desk) -> None:
    hostile(desk)
    (who,) = (one.supplier for one in work.overview(desk, HOSTILE))
    assert ATTACK in who.name
    page = as_assessor.get(f"/suppliers/{who.id}")
    assert page.status_code == 200
    assert "<img" not in page.text
    letter = as_assessor.get(f"/suppliers/{who.id}/questions/{HOSTILE}")
    assert letter.status_code == 200
    assert "\n" not in letter.headers["content-disposition"]

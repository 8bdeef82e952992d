"""The gateway's pages: what they say, who may do what, and that what strangers wrote stays text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from bartizan.workflows.gateway_desk import GatewayDesk
from tests.gateway.admin.office import free_port
from tests.report.dossiers import AGENT
from tests.web.clients import People, Visitor, application, text_of
from tests.web.gateways import FOUR_EYES, Town, town


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A gateway that wants two people for a payment."""
    with town(tmp_path, FOUR_EYES) as made:
        yield made


@pytest.fixture
def crew(desk: Desk, here: Town) -> Iterator[People]:
    """People of an application that is connected to it."""
    made = People(desk.register, application(desk, gateway=here.desk))
    yield made
    made.close()


def test_without_a_gateway_the_page_says_how_to_connect_one(as_viewer: Visitor, as_approver: Visitor) -> None:
    for path in ("/gateway", "/gateway/switches"):
        assert "bartizan serve --gateway" in text_of(as_viewer.get(path))
    assert "bartizan serve --gateway" in text_of(as_approver.get("/gateway/approvals"))
    assert as_approver.post("/gateway/approvals/x", {"why": "x"}).status_code == 404


def test_a_gateway_that_does_not_answer_is_said_to_be_so(desk: Desk) -> None:
    made = People(desk.register, application(desk, gateway=GatewayDesk(f"http://127.0.0.1:{free_port()}")))
    as_approver = made.log_in("april", "approver")
    for path in ("/gateway", "/gateway/live", "/gateway/approvals", "/gateway/switches"):
        answer = as_approver.get(path)
        assert answer.status_code == 200
        assert "does not answer" in text_of(answer)
    assert as_approver.post("/gateway/switches", {"scope": "everything", "why": "x"}).status_code == 502
    made.close()


def test_the_first_line_says_what_waits_and_what_was_blocked(crew: People, here: Town) -> None:
    as_viewer = crew.log_in("vera", "viewer")
    assert "Nothing is waiting; no request came in the last hour." in text_of(as_viewer.get("/gateway"))
    thread = here.ask()
    id = here.waiting()
    here.desk.answer(id, granted=False, by="ben", why="no")
    thread.join(10)
    time.sleep(1.1)  # what is told is a second old at most
    page = text_of(as_viewer.get("/gateway/live"))
    assert "Nothing is waiting; the one request of the last hour was blocked." in page
    assert "by oversight" in page


def test_two_people_approve_by_the_page_and_neither_counts_twice(crew: People, here: Town) -> None:
    april, ada = crew.log_in("april", "approver"), crew.log_in("ada", "administrator")
    thread = here.ask()
    path = f"/gateway/approvals/{here.waiting()}"
    page = april.get("/gateway/approvals")
    assert "eve &lt;b&gt;bold&lt;/b&gt;" in page.text
    assert "<b>bold" not in page.text
    assert april.post(path, {"granted": "yes", "why": ""}).status_code == 422
    assert april.post(path, {"granted": "yes", "why": "ours"}).status_code == 303
    page = april.get("/gateway/approvals")
    assert "1 of 2 said yes: yes by april: ours" in text_of(page)
    assert "You have answered; another person must." in text_of(page)
    refused = april.post(path, {"granted": "yes", "why": "again"})
    assert refused.status_code == 409
    assert "another person must" in text_of(refused)
    assert "Your yes" not in text_of(ada.get("/gateway/approvals"))
    assert ada.post(path, {"granted": "yes", "why": "ours too"}).status_code == 303
    thread.join(10)
    assert here.answers[0].json()["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "pay"
    assert "Approved: it goes on." in text_of(ada.get("/gateway/approvals"))
    assert ada.post(path, {"granted": "yes", "why": "late"}).status_code == 409


def test_looking_again_changes_nothing_where_nothing_changed(crew: People, here: Town) -> None:
    april = crew.log_in("april", "approver")
    assert april.get("/gateway/approvals/live?state=none").status_code == 204
    thread = here.ask()
    id = here.waiting()
    answer = april.get("/gateway/approvals/live?state=none")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert april.get(f"/gateway/approvals/live?state={id}-0").status_code == 204
    april.post(f"/gateway/approvals/{id}", {"granted": "no", "why": "no"})
    thread.join(10)
    assert here.answers[0].status_code == 403


def test_only_approvers_of_all_systems_approve_and_stop(desk: Desk, crew: People, here: Town) -> None:
    keeping.keep(desk, AGENT, file="system.yaml", by="anna")
    for name, role, system in (("vera", "viewer", ""), ("asa", "assessor", ""), ("sam", "approver", "mail-agent")):
        person = crew.log_in(name, role, system)  # type: ignore[arg-type]
        assert person.get("/gateway/approvals").status_code == 403
        assert person.post("/gateway/approvals/x", {"granted": "yes", "why": "x"}).status_code == 403
        assert person.post("/gateway/switches", {"scope": "everything", "why": "x"}).status_code == 403
        assert person.post("/gateway/switches/clear", {"scope": "everything", "name": "*"}).status_code == 403
        assert person.get("/gateway").status_code == (403 if system else 200)
    assert here.desk.switches() == ()
    assert crew.nobody().get("/gateway").status_code in (302, 303, 401)


def test_a_switch_is_set_shown_and_cleared(crew: People, here: Town) -> None:
    april = crew.log_in("april", "approver")
    asked = {"scope": "model", "name": "big<i>*", "why": "it leaks", "seconds": "3600"}
    assert april.post("/gateway/switches", asked).status_code == 303
    page = april.get("/gateway/switches")
    assert "1 thing is stopped." in text_of(page)
    assert "big&lt;i&gt;*" in page.text
    set_one = here.desk.switches()[0]
    assert (set_one.scope, set_one.by, set_one.why) == ("model", "april", "it leaks")
    assert set_one.until is not None
    gone = {"scope": "model", "name": "big<i>*", "why": "mended"}
    assert april.post("/gateway/switches/clear", gone | {"why": ""}).status_code == 422
    assert april.post("/gateway/switches/clear", gone).status_code == 303
    assert april.post("/gateway/switches/clear", gone).status_code == 409
    assert here.desk.switches() == ()
    for wrong in ({"scope": "moon", "why": "x"}, {"scope": "model", "why": "x"}, {"scope": "everything"}):
        assert april.post("/gateway/switches", wrong).status_code == 422
    assert here.desk.switches() == ()


def test_the_token_is_shown_nowhere(crew: People, here: Town) -> None:
    pages = [crew.log_in("ada", "administrator").get(path).text for path in ("/gateway", "/gateway/switches")]
    assert "0123456789abcdef" not in "".join(pages) + repr(here.desk)

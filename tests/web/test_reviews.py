"""Reviews: what is due is grouped by its urgency and leads to its place; what one may approve comes first."""

from __future__ import annotations

import re

import pytest

from bartizan.core.evidence import Evidence
from bartizan.core.terms import Treatment
from bartizan.register import events, outbox, reviews
from bartizan.register.opening import Register
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import add_evidence, decide, look
from tests.register.databases import Clock
from tests.web.clients import People, Visitor, text_of
from tests.web.systems import ATTACK, HOSTILE, MAIL, SHOP, hostile, mail_and_shop


def _ask(desk: Desk, system: str, by: str) -> int:
    """Ask for the worst risk of a system to be accepted; gives its number."""
    kept = look(desk, system)
    worst = kept.assessment.risks[0].id
    number = next(row.number for row in kept.holding.risks if row.risk == worst)
    choice = Choice(treatment=Treatment.ACCEPT, reason="we can bear it", until="2027-01-10")
    decide(desk, system, number, choice, by=by)
    return number


def test_nothing_due_says_what_will_appear_here(as_viewer: Visitor) -> None:
    page = text_of(as_viewer.get("/reviews"))
    assert "Nothing is overdue" in page
    assert "appear here by themselves" in page


def test_what_is_due_is_grouped_the_most_urgent_first(people: People, desk: Desk, clock: Clock) -> None:
    mail_and_shop(desk)
    choice = Choice(treatment=Treatment.MITIGATE, reason="fix it", due="2026-12-10", owner="Jo Park")
    decide(desk, MAIL, 1, choice, by="anna")
    decide(desk, MAIL, 2, Choice(treatment=Treatment.MITIGATE, reason="x", due="2027-01-20"), by="anna")
    page = text_of(people.log_in("vera", "viewer").get("/reviews"))
    assert "Nothing is overdue, 1 more comes within 30 days" in page
    assert re.search(r"Within 30 days 1 .*10 Dec 2026.* Jo Park .*Later, within 90 days 1 .*20 Jan 2027", page)
    clock.forward(days=20)
    page = text_of(people.log_in("vera").get("/reviews"))
    assert "1 thing is to be done now" in page
    assert re.search(r"Now 1 .*overdue: 10 Dec 2026", page)


def test_a_request_waits_for_those_who_may_approve_it_and_not_for_who_asked(people: People, desk: Desk) -> None:
    mail_and_shop(desk)
    people.add("april", "approver")
    number = _ask(desk, MAIL, by="april")
    assert "For your approval" not in people.log_in("april").get("/reviews").text
    assert "For your approval" not in people.log_in("vera", "viewer").get("/reviews").text
    assert "For your approval" not in people.log_in("sam", "approver", SHOP).get("/reviews").text
    page = people.log_in("abe", "approver", MAIL).get("/reviews")
    assert "1 acceptance waits for your approval" in text_of(page)
    assert f'href="/systems/{MAIL}/risks/{number}">Decide on R-{number}' in page.text


@pytest.mark.parametrize(
    ("query", "count"), [("", 2), (f"system={MAIL}", 1), ("owner=jo%20park", 1), ("kind=event", 0)]
)
def test_what_is_due_is_filtered(as_viewer: Visitor, desk: Desk, query: str, count: int) -> None:
    mail_and_shop(desk)
    for system, owner in ((MAIL, "Jo Park"), (SHOP, "")):
        choice = Choice(treatment=Treatment.MITIGATE, reason="fix it", due="2026-12-10", owner=owner)
        decide(desk, system, 1, choice, by="anna")
    page = as_viewer.get(f"/reviews?{query}")
    assert page.text.count("is to be dealt with") == count


def test_stale_evidence_leads_to_the_evidence_of_its_risk(people: People, desk: Desk, clock: Clock) -> None:
    mail_and_shop(desk)
    row = look(desk, MAIL).holding.risks[0]
    seen = Evidence(risk=row.risk, what="tried it", kind="test", held_on="2026-11-01", valid_until="2026-11-30")
    add_evidence(desk, MAIL, seen, by="anna")
    clock.forward(days=10)
    page = people.log_in("vera", "viewer").get("/reviews?kind=evidence")
    assert f'href="/systems/{MAIL}/risks/{row.number}#evidence"' in page.text


def test_a_review_is_recorded_with_what_came_of_it(as_assessor: Visitor, register: Register, desk: Desk) -> None:
    mail_and_shop(desk)
    wrong = as_assessor.post(f"/reviews/{MAIL}/done", {"outcome": " ", "next": "2020-01-01"})
    assert wrong.status_code == 422
    assert "Nothing is written here" in wrong.text
    done = as_assessor.post(f"/reviews/{MAIL}/done", {"outcome": "<b>All as it was</b>", "next": "2027-02-01"})
    assert done.status_code == 303
    page = as_assessor.get(f"/reviews/{MAIL}")
    assert "&lt;b&gt;All as it was" in page.text
    assert "Its next review is on 1 Feb 2027" in page.text
    with register.read() as connection:
        assert [one.outcome for one in reviews.reviews(connection, MAIL) if one.done_at] == ["<b>All as it was</b>"]


def test_a_day_can_be_set_without_a_review(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    assert as_assessor.post(f"/reviews/{MAIL}/plan", {"due": "soon"}).status_code == 422
    assert as_assessor.post(f"/reviews/{MAIL}/plan", {"due": "2027-01-02"}).status_code == 303
    assert "2 Jan 2027" in as_assessor.get(f"/reviews/{MAIL}").text


def test_an_event_is_shown_until_somebody_looked_at_it(as_assessor: Visitor, register: Register, desk: Desk) -> None:
    hostile(desk)
    with register.change("gateway") as change:
        happened = [
            events.Happened(kind=ATTACK, what=f"{ATTACK} {n}", at="2026-11-21T08:00:00Z", count=n) for n in (1, 2, 3)
        ]
        events.add(change, HOSTILE, happened)
    page = as_assessor.get(f"/reviews/{HOSTILE}")
    assert "3 events nobody has looked at" in text_of(page)
    assert "<img" not in page.text
    assert f"/reviews/{HOSTILE}" in as_assessor.get("/reviews?kind=event").text
    assert as_assessor.post(f"/reviews/{HOSTILE}/events", {"event": "2"}).status_code == 303
    assert "2 events nobody" in text_of(as_assessor.get(f"/reviews/{HOSTILE}"))
    as_assessor.post(f"/reviews/{HOSTILE}/events")
    assert "nobody has looked at" not in as_assessor.get(f"/reviews/{HOSTILE}").text
    assert as_assessor.post(f"/reviews/{HOSTILE}/events", {"event": "99"}).status_code == 404
    assert as_assessor.post(f"/reviews/{HOSTILE}/events", {"event": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["done", "plan", "events"])
def test_only_an_assessor_of_the_system_records(people: People, as_viewer: Visitor, desk: Desk, path: str) -> None:
    mail_and_shop(desk)
    sam = people.log_in("sam", "assessor", SHOP)
    fields = {"outcome": "fine", "due": "2027-01-02"}
    for visitor in (as_viewer, sam):
        assert visitor.post(f"/reviews/{MAIL}/{path}", fields).status_code == 403
    assert sam.post(f"/reviews/{SHOP}/{path}", fields).status_code == 303
    assert "Record the review" not in as_viewer.get(f"/reviews/{MAIL}").text


def test_a_person_sees_their_own_messages_and_no_others(people: People, register: Register) -> None:
    def message(recipient: str, what: str) -> outbox.Message:
        body = f'{{"system": "a/../b", "what": "{what}"}}'
        return outbox.Message(channel="mail", recipient=recipient, subject=f"{what} <b>", body=body, key=what)

    with register.change("bartizan") as change:
        outbox.add(change, [message("vera", "review due"), message("otto", "secret of otto")])
        outbox.add(
            change, [msg := outbox.Message(channel="mail", recipient="vera", subject="s", body="rubbish", key="k")]
        )
    page = people.log_in("vera", "viewer").get("/reviews")
    assert msg.subject in page.text
    assert "Review due &lt;b&gt;" in page.text
    assert "secret of otto" not in page.text
    assert 'href="/systems/a%2F..%2Fb"' in page.text

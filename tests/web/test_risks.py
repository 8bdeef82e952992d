"""The page of a risk: decided on by one, accepted by two, with evidence and files, and nothing lost when it is gone."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from bartizan.core.evidence import Evidence
from bartizan.core.terms import Treatment
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk
from tests.register.databases import Clock
from tests.report.dossiers import AGENT
from tests.web.clients import People, Visitor, text_of
from tests.web.one_system import NAME, WORST, register, register_of_one  # noqa: F401

RISK = "indirect_prompt_injection@agent"
ACCEPT = {"treatment": "accept", "reason": "a pilot", "until": "2027-03-31"}


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """The desk over a register with one system."""
    return desk


@pytest.fixture
def at(kept: Desk) -> str:
    """The address of the risk."""
    return f"/systems/{NAME}/risks/{_number(kept)}"


def _number(desk: Desk) -> int:
    return next(row.number for row in keeping.look(desk, NAME).holding.risks if row.risk == RISK)


def _observed(**more: Any) -> dict[str, str]:
    return {"what": "Suite A", "kind": "test", "held_on": "2026-11-20", "about": "", **more}


# reading


def test_the_page_answers_first_and_proves_it(at: str, as_viewer: Visitor) -> None:
    page = as_viewer.get(at)
    assert page.status_code == 200
    said = text_of(page)
    assert "above your appetite. Nobody has decided what to do about it." in said
    assert "Applies because" in said
    assert re.search(rf'href="/systems/{NAME}/description#L\d+"', page.text)
    assert "AI Exchange on" in said
    assert "Likelihood without controls" in said
    assert "What would remove it" in said
    assert "style=" not in page.text


def test_the_arithmetic_of_the_rating_is_on_the_page(kept: Desk, at: str, as_viewer: Visitor) -> None:
    risk = next(r for r in keeping.look(kept, NAME).assessment.risks if r.id == RISK)
    said = text_of(as_viewer.get(at))
    for factor in risk.factors:
        assert factor.why.lower()[:40] in said.lower()
    assert f"{sum(f.score * f.weight for f in risk.factors):.1f}".rstrip("0").rstrip(".") in said


def test_a_risk_that_is_not_there_is_not_found(kept: Desk, as_viewer: Visitor) -> None:
    assert as_viewer.get(f"/systems/{NAME}/risks/999").status_code == 404
    assert as_viewer.get(f"/systems/{NAME}/risks/abc").status_code == 404


# deciding


def test_a_decision_holds_at_once(kept: Desk, at: str, as_assessor: Visitor) -> None:
    fields = {"treatment": "mitigate", "reason": "filter it", "due": "2026-12-15", "owner": "Priya"}
    assert as_assessor.post(f"{at}/decide", fields).status_code == 303
    said = text_of(as_assessor.get(at))
    assert "It is to be mitigated by 15 Dec 2026." in said
    assert "Decided by asa on 22 Nov 2026" in said


def test_all_that_is_wrong_with_a_decision_is_said_and_nothing_lost(at: str, as_assessor: Visitor) -> None:
    answer = as_assessor.post(
        f"{at}/decide", {"treatment": "accept", "reason": "", "until": "never", "owner": "Pri<b>"}
    )
    assert answer.status_code == 422
    said = text_of(answer)
    assert "No reason is given" in said
    assert "is no date" in said
    assert 'value="Pri&lt;b&gt;"' in answer.text
    assert 'value="accept" id="decide-treatment-accept" checked' in answer.text
    assert as_assessor.post(f"{at}/decide", {"treatment": "pray", "reason": "x"}).status_code == 422


def test_an_acceptance_takes_two_people(kept: Desk, at: str, as_assessor: Visitor, as_approver: Visitor) -> None:
    assert as_assessor.post(f"{at}/decide", ACCEPT).status_code == 303
    waits = as_assessor.get(at)
    assert "An acceptance waits for approval" in text_of(waits)
    assert "your role does not approve" in text_of(waits)
    assert "/approve" not in waits.text
    number = keeping.look(kept, NAME).holding.decisions[0].number
    assert as_assessor.post(f"{at}/decisions/{number}/approve").status_code == 403
    page = as_approver.get(at)
    assert f"{at}/decisions/{number}/approve" in page.text
    assert as_approver.post(f"{at}/decisions/{number}/approve", {"revision": "0"}).status_code == 303
    said = text_of(as_approver.get(at))
    assert "It is accepted until 31 Mar 2027." in said
    assert "approved by april" in said
    assert "What it is bound to" in said


def test_who_asked_does_not_approve_and_is_told_why(kept: Desk, at: str, as_approver: Visitor) -> None:
    as_approver.post(f"{at}/decide", ACCEPT)
    page = as_approver.get(at)
    assert "/approve" not in page.text
    assert "You asked for it, so somebody else must approve it." in text_of(page)
    answer = as_approver.post(f"{at}/decisions/1/approve")
    assert answer.status_code == 409
    assert "somebody else must approve it" in text_of(answer)
    assert keeping.look(kept, NAME).holding.decisions[0].state == "requested"


def test_a_request_is_rejected_with_a_reason(kept: Desk, at: str, as_assessor: Visitor, as_approver: Visitor) -> None:
    as_assessor.post(f"{at}/decide", ACCEPT)
    empty = as_approver.post(f"{at}/decisions/1/reject", {"why": " ", "revision": "0"})
    assert empty.status_code == 422
    assert "Nothing is written here" in text_of(empty)
    assert as_approver.post(f"{at}/decisions/1/reject", {"why": "too long", "revision": "0"}).status_code == 303
    assert keeping.look(kept, NAME).holding.decisions[0].state == "rejected"
    late = as_approver.post(f"{at}/decisions/1/approve", {"revision": "0"})
    assert late.status_code == 409
    assert "rejected" in text_of(late)


def test_a_second_request_is_refused_and_what_was_typed_stays(at: str, as_assessor: Visitor) -> None:
    as_assessor.post(f"{at}/decide", ACCEPT)
    answer = as_assessor.post(f"{at}/decide", {**ACCEPT, "reason": "once more"})
    assert answer.status_code == 409
    assert "waits for approval already" in text_of(answer)
    assert "once more" in answer.text


def test_an_acceptance_that_lapsed_says_which_change_ended_it(kept: Desk, at: str, as_viewer: Visitor) -> None:
    number = _number(kept)
    asked = keeping.decide(
        kept, NAME, number, Choice(treatment=Treatment.ACCEPT, reason="pilot", until="2027-03-31"), by="asa"
    )
    keeping.approve(kept, NAME, asked.number, by="april")
    worse = AGENT.replace("  - {control: oversight, status: implemented}\n", "")
    keeping.keep(kept, worse, file="system.yaml", by="asa", system=NAME)
    said = text_of(as_viewer.get(at))
    assert "Its acceptance lapsed, so it needs a new decision." in said
    assert "oversight was implemented and is not started" in said


def test_an_acceptance_lapses_on_the_page_before_anybody_assesses_anew(
    kept: Desk, at: str, people: People, clock: Clock
) -> None:
    asked = keeping.decide(
        kept, NAME, _number(kept), Choice(treatment=Treatment.ACCEPT, reason="pilot", until="2026-12-01"), by="asa"
    )
    keeping.approve(kept, NAME, asked.number, by="april")
    clock.forward(days=20)
    said = text_of(people.log_in("vera", "viewer").get(at))
    assert "Its acceptance lapsed" in said
    assert "its last day was 1 Dec 2026" in said


def test_a_decision_is_withdrawn_only_from_its_own_risk(kept: Desk, at: str, as_assessor: Visitor) -> None:
    as_assessor.post(f"{at}/decide", {"treatment": "transfer", "reason": "insured"})
    other = next(row.number for row in keeping.look(kept, NAME).holding.risks if row.number != _number(kept))
    wrong = as_assessor.post(f"/systems/{NAME}/risks/{other}/decisions/1/withdraw", {"why": "x"})
    assert wrong.status_code == 404
    assert as_assessor.post(f"{at}/decisions/1/withdraw", {"why": "", "revision": "0"}).status_code == 422
    assert as_assessor.post(f"{at}/decisions/1/withdraw", {"why": "cancelled", "revision": "0"}).status_code == 303
    assert keeping.look(kept, NAME).holding.decisions[0].state == "withdrawn"


# evidence


def test_evidence_is_added_with_its_counts_and_says_what_it_did(at: str, as_assessor: Visitor) -> None:
    fields = _observed(hits="12", trials="200", strong="yes", tool="garak", seed="7")
    assert as_assessor.post(f"{at}/evidence", fields).status_code == 303
    said = text_of(as_assessor.get(at))
    assert "12 of 200 · 6 % (3–10 %)" in said
    assert "E-1 Suite A" in said
    assert "20 Nov 2026" in said


def test_evidence_without_sense_is_refused_whole(kept: Desk, at: str, as_assessor: Visitor) -> None:
    answer = as_assessor.post(f"{at}/evidence", _observed(what="", held_on="2027-01-01", hits="5", trials="3"))
    assert answer.status_code == 422
    said = text_of(answer)
    assert "It does not say what was done" in said
    assert "still to come" in said
    assert "5 of 3 cannot be" in said
    odd = as_assessor.post(f"{at}/evidence", _observed(hits="many", digests="model: 12", kind="guess"))
    assert odd.status_code == 422
    for part in ("is no whole number", "is no digest", "Nothing is chosen"):
        assert part in text_of(odd)
    assert not keeping.look(kept, NAME).holding.evidence


def test_evidence_on_a_control_lets_it_be_verified_from_the_page(kept: Desk, at: str, as_assessor: Visitor) -> None:
    fields = _observed(what="Seen at work", kind="review", about="oversight", passed="yes")
    assert as_assessor.post(f"{at}/evidence", fields).status_code == 303
    status = {"status": "verified", "component": "agent", "revision at agent": "-1", "risk": at.rpartition("/")[2]}
    answer = as_assessor.post(f"/systems/{NAME}/controls/oversight", status)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("#controls")
    refused = as_assessor.post(
        f"/systems/{NAME}/controls/rate_limit",
        {**status, "component": "", "revision at ": "-1", "status": "not_applicable"},
    )
    assert refused.status_code == 422
    assert "Likelihood without controls" in refused.text


def test_evidence_is_withdrawn_and_stays_to_be_seen(kept: Desk, at: str, as_assessor: Visitor) -> None:
    as_assessor.post(f"{at}/evidence", _observed())
    assert as_assessor.post(f"{at}/evidence/1/withdraw", {"why": "", "revision": "0"}).status_code == 422
    assert as_assessor.post(f"{at}/evidence/1/withdraw", {"why": "wrong one", "revision": "0"}).status_code == 303
    said = text_of(as_assessor.get(at))
    assert "withdrawn" in said
    assert "wrong one" in said
    assert as_assessor.post(f"{at}/evidence/9/withdraw", {"why": "x"}).status_code == 404


@pytest.mark.parametrize(
    "name", ['"><script>alert(1)</script>.html', "../../etc/passwd", "a\r\nSet-Cookie: x=1.txt", "漢字.pdf"]
)
def test_a_file_comes_back_as_a_file_whatever_it_is_called(
    kept: Desk, at: str, as_assessor: Visitor, name: str
) -> None:
    keeping.add_evidence(kept, NAME, Evidence(risk=RISK, what="Suite A", kind="test", held_on="2026-11-20"), by="asa")
    content = b"<script>alert(1)</script>"
    keeping.attach(kept, NAME, 1, name, content, by="asa", media="text/html")
    page = as_assessor.get(at).text
    assert "<script>alert" not in page
    link = re.search(rf'href="({at}/evidence/1/files/[0-9a-f]{{64}})"', page)
    assert link is not None
    answer = as_assessor.get(link[1])
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    said = answer.headers["content-disposition"]
    assert said.startswith('attachment; filename="')
    assert "/" not in said.partition("UTF-8''")[0]
    assert "set-cookie" not in {key.lower() for key in answer.headers}


def test_a_file_is_attached_by_hand_and_with_the_evidence(kept: Desk, at: str, as_assessor: Visitor) -> None:
    files = {"file": ("run.jsonl", b"{}\n", "application/json")}
    assert as_assessor.post(f"{at}/evidence", _observed(), files=files).status_code == 303
    more = {"file": ("log <b>.txt", b"text", "text/plain")}
    assert as_assessor.post(f"{at}/evidence/1/files", {}, files=more).status_code == 303
    assert as_assessor.post(f"{at}/evidence/1/files", {}).status_code == 422
    names = [file.name for file in keeping.look(kept, NAME).holding.evidence[0].attachments]
    assert sorted(names) == ["log <b>.txt", "run.jsonl"]
    assert "log &lt;b&gt;.txt" in as_assessor.get(at).text


def test_a_file_is_for_those_who_may_see_the_system(kept: Desk, at: str, as_assessor: Visitor, people: People) -> None:
    files = {"file": ("run.jsonl", b"{}\n", "application/json")}
    as_assessor.post(f"{at}/evidence", _observed(), files=files)
    digest = keeping.look(kept, NAME).holding.evidence[0].attachments[0].digest
    place = f"{at}/evidence/1/files/{digest}"
    assert people.log_in("vic", "viewer", NAME).get(place).status_code == 200
    assert people.log_in("sam", "administrator", "another").get(place).status_code == 403
    assert as_assessor.get(f"{at}/evidence/1/files/{'0' * 64}").status_code == 404
    other = next(row.number for row in keeping.look(kept, NAME).holding.risks if row.number != _number(kept))
    assert as_assessor.get(f"/systems/{NAME}/risks/{other}/evidence/1/files/{digest}").status_code == 404


# owner, discussion, past


def test_two_who_name_an_owner_do_not_overwrite_each_other(kept: Desk, at: str, as_assessor: Visitor) -> None:
    before = next(row.revision for row in keeping.look(kept, NAME).holding.risks if row.risk == RISK)
    fields = {"owner": "Priya", "review_due": "2027-01-15", "revision": str(before)}
    assert as_assessor.post(f"{at}/owner", fields).status_code == 303
    row = next(row for row in keeping.look(kept, NAME).holding.risks if row.risk == RISK)
    assert (row.owner, row.review_due) == ("Priya", "2027-01-15")
    late = as_assessor.post(f"{at}/owner", {**fields, "owner": "Tom"})
    assert late.status_code == 409
    assert "Priya" in late.text
    assert "Tom" in late.text
    assert as_assessor.post(f"{at}/owner", {"owner": "Tom", "review_due": "soon"}).status_code == 422
    assert as_assessor.post(f"{at}/owner", {"owner": "Tom", "review_due": "2020-01-01"}).status_code == 422


def test_a_comment_is_said_and_escaped(at: str, as_assessor: Visitor) -> None:
    assert as_assessor.post(f"{at}/comments", {"comment": "<script>alert(1)</script>"}).status_code == 303
    page = as_assessor.get(at).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_htmx_gets_the_discussion_alone(at: str, as_assessor: Visitor) -> None:
    answer = as_assessor.htmx(f"{at}/comments", {"comment": "hello"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "hello" in answer.text
    empty = as_assessor.htmx(f"{at}/comments", {"comment": " "})
    assert empty.status_code == 422
    assert "Nothing is written here" in text_of(empty)


def test_what_was_done_to_a_risk_is_told_from_the_audit(kept: Desk, at: str, as_assessor: Visitor) -> None:
    as_assessor.post(f"{at}/decide", {"treatment": "avoid", "reason": "switch it off"})
    other = next(row.number for row in keeping.look(kept, NAME).holding.risks if row.number != _number(kept))
    said = text_of(as_assessor.get(at)).partition("History From the audit")[2]
    assert "D-1: decided" in said
    assert "reason: switch it off" in said
    elsewhere = text_of(as_assessor.get(f"/systems/{NAME}/risks/{other}")).partition("History From the audit")[2]
    assert "switch it off" not in elsewhere


def test_a_risk_that_is_gone_keeps_its_decisions_and_evidence(kept: Desk, at: str, as_assessor: Visitor) -> None:
    as_assessor.post(f"{at}/decide", {"treatment": "avoid", "reason": "take the mailbox away"})
    as_assessor.post(f"{at}/evidence", _observed(what="Seen before it went"))
    gone = """\
name: Mail agent
components:
  - {id: clerk, kind: actor, trusted: yes}
"""
    keeping.keep(kept, gone, file="system.yaml", by="asa", system=NAME)
    page = as_assessor.get(at)
    assert page.status_code == 200
    said = text_of(page)
    assert "No longer a risk: 'agent' is no longer part of the system." in html.unescape(said)
    assert "take the mailbox away" in said
    assert "Seen before it went" in said
    assert "Likelihood without controls" not in said
    answer = as_assessor.post(f"{at}/decide", ACCEPT)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/decide",
        "/decisions/1/withdraw",
        "/owner",
        "/comments",
        "/evidence",
        "/evidence/1/withdraw",
        "/evidence/1/files",
    ],
)
def test_a_viewer_changes_nothing(at: str, as_viewer: Visitor, path: str) -> None:
    assert as_viewer.post(at + path, {"treatment": "avoid", "reason": "x", "why": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/decisions/1/approve", "/decisions/1/reject"])
def test_only_an_approver_of_the_system_settles_a_request(
    at: str, as_assessor: Visitor, people: People, path: str
) -> None:
    as_assessor.post(f"{at}/decide", ACCEPT)
    assert as_assessor.post(at + path, {"why": "x"}).status_code == 403
    assert people.log_in("abe", "approver", "another").post(at + path, {"why": "x"}).status_code == 403
    assert people.log_in("ann", "approver", NAME).post(at + path, {"why": "x", "revision": "0"}).status_code == 303


def test_a_viewer_is_offered_nothing_to_change(at: str, as_assessor: Visitor, as_viewer: Visitor) -> None:
    as_assessor.post(f"{at}/decide", ACCEPT)
    as_assessor.post(f"{at}/evidence", _observed())
    forms = re.findall(r'<form method="post" action="([^"]+)"', as_viewer.get(at).text)
    assert set(forms) <= {"/theme", "/logout"}


@pytest.mark.parametrize("name", WORST)
def test_hostile_text_in_decisions_and_evidence_stays_text(
    kept: Desk, at: str, as_assessor: Visitor, name: str
) -> None:
    as_assessor.post(f"{at}/decide", {"treatment": "avoid", "reason": name, "owner": name[:100]})
    as_assessor.post(f"{at}/evidence", _observed(what=name, tool=name, note=name, target=name, who=name))
    as_assessor.post(f"{at}/owner", {"owner": name[:100], "review_due": ""})
    answer = as_assessor.get(at)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert not re.search(r"href=\"(javascript|https://evil)", answer.text)

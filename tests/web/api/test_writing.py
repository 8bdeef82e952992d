"""Writes over the API: that nobody overwrites what they have not seen; that one sent twice is done once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bartizan.register import tables
from bartizan.workflows.desk import Desk
from tests.register.databases import Clock
from tests.register.desks import NAME, RISK, TEXT, row_of
from tests.web.api.calling import Caller
from tests.web.api.conftest import Make

AT = f"/systems/{NAME}"
SMALL = "name: Small\ncomponents:\n  - kind: model\n    id: m\n    name: M\n"


def etag(answer: httpx.Response) -> dict[str, str]:
    """The header that says: as I read it here."""
    return {"If-Match": answer.headers["etag"]}


def test_a_system_is_kept_and_described_anew(asa: Caller) -> None:
    made = asa.post("/systems", {"description": SMALL, "id": "small", "note": "first"})
    assert made.status_code == 201
    assert made.headers["location"] == "/api/v1/systems/small"
    now = asa.get("/systems/small/description")
    assert now.json()["description"] == SMALL
    assert now.json()["by"] == "asa"
    changed = {"description": SMALL.replace("name: M\n", "name: Mind\n"), "note": "renamed"}
    put = asa.call("PUT", "/systems/small/description", json=changed, headers=etag(now))
    assert (put.status_code, put.json()["version"], put.json()["changed"]) == (200, 2, True)
    assert [v["note"] for v in asa.get("/systems/small/versions").json()["items"]] == ["renamed", "first"]
    stale = asa.call("PUT", "/systems/small/description", json={"description": SMALL}, headers=etag(now))
    assert stale.status_code == 412
    assert asa.get("/systems/small/description?version=1").json()["description"] == SMALL


def test_a_description_may_be_json(asa: Caller) -> None:
    text = '{"name": "Small", "components": [{"kind": "model", "id": "m", "name": "M"}]}'
    assert asa.post("/systems", {"description": text}).json()["id"] == "small"


def test_a_second_system_of_a_name_is_a_conflict_and_no_version(asa: Caller) -> None:
    assert asa.post("/systems", {"description": TEXT}).status_code == 409
    assert asa.post("/systems", {"description": SMALL, "id": NAME}).status_code == 409
    assert asa.get(AT).json()["version"] == 1


def test_all_that_is_wrong_with_a_description_is_told_with_its_lines(asa: Caller) -> None:
    answer = asa.post("/systems", {"description": "name: X\nnonsense: 1\ncomponents: 3\n"})
    assert answer.status_code == 422
    assert {problem["line"] for problem in answer.json()["problems"]} == {2, 3}


def test_all_that_is_wrong_with_a_body_is_told(asa: Caller) -> None:
    answer = asa.post(f"{AT}/evidence", {"what": 3, "kind": "rumour", "colour": "red", "held_on": "2026-11-20"})
    assert answer.status_code == 422
    assert {problem["at"] for problem in answer.json()["problems"]} == {"what", "kind", "colour"}
    long = asa.post(f"{AT}/evidence", {"what": "x" * 501, "kind": "test", "held_on": "yesterday", "tool": "y" * 201})
    assert {problem["at"] for problem in long.json()["problems"]} == {"what", "held_on", "tool"}


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 422),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"text": "a", "text": "b"}', "application/json", 422),
        (b'{"text": "\\ud800"}', "application/json", 422),
        (b'{"text": "a\\u0000b"}', "application/json", 422),
        (b'{"text": "a", "risk": 99999999999999999999}', "application/json", 422),
        (b'{"text": NaN}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b'"' + b"x" * 10_000_001 + b'"', "application/json", 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_that_is_none_changes_nothing(asa: Caller, content: bytes, media: str, status: int) -> None:
    answer = asa.call("POST", f"{AT}/comments", content=content, headers={"Content-Type": media})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert asa.get(f"{AT}/comments").json()["total"] == 0


def test_an_answer_that_is_not_taken_is_not_given(asa: Caller) -> None:
    assert asa.get(AT, headers={"Accept": "image/png"}).status_code == 406
    assert asa.get(AT, headers={"Accept": "application/*;q=0.5"}).status_code == 200


def test_a_risk_gets_an_owner_and_a_day_at_once(asa: Caller, desk: Desk) -> None:
    at = f"{AT}/risks/{row_of(desk).number}"
    read = asa.get(at)
    changed = asa.call("PATCH", at, json={"owner": "zoe", "review_due": "2027-01-31"}, headers=etag(read))
    assert (changed.json()["owner"], changed.json()["review_due"]) == ("zoe", "2027-01-31")
    assert asa.call("PATCH", at, json={"owner": "yan"}, headers=etag(read)).status_code == 412
    assert asa.call("PATCH", at, json={"owner": "yan"}).status_code == 428
    wrong = asa.call("PATCH", at, json={"owner": "yan", "review_due": "2027-02-30"}, headers=etag(changed))
    assert wrong.status_code == 422
    assert asa.get(at).json()["owner"] == "zoe"
    assert asa.call("PATCH", at, json={"owner": "yan"}, headers={"If-Match": "*"}).json()["owner"] == "yan"
    assert asa.call("PATCH", at, json={"owner": "yan"}, headers={"If-Match": "yes"}).status_code == 422


def test_of_two_who_edit_at_once_one_is_told(asa: Caller, desk: Desk) -> None:
    at = f"{AT}/risks/{row_of(desk).number}"
    read = asa.get(at)
    asa.conforms = False  # the checker is not made for threads
    with ThreadPoolExecutor(6) as pool:
        names = [f"owner {n}" for n in range(6)]
        found = list(pool.map(lambda name: asa.call("PATCH", at, json={"owner": name}, headers=etag(read)), names))
    statuses = sorted(answer.status_code for answer in found)
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {409, 412}


def test_an_acceptance_is_asked_for_by_one_and_approved_by_another(calls: Make, desk: Desk) -> None:
    anton, berta = calls("anton", "approver"), calls("berta", "approver")
    at = f"{AT}/risks/{row_of(desk).number}/decisions"
    asked = anton.post(at, {"treatment": "accept", "reason": "small", "until": "2027-05-31"})
    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    one = f"{AT}/decisions/{asked.json()['number']}"
    assert anton.post(f"{one}/approve").status_code == 409
    assert berta.post(f"{one}/approve", headers={"If-Match": '"7"'}).status_code == 412
    approved = berta.post(f"{one}/approve", headers=etag(asked))
    assert (approved.json()["state"], approved.json()["settled_by"]) == ("held", "berta")
    assert berta.post(f"{one}/reject", {"why": "no"}).status_code == 409
    assert anton.post(f"{one}/withdraw", {"why": "sold"}).json()["state"] == "withdrawn"
    assert [d["state"] for d in anton.get(f"{AT}/decisions?state=withdrawn").json()["items"]] == ["withdrawn"]
    assert anton.get(at).json()["total"] == 1


@pytest.mark.parametrize("until", ["2026-11-31", "2020-01-01", "soon", ""])
def test_an_acceptance_needs_a_day_that_is_one(asa: Caller, desk: Desk, until: str) -> None:
    said = {"treatment": "accept", "reason": "small", "until": until}
    answer = asa.post(f"{AT}/risks/{row_of(desk).number}/decisions", said)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["at"] == "until"


def test_a_control_is_first_said_then_changed(asa: Caller) -> None:
    at = f"{AT}/controls/least_model_privilege"
    assert asa.get(at).status_code == 404
    planned = {"status": "planned", "due": "2027-01-31"}
    assert asa.call("PUT", at, json=planned).status_code == 428
    first = asa.call("PUT", at, json=planned, headers={"If-None-Match": "*"})
    assert (first.status_code, first.json()["status"]) == (200, "planned")
    assert asa.call("PUT", at, json=planned, headers={"If-None-Match": "*"}).status_code == 412
    done = asa.call("PUT", at, json={"status": "implemented"}, headers=etag(first))
    assert done.json()["status"] == "implemented"
    proofless = asa.call("PUT", at, json={"status": "verified"}, headers=etag(done))
    assert (proofless.status_code, proofless.json()["problems"][0]["at"]) == (422, "status")


def test_evidence_comes_with_files_and_can_be_withdrawn(asa: Caller) -> None:
    said = {"what": "red team", "kind": "test", "held_on": "2026-11-20", "risk": RISK, "hits": 1, "trials": 50}
    made = asa.post(f"{AT}/evidence", said)
    assert made.status_code == 201
    at = f"{AT}/evidence/{made.json()['number']}"
    octets = {"Content-Type": "application/octet-stream"}
    kept = asa.call("POST", f"{at}/attachments?name=%3Cb%3Ereport.html", content=b"<script>", headers=octets)
    file = asa.get(f"{at}/attachments/{kept.json()['digest']}")
    assert file.content == b"<script>"
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].startswith("attachment")
    assert asa.call("POST", f"{at}/attachments?name=x", content=b"x").status_code == 415
    assert asa.post(f"{at}/withdraw", {"why": "wrong model"}).json()["withdrawn"]
    assert asa.get(f"{AT}/evidence").json()["total"] == 0
    assert asa.get(f"{AT}/evidence?withdrawn=true").json()["total"] == 1


def test_events_are_kept_once_with_their_moment_in_utc(asa: Caller) -> None:
    event = {"kind": "blocked", "at": "2026-11-22T10:00:00+01:00", "count": 3, "risk": RISK}
    first = asa.post(f"{AT}/events", {"events": [event, event]})
    assert [e["at"] for e in first.json()["items"]] == ["2026-11-22T09:00:00Z"]
    assert asa.post(f"{AT}/events", {"events": [event]}).json()["items"] == []
    assert asa.get(f"{AT}/events?unseen=true").json()["total"] == 1
    assert asa.post(f"{AT}/events", {"events": [{"kind": "blocked", "at": "today"}]}).status_code == 422


def test_a_supplier_s_answer_is_kept_and_checked(asa: Caller) -> None:
    asked = asa.get(f"{AT}/suppliers").json()["items"][0]
    control = asked["answers"][0]["answer"]["control"]
    at = f"{AT}/suppliers/{asked['supplier']['id']}/answers/{control}"
    read = asa.get(at)
    given = asa.call("PATCH", at, json={"act": "answer", "answer": "yes"}, headers=etag(read))
    assert given.json()["state"] == "answered"
    assert asa.call("PATCH", at, json={"act": "verify"}, headers=etag(read)).status_code == 412
    assert asa.call("PATCH", at, json={"act": "verify"}, headers=etag(given)).json()["state"] == "verified"
    assert asa.call("PATCH", at, json={"act": "shout"}, headers={"If-Match": "*"}).status_code == 422


def test_work_is_asked_for_watched_and_stopped(asa: Caller) -> None:
    asked = asa.post("/jobs", {"kind": "refresh"})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    at = asked.headers["location"].removeprefix("/api/v1")
    assert asa.get(at).json()["state"] == "waiting"
    assert asa.call("DELETE", at).json()["state"] == "stopped"
    assert asa.call("DELETE", at).status_code == 409
    assert asa.post("/jobs", {"kind": "upgrade"}).status_code == 422


# sent again


def test_a_write_with_a_key_is_done_once(asa: Caller) -> None:
    key = {"Idempotency-Key": "3f1b"}
    first = asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    again = asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert asa.get(f"{AT}/comments").json()["total"] == 1
    made = {"description": SMALL}
    both = [asa.post("/systems", made, headers={"Idempotency-Key": "k2"}) for _ in range(2)]
    assert both[0].headers["location"] == both[1].headers["location"]
    assert both[0].headers["etag"] == both[1].headers["etag"]


def test_a_key_belongs_to_one_request_of_one_person(asa: Caller, calls: Make) -> None:
    key = {"Idempotency-Key": "3f1b"}
    asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    other = asa.post(f"{AT}/comments", {"text": "good bye"}, headers=key)
    assert (other.status_code, other.json()["problems"][0]["at"]) == (422, "Idempotency-Key")
    assert calls("bob", "assessor").post(f"{AT}/comments", {"text": "hi"}, headers=key).json()["by"] == "bob"
    assert asa.get(f"{AT}/comments").json()["total"] == 2


def test_a_write_that_failed_may_be_sent_again_with_its_key(asa: Caller, desk: Desk) -> None:
    at, key = f"{AT}/risks/{row_of(desk).number}/decisions", {"Idempotency-Key": "k"}
    assert asa.post(at, {"treatment": "mitigate", "reason": "x", "due": "2020-01-01"}, headers=key).status_code == 422
    assert asa.post(at, {"treatment": "mitigate", "reason": "x"}, headers=key).status_code == 201


def test_a_key_is_forgotten_after_a_day(asa: Caller, clock: Clock) -> None:
    key = {"Idempotency-Key": "k"}
    asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    clock.forward(days=2)
    asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    assert asa.get(f"{AT}/comments").json()["total"] == 2


def test_of_many_that_come_at_once_with_one_key_one_is_done(asa: Caller) -> None:
    asa.conforms = False  # the checker is not made for threads
    gate = threading.Barrier(8)

    def send(_: int) -> httpx.Response:
        gate.wait()
        return asa.post(f"{AT}/comments", {"text": "hello"}, headers={"Idempotency-Key": "k"})

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in found} <= {201, 409}
    assert len({answer.json()["number"] for answer in found if answer.status_code == 201}) == 1
    assert asa.get(f"{AT}/comments").json()["total"] == 1


def test_a_write_that_was_cut_off_is_not_done_again_behind_one_s_back(asa: Caller, desk: Desk) -> None:
    key = {"Idempotency-Key": "k"}
    asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    with desk.register.change("test") as change:
        change.connection.execute(tables.replays.update().values(status=0, body=""))
    answer = asa.post(f"{AT}/comments", {"text": "hello"}, headers=key)
    assert (answer.status_code, "cut off" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_that_is_none_is_refused(asa: Caller, key: str) -> None:
    answer = asa.post(f"{AT}/comments", {"text": "hello"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422

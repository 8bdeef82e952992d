"""How messages leave is an administrator's to say; tests of it go to real servers on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from bartizan.register import outbox, people
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.register.outbox import Message
from bartizan.workflows import channels
from bartizan.workflows.channels import Mail, Webhook, set_mail, set_webhook
from bartizan.workflows.delivery import deliver
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import keep
from tests.receivers import Inbox, Receiver, mail_server
from tests.report.dossiers import AGENT
from tests.web.clients import People, Visitor, text_of

_AT = "/administration/messages"
_MAIL = {
    "host": "smtp.example.org",
    "port": "587",
    "tls": "starttls",
    "sender": "risk@example.org",
    "user": "",
    "link": "",
}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as made:
        yield made


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def was(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(was-\w+)" value="([^"]*)"', page))


def use(register: Register, mail: Mail | None = None, webhook: Webhook | None = None) -> None:
    with register.change("root") as change:
        set_mail(change, mail)
        set_webhook(change, webhook)


def put(register: Register, subject: str, key: str = "a", channel: str = "webhook", who: str = "") -> None:
    with register.change("root") as change:
        outbox.add(change, [Message(channel=channel, recipient=who, subject=subject, body='{"system": "x"}', key=key)])


def test_mail_is_set_changed_and_set_aside(as_admin: Visitor, register: Register) -> None:
    empty = was(as_admin.get(_AT).text)
    assert as_admin.post(f"{_AT}/mail", {**empty, **_MAIL}).status_code == 303
    kept = channels.channels(register).mail
    assert kept == Mail(host="smtp.example.org", sender="risk@example.org")
    page = as_admin.get(_AT).text
    assert "Send a test message to me" in page
    assert as_admin.post(f"{_AT}/mail", {**was(page), **_MAIL, "host": ""}).status_code == 303
    assert channels.channels(register).mail is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": "smtp.example.org evil"}, "host"),
        ({"port": "0"}, "port"),
        ({"port": "x"}, "port"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "a@b.c\r\nBcc: x@y.z"}, "sender"),
        ({"tls": "perhaps"}, "tls"),
        ({"tls": "none", "user": "risk"}, "tls"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://x/\nevil"}, "link"),
    ],
)
def test_mail_that_makes_no_sense_changes_nothing_and_says_where(
    as_admin: Visitor, register: Register, wrong: dict[str, str], field: str
) -> None:
    answer = as_admin.post(f"{_AT}/mail", {**was(as_admin.get(_AT).text), **_MAIL, **wrong})
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert answer.text.count('role="alert"') == 1
    assert channels.channels(register).mail is None


@pytest.mark.parametrize(
    "url",
    ["ftp://x/", "file:///etc/passwd", "https://", "https://user:pw@x/", "https://@x/", "javascript:alert(1)",
     "http://ü/", "http://x:99999/", "http://[x/", "http://x/ y", "x"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(as_admin: Visitor, register: Register, url: str) -> None:
    assert as_admin.post(f"{_AT}/webhook", {"was-url": "", "url": url}).status_code == 422
    assert channels.channels(register).webhook is None


def test_a_second_editor_is_told(as_admin: Visitor) -> None:
    read = was(as_admin.get(_AT).text)
    assert as_admin.post(f"{_AT}/webhook", {**read, "url": "https://first.example/"}).status_code == 303
    second = as_admin.post(f"{_AT}/webhook", {**read, "url": "https://second.example/"})
    assert second.status_code == 409
    assert "https://first.example/" in second.text
    again = {**was(second.text), "url": "https://second.example/"}
    assert as_admin.post(f"{_AT}/webhook", again).status_code == 303
    assert as_admin.post(f"{_AT}/mail", {**read, **_MAIL}).status_code == 303
    assert as_admin.post(f"{_AT}/mail", {**read, **_MAIL, "port": "25"}).status_code == 409


def test_only_administrators_of_everything_may(people: People, desk: Desk) -> None:
    somebody = [people.log_in(role, role) for role in ("viewer", "assessor", "approver")]
    keep(desk, AGENT, file="system.yaml", by="root", system="agent")
    for visitor in (*somebody, people.log_in("sam", "administrator", "agent")):
        assert visitor.get(_AT).status_code == 403
        assert visitor.get("/administration/outbox").status_code == 403
        for path in (f"{_AT}/mail", f"{_AT}/webhook", f"{_AT}/test-mail", f"{_AT}/test-webhook"):
            assert visitor.post(path, {"was-url": "", "url": "https://evil.example/"}).status_code == 403
        assert visitor.post("/administration/outbox/again", {"message": "1"}).status_code == 403


def test_a_test_mail_goes_to_who_asks_and_is_told_to_the_audit(
    as_admin: Visitor, register: Register, inbox: Inbox
) -> None:
    with mail_server(inbox) as mail:
        use(register, mail)
        assert "no e-mail address" in text_of(as_admin.post(f"{_AT}/test-mail"))
        with register.change("root") as change:
            people.describe(change, "ada", shown="Ada", email="ada@example.org", notify=True)
        assert "A test message went to your address." in text_of(as_admin.post(f"{_AT}/test-mail"))
    assert [to for to, _ in inbox.letters] == [["ada@example.org"]]
    assert "refused" in text_of(as_admin.post(f"{_AT}/test-mail"))
    with register.read() as connection:
        assert {entry.body.note for entry in log(connection, Filter(action="mail.test"))} == {
            "it was sent",
            "it failed",
        }


def test_a_test_post_is_signed_and_its_secret_shown_nowhere(
    as_admin: Visitor, register: Register, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "nothing is set yet" in text_of(as_admin.post(f"{_AT}/test-webhook"))
    monkeypatch.setenv("BARTIZAN_WEBHOOK_SECRET", "hunter2hunter2")
    use(register, webhook=receiver.webhook)
    answer = as_admin.post(f"{_AT}/test-webhook")
    assert "was posted, and taken" in text_of(answer)
    assert "BARTIZAN_WEBHOOK_SECRET is set where" in answer.text
    assert "hunter2" not in answer.text
    ((headers, body),) = receiver.posts
    assert headers["Bartizan-Signature"].startswith("sha256=")
    assert b'"kind":"test"' in body
    receiver.status = 302
    assert "the webhook answered 302" in text_of(as_admin.post(f"{_AT}/test-webhook"))
    assert len(receiver.posts) == 2


def test_the_outbox_shows_what_failed_and_lets_it_be_tried_again(
    as_admin: Visitor, register: Register, desk: Desk, receiver: Receiver
) -> None:
    assert "No message was ever put out" in text_of(as_admin.get("/administration/outbox"))
    put(register, HOSTILE)
    use(register, webhook=receiver.webhook)
    receiver.status = 500
    deliver(desk, {})
    page = as_admin.get("/administration/outbox")
    assert "the webhook answered 500" in page.text
    assert HOSTILE not in page.text
    receiver.status = 200
    assert deliver(desk, {}).sent == 0  # not before its time
    assert as_admin.post("/administration/outbox/again", {"message": "1"}).status_code == 303
    assert deliver(desk, {}).sent == 1
    assert "sent" in text_of(as_admin.get("/administration/outbox"))
    assert "Nothing waits" in text_of(as_admin.get("/administration/outbox?state=unsent"))
    assert as_admin.post("/administration/outbox/again", {"message": "1"}).status_code == 409
    assert as_admin.post("/administration/outbox/again", {"message": "77"}).status_code == 404
    assert as_admin.post("/administration/outbox/again", {"message": "x"}).status_code == 422


def test_the_outbox_is_paged(as_admin: Visitor, register: Register) -> None:
    for number in range(60):
        put(register, f"message no. {number:02}", key=str(number), channel="mail", who="vera")
    first, second = (text_of(as_admin.get(f"/administration/outbox?page={page}")) for page in (1, 2))
    assert "message no. 59" in first
    assert "message no. 00" in second
    assert "message no. 00" not in first

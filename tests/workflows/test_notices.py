"""What people are told: whom, once; mail to a real server and posts to a real one, both on this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from bartizan.core.errors import InputError
from bartizan.core.people import Role
from bartizan.core.terms import Treatment
from bartizan.register import outbox, people
from bartizan.register.opening import Register
from bartizan.workflows.admission import Choice
from bartizan.workflows.channels import Mail, Webhook, set_mail, set_webhook
from bartizan.workflows.delivery import deliver
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import decide, refresh
from bartizan.workflows.notices import tell
from tests.receivers import Inbox, Receiver, mail_server
from tests.register.databases import Clock
from tests.report.dossiers import AGENT, HOSTILE
from tests.workflows.desks import accept, desk_with, worst


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Mail]:
    with mail_server(inbox) as mail:
        yield mail


def user(desk: Desk, name: str, role: Role = "viewer", system: str = "", address: str = "", shown: str = "") -> None:
    with desk.register.change("root") as change:
        people.add(change, name, shown=shown, email=address or f"{name}@example.org")
        people.grant(change, name, role, system)


@pytest.fixture
def desk(register: Register) -> Desk:
    return desk_with(register)


def use(desk: Desk, mail: Mail | None = None, webhook: Webhook | None = None) -> None:
    with desk.register.change("root") as change:
        set_mail(change, mail)
        set_webhook(change, webhook)


def ask(desk: Desk, by: str) -> None:
    choice = Choice(treatment=Treatment.ACCEPT, reason="we can bear it", until="2027-06-01")
    decide(desk, "agent", worst(desk), choice, by=by)


def waiting(desk: Desk) -> list[tuple[str, str]]:
    with desk.register.read() as connection:
        return sorted(
            (one.recipient, one.subject.partition(":")[0]) for one in outbox.messages(connection, unsent=True)
        )


def test_an_occasion_is_told_once(desk: Desk) -> None:
    user(desk, "vera")
    first = tell(desk)
    assert first > 0
    assert tell(desk) == 0
    ask(desk, "anna")
    assert {kind for _, kind in waiting(desk)} == {"risk above appetite"}  # nobody may approve yet
    user(desk, "bo", "approver")
    assert tell(desk) == first + 1
    assert tell(desk) == 0


def test_a_request_is_told_to_those_who_may_approve_it_but_who_asked(desk: Desk) -> None:
    user(desk, "vera", "viewer")
    user(desk, "bo", "approver")
    user(desk, "ada", "approver")
    ask(desk, "ada")
    tell(desk)
    assert [who for who, kind in waiting(desk) if kind == "approval needed"] == ["bo"]


def test_nobody_is_told_of_what_they_may_not_see_or_do_not_want(desk: Desk) -> None:
    user(desk, "elsewhere", system="")
    with desk.register.change("root") as change:
        people.withdraw(change, "elsewhere")
        people.add(change, "quiet", email="quiet@example.org")
        people.describe(change, "quiet", shown="", email="quiet@example.org", notify=False)
        people.grant(change, "quiet", "viewer")
        people.add(change, "left", email="left@example.org")
        people.grant(change, "left", "viewer")
        people.set_disabled(change, "left", True)
        people.add(change, "nomail")
        people.grant(change, "nomail", "viewer")
    assert tell(desk) == 0


def test_what_waits_for_one_person_goes_in_one_mail(desk: Desk, inbox: Inbox, smtp: Mail) -> None:
    user(desk, "vera", shown="Vera Ünal")
    count = tell(desk)
    use(desk, smtp)
    done = deliver(desk, {})
    assert (done.sent, done.failed, len(inbox.letters)) == (count, 0, 1)
    to, letter = inbox.letters[0]
    assert (to, letter["To"].addresses[0].display_name) == (["vera@example.org"], "Vera Ünal")
    assert letter["Subject"] == f"{count} messages from the risk register"
    assert "https://risk.example/systems/agent" in inbox.text()
    assert "To do: decide what to do about it" in inbox.text()
    assert deliver(desk, {}).sent == 0


def test_a_lapse_is_told(desk: Desk, inbox: Inbox, smtp: Mail, clock: Clock) -> None:
    user(desk, "vera")
    accept(desk, worst(desk), "2026-12-01")
    tell(desk)
    use(desk, smtp)
    deliver(desk, {})
    clock.forward(days=12)
    refresh(desk, "agent", by="nightly")
    tell(desk)
    deliver(desk, {})
    assert "acceptance lapsed: Mail agent" in inbox.text(1)


def quoted(name: str) -> str:
    """A name as YAML can hold it, whatever it is."""
    plain = (c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in name)
    return f'"{"".join(plain)}"'


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("name", [*HOSTILE, "x\r\nBcc: evil@evil.example", "x\nSubject: y\n\nbody", "a, b <c@d.e>"])
def test_no_name_writes_a_header(register: Register, inbox: Inbox, smtp: Mail, name: str) -> None:
    desk = desk_with(register, AGENT.replace("name: Mail agent", f"name: {quoted(name[:200])}"))
    user(desk, "vera", shown=name[:200])
    tell(desk)
    use(desk, smtp)
    done = deliver(desk, {})
    assert not done.failed, done.errors
    ((to, letter),) = inbox.letters
    assert to == ["vera@example.org"]
    assert letter.get_all("Bcc") is None
    assert len(letter["To"].addresses) == 1
    assert set(letter.keys()) == {
        *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
        *("Content-Transfer-Encoding", "X-Peer", "X-MailFrom", "X-RcptTo"),
    } - {"X-Peer", "X-MailFrom", "X-RcptTo"}
    assert letter.get_content_type() == "text/plain"


@pytest.mark.parametrize("address", ["a@b.c\r\nBcc: x@y.z", "a@b.c, x@y.z", "<a@b.c>", "a", "ü@b.c", "a b@c.d"])
def test_what_is_no_address_gets_no_mail(desk: Desk, inbox: Inbox, smtp: Mail, address: str) -> None:
    user(desk, "vera", address=address)
    tell(desk)
    use(desk, smtp)
    deliver(desk, {})
    assert not inbox.letters


def test_what_cannot_be_sent_stays_and_is_tried_again_after_longer_and_longer(
    desk: Desk, inbox: Inbox, smtp: Mail, clock: Clock
) -> None:
    user(desk, "vera")
    count = tell(desk)
    use(desk, smtp)
    inbox.refuse = "451 come back later"
    waits = []
    for _ in range(14):
        done = deliver(desk, {})
        assert (done.sent, done.failed) == (0, count)
        waits.append(minutes_until_next(desk, clock))
        assert deliver(desk, {}).failed == 0  # not before its time
        clock.forward(minutes=waits[-1])
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 24 * 60
    inbox.refuse = ""
    assert deliver(desk, {}).sent == count


def minutes_until_next(desk: Desk, clock: Clock) -> float:
    for wait in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440):
        if _is_due(desk, clock, minutes=wait):
            return wait
    raise AssertionError("never")


def _is_due(desk: Desk, clock: Clock, minutes: float) -> bool:
    before = clock.moment
    clock.forward(minutes=minutes)
    now = desk.register.now()
    clock.moment = before
    with desk.register.read() as connection:
        return all(one.next_at <= now for one in outbox.messages(connection, unsent=True))


def test_a_server_that_is_not_there_loses_nothing(desk: Desk) -> None:
    user(desk, "vera")
    count = tell(desk)
    use(desk, Mail(host="127.0.0.1", port=1, tls="none", sender="risk@bartizan.example"))
    done = deliver(desk, {})
    assert (done.sent, done.failed) == (0, count)
    assert "refused" in done.errors[0]
    assert len(waiting(desk)) == count


def test_who_lost_the_right_to_see_it_gets_nothing_any_more(desk: Desk, inbox: Inbox, smtp: Mail) -> None:
    user(desk, "vera")
    tell(desk)
    with desk.register.change("root") as change:
        people.withdraw(change, "vera")
    use(desk, smtp)
    deliver(desk, {})
    assert not inbox.letters
    assert not waiting(desk)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as made:
        yield made


def test_a_post_is_signed_and_says_what_happened(desk: Desk, receiver: Receiver) -> None:
    use(desk, webhook=receiver.webhook)
    ask(desk, "anna")
    count = tell(desk)
    assert deliver(desk, {"BARTIZAN_WEBHOOK_SECRET": "s3cret"}).sent == count == len(receiver.posts)
    said = [json.loads(body) for _, body in receiver.posts]
    assert {one["kind"] for one in said} == {"above", "request"}
    assert len({one["id"] for one in said}) == count
    for headers, body in receiver.posts:
        made = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        assert headers["Bartizan-Signature"] == f"sha256={made}"
        assert b"s3cret" not in body


@pytest.mark.parametrize("status", [302, 500])
def test_a_post_that_is_refused_or_sent_elsewhere_stays(desk: Desk, receiver: Receiver, status: int) -> None:
    use(desk, webhook=receiver.webhook)
    count = tell(desk)
    receiver.status = status
    done = deliver(desk, {})
    assert (done.sent, done.failed, len(receiver.posts)) == (0, count, count)
    assert done.errors == (f"the webhook answered {status}",)


def test_settings_that_make_no_sense_are_refused(desk: Desk) -> None:
    for mail in (
        Mail(host="x y", sender="a@b.c"),
        Mail(host="x", port=0, sender="a@b.c"),
        Mail(host="x", sender="a@b.c\r\nBcc: x@y.z"),
    ):
        with pytest.raises(InputError):
            use(desk, mail)
    for url in ("ftp://x/", "file:///etc/passwd", "https://", "https://user:pw@x/", "javascript:alert(1)", "http://ü/"):
        with pytest.raises(InputError):
            use(desk, webhook=Webhook(url=url))

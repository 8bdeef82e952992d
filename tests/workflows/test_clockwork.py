"""What happens by itself: in its time, once, and whatever else fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from bartizan.core.errors import Unreachable
from bartizan.register import jobs, people
from bartizan.register.audit.reading import Filter, log
from bartizan.register.jobs import Job
from bartizan.register.opening import Register, open_register
from bartizan.workflows.channels import Webhook, set_mail, set_webhook
from bartizan.workflows.clockwork import KINDS, Clockwork, Kind
from bartizan.workflows.delivery import send_test_post
from bartizan.workflows.desk import Desk
from bartizan.workflows.jobs import Worker
from tests.receivers import Inbox, Receiver, mail_server
from tests.register.databases import Clock
from tests.report.dossiers import AGENT
from tests.workflows.desks import accept, desk_with, worst


@pytest.fixture
def desk(register: Register) -> Desk:
    return desk_with(register, AGENT)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as made:
        yield made


def noting(seen: list[str], word: str) -> Callable[[Desk], str]:
    """Something that happens and says nothing."""

    def note(_: Desk) -> str:
        seen.append(word)
        return ""

    return note


def refreshes(desk: Desk) -> list[Job]:
    with desk.register.read() as connection:
        return [job for job in jobs.jobs(connection) if job.kind == "refresh"]


def test_each_kind_happens_in_its_time(desk: Desk, clock: Clock) -> None:
    seen: list[str] = []
    made = Clockwork(
        desk,
        (
            Kind(name="minute", every_s=60, do=noting(seen, "minute")),
            Kind(name="hour", every_s=3600, do=noting(seen, "hour")),
        ),
    )
    assert made.tick() == ("minute", "hour")
    assert made.tick() == ()
    clock.forward(seconds=59)
    assert made.tick() == ()
    clock.forward(seconds=1)
    assert made.tick() == ("minute",)
    clock.forward(hours=1)
    assert made.tick() == ("minute", "hour")
    clock.forward(days=-3)
    assert made.tick() == ("minute", "hour")  # a clock that was put back stops nothing
    assert seen == ["minute", "hour", "minute", "minute", "hour", "minute", "hour"]


def test_what_takes_long_leaves_time_for_others(desk: Desk, clock: Clock) -> None:
    def slow(_: Desk) -> str:
        clock.forward(seconds=30)
        return ""

    made = Clockwork(desk, (Kind(name="slow", every_s=60, do=slow),))
    made.tick()
    clock.forward(minutes=9)
    assert made.tick() == ()
    clock.forward(minutes=1)
    assert made.tick() == ("slow",)


def test_a_failure_stops_nothing_and_its_text_is_not_logged(
    desk: Desk, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Desk) -> str:
        raise RuntimeError("the password is hunter2")

    def away(_: Desk) -> str:
        raise Unreachable("the mail server is away")

    seen: list[str] = []
    last = Kind(name="last", every_s=60, do=noting(seen, "last"))
    made = Clockwork(desk, (Kind(name="broken", every_s=60, do=broken), Kind(name="away", every_s=60, do=away), last))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            made.tick()
            clock.forward(minutes=1)
    assert len(seen) == 3
    assert "hunter2" not in caplog.text
    assert "RuntimeError at test_clockwork.py" in caplog.text
    assert caplog.text.count("the mail server is away") == 1  # said once while it stays so


def test_everything_is_assessed_anew_once_a_day_and_acceptances_lapse(desk: Desk, clock: Clock) -> None:
    accept(desk, worst(desk), "2026-11-23")
    made = Clockwork(desk)
    made.tick()
    (first,) = refreshes(desk)
    assert (first.by, first.state) == ("bartizan", "waiting")
    assert Worker(desk).work_once()
    for _ in range(3):
        clock.forward(hours=3)
        made.tick()
    assert len(refreshes(desk)) == 1
    clock.forward(days=2)
    made.tick()
    assert Worker(desk).work_once()
    assert len(refreshes(desk)) == 2
    with desk.register.read() as connection:
        assert log(connection, Filter(action="acceptance.lapse")), "the acceptance did not lapse by itself"


def test_a_register_without_systems_is_left_alone(register: Register) -> None:
    empty = Desk(register)
    Clockwork(empty).tick()
    assert not refreshes(empty)


def test_what_somebody_asked_for_today_is_not_asked_for_again(desk: Desk) -> None:
    with desk.register.change("anna") as change:
        jobs.add(change, "refresh", {})
    Clockwork(desk).tick()
    assert [job.by for job in refreshes(desk)] == ["anna"]


def test_two_servers_on_one_register_ask_and_tell_once(
    desk: Desk, register_place: str, clock: Clock, receiver: Receiver
) -> None:
    with desk.register.change("root") as change:
        set_webhook(change, receiver.webhook)
    with closing(open_register(register_place, clock=clock)) as second:
        for kind in KINDS:  # one by one, so that all begin the same at the same moment
            at_once([Clockwork(one, (kind,)) for one in (desk, desk, Desk(second), Desk(second))])
    assert len(refreshes(desk)) == 1
    keys = [headers["Bartizan-Delivery"] for headers, _ in receiver.posts]
    assert keys
    assert len(keys) == len(set(keys))


def at_once(clocks: list[Clockwork]) -> None:
    """Let each tick, without the turn: what the register holds must be enough."""
    gate = threading.Barrier(len(clocks))

    def tick(one: Clockwork) -> None:
        gate.wait(20)
        one.tick()

    threads = [threading.Thread(target=tick, args=(one,)) for one in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_only_one_of_two_running_servers_has_the_turn_and_the_other_takes_over(
    desk: Desk, register_place: str, clock: Clock
) -> None:
    seen: list[str] = []
    with closing(open_register(register_place, clock=clock)) as opened:
        second = Desk(opened)

        def made(one: Desk, name: str) -> Clockwork:
            return Clockwork(one, (Kind(name="x", every_s=0, do=noting(seen, name)),), pause=0.005)

        first, other = made(desk, "first"), made(second, "other")
        first.start()
        _until(lambda: len(seen) > 2)
        other.start()
        _until(lambda: len(seen) > 10)
        assert set(seen) == {"first"}
        first.stop()
        _until(lambda: "other" in seen)
        other.stop()


def _until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_messages_leave_by_themselves_and_once(desk: Desk, clock: Clock) -> None:
    made = Clockwork(desk, KINDS)
    inbox = Inbox()
    with desk.register.change("root") as change:
        people.add(change, "vera", email="vera@example.org")
        people.grant(change, "vera", "viewer")
    made.tick()  # nobody said how: nothing is put out, to flood them later
    with mail_server(inbox) as mail:
        with desk.register.change("root") as change:
            set_mail(change, mail)
        for _ in range(3):
            clock.forward(minutes=1)
            made.tick()
    assert len(inbox.letters) == 1


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_test_post_is_not_sent_elsewhere(register: Register, receiver: Receiver) -> None:
    assert send_test_post(receiver.webhook, register.now(), {}) == ""
    receiver.status = 302
    assert send_test_post(receiver.webhook, register.now(), {}) == "the webhook answered 302"
    assert len(receiver.posts) == 2
    assert "refused" in send_test_post(Webhook(url="http://127.0.0.1:1/"), register.now(), {})

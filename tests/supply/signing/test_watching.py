"""Watching a model: each change is told once, what cannot be verified is never good, and a listener breaks nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bartizan.core.errors import InputError, Problem
from bartizan.supply.signing.policy import read_trust
from bartizan.supply.signing.verification import Verification
from bartizan.supply.signing.verifying import verify
from bartizan.supply.signing.watching import Event, Watched
from tests.supply.signing.making import FILES, Place, write_policy


def good(watch: Watched) -> bool:
    return watch.is_good


def watched(place: Place, events: list[Event]) -> Watched:
    policy = write_policy(place.folder / "trust.yaml")

    def now() -> Verification:
        return verify(place.model, place.signature, read_trust(policy))

    return Watched(str(place.model), now, every=3600, on_event=events.append, clock=lambda: 1795424400)


def test_each_change_is_told_once_with_what_it_was_before(place: Place) -> None:
    events: list[Event] = []
    place.sign(counter=1)
    watch = watched(place, events)
    assert not good(watch)
    watch.look()
    watch.look()
    (place.model / "weights.bin").write_bytes(b"evil")
    watch.look()
    watch.look()
    assert not good(watch)
    (place.model / "new").write_bytes(b"evil")
    watch.look()
    (place.model / "new").unlink()
    (place.model / "weights.bin").write_bytes(FILES["weights.bin"])
    watch.look()
    assert good(watch)
    assert watch.looks == 6
    assert [(one.before, one.state) for one in events] == [
        ("", "verified"),
        ("verified", "failed"),
        ("failed", "failed"),
        ("failed", "verified"),
    ]
    assert [flaw.kind for flaw in events[2].flaws] == ["added", "changed"]
    assert events[0].at == "2026-11-23T09:00:00Z"


def test_another_signed_release_is_told_as_replaced(place: Place) -> None:
    events: list[Event] = []
    place.sign(counter=1)
    watch = watched(place, events)
    watch.look()
    (place.model / "weights.bin").write_bytes(b"next")
    place.sign(counter=2)
    event = watch.look()
    assert event is not None
    assert (event.state, event.counter) == ("replaced", 2)
    assert good(watch)


def test_a_policy_that_broke_or_a_model_that_is_gone_is_unknown_and_not_good(place: Place) -> None:
    events: list[Event] = []
    place.sign()
    watch = watched(place, events)
    watch.look()
    (place.folder / "trust.yaml").write_text("bartizan_trust: 2\n")
    watch.look()
    assert (events[-1].state, good(watch)) == ("unknown", False)
    assert "trust.yaml" in events[-1].why
    write_policy(place.folder / "trust.yaml")
    place.model.rename(place.folder / "gone")
    watch.look()
    assert events[-1].state == "unknown"
    assert "no such file" in events[-1].why


def test_a_crash_of_the_verification_is_unknown_and_not_good(place: Place) -> None:
    def crash() -> Verification:
        raise ZeroDivisionError("one")

    events: list[Event] = []
    watch = Watched("m", crash, every=1, on_event=events.append)
    watch.look()
    assert [(one.state, one.why) for one in events] == [("unknown", "ZeroDivisionError: one")]
    assert not good(watch)


def test_a_listener_that_breaks_is_logged_and_the_watch_goes_on(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Event) -> None:
        raise InputError([Problem(file="events", finding="disk full")])

    place.sign()
    policy = read_trust(write_policy(place.folder / "trust.yaml"))
    watch = Watched("m", lambda: verify(place.model, place.signature, policy), every=1, on_event=broken)
    watch.look()
    assert good(watch)
    assert "disk full" in caplog.text


def test_it_looks_before_it_is_entered_and_then_in_a_thread_of_its_own(place: Place) -> None:
    place.sign()
    policy = read_trust(write_policy(place.folder / "trust.yaml"))
    changed = threading.Event()

    def tell(event: Event) -> None:
        if not event.is_good:
            changed.set()

    watch = Watched("m", lambda: verify(place.model, place.signature, policy), every=0.01, on_event=tell)
    with watch:
        assert good(watch)
        (place.model / "weights.bin").write_bytes(b"evil")
        assert changed.wait(30)
    assert not good(watch)
    assert "bartizan-watched" not in {one.name for one in threading.enumerate()}


def test_it_ends_when_it_is_told_to_and_when_a_look_says_so(place: Place) -> None:
    place.sign()
    watch = watched(place, [])
    watch.run(lambda event: event is not None)
    assert watch.looks == 1
    watch.stop()
    watch.run()
    assert watch.looks == 1


def test_no_interval_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Watched("m", lambda: pytest.fail("never"), every=0, on_event=print)

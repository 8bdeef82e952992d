"""Answers that are kept to be repeated: a key is claimed once, filled or released, and forgotten after a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bartizan.register import replays
from bartizan.register.opening import Register
from tests.register.databases import Clock

KEY, REQUEST = "a" * 64, "b" * 64


def claim(register: Register, key: str = KEY) -> replays.Replay | None:
    with register.change("anna") as change:
        return replays.claim(change, key, REQUEST)


def test_a_key_is_claimed_once(register: Register) -> None:
    assert claim(register) is None
    again = claim(register)
    assert again is not None
    assert (again.request, again.status, again.body) == (REQUEST, 0, "")
    assert claim(register, "c" * 64) is None


def test_an_answer_is_repeated(register: Register) -> None:
    claim(register)
    with register.change("anna") as change:
        replays.fill(change, KEY, 201, "made")
    found = claim(register)
    assert found is not None
    assert (found.status, found.body) == (201, "made")


def test_a_key_that_is_released_is_free(register: Register) -> None:
    claim(register)
    with register.change("anna") as change:
        replays.release(change, KEY)
    assert claim(register) is None


def test_a_key_is_forgotten_after_a_day_and_not_before(register: Register, clock: Clock) -> None:
    claim(register)
    clock.forward(hours=23)
    assert claim(register) is not None
    clock.forward(hours=2)
    assert claim(register) is None


def test_of_many_who_claim_at_once_one_has_it(register: Register) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: claim(register), range(12)))
    assert found.count(None) == 1

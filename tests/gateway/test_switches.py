"""Kill switches are set, listed and cleared, with who and why."""

from __future__ import annotations

import asyncio

import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.core.errors import InputError, NotFound
from bartizan.gateway.switches import Switchboard, Turned


def test_a_switch_is_listed_until_it_is_cleared_and_each_turn_is_told() -> None:
    async def run() -> tuple[list[str], list[str], list[tuple[bool, str]]]:
        told: list[tuple[bool, str]] = []

        async def write(turned: Turned) -> None:
            told.append((turned.is_set, turned.by))

        board = Switchboard(Bench(), on_turn=write)
        await board.set("model", "gpt-*", by="ann", why="leaks")
        await board.set("tenant", "acme", by="ann", why="abuse", seconds=60)
        both = [one.name for one in await board.all()]
        await board.clear("model", "gpt-*", by="bob", why="mended")
        return both, [one.name for one in await board.all()], told

    both, left, told = asyncio.run(run())
    assert both == ["acme", "gpt-*"]
    assert left == ["acme"]
    assert told == [(True, "ann"), (True, "ann"), (False, "bob")]


def test_the_same_switch_again_takes_the_place_of_the_first() -> None:
    async def run() -> list[str]:
        board = Switchboard(Bench())
        await board.set("tool", "x", by="ann", why="one")
        await board.set("tool", "x", by="ann", why="two")
        return [one.why for one in await board.all()]

    assert asyncio.run(run()) == ["two"]


def test_what_is_not_stopped_cannot_be_cleared() -> None:
    with pytest.raises(NotFound):
        asyncio.run(Switchboard(Bench()).clear("tool", "x", by="ann", why="y"))


@pytest.mark.parametrize(
    ("scope", "name", "by", "why", "seconds"),
    [
        ("modell", "x", "a", "b", None), ("model", "", "a", "b", None), ("model", "x", "", "b", None),
        ("model", "x", "a", " ", None), ("model", "x", "a", "b", 0.0), ("model", "x", "a", "b", 1e12),
        ("everything", "x", "a", "b", None), ("model", "x" * 300, "a", "b", None),
        ("model", "x", "a", "b", float("nan")),
    ],
)  # fmt: skip
def test_a_switch_that_cannot_be_meant_is_refused(
    scope: str, name: str, by: str, why: str, seconds: float | None
) -> None:
    with pytest.raises(InputError):
        asyncio.run(Switchboard(Bench()).set(scope, name, by=by, why=why, seconds=seconds))

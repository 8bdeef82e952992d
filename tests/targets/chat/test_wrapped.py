"""A world around a world: each thing that a world can do reaches the inner one, with all that it was given."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from bartizan.core.transcript import Planted
from bartizan.targets.chat.assistant import World
from bartizan.targets.chat.wrapped import WrappedWorld

GIVEN: dict[str, Any] = {
    "user": "other-user",
    "planted": Planted(surface="email", text="x"),
    "name": "pay",
    "arguments": {"to": "x"},
    "query": "where?",
    "k": 3,
    "texts": ("a", "b"),
    "text": "a",
}
ABLE = [name for name, one in inspect.getmembers(World, inspect.iscoroutinefunction) if not name.startswith("_")]


@pytest.mark.parametrize("name", ABLE)
def test_what_it_does_not_do_itself_the_inner_one_does(name: str) -> None:
    came: list[tuple[Any, ...]] = []

    class Inner(World):
        async def talk(self, user: str = "user") -> Any:
            raise NotImplementedError

    async def asked(*given: Any) -> str:
        came.append(given)
        return f"answer of {name}"

    inner = Inner()
    setattr(inner, name, asked)
    given = [GIVEN[one] for one in inspect.signature(getattr(World, name)).parameters if one != "self"]
    told = asyncio.run(getattr(WrappedWorld(inner), name)(*given))
    assert came == [tuple(given)]
    assert told in (f"answer of {name}", None)
    assert (told is None) == (name in {"close", "forget"})
    assert len(ABLE) == 9

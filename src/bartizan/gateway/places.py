"""Editing a parsed body at places: paths of keys and positions from its root."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bartizan.controls.chat.exchange import Step


def at(body: Any, place: Iterable[Step]) -> Any:
    """What stands there. Raises KeyError, IndexError or TypeError where there is no such place."""
    for step in place:
        body = body[step]
    return body


def put(body: Any, place: tuple[Step, ...], value: Any) -> None:
    """Set what stands there, in the body itself."""
    at(body, place[:-1])[place[-1]] = value


def remove(body: Any, places: Iterable[tuple[Step, ...]]) -> None:
    """Take these out, the later ones of a list first, so that no place moves before its turn."""
    for place in sorted(places, key=_last_first):
        del at(body, place[:-1])[place[-1]]


def _last_first(place: tuple[Step, ...]) -> tuple[tuple[int, int, str], ...]:
    # Numbers fall; longer places come before those that hold them.
    return (*((0, -one, "") if isinstance(one, int) else (0, 0, one) for one in place), (1, 0, ""))

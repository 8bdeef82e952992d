"""Everybody's situation in a ledger on a day, as arrays: 17 bytes for each person and purpose."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bartizan.consent.store import Store

NOTHING: Final = ord("n")
"""The situation of who said nothing."""


class Situations:
    """Situations of one purpose, by pseudonym."""

    def __init__(self, store: Store, purpose: str, today: str) -> None:
        pieces = list(store.situations(purpose, today))
        found = np.frombuffer(b"".join(people for people, _ in pieces), dtype="S16")
        order = sorted_order(found)
        self._all = found[order]
        self._first = firsts(self._all)
        self._letters = np.frombuffer("".join(letters for _, letters in pieces).encode(), dtype=np.uint8)[order]

    def of(self, people: Any) -> Any:
        """The letters of situations (n,) of pseudonyms (n,) of type S16, as bytes."""
        if not len(self._all):
            return np.full(len(people), NOTHING, dtype=np.uint8)
        order = np.argsort(firsts(people))
        wanted = people[order]
        at = np.searchsorted(self._first, firsts(wanted)).clip(max=len(self._all) - 1)
        tied = (self._first[at] == firsts(wanted)) & (self._all[at] != wanted)
        if tied.any():  # two share their first 8 bytes
            at[tied] = np.searchsorted(self._all, wanted[tied]).clip(max=len(self._all) - 1)
        found = np.where(self._all[at] == wanted, self._letters[at], NOTHING)
        made = np.empty(len(people), dtype=np.uint8)
        made[order] = found
        return made


def firsts(people: Any) -> Any:
    """The first 8 bytes of pseudonyms, as numbers in the same order."""
    return people.view(">u8").reshape(-1, 2)[:, 0].astype(np.uint64)


def sorted_order(people: Any) -> Any:
    """The places (n,) of pseudonyms in ascending order."""
    halves = people.view(">u8").reshape(-1, 2)
    return np.lexsort((halves[:, 1].astype(np.uint64), halves[:, 0].astype(np.uint64)))


def one_list(parts: list[Any]) -> bytes:
    """Pseudonyms in arrays of type S16 as one sorted list, each once."""
    joined = np.concatenate([np.empty(0, dtype="S16"), *parts])
    halves = joined.view(">u8").reshape(-1, 2).astype(np.uint64)
    halves = halves[np.lexsort((halves[:, 1], halves[:, 0]))]
    is_new = np.ones(len(halves), dtype=bool)
    is_new[1:] = (halves[1:] != halves[:-1]).any(axis=1)
    return bytes(halves[is_new].astype(">u8").tobytes())

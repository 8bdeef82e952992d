"""What stands in a ledger of consent besides acts of people, and what may be recorded beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from bartizan.consent.entries import (
    ACTS,
    OPPOSABLE,
    Act,
    Entry,
    Given,
    Objected,
    Purpose,
    Recorded,
    Released,
    Trained,
    Withdrawn,
    Wording,
)
from bartizan.core.errors import Conflict, NotFound, nearest

T = TypeVar("T")


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Purposes, words, data sets and models, by their names, in the order they were recorded."""

    purposes: dict[str, Purpose] = {}
    wordings: dict[str, dict[str, Wording]] = {}
    """By purpose and version."""
    data: dict[str, tuple[int, Released]] = {}
    """With the number of the entry."""
    models: dict[str, Trained] = {}

    def take(self, recorded: Recorded) -> None:
        """One more entry, which may stand here."""
        entry = recorded.entry
        if isinstance(entry, ACTS):
            return
        if isinstance(entry, Purpose):
            self.purposes[entry.purpose] = entry
        elif isinstance(entry, Wording):
            self.wordings.setdefault(entry.purpose, {})[entry.version] = entry
        elif isinstance(entry, Released):
            self.data[entry.data] = recorded.number, entry
        elif isinstance(entry, Trained):
            self.models[entry.model] = entry

    def purpose(self, name: str) -> Purpose:
        """The purpose of that name. Raises NotFound."""
        return self.purposes.get(name) or _there("purpose", name, self.purposes)

    def refuse(self, entry: Entry) -> None:
        """Raise NotFound for what an entry names and is not there, Conflict for what cannot be recorded."""
        if isinstance(entry, ACTS):
            self._refuse_act(entry)
        elif isinstance(entry, Purpose):
            _new("purpose", entry.purpose, self.purposes, "a changed purpose is another one")
        elif isinstance(entry, Wording):
            self.purpose(entry.purpose)
            known = self.wordings.get(entry.purpose, {})
            _new(f"wording of '{entry.purpose}'", entry.version, known, "changed words are another version")
        elif isinstance(entry, Released):
            for name in entry.purposes:
                self.purpose(name)
            _new("data set", entry.data, self.data, "give this one another name")
        elif isinstance(entry, Trained):
            for name in entry.data:
                _there("data set", name, self.data)
            _new("model", entry.model, self.models, "give this one another name")

    def _refuse_act(self, act: Act) -> None:
        basis = self.purpose(act.purpose).basis
        if isinstance(act, Given) and act.wording not in self.wordings.get(act.purpose, {}):
            _there(f"wording of '{act.purpose}'", act.wording, self.wordings.get(act.purpose, {}))
        if isinstance(act, Objected):
            if basis not in OPPOSABLE:
                fix = "to take consent back, withdraw it" if basis == "consent" else "GDPR Art. 21(1) has other grounds"
                raise Conflict(f"'{act.purpose}' rests on {basis}, to which nobody objects; {fix}")
        elif basis != "consent":
            fix = "; to end it, object to it" if isinstance(act, Withdrawn) and basis in OPPOSABLE else ""
            raise Conflict(f"'{act.purpose}' does not rest on consent, but on {basis}{fix}")


def _there(what: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        near = nearest(name, known)
        raise NotFound(f"there is no {what} '{name:.70}'" + (f"; {near}" if near else ""))
    return known[name]


def _new(what: str, name: str, known: Mapping[str, T], fix: str) -> None:
    if name in known:
        raise Conflict(f"the {what} '{name:.70}' is there already: {fix}")

"""A description in the making: what the answers of an interview say so far, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from bartizan.system.description import KINDS, SCHEMA_VERSION, UNNAMED, Description
from bartizan.system.questions import Choice, Effect, Question


class Draft:
    """What answers say so far. It starts from nothing; `apply` adds what one answer says."""

    def __init__(self) -> None:
        self.name = ""
        self.components: dict[str, dict[str, Any]] = {}
        self.facts: dict[str, bool] = {}

    def apply(self, effect: Effect) -> None:
        """Add what an answer says: a component that is there already stays, a list grows, a word replaces."""
        for component in effect.adds:
            self.components.setdefault(str(component["id"]), {**component})
        for path, value in effect.sets.items():
            name, _, field = path.partition(".")
            owner = self.components.get(name)
            if owner is not None:
                held = owner.get(field)
                grows = isinstance(value, list) and isinstance(held, list) and value
                owner[field] = [*held, *(v for v in value if v not in held)] if grows and held is not None else value
        self.facts.update(effect.facts)

    def holds(self, state: Mapping[str, tuple[bool | str, ...]]) -> bool:
        """Whether everything that a question or a choice asks for is so."""
        return all(self._is(path, wanted) for path, wanted in state.items())

    def _is(self, path: str, wanted: Iterable[bool | str]) -> bool:
        name, _, field = path.partition(".")
        owner = self.components.get(name)
        if owner is None:
            return False
        value = owner.get(field) if field else None
        said = {"present"} if not field else {"left_out"} if value is None else {"some"} if value else {"none"}
        words = {"present", "left_out", "some"}
        return any(w in said if w in words else w is value or w == value for w in wanted)

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """The choices that make sense now: every component that they set is there, and their `when` holds."""
        return tuple(c for c in question.choices if self.holds(c.when) and self._has_what_it_sets(c))

    def _has_what_it_sets(self, choice: Choice) -> bool:
        there = {*self.components, *(str(a["id"]) for a in choice.then.adds)}
        return all(path.partition(".")[0] in there for path in choice.then.sets)

    def plain(self) -> dict[str, Any]:
        """The description as plain data, ready to be written; its order does not depend on that of the answers."""
        components = sorted(self.components.values(), key=lambda c: (KINDS.index(c["kind"]), c["id"]))
        plain: dict[str, Any] = {"schema": SCHEMA_VERSION, "name": self.name or UNNAMED, "components": components}
        if self.facts:
            why = "said in the interview; describe the other models and name them in talks_to"
            plain["answers"] = [
                {"fact": fact, "at": "model", "value": value, "why": why} for fact, value in sorted(self.facts.items())
            ]
        return plain

    def described(self) -> Description:
        """The description as a value."""
        return msgspec.convert(self.plain(), Description)

"""The facts that the rules of duties ask, of the system or of one purpose: each answer with where it comes from.

They rest on `privacy:` of the description, and on its components where those say it already. What neither says is
unknown, and the answer names the field that would tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from bartizan.core.proof import Answer, Need, Origin
from bartizan.core.source import PathKey
from bartizan.core.terms import SYSTEM
from bartizan.system.graph import System
from bartizan.system.privacy.purpose_facts import PURPOSE_FACTS
from bartizan.system.privacy.schema import Privacy, Purpose
from bartizan.system.privacy.system_facts import SYSTEM_FACTS

PRIVACY = "privacy"
Field: TypeAlias = str | int
"""A step on the way to a place in the file."""


class PrivacyFacts:
    """All facts of one system, computed when asked and kept.

    ``given`` holds answers that come from elsewhere: what the assessment of threats says, by the name of the fact.
    """

    def __init__(self, system: System, given: dict[str, Answer] | None = None) -> None:
        self.system = system
        self.privacy = system.described.privacy or Privacy()
        self._index = {purpose.id: i for i, purpose in enumerate(self.privacy.purposes)}
        self._known: dict[tuple[str, str], Answer] = {(SYSTEM, name): answer for name, answer in (given or {}).items()}

    @property
    def purposes(self) -> tuple[str, ...]:
        """The ids of the purposes, in the order of the file."""
        return tuple(self._index)

    def ask(self, place: str, fact: str) -> Answer:
        """The answer of one fact at the system or at a purpose. A fact of the system is the same at each purpose.

        Raises KeyError for a fact that has no code, and for a purpose that there is not.
        """
        if fact in PURPOSE_FACTS:
            key = (place, fact)
            if key not in self._known:
                self._known[key] = PURPOSE_FACTS[fact](self, self.privacy.purposes[self._index[place]])
            return self._known[key]
        key = (SYSTEM, fact)
        if key not in self._known:
            self._known[key] = SYSTEM_FACTS[fact](self)
        return self._known[key]

    def path(self, purpose: Purpose | None, *fields: Field) -> PathKey:
        """The place of a field in the file."""
        return (PRIVACY, *(("purposes", self._index[purpose.id]) if purpose else ()), *fields)

    # ways to answer

    def stated(self, value: bool, text: str, purpose: Purpose | None, *fields: Field) -> Answer:
        """An answer that rests on a field."""
        line = self.system.line(self.path(purpose, *fields))
        return Answer(value, (Origin(kind="given", text=text, component=_at(purpose), field=_name(fields), line=line),))

    def default(self, value: bool, why: str, purpose: Purpose | None, *fields: Field) -> Answer:
        """An answer that nobody gave."""
        return Answer(
            value, (Origin(kind="default", text=f"default: {why}", component=_at(purpose), field=_name(fields)),)
        )

    def open(self, purpose: Purpose | None, *fields: Field) -> Answer:
        """Unknown until this field is answered."""
        return Answer(None, (), (Need(component=_at(purpose), field=_name(fields)),))

    def yes_or_no(
        self, value: object, purpose: Purpose | None, *fields: Field, otherwise: tuple[bool, str] | None = None
    ) -> Answer:
        """A yes-or-no field; left out, the default where there is one."""
        if isinstance(value, bool):
            return self.stated(value, f"{fields[-1]}: {'yes' if value else 'no'}", purpose, *fields)
        if value is None and otherwise is not None:
            return self.default(*otherwise, purpose, *fields)
        return self.open(purpose, *fields)

    def among(self, value: object, wanted: Collection[str], purpose: Purpose | None, *fields: Field) -> Answer:
        """Whether a word, or one of some words, is one of those that are wanted; unknown where none is said."""
        if value is None or value == "unknown":
            return self.open(purpose, *fields)
        words = value if isinstance(value, tuple) else (value,)
        text = f"{fields[-1]}: {', '.join(map(str, words)) or 'none'}"
        return self.stated(not set(wanted).isdisjoint(words), text, purpose, *fields)


def _at(purpose: Purpose | None) -> str:
    return purpose.id if purpose else SYSTEM


def _name(fields: Iterable[Field]) -> str:
    return ".".join((PRIVACY, *map(str, fields)))

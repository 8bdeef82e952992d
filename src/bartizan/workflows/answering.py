"""One supplier across systems: the same question may be asked for several, and one answer may do for all of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bartizan.core.kept import Supplier, SupplierAnswer
from bartizan.register import suppliers, systems
from bartizan.workflows.desk import Desk


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question to a supplier about one control, and how far it is for each system."""

    control: str
    answers: tuple[SupplierAnswer, ...]

    def waits(self, today: str) -> int:
        """For how many systems nothing can be relied on."""
        return sum(one.waits(today) for one in self.answers)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier, and what they must answer."""

    supplier: Supplier
    questions: tuple[Question, ...]
    """Those first for which most systems wait."""
    names: dict[str, str]
    """The names of the systems that are meant."""

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems for which something was asked, by name."""
        found = {one.system for question in self.questions for one in question.answers}
        return tuple(sorted(found, key=lambda name: (self.names[name].casefold(), name)))

    def count(self, today: str, system: str = "") -> int:
        """How many answers nothing can be relied on, of one system or of all."""
        every = (one for question in self.questions for one in question.answers)
        return sum(one.waits(today) for one in every if system in {"", one.system})


def asked_of(desk: Desk, supplier: str, only: Iterable[str] | None = None) -> Asked:
    """What was asked of a supplier, of the systems that are named or of all that are not put away. Raises NotFound."""
    with desk.register.read() as connection:
        who = suppliers.supplier(connection, supplier)
        held = suppliers.answers(connection, None, who.id)
        chosen = None if only is None else set(only)
        names = {one.id: one.name for one in systems.systems(connection) if chosen is None or one.id in chosen}
    questions: dict[str, list[SupplierAnswer]] = {}
    for one in held:
        if one.system in names:
            questions.setdefault(one.control, []).append(one)
    found = (Question(control=control, answers=tuple(answers)) for control, answers in questions.items())
    ordered = sorted(found, key=lambda q: (-q.waits(desk.today), -_asked(q), q.control))
    return Asked(supplier=who, questions=tuple(ordered), names=names)


def _asked(question: Question) -> int:
    return sum(one.state != "settled" for one in question.answers)

"""The questions that a description answers: their words, their choices, and what each choice says of the system.

The words are data (`data/questions.yaml`); this module reads them, once, into frozen values. There are two sets: one
question for every field that a verdict can wait for, and the questions of the interview, which start from nothing and
may set several fields at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.shape import to_value
from bartizan.core.source import read_yaml

_FILE = Path(__file__).parent / "data" / "questions.yaml"

Form: TypeAlias = Literal["text", "one", "many"]
State: TypeAlias = Mapping[str, tuple[bool | str, ...]]
"""What must hold: a component, or `component.field`, to the values that are fine. Besides values: `present`,
`left_out` (nothing was said) and `some` (a list that holds something)."""


class FieldChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to the question about a field: the field's value, and the components it needs beside it."""

    say: str
    value: bool | str | tuple[str, ...] | None = None
    adds: tuple[dict[str, Any], ...] = ()


_YES_NO = (FieldChoice(say="yes", value=True), FieldChoice(say="no", value=False))


class FieldQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The question about one field of one kind of component. In effects `@` stands for the component's id."""

    at: str
    field: str
    ask: str
    why: str
    choices: tuple[FieldChoice, ...] = _YES_NO
    example: str = ""
    """A line to copy, where the choices do not make one."""


class Effect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an answer says: components it adds, fields it sets (lists grow), facts of the model it states."""

    adds: tuple[dict[str, Any], ...] = ()
    sets: dict[str, Any] = {}
    facts: dict[str, bool] = {}


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One choice of a question of the interview; `otherwise` and `doubt` say what not to choose it means."""

    id: str
    say: str
    when: dict[str, tuple[bool | str, ...]] = {}
    then: Effect = Effect()
    otherwise: Effect = Effect()
    doubt: Effect | None = None

    @property
    def doubtful(self) -> bool:
        """Whether one may be unsure of this choice alone, not only of the whole question."""
        return self.doubt is not None


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question of the interview."""

    id: str
    form: Form
    ask: str
    why: str
    more: str = ""
    first: bool = False
    """Asked before all others, in the order of the file, since everything hangs on it."""
    when: dict[str, tuple[bool | str, ...]] = {}
    after: tuple[str, ...] = ()
    """Questions that come before this one, if they come at all, since they decide which choices there are."""
    some: bool = False
    """Whether at least one choice must be true."""
    covers: tuple[str, ...] = ()
    """Needs that it meets without setting a field of that name."""
    choices: tuple[Choice, ...] = ()
    always: Effect = Effect()
    doubt: Effect = Effect()

    @property
    def targets(self) -> frozenset[str]:
        """Every `component.field` that an answer may set, and what it covers."""
        effects = [self.always, self.doubt]
        for choice in self.choices:
            effects += [choice.then, choice.otherwise, choice.doubt or Effect()]
        return frozenset(self.covers).union(*(effect.sets for effect in effects))


class Questions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All questions: about fields, and of the interview."""

    fields: tuple[FieldQuestion, ...]
    interview: tuple[Question, ...]


@cache
def all_questions() -> Questions:
    """Every question there is. Raises InputError when the data that comes with the program is damaged."""
    return to_value(read_yaml(_FILE), Questions)


@cache
def _by_field() -> dict[tuple[str, str], FieldQuestion]:
    return {(q.at, q.field): q for q in all_questions().fields}


def about_field(kind: str, field: str) -> FieldQuestion | None:
    """The question about a field of a kind of component; None where there is none."""
    return _by_field().get((kind, field))


@cache
def _by_id() -> dict[str, Question]:
    return {q.id: q for q in all_questions().interview}


def in_interview(name: str) -> Question:
    """The question of the interview with this id. Raises KeyError where there is none."""
    return _by_id()[name]


def interview_ids() -> tuple[str, ...]:
    """The ids of the interview's questions, in the order of the file."""
    return tuple(_by_id())

"""The contract of the questions: every answer that can be missing can be asked for, and every choice is valid."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pytest
from hypothesis import given

from bartizan.catalog.load import load_catalog
from bartizan.core.terms import EDITIONS, ComponentId
from bartizan.system.description import (
    Actor,
    Application,
    Component,
    Data,
    Development,
    Model,
    Part,
    Runtime,
    Tool,
)
from bartizan.system.graph import System
from bartizan.system.questions import FieldQuestion, Question, about_field, all_questions
from bartizan.system.writing import example
from bartizan.workflows.questions import Questioner
from tests.strategies import systems

KINDS: tuple[type[Part], ...] = (Model, Data, Tool, Actor, Application, Runtime, Development)
NOT_ASKED = {*(f.name for f in msgspec.structs.fields(Part)), "based_on", "runs_on", "target", "functions"}
"""Names, references that no verdict waits for, where the real thing is, and by what names models call it."""
FIELDS = [
    (str(kind.__struct_config__.tag), field.name)
    for kind in KINDS
    for field in msgspec.structs.fields(kind)
    if field.name not in NOT_ASKED
]
USED_BY = [("model", "used_by"), ("application", "used_by")]
"""Not a field: it is needed where no actor is described that uses a component."""
NEEDS_NOTHING_ELSE = {"model": {}, "data": {"role": "training"}}


@pytest.mark.parametrize(("kind", "field"), [*FIELDS, *USED_BY])
def test_every_field_that_can_be_missing_has_a_question(kind: str, field: str) -> None:
    assert about_field(kind, field) is not None


def test_no_question_is_about_a_field_that_does_not_exist() -> None:
    asked = [(q.at, q.field) for q in all_questions().fields]
    assert set(asked) == {*FIELDS, *USED_BY}
    assert max(Counter(asked).values()) == 1


@given(systems())
def test_every_need_of_any_system_has_a_question(system: System) -> None:
    for edition in EDITIONS:
        for verdict in Questioner(load_catalog(), edition).judge(system.described):
            for need in verdict.needs:
                kind = str(system.components[ComponentId(need.component)].__struct_config__.tag)
                assert about_field(kind, need.field) is not None, need


@pytest.mark.parametrize("question", all_questions().fields, ids=lambda q: f"{q.at}-{q.field}")
def test_every_choice_of_a_field_is_a_value_that_it_takes(question: FieldQuestion) -> None:
    assert question.choices
    for choice in question.choices:
        given: dict[str, object] = {"id": "x", "kind": question.at, **NEEDS_NOTHING_ELSE.get(question.at, {})}
        if question.field != "used_by":
            given[question.field] = choice.value
        msgspec.convert(given, Component)  # raises where the value does not fit
        for added in choice.adds:
            msgspec.convert(added, Component)


@pytest.mark.parametrize("question", all_questions().fields, ids=lambda q: f"{q.at}-{q.field}")
def test_every_field_has_a_line_to_copy(question: FieldQuestion) -> None:
    line = example(question, "thing")
    assert "\n" not in line
    assert "@" not in line
    assert line.startswith(("- {", f"{question.field}: "))


def _added(question: Question) -> dict[str, dict[str, object]]:
    effects = [question.always, question.doubt, *(c.then for c in question.choices)]
    return {str(a["id"]): a for effect in effects for a in effect.adds}


COMPONENTS = {name: raw for q in all_questions().interview for name, raw in _added(q).items()}


@pytest.mark.parametrize("question", all_questions().interview, ids=lambda q: q.id)
def test_every_answer_of_the_interview_sets_fields_that_exist(question: Question) -> None:
    for target in question.targets:
        name, _, field = target.partition(".")
        kind = next(k for k in KINDS if k.__struct_config__.tag == COMPONENTS[name]["kind"])
        assert target in question.covers or field in kind.__struct_fields__, target


@pytest.mark.parametrize("question", all_questions().interview, ids=lambda q: q.id)
def test_every_question_says_why_it_matters_and_has_choices(question: Question) -> None:
    assert question.ask.endswith(("?", "."))
    assert question.why.endswith(".")
    assert "!" not in question.ask + question.why + question.more
    assert question.form == "text" or len(question.choices) >= 1
    assert len({c.id for c in question.choices}) == len(question.choices)
    assert all(re.fullmatch(r"[a-z_]+", c.id) for c in question.choices)
    assert "unknown" not in {c.id for c in question.choices}


def test_no_two_questions_set_the_same_field() -> None:
    fields = Counter(target for question in all_questions().interview for target in question.targets)
    twice = {target for target, count in fields.items() if count > 1}
    # who makes it is asked in other words for rules; that a model is trained on data follows from who trains it
    assert twice <= {"model.trained_by", "model.run_by"}

"""Writing a description: it reads back the same, whatever strangers put into it, and says what is missing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.source import parse_yaml
from bartizan.core.terms import ComponentId
from bartizan.system.description import Data, Description, FactAnswer, Model
from bartizan.system.reading import check_system
from bartizan.system.writing import inline, scalar, to_yaml
from tests.strategies import as_system, descriptions


def one(**fields: Any) -> Description:
    return Description(name="X", components=(msgspec.convert({"id": "m", "kind": "model", **fields}, Model),))


@given(descriptions())
def test_any_valid_description_reads_back_the_same(data: dict[str, Any]) -> None:
    described = as_system(data).described
    waiting = {(str(c.id), "sensitive" if isinstance(c, Data) else "name"): 3 for c in described.components}
    text = to_yaml(described, waiting, ["Prefilled."])
    assert check_system(parse_yaml(text, "system.yaml")).described == described


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_reads_back_the_same_on_one_line(text: str) -> None:
    written = scalar(text)
    assert len(written.splitlines()) <= 1
    read = parse_yaml(f"key: {written}\nlist: [{written}, {written}]\n", "x").data
    assert read == {"key": text, "list": [text, text]}


NUMBERS = st.one_of(st.floats(-1e15, 1e15), st.integers(-(10**15), 10**15), st.booleans(), st.none())


@given(NUMBERS)
def test_any_number_reads_back_with_its_type(value: object) -> None:
    read = parse_yaml(f"key: {scalar(value)}", "x").data
    assert isinstance(read, dict)
    assert type(read["key"]) is type(value)
    assert read["key"] == value


@pytest.mark.parametrize(
    "text", ["yes", "No", "null", "~", "1e3", "2026-11-22", "0x10", "- a", "a: b", "a #b", "", " x"]
)
def test_a_text_that_yaml_takes_for_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')


def test_yes_and_no_are_written_as_words() -> None:
    assert inline([True, False]) == "[yes, no]"


def test_a_name_cannot_break_out_of_its_line_or_into_a_comment() -> None:
    described = Description(name="X\n# evil\ncomponents: []", components=one().components)
    lines = to_yaml(described).splitlines()
    assert "# evil" not in [line.strip() for line in lines]


def test_a_missing_answer_stands_in_its_component_with_the_reason_and_a_line_to_copy() -> None:
    text = to_yaml(one(type="generative"), {("m", "output_can_harm"): 4})
    assert "# Not known: Can wrong or manipulated output do harm? 4 verdicts wait for it." in text
    assert "#   Without a way to harm, many attacks stay theoretical." in text
    assert "# output_can_harm: yes   # or no" in text


def test_a_field_that_says_unknown_is_marked_beside_its_value() -> None:
    line = next(x for x in to_yaml(one(tools="unknown"), {("m", "tools"): 1}).splitlines() if "tools:" in x)
    assert line.strip() == "tools: unknown  # Which tools can it call? 1 verdict waits for it."


def test_training_data_that_nobody_described_is_asked_for() -> None:
    text = to_yaml(one(trained_by="us"), {("m.training-data", "sensitive"): 5})
    assert "Not described yet: the training data of m." in text


def test_the_lines_to_copy_are_valid_when_their_comment_sign_is_taken_away() -> None:
    waiting = {("m", "output_can_harm"): 1, ("m", "costs_per_use"): 1, ("m", "task"): 1}
    text = to_yaml(one(type="generative"), waiting)
    for line in ("output_can_harm: yes", "costs_per_use: yes", "task: [classification]"):
        assert f"    # {line}" in text
        text = text.replace(f"    # {line}", f"    {line}")
    model = check_system(parse_yaml(text, "x")).described.components[0]
    assert isinstance(model, Model)
    assert model.output_can_harm is True


def test_each_block_says_what_it_is() -> None:
    described = msgspec.structs.replace(one(), answers=(FactAnswer(fact="agentic", at=ComponentId("m"), value=True),))
    text = to_yaml(described)
    assert "# The parts of the system" in text
    assert "# Facts that are stated outright" in text
    assert check_system(parse_yaml(text, "x")).described == described

"""Whose words a piece of a request is, in every format; and that what guards change is written where it stood."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.pipeline import Blocked
from bartizan.core.chat import ToolOffer
from bartizan.gateway.places import leave_out, write
from bartizan.gateway.wire.routes import ROUTES
from bartizan.gateway.wire.wire import Malformed, Wire
from tests.gateway.wire.examples import EXAMPLES

WIRES: dict[str, Wire] = {one.wire.name: one.wire for one in ROUTES}


def _by_text(name: str) -> dict[str, Segment]:
    return {one.text: one for one in WIRES[name].read(EXAMPLES[name].request).segments if one.part == "prompt"}


@pytest.mark.parametrize(
    ("name", "trusted", "users", "untrusted"),
    [
        (
            "openai.chat",
            ["be kind", "be brief", "which city"],
            ["what is it", "and then"],
            ["found a page", "nested words", "a document", "a b.pdf"],
        ),
        (
            "openai.responses",
            ["be kind", "be brief", "which city"],
            ["what is it"],
            ["found a page", "found b", "a passage", "a b.pdf"],
        ),
        (
            "anthropic.messages",
            ["be kind"],
            ["what is it"],
            ["found a page", "found another", "a passage", "a document", "in blocks", "the context"],
        ),
        ("ollama.chat", ["be kind", "which city"], ["what is it"], ["found a page", "a field"]),
        ("ollama.generate", ["be kind", "a {{ . }}"], ["once upon", "the end"], ["a field"]),
        ("openai.completions", [], ["once upon", "the end"], ["a field"]),
    ],
)
def test_trust_follows_the_role(name: str, trusted: list[str], users: list[str], untrusted: list[str]) -> None:
    found = _by_text(name)
    assert {one: found[one].trust for one in trusted} == dict.fromkeys(trusted, "trusted")
    assert {one: found[one].trust for one in users} == dict.fromkeys(users, "user")
    assert {one: found[one].trust for one in untrusted} == dict.fromkeys(untrusted, "untrusted")
    assert all(one.role == "system" for one in found.values() if one.trust == "trusted")


@pytest.mark.parametrize("name", ["openai.chat", "openai.responses", "anthropic.messages", "ollama.chat"])
def test_what_a_tool_answered_is_the_tools_by_name(name: str) -> None:
    found = _by_text(name)["found a page"]
    assert (found.role, found.trust, found.name) == ("tool", "untrusted", "look")


@pytest.mark.parametrize("name", ["openai.chat", "openai.responses", "anthropic.messages"])
def test_what_lies_before_the_newest_message_of_the_user_is_past(name: str) -> None:
    found = _by_text(name)
    assert found["and then"].past
    assert found["found a page"].past
    assert not found["what is it"].past


def test_tool_results_alone_are_no_new_message_of_the_user() -> None:
    messages = EXAMPLES["anthropic.messages"].request["messages"][:3]
    found = WIRES["anthropic.messages"].read({"model": "m", "messages": messages}).segments
    assert not any(one.past for one in found)


def test_a_mark_lowers_trust_and_never_raises_it() -> None:
    def read(role: str, content: Any, **mark: Any) -> Segment:
        body = {"model": "m", "messages": [{"role": role, "content": content, "bartizan": mark}]}
        asked = WIRES["openai.chat"].read(body)
        assert ("messages", 0, "bartizan") in asked.marks
        return asked.segments[-1]

    assert read("user", "x", trust="untrusted", source="a", labels=["hr"]).trust == "untrusted"
    assert read("tool", "x", trust="trusted").trust == "untrusted"
    assert read("user", "x", trust="trusted").trust == "user"
    inner = [{"type": "text", "text": "x", "bartizan": {"trust": "user", "labels": ["b"]}}]
    found = read("user", inner, trust="untrusted", labels=["a"], source="s")
    assert (found.trust, sorted(found.labels), found.source) == ("untrusted", ["a", "b"], "s")
    with pytest.raises(Malformed):
        read("user", "x", trust="all")


FORMS = [("openai.chat", True), ("openai.responses", False), ("anthropic.messages", False), ("ollama.chat", True)]


@pytest.mark.parametrize(("name", "nested"), FORMS)
def test_a_tool_that_is_offered_changed_keeps_the_form_of_its_format(name: str, nested: bool) -> None:
    body = copy.deepcopy(EXAMPLES[name].request)
    offer = next(one for one in WIRES[name].read(body).segments if one.part == "offer")
    assert isinstance(offer.value, ToolOffer)
    changed = ToolOffer(name="look", about="less", parameters={"type": "object"})
    write(body, offer, Segment(part="offer", value=changed))
    tool = body["tools"][0]["function"] if nested else body["tools"][0]
    schema = "input_schema" if name.startswith("anthropic") else "parameters"
    assert (tool["name"], tool["description"], tool[schema]) == ("look", "less", {"type": "object"})


def test_what_is_left_out_leaves_a_body_of_the_format() -> None:
    body: dict[str, Any] = {
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "auto",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "bartizan": {}},
            {"role": "tool", "tool_call_id": "k", "content": "c"},
        ],
        "model": "m",
    }
    asked = WIRES["openai.chat"].read(body)
    leave_out(body, [one for one in asked.segments if one.text in {"a", "c"} or one.part == "offer"], asked.marks)
    assert body == {
        "model": "m",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "b"}]},
            {"role": "tool", "tool_call_id": "k", "content": ""},
        ],
    }


def test_what_cannot_be_changed_where_it_stands_is_blocked() -> None:
    for part in ("attachment", "prompt"):
        place = ("x",) if part == "attachment" else ()
        with pytest.raises(Blocked):
            write({"x": "y"}, Segment(part=part, place=place), Segment(part=part, text="z"))
    call = Segment(part="call", place=("x",), value={"q": 1})
    with pytest.raises(Blocked):
        write({"x": {"q": 1}}, call, Segment(part="call", text="no json"))


def test_files_are_attachments_with_their_kind_and_size() -> None:
    found = [
        one for one in WIRES["openai.chat"].read(EXAMPLES["openai.chat"].request).segments if one.part == "attachment"
    ]
    assert [(one.name, one.size) for one in found] == [("image/png", 9), ("audio/wav", 3), ("application/pdf", 3)]
    assert found[2].trust == "untrusted"
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "file", "file_id": "f"}}]}],
    }
    (image,) = [one for one in WIRES["anthropic.messages"].read(body).segments if one.part == "attachment"]
    assert image.place == ("messages", 0, "content", 0)


def test_a_conversation_that_lies_at_the_supplier_stands_as_untrusted_past() -> None:
    asked = WIRES["openai.responses"].read({"model": "m", "input": "x", "previous_response_id": "r"})
    stored = [one for one in asked.segments if one.source.startswith("stored:")]
    assert [(one.trust, one.past, one.text) for one in stored] == [("untrusted", True, "")]

"""Tools that a supplier brings itself: none passes as another, and what they ask the client to do is judged."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.gateway.running import Handler, Scripted, gateway, saying, streaming

JsonObject = dict[str, Any]
RULES = [
    {"name": "read_file", "effect": ["reads"]},
    {"name": "shell", "effect": ["changes"], "when": [{"at": "commands", "lacks": "rm "}]},
    {"name": "computer", "effect": ["changes"]},
    {"name": "code_execution", "effect": ["changes"]},
]
SHELL = {"type": "shell"}
COMPUTER = {"type": "computer_use_preview", "display_width": 8, "display_height": 8, "environment": "browser"}


def asked(path: str, body: JsonObject, handler: Handler, after: str = "allow") -> tuple[int, bytes, list[bytes]]:
    """(status, answer, bodies that the upstream got)."""
    upstream = Scripted(handler)
    guards = {"least_model_privilege": {"tools": RULES, "after_untrusted": after}}

    async def run() -> tuple[int, bytes]:
        speaks: Any = "anthropic" if path == "/v1/messages" else "openai"
        async with (
            upstream.up(),
            gateway(upstream.address, guards, speaks=speaks) as address,
            aiohttp.ClientSession() as session,
            session.post(address + path, json={"model": "m", **body}) as answer,
        ):
            return answer.status, await answer.read()

    return *asyncio.run(run()), [one.body for one in upstream.seen]


NOTHING = saying(b'{"output":[]}')
INTERPRETER = {"type": "code_interpreter", "container": {"type": "auto"}}


@pytest.mark.parametrize(
    "tool",
    [
        {**INTERPRETER, "name": "read_file"},
        {**INTERPRETER, "function": {"name": "read_file"}},
        {**INTERPRETER, "custom": {"name": "read_file"}},
        {**INTERPRETER, "name": "code_execution"},
        {"type": "mcp", "name": "read_file", "server_label": "s", "server_url": "https://s.example"},
    ],
)
def test_a_suppliers_tool_is_not_offered_under_the_name_of_another(tool: JsonObject) -> None:
    _, _, seen = asked("/v1/responses", {"input": "hi", "tools": [tool]}, NOTHING)
    assert [msgspec.json.decode(one).get("tools") for one in seen] == [None]


def test_a_suppliers_tool_is_not_offered_under_another_name_at_anthropic_and_keeps_its_own() -> None:
    dated = {"type": "code_execution_20250825"}
    body = {"max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    tools = [{**dated, "name": "read_file"}, {**dated, "name": "code_execution"}]
    _, _, seen = asked("/v1/messages", {**body, "tools": tools}, saying(b'{"content":[]}'))
    assert [msgspec.json.decode(one)["tools"] for one in seen] == [tools[1:]]


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "name": "send_mail", "function": {"name": "read_file"}},
        {"type": "custom", "name": "read_file", "custom": {"name": "send_mail"}},
    ],
)
def test_a_tool_with_two_names_is_refused(tool: JsonObject) -> None:
    status, _, seen = asked("/v1/responses", {"input": "hi", "tools": [tool]}, NOTHING)
    assert (status, seen) == (400, [])


def test_a_custom_tool_is_offered_by_the_name_that_its_kind_holds() -> None:
    tools = [{"type": "custom", "custom": {"name": one}} for one in ("read_file", "send_mail")]
    body = {"messages": [{"role": "user", "content": "hi"}], "tools": tools}
    _, _, seen = asked("/v1/chat/completions", body, saying(b'{"choices":[]}'))
    assert [msgspec.json.decode(one)["tools"] for one in seen] == [tools[:1]]


def shell(command: str) -> JsonObject:
    return {"type": "shell_call", "id": "s", "call_id": "c", "action": {"commands": [command], "timeout_ms": 5}}


def events(*items: JsonObject) -> Handler:
    """A stream in which each item begins, is done, and stands in the summary at the end."""
    found: list[JsonObject] = []
    for i, one in enumerate(items):
        begun = {**one, "status": "in_progress"}
        found.append({"type": "response.output_item.added", "output_index": i, "item": begun})
        found.append({"type": "response.output_item.done", "output_index": i, "item": one})
    found.append({"type": "response.completed", "response": {"id": "r", "output": list(items)}})
    return streaming([b"data: " + msgspec.json.encode(one) + b"\n\n" for one in found])


def whole(*items: JsonObject) -> Handler:
    return saying(msgspec.json.encode({"id": "r", "output": list(items)}))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "item",
    [
        shell("rm -r /"),
        {"type": "local_shell_call", "call_id": "c", "action": {"type": "exec", "command": ["rm -r /"]}},
        {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file", "path": "rm -r /"}},
        {"type": "computer_call", "call_id": "c", "actions": [{"type": "wait"}, {"type": "rm -r /", "more": 1}]},
    ],
)
def test_what_a_suppliers_tool_asks_the_client_to_do_is_judged_as_a_call(item: JsonObject, stream: bool) -> None:
    body = {"input": "hi", "stream": stream, "tools": [SHELL, COMPUTER]}
    _, answer, _ = asked("/v1/responses", body, (events if stream else whole)(item))
    assert b"may not be called" in answer
    assert b"rm -r" not in answer


@pytest.mark.parametrize("stream", [False, True])
def test_an_action_that_may_pass_leaves_as_it_came(stream: bool) -> None:
    items = shell("ls"), {"type": "computer_call", "call_id": "d", "action": {"type": "click", "x": 1, "y": 2}}
    body = {"input": "hi", "stream": stream, "tools": [SHELL, COMPUTER]}
    status, answer, _ = asked("/v1/responses", body, (events if stream else whole)(*items))
    assert status == 200
    assert answer.count(msgspec.json.encode(items[0]["action"])) == (3 if stream else 1)
    assert answer.count(msgspec.json.encode(items[1]["action"])) == (3 if stream else 1)


def test_an_action_that_changes_on_its_way_leaves_as_it_was_judged() -> None:
    found = [
        {"type": "response.output_item.added", "output_index": 0, "item": shell("rm -r /")},
        {"type": "response.output_item.done", "output_index": 0, "item": shell("ls")},
        {"type": "response.completed", "response": {"id": "r", "output": [shell("rm -r /")]}},
    ]
    upstream = streaming([b"data: " + msgspec.json.encode(one) + b"\n\n" for one in found])
    status, answer, _ = asked("/v1/responses", {"input": "hi", "stream": True, "tools": [SHELL]}, upstream)
    assert status == 200
    assert b"rm -r" not in answer
    assert answer.count(b'"ls"') == 3


@pytest.mark.parametrize(
    "before",
    [
        {"previous_response_id": "resp_1", "input": "go on"},
        {"conversation": {"id": "conv_1"}, "input": "go on"},
        {"input": [{"type": "item_reference", "id": "msg_1"}, {"role": "user", "content": "go on"}]},
        {"input": [{"type": "compaction", "encrypted_content": "QUJD"}, {"role": "user", "content": "go on"}]},
    ],
)
def test_a_conversation_that_nobody_can_read_lowers_the_privileges_of_the_turn(before: JsonObject) -> None:
    body = {**before, "tools": [SHELL]}
    _, answer, seen = asked("/v1/responses", body, whole(shell("ls")), after="block")
    assert b'"ls"' not in answer
    assert [msgspec.json.decode(one).get("tools") for one in seen] == [None]


CALL = {"tool_calls": [{"id": "1", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}]}


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_where_an_answer_has_none_is_refused(stream: bool) -> None:
    choice = {"index": 0, "delta" if not stream else "message": CALL, "message" if not stream else "delta": {}}
    body = msgspec.json.encode({"choices": [choice]})
    upstream = streaming([b"data: " + body + b"\n\n", b"data: [DONE]\n\n"]) if stream else saying(body)
    asks = {"messages": [{"role": "user", "content": "hi"}], "stream": stream}
    status, answer, _ = asked("/v1/chat/completions", asks, upstream)
    assert status == 502
    assert b"read_file" not in answer

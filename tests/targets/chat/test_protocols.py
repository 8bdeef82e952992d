"""Each protocol against a real server: what is sent, what is read, whole and streamed, cut anywhere."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from bartizan.core.chat import Message, Reply, ToolCall, ToolOffer, Usage
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.conversation import EndpointAssistant
from bartizan.targets.chat.model import Ask
from tests.targets.chat.loopback import Handler, Loopback, drips, opened, says, sends, serving, spec_of, sse

CALL = ToolCall(id="c1", name="send_mail", arguments={"to": "a@b.example", "n": 2})
OFFER = ToolOffer(name="send_mail", about="Sends a mail.", parameters={"type": "object", "properties": {"to": {}}})
TALK = (
    Message(role="system", text="Be kind."),
    Message(role="user", text="Write to her."),
    Message(role="assistant", text="I will.", calls=(CALL,)),
    Message(role="tool", text="sent", answers="c1", name="send_mail"),
)
ASK = Ask(messages=TALK, offers=(OFFER,), seed=5)
ARGUMENTS = json.dumps(CALL.arguments)
_FUNCTION = {"name": "send_mail", "arguments": ARGUMENTS}
_OPENAI = {
    "choices": [
        {
            "message": {"content": "Gern für dich", "tool_calls": [{"id": "c1", "function": _FUNCTION}]},
            "finish_reason": "tool_calls",
            "logprobs": {"content": [{"token": "Gern", "logprob": -0.5, "bytes": [1]}]},
        }
    ],
    "usage": {"prompt_tokens": 11, "completion_tokens": 7},
}
_RESPONSE = {
    "status": "completed",
    "output": [
        {"type": "reasoning", "summary": []},
        {
            "type": "message",
            "content": [
                {
                    "type": "output_text",
                    "text": "Gern für dich",
                    "logprobs": [{"token": "Gern", "logprob": -0.5}],
                }
            ],
        },
        {"type": "function_call", "call_id": "c1", "name": "send_mail", "arguments": ARGUMENTS},
    ],
    "usage": {"input_tokens": 11, "output_tokens": 7},
}
_ANTHROPIC = {
    "content": [
        {"type": "text", "text": "Gern für dich"},
        {"type": "tool_use", "id": "c1", "name": "send_mail", "input": CALL.arguments},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 11, "output_tokens": 7},
}
_OLLAMA = {
    "message": {
        "role": "assistant",
        "content": "Gern für dich",
        "tool_calls": [{"function": {"name": "send_mail", "arguments": CALL.arguments}}],
    },
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 11,
    "eval_count": 7,
    "logprobs": [{"token": "Gern", "logprob": -0.5}],
}
WHOLE: dict[str, Any] = {
    "openai": _OPENAI,
    "openai-responses": _RESPONSE,
    "anthropic": _ANTHROPIC,
    "ollama": _OLLAMA,
}


def _piece(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"delta": delta, "finish_reason": None}]}


def _call_piece(**call: Any) -> dict[str, Any]:
    return _piece(tool_calls=[{"index": 0, **call}])


_OPENAI_STREAM = sse(
    {"choices": [{"delta": {"role": "assistant", "content": ""}}]},
    {"choices": [{"delta": {"content": "Gern "}, "logprobs": {"content": [{"token": "Gern", "logprob": -0.5}]}}]},
    _piece(content="für dich"),
    _call_piece(id="c1", function={"name": "send_mail", "arguments": ""}),
    _call_piece(function={"arguments": ARGUMENTS[:9]}),
    _call_piece(function={"arguments": ARGUMENTS[9:]}),
    {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
    {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}},
    "[DONE]",
)
_RESPONSES_STREAM = sse(
    {"type": "response.created", "response": {"status": "in_progress", "output": []}},
    {"type": "response.output_text.delta", "delta": "Gern "},
    {"type": "response.output_item.done", "item": _RESPONSE["output"][1]},  # type: ignore[index]
    {"type": "response.output_item.done", "item": _RESPONSE["output"][2]},  # type: ignore[index]
    {"type": "response.completed", "response": {**_RESPONSE, "output": []}},
)
_ANTHROPIC_STREAM = sse(
    {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 11, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Gern für "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "dich"}},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "c1", "name": "send_mail", "input": {}},
    },
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": ARGUMENTS[:4]}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": ARGUMENTS[4:]}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
)
_OLLAMA_STREAM = b"".join(
    json.dumps(piece, ensure_ascii=False).encode() + b"\n"
    for piece in (
        {"message": {"content": "Gern "}, "done": False, "logprobs": [{"token": "Gern", "logprob": -0.5}]},
        {"message": {"content": "für dich"}, "done": False},
        {"message": {"content": "", "tool_calls": _OLLAMA["message"]["tool_calls"]}, "done": False},  # type: ignore[index]
        {"message": {"content": ""}, "done": True, "prompt_eval_count": 11, "eval_count": 7},
    )
)
STREAM = {
    "openai": (_OPENAI_STREAM, "text/event-stream"),
    "openai-responses": (_RESPONSES_STREAM, "text/event-stream"),
    "anthropic": (_ANTHROPIC_STREAM, "text/event-stream"),
    "ollama": (_OLLAMA_STREAM, "application/x-ndjson"),
}
KINDS = sorted(WHOLE)


async def replied(server: Loopback, kind: str, ask: Ask = ASK, **more: Any) -> Reply:
    async with opened(spec_of(kind, server.url, **more)) as assistant:
        assert isinstance(assistant, EndpointAssistant)
        return await assistant.model.reply(ask)


def asked(handler: Handler, kind: str, ask: Ask = ASK, **more: Any) -> tuple[Reply, Loopback]:
    async def run() -> tuple[Reply, Loopback]:
        async with serving(handler) as server:
            return await replied(server, kind, ask, **more), server

    return asyncio.run(run())


def _check(reply: Reply, kind: str, *, chances: bool) -> None:
    call = reply.message.calls[0]
    assert reply.message.text == "Gern für dich"
    assert (call.name, call.arguments, call.broken) == ("send_mail", CALL.arguments, "")
    assert call.id == ("call_0" if kind == "ollama" else "c1")
    assert reply.finish == "tool_calls"
    assert (reply.usage.requests, reply.usage.input_tokens, reply.usage.output_tokens) == (1, 11, 7)
    assert 0 < reply.usage.seconds < 5
    assert [(one.text, one.logprob) for one in reply.chances] == ([("Gern", -0.5)] if chances else [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_answer_with_a_tool_call_is_read(kind: str) -> None:
    logprobs: dict[str, Any] = {} if kind == "anthropic" else {"logprobs": True}
    reply, server = asked(says(WHOLE[kind]), kind, temperature=0.5, max_tokens=99, **logprobs)
    _check(reply, kind, chances=bool(logprobs))
    sent = json.dumps(server.bodies[0])
    assert all(part in sent for part in ("m-1", "Be kind.", "Write to her.", "sent", "send_mail", "0.5", "99"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_read_the_same_wherever_it_is_cut(kind: str) -> None:
    raw, content_type = STREAM[kind]

    async def handler(request: web.Request) -> web.StreamResponse:
        cut = int(request.headers["x-cut"])
        return await drips([raw[:cut], raw[cut:]], content_type, 0.001)(request)

    async def run() -> list[Reply]:
        async with serving(handler) as server, opened(spec_of(kind, server.url, stream=True)) as assistant:
            assert isinstance(assistant, EndpointAssistant)
            model: Any = assistant.model

            async def one(cut: int) -> Reply:
                async with model._wire._open().post(server.url, headers={"x-cut": "0"}):
                    pass
                model._wire._session.headers["x-cut"] = str(cut)
                reply: Reply = await model.reply(ASK)
                return reply

            return [await one(cut) for cut in range(1, len(raw), 1 if kind == "ollama" else 3)]

    for reply in asyncio.run(run()):
        _check(reply, kind, chances=kind in {"openai", "ollama", "openai-responses"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_breaks_off_is_a_failed_trial(kind: str) -> None:
    raw, content_type = STREAM[kind]
    for part in (raw[: len(raw) // 2], b"", raw[:1]):
        with pytest.raises(TrialFailed, match=r"broke off its stream|what is no JSON"):
            asked(sends(part, content_type), kind, stream=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_does_not_stream_may_answer_at_once(kind: str) -> None:
    reply, server = asked(says(WHOLE[kind]), kind, stream=True)
    assert reply.message.text == "Gern für dich"
    assert server.bodies[0]["stream"] is True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stream", [False, True])
def test_an_error_in_an_answer_with_status_200_is_a_failed_trial(kind: str, stream: bool) -> None:
    error: dict[str, Any] = {"type": "error", "error": {"message": "overloaded just now"}}
    if kind == "openai-responses" and stream:
        error = {"type": "error", "message": "overloaded just now"}
    raw = json.dumps(error).encode()
    streamed = raw + b"\n" if kind == "ollama" else b"event: error\ndata: " + raw + b"\n\n"
    handler = sends(streamed, STREAM[kind][1]) if stream else says(error)
    with pytest.raises(TrialFailed, match="overloaded just now"):
        asked(handler, kind, stream=stream)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "strange",
    [[], "text", 7, None, {}, {"choices": [], "output": None}, {"choices": {}}, {"content": "x", "output": 3}],
)
def test_json_of_another_shape_is_a_failed_trial(kind: str, strange: object) -> None:
    with pytest.raises(TrialFailed):
        asked(says(strange), kind)


@pytest.mark.parametrize("arguments", ["{not json", "[1]", '"text"', "{" * 100_000, '{"a":'])
def test_broken_arguments_are_kept_as_they_came(arguments: str) -> None:
    function = {"name": "pay", "arguments": arguments}
    answer = {"choices": [{"message": {"content": None, "tool_calls": [{"id": "c", "function": function}]}}]}
    reply, _ = asked(says(answer), "openai")
    assert reply.message.calls == (ToolCall(id="c", name="pay", broken=arguments),)


def test_two_streamed_calls_are_kept_apart_with_and_without_indexes() -> None:
    def call(index: int | None, **rest: Any) -> dict[str, Any]:
        return {**rest} if index is None else {"index": index, **rest}

    for numbers in ((0, 1), (None, None)):
        first, second = numbers
        raw = sse(
            _piece(tool_calls=[call(first, id="a", function={"name": "one", "arguments": '{"x'})]),
            _piece(tool_calls=[call(first, function={"arguments": '":1}'})]),
            _piece(tool_calls=[call(second, id="b", function={"name": "two", "arguments": "{}"})]),
            "[DONE]",
        )
        reply, _ = asked(sends(raw, "text/event-stream"), "openai", stream=True)
        expected = (ToolCall(id="a", name="one", arguments={"x": 1}), ToolCall(id="b", name="two"))
        assert reply.message.calls == expected


def test_openai_is_asked_in_its_own_words() -> None:
    _, server = asked(says(_OPENAI), "openai", temperature=0.0, logprobs=True, stream=True)
    body = server.bodies[0]
    assert server.asked[0][0] == "/chat/completions"
    assert (body["seed"], body["temperature"], body["logprobs"]) == (5, 0.0, True)
    assert body["stream_options"] == {"include_usage": True}
    assert [one["role"] for one in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert json.loads(body["messages"][2]["tool_calls"][0]["function"]["arguments"]) == CALL.arguments
    assert body["messages"][3] == {"role": "tool", "tool_call_id": "c1", "content": "sent"}
    assert body["tools"][0]["function"]["name"] == "send_mail"


def test_responses_are_asked_to_keep_nothing() -> None:
    _, server = asked(says(_RESPONSE), "openai-responses")
    body = server.bodies[0]
    assert (server.asked[0][0], body["store"], body["instructions"]) == ("/responses", False, "Be kind.")
    assert body["input"][-1] == {"type": "function_call_output", "call_id": "c1", "output": "sent"}
    assert body["tools"][0] == {
        "type": "function",
        "name": "send_mail",
        "description": "Sends a mail.",
        "parameters": OFFER.parameters,
    }


def test_anthropic_gets_the_answers_of_tools_together_from_the_user() -> None:
    two = (*TALK[:2], Message(role="assistant", calls=(CALL, CALL)), TALK[3], TALK[3])
    _, server = asked(says(_ANTHROPIC), "anthropic", Ask(messages=two))
    path, headers, body = server.asked[0]
    assert (path, headers["anthropic-version"]) == ("/v1/messages", "2023-06-01")
    assert (body["system"], body["max_tokens"]) == ("Be kind.", 1024)
    assert [one["role"] for one in body["messages"]] == ["user", "assistant", "user"]
    assert [one["type"] for one in body["messages"][2]["content"]] == ["tool_result", "tool_result"]


def test_the_paths_are_not_doubled_where_the_address_has_them_already() -> None:
    async def run(kind: str, end: str) -> str:
        async with serving(says(WHOLE[kind])) as server, opened(spec_of(kind, server.url + end)) as assistant:
            assert isinstance(assistant, EndpointAssistant)
            await assistant.model.reply(ASK)
            return server.asked[0][0]

    assert asyncio.run(run("anthropic", "/v1")) == "/v1/messages"
    assert asyncio.run(run("ollama", "/api/")) == "/api/chat"
    assert asyncio.run(run("openai", "/v1/")) == "/v1/chat/completions"


def test_ollama_is_told_not_to_stream_and_gets_its_options() -> None:
    _, server = asked(says(_OLLAMA), "ollama", temperature=0.2, max_tokens=3)
    body = server.bodies[0]
    assert (server.asked[0][0], body["stream"]) == ("/api/chat", False)
    assert body["options"] == {"temperature": 0.2, "num_predict": 3, "seed": 5}
    assert body["messages"][3] == {"role": "tool", "content": "sent", "tool_name": "send_mail"}


def test_a_content_filter_before_the_model_is_an_answer_not_an_error() -> None:
    error = {"error": {"code": "content_filter", "message": "no"}}
    for kind in ("openai", "openai-responses"):
        reply, _ = asked(says(error, 400), kind)
        assert (reply.finish, reply.message.text, reply.usage.requests) == ("content_filter", "", 1)
    with pytest.raises(TrialFailed, match="status 400"):
        asked(says({"error": {"code": "other"}}, 400), "openai")


def test_content_in_parts_and_a_refusal_are_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    assert asked(says({"choices": [{"message": {"content": parts}}]}), "openai")[0].message.text == "ab"
    refused = {"choices": [{"message": {"content": None, "refusal": "I may not."}}]}
    assert asked(says(refused), "openai")[0].message.text == "I may not."


def test_an_answer_without_counts_counts_no_tokens() -> None:
    reply, _ = asked(says({"choices": [{"message": {"content": "hi"}}]}), "openai")
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (0, 0)
    assert Usage(requests=1, seconds=reply.usage.seconds) == reply.usage

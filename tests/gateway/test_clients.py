"""The official clients work through the gateway unchanged, and raise where an answer is refused or breaks off."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import msgspec
import openai
import pytest
from aiohttp import web

from bartizan.core.extras import need
from bartizan.gateway.settings import Speaks
from bartizan.targets.chat.local import SMOLLM2, model_file
from tests.gateway.running import Handler, Scripted, gateway, in_a_thread, saying, streaming
from tests.gateway.wire.examples import EXAMPLES
from tests.gateway.wire.guards import Masking, Recording, Stopping, framed, standing

HELLO: Any = [{"role": "user", "content": "hello"}]
CHAT = b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",' + (
    b'"message":{"role":"assistant","content":"it is s3cr3t"}}]}'
)


@contextlib.contextmanager
def _before(handler: Handler, speaks: Speaks = "openai") -> Iterator[str]:
    """A gateway before an upstream that answers so; its address."""

    @contextlib.asynccontextmanager
    async def both() -> AsyncIterator[str]:
        upstream = Scripted(handler)
        async with upstream.up(), gateway(upstream.address, speaks=speaks) as address:
            yield address

    with in_a_thread(both) as address:
        yield address


@contextlib.contextmanager
def _openai(handler: Handler) -> Iterator[openai.OpenAI]:
    with (
        _before(handler) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="k", max_retries=0, timeout=20) as client,
    ):
        yield client


@contextlib.contextmanager
def _anthropic(handler: Handler) -> Iterator[anthropic.Anthropic]:
    with (
        _before(handler, "anthropic") as address,
        anthropic.Anthropic(base_url=address, api_key="k", max_retries=0, timeout=20) as client,
    ):
        yield client


def _events(route: str) -> list[bytes]:
    example = EXAMPLES[route]
    raw = framed(example.events, "sse", example.named)
    return [raw[i : i + 100] for i in range(0, len(raw), 100)]


def _chunks(*deltas: dict[str, Any]) -> list[bytes]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    said: list[Any] = [{**head, "choices": [{"index": 0, "delta": one, "finish_reason": None}]} for one in deltas]
    said.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return [framed([one], "sse") for one in [*said, "[DONE]"]]


def test_openai_reads_a_masked_answer_whole_and_streamed() -> None:
    with standing(Masking()), _openai(saying(CHAT)) as client:
        answer = client.chat.completions.create(model="m", messages=HELLO)
        assert answer.choices[0].message.content == "it is [gone]"
    handler = streaming(_chunks({"content": "it is s3c"}, {"content": "r3t"}, {"content": " now"}))
    with standing(Masking()), _openai(handler) as client:
        stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
        assert "".join(one.choices[0].delta.content or "" for one in stream) == "it is [gone] now"


def test_openai_puts_streamed_calls_together() -> None:
    def call(**function: str) -> dict[str, Any]:
        more = {"id": "k", "type": "function"} if "name" in function else {}
        return {"tool_calls": [{"index": 0, **more, "function": function}]}

    handler = streaming(_chunks(call(name="look", arguments=""), call(arguments='{"q":"s3c'), call(arguments='r3t"}')))
    with standing(Masking()), _openai(handler) as client:
        stream = client.chat.completions.stream(model="m", messages=HELLO)
        with stream as events:
            final = events.get_final_completion()
        (found,) = final.choices[0].message.tool_calls or []
        assert (found.function.name, found.function.arguments) == ("look", '{"q":"[gone]"}')


def test_openai_reads_responses_whole_and_streamed() -> None:
    answer = msgspec.json.encode(EXAMPLES["openai.responses"].answer)
    with standing(Recording()), _openai(saying(answer)) as client:
        assert client.responses.create(model="m", input="hello").output_text == "Hi there"
    with standing(Recording()), _openai(streaming(_events("openai.responses"))) as client:
        kinds = [one.type for one in client.responses.create(model="m", input="hello", stream=True)]
        assert kinds[0] == "response.created"
        assert kinds[-1] == "response.completed"


def test_openai_reads_completions_embeddings_and_models() -> None:
    completion = (
        b'{"id":"1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a time"}]}'
    )
    with standing(Recording()), _openai(saying(completion)) as client:
        assert client.completions.create(model="m", prompt="once").choices[0].text == "a time"
    vector = b'{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8="}]}'
    with standing(Recording()), _openai(saying(vector)) as client:
        assert client.embeddings.create(model="m", input="text").data[0].embedding == [0.5, -1.0]
    with (
        standing(Recording()),
        _openai(saying(b'{"object":"list","data":[{"id":"a/b:1","object":"model"}]}')) as client,
    ):
        assert [one.id for one in client.models.list()] == ["a/b:1"]
    with standing(Recording()), _openai(saying(b'{"id":"a/b:1","object":"model"}')) as client:
        assert client.models.retrieve("a/b:1").id == "a/b:1"


def test_openai_raises_when_a_stream_is_blocked_or_breaks_off() -> None:
    ends = _chunks({"content": "this is "}, {"content": "forbidden"})
    for pieces in (ends, _chunks({"content": "fine"})[:1]):
        with standing(Stopping()), _openai(streaming(pieces)) as client, pytest.raises(openai.APIError):
            list(client.chat.completions.create(model="m", messages=HELLO, stream=True))
    broken = _events("openai.responses")[:-6]
    with standing(Recording()), _openai(streaming(broken)) as client:
        responses = client.responses.create(model="m", input="hello", stream=True)
        with pytest.raises(openai.APIError, match="broke off"):
            list(responses)


@pytest.mark.parametrize(
    ("status", "raised"),
    [(400, openai.BadRequestError), (404, openai.NotFoundError), (429, openai.RateLimitError)],
)
def test_openai_raises_the_error_that_belongs_to_a_status(status: int, raised: type[openai.APIStatusError]) -> None:
    async def refusing(request: web.Request, raw: bytes) -> web.StreamResponse:
        body = b'{"error":{"message":"no","type":"t","code":"c"}}'
        return web.Response(status=status, body=body, content_type="application/json", headers={"retry-after": "7"})

    with _openai(refusing) as client, pytest.raises(raised) as caught:
        client.chat.completions.create(model="m", messages=HELLO)
    assert caught.value.response.headers["retry-after"] == "7"


def test_openai_and_anthropic_raise_what_a_guard_blocks() -> None:
    forbidden: Any = [{"role": "user", "content": "a forbidden word"}]
    refused, refused_there = openai.PermissionDeniedError, anthropic.PermissionDeniedError
    with standing(Stopping()), _openai(saying(CHAT)) as client, pytest.raises(refused, match="may not"):
        client.chat.completions.create(model="m", messages=forbidden)
    with standing(Stopping()), _anthropic(saying(b"{}")) as other, pytest.raises(refused_there, match="may not"):
        other.messages.create(model="m", max_tokens=5, messages=forbidden)


def _message(text: str, *, call: bool = False) -> list[dict[str, Any]]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    head: dict[str, Any] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "usage": usage,
    }
    head |= {"stop_reason": None, "stop_sequence": None}
    tool = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    start = {"type": "content_block_start", "index": 0, "content_block": tool if call else {"type": "text", "text": ""}}
    kind = {"type": "input_json_delta"} if call else {"type": "text_delta"}
    field = "partial_json" if call else "text"
    pieces = [text[i : i + 4] for i in range(0, len(text), 4)]
    return [
        {"type": "message_start", "message": head},
        start,
        *({"type": "content_block_delta", "index": 0, "delta": {**kind, field: one}} for one in pieces),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]


def test_anthropic_reads_masked_texts_and_calls() -> None:
    body = {**_message("")[0]["message"], "content": [{"type": "text", "text": "it is s3cr3t"}]}
    with standing(Masking()), _anthropic(saying(msgspec.json.encode(body))) as client:
        (said,) = client.messages.create(model="m", max_tokens=5, messages=HELLO).content
        assert said.type == "text"
        assert said.text == "it is [gone]"
    raw = framed(_message("it is s3cr3t now"), "sse", named=True)
    with standing(Masking()), _anthropic(streaming([raw])) as client:
        manager = client.messages.stream(model="m", max_tokens=5, messages=HELLO)
        with manager as stream:
            assert "".join(stream.text_stream) == "it is [gone] now"
    raw = framed(_message('{"q": "s3cr3t"}', call=True), "sse", named=True)
    with standing(Masking()), _anthropic(streaming([raw])) as client:
        manager = client.messages.stream(model="m", max_tokens=5, messages=HELLO)
        with manager as stream:
            (call,) = stream.get_final_message().content
        assert call.type == "tool_use"
        assert call.input == {"q": "[gone]"}
    with standing(Recording()), _anthropic(saying(b'{"input_tokens":12}')) as client:
        assert client.messages.count_tokens(model="m", messages=HELLO).input_tokens == 12


def test_anthropic_raises_when_a_stream_is_blocked_or_breaks_off() -> None:
    for events in (_message("a forbidden word"), _message("a fine word")[:3]):
        with standing(Stopping()), _anthropic(streaming([framed(events, "sse", named=True)])) as client:
            manager = client.messages.stream(model="m", max_tokens=5, messages=HELLO)
            with pytest.raises(anthropic.APIStatusError), manager as stream:
                list(stream.text_stream)


MODEL = model_file(SMOLLM2, Path())
no_model = os.environ.get("CI") != "true" and MODEL is None


@pytest.fixture(scope="module")
def llama() -> Any:
    """A real small model behind llama.cpp's own server, on loopback."""
    xllamacpp = need("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel = str(MODEL), 1024, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity, params.warmup, params.cache_ram_mib, params.n_threads_http = -1, False, 0, 2
    params.ui, params.endpoint_slots = False, False
    return xllamacpp.Server(params)


@pytest.mark.skipif(no_model, reason="the small model is not installed")
def test_a_real_model_answers_openai_through_the_gateway(llama: Any) -> None:
    @contextlib.asynccontextmanager
    async def before() -> AsyncIterator[str]:
        async with gateway(llama.listening_address) as address:
            yield address

    with standing(Recording(), Masking()), in_a_thread(before) as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="k", max_retries=0, timeout=60)
        with client:
            asked: Any = {"model": "m", "messages": HELLO, "max_tokens": 12, "temperature": 0, "seed": 1}
            asked["extra_body"] = {"cache_prompt": False}
            whole = client.chat.completions.create(**asked, logprobs=True, top_logprobs=1)
            stream = client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
            chunks = list(stream)
            said = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
            assert said == whole.choices[0].message.content
            assert len(said) > 3
            assert chunks[-1].usage is not None
            chances = whole.choices[0].logprobs
            assert chances is not None
            assert all(math.isfinite(one.logprob) for one in chances.content or [])
            completed = client.completions.create(model="m", prompt="Once upon a", max_tokens=3, temperature=0)
            assert completed.choices[0].text
            assert [one.id for one in client.models.list()]

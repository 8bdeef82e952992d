"""The official clients with guards around them: they ask, stream, call tools and raise as before."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from aiohttp import web

from bartizan.controls.chat.exchange import Caller
from bartizan.gateway.library import Guards
from tests.gateway.running import Handler, Scripted, in_a_thread, saying, streaming
from tests.gateway.wire.guards import Masking, Recording, Stopping, framed, standing

QUIET = "log: {exchanges: none}\n"
HELLO: Any = [{"role": "user", "content": "hello"}]
FORBIDDEN: Any = [{"role": "user", "content": "a forbidden word"}]
CHAT = (
    b'{"id":"1",  "object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",'
    + (b'"message":{"role":"assistant","content":"it is s3cr3t"}}],"odd":[1e3,"\\u00e9"]}')
)


def _chunks(*deltas: dict[str, Any]) -> list[bytes]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    said: list[Any] = [{**head, "choices": [{"index": 0, "delta": one, "finish_reason": None}]} for one in deltas]
    said.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return [framed([one], "sse") for one in [*said, "[DONE]"]]


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextlib.contextmanager
def _upstream(handler: Handler) -> Iterator[Scripted]:
    scripted = Scripted(handler)

    @contextlib.asynccontextmanager
    async def up() -> AsyncIterator[str]:
        async with scripted.up():
            yield scripted.address

    with in_a_thread(up):
        yield scripted


@contextlib.contextmanager
def _openai(handler: Handler, **how: Any) -> Iterator[tuple[openai.OpenAI, Scripted]]:
    with _upstream(handler) as upstream, Guards.parse(QUIET) as made:
        plain = openai.OpenAI(base_url=f"{upstream.address}/v1", api_key="own-key", max_retries=0, timeout=20)
        with made.client(plain, **how) as client:
            yield client, upstream


@contextlib.asynccontextmanager
async def _async_openai(handler: Handler, **how: Any) -> AsyncIterator[tuple[openai.AsyncOpenAI, Scripted]]:
    upstream = Scripted(handler)
    async with upstream.up():
        with Guards.parse(QUIET) as made:
            plain = openai.AsyncOpenAI(base_url=f"{upstream.address}/v1", api_key="own-key", max_retries=0, timeout=20)
            async with made.client(plain, **how) as client:
                yield client, upstream


def test_what_no_guard_changes_passes_byte_for_byte_with_the_clients_own_key() -> None:
    with standing(Recording()), _openai(saying(CHAT)) as (client, upstream):
        answer = client.chat.completions.with_raw_response.create(model="m", messages=HELLO, extra_body={"odd": [1.0]})
        assert answer.http_response.content == CHAT
        (seen,) = upstream.seen
        headers = _lower(seen.headers)
        assert (headers["authorization"], headers["x-stainless-lang"]) == ("Bearer own-key", "python")
        assert seen.path == "/v1/chat/completions"
        assert json.loads(seen.body) == {"model": "m", "messages": HELLO, "odd": [1.0]}


def test_a_stream_passes_byte_for_byte() -> None:
    pieces = _chunks({"content": "it is "}, {"content": "fine"})
    with standing(Recording()), _openai(streaming(pieces)) as (client, _):
        made = client.chat.completions.with_streaming_response.create(model="m", messages=HELLO, stream=True)
        with made as answer:
            assert b"".join(answer.iter_bytes()) == b"".join(pieces)


def test_answers_are_masked_whole_and_streamed() -> None:
    handler = streaming(_chunks({"content": "it is s3c"}, {"content": "r3t"}, {"content": " now"}))
    with standing(Masking()), _openai(handler) as (client, _):
        stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
        assert "".join(one.choices[0].delta.content or "" for one in stream) == "it is [gone] now"
    with standing(Masking()), _openai(saying(CHAT)) as (client, _):
        answer = client.chat.completions.create(model="m", messages=HELLO)
        assert answer.choices[0].message.content == "it is [gone]"


def test_streamed_calls_are_put_together_and_judged() -> None:
    def call(**function: str) -> dict[str, Any]:
        more = {"id": "k", "type": "function"} if "name" in function else {}
        return {"tool_calls": [{"index": 0, **more, "function": function}]}

    handler = streaming(_chunks(call(name="look", arguments=""), call(arguments='{"q":"s3c'), call(arguments='r3t"}')))
    with standing(Masking()), _openai(handler) as (client, _):
        with client.chat.completions.stream(model="m", messages=HELLO) as events:
            final = events.get_final_completion()
        (found,) = final.choices[0].message.tool_calls or []
        assert (found.function.name, found.function.arguments) == ("look", '{"q":"[gone]"}')


def test_a_block_is_the_clients_own_error_and_nothing_is_asked() -> None:
    with standing(Stopping()), _openai(saying(CHAT)) as (client, upstream):
        with pytest.raises(openai.PermissionDeniedError, match="may not"):
            client.chat.completions.create(model="m", messages=FORBIDDEN)
        assert not upstream.seen
    with standing(Stopping()), _openai(streaming(_chunks({"content": "a forbidden"}))) as (client, _):
        caught = pytest.raises(openai.APIError)
        with caught:
            list(client.chat.completions.create(model="m", messages=HELLO, stream=True))


def test_an_asynchronous_client_stays_one_and_streams_as_it_comes() -> None:
    async def ask() -> None:
        pieces = _chunks({"content": "first"}, {"content": " last"})
        async with _async_openai(streaming(pieces, pause=0.2)) as (client, _):
            began = time.monotonic()
            stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
            said = ""
            async for one in stream:
                said = said or one.choices[0].delta.content or ""
                if said:
                    first = time.monotonic() - began
                    break
            assert said == "first"
            assert first < 0.35, "the stream was held back"
            await stream.close()
        async with _async_openai(saying(CHAT)) as (client, _):
            asked = (client.chat.completions.create(model="m", messages=HELLO) for _ in range(20))
            assert len({one.id for one in await asyncio.gather(*asked)}) == 1

    with standing(Recording()):
        asyncio.run(ask())


def test_a_synchronous_stream_comes_as_it_is_sent_also_within_a_running_loop() -> None:
    pieces = _chunks({"content": "first"}, {"content": " last"})

    async def ask(client: openai.OpenAI) -> float:
        began = time.monotonic()
        for one in client.chat.completions.create(model="m", messages=HELLO, stream=True):
            if one.choices[0].delta.content:
                break
        return time.monotonic() - began

    with standing(Recording()), _openai(streaming(pieces, pause=0.2)) as (client, _):
        assert asyncio.run(ask(client)) < 0.35


def test_threads_share_a_client() -> None:
    with standing(Recording()), _openai(saying(CHAT)) as (client, upstream):

        def ask() -> None:
            client.chat.completions.create(model="m", messages=HELLO)

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(20)
        assert len(upstream.seen) == 16


async def _late(request: web.Request, raw: bytes) -> web.StreamResponse:
    await asyncio.sleep(0.6)
    return web.Response(body=CHAT, content_type="application/json")


def test_errors_of_the_connection_stay_the_clients_own() -> None:
    with standing(Recording()), Guards.parse(QUIET) as made:
        client = made.client(openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="k", max_retries=0))
        with client, pytest.raises(openai.APIConnectionError) as caught:
            client.chat.completions.create(model="m", messages=HELLO)
        assert isinstance(caught.value.__cause__, httpx2.ConnectError)
    with standing(Recording()), _openai(_late) as (client, _), pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.2).chat.completions.create(model="m", messages=HELLO)


def test_a_stream_that_breaks_off_is_an_error() -> None:
    pieces = _chunks({"content": "half"})[:1]
    with standing(Recording()), _openai(streaming(pieces)) as (client, _), pytest.raises(openai.APIError):
        list(client.chat.completions.create(model="m", messages=HELLO, stream=True))

    async def cut(request: web.Request, raw: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(pieces[0])
        assert request.transport is not None
        request.transport.abort()
        return response

    with standing(Recording()), _openai(cut) as (client, _), pytest.raises((openai.APIError, httpx2.HTTPError)):
        list(client.chat.completions.create(model="m", messages=HELLO, stream=True))


@pytest.mark.parametrize(
    ("status", "raised"),
    [(400, openai.BadRequestError), (401, openai.AuthenticationError), (429, openai.RateLimitError)],
)
def test_errors_of_the_supplier_stay_the_clients_own(status: int, raised: type[openai.APIStatusError]) -> None:
    async def refusing(request: web.Request, raw: bytes) -> web.StreamResponse:
        body = b'{"error":{"message":"no","type":"t","code":"c"}}'
        return web.Response(status=status, body=body, content_type="application/json", headers={"retry-after": "7"})

    with standing(Recording()), _openai(refusing) as (client, _), pytest.raises(raised) as caught:
        client.chat.completions.create(model="m", messages=HELLO)
    assert caught.value.response.headers["retry-after"] == "7"


def test_paths_that_no_guard_reads_are_refused_or_pass_by_setting() -> None:
    with standing(Recording()), _openai(saying(b'{"data":[]}')) as (client, upstream):
        with pytest.raises(openai.NotFoundError):
            client.files.list()
        assert not upstream.seen
    with standing(Stopping()), _openai(saying(b'{"data":[]}'), others="pass") as (client, upstream):
        assert client.files.list().data == []
        assert upstream.seen[0].path == "/v1/files"
        with pytest.raises(openai.APIError):
            client.post("/Chat/completions/", body={"messages": FORBIDDEN}, cast_to=object)
        assert len(upstream.seen) == 1


def test_guards_judge_by_who_the_program_says_is_asking_and_count_across_clients() -> None:
    rules = "guards: {rate_limit: {caller: {requests: 2/hour}}}\n"
    with _upstream(saying(CHAT)) as upstream, Guards.parse(QUIET + rules) as made:

        def client(name: str) -> openai.OpenAI:
            plain = openai.OpenAI(base_url=f"{upstream.address}/v1", api_key="k", max_retries=0)
            return made.client(plain, caller=Caller(id=name))

        for one in (client("a"), client("a")):
            one.chat.completions.create(model="m", messages=HELLO)
        with pytest.raises(openai.RateLimitError):
            client("a").chat.completions.create(model="m", messages=HELLO)
        client("b").chat.completions.create(model="m", messages=HELLO)


def test_each_exchange_is_an_event_also_where_the_stream_was_left(tmp_path: Path) -> None:
    events = f"events: {{folder: {tmp_path}}}\n"
    pieces = _chunks({"content": "first"}, {"content": " second"})
    with standing(Recording()), _upstream(streaming(pieces, pause=0.1)) as upstream:
        made = Guards.parse(QUIET + events)
        with made:
            client = made.client(openai.OpenAI(base_url=f"{upstream.address}/v1", api_key="own-key", max_retries=0))
            for _ in client.chat.completions.create(model="m", messages=HELLO, stream=True):
                pass
            left = client.chat.completions.create(model="m", messages=HELLO, stream=True)
            next(iter(left))
            left.close()
            assert made.around(lambda text: text)("hello") == "hello"
    written = b"".join(one.read_bytes() for one in tmp_path.rglob("*.jsonl"))
    assert written.count(b'"openai.chat"') == 2
    assert written.count(b'"function"') >= 1
    assert b"own-key" not in written


def _message(text: str) -> list[dict[str, Any]]:
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
    pieces = [text[i : i + 4] for i in range(0, len(text), 4)]
    return [
        {"type": "message_start", "message": head},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}} for one in pieces),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]


def test_anthropic_clients_are_guarded_alike() -> None:
    raw = framed(_message("it is s3cr3t now"), "sse", named=True)
    with standing(Masking()), _upstream(streaming([raw])) as upstream, Guards.parse(QUIET) as made:
        plain = anthropic.Anthropic(base_url=upstream.address, api_key="own-key", max_retries=0)
        client = made.client(plain)
        with client, client.messages.stream(model="m", max_tokens=5, messages=HELLO) as stream:
            assert "".join(stream.text_stream) == "it is [gone] now"
        assert _lower(upstream.seen[0].headers)["authorization"] == "Bearer own-key"
    with standing(Stopping()), _upstream(saying(b"{}")) as upstream, Guards.parse(QUIET) as made:
        later = made.client(anthropic.AsyncAnthropic(base_url=upstream.address, api_key="k", max_retries=0))

        async def ask() -> None:
            async with later:
                await later.messages.create(model="m", max_tokens=5, messages=FORBIDDEN)

        with pytest.raises(anthropic.PermissionDeniedError, match="may not"):
            asyncio.run(ask())
        assert not upstream.seen


@pytest.mark.parametrize("kit", [httpx, httpx2])
def test_other_libraries_are_given_an_http_client_with_guards(kit: Any) -> None:
    with standing(Masking()), _upstream(saying(CHAT)) as upstream, Guards.parse(QUIET) as made:
        guarded = made.http(kit.Client(), f"{upstream.address}/v1")
        with guarded as client:
            body = {"model": "m", "messages": HELLO}
            answer = client.post(f"{upstream.address}/v1/chat/completions", json=body).json()
            assert answer["choices"][0]["message"]["content"] == "it is [gone]"
            assert client.get(f"{upstream.address}/elsewhere").status_code == 404


def test_what_is_no_client_is_told() -> None:
    guards = Guards.parse(QUIET)
    with pytest.raises(TypeError, match="no client of openai or anthropic"):
        guards.client(object())
    with pytest.raises(TypeError, match="no client of httpx"):
        guards.http(object(), "http://localhost")


def test_nothing_passes_guards_that_are_closed() -> None:
    with standing(Recording()), _openai(saying(CHAT)) as (client, upstream):
        pass
    with pytest.raises((openai.APIError, RuntimeError)):
        client.chat.completions.create(model="m", messages=HELLO)
    assert not upstream.seen

"""What a server can do wrong, and what is made of it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import random
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bartizan.core.errors import BudgetSpent, Refused
from bartizan.targets.chat.assistant import Setting, TrialFailed
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.wire import Address, Wire
from bartizan.targets.permission import Permission
from tests.targets.chat.loopback import (
    TODAY,
    Handler,
    Loopback,
    Waits,
    allowed,
    drips,
    in_turn,
    opened,
    raw_server,
    says,
    sends,
    serving,
    spec_of,
)

FINE = {"choices": [{"message": {"content": "hello"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
KEY = "sk-test-3141592653589793/+x"


def said(handler: Handler, meter: Meter | None = None, waits: Waits | None = None, **more: Any) -> tuple[str, Loopback]:
    """What the assistant says to a greeting."""

    async def run() -> tuple[str, Loopback]:
        async with serving(handler) as server, opened(spec_of("openai", server.url, **more), meter, waits) as assistant:
            world = await assistant.world(Setting())
            turn = await (await world.talk()).say("hi")
            return turn.text, server

    return asyncio.run(run())


def failure(handler: Handler, **more: Any) -> TrialFailed:
    with pytest.raises(TrialFailed) as caught:
        said(handler, **more)
    return caught.value


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_and_each_try_counts(status: int) -> None:
    meter, waits = Meter(), Waits()
    busy = says({"error": "later"}, status)
    text, server = said(in_turn(busy, busy, says(FINE)), meter, waits)
    assert (text, len(server.asked), meter.usage.requests) == ("hello", 3, 3)
    assert 0.25 <= waits[0] <= 0.75
    assert 0.5 <= waits[1] <= 1.5


def test_a_server_that_stays_busy_fails_the_trial_after_so_many_tries() -> None:
    waits = Waits()
    error = failure(says({"error": "no capacity"}, 503), waits=waits, retries=2)
    assert error.again
    assert "after 3 tries" in str(error)
    assert "no capacity" in str(error)
    assert len(waits) == 2


def test_no_one_is_kept_waiting_longer_than_a_minute() -> None:
    waits = Waits()
    said(in_turn(says({}, 429, **{"Retry-After": "86400"}), says(FINE)), waits=waits)
    assert max(waits) <= 60


def test_retry_after_is_honoured_as_seconds_and_as_a_date_by_all_who_ask() -> None:
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    for header in ("30", then.strftime("%a, %d %b %Y %H:%M:%S GMT")):
        waits = Waits()
        said(in_turn(says({}, 429, **{"Retry-After": header}), says(FINE)), waits=waits)
        assert 28 <= waits[0] <= 30
        assert 28 <= waits[1] <= 30, "the next request waits its turn as well: this sleep did not really wait"


def test_jitter_comes_from_the_randomness_that_is_handed_in() -> None:
    def waits_of(seed: int) -> list[float]:
        async def run() -> list[float]:
            waits = Waits()
            async with serving(says({}, 503)) as server:
                wire = Wire(Address(url=server.url), allowed(server.url), Meter(), rng=random.Random(seed), sleep=waits)
                with pytest.raises(TrialFailed):
                    await wire.get("/x")
                await wire.close()
            return list(waits)

        return asyncio.run(run())

    assert waits_of(1) == waits_of(1) != waits_of(2)


def test_a_server_that_is_down_is_tried_again_then_fails_the_trial() -> None:
    async def run() -> tuple[str, Waits, Meter]:
        async with serving(says(FINE)) as server:
            pass
        waits, meter = Waits(), Meter()
        async with opened(spec_of("openai", server.url), meter, waits) as assistant:
            talk = await (await assistant.world(Setting())).talk()
            with pytest.raises(TrialFailed) as caught:
                await talk.say("hi")
            assert caught.value.again
            return str(caught.value), waits, meter

    text, waits, meter = asyncio.run(run())
    assert "cannot be reached" in text
    assert (len(waits), meter.usage.requests) == (3, 4)


@pytest.mark.parametrize(
    ("status", "again", "says_so"),
    [
        (401, False, "does not let us in (status 401)"),
        (403, False, "set 'token_env'"),
        (404, False, "must end where the protocol's own path begins"),
        (500, True, "status 500: the engine broke"),
        (400, False, "status 400"),
        (418, False, "status 418"),
    ],
)
def test_other_statuses_fail_the_trial_at_once_and_say_what_to_do(status: int, again: bool, says_so: str) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="the engine broke")

    waits = Waits()
    error = failure(handler, waits=waits)
    assert (error.again, list(waits)) == (again, [])
    assert says_so in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("raw", "kind", "says_so"),
    [
        (b"<html>Welcome</html>", "text/html", "answers text/html where JSON was expected"),
        (b'{"choices": [', "application/json", "what is no JSON"),
        (b"\xff\xfe\x00", "application/json", "what is no JSON"),
        (b"", "application/json", "what is no JSON"),
        (b"[" * 200_000, "application/json", "what is no JSON|another shape"),
        (b'{"choices": NaN}', "application/json", "no JSON|another shape"),
        (b'{"choices":[{"message":{"content":"\\ud800"}}]}', "application/json", "no JSON"),
    ],
)
def test_what_is_no_answer_of_the_protocol_fails_the_trial(raw: bytes, kind: str, says_so: str) -> None:
    with pytest.raises(TrialFailed, match=says_so):
        said(sends(raw, kind))


def test_escape_sequences_of_a_server_do_not_reach_the_message() -> None:
    error = str(failure(sends(b"\x1b[31mred\x1b[0m\r\nnext", "text/plain", 500)))
    assert error.isprintable()


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_of_ten_megabytes_is_refused_and_not_kept(stream: bool) -> None:
    event = b'data: {"choices":[{"delta":{"content":"' + b"x" * 60_000 + b'"}}]}\n\n'
    pieces = [event] * 170 if stream else [b"x" * 1_000_000] * 10
    kind = "text/event-stream" if stream else "application/json"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = failure(drips(pieces, kind), stream=stream)
    assert "more than 2,000,000 bytes" in str(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


@pytest.mark.parametrize("piece", [b": still here\n\n", b"\n\n\n", b"data: {}\n\n", b"x"])
def test_a_stream_without_end_ends_by_its_size(piece: bytes) -> None:
    error = failure(drips([piece * 20_000], "text/event-stream", forever=True), stream=True)
    assert "more than 2,000,000 bytes" in str(error) or "no JSON" in str(error)


@pytest.mark.parametrize("stream", [False, True])
def test_a_slow_drip_ends_by_the_time_of_the_answer_as_a_whole(stream: bool) -> None:
    kind = "text/event-stream" if stream else "application/json"
    start = time.monotonic()
    error = failure(drips([b" "], kind, 0.02, forever=True), stream=stream, timeout=0.3)
    assert time.monotonic() - start < 10
    assert "took longer than 0.3 s" in str(error)
    assert error.again


def test_a_server_that_never_answers_ends_by_the_time() -> None:
    async def run() -> None:
        async with raw_server(b"", hold=True) as url, opened(spec_of("openai", url, timeout=0.2)) as assistant:
            talk = await (await assistant.world(Setting())).talk()
            with pytest.raises(TrialFailed, match="took longer"):
                await talk.say("hi")

    asyncio.run(run())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:",
        b"HTTP/1.1 200 OK\r\nx: " + b"h" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
    ],
)
def test_what_is_no_http_fails_the_trial(raw: bytes) -> None:
    async def run() -> None:
        async with raw_server(raw) as url, opened(spec_of("openai", url, timeout=5, stream=True)) as assistant:
            talk = await (await assistant.world(Setting())).talk()
            with pytest.raises(TrialFailed, match=r"broke off its answer|compressed"):
                await talk.say("hi")

    asyncio.run(run())


def test_a_redirect_is_not_followed() -> None:
    async def run() -> tuple[TrialFailed, Loopback]:
        async with serving(says(FINE)) as other:

            async def handler(_: web.Request) -> web.StreamResponse:
                return web.Response(status=307, headers={"location": other.url + "/chat/completions"})

            with pytest.raises(TrialFailed) as caught:
                async with serving(handler) as server, opened(spec_of("openai", server.url)) as assistant:
                    await (await (await assistant.world(Setting())).talk()).say("hi")
            return caught.value, other

    error, other = asyncio.run(run())
    assert "redirects are not followed" in str(error)
    assert not error.again
    assert other.asked == []


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert said(says(FINE))[0] == "hello"


def test_the_key_is_sent_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", KEY)
    monkeypatch.setenv("OUR_TENANT", "tenant-secret-27182818")
    more: dict[str, Any] = {"token_env": "OUR_KEY", "headers": {"X-Tenant": "OUR_TENANT"}}
    function = {"name": KEY, "arguments": json.dumps({"a": [KEY, {KEY: 1}]})}
    echo = {"choices": [{"message": {"content": f"your key: {KEY}!", "tool_calls": [{"function": function}]}}]}

    async def run() -> tuple[Any, Loopback]:
        async with serving(says(echo)) as server, opened(spec_of("openai", server.url, **more)) as assistant:
            return await (await (await assistant.world(Setting())).talk()).say("hi"), server

    turn, server = asyncio.run(run())
    headers = server.asked[0][1]
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["X-Tenant"] == "tenant-secret-27182818"
    assert KEY not in repr(turn)
    assert turn.text == "your key: [secret]!"
    assert turn.calls[0].arguments == {"a": ["[secret]", {"[secret]": 1}]}


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 429, 500])
def test_a_key_that_the_server_sends_back_in_an_error_is_not_shown(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_KEY", KEY)

    async def handler(request: web.Request) -> web.StreamResponse:
        text = "x" * 150 + request.headers["authorization"] + " %2F " + KEY.replace("/", "%2F").replace("+", "%2B")
        return web.Response(status=status, text=text, headers={"location": "/" + KEY})

    error = failure(handler, token_env="OUR_KEY", retries=1)
    found = f"{error!s}{error!r}{error.__cause__!r}{error.__context__!r}"
    assert "sk-test" not in found
    assert "31415926" not in found


def test_a_key_in_the_stream_is_taken_out_also_where_it_came_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", KEY)
    pieces = [b'data: {"choices":[{"delta":{"content":' + json.dumps(c).encode() + b"}}]}\n\n" for c in KEY]
    text, _ = said(
        sends(b"".join([*pieces, b"data: [DONE]\n\n"]), "text/event-stream"), stream=True, token_env="OUR_KEY"
    )
    assert text == "[secret]"


def test_each_word_of_a_header_is_a_secret_and_short_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_LOGIN", "Basic YW5uOnB3MTIzNDU2")
    monkeypatch.setenv("OUR_STAGE", "test")
    answer = {"choices": [{"message": {"content": "a test: YW5uOnB3MTIzNDU2"}}]}
    text, _ = said(says(answer), headers={"Authorization": "OUR_LOGIN", "X-Stage": "OUR_STAGE"})
    assert text == "a test: [secret]"


def test_anthropic_gets_its_key_in_its_own_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", KEY)

    async def run() -> dict[str, str]:
        answer = {"content": [{"type": "text", "text": "hello"}]}
        async with serving(says(answer)) as server:
            async with opened(spec_of("anthropic", server.url, token_env="OUR_KEY")) as assistant:
                await (await (await assistant.world(Setting())).talk()).say("hi")
            return server.asked[0][1]

    headers = asyncio.run(run())
    assert headers["x-api-key"] == KEY
    assert "Authorization" not in headers


def test_nothing_is_asked_beyond_the_budget() -> None:
    meter = Meter(ChatBudget(requests=2))
    busy = says({}, 503)
    with pytest.raises(BudgetSpent):
        said(busy, meter)
    assert meter.usage.requests == 2


def test_tokens_are_counted_and_limit_what_is_asked_next() -> None:
    meter = Meter(ChatBudget(tokens=8))

    async def run() -> int:
        async with serving(says(FINE)) as server, opened(spec_of("openai", server.url), meter) as assistant:
            talk = await (await assistant.world(Setting())).talk()
            await talk.say("one")
            await talk.say("two")
            with pytest.raises(BudgetSpent):
                await talk.say("three")
            return len(server.asked)

    assert asyncio.run(run()) == 2
    assert (meter.usage.input_tokens, meter.usage.output_tokens) == (6, 4)


def test_no_more_are_in_flight_than_allowed_and_connections_are_used_again() -> None:
    peers: set[Any] = set()

    async def handler(request: web.Request) -> web.StreamResponse:
        peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        await asyncio.sleep(0.003)
        return web.json_response(FINE)

    async def run() -> Loopback:
        async with serving(handler) as server, opened(spec_of("openai", server.url), Meter(concurrency=8)) as assistant:

            async def one() -> None:
                await (await (await assistant.world(Setting())).talk()).say("hi")

            await asyncio.gather(*(one() for _ in range(80)))
            return server

    server = asyncio.run(run())
    assert server.most_in_flight == 8
    assert len(peers) == 8


def test_waiting_for_a_busy_server_holds_no_place_in_flight() -> None:
    async def run() -> tuple[int, int]:
        meter = Meter(concurrency=1)
        seen: list[int] = []

        async def sleep(_: float) -> None:
            async with asyncio.timeout(1), meter.request():
                seen.append(1)

        async with serving(in_turn(says({}, 503), says(FINE))) as server:
            async with opened(spec_of("openai", server.url), meter, sleep) as assistant:
                await (await (await assistant.world(Setting())).talk()).say("hi")
            return len(seen), len(server.asked)

    assert asyncio.run(run()) == (1, 2)


def test_no_permission_no_wire() -> None:
    with pytest.raises(Refused, match="needs a permission"):
        Wire(Address(url="http://127.0.0.1:9/v1"), None, Meter())
    past = Permission(target="http://127.0.0.1:9/", granted_by="ann", until=datetime.date(2020, 1, 1))
    with pytest.raises(Refused, match="ended"):
        Wire(Address(url="http://127.0.0.1:9/v1"), past, Meter())


def test_a_permission_is_looked_at_for_each_path_and_each_day() -> None:
    async def run() -> int:
        days = iter([TODAY] * 3 + [datetime.date(2027, 1, 1)] * 5)
        async with serving(says(FINE)) as server:
            permission = allowed(server.url + "/v1")
            wire = Wire(Address(url=server.url + "/v1"), permission, Meter(), today=lambda: next(days))
            await wire.get("/models")
            with pytest.raises(Refused):
                await wire.get("/../admin")
            with pytest.raises(Refused, match="ended"):
                await wire.get("/models")
            await wire.close()
            return len(server.asked)

    assert asyncio.run(run()) == 1


def test_plain_requests_give_plain_data_and_nothing_for_an_empty_answer() -> None:
    async def run() -> tuple[Any, Any, Any]:
        async with serving(in_turn(says([1]), sends(b"", "text/html"), sends(b"", "text/plain", 204))) as server:
            wire = Wire(Address(url=server.url), allowed(server.url), Meter())
            found = await wire.get("/a"), await wire.post("/b", {"x": 1}), await wire.post("/c", None)
            await wire.close()
            return found

    assert asyncio.run(run()) == ([1], None, None)


def test_text_that_is_no_json_is_not_sent() -> None:
    async def run() -> None:
        async with serving(says(FINE)) as server, opened(spec_of("openai", server.url)) as assistant:
            talk = await (await assistant.world(Setting())).talk()
            with pytest.raises(TrialFailed, match="cannot be sent"):
                await talk.say("half a pair: \ud83d")
            assert server.asked == []

    asyncio.run(run())


def test_a_trial_that_is_stopped_lets_go_of_its_place() -> None:
    async def run() -> str:
        meter = Meter(concurrency=1)
        hang = asyncio.Event()

        async def slow(_: web.Request) -> web.StreamResponse:
            with contextlib.suppress(asyncio.CancelledError):
                await hang.wait()
            return web.json_response(FINE)

        async with serving(in_turn(slow, says(FINE))) as server, opened(spec_of("openai", server.url), meter) as one:
            talk = await (await one.world(Setting())).talk()
            task = asyncio.create_task(talk.say("first"))
            while not server.asked:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            turn = await talk.say("second")
            hang.set()
            return turn.text

    assert asyncio.run(run()) == "hello"


def test_the_client_is_loaded_only_when_something_is_asked() -> None:
    source = Path(__file__).parents[3] / "src" / "bartizan" / "targets" / "chat"
    for file in source.glob("*.py"):
        assert "import aiohttp" not in file.read_text("utf-8")

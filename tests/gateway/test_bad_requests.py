"""What bad requests get: an error in the client's format within bounded memory, an event, and nothing is forwarded."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
from typing import Any

import aiohttp
import pytest

from bartizan.gateway import app, arriving, connections
from tests.gateway.running import Scripted, gateway, saying
from tests.gateway.watching import ANSWER, BODY, JSON, Kept, post, said, status_of


def _tried(*pieces: bytes, pause: float = 0.0, **more: Any) -> tuple[bytes, Scripted, Kept, list[int]]:
    """(what came back, the upstream, events, requests that became none) of bytes said to a gateway."""
    upstream, ledger, away = Scripted(saying(ANSWER)), Kept(), list[int]()

    async def run() -> bytes:
        async with (
            upstream.up(),
            gateway(upstream.address, ledger=ledger, turned_away=away.append, **more) as address,
        ):
            return await said(address, *pieces, pause=pause, seconds=1.0)

    return asyncio.run(run()), upstream, ledger, away


CLOSE = b"connection: close\r\n"
BAD = {
    "no JSON": (post(b"{", more=CLOSE), 400),
    "not an object": (post(b"[]", more=CLOSE), 400),
    "wrong types": (post(b'{"model":1,"messages":{}}', more=CLOSE), 400),
    "NaN": (post(BODY[:-1] + b',"temperature":NaN}', more=CLOSE), 400),
    "no UTF-8": (post(BODY.replace(b"hello", b"\xff\xfe"), more=CLOSE), 400),
    "a key twice": (post(BODY[:-1] + b',"model":"n"}', more=CLOSE), 400),
    "deep nesting": (post(BODY[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", more=CLOSE), 400),
    "compressed": (post(gzip.compress(b" " * 10_000_000 + BODY), more=b"content-encoding: gzip\r\n" + CLOSE), 415),
    "a form": (post(more=CLOSE).replace(b"application/json", b"application/x-www-form-urlencoded"), 415),
    "another charset": (post(more=CLOSE).replace(b"application/json", b"application/json; charset=utf-7"), 415),
    "no type": (post(more=CLOSE).replace(b"content-type: application/json\r\n", b""), 415),
    "a password twice": (post(more=b"authorization: Bearer a\r\nAuthorization: Bearer b\r\n" + CLOSE), 400),
    "a session twice": (post(more=b"x-session-id: a\r\nx-session-id: b\r\n" + CLOSE), 400),
    "an upgrade": (post(more=b"connection: upgrade\r\nupgrade: websocket\r\n"), 400),
    "an upgrade to h2c": (post(more=b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\n"), 400),
    "no host": (post(more=CLOSE).replace(b"host: x\r\n", b""), 400),
    "too many headers": (post(more=b"".join(b"x-%d: 1\r\n" % i for i in range(300)) + CLOSE), 431),
    "too large by its own word": (post(b"", more=CLOSE).replace(b"length: 0", b"length: 104857600"), 413),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_with_an_event_and_nothing_is_forwarded(name: str) -> None:
    request, status = BAD[name]
    raw, upstream, ledger, _ = _tried(request)
    assert status_of(raw) == status
    assert json.loads(raw.partition(b"\r\n\r\n")[2])["error"]["message"]
    assert upstream.seen == []
    assert ledger.events == [("openai.chat", status, False)]


SMUGGLED = {
    "two lengths": post(more=b"content-length: 3\r\n"),
    "the same length twice": post(more=b"content-length: %d\r\n" % len(BODY)),
    "length and chunks": post(more=b"transfer-encoding: chunked\r\n"),
    "a length that is none": post().replace(b"content-length: ", b"content-length: +"),
    "chunks of a strange kind": post().replace(b"content-length: %d" % len(BODY), b"transfer-encoding: xchunked"),
    "chunks and more": post().replace(b"content-length: %d" % len(BODY), b"transfer-encoding: chunked, identity"),
    "chunks twice": post(b"0\r\n\r\n").replace(
        b"content-length: 5", b"transfer-encoding: chunked\r\ntransfer-encoding: chunked"
    ),
    "a folded header": post(more=b"x-session-id: a\r\n b: c\r\n"),
    "a bare line feed": post(more=b"x-session-id: a\nauthorization: Bearer b\r\n"),
    "a control character": post(more=b"x-session-id: a\x01b\r\n"),
    "a bare return": post(more=b"x-session-id: a\rauthorization: Bearer b\r\n"),
    "a space before the colon": post(more=b"content-length : 3\r\n"),
    "a header without a name": post(more=b": x\r\n"),
    "a chunk that lies": post(b"3\r\nabcdef\r\n0\r\n\r\n").replace(
        b"content-length: 16", b"transfer-encoding: chunked"
    ),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a tunnel": b"CONNECT example.test:443 HTTP/1.1\r\nhost: example.test:443\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_request_that_two_readers_could_read_differently_is_refused(name: str) -> None:
    raw, upstream, _, _ = _tried(SMUGGLED[name])
    assert 400 <= status_of(raw) < 500
    assert raw.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in raw.lower()
    assert upstream.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "//v1/chat/completions", "/v1//chat/completions", "/v1/chat/completions/", "/v1/chat%2Fcompletions",
        "/v1/chat/%63ompletions", "/V1/chat/completions", "/v1/x/../chat/completions", "/v1/..;/chat/completions",
        "/v1/chat/completions;x", "/v1/chat/completions%00", "/v1/chat/completions%20", "/%2e%2e/v1/chat/completions",
        "/v1\\chat\\completions", "/v1/files", "/",
    ],
)  # fmt: skip
def test_a_path_that_is_not_exactly_a_route_is_not_found_and_counted(path: str) -> None:
    raw, upstream, ledger, away = _tried(post(path=path, more=CLOSE))
    assert (status_of(raw), away, ledger.events, upstream.seen) == (404, [404], [], [])


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_another_method_is_refused_with_those_there_are(method: str) -> None:
    raw, upstream, ledger, away = _tried(post(more=CLOSE).replace(b"POST", method.encode(), 1))
    assert (status_of(raw), away, ledger.events, upstream.seen) == (405, [405], [], [])
    assert b"allow: POST" in raw
    assert raw.endswith(b"\r\n\r\n") == (method == "HEAD")


@pytest.mark.parametrize(("path", "told"), [("/v1/messages/x", "type"), ("/api/x", "error"), ("/v1/x", "error")])
def test_what_is_not_found_is_told_in_the_format_of_its_neighbours(path: str, told: str) -> None:
    found = json.loads(_tried(post(path=path, more=CLOSE))[0].partition(b"\r\n\r\n")[2])
    assert told in found
    assert isinstance(found["error"], str) == path.startswith("/api")


def test_a_target_with_a_host_is_served_here_and_nowhere_else() -> None:
    raw, upstream, ledger, _ = _tried(post(path="http://elsewhere.test/v1/chat/completions", more=CLOSE))
    assert status_of(raw) == 200
    assert [one.path for one in upstream.seen] == ["/v1/chat/completions"]
    assert upstream.seen[0].headers["Host"].startswith("127.0.0.1")
    assert len(ledger.events) == 1


def test_of_requests_in_one_go_the_first_is_answered_and_the_others_are_not_read() -> None:
    other = BODY.replace(b"hello", b"smuggled")
    raw, upstream, ledger, _ = _tried(post() + post(other))
    assert status_of(raw) == 200
    assert raw.count(b"HTTP/1.1 ") == 1
    assert raw.endswith(ANSWER)
    assert [one.body for one in upstream.seen] == [BODY]
    assert len(ledger.events) == 1


def test_a_body_that_comes_too_slowly_is_refused() -> None:
    raw, upstream, ledger, _ = _tried(post()[:-5], body_seconds=0.15)
    assert status_of(raw) == 408
    assert (upstream.seen, ledger.events) == ([], [("openai.chat", 408, False)])


def test_a_head_that_comes_too_slowly_or_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    assert status_of(_tried(post()[:40])[0]) == 408
    assert status_of(_tried(b"POST /v1/chat/completions HTTP/1.1\r\nx: ", b"a" * 1_000_000)[0]) == 431
    assert status_of(_tried(b"POST /", b"a" * 1_000_000)[0]) == 431


def test_connections_beyond_the_limit_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 0)
    assert _tried(post())[0] == b""


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_hundred_megabytes_are_refused_at_once_and_not_kept(is_chunked: bool) -> None:
    sent = 0

    async def pieces() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * (1 << 20)

    async def run() -> tuple[int, int]:
        upstream = Scripted(saying(ANSWER))
        async with upstream.up(), gateway(upstream.address) as address, aiohttp.ClientSession() as client:
            before = _resident()
            more = {} if is_chunked else {"content-length": str(100 << 20)}
            url = f"{address}/v1/chat/completions"
            async with client.post(url, data=pieces(), headers={**JSON, **more}) as answer:
                assert (await answer.json())["error"]["code"] == "size"
                return answer.status, _resident() - before

    status, grown = asyncio.run(run())
    assert status == 413
    assert sent < 60
    assert grown < 40 << 20


def test_many_large_bodies_at_a_time_have_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "Room", lambda: arriving.Room(1_000))
    body = BODY[:-1] + b',"user":"' + b"a" * 200_000 + b'"}'
    raw, upstream, ledger, _ = _tried(post(body)[:100_000], post(body)[100_000:], pause=0.05)
    assert status_of(raw) == 503
    assert b"retry-after: 1" in raw
    assert upstream.seen == []
    assert len(ledger.events) == 1


def test_room_for_large_bodies_is_given_back() -> None:
    body = BODY[:-1] + b',"user":"' + b"a" * 200_000 + b'"}'

    async def run() -> int:
        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": body[:9], "more_body": True},
            {"type": "http.request", "body": body[9:], "more_body": False},
        ]
        room = arriving.Room(1_000)
        one = arriving.Arriving({"headers": []}, receive, most=1 << 20, seconds=5, room=room)
        assert await one.body() == body
        assert room.left == 991
        one.close()
        return room.left

    assert asyncio.run(run()) == 1_000


def test_nothing_begins_while_events_cannot_be_written() -> None:
    class Full(Kept):
        def refuses(self) -> str:
            return "exchanges cannot be written down at the moment"

    upstream, ledger, away = Scripted(saying(ANSWER)), Full(), list[int]()

    async def run() -> bytes:
        async with upstream.up(), gateway(upstream.address, ledger=ledger, turned_away=away.append) as address:
            return await said(address, post())

    raw = asyncio.run(run())
    assert (status_of(raw), upstream.seen, ledger.events, away) == (503, [], [], [503])
    assert b"cannot be written down" in raw

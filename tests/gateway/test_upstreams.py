"""Who answers: keys, tries, fallbacks, breakers, and what of an upstream's answer does not pass."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from bartizan.core.errors import InputError
from bartizan.gateway.keys import secret_at
from bartizan.gateway.settings import ModelSpec, UpstreamSpec
from bartizan.gateway.upstreams import trying
from bartizan.gateway.upstreams.breaker import Breaker
from bartizan.gateway.upstreams.choosing import are_alike, is_as_strict
from bartizan.gateway.upstreams.upstream import Upstream, session
from tests.gateway.running import Handler, Scripted, gateway, saying
from tests.gateway.watching import ANSWER, BODY, JSON, Kept

CHAT = "/v1/chat/completions"
DEAD = "http://127.0.0.1:1"


class _Got(msgspec.Struct):
    status: int
    body: bytes
    headers: dict[str, str]


async def _asked(address: str, body: bytes = BODY, **headers: str) -> _Got:
    async with (
        aiohttp.ClientSession() as client,
        client.post(address + CHAT, data=io.BytesIO(body), headers={**JSON, **headers}) as answer,
    ):
        return _Got(answer.status, await answer.read(), {k.lower(): v for k, v in answer.headers.items()})


def _answered(handler: Handler, body: bytes = BODY, *, spec: Any = None, **more: Any) -> tuple[_Got, Scripted, Kept]:
    upstream, ledger = Scripted(handler), Kept()
    sent = more.pop("sent", {})

    async def run() -> _Got:
        async with upstream.up():
            specs = {"main": UpstreamSpec(url=upstream.address, **(spec or {}))}
            async with gateway("", upstreams=specs, ledger=ledger, **more) as address:
                return await _asked(address, body, **sent)

    return asyncio.run(run()), upstream, ledger


def _in_turn(*statuses: int, headers: dict[str, str] | None = None) -> Handler:
    left = list(statuses)

    async def answer(request: web.Request, raw: bytes) -> web.StreamResponse:
        status = left.pop(0) if left else 200
        body = ANSWER if status == 200 else b'{"error":{"message":"busy","type":"t","code":null}}'
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)

    return answer


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_FIRST_WAIT", 0.01)


@pytest.mark.parametrize("status", [429, 502, 503, 529])
def test_what_says_not_now_is_asked_again(status: int) -> None:
    got, upstream, ledger = _answered(_in_turn(status))
    assert (got.status, got.body) == (200, ANSWER)
    assert len(upstream.seen) == 2
    assert len(ledger.events) == 1


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_any_other_error_is_passed_on_and_not_repeated(status: int) -> None:
    got, upstream, _ = _answered(_in_turn(status))
    assert got.status == status
    assert json.loads(got.body) == {"error": {"message": "busy", "type": "t", "code": None}}
    assert len(upstream.seen) == 1


def test_an_upstream_that_wants_a_long_rest_is_not_asked_again_and_the_client_is_told() -> None:
    got, upstream, _ = _answered(_in_turn(429, headers={"retry-after": "60", "x-ratelimit-remaining-tokens": "0"}))
    assert (got.status, got.headers["retry-after"], got.headers["x-ratelimit-remaining-tokens"]) == (429, "60", "0")
    assert len(upstream.seen) == 1


def _two(first: Any, second: Any, *, called: str = "", **more: Any) -> tuple[_Got, Kept]:
    ledger = Kept()

    async def run() -> _Got:
        specs = {"one": first, "two": second}
        models = {"*": ModelSpec(upstreams=("one", "two"), called=called)}
        async with gateway("", upstreams=specs, models=models, ledger=ledger, **more) as address:
            return await _asked(address)

    return asyncio.run(run()), ledger


def test_the_next_upstream_answers_where_the_first_does_not_and_the_event_names_it() -> None:
    async def run() -> None:
        async with Scripted(saying(ANSWER)).up() as good, Scripted(_in_turn(*[503] * 9)).up() as bad:
            for first in (DEAD, bad.address, "http://no-such-host.invalid"):
                ledger = Kept()
                specs = {"one": UpstreamSpec(url=first), "two": UpstreamSpec(url=good.address)}
                models = {"*": ModelSpec(upstreams=("one", "two"), called="their-name")}
                async with gateway("", upstreams=specs, models=models, ledger=ledger) as address:
                    assert (await _asked(address)).body == ANSWER
                assert [one.supplier for one in ledger.exchanges] == ["two"]
            assert json.loads(good.seen[-1].body)["model"] == "their-name"

    asyncio.run(run())


@pytest.mark.parametrize(
    "other", [{"region": "us"}, {"retains": True}, {"takes": ("email",)}, {"retains": None}], ids=str
)
def test_no_upstream_that_is_less_strict_takes_the_place_of_another(other: dict[str, Any]) -> None:
    first: dict[str, Any] = {"region": "eu", "retains": False, "takes": ()}
    assert is_as_strict(UpstreamSpec(url="b", **first), UpstreamSpec(url="a", **first))
    assert not is_as_strict(UpstreamSpec(url="b", **{**first, **other}), UpstreamSpec(url="a", **first))

    async def run() -> None:
        async with Scripted(saying(ANSWER)).up() as good:
            specs = {
                "one": UpstreamSpec(url=DEAD, **first),
                "two": UpstreamSpec(url=good.address, **{**first, **other}),
            }
            async with gateway("", upstreams=specs) as address:
                got = await _asked(address)
            assert got.status == 502
            assert good.seen == []

    asyncio.run(run())


def test_an_upstream_that_a_guard_has_other_rules_for_takes_no_place() -> None:
    class Rules(msgspec.Struct):
        suppliers: dict[str, int]

    class Standing(msgspec.Struct):
        guard: Rules

    posts: Any = [Standing(Rules({"a": 1, "b": 1, "c": 2}))]
    assert are_alike(posts, "a", "b")
    assert not are_alike(posts, "a", "c")
    assert not are_alike(posts, "a", "unnamed")


def test_a_breaker_opens_lets_one_probe_pass_and_closes() -> None:
    now = [0.0]
    breaker = Breaker(2, 30.0, clock=lambda: now[0])
    for _ in range(2):
        assert breaker.enter()
        breaker.failed()
    assert (breaker.is_open, breaker.enter(), breaker.seconds_left()) == (True, False, 30.0)
    now[0] = 31.0
    assert breaker.enter()
    assert not breaker.enter()
    breaker.left()
    assert breaker.enter()
    breaker.failed()
    assert (breaker.enter(), breaker.seconds_left()) == (False, 30.0)
    now[0] = 62.0
    assert breaker.enter()
    breaker.worked()
    assert (breaker.is_open, breaker.enter(), breaker.enter()) == (False, True, True)


def test_an_upstream_that_keeps_failing_is_left_alone_and_the_client_told_when_to_come_back() -> None:
    async def run() -> tuple[list[int], int, str]:
        async with Scripted(_in_turn(*[503] * 9)).up() as bad:
            specs = {"main": UpstreamSpec(url=bad.address, tries=1, breaks_after=2, breaks_for=20.0)}
            async with gateway("", upstreams=specs) as address:
                got = [await _asked(address) for _ in range(4)]
            return [one.status for one in got], len(bad.seen), got[-1].headers["retry-after"]

    statuses, seen, after = asyncio.run(run())
    assert (statuses, seen) == ([503] * 4, 2)
    assert 18 <= int(after) <= 20


def test_an_upstream_gets_no_more_at_a_time_than_it_may_have() -> None:
    async def slow(request: web.Request, raw: bytes) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return web.Response(body=ANSWER, content_type="application/json")

    async def run() -> list[int]:
        async with Scripted(slow).up() as upstream:
            specs = {"main": UpstreamSpec(url=upstream.address, most_open=2, tries=1)}
            async with gateway("", upstreams=specs) as address:
                first = await asyncio.gather(*[_asked(address) for _ in range(4)])
                return [*sorted(one.status for one in first), (await _asked(address)).status]

    assert asyncio.run(run()) == [200, 200, 503, 503, 200]


def test_the_gateways_key_goes_there_and_the_callers_credentials_do_not() -> None:
    own = {"authorization": "Bearer caller", "x-api-key": "caller", "cookie": "a=b", "openai-organization": "org-x"}
    got, upstream, _ = _answered(
        saying(ANSWER), key="the-key", sent={**own, "x-stainless-lang": "python", "x-forwarded-for": "1.2.3.4"}
    )
    assert got.status == 200
    headers = {k.lower(): v for k, v in upstream.seen[0].headers.items()}
    assert headers["authorization"] == "Bearer the-key"
    assert headers["accept-encoding"] == "identity"
    assert headers["x-stainless-lang"] == "python"
    assert not {"x-api-key", "cookie", "openai-organization", "x-forwarded-for"} & headers.keys()
    assert "caller" not in repr(headers)


def test_the_callers_credentials_go_there_where_the_settings_say_so() -> None:
    _, upstream, _ = _answered(saying(ANSWER), spec={"passes_key": True}, sent={"authorization": "Bearer caller"})
    assert upstream.seen[0].headers["Authorization"] == "Bearer caller"


def test_no_secret_shows_in_a_message_or_a_repr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("  s3cret-key\n")
    monkeypatch.setenv("A_KEY", "s3cret-key")
    assert secret_at(f"file:{file}", "x") == secret_at("env:A_KEY", "x") == "s3cret-key"
    assert secret_at("", "x") == ""
    file.write_text("s3cret\nkey")
    monkeypatch.setenv("EMPTY", "")
    for place in (f"file:{file}", "env:NOT_THERE", "file:/no/such/file", "s3cret", "env:EMPTY", "env:"):
        with pytest.raises(InputError) as caught:
            secret_at(place, "upstreams.main.key")
        assert "s3cret" not in str(caught.value).replace(str(file), "")

    async def run() -> str:
        async with session() as connections:
            return repr(Upstream("main", UpstreamSpec(url=DEAD), "s3cret-key", connections))

    assert "s3cret" not in asyncio.run(run())


def test_of_an_upstreams_headers_only_the_named_ones_pass() -> None:
    async def talkative(request: web.Request, raw: bytes) -> web.StreamResponse:
        headers = {"set-cookie": "a=b", "server": "inner", "openai-organization": "org-x", "x-request-id": "r1"}
        headers |= {"location": "http://elsewhere", "x-ratelimit-limit-requests": "5", "via": "inner-proxy"}
        return web.Response(body=ANSWER, content_type="application/json", headers=headers)

    got, _, _ = _answered(talkative)
    assert (got.headers["x-request-id"], got.headers["x-ratelimit-limit-requests"]) == ("r1", "5")
    assert not {"set-cookie", "openai-organization", "location", "via"} & got.headers.keys()
    assert got.headers.get("server") != "inner"


@pytest.mark.parametrize("status", [301, 302, 307, 304, 204, 206, 401, 403])
def test_redirects_and_refused_keys_are_the_gateways_trouble(status: int) -> None:
    async def refusing(request: web.Request, raw: bytes) -> web.StreamResponse:
        return web.Response(status=status, headers={"location": "http://127.0.0.1:1/", "x-request-id": "r"})

    got, upstream, ledger = _answered(refusing)
    assert got.status == 502
    assert "location" not in got.headers
    assert len(upstream.seen) == 1
    assert ledger.events == [("openai.chat", 502, False)]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<html>stack trace</html>", "text/html"), (b'{"trace":"stack trace"}', "application/json"), (b"", "text/plain")],
)
def test_an_error_of_an_unknown_shape_is_told_in_our_words(body: bytes, kind: str) -> None:
    got, _, _ = _answered(saying(body, kind, 500))
    assert got.status == 500
    assert json.loads(got.body)["error"]["message"] == "the upstream failed"


def test_an_errors_keys_and_accounts_are_taken_out_and_what_else_it_brings() -> None:
    said = {"message": "key sk-abcdefghijkl of org-ABCDEFGHIJ\nfailed", "type": "t", "param": "messages.[0]", "x": 1}
    got, _, _ = _answered(saying(json.dumps({"error": {**said, "code": "a b"}, "debug": "inner"}).encode(), status=400))
    told = {"message": "key [...] of [...]\\nfailed", "type": "t", "param": "messages.[0]"}
    assert json.loads(got.body) == {"error": told}


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd"])
def test_a_compressed_answer_is_refused(coding: str) -> None:
    async def answer(request: web.Request, raw: bytes) -> web.StreamResponse:
        return web.Response(body=ANSWER, content_type="application/json", headers={"content-encoding": coding})

    assert _answered(answer)[0].status == 502


def test_a_model_that_nobody_answers_for_is_not_found() -> None:
    got, upstream, _ = _answered(saying(ANSWER), models={"gpt-*": ModelSpec(upstreams=("main",))})
    assert (got.status, upstream.seen) == (404, [])


def test_a_large_request_passes_whole() -> None:
    body = BODY[:-1] + b',"user":"' + b"a" * 3_000_000 + b'"}'
    got, upstream, _ = _answered(saying(ANSWER), body)
    assert got.status == 200
    assert upstream.seen[0].body == body

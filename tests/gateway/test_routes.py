"""Only the paths that are listed lead to a model, each as it is written."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from bartizan.gateway.wire.routes import ROUTES, route_of
from tests.gateway.running import Scripted, gateway, saying

TRICKS = [
    "/v1//chat/completions",
    "/v1/chat/completions/",
    "/V1/chat/completions",
    "/v1/chat/Completions",
    "/v1/chat/completions;x=1",
    "/v1/./chat/completions",
    "/v1/models/../chat/completions",
    "/v1/models/%2e%2e/chat/completions",
    "/v1/models/..",
    "/v1/models/.hidden",
    "/v1/models/a//b",
    "/v1/models/a;b",
    "/v1/models/a%00b",
    "/v1/models/a%20b",
    "/v1/models/a%2fb%2f..%2fc",
    "/v1/%63hat/completions",
    "/v1/chat%2fcompletions",
    "/v1/files",
    "/v1/responses/resp_1",
    "/",
]


@pytest.mark.parametrize("path", TRICKS)
def test_no_trick_with_a_path_leads_to_a_model(path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"):
        decoded = URL.build(path=path.partition("?")[0], encoded=True).path
        assert route_of(method, decoded, path.encode()) is None


def test_tricks_are_refused_over_http_and_nothing_is_forwarded() -> None:
    async def ask() -> None:
        upstream = Scripted(saying(b"{}"))
        async with upstream.up(), gateway(upstream.address) as address, aiohttp.ClientSession() as client:
            for path in TRICKS:
                for method in ("GET", "POST"):
                    async with client.request(method, URL(address + path, encoded=True)) as answer:
                        assert answer.status == 404, path
            async with client.get(f"{address}/v1/models", data=b"{}") as answer:
                assert answer.status == 400
        assert upstream.seen == []

    asyncio.run(ask())


def test_a_model_is_asked_for_by_its_name_with_slashes_and_colons() -> None:
    for name in ("m", "meta/llama-3.1:8b", "a.b_c@d+e"):
        route = route_of("GET", f"/v1/models/{name}", f"/v1/models/{name}".encode())
        assert route is not None
        assert (route.path, dict(route.says)) == (f"/v1/models/{name}", {"model": name})
    assert route_of("GET", "/v1/models/a/b", b"/v1/models/a%2Fb") is not None
    assert route_of("POST", "/v1/models/a") is None


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["GET", "POST"]), st.text(alphabet="/v1.models%;~ a\\?#chtpleino", max_size=24))
def test_whatever_is_asked_for_what_goes_on_is_a_listed_path(method: str, path: str) -> None:
    route = route_of(method, path, path.encode())
    if route is not None:
        assert any(one.path == route.path or (one.ends_with and route.path.startswith(one.path)) for one in ROUTES)
        assert not any(one in route.path for one in ("..", "//", "%", ";", "?", "#", " ", "\\"))

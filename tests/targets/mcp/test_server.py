from __future__ import annotations

import asyncio
import datetime
import sys
from pathlib import Path

import pytest

from bartizan.core.chat_spec import McpSpec
from bartizan.core.errors import Refused
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.keys import Keys
from bartizan.targets.mcp.server import McpLimits, McpServer
from bartizan.targets.permission import Permission
from tests.targets.mcp.loopback import answering, served
from tests.targets.mcp.shop_server import server as shop

COMMAND = (sys.executable, str(Path(__file__).parent / "shop_server.py"))
LIMITS = McpLimits(timeout=20, longest=200_000)


def allowed(url: str) -> Permission:
    return Permission(target=url, granted_by="Test", until=datetime.date(2099, 1, 1))


async def by_address(url: str, timeout: float = 10, keys: Keys | None = None) -> McpServer:
    limits = McpLimits(timeout=timeout, longest=200_000)
    return await McpServer.opened(McpSpec(name="shop", url=url), allowed(url), keys=keys, limits=limits)


def test_a_server_by_command_is_listed_called_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "k-123")
    monkeypatch.setenv("OTHER_KEY", "k-456")
    spec = McpSpec(name="shop", command=COMMAND, token_env="SHOP_KEY", may_call=("find_order",))

    async def scenario() -> None:
        server = await McpServer.opened(spec, limits=LIMITS)
        offers = {offer.name: offer for offer in await server.tools()}
        assert offers["find_order"].about == "Find an order by its number."
        assert offers["find_order"].parameters["properties"]["number"]["type"] == "integer"
        assert offers["find_order"].may_probe
        assert offers["read_file"].may_probe, "its annotation says that it only reads"
        assert not offers["die"].may_probe
        assert await server.call("find_order", {"number": 7}) == "order 7: oak shelf (1 asked)"
        assert (await server.call("find_order", {"number": "x' OR 1=1"})).startswith("Error: ")
        assert (await server.call("read_file", {"path": "../secret"})).startswith("Error: ")
        assert (await server.call("nothing", {})).startswith("Error: ")
        assert await server.call("variable", {"name": "SHOP_KEY"}) == "k-123"
        assert await server.call("variable", {"name": "OTHER_KEY"}) == "(unset)", "only the named key is passed on"
        with pytest.raises(TrialFailed, match="disk is full"):
            await server.call("die", {})
        assert not server.is_open
        await server.close()
        with pytest.raises(TrialFailed, match="closed"):
            await server.call("find_order", {"number": 7})

    asyncio.run(scenario())


def test_a_line_over_the_limit_ends_the_trial_and_the_process() -> None:
    async def scenario() -> None:
        server = await McpServer.opened(McpSpec(name="shop", command=COMMAND), limits=LIMITS)
        with pytest.raises(TrialFailed, match="more than 200,000 bytes"):
            await server.call("long", {"length": 400_000})
        await server.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("command", "said", "timeout"),
    [
        (("/nowhere/to/be/found",), "No such file", 20.0),
        ((sys.executable, "-c", "raise SystemExit('no licence here')"), "no licence here", 20.0),
        ((sys.executable, "-c", "print('hello', flush=True); import time; time.sleep(60)"), "longer than 1 s", 1.0),
        ((), "neither a command nor an address", 20.0),
    ],
)
def test_a_command_that_is_no_server_is_an_error_that_says_why(
    command: tuple[str, ...], said: str, timeout: float
) -> None:
    spec = McpSpec(name="broken", command=command)
    with pytest.raises(TrialFailed, match=said):
        asyncio.run(McpServer.opened(spec, limits=McpLimits(timeout=timeout)))


def test_a_server_by_address_is_listed_called_and_may_be_slow() -> None:
    async def scenario() -> None:
        async with served(shop.streamable_http_app()) as base:
            server = await by_address(f"{base}/mcp")
            assert "find_order" in {offer.name for offer in await server.tools()}
            assert (await server.call("find_order", {"number": 3})).startswith("order 3")
            answers = await asyncio.gather(*(server.call("read_file", {"path": f"{n}.md"}) for n in range(5)))
            assert answers == [f"text of {n}.md" for n in range(5)]
            assert (await server.call("read_file", {"path": "../x"})).startswith("Error: ")
            server.limits = McpLimits(timeout=0.5)
            with pytest.raises(TrialFailed, match=r"took longer than 0\.5 s"):
                await server.call("wait", {"seconds": 30})
            await server.close()

    asyncio.run(scenario())


JSON = "HTTP/1.1 200 OK\nContent-Type: application/json"


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        ("HTTP/1.1 401 No\nContent-Length: 0", b"", "does not let us in"),
        ("HTTP/1.1 500 Oh\nContent-Length: 0", b"", "status 500"),
        ("HTTP/1.1 307 Go\nLocation: /other\nContent-Length: 0", b"", "redirects are not followed"),
        ("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2", b"hi", "content type"),
        (f"{JSON}\nContent-Length: 9", b"not json!", "parse JSON"),
        (JSON, b"{" * 400_000, "more than 200,000 bytes"),
        (f"{JSON}\nContent-Encoding: gzip", b"{}", "compressed"),
        ("HTTP/1.1 200 OK\nContent-Type: text/event-stream", b"data: " + b"x" * 400_000, "more than 200,000 bytes"),
    ],
)
def test_an_address_that_answers_anything_else_is_an_error(head: str, body: bytes, said: str) -> None:
    requests: list[bytes] = []

    async def scenario() -> None:
        async with answering(head, body, requests) as base:
            with pytest.raises(TrialFailed, match=said) as failed:
                await by_address(f"{base}/mcp")
            assert failed.value.again == (head.split()[1] not in ("401", "307"))

    asyncio.run(scenario())
    assert requests
    assert all(request.split(b" ")[1] == b"/mcp" for request in requests), "nothing else is asked for"


def test_keys_are_sent_and_never_shown() -> None:
    requests: list[bytes] = []
    keys = Keys({"authorization": "Bearer k-7890-1234"}, ("k-7890-1234",), "SHOP_KEY")

    async def scenario() -> str:
        async with answering("HTTP/1.1 200 OK\nContent-Type: k-7890-1234\nContent-Length: 0", b"", requests) as base:
            with pytest.raises(TrialFailed) as failed:
                await by_address(f"{base}/mcp", keys=keys)
            return str(failed.value)

    said = asyncio.run(scenario())
    assert b"Bearer k-7890-1234" in requests[0]
    assert "k-7890-1234" not in said
    assert "[secret]" in said


def test_an_address_needs_a_permission_that_covers_it() -> None:
    spec = McpSpec(name="shop", url="http://127.0.0.1:9/mcp")
    with pytest.raises(Refused, match="needs a permission"):
        asyncio.run(McpServer.opened(spec, None))
    with pytest.raises(Refused, match="is for"):
        asyncio.run(McpServer.opened(spec, allowed("http://127.0.0.1:9/other")))
    with pytest.raises(TrialFailed, match="attempts failed"):
        asyncio.run(McpServer.opened(spec, allowed("http://127.0.0.1:9/"), limits=McpLimits(timeout=3)))

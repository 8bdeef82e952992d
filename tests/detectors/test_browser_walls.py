"""Nothing that a page does reaches anybody: a server on this machine sees no byte of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import async_playwright

from bartizan.detectors.browser import Chromium, chromium_path, is_root, switches
from bartizan.detectors.family import Rendered

pytestmark = pytest.mark.skipif(
    chromium_path() is None and os.environ.get("CI") != "true", reason="Chromium is missing: apt-get install chromium"
)

_OUT = """
<link rel=preconnect href=http://127.0.0.1:{tcp}><link rel=dns-prefetch href=//localhost:{tcp}>
<link rel=icon href=http://127.0.0.1:{tcp}/icon><link rel=stylesheet href=http://localhost:{tcp}/css>
<link rel=prefetch href=http://127.0.0.1:{tcp}/prefetch><img src=http://127.0.0.1:{tcp}/img>
<meta http-equiv=refresh content="1;url=http://127.0.0.1:{tcp}/refresh">
<form id=f target=other action=http://127.0.0.1:{tcp}/form><input name=q value=1></form>
<iframe src=http://[::1]:{tcp}/frame></iframe><object data=http://127.0.0.1:{tcp}/object></object>
<script>
const to = "127.0.0.1:{tcp}", go = (work) => {{ try {{ work() }} catch (e) {{ }} }};
go(() => fetch("http://" + to + "/fetch", {{mode: "no-cors", keepalive: true}}));
go(() => navigator.sendBeacon("http://" + to + "/beacon", "x"));
go(() => new WebSocket("ws://" + to + "/ws"));
go(() => new EventSource("http://" + to + "/events"));
go(() => window.open("http://" + to + "/window"));
go(() => f.submit());
go(() => new WebTransport("https://127.0.0.1:{udp}/wt"));
go(() => new Worker(URL.createObjectURL(new Blob(["fetch('http://" + to + "/worker', {{mode: 'no-cors'}})"]))));
go(() => import("http://" + to + "/module.js"));
go(() => {{
  const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{udp}"}},
    {{urls: "turn:127.0.0.1:{tcp}?transport=tcp", username: "u", credential: "c"}}]}});
  peer.createDataChannel("x"); peer.createOffer().then((offer) => peer.setLocalDescription(offer));
}});
</script>
"""


class _Ear(asyncio.DatagramProtocol):
    """Counts what arrives, over TCP and UDP."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.tcp = self.udp = 0

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append(data)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(b"connection")
        writer.close()


@asynccontextmanager
async def _listening() -> AsyncIterator[_Ear]:
    ear = _Ear()
    server = await asyncio.start_server(ear.connected, "127.0.0.1", 0)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: ear, local_addr=("127.0.0.1", 0))
    ear.tcp = server.sockets[0].getsockname()[1]
    ear.udp = transport.get_extra_info("sockname")[1]
    try:
        yield ear
    finally:
        transport.close()
        server.close()
        await server.wait_closed()


async def _past_the_routes(arguments: list[str]) -> list[bytes]:
    """What the server hears of a page whose requests nobody intercepts."""
    async with _listening() as ear, async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=chromium_path(), chromium_sandbox=not is_root(), args=arguments
        )
        page = await browser.new_page()
        await page.set_content(_OUT.format(tcp=ear.tcp, udp=ear.udp), wait_until="commit")
        await asyncio.sleep(1.5)
        await browser.close()
        return ear.heard


def test_nothing_leaves_and_what_wanted_to_is_told() -> None:
    async def work() -> tuple[list[bytes], Rendered]:
        async with _listening() as ear, Chromium() as browser:
            seen = await browser.open(_OUT.format(tcp=ear.tcp, udp=ear.udp))
            await asyncio.sleep(0.5)
            return ear.heard, seen

    heard, seen = asyncio.run(work())
    assert heard == []
    told = " ".join(seen.requested)
    wanted = [
        "icon",
        "css",
        "prefetch",
        "img",
        "form?q=1",
        "frame",
        "object",
        "fetch",
        "beacon",
        "ws",
        "events",
        "window",
    ]
    assert [one for one in wanted if f"/{one}" not in told] == []
    assert seen.executed


def test_the_other_walls_hold_without_the_routes() -> None:
    assert asyncio.run(_past_the_routes(switches(9))) == []


def test_without_the_walls_the_server_would_hear_of_it() -> None:
    heard = asyncio.run(_past_the_routes([]))
    assert b"connection" in heard
    assert any(one != b"connection" for one in heard)  # WebRTC, over UDP


def test_a_page_that_never_ends_is_ended_and_the_next_one_opens() -> None:
    async def work() -> tuple[Rendered, Rendered, Rendered]:
        async with Chromium(patience=1) as browser:
            endless = await browser.open("<script>while (true) {}</script>")
            greedy = await browser.open("<script>for (const a = [];;) a.push(new Array(1e6).fill(1))</script>")
            return endless, greedy, await browser.open("<b>x</b>")

    endless, greedy, plain = asyncio.run(work())
    assert "did not end" in endless.executed[0]
    assert greedy.executed
    assert plain == Rendered()


def test_a_page_leaves_nothing_for_the_next() -> None:
    async def work() -> Rendered:
        async with Chromium() as browser:
            await browser.open("<script>localStorage.a = 1; document.cookie = 'a=1; max-age=99999'</script>")
            return await browser.open("<script>if (localStorage.a || document.cookie) alert('seen')</script>")

    assert not any("dialogue" in one for one in asyncio.run(work()).executed)


def test_a_browser_that_was_closed_starts_again() -> None:
    async def work() -> Rendered:
        browser = Chromium()
        await browser.open("<b>1</b>")
        await browser.close()
        try:
            return await browser.open("<img src=x onerror='window.a = 1'>")
        finally:
            await browser.close()

    assert asyncio.run(work()).executed == ("script ran: window.a = 1",)

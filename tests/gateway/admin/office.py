"""A real worker with its admin API, in front of a scripted upstream, for tests."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from bartizan.gateway.admin.serving import Admin, start_admin
from bartizan.gateway.opening import Shared
from bartizan.gateway.process import Worker
from bartizan.gateway.settings import AdminSpec
from tests.gateway.running import Scripted, saying, served

TOKEN = "0123456789abcdef0123456789abcdef"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
ASKING = "guards: {oversight: {approvals: [{tools: [pay], why: money leaves}]}}\n"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def paying(amount: int = 900, tool: str = "pay") -> Scripted:
    """An upstream whose model calls a tool."""
    arguments = msgspec.json.encode({"to": "eve <b>bold</b>", "amount": amount}).decode()
    call = {"id": "c1", "type": "function", "function": {"name": tool, "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    return Scripted(saying(msgspec.json.encode(whole)))


def asked_to_pay(words: str = "Pay the bill.") -> dict[str, Any]:
    """A request whose answer may call the tool."""
    function = {"name": "pay", "description": "Pays.", "parameters": {"type": "object", "properties": {}}}
    return {
        "model": "m",
        "messages": [{"role": "user", "content": words}],
        "tools": [{"type": "function", "function": function}],
    }


@dataclass
class Office:
    """A worker, its admin API and where they are."""

    worker: Worker
    shared: Shared
    admin: Admin
    gateway: str
    address: str

    async def ask(self, client: aiohttp.ClientSession, body: dict[str, Any]) -> tuple[int, Any]:
        """A chat completion through the gateway."""
        async with client.post(f"{self.gateway}/v1/chat/completions", json=body) as answer:
            return answer.status, await answer.json()


def settings_text(upstream: str, folder: Path, rest: str = "", *, keeps: bool = True) -> str:
    """A gateway.yaml, that writes its events where it ``keeps`` them."""
    events = f"events: {{folder: {folder}/events}}\n" if keeps else ""
    return (
        f'upstreams: {{main: {{url: "{upstream}"}}}}\nmodels: {{"*": {{upstreams: [main]}}}}\n'
        f"{events}log: {{exchanges: none, level: error}}\n{rest}"
    )


@contextlib.asynccontextmanager
async def office(
    folder: Path, upstream: Scripted, rest: str = "", *, key: str = "", port: int = 0, keeps: bool = True
) -> AsyncIterator[Office]:
    """Running; with ``key`` (as env: or file:) the admin API asks for a token."""
    async with upstream.up():
        file = folder / "gateway.yaml"
        file.write_text(settings_text(upstream.address, folder, rest, keeps=keeps))
        worker = Worker(file)
        async with served(worker) as address:
            assert worker._now is not None
            shared = worker._now.opened.shared
            spec = AdminSpec(listen=f"127.0.0.1:{port or free_port()}", key=key)
            admin = start_admin(worker, shared, spec)
            assert admin is not None
            try:
                here = f"http://{spec.listen}"
                async with aiohttp.ClientSession() as client:
                    await until_up(client, here)
                yield Office(worker=worker, shared=shared, admin=admin, gateway=address, address=here)
            finally:
                await admin.close()


async def until_up(client: aiohttp.ClientSession, address: str) -> None:
    """Until it answers."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with client.get(f"{address}/healthz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.02)

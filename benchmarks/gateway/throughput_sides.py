"""The sides of the gateway's benchmark, each in a process of its own: upstream, bare proxy, gateway, LiteLLM."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvicorn
import yaml
from throughput_load import ANSWER, LONG, events

from bartizan.controls.chat.model_access_control.keys import new_key

MOST = 10_000_000
GUARDS: dict[str, Any] = {
    "rate_limit": {
        "caller": {
            "pace": f"{MOST}/second",
            "requests": f"{MOST}/minute",
            "tokens": f"{MOST * 1000}/day",
            "at_once": 100,
        },
        "total": {"pace": f"{MOST}/second"},
    },
    "dos_input_validation": {},
    "prompt_injection_io_handling": {"classifier": False},
    "least_model_privilege": {"tools": [{"name": "read_*", "effect": ["reads"]}]},
    "sensitive_output_handling": {},
    "model_input_confidentiality": {},
}
"""The guards of the issue besides access: rate, validation, injection rules, tool policy, personal data and secrets."""
PACE = 0.01
"""Seconds between the events of a stream that is paced."""


class Upstream(asyncio.Protocol):
    """It answers each request that ends with a brace, from memory: as little as an upstream can cost.

    What it is asked for as the model "paced" it says at the pace of a quick model; "long" begins with much at once.
    """

    whole = json.dumps(ANSWER).encode()
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(whole), whole)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    words = tuple(b"%x\r\n%b\r\n" % (len(one), one) for one in events())
    long = tuple(b"%x\r\n%b\r\n" % (len(one), one) for one in events([{"content": LONG}, {"content": "end"}, {}]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self.transport: Any = transport
        self.kept = b""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self.kept += data
        head, found, body = self.kept.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not found or (length and len(body) < int(length.group(1))):
            return
        self.kept = b""
        if not re.search(rb'"stream": ?true', body):
            self.transport.write(self.answer)
            return
        self.transport.write(self.head)
        self._next(0, self.long if b'"long"' in body else self.words, b'"paced"' in body or b'"long"' in body)

    def _next(self, at: int, chunks: tuple[bytes, ...], paced: bool) -> None:
        # One event for each turn of the loop, as from a model: none is put together with the next.
        if self.transport.is_closing():
            return
        self.transport.write(chunks[at])
        loop = asyncio.get_running_loop()
        if at + 1 == len(chunks):
            self.transport.write(b"0\r\n\r\n")
        elif paced:
            loop.call_later(PACE, self._next, at + 1, chunks, paced)
        else:
            loop.call_soon(self._next, at + 1, chunks, paced)


async def serve_upstream(port: int) -> None:
    """Run it for ever."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


class Bare:
    """A proxy that only passes on: raw ASGI, with aiohttp as its client."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        assert self.session is not None
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {"content-type": "application/json"}
        async with self.session.post(self.address + scope["path"], data=body, headers=headers) as answer:
            head = [(b"content-type", answer.headers["content-type"].encode())]
            if answer.content_length is not None:
                head.append((b"content-length", str(answer.content_length).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": head})
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return None

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        self.session = aiohttp.ClientSession(connector=connector, auto_decompress=False, timeout=timeout)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.session.close()
        await send({"type": "lifespan.shutdown.complete"})


def serve(side: str, port: int, upstream: str) -> None:
    """Serve the upstream or the bare proxy until killed."""
    if side == "upstream":
        import uvloop  # noqa: PLC0415  only this side needs it here

        uvloop.run(serve_upstream(port))
        return
    uvicorn.run(
        Bare(upstream), port=port, http="httptools", loop="uvloop", ws="none", access_log=False, log_level="error"
    )


class Side:
    """A process that serves."""

    def __init__(
        self,
        name: str,
        command: list[str],
        port: int,
        *,
        core: int = 0,
        key: str = "none",
        env: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.key = key
        began = time.perf_counter()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            env={**os.environ, **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if name == "upstream" else subprocess.DEVNULL,
        )
        self.ready = self._wait() - began
        """Seconds from its start until it answered."""

    def _wait(self) -> float:
        until = time.perf_counter() + 90
        while time.perf_counter() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/nowhere", timeout=5):
                    return time.perf_counter()
            except urllib.error.HTTPError:
                return time.perf_counter()
            except OSError as error:
                if self.name == "upstream" and "refused" not in str(error):
                    return time.perf_counter()
                time.sleep(0.01)
        raise SystemExit(f"{self.name} did not start")

    def cpu(self) -> float:
        """Seconds that its threads have been on a core so far, by the scheduler's clock.

        /proc/PID/stat counts ticks of 10 ms, and misses those who run briefly between two.
        """
        times = [one.read_text().split()[0] for one in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")]
        return sum(int(one) for one in times) / 1e9

    def megabytes(self) -> float:
        """Resident memory."""
        told = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(told.group(1)) / 1024 if told else 0.0

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def own(side: str, upstream: str = "") -> Side:
    """The upstream, on core 1 beside wrk, or the bare proxy."""
    port = free_port()
    main = str(Path(__file__).with_name("throughput.py"))
    command = [sys.executable, main, "--side", side, "--port", str(port), "--upstream", upstream]
    return Side(side, command, port, core=1 if side == "upstream" else 0)


def gateway(name: str, upstream: str, folder: Path, guards: dict[str, Any], *, with_events: bool) -> Side:
    """`bartizan gateway` by a file of settings, one worker."""
    port, made = free_port(), new_key("load")
    root = folder / name.replace(" ", "-")
    root.mkdir(exist_ok=True)
    settings: dict[str, Any] = {
        "listen": f"127.0.0.1:{port}",
        "upstreams": {"main": {"url": upstream}},
        "models": {"*": {"upstreams": ["main"]}},
        "log": {"exchanges": "none"},
        "guards": guards,
    }
    if guards:
        (root / "keys.yaml").write_text(yaml.safe_dump({"keys": [msgspec.to_builtins(made.entry)]}))
        settings["guards"] = {"model_access_control": {"keys": str(root / "keys.yaml")}, **guards}
    if with_events:
        settings["events"] = {"folder": str(root / "events")}
    (root / "gateway.yaml").write_text(yaml.safe_dump(settings))
    command = [str(Path(sys.executable).with_name("bartizan")), "gateway", "--config", str(root / "gateway.yaml")]
    return Side(name, command, port, key=made.secret)


def litellm(name: str, python: Path, upstream: str, folder: Path, *, filters: bool) -> Side:
    """LiteLLM's proxy, one worker, with a master key; ``filters``: with its content filter before and after."""
    port, key = free_port(), "sk-benchmark-1234"
    asked = {"model": "openai/m", "api_base": f"{upstream}/v1", "api_key": "none"}
    settings: dict[str, Any] = {
        "model_list": [{"model_name": one, "litellm_params": asked} for one in ("m", "paced", "long")],
        "general_settings": {"master_key": key},
    }
    if filters:
        kinds = ("us_ssn", "email", "us_phone", "credit_card", "iban", "aws_access_key", "github_token", "slack_token")
        patterns = [{"pattern_type": "prebuilt", "pattern_name": one, "action": "MASK"} for one in kinds]
        how = {"guardrail": "litellm_content_filter", "mode": ["pre_call", "post_call"], "default_on": True}
        settings["guardrails"] = [{"guardrail_name": "filter", "litellm_params": {**how, "patterns": patterns}}]
    file = folder / f"{name.replace(' ', '-')}.yaml"
    file.write_text(yaml.safe_dump(settings))
    quiet = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "DISABLE_ADMIN_UI": "True"}
    command = [str(python.with_name("litellm")), "--config", str(file), "--host", "127.0.0.1"]
    more = ["--port", str(port), "--num_workers", "1", "--telemetry", "False"]
    return Side(
        name, [*command, *more], port, key=key, env={**quiet, "LITELLM_MODE": "PRODUCTION", "PYTHONWARNINGS": "ignore"}
    )

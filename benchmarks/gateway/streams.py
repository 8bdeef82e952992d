"""Ten thousand open streams through one worker: are any lost, and what does each cost?

    python benchmarks/gateway/streams.py [--count 10000]

An upstream holds every stream open until all are open, or the time is over; then it ends them. The gateway runs in a
process of its own. Printed are how many streams came to their end, with their own words and the mark of completion, how
many did not, how long it took, and the gateway's memory for each stream. It needs 2 file descriptors for each stream in
the gateway and one in each of the others: see ``ulimit -n``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn

from bartizan.gateway.app import Gateway
from bartizan.gateway.connections import Connection
from bartizan.gateway.opening import opened, spare_the_collector
from bartizan.gateway.settings import LogSpec, ModelSpec, Settings, UpstreamSpec

OPENING = b'data: {"choices":[{"index":0,"delta":{"content":"begin "}}]}\n\n'
MARK = b"data: [DONE]\n\n"


async def serve(port: int, upstream: str) -> None:
    """A gateway without guards, until it is told to stop."""
    spec = UpstreamSpec(url=upstream)
    models = {"*": ModelSpec(upstreams=("main",))}
    settings = Settings(upstreams={"main": spec}, models=models, log=LogSpec(exchanges="none"))
    running = await opened(settings)
    spare_the_collector()
    app = Gateway(running.service, settings)
    more: dict[str, Any] = {"http": Connection, "ws": "none", "lifespan": "off", "access_log": False}
    config = uvicorn.Config(app, port=port, proxy_headers=False, backlog=4096, log_level="critical", **more)
    await uvicorn.Server(config).serve()
    await running.close()


def started(upstream: str) -> tuple[subprocess.Popen[bytes], int]:
    """The gateway in a process of its own, ready, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, "--port", str(port), "--upstream", upstream])
    for _ in range(200):
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.05)
    raise SystemExit("the gateway did not start")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Holding:
    """An upstream that ends its streams when all are open."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.open = 0
        self.all_open = asyncio.Event()

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one stream."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = json.loads(await reader.readexactly(int(length.group(1)) if length else 0))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + OPENING)
        self.open += 1
        if self.open == self.count:
            self.all_open.set()
        await self.all_open.wait()
        said: dict[str, Any] = {"choices": [{"index": 0, "delta": {"content": body["messages"][0]["content"]}}]}
        writer.write(b"data: " + json.dumps(said).encode() + b"\n\n" + MARK)
        await writer.drain()
        writer.close()


async def one(port: int, i: int, turns: asyncio.Semaphore) -> bool:
    """Open a stream and read it to its end."""
    body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": f"word{i}"}]}).encode()
    async with turns:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        writer.write(head + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        raw = await reader.readuntil(OPENING)
    raw += await reader.read()
    writer.close()
    return f'"word{i}"'.encode() in raw and MARK in raw


def resident(pid: int) -> int:
    """Kilobytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) if found else 0


async def measured(count: int, seconds: float) -> None:
    """Run it and print."""
    holding = Holding(count)
    server = await asyncio.start_server(holding.met, "127.0.0.1", 0, backlog=4096)
    gateway, port = started(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        before, began = resident(gateway.pid), time.monotonic()
        turns = asyncio.Semaphore(200)
        tasks = [asyncio.ensure_future(one(port, i, turns)) for i in range(count)]
        opening = asyncio.ensure_future(holding.all_open.wait())
        await asyncio.wait({opening}, timeout=seconds)
        opened, held = time.monotonic() - began, resident(gateway.pid)
        print(f"{holding.open} of {count} streams open after {opened:.1f} s; gateway {held / 1024:.0f} MB", flush=True)
        holding.all_open.set()
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        done = sum(one is True for one in found)
        each = (held - before) / max(count, 1)
        print(f"{done} came to their end, {count - done} did not; {time.monotonic() - began:.1f} s in all")
        print(f"{each:.1f} KB for each stream; {cpu_seconds(gateway.pid) / count * 1e3:.2f} ms CPU for each")
    finally:
        gateway.terminate()
        server.close()


def main() -> None:
    """Read what is wanted."""
    args = argparse.ArgumentParser()
    args.add_argument("--count", type=int, default=10_000)
    args.add_argument("--seconds", type=float, default=25.0)
    args.add_argument("--port", type=int, default=0, help="serve as the gateway; used by itself")
    args.add_argument("--upstream", default="")
    given = args.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if given.port:
        import uvloop  # noqa: PLC0415  only the gateway runs on it

        return uvloop.run(serve(given.port, given.upstream))
    if most < 2 * given.count + 100:
        sys.exit(f"{given.count} streams need {2 * given.count + 100} file descriptors, and {most} are allowed")
    asyncio.run(measured(given.count, given.seconds))
    return None


if __name__ == "__main__":
    main()

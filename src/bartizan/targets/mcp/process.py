"""A server of the Model Context Protocol that is started by a command and spoken with over stdin and stdout.

The SDK's own transport takes a line of any length into memory and lets a server write to our stderr; this one has
limits. It is an asynchronous context manager that gives the two streams that the SDK's client wants.

Source: Model Context Protocol, transports, stdio: one JSON-RPC message a line, UTF-8.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

from bartizan.core.errors import printable
from bartizan.core.extras import need

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "VIRTUAL_ENV")
"""Variables that a server gets of ours; keys are not among them unless they are named."""
_PATIENCE = 2.0
"""Seconds that a server has to end by itself once its input is closed, and once more after it was asked to."""
_LAST_WORDS = 2_000
"""Bytes of its stderr that are kept."""


class ProcessTransport:
    """One server's process, from start to end. It and all it started are ended on the way out."""

    def __init__(self, command: tuple[str, ...], variables: dict[str, str], longest: int) -> None:
        self._command, self._longest = command, longest
        self._variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | variables
        self._tasks: list[asyncio.Task[None]] = []
        self._stderr = b""
        self.fault = ""
        """What it did against the protocol."""
        self.is_final = False

    @property
    def why(self) -> str:
        """What it did wrong, or said last, as a part of a sentence; empty where it did neither."""
        said = self._stderr.decode("utf-8", "replace").strip()
        return self.fault or (printable(said.splitlines()[-1], 160) if said else "")

    async def __aenter__(self) -> tuple[Any, Any]:
        """Start it. Raises OSError or ValueError where that is not possible."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._variables,
            limit=self._longest,
            start_new_session=True,
        )
        streams = need("anyio").create_memory_object_stream
        self._to_client, from_server = streams(0)
        to_server, self._from_client = streams(0)
        self._open = [self._to_client, from_server, to_server, self._from_client]
        jobs = (self._read(), self._write(), self._listen())
        self._tasks = [asyncio.create_task(job) for job in jobs]
        return from_server, to_server

    async def __aexit__(self, *_: object) -> None:
        """End it, whatever it does about that."""
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        for number in (signal.SIGKILL,) if self.fault else (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self._signal(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _PATIENCE)
                break
        self._signal(signal.SIGKILL)  # what it started and left behind
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        pipes = getattr(self._process, "_transport", None)  # asyncio has no public way to close what is half read
        if pipes is not None:
            pipes.close()
        for stream in self._open:
            stream.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read(self) -> None:
        """Pass on what it says. What is no message is passed over: many servers print something first."""
        parse = need("mcp_types").jsonrpc_message_adapter.validate_json
        message = need("mcp.shared.message").SessionMessage
        stdout = self._process.stdout
        assert stdout is not None
        async with self._to_client:
            while True:
                try:
                    line = await stdout.readline()
                except ValueError:
                    self.fault = f"it wrote a line of more than {self._longest:,} bytes"
                    return
                if not line:
                    return
                with suppress(ValueError):
                    await self._to_client.send(message(parse(line, by_name=False)))

    async def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        async with self._from_client:
            async for one in self._from_client:
                line = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                with suppress(OSError):
                    stdin.write(line.encode("utf-8", "replace") + b"\n")
                    await stdin.drain()

    async def _listen(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        while chunk := await stderr.read(65_536):
            self._stderr = (self._stderr + chunk)[-_LAST_WORDS:]

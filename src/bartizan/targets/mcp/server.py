"""One connection to a server of the Model Context Protocol: its tools listed, described and called, with no model.

A server by address needs a `Permission`. A command does not: it runs on the user's own machine, and their own
description names it word by word; whoever can write that file could run it anyway.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec

from bartizan.core.chat import ToolOffer
from bartizan.core.chat_spec import McpSpec
from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.keys import Keys
from bartizan.targets.mcp.process import ProcessTransport
from bartizan.targets.mcp.web import web_transport
from bartizan.targets.permission import Permission, check_permission

T = TypeVar("T")
_PAGES = 50
MOST_TOOLS = 1_000
_CLOSED, _TIMED_OUT = -32000, -32001
"""JSON-RPC codes by which the SDK says that there is no connection, and that nothing came in time."""


class McpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient we are with a server."""

    timeout: float = 60.0
    """Seconds for starting, and for one answer."""
    longest: int = 2_000_000
    """Bytes of one message."""


class McpServer:
    """A connection. Open it with `opened`; close it in the loop that opened it."""

    def __init__(self, spec: McpSpec, permission: Permission | None, keys: Keys, limits: McpLimits) -> None:
        self.spec, self.limits = spec, limits
        self.name = spec.name or spec.url or (os.path.basename(spec.command[0]) if spec.command else "")
        self._permission, self._keys = permission, keys
        self._transport, self._teller = self._made()
        self._closing = asyncio.Event()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._holder: asyncio.Task[None] | None = None
        self._client: Any = None
        self._is_broken = False

    @classmethod
    async def opened(
        cls,
        spec: McpSpec,
        permission: Permission | None = None,
        *,
        keys: Keys | None = None,
        limits: McpLimits | None = None,
    ) -> McpServer:
        """Start or call it, and shake hands. Raises TrialFailed, Refused, MissingExtra."""
        server = cls(spec, permission, keys or Keys(), limits or McpLimits())
        server._holder = asyncio.create_task(server._hold())
        try:
            await server._bounded(asyncio.shield(server._ready), "starting")
        except BaseException:
            await server.close()
            raise
        return server

    def _made(self) -> tuple[Any, Any]:
        need("mcp")
        for name in ("mcp", "client", "httpx2"):
            logging.getLogger(name).addHandler(logging.NullHandler())  # its tracebacks are not for our users
        if self.spec.url:
            check_permission(self._permission, self.spec.url, datetime.date.today())
            return web_transport(self.spec.url, self._keys.headers, self.limits.timeout, self.limits.longest)
        if not self.spec.command:
            raise TrialFailed(f"the MCP server {self.name} has neither a command nor an address", again=False)
        variable = self.spec.token_env
        variables = {variable: os.environ.get(variable, "")} if variable else {}
        process = ProcessTransport(self.spec.command, variables, self.limits.longest)
        return process, process

    async def _hold(self) -> None:
        """Keep the connection open in one task, as its scopes must be left by who entered them."""
        client = need("mcp").Client(self._transport, read_timeout_seconds=self.limits.timeout, cache=None)
        try:
            async with client:
                self._client = client
                self._ready.set_result(None)
                await self._closing.wait()
        except Exception as error:
            if not self._ready.done():
                self._ready.set_exception(error)
                self._ready.exception()  # somebody may have given up waiting for it
        finally:
            self._client = None

    @property
    def is_open(self) -> bool:
        """Whether there still is a connection."""
        return self._client is not None and not self._is_broken

    async def close(self) -> None:
        """Hang up, and end the server where we started it."""
        self._closing.set()
        holder, self._holder = self._holder, None
        if holder is not None:
            if not self._ready.done():
                holder.cancel()
            await asyncio.gather(holder, return_exceptions=True)
        client = getattr(self._teller, "client", None)
        if client is not None:
            await client.aclose()

    async def tools(self) -> tuple[ToolOffer, ...]:
        """Every tool, as a model would be told of it. Raises TrialFailed."""
        found: list[ToolOffer] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self._asked(lambda client, at=cursor: client.list_tools(cursor=at), "listing its tools")
            found += [_offer(tool, self.spec.may_call) for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None or len(found) >= MOST_TOOLS:
                break
        return tuple(found[:MOST_TOOLS])

    async def call(self, name: str, arguments: dict[str, Any]) -> str:
        """What a tool answers. An error that it tells is an answer: 'Error: ...'. Raises TrialFailed."""
        try:
            result = await self._asked(lambda client: client.call_tool(name, arguments), f"its tool {name}")
        except _Told as told:
            return f"Error: {self._keys.hidden(told.said)}"
        return self._keys.hidden(_text(result))

    async def _asked(self, ask: Any, what: str) -> Any:
        if self.spec.url:
            check_permission(self._permission, self.spec.url, datetime.date.today())
        client = self._client
        if client is None or self._is_broken:
            raise self._failed(what, "the connection is closed")
        if self.spec.url:
            self._teller.why = ""
        return await self._bounded(ask(client), what)

    async def _bounded(self, job: Awaitable[T], what: str) -> T:
        error_type = need("mcp").MCPError
        try:
            return await asyncio.wait_for(job, self.limits.timeout)
        except error_type as error:
            raise self._of_protocol(error, what) from None
        except TimeoutError:
            raise self._failed(what, self._slow) from None
        except (OSError, ValueError, RuntimeError, ExceptionGroup) as error:
            absent = isinstance(error, FileNotFoundError | PermissionError)
            raise self._failed(what, self._teller.why or _why(error), again=not absent) from None

    @property
    def _slow(self) -> str:
        return f"took longer than {self.limits.timeout:g} s"

    def _of_protocol(self, error: Any, what: str) -> TrialFailed:
        if error.code == _TIMED_OUT:
            return self._failed(what, self._slow)
        if error.code == _CLOSED or self._teller.fault:
            self._is_broken = True
            return self._failed(what, self._teller.why or "the connection was closed")
        short = error.message.partition(": 1 validation error")[0]  # what follows is the SDK's own inside
        return _Told(str(self._failed(what, short)), error.message)

    def _failed(self, what: str, why: str, *, again: bool = True) -> TrialFailed:
        hidden = self._keys.hidden  # before anything is cut: half of a key is one still
        text = (
            f"the MCP server {printable(self.name, 80)}, {printable(hidden(what), 80)}: {printable(hidden(why), 200)}"
        )
        return TrialFailed(text, again=again and not self._teller.is_final)


class _Told(TrialFailed):
    """An error that the server answered with, as a server may."""

    def __init__(self, text: str, said: str) -> None:
        super().__init__(text)
        self.said = said


def _why(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _offer(tool: Any, may_call: tuple[str, ...]) -> ToolOffer:
    """A tool as a model is told of it; it may be probed where it says that it only reads, or its owner names it."""
    reads = tool.annotations is not None and tool.annotations.read_only_hint is True
    schema = dict(tool.input_schema)
    return ToolOffer(
        name=tool.name, about=tool.description or "", parameters=schema, may_probe=reads or tool.name in may_call
    )


def _text(result: Any) -> str:
    """All that a model would be given of an answer; what is no text by its kind and size."""
    parts = [_part(block) for block in result.content]
    if not parts and result.structured_content is not None:
        parts = [msgspec.json.encode(result.structured_content).decode()]
    text = "\n".join(parts)
    return f"Error: {text}" if result.is_error else text


def _part(block: Any) -> str:
    if block.type == "text":
        return str(block.text)
    if block.type == "resource":
        inside = block.resource
        return str(getattr(inside, "text", "")) or f"[resource: {inside.uri}]"
    if block.type == "resource_link":
        return f"[resource: {block.uri}]"
    return f"[{block.type}: {block.mime_type}, {len(block.data)} characters of base64]"

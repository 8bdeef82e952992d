"""What is judged of one message on its way to a server, and of all that comes back."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.controls.chat.verdict import Block
from bartizan.core.chat import ToolOffer
from bartizan.core.errors import printable
from bartizan.gateway.bodies import encode
from bartizan.gateway.mcp.messages import (
    BAD_PARAMS,
    CALLS,
    HEARD,
    LISTS,
    OFFERED,
    VERSIONS,
    Message,
    Wrong,
    greeting,
)
from bartizan.gateway.mcp.results import judge_offers, judge_texts, offer_of
from bartizan.gateway.mcp.sessions import Listings
from bartizan.gateway.mcp.talking import Line, messages
from bartizan.gateway.upstreams.upstream import Reply, UpstreamFailed

_PAGES = 20
_HTTP = {"stream": "GET", "end": "DELETE"}


class Judging:
    """One message of a client, and what answers it."""

    def __init__(self, watch: Watch, line: Line, listings: Listings, message: Message) -> None:
        self._watch = watch
        self._line = line
        self._listings = listings
        self._message = message
        self._server = line.upstream.name
        self._source = f"mcp:{self._server}"
        self._tool = ""
        self.opened = ""
        """The id of a session that the server opened."""
        self.status = 200

    async def answers(self) -> AsyncIterator[dict[str, Any]]:
        """All that may be passed on, the answer last. Raises Blocked, Wrong, UpstreamFailed."""
        message = self._message
        if message.method in _HTTP:
            async for one in self._stream():
                yield one
            return
        body = {**message.body, **await self._params()}
        if message.kind == "notification":
            self.status = 202 if await self._line.tell(body) < 300 else 400
            return
        reply = await self._line.send("POST", body)
        try:
            self._check_status(reply)
            async for one in messages(reply):
                told = await self._heard(one)
                if told is not None:
                    yield told
                if told is not None and "method" not in told:
                    return
            raise UpstreamFailed("the server's answer broke off")
        finally:
            reply.close()

    def _check_status(self, reply: Reply) -> None:
        if reply.status == 404 and self._line.session:
            raise UpstreamFailed("there is no such session here", status=404)
        if reply.status != 200 and not (400 <= reply.status < 500 and reply.kind == "application/json"):
            raise UpstreamFailed("the server did not answer as the protocol says")
        if self._message.method == "initialize":
            heads = [value for name, value in reply.headers if name.lower() == b"mcp-session-id"]
            self.opened = heads[0].decode("latin-1") if len(heads) == 1 else ""

    async def _stream(self) -> AsyncIterator[dict[str, Any]]:
        """What a server says by itself, or the end of a session. An empty message comes first: the line is open."""
        method = _HTTP[self._message.method]
        reply = await self._line.send(method)
        try:
            if method == "DELETE":
                self._listings.forget(self._server, self._line.session)
            if reply.status >= 300 or method == "DELETE" or reply.kind != "text/event-stream":
                self.status = reply.status if reply.status in {200, 202, 204, 404, 405} else 502
                return
            yield {}
            async for one in messages(reply):
                try:
                    told = await self._heard(one)
                except Blocked:
                    continue  # this one is kept back; it is in the records
                if told is not None and "method" in told:
                    yield told
        finally:
            reply.close()

    async def _params(self) -> dict[str, Any]:
        """The message's params as they may go on. Raises Blocked, Wrong."""
        message = self._message
        if message.method == "initialize":
            return {"params": greeting(message.params)}
        if message.method == "tools/call":
            return {"params": await self._tool_call(message.params)}
        if message.method in LISTS:
            return {"params": _page_of(message.params)} if message.params else {}
        if message.method in CALLS:
            self._tool, names = CALLS[message.method]
            shown = {k: v for k, v in message.params.items() if k != "_meta"}
            schema = {"type": "object", "properties": {name: {} for name in names}}
            self._watch.exchange.segments.append(_offer(ToolOffer(name=self._tool, parameters=schema)))
            await self._judge_offer()
            passed = await self._judge_call(shown)
            return {"params": passed}
        return {}

    async def _tool_call(self, params: dict[str, Any]) -> dict[str, Any]:
        name, arguments = params.get("name"), params.get("arguments")
        if not isinstance(name, str) or not 0 < len(name) <= 256:
            raise Wrong(BAD_PARAMS, "'name' must be the name of a tool", self._message.id)
        if arguments is not None and not isinstance(arguments, dict):
            raise Wrong(BAD_PARAMS, "'arguments' must be an object", self._message.id)
        self._tool = name
        offer = (await self._listing()).get(name)
        if offer is not None:
            self._watch.exchange.segments.append(_offer(offer))
            await self._judge_offer()
        out: dict[str, Any] = {"name": name, "arguments": await self._judge_call(arguments or {})}
        return out | _progress_of(params)

    async def _judge_offer(self) -> None:
        """Whether the tool is one that may be offered now: guards remember it for the call."""
        segments = self._watch.exchange.segments
        if await self._watch.judge(segments[-1], len(segments) - 1) is None:
            segments.pop()

    async def _judge_call(self, arguments: dict[str, Any]) -> dict[str, Any]:
        text = encode(arguments).decode()
        call = Segment(
            part="call", role="assistant", name=self._tool, call=secrets.token_hex(8), text=text, value=arguments,
            place=("params", "arguments"),
        )  # fmt: skip
        passed = await self._watch.called(call)
        if passed is None:
            raise Blocked("gateway", Block(why="this call is not allowed", kind="permission"))
        if passed.text == text:
            return arguments
        changed = msgspec.json.decode(passed.text)
        if not isinstance(changed, dict):
            raise Blocked("gateway", Block(why="a guard made no arguments of them", kind="failure"))
        return changed

    async def _listing(self) -> dict[str, ToolOffer]:
        """What the server offers in this session; asked for where it is not known. Raises UpstreamFailed."""
        known = self._listings.get(self._server, self._line.session)
        if known is not None:
            return known
        cursor: str | None = None
        for page in range(_PAGES):
            asked: dict[str, Any] = {"jsonrpc": "2.0", "id": f"bartizan-{page}", "method": "tools/list"}
            reply = await self._line.send("POST", asked | ({"params": {"cursor": cursor}} if cursor else {}))
            try:
                result = await _result(reply, asked["id"])
            finally:
                reply.close()
            listed = result.get("tools")
            offers = [offer_of(one) for one in (listed if isinstance(listed, list) else [])]
            found: dict[str, ToolOffer] = {}
            for one in offers:
                if one is not None:
                    found.setdefault(one.name, one)
            self._listings.add(self._server, self._line.session, found)
            cursor = result.get("nextCursor") if isinstance(result.get("nextCursor"), str) else None
            if not cursor:
                break
        return self._listings.get(self._server, self._line.session) or {}

    async def _heard(self, one: dict[str, Any]) -> dict[str, Any] | None:
        """A message of the server as it may be passed on; None: not at all. Raises Blocked."""
        if isinstance(one.get("method"), str):
            if "id" in one:
                await self._line.refuse(one)
                return None
            return await self._notified(one)
        id = self._message.id
        if type(one.get("id")) is not type(id) or one.get("id") != id:
            return None
        if isinstance(one.get("error"), dict):
            told = {"jsonrpc": "2.0", "id": id, "error": _error_of(one["error"])}
            await judge_texts(self._watch, told, tool=self._tool, source=self._source, at=("error",))
            return told
        if not isinstance(one.get("result"), dict):
            raise UpstreamFailed("the server's answer is no JSON-RPC message")
        told = {"jsonrpc": "2.0", "id": id, "result": one["result"]}
        await self._judge_result(told)
        return told

    async def _judge_result(self, told: dict[str, Any]) -> None:
        result, method = told["result"], self._message.method
        if method == "initialize":
            told["result"] = result = _greeted(result)
        if method == "tools/list":
            offers = await judge_offers(self._watch, result)
            self._listings.forget(self._server, self._line.session)
            if not self._message.params.get("cursor") and not result.get("nextCursor"):
                self._listings.add(self._server, self._line.session, offers)
            return
        await judge_texts(self._watch, told, tool=self._tool, source=self._source, at=("result",))

    async def _notified(self, one: dict[str, Any]) -> dict[str, Any] | None:
        method, params = one["method"], one.get("params")
        if method not in HEARD or (params is not None and not isinstance(params, dict)):
            return None
        if method == "notifications/tools/list_changed":
            self._listings.forget(self._server, self._line.session)
        told: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        if params:
            told["params"] = params
            await judge_texts(self._watch, told, tool=self._tool, source=self._source, at=("params",))
        return told


def _page_of(params: dict[str, Any]) -> dict[str, Any]:
    """What may be said to a server that is asked for a list: no more, for no guard reads it."""
    cursor = params.get("cursor")
    return ({"cursor": cursor} if isinstance(cursor, str) else {}) | _progress_of(params)


def _progress_of(params: dict[str, Any]) -> dict[str, Any]:
    meta = params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    return {"_meta": {"progressToken": token}} if isinstance(token, str | int) else {}


def _offer(offer: ToolOffer) -> Segment:
    return Segment(part="offer", name=offer.name, text=offer.about, value=offer)


def _error_of(found: dict[str, Any]) -> dict[str, Any]:
    code = found.get("code")
    told: dict[str, Any] = {"code": code if type(code) is int else -32603}
    told["message"] = found["message"][:10_000] if isinstance(found.get("message"), str) else "an error"
    return told | ({"data": found["data"]} if "data" in found else {})


def _greeted(result: dict[str, Any]) -> dict[str, Any]:
    """What a server says of itself at the beginning, without what the gateway does not pass."""
    version, told, info = result.get("protocolVersion"), result.get("capabilities"), result.get("serverInfo")
    if version not in VERSIONS:
        raise UpstreamFailed("the server speaks another revision of the protocol")
    capabilities = {k: v for k, v in told.items() if k in OFFERED} if isinstance(told, dict) else {}
    info = info if isinstance(info, dict) else {}
    shown = {k: printable(v, 100) for k, v in info.items() if k in {"name", "version", "title"} and isinstance(v, str)}
    out = {"protocolVersion": version, "capabilities": capabilities, "serverInfo": shown}
    if isinstance(result.get("instructions"), str):
        out["instructions"] = result["instructions"]
    return out


async def _result(reply: Reply, id: str) -> dict[str, Any]:
    if reply.status == 404:
        raise UpstreamFailed("there is no such session here", status=404)
    if reply.status == 200:
        async for one in messages(reply):
            if one.get("id") == id and isinstance(one.get("result"), dict):
                return dict(one["result"])
    raise UpstreamFailed("the server did not list its tools")

"""JSON-RPC as the Model Context Protocol uses it: which messages pass, and how a refusal is told.

Source: JSON-RPC 2.0; Model Context Protocol 2025-06-18, basic and transports. What is not listed here does not pass.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.gateway.bodies import read
from bartizan.gateway.wire.wire import Malformed

VERSIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
"""Revisions of the protocol that are understood; each keeps what the gateway reads where the others have it."""
MOST_IN_BATCH = 20
LONGEST_ID = 200

ASKS = frozenset({"initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/templates/list"}) | {
    *("resources/read", "resources/subscribe", "resources/unsubscribe", "prompts/list", "prompts/get"),
    *("completion/complete", "logging/setLevel"),
}
"""Requests of clients that go on."""
LISTS = frozenset({"ping", "tools/list", "resources/list", "resources/templates/list", "prompts/list"})
"""Those of them that say nothing but which page is wanted."""
CALLS = {
    "resources/read": ("resources/read", ("uri",)),
    "resources/subscribe": ("resources/read", ("uri",)),
    "resources/unsubscribe": ("resources/read", ("uri",)),
    "prompts/get": ("prompts/get", ("name", "arguments")),
    "completion/complete": ("completion/complete", ("ref", "argument", "context")),
}
"""Requests that are judged as calls of a tool of this name with these arguments, so that the tool policy must list
them."""
TELLS = frozenset({"notifications/initialized", "notifications/cancelled", "notifications/progress"})
"""Notifications of clients that go on."""
HEARD = frozenset(
    f"notifications/{one}"
    for one in ("progress", "message", "cancelled", "tools/list_changed", "resources/list_changed")
) | {"notifications/resources/updated", "notifications/prompts/list_changed"}
"""Notifications of servers that go on."""
OFFERED = frozenset({"tools", "resources", "prompts", "completions", "logging"})
"""Capabilities of servers that clients are told of."""

PARSE, INVALID, NO_METHOD, BAD_PARAMS, REFUSED, UPSTREAM, VERSION = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32001,
    -32002,
    -32022,
)
Kind: TypeAlias = Literal["request", "notification", "response"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a client."""

    kind: Kind
    id: str | int | None = None
    method: str = ""
    params: dict[str, Any] = {}

    @property
    def body(self) -> dict[str, Any]:
        """As it goes on: nothing but what was read."""
        out: dict[str, Any] = {"jsonrpc": "2.0"}
        if self.id is not None:
            out["id"] = self.id
        return {**out, "method": self.method, **({"params": self.params} if self.params else {})}


class Wrong(Exception):
    """A message that cannot be served, with the JSON-RPC code that says why, and the id that it had."""

    def __init__(self, code: int, text: str, id: str | int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.id = id


def messages_of(raw: bytes, version: str) -> tuple[list[dict[str, Any]], bool]:
    """(the messages of a body, whether they came as a batch). Raises Wrong."""
    try:
        found = read(raw)
    except Malformed as error:
        raise Wrong(PARSE, str(error)) from None
    if not isinstance(found, list):
        found = [found]
        is_batch = False
    elif version not in {"", "2025-03-26"}:
        raise Wrong(INVALID, f"revision {version} has no batches")
    else:
        is_batch = True
    if not 0 < len(found) <= MOST_IN_BATCH or not all(isinstance(one, dict) for one in found):
        raise Wrong(INVALID, f"a batch holds one to {MOST_IN_BATCH} objects")
    return found, is_batch


def message_of(found: dict[str, Any]) -> Message:
    """One message, read strictly. Raises Wrong."""
    id, method, params = found.get("id"), found.get("method"), found.get("params")
    known = id if isinstance(id, int) or (isinstance(id, str) and len(id) <= LONGEST_ID) else None
    if found.get("jsonrpc") != "2.0" or isinstance(id, bool) or (id is not None and known is None):
        raise Wrong(INVALID, "this is no JSON-RPC 2.0 message")
    if "method" not in found and ("result" in found or "error" in found) and known is not None:
        return Message(kind="response", id=known)
    if not isinstance(method, str) or set(found) - {"jsonrpc", "id", "method", "params"}:
        raise Wrong(INVALID, "this is no JSON-RPC 2.0 message", known)
    if params is not None and not isinstance(params, dict):
        raise Wrong(BAD_PARAMS, "'params' must be an object", known)
    if "id" in found and known is None:
        raise Wrong(INVALID, "an id is a text or a whole number")
    if method not in (TELLS if known is None else ASKS):
        raise Wrong(NO_METHOD, "the gateway does not pass this method", known)
    return Message(kind="notification" if known is None else "request", id=known, method=method, params=params or {})


def greeting(params: dict[str, Any]) -> dict[str, Any]:
    """What a client says of itself at the beginning, as it goes on: without abilities by which a server could ask it
    for the model's answers (sampling), the user's (elicitation) or its files (roots). Raises Wrong.
    """
    version, info = params.get("protocolVersion"), params.get("clientInfo")
    if not isinstance(version, str) or not isinstance(info, dict):
        raise Wrong(BAD_PARAMS, "'initialize' needs 'protocolVersion' and 'clientInfo'")
    version = version if version in VERSIONS else VERSIONS[-1]
    return {"protocolVersion": version, "capabilities": {}, "clientInfo": info}


def error(id: str | int | None, code: int, text: str, kind: str = "") -> dict[str, Any]:
    """An error as JSON-RPC tells it; ``data.kind`` is the kind of the block where a guard refused."""
    told: dict[str, Any] = {"code": code, "message": text}
    if kind:
        told["data"] = {"kind": kind}
    return {"jsonrpc": "2.0", "id": id, "error": told}

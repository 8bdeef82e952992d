"""Short ways to ask the access guard."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Segment
from bartizan.controls.chat.model_access_control import ModelAccessControl, NewKey
from bartizan.controls.chat.pipeline import Blocked, Pipeline
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import Block

NOW = 1_800_000_000.0
PROMPT = (Segment(part="request"), Segment(part="prompt", text="hi"))


def bench(secret: bytes = b"s" * 32, now: float = NOW) -> Bench:
    """A bench whose clock stands still."""
    return Bench(secret=secret, clock=lambda: now)


def key_file(path: Path, *keys: NewKey, certificates: tuple[dict[str, Any], ...] = (), **more: Any) -> str:
    """A file with these keys; ``more``: fields of each entry. JSON is YAML."""
    entries = [
        {"caller": one.entry.caller, "id": one.entry.id, "sha256": one.entry.sha256, "tenant": one.entry.tenant}
        | {"kind": one.entry.kind}
        | ({"models": list(one.entry.models)} if one.entry.models is not None else {})
        | ({"expires": one.entry.expires} if one.entry.expires else {})
        | more
        for one in keys
    ]
    path.write_text(json.dumps({"keys": entries, "certificates": list(certificates)}))
    return str(path)


async def let_in(
    guard: ModelAccessControl, headers: dict[str, str] | None = None, *, at: Bench | None = None, **more: Any
) -> Caller | Block:
    """Who it is, or why not."""
    given: dict[str, Any] = {"id": "x", "model": "m", "peer": "192.0.2.7", "segments": list(PROMPT)} | more
    asked = Exchange(headers=headers or {}, **given)
    watch = Pipeline([Post(guard=guard)], at or bench()).watch(asked)
    try:
        await watch.identify()
    except Blocked as blocked:
        return blocked.block
    return asked.caller


def asked(guard: ModelAccessControl, headers: dict[str, str] | None = None, **more: Any) -> Caller | Block:
    """The same, from outside a loop."""
    return asyncio.run(let_in(guard, headers, **more))


def bearer(secret: str) -> dict[str, str]:
    """The header that most clients send."""
    return {"authorization": f"Bearer {secret}"}


def rule(seen: Caller | Block) -> str:
    """The rule of a block; a caller fails."""
    assert isinstance(seen, Block), f"let in: {seen}"
    return seen.findings[0].rule if seen.findings else seen.kind

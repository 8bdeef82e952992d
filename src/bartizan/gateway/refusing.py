"""How a request is refused before any guard has seen it, and what each kind of block is in HTTP."""

from __future__ import annotations

from typing import Literal, TypeAlias

from bartizan.controls.chat.verdict import BlockKind

Kind: TypeAlias = BlockKind | Literal["upstream", "not_found"]
STATUS: dict[BlockKind, int] = {
    "credentials": 401,
    "permission": 403,
    "rate": 429,
    "budget": 429,
    "size": 413,
    "malformed": 400,
    "content": 403,
    "approval": 403,
    "stopped": 503,
    "failure": 503,
}


class Unfit(Exception):
    """A request that is refused for its form: its text is for the client. The connection is closed."""

    def __init__(self, status: int, kind: Kind, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.kind: Kind = kind
        self.retry_after = retry_after


class Gone(Exception):
    """The client has hung up."""

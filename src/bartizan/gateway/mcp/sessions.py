"""Sessions: an id is bound to who opened it, and the tools that a server offers in it are known.

A client holds the server's id with a proof behind it (HMAC-SHA-256 over the id, the server and the caller), so an id
that leaks is of no use to anybody else, and no worker has to remember it. Source: Model Context Protocol, security best
practices, session hijacking.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller
from bartizan.core.chat import ToolOffer

_ID = re.compile(r"[!-~]{1,512}")
MOST_LISTINGS = 500
MOST_TOOLS = 1_000


def bound(id: str, server: str, caller: Caller, bench: Bench) -> str | None:
    """A server's session id as its client gets it; None where it is none."""
    return f"{id}.{_proof(id, server, caller, bench)}" if _ID.fullmatch(id) else None


def unbound(given: str, server: str, caller: Caller, bench: Bench) -> str | None:
    """The server's own id; None where it was not given to this caller by us."""
    id, dot, proof = given.rpartition(".")
    if not dot or not _ID.fullmatch(id) or not proof.isascii():
        return None
    return id if hmac.compare_digest(proof, _proof(id, server, caller, bench)) else None


def _proof(id: str, server: str, caller: Caller, bench: Bench) -> str:
    who = msgspec.json.encode([id, server, caller.tenant, caller.id, caller.on_behalf])
    return hmac.new(bench.key("mcp session"), who, hashlib.sha256).hexdigest()[:40]


class Listings:
    """What servers offer, by server and session; the listing that was longest unused is forgotten first."""

    def __init__(self, most: int = MOST_LISTINGS) -> None:
        self._kept: OrderedDict[tuple[str, str], dict[str, ToolOffer]] = OrderedDict()
        self._most = most

    def get(self, server: str, session: str) -> dict[str, ToolOffer] | None:
        """The tools by name; None where they are not known."""
        found = self._kept.get((server, session))
        if found is not None:
            self._kept.move_to_end((server, session))
        return found

    def add(self, server: str, session: str, offers: dict[str, ToolOffer]) -> None:
        """A page of a listing. A name that is known already gets what is said now."""
        known = self._kept.setdefault((server, session), {})
        known.update(offers)
        for name in list(known)[MOST_TOOLS:]:
            del known[name]
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self, server: str, session: str) -> None:
        """The server says that its tools have changed, or the session is over."""
        self._kept.pop((server, session), None)

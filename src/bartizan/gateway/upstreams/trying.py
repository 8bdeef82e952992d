"""Asking again while nothing has been answered."""

from __future__ import annotations

import asyncio
import random

from bartizan.gateway.upstreams.reply import Reply, Sent, UpstreamFailed
from bartizan.gateway.upstreams.upstream import Upstream

RETRIED = frozenset({429, 502, 503, 529})
"""Answers that say: not now."""
LONGEST_WAIT = 5.0
"""Seconds that are waited between two tries, at most; an upstream that asks for more is not asked again."""
_FIRST_WAIT = 0.2


async def tried(upstream: Upstream, sent: Sent) -> Reply:
    """What an upstream answers, of as many tries as its settings allow. Raises UpstreamFailed.

    It is asked again when no connection could be had, when one ended before anything was answered, and when the answer
    was 429, 502, 503 or 529. Between tries it waits as long as Retry-After says, else .2 s, .4 s and so on, up to 50 %
    longer by chance. A request that ran out of time is not repeated: it may be at work still.
    """
    for attempt in range(max(1, upstream.spec.tries)):
        is_last = attempt + 1 >= upstream.spec.tries
        wait: float | None = _FIRST_WAIT * 2**attempt * random.uniform(1.0, 1.5)  # noqa: S311  it spreads tries, no more
        try:
            reply = await upstream.send(sent)
        except UpstreamFailed as error:
            if is_last or error.answered or error.status != 502:
                raise
        else:
            if reply.status not in RETRIED or is_last:
                return reply
            wait = _asked_for(reply, wait)
            if wait is None:
                return reply
            reply.close()
        await asyncio.sleep(min(wait or 0.0, LONGEST_WAIT))
    raise UpstreamFailed("the upstream did not answer")


def retry_after(reply: Reply) -> float | None:
    """Seconds that an answer's Retry-After names; None for none, or one that is no number."""
    found = next((value for name, value in reply.headers if name == b"retry-after"), b"")
    return float(found) if found.isdigit() and len(found) < 8 else None


def _asked_for(reply: Reply, otherwise: float | None) -> float | None:
    """How long to wait; None: too long."""
    named = any(name == b"retry-after" for name, _ in reply.headers)
    seconds = retry_after(reply) if named else otherwise
    return None if seconds is None or seconds > LONGEST_WAIT else seconds

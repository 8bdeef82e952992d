"""What a register need not keep: sessions and links that ended, failed logins, answers to repeated writes, old work.

None of it is vouched for by the chain, which told when each began.
"""

from __future__ import annotations

from sqlalchemy import delete

from bartizan.core.moments import later
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.replays import LASTS_S

_DAY_S = 86_400
_WORK_S = 90 * _DAY_S
"""How long work that is over can be looked at."""


def forget(change: Change) -> int:
    """Remove what has ended; gives how many rows that were."""
    over = t.jobs.c.state.in_(("done", "failed", "stopped"))
    old = (
        delete(t.sessions).where(t.sessions.c.expires_at <= change.at),
        delete(t.links).where(t.links.c.expires_at <= change.at),
        delete(t.attempts).where(
            t.attempts.c.last_at < later(change.at, -_DAY_S), t.attempts.c.blocked_until <= change.at
        ),
        delete(t.replays).where(t.replays.c.at < later(change.at, -LASTS_S)),
        delete(t.jobs).where(over, t.jobs.c.finished_at < later(change.at, -_WORK_S)),
    )
    return sum(int(change.connection.execute(one).rowcount) for one in old)

"""What has ended goes, and nothing else does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, insert, select

from bartizan.register import tables as t
from bartizan.register.forgetting import forget
from bartizan.register.opening import Register
from bartizan.register.people import add
from tests.register.databases import Clock

_PAST, _FUTURE, _LONG_AGO = "2026-11-20T09:00:00Z", "2026-11-25T09:00:00Z", "2026-08-01T09:00:00Z"
_ROWS: tuple[tuple[Table, dict[str, Any], dict[str, Any]], ...] = (
    (t.sessions, {"digest": "a", "user": "anna", "expires_at": _PAST}, {"digest": "b", "expires_at": _FUTURE}),
    (t.links, {"digest": "a", "purpose": "invite", "expires_at": _PAST}, {"digest": "b", "expires_at": _FUTURE}),
    (t.attempts, {"key": "a", "last_at": _PAST}, {"key": "b", "last_at": _PAST, "blocked_until": _FUTURE}),
    (t.replays, {"key": "a", "at": _PAST}, {"key": "b", "at": "2026-11-22T08:59:59Z"}),
    (t.jobs, {"id": "a", "state": "done", "finished_at": _LONG_AGO}, {"id": "b", "finished_at": _PAST}),
)


def test_what_has_ended_goes_and_the_rest_stays(register: Register, clock: Clock) -> None:
    with register.change("root") as change:
        add(change, "anna")
        for table, old, new in _ROWS:
            change.connection.execute(insert(table).values(**old))
            change.connection.execute(insert(table).values(**{**old, **new}))
        change.connection.execute(insert(t.jobs).values(id="c", state="waiting", created_at=_LONG_AGO))
    with register.change("bartizan") as change:
        assert forget(change) == len(_ROWS)
        assert forget(change) == 0
        for table, _, new in _ROWS:
            key = next(iter(table.primary_key))
            kept = change.connection.execute(select(key).where(key != "c")).scalars().all()
            assert kept == [new[key.name]], table.name
        assert change.connection.execute(select(func.count()).select_from(t.jobs)).scalar() == 2

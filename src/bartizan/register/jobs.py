"""Long work: what it is to do, how far it is, and what came of it. It goes on where it stopped after a restart."""

from __future__ import annotations

import secrets
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, insert, select, update

from bartizan.core.errors import Conflict, NotFound
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import can_be_kept, every, first

JobState: TypeAlias = Literal["waiting", "running", "done", "failed", "stopped"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of long work."""

    id: str
    kind: str
    arguments: str
    """What it was asked to do, as JSON."""
    state: JobState
    done: int
    total: int
    message: str
    result: str
    """What came of it, as JSON; while it runs, what it needs to go on."""
    by: str
    created_at: str
    started_at: str
    finished_at: str

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {"done", "failed", "stopped"}


def add(change: Change, kind: str, arguments: dict[str, Any]) -> Job:
    """Ask for work."""
    made = secrets.token_hex(8)
    values = {"id": made, "kind": kind, "arguments": msgspec.json.encode(arguments, order="sorted").decode()}
    change.connection.execute(insert(t.jobs).values(**values, by=change.actor, created_at=change.at))
    change.record("job.ask", "", f"jobs/{made}", note=kind)
    return job(change.connection, made)


def take(change: Change) -> Job | None:
    """The oldest work that waits, now running; None where none does."""
    found = first(
        change.connection,
        select(t.jobs).where(t.jobs.c.state == "waiting").order_by(t.jobs.c.created_at, t.jobs.c.id),
        Job,
    )
    if found is None:
        return None
    return _write(change, found.id, {"state": "running", "started_at": change.at})


def advance(change: Change, name: str, done: int, total: int, message: str, result: str = "") -> Job:
    """Tell how far it is. Raises Conflict where somebody stopped it."""
    if job(change.connection, name).state != "running":
        raise Conflict("this work was stopped")
    return _write(change, name, {"done": done, "total": total, "message": message, "result": result})


def end(change: Change, name: str, state: JobState, message: str, result: str = "") -> Job:
    """It is over: done, failed or stopped."""
    values = {"state": state, "message": message, "finished_at": change.at}
    return _write(change, name, values | ({"result": result} if result else {}))


def stop(change: Change, name: str) -> Job:
    """Stop work that waits or runs. Raises NotFound, Conflict where it is over."""
    if job(change.connection, name).is_over:
        raise Conflict("this work is over already")
    return end(change, name, "stopped", f"stopped by {change.actor}")


def wake(change: Change) -> int:
    """After a restart: work that was running waits again; gives how much."""
    done = change.connection.execute(update(t.jobs).where(t.jobs.c.state == "running").values(state="waiting"))
    return int(done.rowcount)


def job(connection: Connection, name: str) -> Job:
    """Work by its id. Raises NotFound."""
    found = first(connection, select(t.jobs).where(t.jobs.c.id == name), Job) if can_be_kept(name) else None
    if found is None:
        raise NotFound(f"there is no job '{name:.60}'")
    return found


def jobs(connection: Connection, most: int = 50) -> tuple[Job, ...]:
    """The newest work."""
    return every(connection, select(t.jobs).order_by(t.jobs.c.created_at.desc(), t.jobs.c.id).limit(most), Job)


def _write(change: Change, name: str, values: dict[str, Any]) -> Job:
    change.connection.execute(update(t.jobs).where(t.jobs.c.id == name).values(**values))
    return job(change.connection, name)

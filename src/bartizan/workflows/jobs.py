"""Long work in the background: asked for by a person, done by one worker, told how far it is, resumed after a restart.

A kind of work is a function that goes through its steps and says after each how far it is; what it says it needs to go
on comes back to it when it is resumed. To add one: write the function, and a line in `KINDS`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from bartizan.core.errors import BartizanError, Conflict, InputError, Problem
from bartizan.core.terms import Edition
from bartizan.register import jobs, systems
from bartizan.register.jobs import Job
from bartizan.register.turns import Turn
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import refresh
from bartizan.workflows.upgrade import upgrade

_log = logging.getLogger(__name__)


class Progress:
    """How a piece of work tells how far it is, and learns that it shall stop."""

    def __init__(self, desk: Desk, job: Job) -> None:
        self._desk = desk
        self.job = job

    @property
    def left_off(self) -> Any:
        """What the work said that it needs to go on, when it was interrupted; None where it starts afresh."""
        return msgspec.json.decode(self.job.result) if self.job.result else None

    def tell(self, done: int, total: int, message: str, needs: object = None) -> None:
        """Say how far it is, and keep what it needs to go on from here. Raises Conflict where it shall stop."""
        text = "" if needs is None else msgspec.json.encode(needs).decode()
        with self._desk.register.change(self.job.by) as change:
            jobs.advance(change, self.job.id, done, total, message, text)


Work: TypeAlias = Callable[[Desk, Mapping[str, Any], Progress], object]
"""What came of it, as plain data."""


def _refresh_all(desk: Desk, arguments: Mapping[str, Any], progress: Progress) -> object:
    """Assess every system anew as of today: acceptances lapse, evidence goes stale."""
    with desk.register.read() as connection:
        names = [one.id for one in systems.systems(connection) if one.version]
    state = progress.left_off or {"after": "", "failed": {}}
    for number, name in enumerate(names, start=1):
        if name <= state["after"]:
            continue
        try:
            refresh(desk, name, by=progress.job.by)
        except BartizanError as error:
            state["failed"][name] = str(error)
        state["after"] = name
        progress.tell(number, len(names), name, state)
    return {"systems": len(names), "failed": state["failed"]}


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """What working out another edition is asked with."""

    edition: Edition
    only: list[str] | None = None
    """The systems that who asks may see; None for all."""


def _upgrade_all(desk: Desk, arguments: Mapping[str, Any], progress: Progress) -> object:
    """What another edition would change, system by system; those for which it changes nothing are only counted."""
    asked = msgspec.convert(arguments, Arguments)
    only = None if asked.only is None else frozenset(asked.only)
    with desk.register.read() as connection:
        names = [one.id for one in systems.systems(connection) if one.version and (only is None or one.id in only)]
    state = progress.left_off or {"after": "", "done": 0, "found": []}
    for one in upgrade(desk, asked.edition, after=state["after"], only=only):
        state["after"], state["done"] = one.system, state["done"] + 1
        if not one.nothing or one.above_before != one.above_after or one.lapsing:
            state["found"].append(msgspec.to_builtins(msgspec.structs.replace(one, changes=one.changes[:_NAMED])))
        if state["done"] % _EVERY == 1 or state["done"] >= len(names):
            progress.tell(min(state["done"], len(names)), len(names), one.system, state)
    return {"edition": asked.edition, "systems": state["done"], "found": state["found"]}


_NAMED = 5
"""Risks that are named for one system."""
_EVERY = 10
"""After so many systems it is kept how far it is."""

KINDS: Mapping[str, Work] = {"refresh": _refresh_all, "upgrade": _upgrade_all}
"""Kind of work to what does it."""


def newest(desk: Desk, by: str = "") -> tuple[Job, ...]:
    """The newest work, of one person where they are named."""
    with desk.register.read() as connection:
        return tuple(job for job in jobs.jobs(connection, 200) if by in {"", job.by})


def find(desk: Desk, name: str) -> Job:
    """Work by its id. Raises NotFound."""
    with desk.register.read() as connection:
        return jobs.job(connection, name)


def stop(desk: Desk, name: str, *, by: str) -> Job:
    """Stop work that waits or runs; what it did stays done. Raises NotFound, Conflict where it is over."""
    with desk.register.change(by) as change:
        return jobs.stop(change, name)


def ask(desk: Desk, kind: str, arguments: Mapping[str, Any] | None = None, *, by: str) -> Job:
    """Ask for work; a worker takes it up. Raises InputError for a kind that is none."""
    if kind not in KINDS:
        fix = f"one of: {', '.join(sorted(KINDS))}"
        raise InputError([Problem(file="kind", finding=f"there is no work of the kind '{kind:.60}'", fix=fix)])
    with desk.register.change(by) as change:
        return jobs.add(change, kind, dict(arguments or {}))


class Worker:
    """Does the work that waits, one piece at a time, in a thread of its own."""

    def __init__(self, desk: Desk, *, pause: float = 1.0) -> None:
        self._desk = desk
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bartizan-worker", daemon=True)

    def start(self) -> None:
        """Take up what was running when the server stopped, then whatever waits.

        Where several servers run on one register, one of them works; another takes over when it ends.
        """
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand and stop; what is left goes on at the next start."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        with Turn(self._desk.register, "worker") as turn:
            had = False
            while not self._stop.is_set():
                try:
                    has = turn.take()
                    if has and not had:
                        self._wake()
                    had = has
                    busy = has and self.work_once()
                except Exception:  # the worker must outlive whatever one piece of work does
                    _log.exception("a piece of work could not be taken up")
                    busy = False
                if not busy:
                    self._stop.wait(self._pause)

    def _wake(self) -> None:
        """What was running with nobody left to do it waits again."""
        with self._desk.register.change("worker") as change:
            jobs.wake(change)

    def work_once(self) -> bool:
        """Do one piece of work, if any waits. Whether there was one."""
        with self._desk.register.read() as connection:
            if not any(job.state == "waiting" for job in jobs.jobs(connection)):
                return False
        with self._desk.register.change("worker") as change:
            job = jobs.take(change)
        if job is not None:
            self._do(job)
        return job is not None

    def _do(self, job: Job) -> None:
        try:
            result = KINDS[job.kind](
                self._desk, msgspec.json.decode(job.arguments), _Stopping(self._desk, job, self._stop)
            )
        except _Interrupted:
            return
        except Conflict:  # somebody stopped it; it says so itself
            return
        except Exception as error:
            _log.exception("job %s of kind %s failed", job.id, job.kind)
            why = str(error) if isinstance(error, BartizanError) else "it failed by a defect of the program"
            with self._desk.register.change(job.by) as change:
                jobs.end(change, job.id, "failed", why)
            return
        with self._desk.register.change(job.by) as change:
            jobs.end(change, job.id, "done", "done", msgspec.json.encode(result).decode())


class _Interrupted(Exception):
    """The server stops; the work goes on at the next start."""


class _Stopping(Progress):
    def __init__(self, desk: Desk, job: Job, stop: threading.Event) -> None:
        super().__init__(desk, job)
        self._stop = stop

    def tell(self, done: int, total: int, message: str, needs: object = None) -> None:
        super().tell(done, total, message, needs)
        if self._stop.is_set():
            raise _Interrupted

"""What happens by itself while a server runs: people are told, each day everything is assessed anew, what ended goes.

Each kind is asked for at every turn of the clock and says itself whether there is anything to do, by what the register
holds; nothing is remembered here that a restart would lose. Where several servers run on one register, one of them has
the turn. What fails is logged, by its kind and place and never by its text, and keeps nothing else from happening.

To add a kind: write the function, and a line in `KINDS`.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.errors import BartizanError
from bartizan.core.moments import between
from bartizan.register import jobs, systems
from bartizan.register.forgetting import forget
from bartizan.register.turns import Turn
from bartizan.workflows import delivery
from bartizan.workflows.channels import mail_settings, webhook_settings
from bartizan.workflows.desk import Desk
from bartizan.workflows.notices import tell

_log = logging.getLogger(__name__)
_BY = "bartizan"
_PATIENCE = 20
"""A kind that takes long is not asked for again for so many times as long: it shall not fill the day."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens by itself."""

    name: str
    every_s: int
    do: Callable[[Desk], str]
    """What it says is logged where it differs from what it said before; empty for nothing."""


def _messages(desk: Desk) -> str:
    """Tell what is new, where there is a way to tell it, and send what waits."""
    with desk.register.read() as connection:
        if mail_settings(connection) is None and webhook_settings(connection) is None:
            return ""
    tell(desk)
    done = delivery.deliver(desk)
    return f"{done.failed} not sent: {'; '.join(done.errors)}" if done.failed else ""


def _assess_anew(desk: Desk) -> str:
    """Ask for everything to be assessed anew, once a day: acceptances lapse on their day, evidence goes stale.

    The work is a job, which goes on after a restart. Who asked for it by hand today, or stopped it, has done enough.
    """
    with desk.register.read() as connection:
        if not _is_wanted(jobs.jobs(connection, 500), desk.today) or not systems.systems(connection):
            return ""
    with desk.register.change(_BY) as change:  # looked at again: only one may ask
        if _is_wanted(jobs.jobs(change.connection, 500), change.day):
            jobs.add(change, "refresh", {})
    return ""


def _is_wanted(known: tuple[jobs.Job, ...], today: str) -> bool:
    return not any(job.kind == "refresh" and (job.created_at[:10] >= today or not job.is_over) for job in known)


def _forget(desk: Desk) -> str:
    """Remove sessions, links and the like that ended."""
    with desk.register.change(_BY) as change:
        forget(change)
    return ""


KINDS: tuple[Kind, ...] = (
    Kind(name="messages", every_s=60, do=_messages),
    Kind(name="assess anew", every_s=300, do=_assess_anew),
    Kind(name="forget", every_s=3600, do=_forget),
)


class Clockwork:
    """Lets each kind happen in its time, in a thread of its own. The time is that of the register's clock."""

    def __init__(self, desk: Desk, kinds: tuple[Kind, ...] = KINDS, *, pause: float = 5.0) -> None:
        self._desk = desk
        self._kinds = kinds
        self._pause = pause
        self._again: dict[str, str] = {}
        self._after: dict[str, float] = {}
        self._said: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bartizan-clockwork", daemon=True)

    def start(self) -> None:
        """Begin; each kind happens at once for the first time."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        with Turn(self._desk.register, "clockwork") as turn:
            while not self._stop.is_set():
                if turn.take():
                    self.tick()
                self._stop.wait(self._pause)

    def tick(self) -> tuple[str, ...]:
        """Let happen what is due by the register's clock; gives the names of what was."""
        due = []
        for kind in self._kinds:
            now = self._desk.register.now()
            last = self._again.get(kind.name, "")
            # A clock that was put back does not stop anything: what is in the future is as good as never.
            if last and 0 <= between(last, now) < self._after[kind.name]:
                continue
            due.append(kind.name)
            self._say(kind.name, self._happen(kind))
            self._again[kind.name] = self._desk.register.now()
            took = between(now, self._again[kind.name])
            self._after[kind.name] = max(float(kind.every_s), took * _PATIENCE)
            if self._stop.is_set():
                break
        return tuple(due)

    def _happen(self, kind: Kind) -> str:
        try:
            return kind.do(self._desk)
        except BartizanError as error:
            return str(error)
        except Exception as error:  # a defect in one kind must not stop the others
            return _where(error)

    def _say(self, name: str, said: str) -> None:
        """Log what is new; a mail server that is away all night is one line."""
        if said and said != self._said.get(name):
            _log.warning("by itself, %s: %s", name, said)
        self._said[name] = said


def _where(error: Exception) -> str:
    """The kind of a defect and its place; its text could hold what no log may."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"

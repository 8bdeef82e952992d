"""What the operations of the admin API do."""

from __future__ import annotations

import asyncio
import importlib.metadata
import unicodedata
from pathlib import Path
from typing import Any

import msgspec

from bartizan.controls.chat.state import StateLost, key
from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.gateway.admin import values
from bartizan.gateway.admin.counting import Counting
from bartizan.gateway.admin.newest import newest
from bartizan.gateway.admin.workers import Running, Workers
from bartizan.gateway.approvals_store import Answer, Ending, Open
from bartizan.gateway.events.event import NoticeOf
from bartizan.gateway.events.reading import Wanted
from bartizan.gateway.metrics import CONTENT_TYPE
from bartizan.gateway.opening import Shared
from bartizan.gateway.switches import Switchboard, Turned

_PROBE = key("admin", "probe")


class Failing(BartizanError):
    """It cannot be done now, through no fault of who asks."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, read: the parts of its path, its query, its body."""

    path: dict[str, str] = {}
    query: Any = None
    body: Any = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is more than a value."""

    status: int = 200
    value: Any = None
    raw: bytes = b""
    kind: str = "application/json"


class Acts:
    """The operations of one worker's admin API."""

    def __init__(self, worker: Running, shared: Shared, workers: Workers, counting: Counting) -> None:
        self.worker, self.shared, self.workers, self.counting = worker, shared, workers, counting
        self.switchboard = Switchboard(shared.bench, on_turn=self._turned)
        shared.desk.on_answer = self._answered
        folder = worker.settings.events.folder
        self._root = Path(folder) if folder else None

    async def healthz(self, call: Call) -> values.Alive:
        """The process answers."""
        return values.Alive()

    async def readyz(self, call: Call) -> Given:
        """Whether all is well: 503 where something is not."""
        checks = {
            "events": self.shared.monitoring.ledger.is_well(),
            "state": await self._has_state(),
            "settings": not self.worker.refused,
        }
        ready = all(checks.values())
        return Given(status=200 if ready else 503, value=values.Ready(ready=ready, checks=checks))

    async def _has_state(self) -> bool:
        try:
            await self.shared.state.get(_PROBE, now=self._now())
        except StateLost:
            return False
        return True

    async def metrics(self, call: Call) -> Given:
        """Prometheus' text format."""
        raw = await asyncio.to_thread(self.shared.monitoring.metrics.exposition)
        return Given(raw=raw, kind=CONTENT_TYPE)

    async def status(self, call: Call) -> values.Status:
        """How the gateway does."""
        self.shared.monitoring.ledger.is_well()
        own = self.workers.own()
        workers: tuple[values.WorkerState, ...] = (own,)
        reasons: list[str] = []
        waiting = stopped = 0
        try:
            workers = await self.workers.all() or (own,)
            waiting = len(await self.shared.desk.open_questions())
            stopped = len(await self.switchboard.all())
        except StateLost as error:
            reasons.append(f"the shared state: {error}")
        for one in workers:
            reasons += [f"worker {one.name} cannot write events: {one.failure}"] if one.failure else []
            reasons += [f"worker {one.name} refused the newest settings: {one.refused}"] if one.refused else []
        return values.Status(
            version=importlib.metadata.version("bartizan"),
            settings=own.settings,
            loads=own.loads,
            refused=own.refused,
            uptime_seconds=max(0.0, own.at - own.began),
            ready=not reasons,
            reasons=tuple(reasons),
            workers=workers,
            waiting=waiting,
            stopped=stopped,
            at=own.at,
        )

    async def questions(self, call: Call) -> values.Questions:
        """What waits for an answer."""
        return values.Questions(at=self._now(), open=await self.shared.desk.open_questions())

    async def history(self, call: Call) -> values.Over:
        """What was asked and is over."""
        return values.Over(at=self._now(), over=await self.shared.desk.history())

    async def answer(self, call: Call) -> values.Answered:
        """A person's yes or no."""
        id, body = call.path["id"], call.body
        by = person(body.by)
        ending = await self.shared.desk.answer(id, by, body.granted, body.why)
        left = [one for one in await self.shared.desk.open_questions() if one.id == id]
        missing = left[0].people - len(left[0].answers) if left and ending is None else 0
        return values.Answered(id=id, ending=ending, missing=max(0, missing))

    async def switches(self, call: Call) -> values.Switches:
        """What is stopped."""
        return values.Switches(at=self._now(), switches=await self.switchboard.all())

    async def stop(self, call: Call) -> Given:
        """Set a kill switch."""
        body = call.body
        made = await self.switchboard.set(body.scope, body.name, by=person(body.by), why=body.why, seconds=body.seconds)
        return Given(status=201, value=made)

    async def clear(self, call: Call) -> values.Cleared:
        """Clear a kill switch."""
        query = call.query
        await self.switchboard.clear(query.scope, query.name, by=person(query.by), why=query.why)
        return values.Cleared(scope=query.scope, name=query.name)

    async def events(self, call: Call) -> values.Events:
        """Events, the newest first."""
        query = call.query
        wanted = Wanted(
            since=query.since,
            until=query.until,
            id=query.id,
            caller=query.caller,
            tenant=query.tenant,
            session=query.session,
            ending=query.ending or None,
            guard=query.guard,
            outcome=query.outcome,
        )
        if self._root is None:
            found = [one for one in list(self.counting.newest) if wanted.takes(one)]
            return values.Events(events=tuple(found[: query.limit]), next="")
        events, after = await asyncio.to_thread(newest, self._root, wanted, most=query.limit, page=query.page)
        return values.Events(events=events, next=after)

    async def counts(self, call: Call) -> values.Counts:
        """The last hour."""
        return await asyncio.to_thread(self.counting.look)

    async def alerts(self, call: Call) -> values.AlertStates:
        """Which alerts fire: those of any worker, since one counts for all."""
        firing = {name for one in await self.workers.all() for name in one.firing}
        rules = self.worker.settings.alerts.rules
        return values.AlertStates(
            alerts=tuple(
                values.AlertState(
                    name=one.name, of=one.of, above=one.above, within=one.within, firing=one.name in firing
                )
                for one in rules
            )
        )

    async def reload(self, call: Call) -> values.Reloaded:
        """Take over the file as it is now, in all workers."""
        taken = await self.workers.reload()
        return values.Reloaded(taken=taken, refused=self.worker.refused)

    def _now(self) -> float:
        return self.shared.bench.clock()

    async def _answered(self, question: Open, answer: Answer | None, ending: Ending | None) -> None:
        """Each answer is in the ledger before it has an effect. What ended by itself its own exchange's event tells."""
        if answer is None:
            return
        said = "granted" if answer.granted else "refused"
        people = "" if ending is not None else " (more people must)"
        why = f": {answer.why}" if answer.why else ""
        what = f"{answer.by} {said}{people} question {question.id}, {question.title}, asked by {question.asked_by}{why}"
        await self._note("answered", what)

    async def _turned(self, turned: Turned) -> None:
        switch = turned.switch
        did = "stopped" if turned.is_set else "let go on"
        await self._note("switched", f"{turned.by} {did} {switch.scope} {switch.name}: {turned.why}")

    async def _note(self, of: NoticeOf, what: str) -> None:
        try:
            await self.shared.monitoring.ledger.note(of, what)
        except OSError:
            raise Failing("this cannot be written down at the moment, so it was not done") from None


def person(name: str) -> str:
    """A person's name as it counts: so that nobody is two people by letters that nobody sees. Raises InputError."""
    if name != unicodedata.normalize("NFKC", name) or not name.isprintable() or " ".join(name.split()) != name:
        finding = "a name is plain letters, without invisible ones or spaces around it"
        raise InputError([Problem(file="by", finding=finding)])
    return name

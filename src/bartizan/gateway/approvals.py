"""Where people are asked before something happens: a bounded queue that all workers share.

Whoever waits is told by the state, so any worker's admin API may answer. No answer in time is a no, and so is a state
that does not answer. A client that hangs up withdraws its question.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable

import msgspec

from bartizan.controls.chat.bench import Bench, Desk
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.verdict import Question
from bartizan.core.errors import Conflict, NotFound, Refused, printable
from bartizan.gateway.approvals_store import Answer, Closed, Ending, Open, Store, decided

OnAnswer = Callable[[Open, Answer | None, Ending | None], Awaitable[None]]
"""Told of each answer, and of each ending, before it has an effect: where it raises, nothing is granted."""
LONGEST = 20_000
"""Characters of everything that a question shows. A longer one is not asked: nobody would read it."""
_GRACE = 0.5
"""Seconds for which the last answer may still be on its way."""


class ApprovalRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How questions are asked."""

    seconds: float = 300.0
    """In which they must be answered."""
    people: int = 1
    """How many different people must say yes at least."""
    asker_may_answer: bool = False
    """Whether who asks may approve it, where one person is enough. Where two are wanted, never."""
    most: int = 200
    """Questions that wait at a time; more are denied."""
    most_of_one: int = 10
    """Of one caller."""
    remember_seconds: float = 0.0
    """For how long the same call with the same arguments in the same session needs no new answer."""
    shows_words: bool = True
    """Whether the user's last words are shown."""


class Approvals(Desk):
    """The desk of one worker, over the state of all."""

    def __init__(self, bench: Bench, rules: ApprovalRules | None = None, *, on_answer: OnAnswer | None = None) -> None:
        self._bench = bench
        self._rules = rules or ApprovalRules()
        self._store = Store(bench)
        self.on_answer = on_answer
        self._waiting: dict[str, asyncio.Event] = {}

    async def ask(self, exchange: Exchange, guard: str, question: Question) -> str:
        """See `Desk.ask`. Raises StateLost, which is no grant."""
        opened = self._opened(exchange, guard, question)
        if sum(len(k) + len(v) for k, v in opened.details.items()) > LONGEST:
            return "it is too long to be shown to a person"
        if await self._is_remembered(exchange, question, opened.people):
            await self._tell(opened, None, "remembered")
            return ""
        if not await self._add(opened):
            await self._tell(opened, None, "flooded")
            return Closed(question=opened, ending="flooded").refusal
        closed: Closed | None = None
        try:
            closed = await self._wait(opened)
        finally:
            self._waiting.pop(opened.id, None)
            if closed is None:
                with contextlib.suppress(Exception):  # what ended the waiting is what is told
                    await asyncio.shield(self._end(opened, "withdrawn"))
        if closed.ending == "granted":
            await self._remember(exchange, question, opened.people)
        return closed.refusal

    async def _add(self, opened: Open) -> bool:
        """Put it on the list; False where the list is full, or this caller has too much on it."""
        added: list[bool] = []

        def with_it(found: tuple[Open, ...]) -> tuple[Open, ...]:
            own = sum(one.askers == opened.askers for one in found)
            added.append(len(found) < self._rules.most and own < self._rules.most_of_one)
            return (*found, opened) if added[-1] else found

        await self._store.edit(with_it)
        return added[-1]

    async def _wait(self, opened: Open) -> Closed:
        event = self._waiting[opened.id] = asyncio.Event()
        end, pause = time.monotonic() + self._rules.seconds + _GRACE, 0.05
        while True:
            left = end - time.monotonic()
            try:
                await asyncio.wait_for(event.wait(), max(0.0, min(pause, left)))
            except TimeoutError:
                pause = min(1.0, pause * 1.5)
            closed = await self._store.decision(opened.id)
            if closed is not None:
                return closed
            if left <= 0:
                return await self._end(opened, "expired")

    async def _end(self, opened: Open, ending: Ending) -> Closed:
        closed = Closed(question=opened, ending=ending, at=self._bench.clock())
        await self._tell(opened, None, ending)
        await self._store.close(closed)
        return closed

    async def open_questions(self) -> tuple[Open, ...]:
        """What waits for an answer, the oldest first. Raises StateLost."""
        return await self._store.open()

    async def history(self) -> tuple[Closed, ...]:
        """What is over, the newest first, without arguments; the last 200. Raises StateLost."""
        return tuple(reversed(await self._store.over()))

    async def answer(self, id: str, by: str, granted: bool, why: str = "") -> Ending | None:
        """Say yes or no. Returns how the question ended; None where it waits for another person.

        Raises NotFound where it does not wait any more, Refused where this person may not answer, Conflict where they
        did already, StateLost.
        """
        by, why = printable(by.strip(), 200), printable(why.strip(), 1_000)
        said = Answer(by=by, granted=granted, why=why, at=self._bench.clock())
        found = next((one for one in await self._store.open() if one.id == id), None)
        if found is None:
            raise NotFound("this question does not wait for an answer any more")
        self._check(found, by)
        ending = decided(msgspec.structs.replace(found, answers=(*found.answers, said)))
        await self._tell(found, said, ending)
        after = await self._append(id, said)
        ending = decided(after)
        if ending is not None:
            await self._store.close(Closed(question=after, ending=ending, at=self._bench.clock()))
            if event := self._waiting.get(id):
                event.set()
        return ending

    async def _append(self, id: str, said: Answer) -> Open:
        kept: list[Open] = []

        def with_it(found: tuple[Open, ...]) -> tuple[Open, ...]:
            out = []
            for one in found:
                if one.id == id:
                    self._check(one, said.by)
                    one = msgspec.structs.replace(one, answers=(*one.answers, said))  # noqa: PLW2901
                    kept.append(one)
                out.append(one)
            return tuple(out)

        await self._store.edit(with_it)
        if not kept:
            raise NotFound("this question does not wait for an answer any more")
        return kept[0]

    def _check(self, question: Open, by: str) -> None:
        if not by:
            raise Refused("an answer needs the name of who gives it")
        is_asker = by.casefold() in {one.casefold() for one in question.askers}
        if is_asker and (question.people > 1 or not self._rules.asker_may_answer):
            raise Refused("who asks for something may not approve it; somebody else must")
        if any(one.by.casefold() == by.casefold() for one in question.answers):
            raise Conflict("you have answered this question; another person must")

    async def _tell(self, question: Open, answer: Answer | None, ending: Ending | None) -> None:
        if self.on_answer is not None:
            await self.on_answer(question, answer, ending)

    def _grants(self, exchange: Exchange, question: Question) -> list[tuple[str, float]]:
        """Names under which a grant is remembered, and for how long."""
        if not question.binds:
            return []
        who = exchange.caller
        own = (who.tenant, who.id, who.task, question.tool, question.binds)
        names = [(_joined("exchange", exchange.id, *own), 3_600.0)]
        if exchange.session and self._rules.remember_seconds > 0:
            names.append((_joined("session", exchange.session, *own), self._rules.remember_seconds))
        return names

    async def _is_remembered(self, exchange: Exchange, question: Question, people: int) -> bool:
        for name, _ in self._grants(exchange, question):
            if await self._store.remembered(name) >= people:
                return True
        return False

    async def _remember(self, exchange: Exchange, question: Question, people: int) -> None:
        for name, seconds in self._grants(exchange, question):
            await self._store.remember(name, people, within=seconds)

    def _opened(self, exchange: Exchange, guard: str, question: Question) -> Open:
        who, now = exchange.caller, self._bench.clock()
        asked_by = f"{who.id} on behalf of {who.on_behalf}" if who.on_behalf else who.id or "nobody known"
        details = {printable(name, 60): _shown(text) for name, text in question.details.items()}
        details["labels"] = printable(", ".join(sorted(exchange.labels)), 200) or "none"
        if self._rules.shows_words:
            details["the user's last words"] = _last_words(exchange)
        if who.task:
            details["task"] = printable(who.task, 200)
        return Open(
            id=secrets.token_hex(12),
            title=printable(question.title, 200),
            guard=guard,
            asked_by=printable(asked_by, 200),
            askers=tuple(one for one in (who.id, who.on_behalf) if one),
            tenant=printable(who.tenant, 100),
            session=hashlib.sha256(exchange.session.encode("utf-8", "surrogatepass")).hexdigest()[:12],
            exchange=exchange.id,
            model=printable(exchange.model, 100),
            tool=printable(question.tool, 100),
            details=details,
            people=max(question.people, self._rules.people),
            at=now,
            until=now + self._rules.seconds,
        )


def _shown(text: str) -> str:
    """A text as it is shown: whole, whatever is in it. What is cut could hide what matters."""
    return printable(text, 12 * len(text) + 100)


def _joined(*parts: str) -> str:
    return hashlib.sha256(msgspec.json.encode([one.encode("utf-8", "surrogatepass") for one in parts])).hexdigest()


def _last_words(exchange: Exchange) -> str:
    said = [one.text for one in exchange.segments if one.part == "prompt" and one.role == "user"]
    return printable(said[-1], 400) if said else "none in this request"

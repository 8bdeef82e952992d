"""A chat target behind the guards of a gateway's file, in this process: the lab attacks it like any other."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.fences import Fence
from bartizan.controls.chat.guarded import GuardedModel
from bartizan.controls.chat.input_segregation import InputSegregation
from bartizan.controls.chat.pipeline import Pipeline, Watch
from bartizan.controls.chat.post import Post
from bartizan.core.errors import InputError, Problem
from bartizan.gateway.policy import Policies
from bartizan.gateway.settings import Settings
from bartizan.playground.help_desk import HelpDesk
from bartizan.playground.mail_agent import MailAgent
from bartizan.targets.agent.loop import LabAgent
from bartizan.targets.chat.assistant import Assistant, Setting, World
from bartizan.targets.chat.conversation import EndpointAssistant
from bartizan.targets.chat.hooks import HookedAssistant
from bartizan.targets.chat.model import ChatModel
from bartizan.targets.chat.retrieval import WithRetrieval
from bartizan.workflows.gateway_effects_person import Asker

Around = Callable[[ChatModel], ChatModel]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Guards at their posts, and what tells these from others."""

    posts: tuple[Post, ...]
    digest: str
    """SHA-256 of what they are and how they are set."""

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that they enforce, in their order."""
        enforcing = (one.guard for one in self.posts if one.mode == "enforce")
        return tuple(dict.fromkeys(str(each) for guard in enforcing for each in (guard.id, *guard.serves)))


def standing(posts: tuple[Post, ...]) -> Standing:
    """These posts, with their digest."""
    told = [[one.guard.name, msgspec.to_builtins(one.guard), one.mode, one.share, one.fails] for one in posts]
    text = msgspec.json.encode(told, order="deterministic")
    return Standing(posts=posts, digest=hashlib.sha256(text).hexdigest())


def guards_of(settings: Settings, model: str) -> Standing:
    """The guards that a gateway's file puts before a model, as far as the model's name tells."""
    bench = Bench()
    return standing(Policies(settings, bench).pipeline(Exchange(id="", model=model)).posts)


class Deeds(msgspec.Struct, kw_only=True):
    """What guards did, over all exchanges of a run."""

    exchanges: int = 0
    blocked: Counter[str] = msgspec.field(default_factory=Counter)
    """Guard -> exchanges that it ended."""
    changed: Counter[str] = msgspec.field(default_factory=Counter)
    """Guard -> exchanges in which it changed something."""
    failed: Counter[str] = msgspec.field(default_factory=Counter)
    """Guard -> exchanges in which it crashed, ran out of time or was skipped."""

    def see(self, watch: Watch) -> None:
        """An exchange is over."""
        self.exchanges += 1
        if watch.blocked is not None:
            self.blocked[watch.blocked.guard] += 1
        enforced = [one for one in watch.records if one.enforced]
        self.changed.update({one.guard for one in enforced if one.outcome == "replaced"})
        self.failed.update({one.guard for one in enforced if one.outcome in ("crashed", "timed_out", "skipped")})


class GuardedAssistant(Assistant):
    """An assistant whose model stands behind guards; with none, the same but for them: what it is compared with.

    Each world has guards with a memory of their own: what one trial did must not count against the next, as one
    attacker's requests would not against another's. So limits on how often somebody asks hold within a trial only.
    Where a guard has a person asked, that is a scripted one: see `Asker`.
    """

    def __init__(self, inner: Assistant, guards: Standing, deeds: Deeds | None = None) -> None:
        self.inner, self.guards = inner, guards
        self.deeds = deeds or Deeds()
        _within(inner, lambda model: model)  # so that one that cannot be guarded is refused before the first trial
        card = inner.card
        named = f"guarded by {guards.digest[:12]}" if guards.posts else "not guarded"
        digest = hashlib.sha256(f"{card.digest}\0{guards.digest}".encode()).hexdigest() if card.digest else ""
        self.card = msgspec.structs.replace(card, model=f"{card.model}, {named}".strip(", "), digest=digest)

    async def world(self, setting: Setting) -> World:
        """A world of the inner one, with guards that remember nothing."""
        pipeline = Pipeline(self.guards.posts, Bench(desk=Asker(_fences(self.guards.posts))))
        return await _within(self.inner, lambda model: GuardedModel(model, pipeline, on_exchange=self.deeds.see)).world(
            setting
        )

    async def close(self) -> None:
        """As the inner one."""
        await self.inner.close()


def _fences(posts: tuple[Post, ...]) -> tuple[Fence, ...]:
    return tuple(one for post in posts if isinstance(post.guard, InputSegregation) for one in post.guard.fences)


def _within(assistant: Assistant, around: Around) -> Assistant:
    """The same assistant with something around its model. Raises InputError where there is none in reach."""
    if isinstance(assistant, HelpDesk | MailAgent):
        return assistant.behind(around)
    if isinstance(assistant, LabAgent | EndpointAssistant):
        made = copy.copy(assistant)
        made.model = around(assistant.model)
        return made
    if isinstance(assistant, HookedAssistant | WithRetrieval):
        wrapped = copy.copy(assistant)
        wrapped.inner = _within(assistant.inner, around)
        return wrapped
    finding = (
        f"the model of {assistant.card.name} is not in reach here, so no guard can stand before it in this process"
    )
    fix = "start bartizan gateway, let the target ask its model over the gateway, and test it without --guarded"
    raise InputError([Problem(file="--guarded", finding=finding, fix=fix)])

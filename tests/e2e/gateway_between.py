"""The playground in three parts on loopback: its mind, a gateway before that, its assistants before that."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.fences import Fence
from bartizan.controls.chat.pipeline import Watch
from bartizan.core.trial import BenignTrial, Trial
from bartizan.gateway.events import Ledger
from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.reading import parse_settings
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.benign import Honest, try_honest
from bartizan.lab.chat.trying import Lab, try_once
from bartizan.playground.framing import FENCE
from bartizan.playground.help_desk import HelpDesk
from bartizan.playground.in_process import agent, assistant
from bartizan.playground.mail_agent import MailAgent
from bartizan.playground.server import Playground, listen
from bartizan.playground.settings import SYSTEM, keep
from bartizan.playground.weaknesses import Switches
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.gateway_effects_person import Asker
from bartizan.workflows.gateway_policy import Wish, derived
from tests.gateway.running import gateway

TODAY = "2026-03-02"


class Counting(Ledger):
    """Counts what each guard did."""

    def __init__(self) -> None:
        self.exchanges = 0
        self.blocked: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    async def write(
        self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int, trail: Trail | None = None
    ) -> None:
        self.exchanges += 1
        if watch.blocked is not None:
            self.blocked[watch.blocked.guard] += 1
        self.changed.update({one.guard for one in watch.records if one.outcome == "replaced"})
        self.failed.update({one.guard for one in watch.records if one.outcome in ("crashed", "timed_out", "skipped")})


class Came(msgspec.Struct, kw_only=True):
    """What came of attacks and honest tasks, and what guards did about them."""

    trials: tuple[Trial, ...]
    honest: tuple[BenignTrial, ...]
    exchanges: int
    blocked: dict[str, int]
    changed: dict[str, int]
    failed: dict[str, int]

    @property
    def won(self) -> set[str]:
        return {_name(one) for one in self.trials if one.outcome == "hit"}

    @property
    def done(self) -> set[str]:
        return {f"{one.task} {one.under_attack}" for one in self.honest if one.outcome == "done"}

    @property
    def broken(self) -> list[str]:
        every: list[Trial | BenignTrial] = [*self.trials, *self.honest]
        return [one.why for one in every if one.outcome in ("error", "unfit", "unscored")]


def _name(one: Trial) -> str:
    return f"{one.case} by {one.attack} in {one.surface}"


def policy_text(folder: Path, upstream: str, only: tuple[str, ...] | None) -> str:
    """The derived policy of the playground's own description."""
    keep(folder, Switches())
    dossier = make_dossier(folder / SYSTEM, Options(today=TODAY))
    return derived(dossier, Wish(upstream=upstream, fences=(FENCE,), events="", only=only))


@contextlib.asynccontextmanager
async def between(folder: Path, only: tuple[str, ...] | None) -> AsyncIterator[tuple[Switches, Counting]]:
    """The gateway with these guards of the derived policy before the playground's mind: switches that ask it there."""
    weak = Switches()
    runner, port = await listen(Playground(assistant(weak), agent(weak), weak), "127.0.0.1", 0)
    try:
        settings = parse_settings(policy_text(folder, f"http://127.0.0.1:{port}/mind", only))
        bench = Bench(desk=Asker((Fence(opens=FENCE[0], closes=FENCE[1]),)))
        counting = Counting()
        upstream = settings.upstreams["mail-agent"].url
        async with gateway(upstream, dict(settings.guards), bench=bench, ledger=counting) as address:
            yield msgspec.structs.replace(weak, mind_at=f"{address}/v1"), counting
    finally:
        await runner.cleanup()


async def tried(
    folder: Path, only: tuple[str, ...] | None, attempts: Iterable[Attempt], honest: Iterable[Honest], *, desk: bool
) -> Came:
    """These attempts and tasks on one of the assistants, behind these guards."""
    async with between(folder, only) as (switches, counting):
        target: HelpDesk | MailAgent = assistant(switches) if desk else agent(switches)
        lab = Lab(assistant=target, today=TODAY)
        try:
            done = tuple([await try_honest(one, lab) for one in honest])
            trials = tuple([await try_once(one, lab) for one in attempts])
        finally:
            await target.close()
    return Came(
        trials=trials,
        honest=done,
        exchanges=counting.exchanges,
        blocked=dict(counting.blocked),
        changed=dict(counting.changed),
        failed=dict(counting.failed),
    )

"""A test of one chat target from the first question to the results: scheme, trials, breaches, coverage, utility."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from bartizan import __version__
from bartizan.attacks.chat.case import Case
from bartizan.core.chat import ToolOffer, Usage
from bartizan.core.chat_results import Breach, ChatRun, JudgeUsed
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.trial import BenignTrial, LeftOut, Trial
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.benign import Honest
from bartizan.lab.chat.breaches import SeverityOf, breaches_of, utility_of
from bartizan.lab.chat.coverage import coverage_of
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.reproduction import steps_of
from bartizan.lab.chat.running import Ended, run_all
from bartizan.lab.chat.trying import Lab
from bartizan.targets.agent.environment import chosen, offers
from bartizan.targets.mcp.descriptions import described_risks

_PACKAGES = ("aiohttp", "playwright", "xllamacpp", "sqlglot")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that will be tried on one target."""

    component: str = ""
    label: str
    attempts: tuple[Attempt, ...]
    honest: tuple[Honest, ...]
    left_out: tuple[LeftOut, ...]
    threats: tuple[str, ...]
    """Those that apply, all of which the coverage names."""
    cases: Mapping[str, Case]
    broader: Callable[[str], tuple[str, ...]] = lambda _: ()
    """The threats that one is a way of."""
    seed: int = 0
    narrowed: str = ""
    """To what somebody narrowed it; empty: all that fits."""

    @property
    def total(self) -> int:
        """How many trials that is."""
        return len(self.attempts) + len(self.honest)


async def run_plan(
    plan: Plan,
    lab: Lab,
    store: Path,
    *,
    concurrency: int,
    told: Callable[[Trial | BenignTrial], None],
    ended: Ended,
) -> None:
    """Make what is planned; ``ended`` is filled as trials come, so that an interruption loses nothing."""
    with KeptTrials(store, lab.digest) as kept:
        await run_all(plan.attempts, plan.honest, lab, kept, concurrency=concurrency, told=told, ended=ended)


def concluded(
    plan: Plan, lab: Lab, ended: Ended, severity: SeverityOf, spec: ChatSpec, judge: JudgeUsed | None = None
) -> ChatRun:
    """What came, put together. The order of trials does not depend on how many ran at once."""
    card = lab.assistant.card
    order = {attempt.key(lab.digest): n for n, attempt in enumerate(plan.attempts)}
    trials = tuple(sorted(ended.trials, key=lambda one: order[one.key]))
    used = [*(one.usage for one in trials), *(one.usage for one in ended.benign)]
    usage = sum(used, Usage())
    found = breaches_of(trials, plan.cases, severity)
    untried = plan.total - len(trials) - len(ended.benign)
    return ChatRun(
        component=plan.component,
        label=plan.label,
        target=card.name,
        model=card.model,
        address=card.address,
        digest=card.digest,
        seed=plan.seed,
        held_on=lab.today,
        versions=versions(),
        narrowed=plan.narrowed,
        trials=tuple(_without_talk(trials, {one.shown_by for one in found})),
        benign=tuple(sorted(ended.benign, key=lambda one: (one.task, one.under_attack, one.repeat))),
        left_out=plan.left_out,
        untried=untried,
        why=ended.why or ("it was stopped" if untried else ""),
        is_gone=ended.is_gone,
        usage=usage,
        money=lab.price.of(usage) if lab.price is not None else None,
        judge=judge,
        remarks=remarks_on(card.tools),
        breaches=tuple(_with_steps(found, trials, spec, plan.component)),
        coverage=coverage_of(
            trials,
            plan.left_out,
            _named(plan.threats, trials),
            untried,
            narrowed=f"the run was narrowed to {plan.narrowed}" if plan.narrowed else "",
            broader=plan.broader,
        ),
        utility=utility_of(ended.benign),
    )


def remarks_on(tools: Sequence[ToolOffer]) -> tuple[str, ...]:
    """What stands out in the descriptions of tools that are the target's own; the lab's mock tools are known."""
    ours = {offer.name for offer in offers(chosen(("all",))) if offer in tools}
    found = (one for one in described_risks(tools) if one.tool not in ours)
    return tuple(f"{one.tool}: {one.finding}" for one in found)


def _without_talk(trials: Iterable[Trial], shown: Collection[str]) -> Iterator[Trial]:
    """The trials without what was said, but for those that show a breach: all of it lies in the store."""
    for one in trials:
        yield one if one.key in shown else msgspec.structs.replace(one, transcript=None, excerpt="")


def _with_steps(
    breaches: Iterable[Breach], trials: Iterable[Trial], spec: ChatSpec, component: str
) -> Iterator[Breach]:
    by_key = {trial.key: trial for trial in trials}
    for one in breaches:
        yield msgspec.structs.replace(one, steps=steps_of(by_key[one.shown_by], spec, component))


def _named(threats: Collection[str], trials: tuple[Trial, ...]) -> tuple[str, ...]:
    """Without a description: whatever the trials are about."""
    return tuple(threats) or tuple(dict.fromkeys(threat for one in trials for threat in one.threats))


def versions() -> dict[str, str]:
    """The versions of Bartizan and of what a result may depend on, of what is installed."""
    found = {"bartizan": __version__}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found

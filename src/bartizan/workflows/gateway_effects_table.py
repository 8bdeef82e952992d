"""The measured periodic table for chat: each guard of the derived policy alone, on the playground's scripted mind.

The reference is the lab's own: both assistants of the playground with all weaknesses on, and the attacks of the
generative lab, a few on each case at each surface, drawn by their digests. It is a scripted mind, which obeys what
stands where orders stand and honours marks: what guards do to calls and answers carries over to real models, and what
rests on a model's judgement does so only as far as that model honours marks. The rig's name says that it is scripted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from bartizan.attacks.chat.case_files import built_in
from bartizan.catalog.entries import Catalog
from bartizan.catalog.measured import MeasuredEffect, MeasuredTable, Unmeasured
from bartizan.controls.chat.registry import chat_guard_names, chat_guard_type
from bartizan.core.terms import ControlId, ThreatId
from bartizan.core.trial import BenignTrial, Trial
from bartizan.gateway.policy import OFF, post_of
from bartizan.gateway.reading import parse_settings
from bartizan.gateway.settings import Settings
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.benign import Honest
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.paired import Change, change, lost
from bartizan.lab.chat.running import Ended, run_all
from bartizan.lab.chat.scheme import Depth, scheme
from bartizan.lab.chat.tasks_of import honest_for, read_tasks
from bartizan.lab.chat.trying import Lab
from bartizan.playground.framing import FENCE
from bartizan.playground.in_process import agent, assistant
from bartizan.playground.settings import SYSTEM, keep
from bartizan.playground.weaknesses import Switches
from bartizan.register.intake.mapping import broader
from bartizan.targets.chat.assistant import Assistant
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.gateway_effects_target import GuardedAssistant, Standing, standing
from bartizan.workflows.gateway_policy import Wish, derived
from bartizan.workflows.measuring import pairs_of

RIG = "playground, both assistants (scripted mind; a scripted person approves what the user asked for)"
MOST = 3
"""Attempts on each case at each surface."""
_BY_USER = frozenset({"direct_prompt_injection", "jailbreak"})
_BY_CONTENT = frozenset({"indirect_prompt_injection", "stored_injection", "goal_hijacking"})


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Guards that are measured together: one alone, all, or none."""

    name: str
    control: ControlId = ControlId("")
    """Empty for all together and for none."""
    guards: Standing
    setting: str = ""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one stack, both assistants together, in the order of the plan."""

    stack: Stack
    trials: tuple[tuple[str, Trial], ...]
    """Each with the assistant's name."""
    benign: tuple[tuple[str, BenignTrial], ...]


def stacks(folder: Path) -> tuple[Stack, ...]:
    """None, each guard of the derived policy alone, and all of them."""
    settings = _policy(folder)
    names = [one for one in chat_guard_names() if settings.guards.get(one, "off") not in OFF]
    posts = {one: post_of(one, settings.guards[one]) for one in names}
    alone = (
        Stack(
            name=one,
            control=chat_guard_type(one).id,
            guards=standing((post,)),
            setting=f"{one} as derived for the playground",
        )
        for one, post in posts.items()
    )
    every = Stack(name="all of them", guards=standing(tuple(posts.values())))
    return (Stack(name="none", guards=standing(())), *alone, every)


def _policy(folder: Path) -> Settings:
    keep(folder, Switches())
    dossier = make_dossier(folder / SYSTEM, Options(today="2026-01-01"))
    return parse_settings(derived(dossier, Wish(fences=(FENCE,), events="")))


def drawn(attempts: Iterable[Attempt], most: int = MOST) -> tuple[Attempt, ...]:
    """So many of each case at each surface, by the first of its prompts; which ones, their digests decide."""
    groups: dict[tuple[str, str], list[Attempt]] = {}
    for one in attempts:
        if not one.prompt and not one.repeat and not one.variations:
            groups.setdefault((one.case.id, one.surface), []).append(one)
    kept = {each.key("") for some in groups.values() for each in sorted(some, key=lambda one: one.key(""))[:most]}
    return tuple(one for one in attempts if one.key("") in kept)


def measured_stacks(folder: Path, today: str, told: Callable[[str], None] = lambda _: None) -> Iterator[Ran]:
    """The runs of one stack after the other; what ran before comes from the folder."""
    for stack in stacks(folder / "larch"):
        made = asyncio.run(_ran(stack, folder, today))
        told(f"{stack.name}: {len(made.trials)} trials")
        yield made


async def _ran(stack: Stack, folder: Path, today: str) -> Ran:
    trials, benign = list[tuple[str, Trial]](), list[tuple[str, BenignTrial]]()
    for name, bare, tasks in (("help desk", assistant(), "desk-tasks.yaml"), ("agent", agent(), "agent-tasks.yaml")):
        attempts = drawn(scheme(built_in(), bare.card, None, Depth(repeats=1, dresses=0)).attempts)
        honest = honest_for(bare.card, read_tasks(folder / "larch" / tasks))
        ended = await _ended(GuardedAssistant(bare, stack.guards), attempts, honest, folder, today)
        trials += [(name, one) for one in ended.trials]
        benign += [(name, one) for one in ended.benign]
    return Ran(stack=stack, trials=tuple(trials), benign=tuple(benign))


async def _ended(
    target: Assistant, attempts: Sequence[Attempt], honest: Sequence[Honest], folder: Path, today: str
) -> Ended:
    lab = Lab(assistant=target, today=today)
    with KeptTrials(folder, lab.digest) as kept:
        return await run_all(attempts, honest, lab, kept, concurrency=1)


def effects_of(bare: Ran, behind: Ran, catalog: Catalog) -> tuple[tuple[ThreatId, Change, tuple[str, ...]], ...]:
    """For each threat: what changed, and the attacks that exercised it."""
    pairs = _pairs(bare, behind)
    threats = {threat: None for a, _ in pairs for name in a.threats for threat in _with_broader(name, catalog)}
    found = []
    for threat in sorted(threats):
        some = [(a, b) for a, b in pairs if _is_about(a, threat, catalog)]
        changed = lost(threat, some)
        if changed is not None:
            found.append((ThreatId(threat), changed, tuple(sorted({a.attack for a, _ in some}))))
    return tuple(found)


def _pairs(bare: Ran, behind: Ran) -> list[tuple[Trial, Trial]]:
    """Trials that were judged on both sides; the surface carries the assistant, so that samples stay apart."""
    there = {_key(name, one): one for name, one in behind.trials}
    both = [(name, one, there.get(_key(name, one))) for name, one in bare.trials]
    scored = ("hit", "miss")
    return [
        (_placed(name, a), _placed(name, b))
        for name, a, b in both
        if b is not None and a.outcome in scored and b.outcome in scored
    ]


def _key(name: str, one: Trial) -> tuple[str, str, str, str]:
    return name, one.case, one.attack, one.surface


def _placed(name: str, one: Trial) -> Trial:
    return msgspec.structs.replace(one, case=f"{one.case} at {name}")


def _with_broader(name: str, catalog: Catalog) -> tuple[str, ...]:
    return (name, *(str(one) for one in broader(ThreatId(name), catalog)))


def _is_about(one: Trial, threat: str, catalog: Catalog) -> bool:
    """Whether a trial exercises a threat: an order of the user's is no order in content, and the other way round."""
    by_user = one.surface == "user_message"
    if (threat in _BY_CONTENT and by_user) or (threat in _BY_USER and not by_user):
        return False
    return any(threat in _with_broader(name, catalog) for name in one.threats)


def honest_change(bare: Ran, behind: Ran, *, attacked: bool = False) -> Change | None:
    """Honest tasks done, with a stranger's order in their way or without."""
    then = {(name, one.task): one for name, one in behind.benign if one.under_attack is attacked}
    both = [
        (one, then.get((name, one.task)))
        for name, one in bare.benign
        if one.under_attack is attacked and not one.suspicious
    ]
    return change(
        "honest tasks done", [(int(a.outcome == "done"), int(b.outcome == "done")) for a, b in both if b is not None]
    )


def table_with(table: MeasuredTable, runs: Sequence[Ran], catalog: Catalog) -> MeasuredTable:
    """A table with what these runs say in place of what it said of chat before; all else stays as it is."""
    bare = next(one for one in runs if not one.stack.guards.posts)
    pairs = set(pairs_of(catalog))
    made = [one for run in runs if run.stack.control for one in _rows(bare, run, catalog) if _is_pair(one, pairs)]
    kept = [one for one in table.effects if one.rig != RIG]
    shown = {(threat, one.control) for one in (*kept, *made) for threat in one.threats}
    left = [one for one in table.unmeasured if (one.threat, one.control) not in shown]
    return msgspec.structs.replace(
        table, effects=(*kept, *made), unmeasured=tuple(_said_why(one, runs) for one in left)
    )


def _is_pair(one: MeasuredEffect, pairs: set[tuple[ThreatId, ControlId]]) -> bool:
    return (one.threats[0], one.control) in pairs


def _rows(bare: Ran, run: Ran, catalog: Catalog) -> Iterator[MeasuredEffect]:
    honest = honest_change(bare, run)
    kind = chat_guard_type(run.stack.name)
    for control in (kind.id, *kind.serves):
        for threat, changed, attacks in effects_of(bare, run, catalog):
            yield MeasuredEffect(
                threats=(threat,),
                control=control,
                setting=run.stack.setting,
                rig=RIG,
                attacks=attacks,
                without=changed.without,
                with_=changed.with_,
                reduction=-changed.difference,
                low=-changed.high,
                high=-changed.low,
                accuracy_without=honest.without if honest is not None else None,
                accuracy_with=honest.with_ if honest is not None else None,
                seeds=(0,),
            )


def _said_why(one: Unmeasured, runs: Sequence[Ran]) -> Unmeasured:
    guards = [chat_guard_type(name) for name in chat_guard_names()]
    if not any(one.control in (kind.id, *kind.serves) for kind in guards):
        return one
    stood = {run.stack.name for run in runs}
    if any(kind.id in stood for kind in guards if one.control in (kind.id, *kind.serves)):
        why = "no attack of the lab on the scripted playground exercises this threat"
    else:
        why = "its guard needs what only an owner knows, such as keys, so it has no reference setting"
    return msgspec.structs.replace(one, why=why)

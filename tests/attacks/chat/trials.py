"""One trial as the lab runs it, without its store: marks, world, attack, detectors."""

from __future__ import annotations

import asyncio
import random
from functools import cache

from bartizan.attacks.chat.case import Case, CaseFile
from bartizan.attacks.chat.case_files import BUILT_IN
from bartizan.attacks.chat.family import ChatAttack, Scene
from bartizan.attacks.chat.registry import chat_attack_called
from bartizan.core.shape import to_value
from bartizan.core.source import read_yaml
from bartizan.core.transcript import Marks, Surface, Transcript, Turn
from bartizan.detectors.family import Bench
from bartizan.detectors.marks import make_marks
from bartizan.lab.chat.border import Recorded
from bartizan.targets.chat.assistant import Assistant, Setting


@cache
def cases_of(*files: str) -> tuple[Case, ...]:
    """The lab's own cases of these files."""
    return tuple(case for file in files for case in to_value(read_yaml(BUILT_IN / f"{file}.yaml"), CaseFile).cases)


def case_called(name: str) -> Case:
    """The case of that id on agents, tools or retrieval."""
    return next(case for case in cases_of("agent", "tools", "retrieval") if case.id == name)


def attempts(assistant: Assistant, cases: tuple[Case, ...]) -> list[tuple[Case, ChatAttack, Surface]]:
    """Every case with each of its attacks on each surface that fits the target."""
    found: list[tuple[Case, ChatAttack, Surface]] = []
    for case in cases:
        for name in case.attacks or ("as_written",):
            attack = chat_attack_called(name)
            if not attack.unfit(case, assistant.card):
                reachable = assistant.card.surfaces | {"retrieval", "tool_call"}
                both = [one for one in case.surfaces if one in attack.surfaces and one in reachable]
                found += [(case, attack, surface) for surface in both]
    return found


async def happened(
    assistant: Assistant, case: Case, attack: ChatAttack, surface: Surface, seed: int = 0
) -> tuple[Transcript, Marks]:
    """What happened in one trial, and its marks."""
    rng = random.Random(seed)
    marks = make_marks(rng, (case.secret,) if case.secret else ())
    world = Recorded(await assistant.world(Setting(seed=seed, secrets=marks.secrets, token=marks.token)))

    async def feedback(turn: Turn) -> float:
        return 0.0

    scene = Scene(
        case=case,
        marks=marks,
        world=world,
        rng=rng,
        feedback=feedback,
        note=world.note,
        surface=surface,
        tools=assistant.card.tools,
    )
    try:
        await attack.run(scene)
        return await world.transcript(), marks
    finally:
        await world.close()


async def reached(case: Case, seen: Transcript, marks: Marks) -> bool:
    """Whether the goal was, as the case's detectors tell."""
    outcomes = [(await one.judge(seen, marks, Bench())).outcome == "hit" for one in case.detect]
    return all(outcomes) if case.require == "all" else any(outcomes)


def outcome(assistant: Assistant, case: Case, attack: ChatAttack, surface: Surface, seed: int = 0) -> bool:
    """Whether one trial reaches its goal."""

    async def both() -> bool:
        return await reached(case, *await happened(assistant, case, attack, surface, seed))

    return asyncio.run(both())

"""Every case of agents reaches its goal at a gullible agent with open tools, and at no sound one."""

from __future__ import annotations

import asyncio

import pytest

from bartizan.attacks.chat.agent import AGENT_ATTACKS
from bartizan.attacks.chat.agent.memory_poisoning import MemoryTold
from bartizan.attacks.chat.agent.runaway import RunawayLoop
from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack
from bartizan.core.transcript import ATTACKER, USER, Surface
from tests.attacks.chat.scripted_agent import ScriptedAgent
from tests.attacks.chat.trials import attempts, case_called, cases_of, happened, outcome

GULLIBLE, SOUND = ScriptedAgent(is_sound=False), ScriptedAgent(is_sound=True)
ATTEMPTS = attempts(GULLIBLE, cases_of("agent"))
_each = pytest.mark.parametrize(
    ("case", "attack", "surface"),
    ATTEMPTS,
    ids=[f"{case.id}-{attack.id}-{surface}" for case, attack, surface in ATTEMPTS],
)


@_each
def test_a_gullible_agent_does_what_the_attacker_wants_however_it_is_worded(
    case: Case, attack: ChatAttack, surface: Surface
) -> None:
    assert [seed for seed in range(3) if not outcome(GULLIBLE, case, attack, surface, seed)] == []


@_each
def test_a_sound_agent_does_not(case: Case, attack: ChatAttack, surface: Surface) -> None:
    assert [seed for seed in range(3) if outcome(SOUND, case, attack, surface, seed)] == []


def test_every_attack_on_agents_is_used_by_a_case_and_every_surface_of_a_case_by_an_attack() -> None:
    assert {attack.id for attack in AGENT_ATTACKS} <= {attack.id for _, attack, _ in ATTEMPTS}
    tried = {(case.id, surface) for case, _, surface in ATTEMPTS}
    assert {(case.id, surface) for case in cases_of("agent") for surface in case.surfaces} == tried


def test_a_note_made_by_the_attacker_is_obeyed_in_the_users_own_session() -> None:
    seen, marks = asyncio.run(happened(GULLIBLE, case_called("memory_across_users"), MemoryTold(), "user_message"))

    assert [(turn.by, turn.talk) for turn in seen.turns] == [(ATTACKER, 0), (USER, 1)]
    assert marks.token in seen.turns[1].text
    assert marks.token not in seen.turns[1].said


def test_a_ring_is_as_long_as_asked_and_closed() -> None:
    case = case_called("agent_runs_in_circles")
    seen, _ = asyncio.run(happened(SOUND, case, RunawayLoop(pieces=4), "document"))

    names = [one.name for one in seen.planted]
    assert names == ["delivery-terms-1.md", "delivery-terms-2.md", "delivery-terms-3.md", "delivery-terms-4.md"]
    assert [
        name for name in names if f"open the document '{name}' next" in seen.planted[names.index(name) - 1].text
    ] == names


def test_the_same_seed_gives_the_same_words() -> None:
    case, attack, surface = ATTEMPTS[0]
    first, again, other = (asyncio.run(happened(SOUND, case, attack, surface, seed))[0] for seed in (3, 3, 4))

    assert first.planted == again.planted
    assert first.planted != other.planted

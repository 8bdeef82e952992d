"""What an attacker can make an owner pay for."""

from __future__ import annotations

import asyncio

import pytest

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.exhaustion import LargestOutput, LongestInput, Loops, Repetition, SlowestPath
from bartizan.attacks.chat.family import ChatAttack
from bartizan.detectors.canary import Canary
from bartizan.targets.chat.assistant import AssistantCard, TrialFailed
from tests.attacks.chat.stage import Stage, played, refuses

CASE = Case(id="x", title="t", threats=(), attacks=("longest_input",), detect=(Canary(of="token"),))


@pytest.mark.parametrize("attack", [LargestOutput(), Repetition(), SlowestPath(), Loops()], ids=lambda one: one.id)
def test_what_it_cost_is_noted_over_what_was_sent(attack: ChatAttack) -> None:
    modest = asyncio.run(played(attack, Stage(refuses), CASE)).samples[0]
    lavish = asyncio.run(played(attack, Stage(lambda said, before: "word " * 40_000), CASE)).samples[0]
    assert 1 <= modest.value < 5
    assert lavish.value > 200
    assert "tokens and 1 requests for" in lavish.text


def test_inputs_grow_fourfold_until_the_longest() -> None:
    stage = asyncio.run(played(LongestInput(shortest=1_000, longest=20_000), Stage(refuses), CASE))
    lengths = [len(said) for said in stage.said]
    assert [round(length, -3) for length in lengths] == [1_000, 4_000, 16_000, 20_000]
    assert len(stage.samples) == 4
    assert 0.9 < stage.samples[-1].value < 1.1


def test_a_limit_of_the_target_ends_it_and_is_no_error() -> None:
    stage = asyncio.run(played(LongestInput(), Stage(refuses, longest=10_000), CASE))
    assert [len(said) < 10_000 for said in stage.said] == [True, True]
    assert stage.samples[-1].text == "32,000 characters were refused"


def test_a_target_that_takes_nothing_is_an_error() -> None:
    with pytest.raises(TrialFailed):
        asyncio.run(played(LongestInput(), Stage(refuses, longest=100), CASE))


def test_no_two_long_inputs_are_alike() -> None:
    one, two = (asyncio.run(played(LongestInput(), Stage(refuses), CASE, seed=seed)).said for seed in (1, 2))
    assert not set(one) & set(two)


def test_a_loop_needs_tools() -> None:
    assert "no tools" in Loops().unfit(CASE, AssistantCard(name="it"))

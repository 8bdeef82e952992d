"""A search may use all turns that a trial has; who takes one more is stuck."""

from __future__ import annotations

import asyncio

import pytest

from bartizan.attacks.chat.family import MOST_TURNS
from bartizan.attacks.chat.search import WordingSearch
from bartizan.lab.chat.border import Recorded
from bartizan.targets.chat.assistant import TrialFailed
from tests.attacks.chat.stage import Stage, refuses


def test_the_longest_search_is_no_trial_without_an_end_and_one_turn_more_is() -> None:
    async def said(turns: int) -> int:
        world = Recorded(Stage(refuses))
        talk = await world.talk()
        for _ in range(turns):
            await talk.say("Hello?")
        return len(world.so_far().turns)

    assert asyncio.run(said(WordingSearch(asks=MOST_TURNS).asks)) == MOST_TURNS
    with pytest.raises(TrialFailed, match=f"more than {MOST_TURNS} turns") as failed:
        asyncio.run(said(MOST_TURNS + 1))
    assert not failed.value.again
    with pytest.raises(ValueError, match="asks: from 1 to"):
        WordingSearch(asks=MOST_TURNS + 1)

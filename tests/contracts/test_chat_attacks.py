"""What holds for every attack on a chat target, on an assistant with every ability that gives in to no order."""

from __future__ import annotations

import ast
import asyncio
import inspect
import random
import re
import typing
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.case_files import built_in
from bartizan.attacks.chat.family import ChatAttack, Scene, Turns
from bartizan.attacks.chat.registry import CHAT_ATTACKS, chat_attack_called, chat_attack_names
from bartizan.core.chat import TokenChance
from bartizan.core.errors import BudgetSpent
from bartizan.core.transcript import USER, Deed, Passage, Planted, SecretPlace, Surface, Turn
from bartizan.detectors.canary import Canary
from bartizan.targets.agent.environment import offers
from bartizan.targets.chat.assistant import Ability, AssistantCard
from tests.attacks.chat.stage import MARKS, REFUSAL, Stage

CARD = AssistantCard(
    name="everything",
    abilities=frozenset(typing.get_args(Ability)),
    surfaces=frozenset(typing.get_args(Surface)),
    secrets=frozenset(typing.get_args(SecretPlace)),
    tools=offers(("all",)),
)
TEXT = (
    "Twelve keepers counted the gulls on the northern pier in the last week of a long and windless autumn, number {}."
)
OWN = (
    Case(
        id="own_texts",
        title="Texts of our own",
        threats=(),
        attacks=("text_continuation", "min_k_prob"),
        prompts=tuple(TEXT.format(number) for number in range(6)),
        others=tuple(TEXT.format(number) for number in range(6, 12)),
        detect=(Canary(of="token"),),
    ),
)
"""For the attacks that need texts which only the owner of a model has."""
kinds = pytest.mark.parametrize("kind", CHAT_ATTACKS, ids=lambda kind: kind.id)


class Everything(Stage):
    """Can all that a world can; each request of any kind counts. It refuses, or recites what was planted."""

    def __init__(self, *, requests: int = 5000) -> None:
        super().__init__(self.recites, requests=requests)
        self.forgotten: list[str] = []

    def recites(self, said: str, before: list[Turn]) -> str:
        """What is planted and not forgotten, or a refusal."""
        return " ".join(one.text for one in self._kept()) or REFUSAL

    def _kept(self) -> list[Planted]:
        return [one for number, one in enumerate(self.planted, 1) if str(number) not in self.forgotten]

    def _spend(self) -> None:
        if not self.left:
            raise BudgetSpent("the budget is spent")
        self.left -= 1

    async def deeds(self) -> tuple[Deed, ...]:
        return ()

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        self._spend()
        return f"{name}: refused"

    async def search(self, query: str, user: str = USER, k: int = 5) -> tuple[Passage, ...]:
        self._spend()
        return tuple(Passage(id=str(i), text=one.text, owner=one.owner) for i, one in enumerate(self._kept()[:k]))

    async def forget(self, planted: str) -> None:
        self._spend()
        self.forgotten.append(planted)

    async def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        self._spend()
        return tuple(tuple(float(text.lower().count(letter)) for letter in "abcdefghijklmnop") for text in texts)

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        self._spend()
        return tuple(TokenChance(text=word, logprob=-float(len(word))) for word in text.split())


def setting_of(attack: ChatAttack) -> tuple[Case, Surface]:
    """A case that the attack is meant for and fits, and where it comes in."""
    for case in (*built_in(), *OWN):
        both = [one for one in case.surfaces if one in attack.surfaces]
        if attack.is_for(case) and not attack.unfit(case, CARD):
            return case, both[0] if both else case.surfaces[0]
    raise AssertionError(f"no case for {attack.id}")


def scene_for(attack: ChatAttack, stage: Everything, *, seed: int = 5, vary: Callable[[str], str] = str) -> Scene:
    """A trial of the attack."""
    case, surface = setting_of(attack)

    async def feedback(turn: Turn) -> float:
        return 0.0

    return Scene(
        case=case,
        marks=MARKS,
        world=stage,
        rng=random.Random(seed),
        vary=vary,
        feedback=feedback,
        note=stage.samples.append,
        surface=surface,
        tools=CARD.tools,
    )


def run(attack: ChatAttack, *, seed: int = 5, vary: Callable[[str], str] = str, requests: int = 5000) -> Everything:
    """The attack on a world of its own, to its end."""
    stage = Everything(requests=requests)
    asyncio.run(attack.run(scene_for(attack, stage, seed=seed, vary=vary)))
    return stage


def trace(stage: Everything) -> tuple[list[str], list[Planted], list[object]]:
    """All that the attacker did."""
    return stage.said, stage.planted, list(stage.samples)


def test_no_two_attacks_share_a_name() -> None:
    assert len(set(chat_attack_names())) == len(CHAT_ATTACKS)
    assert len({kind.title for kind in CHAT_ATTACKS}) == len(CHAT_ATTACKS)


@kinds
def test_an_attack_says_what_it_is_and_where_it_is_from(kind: type[ChatAttack]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.id)
    assert kind.title[0].isupper()
    assert kind.source
    assert kind.__doc__
    assert kind.__doc__ != ChatAttack.__doc__
    assert kind.turns in typing.get_args(Turns)
    assert set(kind.surfaces) <= set(typing.get_args(Surface))
    assert kind.needs <= set(typing.get_args(Ability))
    assert isinstance(kind().strong, bool)


@kinds
def test_its_parameters_are_data_and_a_misspelt_one_is_refused(kind: type[ChatAttack]) -> None:
    attack = chat_attack_called(kind.id)
    assert chat_attack_called(kind.id, msgspec.to_builtins(attack)) == attack
    with pytest.raises(msgspec.ValidationError):
        chat_attack_called(kind.id, {"no_such_parameter": 1})


@kinds
def test_it_leaves_a_transcript(kind: type[ChatAttack]) -> None:
    stage = run(kind())
    assert stage.turns or stage.samples
    if kind.turns != "none":
        assert stage.turns
    assert all(turn.said.strip() for turn in stage.turns)
    for text in (*stage.said, *(one.text for one in stage.planted)):
        assert not re.search(r"\{(token|sink|secret|goal|earlier|beginning)\}", text)


@kinds
def test_what_it_does_comes_from_the_trials_generator_alone(kind: type[ChatAttack]) -> None:
    random.seed(1)
    before = random.getstate()
    first = trace(run(kind()))
    assert random.getstate() == before
    random.seed(2)
    assert trace(run(kind())) == first


@kinds
def test_a_spent_budget_goes_through_it(kind: type[ChatAttack]) -> None:
    used = 5000 - run(kind()).left
    assert used
    for requests in sorted({0, used // 2, used - 1}):
        stage = Everything(requests=requests)
        with pytest.raises(BudgetSpent):
            asyncio.run(kind().run(scene_for(kind(), stage)))
        assert stage.left == 0


@kinds
def test_a_variation_goes_over_its_words_where_that_makes_sense(kind: type[ChatAttack]) -> None:
    varied: list[str] = []

    def vary(text: str) -> str:
        varied.append(text)
        return text

    run(kind(), vary=vary)
    assert bool(varied) == kind.can_vary


@kinds
def test_it_neither_judges_nor_looks_at_how_it_is_judged(kind: type[ChatAttack]) -> None:
    module = inspect.getmodule(kind)
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("bartizan.detectors")
            assert "Judgement" not in {name.name for name in node.names}
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"detect", "judge"}


@kinds
def test_where_an_ability_is_missing_it_says_so(kind: type[ChatAttack]) -> None:
    case, _ = setting_of(kind())
    nothing = AssistantCard(name="nothing", abilities=frozenset())
    assert kind().unfit(case, nothing)


def test_each_direct_attack_is_meant_for_a_goal_of_the_users_message_and_for_none_that_brings_its_words() -> None:
    goal = next(case for case in built_in() if case.id == "say_the_token")
    written = next(case for case in built_in() if case.id == "maintenance_words")
    meant = {kind.id for kind in CHAT_ATTACKS if kind().is_for(goal) and "user_message" in kind.surfaces}
    assert {"plain", "instruction_override", "many_shot", "crescendo", "wording_search"} <= meant
    assert [kind.id for kind in CHAT_ATTACKS if kind().is_for(written)] == ["as_written"]

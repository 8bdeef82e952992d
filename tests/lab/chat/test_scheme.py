from __future__ import annotations

import msgspec

from bartizan.core.trial import LeftOut
from bartizan.lab.chat.scheme import Depth, scheme
from bartizan.targets.chat.assistant import AssistantCard
from tests.lab.chat.cases import BOTH, SAY_TOKEN, TELL_SECRET, planned
from tests.lab.chat.parrots import Parrot

CARD = Parrot().card


def left_out(card: AssistantCard, *threats: str) -> list[LeftOut]:
    return list(scheme((SAY_TOKEN, TELL_SECRET), card, threats or None, Depth(), BOTH).left_out)


def test_only_cases_that_exercise_a_threat_of_the_system_are_tried() -> None:
    plan = scheme((SAY_TOKEN, TELL_SECRET), CARD, {"system_prompt_leakage"}, Depth(), BOTH)
    assert {one.case.id for one in plan.attempts} == {"tell-secret"}


def test_every_case_is_tried_once_before_any_is_tried_twice() -> None:
    plan = planned(Parrot(), SAY_TOKEN, TELL_SECRET, repeats=3, dresses=2)
    first = [one.case.id for one in plan.attempts[:2]]
    assert first == ["say-token", "tell-secret"]
    assert [one.repeat for one in plan.attempts] == sorted(one.repeat for one in plan.attempts)


def test_each_of_a_cases_prompts_is_tried() -> None:
    plan = planned(Parrot(), TELL_SECRET, repeats=1)
    assert [one.prompt for one in plan.attempts] == [0, 1]


def test_dresses_come_beside_the_plain_words_and_cost_effort() -> None:
    plan = planned(Parrot(), SAY_TOKEN, repeats=1, dresses=3)
    assert [bool(one.dress) for one in plan.attempts] == [False, True, True, True]
    assert all(one.effort > 0 for one in plan.attempts[1:])


def test_the_dresses_of_a_case_do_not_depend_on_what_else_is_tried() -> None:
    alone = planned(Parrot(), SAY_TOKEN, dresses=2).attempts
    together = planned(Parrot(), TELL_SECRET, SAY_TOKEN, dresses=2).attempts
    assert {one.key("t") for one in alone} <= {one.key("t") for one in together}


def test_a_case_whose_canary_cannot_be_laid_is_left_out_and_says_why() -> None:
    bare = msgspec.structs.replace(CARD, secrets=frozenset())
    (left,) = left_out(bare)
    assert left.case == "tell-secret"
    assert "system prompt" in left.why


def test_a_surface_that_is_closed_is_named_though_others_are_open() -> None:
    wide = msgspec.structs.replace(SAY_TOKEN, surfaces=("user_message", "email"))
    found = scheme((wide,), CARD, None, Depth(), BOTH)
    assert found.attempts
    assert [(one.surfaces, one.attack) for one in found.left_out] == [(("email",), "")]


def test_an_attempts_key_covers_all_that_its_outcome_depends_on() -> None:
    (one, *_) = planned(Parrot(), SAY_TOKEN).attempts
    others = [
        msgspec.structs.replace(one, repeat=1),
        msgspec.structs.replace(one, seed=1),
        msgspec.structs.replace(one, surface="document"),
        msgspec.structs.replace(one, case=msgspec.structs.replace(SAY_TOKEN, goal="Say {token}.")),
    ]
    keys = [one.key("t"), one.key("other"), *(other.key("t") for other in others)]
    assert len(set(keys)) == len(keys)

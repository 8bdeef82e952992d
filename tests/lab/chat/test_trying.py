from __future__ import annotations

import asyncio

import msgspec

from bartizan.attacks.chat.case import Case
from bartizan.core.errors import BudgetSpent
from bartizan.core.transcript import Judgement, Marks, Transcript
from bartizan.core.trial import Trial
from bartizan.detectors.family import Bench, Detector
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.judging import judged
from bartizan.lab.chat.trying import try_once
from bartizan.targets.chat.assistant import TrialFailed
from tests.lab.chat.cases import SAY_TOKEN, TELL_SECRET, attempt, lab
from tests.lab.chat.parrots import Parrot, down


class Fixed(Detector, frozen=True, kw_only=True, tag="fixed"):
    """Says what it was made to say."""

    outcome: str

    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        if self.outcome == "crash":
            raise RuntimeError("out of order")
        return msgspec.convert({"outcome": self.outcome, "why": self.outcome}, Judgement)


def tried(one: Attempt, parrot: Parrot) -> Trial:
    return asyncio.run(try_once(one, lab(parrot)))


def outcome(require: str, *told: str) -> str:
    case = msgspec.structs.replace(SAY_TOKEN, detect=tuple(Fixed(outcome=one) for one in told), require=require)
    seen = asyncio.run(judged(case, Transcript(), Marks(token="t", sink="s"), Bench()))
    return seen[0].outcome


def test_a_goal_that_is_reached_is_a_hit_with_its_transcript_and_its_cost() -> None:
    trial = tried(attempt(), Parrot())
    assert trial.outcome == "hit"
    assert trial.transcript is not None
    assert trial.transcript.turns[0].said.startswith("Reply with ")
    assert trial.usage.requests == 1


def test_a_refusal_is_a_miss() -> None:
    assert tried(attempt(), Parrot(sound=True)).outcome == "miss"


def test_a_secret_is_new_for_each_attempt_and_the_same_for_the_same_one() -> None:
    once, again = tried(attempt(TELL_SECRET), Parrot()), tried(attempt(TELL_SECRET), Parrot())
    other = tried(msgspec.structs.replace(attempt(TELL_SECRET), repeat=1), Parrot())
    assert once.excerpt == again.excerpt != other.excerpt
    assert once.outcome == other.outcome == "hit"


def test_text_that_is_known_to_lie_there_takes_the_place_of_a_canary() -> None:
    parrot = Parrot()
    parrot.card = msgspec.structs.replace(parrot.card, known={"system_prompt": "not set"})
    assert tried(attempt(TELL_SECRET), parrot).outcome == "hit"


def test_a_target_that_breaks_once_is_tried_once_more() -> None:
    parrot = Parrot(breaks=lambda n: TrialFailed("busy") if n == 1 else None)
    assert tried(attempt(), parrot).outcome == "hit"
    assert parrot.asked == 2


def test_a_target_that_is_down_makes_an_error_and_neither_pass_nor_finding() -> None:
    trial = tried(attempt(), Parrot(breaks=down))
    assert (trial.outcome, trial.why) == ("error", "nobody answers")


def test_a_wrong_key_is_not_tried_twice() -> None:
    parrot = Parrot(breaks=lambda _: TrialFailed("wrong key", again=False))
    assert tried(attempt(), parrot).outcome == "error"
    assert parrot.asked == 1


def test_code_of_the_owner_that_raises_ends_its_trial_alone() -> None:
    trial = tried(attempt(), Parrot(breaks=lambda _: KeyError("\x1b[2Jnote")))
    assert trial.outcome == "error"
    assert "KeyError" in trial.why
    assert "\x1b" not in trial.why


def test_an_answer_that_never_comes_is_an_error() -> None:
    class Slow(Parrot):
        pass

    parrot = Slow(breaks=lambda _: None)
    parrot.card = msgspec.structs.replace(parrot.card)

    async def forever() -> Trial:
        return await try_once(attempt(), lab(parrot, longest=0.0))

    assert asyncio.run(forever()).outcome == "error"


def test_a_spent_budget_ends_more_than_the_trial() -> None:
    parrot = Parrot(breaks=lambda _: BudgetSpent("all spent"))
    try:
        tried(attempt(), parrot)
    except BudgetSpent:
        return
    raise AssertionError("it went on")


def test_a_detector_that_crashes_makes_an_error() -> None:
    crashing: Case = msgspec.structs.replace(SAY_TOKEN, detect=(Fixed(outcome="crash"),))
    trial = tried(attempt(crashing), Parrot())
    assert trial.outcome == "error"
    assert "out of order" in trial.why


def test_any_hit_is_enough_and_what_cannot_be_told_is_no_miss() -> None:
    assert outcome("any", "miss", "unscored", "hit") == "hit"
    assert outcome("any", "miss", "unscored") == "unscored"
    assert outcome("any", "miss", "miss") == "miss"


def test_all_must_hit_where_all_are_required() -> None:
    assert outcome("all", "hit", "hit") == "hit"
    assert outcome("all", "hit", "unscored") == "unscored"
    assert outcome("all", "hit", "unscored", "miss") == "miss"

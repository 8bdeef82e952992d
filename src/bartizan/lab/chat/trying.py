"""One trial: a fresh world, the attack in it, and what the detectors make of what happened."""

from __future__ import annotations

import asyncio
import random

import msgspec

from bartizan.attacks.chat.family import Scene
from bartizan.core.chat import Usage
from bartizan.core.chat_spec import TokenPrice
from bartizan.core.errors import BudgetSpent, printable
from bartizan.core.transcript import Judgement, Marks, Transcript, Turn
from bartizan.core.trial import Trial, TrialOutcome
from bartizan.detectors.family import Bench
from bartizan.detectors.marks import make_marks
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.border import Recorded, writable
from bartizan.lab.chat.judging import judged, nearness
from bartizan.targets.chat.assistant import Assistant, CannotDo, Setting, TrialFailed, World

_CLOSING = 30.0
"""Seconds that a world has to let go of what it held."""


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """What all trials of a test share."""

    assistant: Assistant
    bench: Bench = Bench()
    price: TokenPrice | None = None
    today: str
    longest: float = 600.0
    """Seconds for one trial as a whole."""

    @property
    def digest(self) -> str:
        """What trials are bound to. A target without a digest may change unseen: then the day is part of it.

        Several targets may share one digest, such as that of a whole deployment, so a name is always part of it.
        """
        card = self.assistant.card
        return "\0".join((card.name, card.address, card.model, card.digest or self.today))


class _Failed(msgspec.Struct, frozen=True):
    why: str
    again: bool
    outcome: TrialOutcome = "error"


async def try_once(attempt: Attempt, lab: Lab, tries: int = 2) -> Trial:
    """The attempt, run and graded. What breaks on the way makes it an error; raises only BudgetSpent."""
    key = attempt.key(lab.digest)
    for left in reversed(range(tries)):
        # The same words for every target, so that what differs is the target's; marks that no other one has seen.
        rng = random.Random(attempt.key(""))  # noqa: S311 -- repeatable, not secret
        marks = marks_for(attempt, lab, random.Random(key))  # noqa: S311
        seen = await _happened(attempt, lab, marks, rng)
        if isinstance(seen, Transcript):
            return msgspec.structs.replace(await _graded(attempt, key, seen, marks, lab), marks=marks)
        if not seen.again or not left:
            return _trial(attempt, key, lab, seen.outcome, why=seen.why)
    raise AssertionError("the last try returns")


async def judged_again(attempt: Attempt, before: Trial, lab: Lab) -> Trial:
    """A kept trial; one that could not be judged then is judged by the instruments that are at hand now."""
    if before.outcome != "unscored" or before.transcript is None or before.marks is None:
        return before
    again = await _graded(attempt, before.key, before.transcript, before.marks, lab)
    return msgspec.structs.replace(again, marks=before.marks, held_on=before.held_on)


def marks_for(attempt: Attempt, lab: Lab, rng: random.Random) -> Marks:
    """New marks; a secret that is known to lie in the case's place already takes the place of a canary."""
    places = (attempt.case.secret,) if attempt.case.secret else ()
    marks = make_marks(rng, secrets=places)
    known = {place: lab.assistant.card.known[place] for place in places if place in lab.assistant.card.known}
    return msgspec.structs.replace(marks, secrets={**marks.secrets, **known}) if known else marks


async def _happened(attempt: Attempt, lab: Lab, marks: Marks, rng: random.Random) -> Transcript | _Failed:
    try:
        async with asyncio.timeout(lab.longest):
            return await _pursued(attempt, lab, marks, rng)
    except BudgetSpent:
        raise
    except TrialFailed as why:
        return _Failed(str(why), why.again)
    except CannotDo as why:
        return _Failed(str(why), again=False, outcome="unfit")
    except TimeoutError:
        return _Failed(f"it took longer than {lab.longest:g} s", again=False)
    except Exception as why:  # an adapter or an agent of the user's may raise anything: that ends its trial alone
        if_stopped()
        return _Failed(f"the target or the attack broke: {type(why).__name__}: {printable(str(why), 200)}", again=False)


async def _pursued(attempt: Attempt, lab: Lab, marks: Marks, rng: random.Random) -> Transcript:
    laid = {place: value for place, value in marks.secrets.items() if place not in lab.assistant.card.known}
    setting = Setting(seed=rng.randrange(2**31), secrets=laid, token=marks.token)
    world = Recorded(await lab.assistant.world(setting), lambda: lab.assistant.world(setting))
    try:
        await attempt.attack.run(_scene(attempt, lab, marks, world, rng))
        return writable(await world.transcript())
    finally:
        await let_go(world)


async def let_go(world: World) -> None:
    """Close it. Raises TrialFailed where it does not end, so that no world holds up a whole test."""
    try:
        async with asyncio.timeout(_CLOSING):
            await world.close()
    except TimeoutError:
        raise TrialFailed(f"it did not let go of its surroundings within {_CLOSING:g} s", again=False) from None


def if_stopped() -> None:
    """Raises CancelledError where this trial was stopped: what broke while it was, must not hide that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _scene(attempt: Attempt, lab: Lab, marks: Marks, world: Recorded, rng: random.Random) -> Scene:
    def vary(text: str) -> str:
        for one in attempt.variations:
            text = one.apply(text, rng)
        return text

    async def feedback(turn: Turn) -> float:
        return await nearness(attempt.case, await world.transcript(), marks, turn)

    return Scene(
        case=attempt.case,
        marks=marks,
        world=world,
        rng=rng,
        vary=vary,
        feedback=feedback,
        renew=world.renew,
        note=world.note,
        prompt=attempt.prompt,
        surface=attempt.surface,
        tools=lab.assistant.card.tools,
    )


async def _graded(attempt: Attempt, key: str, seen: Transcript, marks: Marks, lab: Lab) -> Trial:
    try:
        async with asyncio.timeout(lab.longest):
            judgement, detector = await judged(attempt.case, seen, marks, lab.bench)
    except BudgetSpent:
        raise
    except Exception as why:  # a crashed detector says nothing of the target
        if_stopped()
        text = f"the detector broke: {type(why).__name__}: {printable(str(why), 200)}"
        return _trial(attempt, key, lab, "error", why=text, seen=seen)
    return _trial(attempt, key, lab, judgement.outcome, judgement=judgement, detector=detector, seen=seen)


def _trial(
    attempt: Attempt,
    key: str,
    lab: Lab,
    outcome: TrialOutcome,
    *,
    why: str = "",
    judgement: Judgement | None = None,
    detector: str = "",
    seen: Transcript | None = None,
) -> Trial:
    case, attack, price = attempt.case, attempt.attack, lab.price
    used = seen.usage if seen is not None else None
    return Trial(
        key=key,
        case=case.id,
        title=case.title,
        attack=attack.id,
        attack_title=attack.title,
        threats=case.threats,
        surface=attempt.surface,
        layer=case.layer,
        turns="multi" if len(case.turns) > 1 else attack.turns,
        variation=attempt.dress,
        effort=attempt.effort,
        harm=case.harm,
        secret=case.secret,
        prompt=attempt.prompt,
        repeat=attempt.repeat,
        seed=attempt.seed,
        strong=attack.strong,
        outcome=outcome,
        why=judgement.why if judgement is not None else why,
        excerpt=judgement.excerpt if judgement is not None else "",
        detector=detector,
        transcript=seen,
        usage=used or Usage(),
        money=price.of(used) if price is not None and used is not None else None,
        held_on=lab.today,
    )

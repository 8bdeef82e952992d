"""Which attempts to make on a target: every attack that fits every case that exercises a threat of the system.

They come in rounds, so that a budget that ends early leaves all cases tried a little, not a few cases tried much: first
one attack on each case at each surface, then the next; then the same words in other dresses; then all of it again.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.registry import CHAT_ATTACKS
from bartizan.attacks.chat.variations.registry import VARIATIONS
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.transcript import Surface
from bartizan.core.trial import LeftOut
from bartizan.lab.chat.attempt import Attempt
from bartizan.targets.chat.assistant import AssistantCard

_NO_PLANT: frozenset[Surface] = frozenset({"retrieval", "tool_call"})
"""Surfaces at which nothing is planted: the attack asks the index or the tool itself."""


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """How far to go."""

    repeats: int = 3
    """How often each attempt is made, with new marks and words; those of strong attacks are made once."""
    dresses: int = 2
    """In how many other dresses (encodings, languages, ...) each case is tried besides the plain one."""
    attacks: tuple[str, ...] = ()
    """Only these; empty: all."""
    cases: tuple[str, ...] = ()
    """Only these; empty: all."""
    seed: int = 0

    @property
    def narrowed(self) -> str:
        """To what the test is narrowed, in words; empty where it is not."""
        named = (("cases", self.cases), ("attacks", self.attacks))
        return " and ".join(f"the {what} {', '.join(only)}" for what, only in named if only)


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """What to try, in order, and what not."""

    attempts: tuple[Attempt, ...]
    left_out: tuple[LeftOut, ...]


def scheme(
    cases: Iterable[Case],
    card: AssistantCard,
    threats: Collection[str] | None,
    depth: Depth,
    attacks: Sequence[type[ChatAttack]] = CHAT_ATTACKS,
) -> Scheme:
    """All attempts. ``threats`` are those that apply, and those that these are ways of; None: whatever there is."""
    first: list[Attempt] = []
    dressed: list[Attempt] = []
    left_out: list[LeftOut] = []
    for case in cases:
        if (threats is not None and not set(case.threats) & set(threats)) or not _wanted(case.id, depth.cases):
            continue
        found = list(_attempts(case, card, attacks, depth, left_out))
        first += found
        dressed += _dressed(found, depth)
    rounds = _in_rounds(first) + _in_rounds(dressed)
    repeated = [
        msgspec.structs.replace(one, repeat=n) for n in range(depth.repeats) for one in rounds if _again(one, n)
    ]
    return Scheme(attempts=tuple(repeated), left_out=tuple(left_out))


def check_named(depth: Depth, cases: Iterable[Case]) -> None:
    """Raises InputError where a case or an attack is named that there is not: nothing tried would look like no loss."""
    known = (
        ("--case", depth.cases, [one.id for one in cases]),
        ("--attack", depth.attacks, [k.id for k in CHAT_ATTACKS]),
    )
    problems = [
        Problem(file=option, finding=f"there is no {option[2:]} '{name:.80}'", fix=nearest(name, ids) or "name another")
        for option, named, ids in known
        for name in named
        if name not in ids
    ]
    if problems:
        raise InputError(problems)


def _again(one: Attempt, n: int) -> bool:
    """Strong attacks search by themselves, at the price of many requests: they are made once."""
    return n == 0 or not one.attack.strong


def _wanted(name: str, only: tuple[str, ...]) -> bool:
    return not only or name in only


def _attempts(
    case: Case,
    card: AssistantCard,
    attacks: Sequence[type[ChatAttack]],
    depth: Depth,
    left_out: list[LeftOut],
) -> Iterator[Attempt]:
    meant = [kind() for kind in attacks if _wanted(kind.id, depth.attacks)]
    meant = [attack for attack in meant if attack.is_for(case)]
    reasons = {attack: attack.unfit(case, card) for attack in meant}
    fits = [attack for attack in meant if not reasons[attack]]
    if not fits and not depth.attacks:
        why = next(iter(reasons.values()), "no attack pursues it")
        left_out.append(_left_out(case, "", case.surfaces, why))
        return
    left_out += [_left_out(case, one.id, _open(case, one), why) for one, why in reasons.items() if why]
    for attack in fits:
        for surface in _open(case, attack):
            if surface in card.surfaces | _NO_PLANT:
                for prompt in range(len(case.prompts) or 1) if attack.each_prompt else (0,):
                    yield Attempt(case=case, attack=attack, surface=surface, prompt=prompt, seed=depth.seed)
    closed = tuple(one for one in case.surfaces if one not in card.surfaces | _NO_PLANT)
    if closed and fits:
        left_out.append(_left_out(case, "", closed, f"nothing can be planted there at {card.name}"))


def _open(case: Case, attack: ChatAttack) -> tuple[Surface, ...]:
    """Where a case's goal comes in by this attack."""
    return tuple(one for one in case.surfaces if one in attack.surfaces)


def _left_out(case: Case, attack: str, surfaces: tuple[Surface, ...], why: str) -> LeftOut:
    return LeftOut(
        case=case.id,
        title=case.title,
        attack=attack,
        threats=tuple(str(one) for one in case.threats),
        surfaces=surfaces,
        layer=case.layer,
        why=why,
    )


def _dressed(found: Sequence[Attempt], depth: Depth) -> Iterator[Attempt]:
    """The first attempts of a case that can be dressed, each in dresses of its own, drawn by the case's name."""
    fit = [one for one in found if one.attack.can_vary]
    worn: set[tuple[int, str]] = set()
    for n in range(depth.dresses if fit else 0):
        base = fit[n % len(fit)]
        name = f"{base.case.id} {base.attack.id} {base.surface} {base.prompt} {n} {depth.seed}"
        drawn = random.Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 -- repeatable, not secret
        free = [kind for kind in VARIATIONS if (id(base), kind.id) not in worn]
        if free:
            kind = drawn.choice(free)
            worn.add((id(base), kind.id))
            yield msgspec.structs.replace(base, variations=(kind(),))


def _in_rounds(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The n-th attempts of all cases before the (n+1)-th of any."""
    seen: dict[str, int] = {}
    ranked = []
    for one in attempts:
        rank = seen[one.case.id] = seen.get(one.case.id, -1) + 1
        ranked.append((rank, one))
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]

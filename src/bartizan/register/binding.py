"""What an acceptance is bound to: the state of the risk that was accepted, and which of its changes are material.

An acceptance is of a state, not of a name. The state holds the facts that the verdict rests on, the factors and levels,
the controls that count, and the evidence that counted; its digest is kept with the acceptance. What is better than what
was accepted leaves it standing: a level that fell, a control that is further. Anything else that differs is material,
and says so in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from bartizan.core.records import Level, Risk, Verdict
from bartizan.register.chain import canonical, digest
from bartizan.register.rows import from_json

_FURTHER = ("not_started", "planned", "implemented", "verified")
_COUNTS: frozenset[str] = frozenset({"lowers", "confirms"})


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a risk, as far as accepting it depends on it."""

    threat: str
    facts: dict[str, str]
    """Fact to its value in words, of those that the verdict rests on."""
    factors: dict[str, int]
    inherent: tuple[int, int, int]
    """Likelihood, impact, level."""
    current: tuple[int, int, int]
    controls: dict[str, str]
    """Control that counts against it, to its status."""
    evidence: dict[str, str]
    """Evidence that was reckoned with, to what it did."""

    @property
    def text(self) -> str:
        """It as canonical JSON."""
        return canonical(msgspec.to_builtins(self))

    @property
    def digest(self) -> str:
        """SHA-256 of `text`."""
        return digest(self.text)


def accepted_state(risk: Risk, verdict: Verdict) -> Accepted:
    """The state of a risk as an assessment has it now."""
    return Accepted(
        threat=risk.threat,
        facts={used.fact: _word(used.value) for used in verdict.facts},
        factors={factor.id: factor.score for factor in risk.factors},
        inherent=_numbers(risk.inherent),
        current=_numbers(risk.current),
        controls={a.control: a.status.value for a in risk.controls if a.status.value != "not_started"},
        evidence={use.id: use.effect for use in risk.evidence},
    )


def read_state(text: str) -> Accepted:
    """A state from its JSON. Raises RegisterError where it is none: somebody changed it behind the register's back."""
    return from_json(text, Accepted)


def material(before: Accepted, now: Accepted) -> tuple[str, ...]:
    """The changes since then for which it would have to be accepted anew, in words; empty where there are none."""
    return tuple(_changes(before, now))


def _changes(before: Accepted, now: Accepted) -> Iterator[str]:
    yield from _levels(before, now)
    for fact, was, is_ in _differing(before.facts, now.facts):
        yield f"the answer on '{fact.replace('_', ' ')}' was {was or 'not asked'} and is {is_ or 'not asked'}"
    for factor in sorted(before.factors.keys() | now.factors.keys()):
        was_score, score = before.factors.get(factor, 0), now.factors.get(factor, 0)
        if score > was_score:
            yield f"the factor {factor} rose from {was_score} to {score}"
    for control, was, is_ in _differing(before.controls, now.controls):
        if _rank(is_) < _rank(was):
            yield f"the control {control} was {_plain(was)} and is {_plain(is_)}"
    yield from _evidence(before, now)


def _evidence(before: Accepted, now: Accepted) -> Iterator[str]:
    """What counted and counts no more, unless something newer counts in its place; and what speaks against it."""
    again = any(name not in before.evidence and effect in _COUNTS for name, effect in now.evidence.items())
    for name, was, is_ in _differing(before.evidence, now.evidence):
        if is_ == "raises":
            yield f"the evidence {name} {'now' if was else 'is new and'} speaks against it"
        elif was in _COUNTS and is_ not in _COUNTS and not again:
            yield f"the evidence {name} counted and does not count any more"


def _levels(before: Accepted, now: Accepted) -> Iterator[str]:
    for word, was, is_ in (("inherent", before.inherent, now.inherent), ("current", before.current, now.current)):
        for part, old, new in zip(("likelihood", "impact", "level"), was, is_, strict=True):
            if new > old:
                yield f"the {word} {part} rose from {old} to {new}"


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for key in sorted(before.keys() | now.keys()):
        was, is_ = before.get(key, ""), now.get(key, "")
        if was != is_:
            yield key, was, is_


def _rank(status: str) -> int:
    """How far a control is; one that is said not to be applicable takes nothing off, so it counts as not started."""
    return _FURTHER.index(status) if status in _FURTHER else 0


def _plain(status: str) -> str:
    return status.replace("_", " ") or "not started"


def _numbers(level: Level) -> tuple[int, int, int]:
    return level.likelihood, level.impact, level.level


def _word(value: object) -> str:
    if value is None:
        return "unknown"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)

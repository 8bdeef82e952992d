"""Decisions as an assessment takes them, and acceptances that hold no longer, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bartizan.core.kept import Holding, KeptDecision
from bartizan.core.records import Assessment, Decision, Note, Risk
from bartizan.core.terms import Treatment
from bartizan.register.binding import Accepted, accepted_state, material, read_state

Lapse = tuple[KeptDecision, str]


def state_of(risk: Risk, made: Assessment) -> Accepted:
    """What an acceptance of a risk is bound to."""
    verdict = next(v for v in made.verdicts if v.id == risk.id)
    return accepted_state(risk, verdict)


def decisions_to_tell(held: Holding) -> Iterator[Decision]:
    """The decisions that hold, and those that lapsed and that nothing replaced: they stay to be seen."""
    names = {row.number: row.risk for row in held.risks}
    for one in (*(d for d in held.decisions if d.state == "held"), *_lapsed(held)):
        yield Decision(
            risk=names[one.risk_number],
            treatment=one.treatment,
            reason=one.reason,
            by=one.settled_by or one.by,
            on=one.on,
            until=one.until,
        )


def _lapsed(held: Holding) -> Iterator[KeptDecision]:
    """The last word on a risk where that was an acceptance, and it lapsed; a request does not change that."""
    last: dict[int, KeptDecision] = {}
    for one in held.decisions:
        known = last.get(one.risk_number)
        if _ever_held(one) and (known is None or _settled(one) > _settled(known)):
            last[one.risk_number] = one
    return (one for one in last.values() if one.state == "lapsed")


def _ever_held(one: KeptDecision) -> bool:
    """Whether it held once. A request that was taken back never did, and was settled but once."""
    if one.state == "withdrawn":
        return one.treatment is not Treatment.ACCEPT or one.revision > 1
    return one.state in {"held", "lapsed"}


def _settled(one: KeptDecision) -> tuple[bool, str, int]:
    return one.state == "held", one.settled_at, one.number


def lapses(held: Holding, made: Assessment, today: str) -> Iterator[Lapse]:
    """Acceptances that hold no longer: their last day has passed, or what they accepted changed materially."""
    names = {row.number: row.risk for row in held.risks}
    now = {risk.id: risk for risk in made.risks}
    for one in held.decisions:
        if one.state != "held" or one.treatment is not Treatment.ACCEPT:
            continue
        risk = now.get(names[one.risk_number])
        changes = material(read_state(one.bound), state_of(risk, made)) if risk and one.bound else ()
        if one.until < today:
            yield one, f"its last day was {one.until}"
        elif changes:
            yield one, "; ".join(changes)


def with_lapses(made: Assessment, held: Holding, lapsing: Iterable[Lapse]) -> Assessment:
    """The assessment with a word on every acceptance that lapses now, or did and was not replaced."""
    names = {row.number: row.risk for row in held.risks}
    told = (*((one, one.settled_why) for one in _lapsed(held)), *lapsing)
    words = {names[one.risk_number]: f"the acceptance lapsed: {why}" for one, why in told}
    if not words:
        return made
    notes = [n for n in made.notes if n.kind != "lapsed_decision"]
    notes += [
        Note(kind="lapsed_decision", text=f"{risk}: {word}", component=risk.partition("@")[2])
        for risk, word in sorted(words.items())
    ]
    changed = tuple(
        msgspec.structs.replace(risk, decision_note=words[risk.id]) if risk.id in words else risk for risk in made.risks
    )
    return msgspec.structs.replace(made, risks=changed, notes=tuple(notes))

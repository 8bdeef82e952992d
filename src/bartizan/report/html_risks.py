"""What the report says of each risk and of each verdict: the arithmetic, the proof, the controls, the ways out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bartizan.catalog.entries import Threat
from bartizan.catalog.scales import Scales
from bartizan.core.proof import UsedFact
from bartizan.core.records import Advice, Level, Risk, Verdict
from bartizan.core.terms import Outcome
from bartizan.report import proofs as prove
from bartizan.report.names import Names
from bartizan.report.questions import all_asked
from bartizan.report.wording import acts, amount, band, capital, percent, sentence


class FactorRow(msgspec.Struct, frozen=True):
    """A factor of likelihood with its share in the sum."""

    name: str
    score: int
    weight: str
    share: str
    why: str
    frameworks: str
    known: bool


class Effect(msgspec.Struct, frozen=True):
    """A control that counts: for each stage what it takes off likelihood and impact, and why not more."""

    control: str
    cells: tuple[str, str, str, str]
    note: str


class Arithmetic(msgspec.Struct, frozen=True):
    """From the level without controls to those of now and after the plan: what each control takes off."""

    effects: tuple[Effect, ...]
    sums: tuple[str, str, str, str]


class Fact(msgspec.Struct, frozen=True):
    """A fact of a proof: what it says, and each source as (text, place)."""

    says: str
    sources: tuple[tuple[str, str], ...]


class Proof(msgspec.Struct, frozen=True):
    """A verdict with what it rests on."""

    verdict: Verdict
    threat: Threat
    name: str
    component: str
    sentence: str
    facts: tuple[Fact, ...]
    needs: tuple[str, ...]


class RiskView(msgspec.Struct, frozen=True):
    """A risk with everything said of it."""

    number: int
    risk: Risk
    proof: Proof
    factors: tuple[FactorRow, ...]
    mean: str
    likelihood: str
    impact: str
    arithmetic: Arithmetic
    ways: tuple[tuple[str, str], ...]
    controls: tuple[tuple[Advice, str], ...]
    acts: tuple[tuple[str, Outcome], ...]


def proofs(words: Names) -> tuple[Proof, ...]:
    """Every verdict with its proof: those that apply first, then unknown, theoretical, and those that do not apply."""
    order = (Outcome.APPLIES, Outcome.UNKNOWN, Outcome.THEORETICAL, Outcome.DOES_NOT_APPLY)
    ordered = sorted(words.dossier.assessment.verdicts, key=lambda v: (order.index(v.outcome), not v.rated))
    return tuple(proof(verdict, words) for verdict in ordered)


def proof(verdict: Verdict, words: Names) -> Proof:
    """A verdict in words."""
    return Proof(
        verdict=verdict,
        threat=words.dossier.threat(verdict.threat),
        name=words.threat(verdict.threat),
        component=words.component(verdict.component),
        sentence=prove.proof(words.dossier, verdict),
        facts=tuple(_fact(fact, verdict.component, words) for fact in verdict.facts),
        needs=tuple(all_asked(words.dossier, verdict)),
    )


def _fact(fact: UsedFact, component: str, words: Names) -> Fact:
    sources = dict.fromkeys(prove.said(words.dossier, origin, component) for origin in fact.origins)
    return Fact(capital(prove.says(fact)), tuple(sources))


def risk_views(words: Names, found: Iterable[Proof]) -> tuple[RiskView, ...]:
    """Every risk in the order of the assessment, the worst first."""
    by_id = {p.verdict.id: p for p in found}
    return tuple(_risk_view(risk, by_id[risk.id], words) for risk in words.dossier.assessment.risks)


def _risk_view(risk: Risk, its_proof: Proof, words: Names) -> RiskView:
    scales = words.dossier.catalog.scales
    mean = sum(f.score * f.weight for f in risk.factors)
    steps = len(scales.likelihood)
    scaled = "" if steps == 5 else f", brought from 1–5 to 1–{steps}"
    return RiskView(
        number=words.numbers[risk.id],
        risk=risk,
        proof=its_proof,
        factors=tuple(_factor_rows(risk, scales)),
        mean=amount(mean),
        likelihood=(
            f"{amount(mean)}{scaled}, rounded to {risk.inherent.likelihood} "
            f"({band(scales.likelihood, risk.inherent.likelihood)})"
        ),
        impact=f"{risk.inherent.impact} ({band(scales.impact, risk.inherent.impact)})",
        arithmetic=_arithmetic(risk, scales),
        ways=tuple((words.threat(way), words.dossier.threat(way).what) for way in risk.ways),
        controls=tuple(_controls(risk, words)),
        acts=tuple((sentence(acts(change)), change.leads_to) for change in risk.changes),
    )


def _controls(risk: Risk, words: Names) -> Iterator[tuple[Advice, str]]:
    """Each control with its reason. A reason that several share, since a group gives it, is said once."""
    said: dict[str, str] = {}
    for advice in risk.controls:
        first = said.setdefault(advice.why, advice.control)
        yield advice, advice.why if first == advice.control else f"As for {words.control(first)}."


def _factor_rows(risk: Risk, scales: Scales) -> Iterator[FactorRow]:
    names = {factor.id: factor.name for factor in scales.factors}
    for f in risk.factors:
        yield FactorRow(
            name=names.get(f.id, f.id),
            score=f.score,
            weight=amount(f.weight),
            share=f"{f.score * f.weight:.2f}",
            why=capital(f.why),
            frameworks=", ".join(f.frameworks),
            known=f.known,
        )


def _arithmetic(risk: Risk, scales: Scales) -> Arithmetic:
    now, then = (_counted(level, scales) for level in (risk.current, risk.residual))
    taken = [0.0, 0.0, 0.0, 0.0]
    effects = []
    for advice in risk.controls:
        shares = (now.get(advice.control, _NOTHING), then.get(advice.control, _NOTHING))
        if advice.control in now or advice.control in then:
            off = (advice.likelihood, advice.impact)
            steps = [step * share for pair in shares for step, share in zip(off, pair, strict=True)]
            taken = [total + step for total, step in zip(taken, steps, strict=True)]
            effects.append(Effect(advice.control, _four(_less(s) for s in steps), _note(*shares, advice, scales)))
    starts = (risk.inherent.likelihood, risk.inherent.impact) * 2
    ends = (risk.current.likelihood, risk.current.impact, risk.residual.likelihood, risk.residual.impact)
    return Arithmetic(tuple(effects), _four(map(_difference, starts, taken, ends)))


def _four(texts: Iterable[str]) -> tuple[str, str, str, str]:
    a, b, c, d = texts
    return a, b, c, d


_Shares = tuple[float, float]
"""The shares of what a control takes off likelihood and impact that count."""
_NOTHING: _Shares = (0.0, 0.0)


def _counted(level: Level, scales: Scales) -> dict[str, _Shares]:
    """The controls that a level counts, and the shares of their reductions. Its reasons begin with ids."""
    split = (line.partition(":") for line in level.why)
    return {control: _shares(how, scales.unverified) for control, _, how in split}


def _shares(how: str, unverified: float) -> _Shares:
    if "not verified" in how:
        return unverified, unverified
    return (1.0, 1.0) if how.endswith("verified") else (0.0, unverified)


def _note(now: _Shares, then: _Shares, advice: Advice, scales: Scales) -> str:
    part = percent(scales.unverified)
    if advice.holds is False:
        return "measured: does not hold, so nothing comes off the likelihood now"
    if 0.0 < now[1] < 1.0:
        return f"now not verified, counts {part}"
    return f"not verified, counts {part}" if 0.0 < then[1] < 1.0 else ""


def _less(step: float) -> str:
    return f"−{amount(step)}" if step else ""


def _difference(start: int, taken: float, end: int) -> str:
    """The arithmetic of one axis, such as `5 − 3.5 = 1.5 → 2`."""
    if not taken:
        return str(start)
    return f"{start} − {amount(taken)} = {amount(start - taken).replace('-', '−')} → {end}"

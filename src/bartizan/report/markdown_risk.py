"""One risk in Markdown: why it applies, how bad it is and how that came to be, whose it is, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.core.records import Advice, Factor, Risk, Verdict
from bartizan.report import proofs, wording
from bartizan.report.dossier import Dossier
from bartizan.report.gfm import bullets, link, table, text


def risk_part(dossier: Dossier, number: int, risk: Risk, verdict: Verdict) -> Iterator[str]:
    """The lines of a risk's part, under an anchor ``risk-<number>`` that does not depend on names."""
    threat = dossier.threat(risk.threat)
    yield f'<a id="risk-{number}"></a>'
    yield ""
    yield f"### {number}. {text(wording.risk_name(dossier, risk))}"
    yield ""
    yield f"**{text(wording.sentence(wording.movement(dossier, risk)))}** {text(proofs.proof(dossier, verdict))}"
    yield ""
    yield from bullets(
        f"{text(proofs.says(f))}: {text(proofs.sources(dossier, f, verdict.component))}" for f in verdict.facts
    )
    where = link(wording.threat_name(dossier, risk.threat), threat.permalink)
    yield f"Rule: {text(proofs.rule(verdict))}. Framework: {where}."
    yield ""
    if risk.ways:
        ways = wording.listing([wording.threat_name(dossier, way) for way in risk.ways])
        yield f"Ways in which it happens here: {text(ways)}."
        yield ""
    yield from _rating(dossier, risk)
    yield f"Who must act: {wording.PARTIES[risk.party]}. {text(wording.sentence(risk.party_why))}"
    yield ""
    yield from _advice(dossier, risk)
    yield from _evidence(risk)
    yield from _ways_out(dossier, risk)


def _rating(dossier: Dossier, risk: Risk) -> Iterator[str]:
    stages = (("Without controls", risk.inherent), ("Now", risk.current), ("After the plan", risk.residual))
    rows = [
        (
            name,
            text(wording.likelihood_name(dossier, stage.likelihood)),
            text(wording.impact_name(dossier, stage.impact)),
            f"**{text(dossier.level_name(stage.level))}**",
            text(wording.level_reasons(dossier, stage)) or " ",
        )
        for name, stage in stages
    ]
    yield from table(("", "Likelihood", "Impact", "Level", "Because of controls"), rows)
    names = {factor.id: factor.name for factor in dossier.catalog.scales.factors}
    factors = [_factor(names.get(factor.id, factor.id), factor) for factor in risk.factors]
    yield from table(("Likelihood comes from", "Score", "Weight", "Why"), factors, "lrrl")
    yield from bullets(f"Impact: {text(why)}" for why in risk.impact_why)


def _factor(name: str, factor: Factor) -> tuple[str, ...]:
    known = "" if factor.known else " (not known)"
    frameworks = f" [{', '.join(factor.frameworks)}]" if factor.frameworks else ""
    return (text(name + known), f"{factor.score} of 5", wording.percent(factor.weight), text(factor.why + frameworks))


def _advice(dossier: Dossier, risk: Risk) -> Iterator[str]:
    rows = [_control(dossier, advice) for advice in risk.controls]
    if rows:
        yield from table(("Control", "Status", "Who", "Takes off", "Why"), rows)


def _control(dossier: Dossier, advice: Advice) -> tuple[str, ...]:
    off = [
        f"{wording.amount(steps)} of {what}"
        for steps, what in ((advice.likelihood, "likelihood"), (advice.impact, "impact"))
        if steps
    ]
    return (
        link(wording.control_name(dossier, advice.control), dossier.control(advice.control).permalink),
        wording.STATUSES[advice.status] + (f" ({text(advice.measured)})" if advice.measured else ""),
        wording.PARTIES[advice.party],
        ", ".join(off) or "carries others",
        text(advice.why),
    )


def _evidence(risk: Risk) -> Iterator[str]:
    rows = [
        (text(f"{use.id} {use.what}".strip()), wording.day(use.on), use.effect, text(use.why)) for use in risk.evidence
    ]
    if rows:
        yield from table(("Evidence", "Date", "Effect", "Why"), rows)


def _ways_out(dossier: Dossier, risk: Risk) -> Iterator[str]:
    if risk.changes:
        yield "Smallest changes that would make it go away:"
        yield ""
        yield from bullets(
            f"{text(wording.acts(change))} (then it {_becomes(wording.OUTCOMES[change.leads_to])})"
            for change in risk.changes
        )
    options = [o for o in risk.options if o.possible]
    if options:
        yield "What you can decide:"
        yield ""
        yield from bullets(f"**{wording.TREATMENTS[option.treatment]}**: {text(option.means)}." for option in options)
    if risk.decision:
        yield f"Decision: {text(wording.decision_in_words(risk.decision, risk.decision_note))}"
        yield ""


def _becomes(outcome: str) -> str:
    return outcome if outcome.startswith("does") else f"is {outcome}"

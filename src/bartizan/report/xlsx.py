"""The assessment as a workbook: risks, every verdict with its proof, controls in order, questions to suppliers."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.core.records import AnnualLoss, Risk
from bartizan.report import conclusions, loss, proofs, questions, wording
from bartizan.report.dossier import Dossier
from bartizan.report.sheets import Cell, Column, Sheet, workbook


def render(dossier: Dossier) -> bytes:
    """The workbook's bytes, the same for the same dossier."""
    made = dossier.assessment
    sheets = (
        _risks(dossier),
        _verdicts(dossier),
        _controls(dossier),
        _suppliers(dossier),
        *_answers(dossier),
        *_loss(dossier),
        _about(dossier),
    )
    levels = [dossier.level_name(n + 1) for n in range(len(dossier.catalog.scales.levels))]
    return workbook(sheets, title=f"Assessment of {wording.plain(made.system)}", on=made.today, levels=levels)


def _risks(dossier: Dossier) -> Sheet:
    columns = (
        Column("Id", 30),
        Column("Threat", 30),
        Column("Where", 22),
        Column("Level now", 11, level=True),
        Column("Without controls", 11, level=True),
        Column("After the plan", 11, level=True),
        Column("Likelihood now", 10),
        Column("Impact now", 10),
        Column("Above appetite", 10),
        Column("Who must act", 14),
        Column("Why it applies", 60),
        Column("Controls", 44),
        Column("Ways out", 44),
        Column("Decision", 40),
        Column("Framework", 44),
    )
    return Sheet(name="Risks", columns=columns, rows=tuple(_risk_rows(dossier)))


def _risk_rows(dossier: Dossier) -> Iterator[tuple[Cell, ...]]:
    verdicts = {verdict.id: verdict for verdict in dossier.assessment.verdicts}
    for risk in dossier.assessment.risks:
        yield (
            risk.id,
            wording.threat_name(dossier, risk.threat),
            wording.at(dossier, risk.component),
            dossier.level_name(risk.current.level),
            dossier.level_name(risk.inherent.level),
            dossier.level_name(risk.residual.level),
            risk.current.likelihood,
            risk.current.impact,
            "yes" if risk.above_appetite else "no",
            wording.PARTIES[risk.party],
            proofs.proof(dossier, verdicts[risk.id]),
            _control_lines(dossier, risk),
            "\n".join(f"{wording.acts(change)}: {wording.OUTCOMES[change.leads_to]}" for change in risk.changes),
            wording.decision_in_words(risk.decision, risk.decision_note) if risk.decision else "",
            dossier.threat(risk.threat).permalink,
        )


def _control_lines(dossier: Dossier, risk: Risk) -> str:
    return "\n".join(f"{wording.control_name(dossier, a.control)}: {wording.STATUSES[a.status]}" for a in risk.controls)


def _verdicts(dossier: Dossier) -> Sheet:
    columns = (
        Column("Id", 36),
        Column("Threat", 34),
        Column("Where", 24),
        Column("Verdict", 15),
        Column("Why", 60),
        Column("Rests on", 60),
        Column("Rule", 34),
        Column("Who must act", 14),
        Column("Framework", 44),
    )
    rows = tuple(
        (
            v.id,
            wording.threat_name(dossier, v.threat),
            wording.at(dossier, v.component),
            wording.OUTCOMES[v.outcome],
            proofs.proof(dossier, v),
            "\n".join(f"{proofs.says(fact)}: {proofs.sources(dossier, fact, v.component)}" for fact in v.facts),
            proofs.rule(v),
            wording.PARTIES[v.party],
            dossier.threat(v.threat).permalink,
        )
        for v in dossier.assessment.verdicts
    )
    return Sheet(name="Verdicts", columns=columns, rows=rows)


def _controls(dossier: Dossier) -> Sheet:
    unit = wording.plain(dossier.catalog.scales.cost_unit)
    columns = (
        Column("Order", 7),
        Column("Control", 34),
        Column("Status", 18),
        Column("Who must act", 18),
        Column("Effort", 8),
        Column(f"Cost ({unit})", 10),
        Column("Plan", 11),
        Column("What it buys", 36),
        Column("Risks above appetite", 10),
        Column("Risks", 60),
        Column("How to verify", 60),
        Column("Framework", 44),
    )
    rows = tuple(
        (
            step.order,
            wording.step_title(dossier, step),
            wording.STATUSES[step.status],
            wording.PARTIES[step.party],
            wording.EFFORTS[step.effort],
            step.cost,
            wording.in_plan(step),
            wording.capital(wording.step_buys(dossier, step)),
            step.above_appetite,
            "\n".join(wording.risk_names(dossier, step.risks)),
            "\n".join(_verify(dossier, step.control)),
            dossier.control(step.control).permalink,
        )
        for step in dossier.assessment.steps
    )
    return Sheet(name="Controls", columns=columns, rows=rows)


def _verify(dossier: Dossier, control: str) -> tuple[str, ...]:
    commands = (f"Run bartizan {one.command}: {one.looks}" for one in dossier.provings(control))
    return *dossier.control(control).verify, *commands


def _suppliers(dossier: Dossier) -> Sheet:
    columns = (Column("Supplier", 24), Column("Control", 34), Column("Question", 70), Column("Risks", 60))
    rows = tuple(
        (
            wording.supplier_name(point),
            wording.control_name(dossier, point.control),
            point.question,
            "\n".join(wording.risk_names(dossier, point.risks)),
        )
        for point in dossier.assessment.open_points
    )
    return Sheet(name="Suppliers", columns=columns, rows=rows)


def _answers(dossier: Dossier) -> Iterator[Sheet]:
    """The answers still worth giving, where there are any."""
    columns = (Column("Component", 24), Column("Question", 70), Column("Field", 24), Column("Verdicts that wait", 60))
    verdicts = {verdict.id: verdict for verdict in dossier.assessment.verdicts}
    rows = tuple(
        (
            wording.name_of(dossier, asked.component),
            questions.question_of(dossier, asked.component, asked.field),
            asked.field,
            "\n".join(wording.risk_name(dossier, verdicts[v]) for v in asked.verdicts if v in verdicts),
        )
        for asked in dossier.assessment.suggestions
    )
    if rows:
        yield Sheet(name="Answers", columns=columns, rows=rows)


def _loss(dossier: Dossier) -> Iterator[Sheet]:
    """The annual loss, where it was quantified: numbers as numbers, each with the ends of its interval."""
    found = dossier.loss
    if found is None:
        return
    unit = wording.plain(found.unit)
    heads = ("Stage", "Figure", f"Loss in a year ({unit})", "95 % from", "95 % to")
    rows = tuple(
        (stage, text, loss.rounded(getattr(year, name)), *_ends(year, name))
        for stage, year in zip(loss.STAGES, loss.stages(found), strict=True)
        for name, text in loss.FIGURES
    )
    yield Sheet(name="Loss", columns=tuple(map(Column, heads, (18, 40, 24, 14, 14))), rows=rows)
    parts = zip(wording.risk_names(dossier, [risk for risk, _ in found.per_risk]), found.per_risk, strict=True)
    yield Sheet(
        name="Loss by risk",
        columns=(Column("Risk", 60), Column(f"Mean a year now ({unit})", 24)),
        rows=tuple((name, loss.rounded(mean)) for name, (_, mean) in parts),
    )


def _ends(year: AnnualLoss, name: str) -> tuple[Cell, Cell]:
    low, high = year.intervals.get(name, (None, None))
    return ("", "") if low is None or high is None else (loss.rounded(low), loss.rounded(high))


def _about(dossier: Dossier) -> Sheet:
    rows = conclusions.foundations(dossier)
    if dossier.loss is not None:
        rows.insert(5, ("Annual loss", " ".join(loss.in_words(dossier, dossier.loss))))
    return Sheet(name="About", columns=(Column("What", 28), Column("Value", 90)), rows=tuple(rows), landscape=False)

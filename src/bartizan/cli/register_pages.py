"""What the register shows at the terminal: systems, one system, one risk, its controls, its evidence, its history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bartizan.core.evidence import Evidence
from bartizan.core.kept import Holding, KeptControl, KeptDecision, KeptEvidence, KeptRisk, KeptSystem, KeptVersion
from bartizan.core.moments import moment_in_words
from bartizan.core.records import EvidenceUse, Level, Risk
from bartizan.register.audit.reading import Told
from bartizan.report.catalog_page import Block, Bullets, Facts, Heading, Page, Part, Table, Text, Words
from bartizan.report.conclusions import headline
from bartizan.report.dossier import Dossier
from bartizan.report.wording import control_name, day, listing, number, plain, rating
from bartizan.workflows.desk import Kept

_NOTHING = "–"
_NOISE = re.compile(r"(^|_)(at|by|on|digest|bound|content|description|question|levels|number)$")
"""Fields that repeat what stands beside them, or are too long for a line."""


def systems_page(systems: Sequence[KeptSystem], levels: Sequence[str]) -> Page:
    """All systems, the worst first."""
    ordered = sorted(systems, key=lambda s: (-s.worst, -s.untreated, s.id))
    rows = tuple(
        (
            Part(one.id, "code"),
            one.name + (" (archived)" if one.archived else ""),
            levels[one.worst - 1].replace("_", " ") if one.worst else _NOTHING,
            str(one.risks),
            str(one.above_appetite),
            str(one.untreated),
            day(one.assessed_on) if one.assessed_on else _NOTHING,
        )
        for one in ordered
    )
    untreated = sum(one.untreated for one in systems if not one.archived)
    lead = f"{number(len(systems), 'system')}; {number(untreated, 'risk')} above appetite without a decision."
    columns = ("Id", "Name", "Worst", "Risks", "Above", "Untreated", "Assessed")
    table = Table(caption="Systems", columns=columns, rows=rows)
    empty = Text("Nothing is kept yet. Begin with: bartizan register add system.yaml")
    return Page(title="Register", lead=lead, blocks=(table,) if rows else (empty,))


def system_page(kept: Kept) -> Page:
    """One system: its risks, what waits, and what is no risk any more."""
    held, dossier = kept.holding, kept.dossier
    blocks: list[Block] = [Facts(tuple(_about(held, kept)))]
    blocks += _risks(dossier, [row for row in held.risks if row.state == "open"], held)
    blocks += _waiting(held)
    blocks += _orphans([row for row in held.risks if row.state != "open"], held)
    foot = f"One risk with all that belongs to it: bartizan register show {held.system.id} R-1"
    return Page(title=f"{held.system.name} ({held.system.id})", lead=headline(dossier), blocks=tuple(blocks), foot=foot)


def _about(held: Holding, kept: Kept) -> Iterator[tuple[str, Words]]:
    yield "Version", str(kept.version)
    if held.system.owner:
        yield "Owner", held.system.owner
    yield "Edition", str(kept.assessment.edition)
    yield "Assessed", day(kept.assessment.today)
    lapsed = [f"D-{one.number} on R-{one.risk_number}: {why}" for one, why in kept.lapses]
    if lapsed:
        yield "Lapsed", "; ".join(lapsed)


def _risks(dossier: Dossier, rows: Sequence[KeptRisk], held: Holding) -> list[Block]:
    ordered = sorted(rows, key=lambda r: (-r.current_level, -r.inherent_level, r.number))
    table = Table(
        caption="Risks",
        columns=("Risk", "Now", "After plan", "Threat", "Where", "Decision", "Owner"),
        rows=tuple(
            (
                Part(f"R-{row.number}", "code"),
                dossier.level_name(row.current_level),
                dossier.level_name(row.residual_level),
                row.name,
                row.label,
                _treatment(held, row),
                row.owner or _NOTHING,
            )
            for row in ordered
        ),
    )
    return [Heading("Risks"), table] if rows else []


def _treatment(held: Holding, row: KeptRisk) -> str:
    found = held.holds(row.number)
    if found is not None:
        return found.treatment.value + (f" until {day(found.until)}" if found.until else "")
    return "none" if row.above_appetite else _NOTHING


def _waiting(held: Holding) -> list[Block]:
    asked = [one for one in held.decisions if one.state == "requested"]
    lines = tuple(
        f"D-{d.number}: {d.requested_by} asks to accept R-{d.risk_number} until {day(d.until)}: {d.reason}"
        for d in asked
    )
    return [Heading("Waits for approval"), Bullets(lines)] if lines else []


def _orphans(rows: Sequence[KeptRisk], held: Holding) -> list[Block]:
    """What is no risk now stays to be seen, with the reason, and with what still belongs to it."""
    table = Table(
        caption="No risk now",
        columns=("Risk", "Threat", "Where", "Why", "Belongs to it"),
        rows=tuple((Part(f"R-{r.number}", "code"), r.name, r.label, r.state_why, _belongings(held, r)) for r in rows),
    )
    return [Heading("No risk now"), table] if rows else []


def _belongings(held: Holding, row: KeptRisk) -> str:
    ours = [f"D-{d.number}" for d in held.decisions if d.risk_number == row.number]
    ours += [f"E-{e.number}" for e in held.evidence if e.risk_number == row.number]
    ours += [number(n, "comment") for n in [sum(c.risk_number == row.number for c in held.comments)] if n]
    return listing(ours) or _NOTHING


def risk_page(kept: Kept, row: KeptRisk, history: Sequence[Told]) -> Page:
    """One risk with its rating, controls, evidence, decisions, discussion and history."""
    dossier, held = kept.dossier, kept.holding
    risk = kept.risk(row.number)
    blocks: list[Block] = []
    if risk is not None:
        blocks += [Facts(tuple(_rating(dossier, risk, row))), *_factors(risk), *_controls(dossier, risk)]
    else:
        blocks.append(Text(f"It is no risk now: {row.state_why}."))
    blocks += _evidence_of(kept, [e for e in held.evidence if e.risk_number == row.number])
    blocks += _decisions([d for d in held.decisions if d.risk_number == row.number])
    said = tuple(f"{c.by}, {moment_in_words(c.at)}: {c.text}" for c in held.comments if c.risk_number == row.number)
    blocks += [Heading("Discussion"), Bullets(said)] if said else []
    blocks += [Heading("History"), _log(history)] if history else []
    lead = f"{row.name} at {row.label}; {row.risk}" if row.state == "open" else f"{row.name}; {row.risk}"
    return Page(title=f"R-{row.number} of {held.system.id}", lead=lead, blocks=tuple(blocks))


def _rating(dossier: Dossier, risk: Risk, row: KeptRisk) -> Iterator[tuple[str, Words]]:
    for word, level in (("Without controls", risk.inherent), ("Now", risk.current), ("After the plan", risk.residual)):
        yield word, _level(dossier, level)
    yield "Appetite", "above" if risk.above_appetite else "within"
    yield "Whose", plain(risk.party_why)
    if row.owner:
        yield "Owner", row.owner
    if risk.decision_note:
        yield "Attention", risk.decision_note


def _level(dossier: Dossier, level: Level) -> str:
    why = f": {'; '.join(level.why)}" if level.why else ""
    return f"{rating(dossier, level)}{why}"


def _factors(risk: Risk) -> list[Block]:
    rows = tuple((Part(f.id, "code"), f"{f.score} of 5", f.why) for f in risk.factors)
    return [Heading("Factors"), Table(caption="Factors", columns=("Factor", "Score", "Why"), rows=rows)]


def _controls(dossier: Dossier, risk: Risk) -> list[Block]:
    rows = tuple(
        (
            Part(a.control, "code"),
            control_name(dossier, a.control),
            a.status.value.replace("_", " "),
            a.measured or a.party.value,
        )
        for a in risk.controls
    )
    columns = ("Control", "What", "How far", "Measured, or whose")
    return [Heading("Controls"), Table(caption="Controls", columns=columns, rows=rows)] if rows else []


def _decisions(decisions: Iterable[KeptDecision]) -> list[Block]:
    rows = tuple(
        (
            Part(f"D-{d.number}", "code"),
            d.treatment.value,
            d.state,
            d.by,
            d.settled_by or _NOTHING,
            day(d.until or d.due) if d.until or d.due else _NOTHING,
            d.reason + (f" ({d.settled_why})" if d.settled_why else ""),
        )
        for d in decisions
    )
    columns = ("Decision", "Treatment", "State", "By", "Settled by", "Until or due", "Why")
    return [Heading("Decisions"), Table(caption="Decisions", columns=columns, rows=rows)] if rows else []


def evidence_page(kept: Kept) -> Page:
    """All evidence of a system, the newest first."""
    found = kept.holding.evidence
    live = sum(not one.withdrawn for one in found)
    empty = Text(f"Add some with: bartizan evidence add {kept.holding.system.id} --risk R-1 --what ... --on ...")
    lead = f"{number(live, 'piece')} of evidence; {len(found) - live} withdrawn."
    blocks = _evidence_of(kept, found)[1:] or [empty]
    return Page(title=f"Evidence on {kept.holding.system.name}", lead=lead, blocks=tuple(blocks))


def _evidence_of(kept: Kept, found: Iterable[KeptEvidence]) -> list[Block]:
    uses = {use.id: use for risk in kept.assessment.risks for use in risk.evidence}
    rows = tuple(
        (
            Part(f"E-{one.number}", "code"),
            _about_what(one),
            one.evidence.what,
            day(one.evidence.held_on),
            counted_in_words(one.evidence),
            f"withdrawn: {one.withdrawn_why}" if one.withdrawn else _use(uses.get(f"E-{one.number}")),
        )
        for one in found
    )
    columns = ("Evidence", "About", "What", "Held on", "Counts", "What it does")
    return [Heading("Evidence"), Table(caption="Evidence", columns=columns, rows=rows)] if rows else []


def _use(use: EvidenceUse | None) -> str:
    return f"{use.effect}: {use.why}" if use else "no risk here rests on it"


def _about_what(one: KeptEvidence) -> str:
    if one.risk_number is not None:
        return f"R-{one.risk_number}"
    return one.evidence.control + (f" at {one.evidence.component}" if one.evidence.component else "")


def counted_in_words(seen: Evidence) -> str:
    """Counts with their rate and interval, or what was found of a control."""
    if seen.counts is None or seen.interval is None:
        return _NOTHING if seen.passed is None else ("works" if seen.passed else "does not work")
    hits, trials = seen.counts
    low, high = seen.interval
    return f"{hits} of {trials}: {_percent(hits / trials)} ({_percent(low)}–{_percent(high)})"


def _percent(share: float) -> str:
    """Whole points, and tenths where the difference to none or to all would not show."""
    return f"{share:.1%}" if 0.0005 < share < 0.01 or 0.99 < share < 0.9995 else f"{share:.0%}"


def controls_page(kept: Kept) -> Page:
    """What the register says of controls, and what is planned first."""
    held = kept.holding
    rows = tuple(_control_row(kept.dossier, one) for one in held.controls)
    columns = ("Control", "Where", "How far", "Owner", "Due", "Why")
    lead = f"The register speaks of {number(len(rows), 'control')}; for all others the description's word holds."
    table: tuple[Block, ...] = (Table(caption="Controls", columns=columns, rows=rows),) if rows else ()
    return Page(title=f"Controls of {held.system.name}", lead=lead, blocks=table)


def _control_row(dossier: Dossier, one: KeptControl) -> tuple[Words, ...]:
    return (
        Part(one.control, "code"),
        dossier.label(one.component) if one.component else "everywhere",
        one.status.value.replace("_", " "),
        one.owner or _NOTHING,
        day(one.due) if one.due else _NOTHING,
        one.reason or _NOTHING,
    )


def history_page(system: KeptSystem, versions: Sequence[KeptVersion], entries: Sequence[Told]) -> Page:
    """The versions of a description, and the last that was done."""
    rows = tuple((str(v.number), moment_in_words(v.at), v.by, v.note or _NOTHING) for v in versions)
    table = Table(caption="Versions", columns=("Version", "Handed in", "By", "Note"), rows=rows)
    lead = f"{number(len(versions), 'version')} of the description; the newest entries of the audit below."
    blocks: tuple[Block, ...] = (table, Heading("What was done"), _log(entries))
    return Page(title=f"History of {system.name}", lead=lead, blocks=blocks, foot=_diff(system, versions))


def _diff(system: KeptSystem, versions: Sequence[KeptVersion]) -> str:
    if len(versions) < 2:
        return ""
    newest = versions[0].number
    return f"Compare: bartizan register diff {system.id} {newest - 1} {newest}"


def _log(entries: Sequence[Told]) -> Table:
    rows = tuple(
        (str(one.seq), moment_in_words(one.body.at), one.body.actor, one.body.action, _changed(one)) for one in entries
    )
    return Table(caption="Audit", columns=("Entry", "When", "Who", "What", "Changed"), rows=rows)


def _changed(one: Told) -> str:
    parts = [one.body.subject.partition("/")[2].partition("/")[2]]
    for field, pair in one.body.changed.items():
        if len(pair) == 2 and not _NOISE.search(field):
            parts.append(f"{field}: {str(pair[1])[:60]}")
    return "; ".join(filter(None, parts)) or _NOTHING

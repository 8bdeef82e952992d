"""What changed between two assessments, and why, for people and programs: terminal, Markdown, JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

import msgspec

from bartizan.core.comparison import (
    Comparison,
    ComponentChange,
    ControlChange,
    FactChange,
    RiskChange,
    RiskMove,
    RuleWords,
    Side,
    VerdictChange,
)
from bartizan.core.records import Level, Suggestion
from bartizan.core.terms import SYSTEM, Outcome
from bartizan.report import gfm, proofs, wording
from bartizan.report.dossier import Dossier
from bartizan.report.questions import asked, suggestion_in_words


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Two dossiers and what changed from the one to the other."""

    before: Dossier
    after: Dossier
    comparison: Comparison


class Item(msgspec.Struct, frozen=True):
    """One change, and what is said of it."""

    head: str
    details: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """Changes of one kind."""

    title: str
    items: tuple[Item, ...]


_MOVES: dict[RiskMove, str] = {
    "new": "New risks",
    "up": "Risks that went up",
    "undecided": "Risks that are no longer decided",
    "shifted": "Risks that shifted within their level",
    "down": "Risks that went down",
    "gone": "Risks that are gone",
}


def answer(compared: Compared) -> str:
    """What changed, in a sentence."""
    found = compared.comparison
    if found.is_same:
        return "Nothing changed: the same verdicts, risks, controls and components."
    counts = {move: sum(r.move == move for r in found.risks) for move in _MOVES}
    new_above = sum(r.move == "new" and r.above_after for r in found.risks)
    parts = []
    if counts["new"]:
        parts.append(f"{wording.number(counts['new'], 'risk is', 'risks are')} new ({new_above} above appetite)")
    went = [(move, counts[move]) for move in ("up", "down")]
    parts += [f"{wording.number(count, 'risk')} went {move}" for move, count in went if count]
    if counts["undecided"]:
        were_above = sum(r.move == "undecided" and r.above_before for r in found.risks)
        undecided = wording.number(counts["undecided"], "risk is", "risks are")
        were = "was" if were_above == 1 else "were"
        parts.append(f"{undecided} no longer decided, since answers are missing ({were_above} {were} above appetite)")
    if counts["gone"]:
        parts.append(f"{wording.number(counts['gone'], 'risk is', 'risks are')} gone")
    total = f"{_total(found.before)} before, {_total(found.after)} now"
    if not parts:
        return f"No risk came, went or changed its level ({total}); what else changed is below."
    return f"{wording.sentence(wording.listing(parts))[:-1]}: {total}."


def _total(side: Side) -> str:
    return f"{wording.number(side.risks, 'risk')} ({side.above_appetite} above appetite)"


def _title(compared: Compared) -> str:
    before, after = compared.comparison.before, compared.comparison.after
    first, second = (_side(d, s) for d, s in ((compared.before, before), (compared.after, after)))
    return f"{first} → {second}"


def _side(dossier: Dossier, side: Side) -> str:
    return f"{wording.plain(side.system)} ({wording.file_name(dossier)}, AI Exchange {side.edition})"


# the changes in words


def sections(compared: Compared) -> tuple[Section, ...]:
    """Every change in words, in sections that are not empty; what is worse comes first."""
    found = compared.comparison
    drafts = [
        *((title, [_risk(compared, r) for r in found.risks if r.move == move]) for move, title in _MOVES.items()),
        ("Verdicts that came out otherwise", list(_verdicts(compared))),
        ("Controls", [_control(compared, c) for c in found.controls]),
        ("Components", [_component(c) for c in found.components]),
        (
            "Other names",
            [Item(f"{wording.plain(n.before)} is now called {wording.plain(n.after)}") for n in found.names],
        ),
        ("Answers that are missing now", [_asked(compared.after, s) for s in found.asked]),
        ("Answers that are no longer missing", [_asked(compared.before, s) for s in found.answered]),
    ]
    return tuple(Section(title, tuple(items)) for title, items in drafts if items)


def _where(compared: Compared, threat: str, component: str) -> str:
    dossier = compared.after if _is_in(compared.after, component) else compared.before
    known = compared.after if threat in compared.after.catalog.threats else compared.before
    return f"{wording.threat_name(known, threat)} at {wording.at(dossier, component)}"


def _is_in(dossier: Dossier, component: str) -> bool:
    return component == SYSTEM or component in dossier.system.components


def _level(dossier: Dossier, level: Level | None) -> str:
    return wording.rating(dossier, level) if level else "none"


def _risk(compared: Compared, risk: RiskChange) -> Item:
    name = _where(compared, risk.threat, risk.component)
    if risk.move == "new":
        above = ", above your appetite" if risk.above_after else ""
        moved = f"{_level(compared.after, risk.after)}{above}"
    elif risk.move == "undecided":
        above = ", above your appetite" if risk.above_before else ""
        return Item(f"{name}: was {_level(compared.before, risk.before)}{above}", tuple(_missing(compared, risk)))
    elif risk.move == "gone":
        moved = f"was {_level(compared.before, risk.before)}"
    else:
        moved = f"{_level(compared.before, risk.before)} → {_level(compared.after, risk.after)}"
    verdict = next(
        (v for v in compared.comparison.verdicts if (v.threat, v.component) == (risk.threat, risk.component)), None
    )
    why = risk.why or (tuple(_reasons(compared, verdict)) if verdict else ())
    return Item(f"{name}: {moved}", tuple(map(wording.sentence, why)))


def _missing(compared: Compared, risk: RiskChange) -> Iterator[str]:
    """The answers without which it is not known whether a risk is still one."""
    questions = dict.fromkeys(asked(compared.after, need) for need in risk.missing)
    yield f"Answers that are missing: {'; '.join(questions)}" if questions else "Answers are missing."


def _verdicts(compared: Compared) -> Iterator[Item]:
    """Verdicts with reasons of their own; those that share a plain one are told together."""
    risks = {(r.threat, r.component) for r in compared.comparison.risks}
    shared: dict[tuple[str, str], list[str]] = {}
    for verdict in compared.comparison.verdicts:
        if (verdict.threat, verdict.component) in risks:
            continue
        name = _where(compared, verdict.threat, verdict.component)
        turn = f"{_outcome(verdict.before)} → {_outcome(verdict.after)}"
        reasons = tuple(_reasons(compared, verdict))
        if verdict.facts or verdict.rules:
            yield Item(f"{name}: {turn}", tuple(map(wording.sentence, reasons)))
        else:
            shared.setdefault((turn, " ".join(reasons)), []).append(name)
    for (turn, why), names in shared.items():
        yield Item(f"{turn}: {'; '.join(names)}", (wording.sentence(why),) if why else ())


def _outcome(outcome: Outcome | None) -> str:
    return wording.OUTCOMES[outcome] if outcome else "not judged"


def _reasons(compared: Compared, verdict: VerdictChange) -> Iterator[str]:
    for fact in verdict.facts:
        yield _fact(compared, fact)
    for rule in verdict.rules:
        yield from _rule(compared, rule, verdict.threat)
    if verdict.why:
        yield wording.plain(verdict.why)


def _fact(compared: Compared, fact: FactChange) -> str:
    places = "; ".join(proofs.source(compared.after, origin) for origin in fact.origins)
    now = _says(fact.after, fact.value_after) + (f" ({places})" if places else "")
    return f"now {now}; before {_says(fact.before, fact.value_before)}"


def _says(says: str, value: object) -> str:
    if value is None:
        return f"not known: {wording.plain(says)}"
    return wording.plain(says) + ("" if isinstance(value, bool) else f" ({wording.plain(str(value))})")


def _rule(compared: Compared, rule: RuleWords, threat: str) -> Iterator[str]:
    found = compared.comparison
    above = "" if rule.threat == threat else f" for {wording.threat_name(compared.after, rule.threat)}"
    for side, words in ((found.before, rule.before), (found.after, rule.after)):
        text = " ".join(words) or "it has no rule for this threat"
        yield f"rule of {side.edition}{above}: {wording.plain(text)}"


def _control(compared: Compared, change: ControlChange) -> Item:
    known = compared.after if change.control in compared.after.catalog.controls else compared.before
    places = wording.listing([wording.at(compared.after, c) for c in change.components if c != SYSTEM])
    turn = f"{wording.STATUSES[change.before]} → {wording.STATUSES[change.after]}"
    return Item(f"{wording.control_name(known, change.control)}{f' at {places}' if places else ''}: {turn}")


def _component(change: ComponentChange) -> Item:
    label = wording.plain(change.label)
    if change.change == "renamed":
        return Item(f"{label}: renamed from {change.before} to {change.id}, which changes nothing by itself")
    return Item(f"{label} ({change.id}): {change.change}")


def _asked(dossier: Dossier, suggestion: Suggestion) -> Item:
    return Item(suggestion_in_words(dossier, suggestion))


# formats


def terminal(compared: Compared, width: int = 80) -> str:
    """The comparison as text with no line longer than ``width`` columns (at least 40)."""
    width = max(width, 40)
    lines = [*textwrap.wrap(_title(compared), width), "", *textwrap.wrap(answer(compared), width)]
    for section in sections(compared):
        lines += ["", section.title]
        for item in section.items:
            lines += textwrap.wrap(item.head, width, initial_indent=" · ", subsequent_indent="   ")
            for detail in item.details:
                lines += textwrap.wrap(detail, width, initial_indent="     ", subsequent_indent="     ")
    return "\n".join(lines) + "\n"


def markdown(compared: Compared) -> str:
    """The comparison as GitHub-flavoured Markdown."""
    lines = [f"# {gfm.text(_title(compared))}", "", gfm.text(answer(compared)), ""]
    for section in sections(compared):
        lines += [f"## {section.title}", "", *_bullets(section.items), ""]
    return "\n".join(lines)


def _bullets(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield f"- {gfm.text(item.head)}"
        yield from (f"    - {gfm.text(detail)}" for detail in item.details)


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    schema_version: int
    answer: str
    is_worse: bool
    comparison: Comparison
    threats: dict[str, str]
    components: dict[str, str]


def json(compared: Compared) -> str:
    """The comparison as JSON, with the names of what it mentions by id."""
    found = compared.comparison
    threats = {c.threat for c in found.verdicts} | {c.threat for c in found.risks}
    both = (compared.before, compared.after)
    payload = _Payload(
        schema_version=1,
        answer=answer(compared),
        is_worse=found.is_worse,
        comparison=found,
        threats={t: wording.threat_name(d, t) for d in both for t in sorted(threats & d.catalog.threats.keys())},
        components={c.id: wording.plain(c.label) for d in both for c in d.system.components.values()},
    )
    return msgspec.json.format(msgspec.json.encode(payload), indent=2).decode() + "\n"

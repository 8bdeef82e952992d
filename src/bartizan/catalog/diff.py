"""What changed between two editions of the framework, and what that means: names, rules, relations, groups.

Whether a rule became wider or narrower is not guessed but worked out, by `bartizan.catalog.reach`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from bartizan.catalog.entries import Catalog, Condition, Threat
from bartizan.catalog.reach import MEANS, Case, Reach, RulePair, ties_of
from bartizan.catalog.relations import deep_dive_relations, periodic_relations
from bartizan.catalog.wording import condition_in_words, rule_in_words
from bartizan.core.rule import All, Not, Rule
from bartizan.core.terms import ControlId, Edition, ThreatId

Change: TypeAlias = Literal["added", "removed", "renamed"]


class NameChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A threat or control that has come, gone, or changed its name."""

    kind: Literal["threat", "control"]
    id: str
    change: Change
    before: str = ""
    after: str = ""
    means: str = ""


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A threat whose rule reads differently: before and after in words, and whether more or fewer systems have it."""

    threat: ThreatId
    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    applies: Reach
    possible: Reach
    means: str
    gained_where: str = ""
    """The shortest case of a system to which it applies in the later edition only."""
    lost_where: str = ""
    """The shortest case of a system to which it applies in the earlier edition only."""


class RelationChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The controls that a source relates to a threat in one edition only."""

    threat: ThreatId
    name: str
    source: str
    added: tuple[ControlId, ...] = ()
    removed: tuple[ControlId, ...] = ()


class GroupChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group of controls with other members; threats that refer to it as a whole change with it."""

    group: str
    name: str
    added: tuple[ControlId, ...] = ()
    removed: tuple[ControlId, ...] = ()


class EditionDiff(msgspec.Struct, frozen=True, kw_only=True):
    """All that differs between two editions, the older first."""

    before: Edition
    after: Edition
    names: tuple[NameChange, ...]
    rules: tuple[RuleChange, ...]
    relations: tuple[RelationChange, ...]
    groups: tuple[GroupChange, ...]
    incomparable: tuple[str, ...] = ()
    """Sources that one of the two does not have, so that nothing can be said of them."""


def diff(catalog: Catalog, before: Edition, after: Edition) -> EditionDiff:
    """The differences between two editions, in either order of time."""
    incomparable = [
        f"The edition of {edition} prints no {source}, so its pairs are not compared."
        for source, kept in (("periodic table", catalog.tables), ("control list per threat", catalog.deep_dives))
        for edition in (before, after)
        if edition not in kept
    ]
    return EditionDiff(
        before=before,
        after=after,
        names=(*_threat_names(catalog, before, after), *_control_names(catalog, before, after)),
        rules=tuple(_rules(catalog, before, after)),
        relations=tuple(_relations(catalog, before, after)),
        groups=tuple(_groups(catalog, before, after)),
        incomparable=tuple(incomparable),
    )


def _threat_names(catalog: Catalog, before: Edition, after: Edition) -> Iterator[NameChange]:
    for threat in catalog.threats.values():
        old, new = threat.names.get(before, ""), threat.names.get(after, "")
        if old == new:
            continue
        above = catalog.threats[threat.parent].name_in(after) if threat.parent else ""
        means = "the same threat under another name"
        if not old:
            means = f"filed under {above}" if above else "a group of its own"
        elif not new:
            means = f"filed under {above} until then" if above else "no longer named"
        yield NameChange(kind="threat", id=threat.id, change=_change(old, new), before=old, after=new, means=means)


def _control_names(catalog: Catalog, before: Edition, after: Edition) -> Iterator[NameChange]:
    for control in catalog.controls.values():
        old, new = control.names.get(before, ""), control.names.get(after, "")
        if old.replace(" ", "") == new.replace(" ", ""):
            continue
        means = "the same control under another name"
        if not old:
            means = control.title
        elif not new and control.merged_into:
            means = f"merged into {catalog.controls[control.merged_into].title.lower()}"
        elif not new:
            means = "no longer named"
        yield NameChange(kind="control", id=control.id, change=_change(old, new), before=old, after=new, means=means)


def _change(old: str, new: str) -> Change:
    if not old:
        return "added"
    return "renamed" if new else "removed"


# Rules


def _rules(catalog: Catalog, before: Edition, after: Edition) -> Iterator[RuleChange]:
    ties = ties_of(catalog.facts.values())
    for threat in catalog.threats.values():
        old, new = threat.rules.get(before), threat.rules.get(after)
        if (old and (old.possible, old.matters)) == (new and (new.possible, new.matters)):
            continue
        applying = RulePair(_applies(old), _applies(new), ties)
        applies, possible = applying.reach, RulePair(_possible(old), _possible(new), ties).reach
        yield RuleChange(
            threat=threat.id,
            name=threat.name_in(after),
            before=_words(catalog, threat, old),
            after=_words(catalog, threat, new),
            applies=applies,
            possible=possible,
            means=_meaning(applies, possible),
            gained_where=_case_in_words(catalog, applying.shortest(gained=True)),
            lost_where=_case_in_words(catalog, applying.shortest(gained=False)),
        )


def _words(catalog: Catalog, threat: Threat, condition: Condition | None) -> tuple[str, ...]:
    return condition_in_words(catalog, threat, condition) if condition else ()


def _meaning(applies: Reach, possible: Reach) -> str:
    if applies == possible or applies in {"added", "removed"}:
        return MEANS[applies].capitalize() + "."
    if applies == "same":
        theoretical = {
            "wider": "more systems have it as theoretical",
            "narrower": "fewer systems have it as theoretical",
        }
        return f"It applies to the same systems, but {theoretical.get(possible, 'it is theoretical for others')}."
    if possible == "same":
        return f"It is possible in the same systems; where it applies, {MEANS[applies]}."
    return f"Where it applies: {MEANS[applies]}. Where it is at least possible: {MEANS[possible]}."


def _applies(condition: Condition | None) -> Rule | None:
    if condition is None or condition.matters is None:
        return _possible(condition)
    return All((condition.possible, condition.matters))


def _possible(condition: Condition | None) -> Rule | None:
    return condition.possible if condition is not None else None


def _case_in_words(catalog: Catalog, case: Case) -> str:
    return " and ".join(rule_in_words(catalog, fact if value else Not(fact)) for fact, value in case.items())


# Relations and groups


def _relations(catalog: Catalog, before: Edition, after: Edition) -> Iterator[RelationChange]:
    for source, expand in (("periodic table", periodic_relations), ("deep dive", deep_dive_relations)):
        old, new = ({(r.threat, r.control) for r in expand(catalog, edition)} for edition in (before, after))
        if not old or not new:
            continue
        for threat in sorted({t for t, _ in old ^ new}):
            yield RelationChange(
                threat=threat,
                name=catalog.threats[threat].name_in(after),
                source=source,
                added=tuple(sorted(c for t, c in new - old if t == threat)),
                removed=tuple(sorted(c for t, c in old - new if t == threat)),
            )


def _groups(catalog: Catalog, before: Edition, after: Edition) -> Iterator[GroupChange]:
    for group in catalog.groups.values():
        old, new = group.members.get(before, ()), group.members.get(after, ())
        if set(old) != set(new):
            yield GroupChange(
                group=group.id,
                name=group.name,
                added=tuple(c for c in new if c not in old),
                removed=tuple(c for c in old if c not in new),
            )

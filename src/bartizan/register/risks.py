"""Risks and their identity: a risk keeps its number for life, through every edit of the description.

What a risk is called (threat@component) follows its component when `renamed_from` says so. A rename is news once: when
the version before had the old id, and the new one says for the first time that it was called so. What is not there any
more stays, as `gone` or `undecided`, with its decisions and evidence: shown, never dropped, and the same row again when
it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy import Connection, insert, select, update

from bartizan.core.errors import NotFound
from bartizan.core.kept import KeptRisk, RiskState
from bartizan.core.records import Assessment, Risk, Verdict
from bartizan.core.terms import ComponentId, Outcome, risk_id
from bartizan.register import tables as t
from bartizan.register.change import Change, Row, row_state, subject_of
from bartizan.register.rows import can_be_kept, every, first

Moves = Mapping[ComponentId, ComponentId]
"""Old id of a component to its new one."""


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """What people call threats and components, so that a search finds them; each is kept as far as it fits.

    A component that is not among them is no part of the system.
    """

    threats: Mapping[str, str]
    components: Mapping[str, str]


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment changed among the risks of a system, by number."""

    new: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    """Those whose rating differs."""
    left: tuple[int, ...] = ()
    """Those that no longer apply or are no longer decided."""
    returned: tuple[int, ...] = ()


def risks(connection: Connection, system: str) -> tuple[KeptRisk, ...]:
    """All risks of a system, by number, those that are gone included."""
    query = select(t.risks).where(t.risks.c.system == system).order_by(t.risks.c.number)
    return every(connection, query, KeptRisk)


def risk(connection: Connection, system: str, which: int | str) -> KeptRisk:
    """A risk by its number or by threat@component as it is called now. Raises NotFound."""
    column = t.risks.c.number if isinstance(which, int) else t.risks.c.risk
    query = select(t.risks).where(t.risks.c.system == system, column == which)
    there = can_be_kept(system) and can_be_kept(str(which))
    found = first(connection, query, KeptRisk) if there else None
    if found is None:
        raise NotFound(f"system '{system:.100}' has no risk {which if isinstance(which, int) else repr(which[:200])}")
    return found


def rename(
    change: Change, system: str, moves: Moves, labels: Mapping[str, str], aside: Callable[[str], str]
) -> tuple[int, ...]:
    """Rows follow their component: the numbers of those that now have another name.

    Where components became one, several rows may claim a name: that of the component that stays has it, else an open
    one before one that is gone. The others are called what `aside` makes of their place, and are shown as gone.
    """
    rows = _rows(change.connection, system)
    wanted = {n: moves[ComponentId(row["component"])] for n, row in rows.items() if row["component"] in moves}
    taken = {row["risk"] for n, row in rows.items() if n not in wanted}
    going: dict[int, str] = {}
    for number in sorted(wanted, key=lambda n: (rows[n]["state"] != "open", n)):
        row = rows[number]
        fits = risk_id(row["threat"], wanted[number]) not in taken
        going[number] = wanted[number] if fits else aside(row["component"])
        taken.add(risk_id(row["threat"], going[number]))
    for number in going:  # two may swap names, which no unique index lets them do in one step
        _write(change, rows[number], {"risk": f"#{number}"})
    changed = {}
    for number, place in going.items():
        row = rows[number]
        label = _line(labels.get(place, row["label"]))
        values = {"risk": risk_id(row["threat"], place), "component": place, "label": label}
        changed[number] = _update(change, row, values)
    _tell(change, system, "risks.rename", {"renamed": tuple(changed)}, changed)
    return tuple(changed)


def reconcile(change: Change, system: str, made: Assessment, labels: Labels) -> Reconciled:
    """Bring the rows of a system to what an assessment says."""
    rows = _rows(change.connection, system)
    changed: dict[int, Row] = {}
    new, moved, returned = _bring_in(change, system, made, labels, rows, changed)
    left = _let_go(change, made, rows, changed, labels)
    result = Reconciled(new=new, moved=moved, left=left, returned=returned)
    _tell(change, system, "risks.reconcile", msgspec.structs.asdict(result), changed)
    return result


def _bring_in(
    change: Change, system: str, made: Assessment, labels: Labels, rows: Mapping[int, Row], changed: dict[int, Row]
) -> tuple[tuple[int, ...], ...]:
    """Rows for what applies now: the numbers of those that are new, moved, and back again."""
    by_risk = {row["risk"]: row for row in rows.values()}
    new: list[int] = []
    moved: list[int] = []
    returned: list[int] = []
    for one in sorted(made.risks, key=lambda r: r.id):
        values = _values(one, labels, change)
        row = by_risk.get(one.id)
        if row is None:
            number = max(rows, default=0) + len(new) + 1
            new.append(number)
            changed[number] = _insert(change, {"system": system, "number": number, "first_seen": change.day, **values})
        elif any(row[field] != value for field, value in values.items() if field != "last_seen"):
            (moved if row["state"] == "open" else returned).append(row["number"])
            changed[row["number"]] = _update(change, row, values)
        elif row["last_seen"] != change.day:
            _write(change, row, {"last_seen": change.day})
    return tuple(new), tuple(moved), tuple(returned)


def _let_go(
    change: Change, made: Assessment, rows: Mapping[int, Row], changed: dict[int, Row], labels: Labels
) -> tuple[int, ...]:
    """Rows of what does not apply any more stay, and say why they are no risk now."""
    open_ones = {r.id for r in made.risks}
    verdicts = {v.id: v for v in made.verdicts}
    left = []
    for number, row in rows.items():
        if row["risk"] in open_ones:
            continue
        verdict = verdicts.get(row["risk"])
        here = verdict is not None or row["component"] in labels.components
        state, why = _gone(made, verdict) if here else ("gone", _NO_PLACE.format(row["label"]))
        if (row["state"], row["state_why"]) != (state, why):
            left.append(number)
            changed[number] = _update(change, row, {"state": state, "state_why": why, "above_appetite": False})
    return tuple(left)


_NO_PLACE = "'{}' is no longer part of the system"


def _gone(made: Assessment, verdict: Verdict | None) -> tuple[RiskState, str]:
    """Where a risk that is no longer one has gone, and why, in words."""
    if verdict is None:
        return "gone", f"edition {made.edition} does not judge this threat here"
    if verdict.outcome is Outcome.UNKNOWN:
        missing = ", ".join(sorted({f"{n.component}.{n.field}" for n in verdict.needs})[:5])
        return "undecided", f"answers are missing: {missing}" if missing else "answers are missing"
    if verdict.outcome is Outcome.APPLIES:
        return "gone", "it is a way of another risk in this edition, not a risk of its own"
    word = "is theoretical" if verdict.outcome is Outcome.THEORETICAL else "does not apply"
    return "gone", f"the threat {word} as the system is described now"


def _rows(connection: Connection, system: str) -> dict[int, Row]:
    query = select(t.risks).where(t.risks.c.system == system).order_by(t.risks.c.number)
    return {row["number"]: dict(row) for row in connection.execute(query).mappings()}


def _values(one: Risk, labels: Labels, change: Change) -> dict[str, object]:
    values: dict[str, object] = {
        "risk": one.id,
        "threat": one.threat,
        "component": one.component,
        "name": _line(labels.threats.get(one.threat, one.threat)),
        "label": _line(labels.components.get(one.component, one.component)),
        "state": "open",
        "state_why": "",
        "party": one.party.value,
        "above_appetite": one.above_appetite,
        "last_seen": change.day,
    }
    for word, level in (("inherent", one.inherent), ("current", one.current), ("residual", one.residual)):
        values |= {f"{word}_likelihood": level.likelihood, f"{word}_impact": level.impact, f"{word}_level": level.level}
    return values


def _line(label: str) -> str:
    """What people call something, as far as it fits; names of strangers may be of any length."""
    clean = label.replace("\0", "")
    return clean if len(clean) <= t.NAME else f"{clean[: t.NAME - 1]}…"


def _insert(change: Change, values: Mapping[str, object]) -> Row:
    change.connection.execute(insert(t.risks).values(**values, last_changed=change.at))
    return _rows_of(change, values)


def _update(change: Change, row: Row, values: Mapping[str, object]) -> Row:
    _write(change, row, {**values, "last_changed": change.at, "revision": row["revision"] + 1})
    return _rows_of(change, row)


def _write(change: Change, row: Mapping[str, object], values: Mapping[str, object]) -> None:
    c = t.risks.c
    change.connection.execute(
        update(t.risks).where(c.system == row["system"], c.number == row["number"]).values(**values)
    )


def _rows_of(change: Change, row: Mapping[str, object]) -> Row:
    c = t.risks.c
    query = select(t.risks).where(c.system == row["system"], c.number == row["number"])
    return dict(change.connection.execute(query).mappings().one())


def _tell(
    change: Change, system: str, action: str, result: Mapping[str, tuple[int, ...]], changed: Mapping[int, Row]
) -> None:
    """One entry of the chain for all risks that were touched at once; it vouches for each row."""
    if not changed:
        return
    told: dict[str, list[object]] = {
        word: [None, ", ".join(f"R-{n}" for n in numbers)] for word, numbers in result.items() if numbers
    }
    states = {subject_of(t.risks, row): row_state(t.risks, row) for row in changed.values()}
    change.record(action, system, "", told, states=states)


def assign_owner(change: Change, system: str, number: int, owner: str, revision: int | None = None) -> KeptRisk:
    """Who answers for a risk. Raises NotFound, Conflict."""
    change.update(t.risks, {"system": system, "number": number}, {"owner": owner}, "risk.own", revision)
    return risk(change.connection, system, number)


def set_review(change: Change, system: str, number: int, due: str, revision: int | None = None) -> KeptRisk:
    """The day on which somebody shall look at a risk again; empty for none. Raises NotFound, Conflict."""
    change.update(t.risks, {"system": system, "number": number}, {"review_due": due}, "risk.review", revision)
    return risk(change.connection, system, number)


def set_treatments(change: Change, system: str, treatments: Mapping[int, str]) -> None:
    """Repeat in the rows of risks which treatment holds, so that lists can be searched by it."""
    for row in _rows(change.connection, system).values():
        wanted = treatments.get(row["number"], "")
        if row["treatment"] != wanted:
            _write(change, row, {"treatment": wanted})

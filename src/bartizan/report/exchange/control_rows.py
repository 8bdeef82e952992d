"""The rows of the tables of controls and of what suppliers must answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bartizan.core.kept import Holding, KeptControl
from bartizan.core.records import Step
from bartizan.core.terms import SYSTEM, ControlId, ControlStatus
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.canonical import ID, Cells
from bartizan.report.exchange.risk_rows import row_id


def controls(dossier: Dossier, held: Holding) -> Iterator[Cells]:
    """The rows of the table of controls, in the order in which to take them."""
    kept = {(one.control, one.component): one for one in held.controls}
    declared = _declared(dossier, kept)
    steps: dict[str, Step] = {step.control: step for step in dossier.assessment.steps}
    named = {control for control, _ in (*kept, *declared)}
    places = {**{(c, ""): {} for c in steps if c not in named}, **declared, **{k: _said(v) for k, v in kept.items()}}
    for (control, component), said in sorted(places.items(), key=lambda p: (_place(steps.get(p[0][0])), p[0])):
        where = "register" if (control, component) in kept else "description" if said else "nowhere"
        step = steps.get(control)
        status = step.status.value if step else ControlStatus.NOT_STARTED.value
        yield {"status": status, "said_in": where} | said | _about(dossier, held, control, component, step)


def _place(step: Step | None) -> int:
    return step.order if step else 1_000_000


def _declared(dossier: Dossier, kept: Mapping[tuple[str, str], KeptControl]) -> dict[tuple[str, str], Cells]:
    """What the description says of controls, where the register does not say otherwise."""
    found: dict[tuple[str, str], Cells] = {}
    for one in dossier.system.described.controls:
        if (one.control, "") in kept:
            continue
        for place in one.at or ("",):
            if (one.control, place) not in kept:
                found[one.control, place] = {
                    "status": one.status.value,
                    "owner": one.owner,
                    "due": one.due,
                    "reason": one.reason,
                }
    return found


def _said(one: KeptControl) -> Cells:
    words = ("owner", "due", "reason", "changed_by", "changed_at")
    return {"status": one.status.value, **{word: getattr(one, word) for word in words}}


def _about(dossier: Dossier, held: Holding, control: str, component: str, step: Step | None) -> Cells:
    entry = dossier.catalog.controls.get(ControlId(control))
    return {
        ID: row_id(held, f"{control}@{component}" if component else control),
        "system": held.system.name,
        "control": control,
        "title": entry.title if entry else control,
        "component": component,
        "asset": wording.name_of(dossier, component) if component and component != SYSTEM else "",
        "responsible": step.party.value if step else "",
        "effort": step.effort.value if step else "",
        "order": str(step.order) if step else "",
        "risks": "|".join(_risk_ids(held, step.risks if step else ())),
        "exchange_ref": entry.permalink if entry else "",
    }


def _risk_ids(held: Holding, names: Iterable[str]) -> Iterator[str]:
    numbers = {risk.risk: risk.number for risk in held.risks}
    for name in names:
        if name in numbers:
            yield row_id(held, f"R-{numbers[name]}")


# suppliers


def suppliers(dossier: Dossier, held: Holding) -> Iterator[Cells]:
    """The rows of the table of what suppliers must answer."""
    who = {one.id: one for one in held.suppliers}
    waiting = {(_key(wording.supplier_name(p)), p.control): p.risks for p in dossier.assessment.open_points}
    for one in held.answers:
        supplier = who.get(one.supplier)
        name = supplier.name if supplier else one.supplier
        risks = waiting.get((_key(name), ControlId(one.control)), ())
        fields = ("control", "question", "state", "answer", "sent_on", "answered_on", "verified_on", "valid_until")
        more = ("meanwhile", "meanwhile_why", "changed_by", "changed_at")
        yield {
            ID: row_id(held, f"{one.supplier}/{one.control}"),
            "system": held.system.name,
            "supplier": name,
            "contact": supplier.contact if supplier else "",
            **{field: getattr(one, field) for field in (*fields, *more)},
            "risks": "|".join(_risk_ids(held, risks)),
        }


def _key(supplier: str) -> str:
    return wording.plain(supplier[:_NAME]).casefold()


_NAME = 200
"""Characters of a supplier's name that the register knows it by."""

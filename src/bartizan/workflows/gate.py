"""The gate: whether a system may pass, for a pipeline to ask. It looks, and keeps nothing.

    untreated   a risk above appetite on which no decision holds
    lapsed      an acceptance that holds no more, on a risk that is still one
    stale       evidence, the newest on its subject, that is too old or of what has changed since
    unproved    a control that is said to be in place, without fresh evidence that it works
    unknown     a verdict on a threat that may be a risk, for which answers are missing

A system of the register is judged with all that is kept of it. A description in a file is judged alone, with decisions
from a file where one is given: what only a register knows is then not checked and said so. A description in a file may
also be judged with what a register keeps of the system of that name, so that a change can be judged before it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from bartizan.assess.body import Body
from bartizan.core.dates import in_words
from bartizan.core.errors import Conflict
from bartizan.core.findings import FINDING_KINDS, Finding, FindingKind, Judged, Unchecked
from bartizan.core.kept import KeptEvidence
from bartizan.core.records import Risk
from bartizan.core.terms import SYSTEM, ComponentId, ControlStatus, Outcome, risk_id
from bartizan.register import systems
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.system.renames import new_names
from bartizan.workflows.assess import Options, dossier_of, read_named
from bartizan.workflows.desk import Desk, Kept, counted, holding, judged, kept_system
from bartizan.workflows.identity import called_otherwise, moves_to
from bartizan.workflows.word import as_judged

_IN_PLACE = (ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED)
_ONLY_REGISTER = "only a register knows of evidence; name it with --register"
_NO_DECISIONS = "no decisions were given; name their file with --decisions, or a register with --register"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate is to look for."""

    allow: frozenset[FindingKind] = frozenset()
    """Kinds that are told and do not fail."""
    require: frozenset[FindingKind] = frozenset()
    """Where any are named: these alone fail, and that they could not be looked for fails as well."""

    @property
    def fails(self) -> frozenset[FindingKind]:
        """The kinds of which a finding fails."""
        return (self.require or frozenset(FINDING_KINDS)) - self.allow


def gate_system(desk: Desk, name: str, asked: Asked) -> Judged:
    """Judge a system of the register as it stands today. Raises NotFound."""
    with desk.register.read() as connection:
        return judge_kept(desk, kept_system(desk, connection, name), name, asked)


def gate_all(desk: Desk, asked: Asked) -> Iterator[Judged]:
    """Judge every system of the register that is not put away and has a description, by id."""
    with desk.register.read() as connection:
        names = systems.described(connection)
    for name in names:
        yield gate_system(desk, name, asked)


def gate_file(path: Path, options: Options, asked: Asked) -> Judged:
    """Judge a description by itself. Raises InputError with all problems."""
    dossier = dossier_of(read_named(path, options), options)
    name = wording.plain(dossier.assessment.system)
    found = [*_untreated(dossier, name), *_unknown(dossier, name)]
    unchecked = [Unchecked(kind="stale", why=_ONLY_REGISTER), Unchecked(kind="unproved", why=_ONLY_REGISTER)]
    if options.decisions is None:
        unchecked.append(Unchecked(kind="lapsed", why=_NO_DECISIONS))
    else:
        found += _lapsed(dossier, name, {})
    return _judged(dossier, name, found, tuple(unchecked), asked)


def gate_file_with(desk: Desk, path: Path, asked: Asked) -> Judged:
    """Judge a description in a file with what the register keeps of the system that bears its name.

    What is kept follows components that the file renames. Raises InputError, and Conflict where no system or several
    bear the name.
    """
    read = read_named(path, desk.options)
    with desk.register.read() as connection:
        bearing = systems.called(connection, read.described.name)
        if len(bearing) != 1:
            word = "no system" if not bearing else f"several systems ({', '.join(one.id for one in bearing)})"
            raise Conflict(f"{word} in the register is called '{wording.plain(read.described.name)}'")
        name = bearing[0].id
        newest, held = systems.version(connection, name), holding(connection, name)
        moves = moves_to(connection, name, newest, read, newest.number + 1) if newest else {}
    return judge_kept(
        desk, judged(desk, read, called_otherwise(held, moves), newest.number if newest else 0), name, asked
    )


def judge_kept(desk: Desk, kept: Kept, name: str, asked: Asked) -> Judged:
    """Judge a kept system that was assessed."""
    dossier = kept.dossier
    numbers = {row.risk: row.number for row in kept.holding.risks}
    found = [
        *_untreated(dossier, name),
        *_lapsed(dossier, name, _lapses(kept)),
        *_stale(desk, kept, name),
        *_unproved(desk, kept, name),
        *_unknown(dossier, name),
    ]
    found = [_numbered(one, numbers) for one in found]
    return _judged(dossier, name, found, (), asked)


def _numbered(one: Finding, numbers: Mapping[str, int]) -> Finding:
    return msgspec.structs.replace(one, number=numbers.get(one.about))


def _judged(
    dossier: Dossier, name: str, found: Iterable[Finding], unchecked: tuple[Unchecked, ...], asked: Asked
) -> Judged:
    made = dossier.assessment
    order = {kind: n for n, kind in enumerate(FINDING_KINDS)}
    ranked = sorted(found, key=lambda one: (order[one.kind], -one.level, one.about))
    return Judged(
        system=name,
        name=wording.plain(made.system),
        file=dossier.system.file,
        edition=made.edition,
        today=made.today,
        levels=tuple(dossier.level_name(n + 1) for n in range(len(dossier.catalog.scales.levels))),
        findings=tuple(
            one if one.kind in asked.fails else msgspec.structs.replace(one, standing="allowed") for one in ranked
        ),
        unchecked=tuple(one for one in unchecked if one.kind in asked.fails),
        demanded=tuple(sorted(asked.require)),
        accepted=tuple(_accepted(dossier, name)),
        renamed={old: new for old, new in new_names(dossier.system).items() if old not in dossier.system.components},
    )


# the kinds


def _line(dossier: Dossier, component: str) -> int | None:
    system, place = dossier.system, ComponentId(component)
    implied = system.implied.get(place)
    return implied.line if implied else system.line(system.path(place))


def _on_risk(dossier: Dossier, name: str, risk: Risk, kind: FindingKind, text: str, do: str) -> Finding:
    return Finding(
        kind=kind,
        system=name,
        about=risk.id,
        text=f"{wording.risk_name(dossier, risk)}: {text}",
        do=do,
        level=risk.current.level,
        line=_line(dossier, risk.component),
    )


def _untreated(dossier: Dossier, name: str) -> Iterator[Finding]:
    for risk in dossier.assessment.risks:
        if risk.above_appetite and (risk.decision is None or risk.decision_note):
            text = f"{dossier.level_name(risk.current.level)}, above appetite, and nobody decided what to do about it"
            do = "decide: mitigate, transfer, avoid or accept it"
            yield _on_risk(dossier, name, risk, "untreated", text, do)


def _lapses(kept: Kept) -> dict[str, str]:
    """Risks whose acceptance lapsed, now or before, with nothing that holds since: the reason by risk."""
    names = {row.number: row.risk for row in kept.holding.risks}
    found = {names[one.risk_number]: why for one, why in kept.lapses}
    seen: set[int] = set()
    for one in kept.holding.decisions:  # the newest first
        if one.state == "requested" or one.risk_number in seen:
            continue
        seen.add(one.risk_number)
        if one.state == "lapsed":
            found.setdefault(names[one.risk_number], one.settled_why)
    return found


def _lapsed(dossier: Dossier, name: str, lapses: Mapping[str, str]) -> Iterator[Finding]:
    for risk in dossier.assessment.risks:
        why = lapses.get(risk.id) or risk.decision_note
        if why:
            why = why.removeprefix("the acceptance lapsed: ")
            do = "treat it, or ask for it to be accepted anew"
            yield _on_risk(dossier, name, risk, "lapsed", f"the acceptance lapsed: {why}", do)


def _stale(desk: Desk, kept: Kept, name: str) -> Iterator[Finding]:
    parts, risks = kept.dossier.system.components, {risk.id: risk for risk in kept.assessment.risks}
    for one in _newest(kept.holding.evidence):
        seen = one.evidence
        part = parts.get(ComponentId(seen.component))
        standing = seen.freshness(desk.today, part.digests if part else {})
        gone = seen.risk not in risks if seen.risk else not _is_here(kept.dossier, seen.component)
        if standing not in {"stale", "outdated"} or gone:
            continue
        why = f"counted until {in_words(seen.valid_until)}" if standing == "stale" else "is of what has changed since"
        text, do = f"E-{one.number} ({wording.plain(seen.what)}) {why}", "test again and add what was found"
        if seen.risk:
            yield _on_risk(kept.dossier, name, risks[seen.risk], "stale", text, do)
        else:
            yield _on_control(kept.dossier, name, seen.control, seen.component, "stale", text, do)


def _is_here(dossier: Dossier, component: str) -> bool:
    """Whether something can be said of a component now: it is part of the system, or means all of it."""
    return component in {"", SYSTEM} or ComponentId(component) in dossier.system.components


def _newest(evidence: Iterable[KeptEvidence]) -> Iterator[KeptEvidence]:
    """The newest piece on each risk and on each control at a place."""
    found: dict[tuple[str, str, str], KeptEvidence] = {}
    for one in evidence:
        seen = one.evidence
        if not one.withdrawn:
            key = (seen.risk, seen.control, "" if seen.risk else seen.component)
            found[key] = max(found.get(key, one), one, key=lambda e: (e.evidence.held_on, e.number))
    yield from found.values()


def _unproved(desk: Desk, kept: Kept, name: str) -> Iterator[Finding]:
    system = as_judged(kept.dossier.system, kept.holding.controls)
    proved = Body(counted(kept.holding), system, desk.catalog, desk.today).proved
    done: set[tuple[str, str]] = set()
    for said in system.described.controls:
        for place in said.at or (ComponentId(""),):
            key = (said.control, "" if place == SYSTEM else place)
            if said.status not in _IN_PLACE or key in done or not _is_here(kept.dossier, place):
                continue
            done.add(key)
            proof = proved.proof(said.control, place or SYSTEM, ControlStatus.IMPLEMENTED)
            if proof.status is ControlStatus.VERIFIED:
                continue
            text = f"said to be {said.status.value}, and no fresh evidence shows that it works"
            do = "add evidence about the control, or say how far it is"
            yield _on_control(kept.dossier, name, said.control, key[1], "unproved", text, do)


def _on_control(
    dossier: Dossier, name: str, control: str, component: str, kind: FindingKind, text: str, do: str
) -> Finding:
    known = control in dossier.catalog.controls
    title = wording.capital(wording.control_name(dossier, control) if known else wording.plain(control))
    where = f" at {wording.name_of(dossier, component)}" if component else ""
    return Finding(
        kind=kind,
        system=name,
        about=risk_id(control, component) if component else control,
        text=f"{title}{where}: {text}",
        do=do,
        line=_line(dossier, component) if component else None,
    )


def _unknown(dossier: Dossier, name: str) -> Iterator[Finding]:
    for verdict in dossier.assessment.verdicts:
        if verdict.rated and verdict.outcome is Outcome.UNKNOWN:
            missing = wording.listing(sorted({f"{n.component}.{n.field}" for n in verdict.needs}))
            yield Finding(
                kind="unknown",
                system=name,
                about=verdict.id,
                text=f"{wording.risk_name(dossier, verdict)}: not decided, since answers are missing",
                do=f"answer {missing}" if missing else "answer what is asked of the system",
                line=_line(dossier, verdict.component),
            )


def _accepted(dossier: Dossier, name: str) -> Iterator[Finding]:
    for risk in dossier.assessment.risks:
        if risk.above_appetite and risk.is_accepted and risk.decision is not None:
            text = wording.decision_in_words(risk.decision, risk.decision_note)
            yield _on_risk(dossier, name, risk, "untreated", text, "")

"""The page of one risk, put together: verdict and proof, rating, controls, evidence, decisions, discussion, past."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from bartizan.core.errors import InputError
from bartizan.core.kept import Comment, KeptControl, KeptDecision, KeptEvidence, KeptRisk
from bartizan.core.records import Advice, EvidenceUse, Risk
from bartizan.core.terms import Treatment
from bartizan.register.binding import Accepted, material, read_state
from bartizan.report import wording
from bartizan.report.html_risks import Proof, RiskView, proof, risk_views
from bartizan.report.names import Names
from bartizan.report.proofs import rule
from bartizan.web.forms import EMPTY, Form
from bartizan.web.system_frame import Frame, common, frame
from bartizan.web.system_pictures import movement
from bartizan.web.system_words import moments
from bartizan.web.visit import Page, Visit
from bartizan.workflows.viewing import past_of_risk

_KINDS = (
    ("test", "Test: an attack was run"),
    ("review", "Review: a person looked"),
    ("document", "Document: a paper says so"),
    ("attestation", "Attestation: a supplier says so"),
    ("event", "Event: it happened"),
)
_TREATMENTS = (
    ("mitigate", "Mitigate", "Put controls in place; say by when."),
    ("transfer", "Transfer", "Somebody else bears it: a supplier, an insurer, a contract."),
    ("avoid", "Avoid", "Change the system so that it does not arise."),
    ("accept", "Ask for acceptance", "It stays as it is until a day; somebody else must approve."),
)
_SAID = {
    Treatment.ACCEPT: "accepted",
    Treatment.MITIGATE: "to be mitigated",
    Treatment.TRANSFER: "transferred",
    Treatment.AVOID: "to be avoided",
}


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with what it is bound to, and what has changed since."""

    kept: KeptDecision
    bound: Accepted | None
    changes: tuple[str, ...]
    """Material changes since it was asked for."""
    lapses: str
    """Why it does not hold today although the register has not noted that yet; empty where it holds."""


class Buys(msgspec.Struct, frozen=True, kw_only=True):
    """A control of the risk: what is said of it, why it helps, and what the register holds of it."""

    advice: Advice
    why: str
    kept: tuple[KeptControl, ...]
    takes: tuple[str, str, str, str]
    """Off likelihood and impact, now and after the plan."""
    note: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence, and what it did to the rating."""

    kept: KeptEvidence
    use: EvidenceUse | None
    fresh: str


class RiskPage(msgspec.Struct, frozen=True, kw_only=True):
    """A risk with all that its page says."""

    row: KeptRisk
    risk: Risk | None
    view: RiskView | None
    proof: Proof | None
    controls: tuple[Buys, ...]
    evidence: tuple[Seen, ...]
    decisions: tuple[Settled, ...]
    answer: str

    @property
    def holds(self) -> Settled | None:
        """The decision that holds today."""
        return next((d for d in self.decisions if d.kept.state == "held" and not d.lapses), None)

    @property
    def requested(self) -> Settled | None:
        """The acceptance that waits for approval."""
        return next((d for d in self.decisions if d.kept.state == "requested"), None)

    @property
    def lapsed(self) -> Settled | None:
        """The acceptance that lapsed and that nothing has replaced."""
        if self.holds is not None:
            return None
        last = next((d for d in self.decisions if d.kept.state in {"held", "lapsed", "withdrawn"}), None)
        return last if last is not None and (last.kept.state == "lapsed" or last.lapses) else None

    @property
    def earlier(self) -> tuple[Settled, ...]:
        """The other decisions, the newest first."""
        told = [d.kept.number for d in (self.holds, self.requested, self.lapsed) if d is not None]
        return tuple(d for d in self.decisions if d.kept.number not in told)


def risk_page(around: Frame, number: int) -> RiskPage:
    """All of one risk. Raises NotFound."""
    kept = around.shown.kept
    row = around.shown.row(number)
    risk = kept.risk(number)
    verdict = next((v for v in kept.assessment.verdicts if v.id == row.risk), None)
    found = proof(verdict, around.words) if verdict is not None else None
    view = None
    if risk is not None and found is not None:
        view = risk_views(_names_of(around, risk), [found])[0]
    page = RiskPage(
        row=row,
        risk=risk,
        view=view,
        proof=found,
        controls=tuple(_controls(around, view)) if view else (),
        evidence=tuple(_evidence(around, row, risk)),
        decisions=tuple(_decisions(around, number)),
        answer="",
    )
    return msgspec.structs.replace(page, answer=_answer(around, page))


def _names_of(around: Frame, risk: Risk) -> Names:
    """Names that know one risk only, so that only that one is told."""
    dossier = around.words.dossier
    only = msgspec.structs.replace(dossier.assessment, risks=(risk,))
    return Names(msgspec.structs.replace(dossier, assessment=only))


def _answer(around: Frame, page: RiskPage) -> str:
    """How bad it is, and what is decided, in two sentences."""
    row, risk = page.row, page.risk
    if risk is None:
        word = "Not decided now" if row.state == "undecided" else "No longer a risk"
        return f"{word}: {row.state_why}." if row.state_why else f"{word} as the system is described today."
    where = "above your appetite" if risk.above_appetite else "within your appetite"
    return f"{wording.capital(wording.movement(around.shown.kept.dossier, risk))}: {where}. {_decided(page)}"


def _decided(page: RiskPage) -> str:
    assert page.risk is not None
    wait = " An acceptance waits for approval." if page.requested else ""
    if page.holds is not None:
        said = page.holds.kept
        until = f" until {wording.day(said.until)}" if said.until else ""
        due = f" by {wording.day(said.due)}" if said.due else ""
        word = {
            "accept": "accepted",
            "mitigate": "to be mitigated",
            "transfer": "transferred",
            "avoid": "to be avoided",
        }
        return f"It is {word[said.treatment.value]}{until}{due}.{wait}"
    if page.lapsed is not None:
        return f"Its acceptance lapsed, so it needs a new decision.{wait}"
    if wait:
        return wait.strip()
    return "Nobody has decided what to do about it." if page.risk.above_appetite else "It needs no decision."


def _controls(around: Frame, view: RiskView) -> Iterable[Buys]:
    effects = {effect.control: effect for effect in view.arithmetic.effects}
    said = around.shown.kept.holding.controls
    for advice, why in view.controls:
        effect = effects.get(advice.control)
        yield Buys(
            advice=advice,
            why=why,
            kept=tuple(
                one for one in said if one.control == advice.control and one.component in {"", view.risk.component}
            ),
            takes=effect.cells if effect else ("", "", "", ""),
            note=effect.note if effect else "",
        )


def _evidence(around: Frame, row: KeptRisk, risk: Risk | None) -> Iterable[Seen]:
    uses = {use.id: use for use in risk.evidence} if risk else {}
    dossier = around.shown.kept.dossier
    for one in around.shown.kept.holding.evidence:
        use = uses.get(f"E-{one.number}")
        if one.risk_number != row.number and use is None:
            continue
        part = next((c for name, c in dossier.system.components.items() if name == one.evidence.component), None)
        fresh = one.evidence.freshness(around.today, part.digests if part is not None else {})
        yield Seen(kept=one, use=use, fresh=fresh)


def _decisions(around: Frame, number: int) -> Iterable[Settled]:
    kept = around.shown.kept
    lapses = {one.number: why for one, why in kept.lapses}
    for one in kept.holding.decisions:
        if one.risk_number != number:
            continue
        bound = read_state(one.bound) if one.bound else None
        live = bound is not None and one.state in {"requested", "held"} and kept.risk(number) is not None
        changes = material(bound, kept.state(number)) if live and bound is not None else ()
        yield Settled(kept=one, bound=bound, changes=changes, lapses=lapses.get(one.number, ""))


def show_risk(
    visit: Visit,
    system: str,
    number: int,
    *,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    failed: str = "",
    notice: str = "",
) -> Page:
    """The page of a risk; `failed` names the form that was not taken, `notice` says what could not be done."""
    around = frame(visit, system)
    page = risk_page(around, number)
    title = f"R-{number} {wording.plain(page.row.name)} at {wording.plain(page.row.label)}"
    name = wording.plain(around.shown.system.name) or system
    context = common(around) | {
        "page": page,
        "row": page.row,
        "risk": page.risk,
        "at": around.risk(number),
        "failed": failed,
        "notice": notice,
        "rule": rule,
        "movement": movement(page.risk, around.shown.kept.dossier.catalog.scales) if page.risk else "",
        "kinds": _KINDS,
        "treatments": _TREATMENTS,
        "statuses": [(status.value, text) for status, text in wording.STATUSES.items()],
        "comments": _comments(around, number),
        "entries": moments(past_of_risk(visit.desk, system, _subjects(system, page))),
        "may_approve": visit.person.may("approver", system),
        "accept": Treatment.ACCEPT,
        "neighbours": _neighbours(around, number),
    }
    return visit.page(
        "risk.html.j2",
        title=title,
        crumbs=[("Portfolio", "/portfolio"), (name, around.at)],
        typed=typed,
        problems=problems,
        status=409 if notice else 0,
        **context,
    )


def show_discussion(
    visit: Visit, system: str, number: int, typed: Form = EMPTY, problems: InputError | None = None
) -> Page:
    """What was said about a risk, for htmx."""
    around = frame(visit, system)
    context = common(around) | {
        "row": around.shown.row(number),
        "at": around.risk(number),
        "comments": _comments(around, number),
        "failed": "comment" if problems else "",
    }
    return visit.part("parts/risk_discussion.html.j2", typed=typed, problems=problems, **context)


def _comments(around: Frame, number: int) -> list[Comment]:
    return [one for one in around.shown.kept.holding.comments if one.risk_number == number]


def _subjects(system: str, page: RiskPage) -> frozenset[str]:
    """The rows of the register that are about the risk, as the audit calls them."""
    name = quote(system, safe="")
    own = [f"risks/{name}/{page.row.number}"]
    own += [f"decisions/{name}/{d.kept.number}" for d in page.decisions]
    own += [f"evidence/{name}/{e.kept.number}" for e in page.evidence]
    own += [f"attachments/{name}/{e.kept.number}/{a.digest}" for e in page.evidence for a in e.kept.attachments]
    own += [f"controls/{name}/{k.control}/{k.component}" for c in page.controls for k in c.kept]
    return frozenset(own)


def _neighbours(around: Frame, number: int) -> tuple[int | None, int | None]:
    """The risks before and after it in order of how bad they are."""
    numbers = [n for risk in around.shown.kept.assessment.risks if (n := around.shown.numbers.get(risk.id))]
    if number not in numbers:
        return None, None
    place = numbers.index(number)
    before = numbers[place - 1] if place else None
    after = numbers[place + 1] if place + 1 < len(numbers) else None
    return before, after

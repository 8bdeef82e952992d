"""The report as one HTML file that asks for nothing outside itself: to read, to filter, to print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from bartizan import __version__
from bartizan.core.records import Loss
from bartizan.core.terms import Outcome, Party
from bartizan.report.dossier import Dossier
from bartizan.report.html_chips import Chips
from bartizan.report.html_loss import loss_section
from bartizan.report.html_overview import overview
from bartizan.report.html_parties import coverage, how_far_apart, plan_views, shares, suppliers
from bartizan.report.html_risks import proofs, risk_views
from bartizan.report.html_words import ACTS, EFFORTS, TREATMENTS, Words, amount, defaults_of
from bartizan.report.pictures.flows import flow_words, flows_of, kind_of
from bartizan.report.pictures.framework import periodic_table, security_matrix
from bartizan.report.pictures.heat_map import heat_map
from bartizan.report.pictures.threat_map import threat_map
from bartizan.report.wording import PARTIES, day, decision_in_words, number, plain, step_buys

_HERE = Path(__file__).parent


def render(dossier: Dossier) -> str:
    """The report as one self-contained HTML document, in UTF-8. Pure: the same dossier gives the same text."""
    return _template().render(_context(dossier))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    environment.filters["amount"] = amount
    environment.globals.update(
        style=_asset("report.css"),
        script=_asset("report.js"),
        policy=_policy(),
        version=__version__,
        acts=ACTS,
        parties=PARTIES,
        efforts=EFFORTS,
        treatments=TREATMENTS,
        number=number,
        day=day,
        decision_in_words=decision_in_words,
        step_buys=step_buys,
        kind_of=kind_of,
        flow_words=flow_words,
        Outcome=Outcome,
        Party=Party,
    )
    return environment.get_template("report.html.j2")


@cache
def _asset(name: str) -> Markup:
    """A file of this package, as it stands in the page."""
    return Markup((_HERE / "assets" / name).read_text(encoding="utf-8"))  # noqa: S704  (our own file)


def _policy() -> str:
    """The policy that forbids the page everything but its own style and script, each named by its digest."""
    digests = {
        kind: base64.b64encode(hashlib.sha256(_asset(name).encode()).digest()).decode()
        for kind, name in (("style-src", "report.css"), ("script-src", "report.js"))
    }
    allowed = "; ".join(f"{kind} 'sha256-{digest}'" for kind, digest in digests.items())
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _context(dossier: Dossier) -> dict[str, object]:
    words = Words(dossier)
    found = proofs(words)
    assessment, catalog = dossier.assessment, dossier.catalog
    scales = catalog.scales
    context: dict[str, object] = {
        "words": words,
        "chips": Chips(words),
        "dossier": dossier,
        "assessment": assessment,
        "described": dossier.system.described,
        "catalog": catalog,
        "scales": scales,
        "overview": overview(words),
        "heat": heat_map(assessment.risks, scales),
        "map": threat_map(dossier),
        "flows": flows_of(dossier.system),
        "risks": risk_views(words, found),
        "proofs": found,
        "totals": [(outcome, assessment.count(outcome, rated=False)) for outcome in Outcome],
        "plans": plan_views(words),
        "gap": how_far_apart(dossier.plans, scales.cost_unit),
        "shares": shares(words),
        "suppliers": suppliers(words),
        "coverage": coverage(words),
        "matrix": security_matrix(dossier),
        "table": periodic_table(dossier),
        "levels": {r.id: f"{r.current.level} {words.level(r.current.level)}" for r in assessment.risks},
        "names": {p.verdict.id: f"{p.name} ({p.component})" for p in found},
        "defaults": sorted(defaults_of(assessment.verdicts).items()),
        "loss": loss_section(dossier.loss, words) if isinstance(dossier.loss, Loss) else None,
    }
    return context | {"parts": tuple(_parts(context))}


def _parts(context: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """The parts of the report as (anchor, title, template), in order; parts with nothing to say are left out."""
    yield "summary", "Summary", "summary"
    yield "map", "Threat map", "map"
    yield "risks", "Risks", "risks"
    yield "verdicts", "Verdicts and proofs", "verdicts"
    yield "controls", "Controls in order", "controls"
    yield "plans", "Plans", "plans"
    if context["loss"] is not None:
        yield "loss", "Annual loss", "loss"
    yield "who", "Who must act", "who"
    yield "suppliers", "Suppliers", "suppliers"
    yield "lists", "Other lists", "lists"
    yield "tables", "Framework tables", "tables"
    yield "basis", "What this rests on", "basis"

"""The report as one HTML file that asks for nothing outside itself: to read, to filter, to print."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from bartizan import __version__
from bartizan.core.terms import Outcome, Party
from bartizan.report import wording
from bartizan.report.conclusions import NOTHING_FIRST, how_far_apart
from bartizan.report.dossier import Dossier
from bartizan.report.html_chips import Chips
from bartizan.report.html_loss import loss_section
from bartizan.report.html_overview import overview
from bartizan.report.html_parties import coverage, plan_views, planned, shares, suppliers
from bartizan.report.html_risks import proofs, risk_views
from bartizan.report.names import Names
from bartizan.report.pictures.flows import flow_words, flows_of, kind_of
from bartizan.report.pictures.framework import periodic_table, security_matrix
from bartizan.report.pictures.heat_map import heat_map
from bartizan.report.pictures.threat_map import threat_map
from bartizan.report.policy import policy
from bartizan.report.privacy.rows import rows_of
from bartizan.report.proofs import defaults_of, place, rule

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
        optimized=False,  # there is nothing to fold in these templates, and looking for it takes time
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("plain", "amount", "capital", "percent", "day", "sentence"):
        environment.filters[name] = getattr(wording, name)
    environment.globals.update(
        style=_asset("report.css"),
        script=_asset("report.js"),
        policy=policy(_asset("report.css"), _asset("report.js")),
        version=__version__,
        parties=wording.PARTIES,
        efforts=wording.EFFORTS,
        treatments=wording.TREATMENTS,
        number=wording.number,
        day=wording.day,
        decision_in_words=wording.decision_in_words,
        step_buys=wording.step_buys,
        step_title=wording.step_title,
        in_plan=wording.in_plan,
        rule=rule,
        place=place,
        kind_of=kind_of,
        flow_words=flow_words,
        Outcome=Outcome,
        Party=Party,
    )
    return environment.get_template("report.html.j2")


@cache
def _asset(name: str) -> Markup:
    """A file of this package as it stands in the page: without indentation and without lines of comment."""
    lines = map(str.strip, (_HERE / "assets" / name).read_text(encoding="utf-8").splitlines())
    return Markup("\n".join(line for line in lines if line and not line.startswith("//")))  # noqa: S704  (our own)


def _context(dossier: Dossier) -> dict[str, object]:
    words = Names(dossier)
    found = proofs(words)
    assessment, catalog = dossier.assessment, dossier.catalog
    scales = catalog.scales
    chips = Chips(words)
    context: dict[str, object] = {
        "words": words,
        "chips": chips,
        "terms": chips.glossary(),
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
        "planned": planned(words),
        "gap": how_far_apart(dossier),
        "shares": shares(words),
        "suppliers": suppliers(words),
        "coverage": coverage(words),
        "matrix": security_matrix(dossier),
        "table": periodic_table(dossier),
        "levels": {r.id: f"{r.current.level} {words.level(r.current.level)}" for r in assessment.risks},
        "nothing_first": NOTHING_FIRST,
        "file": wording.file_name(dossier) if dossier.system.file else "not from a file",
        "defaults": sorted(defaults_of(assessment.verdicts).items()),
        "privacy": rows_of(dossier),
        "loss": loss_section(dossier.loss, words) if dossier.loss else None,
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
    if context["privacy"] is not None:
        yield "privacy", "Privacy", "privacy"
    yield "lists", "Other lists", "lists"
    yield "tables", "Framework tables", "tables"
    yield "basis", "What this rests on", "basis"
    yield "terms", "Terms", "terms"

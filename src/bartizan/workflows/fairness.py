"""How groups of a table fare, in the form that is asked for; and what kept limits prove of a control."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from bartizan import __version__
from bartizan.core.digest import sha256_of
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.report.fairness.course import course_document, course_headline, course_lines, course_prose
from bartizan.report.fairness.document import fairness_document, fairness_prose
from bartizan.report.fairness.mitigation import mitigation_document, mitigation_lines, mitigation_prose
from bartizan.report.fairness.terminal import fairness_lines
from bartizan.report.fairness.wording import between, estimate, limit
from bartizan.report.prose.docx import docx
from bartizan.report.prose.html import html
from bartizan.report.prose.markdown import markdown
from bartizan.report.prose.model import Prose
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import Fairness
from bartizan.tables.fairness.mitigating import Mitigated, Plan
from bartizan.tables.fairness.watching import EVERYBODY, Course, Watch

Form: TypeAlias = Literal["terminal", "markdown", "html", "docx", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
CONTROL = ControlId("unwanted_bias_testing")
CONTINUOUS = ControlId("continuous_validation")


def rendered(path: Path, found: Fairness, asked: Asked, digest: str, form: Form) -> str | bytes:
    """All of it in this form. Raises MissingExtra."""
    if form == "json":
        return fairness_document(path, found, asked, digest)
    if form == "terminal":
        return "\n".join(fairness_lines(path, found, asked)) + "\n"
    return _written(fairness_prose(path, found, asked, digest), form)


def rendered_mitigation(path: Path, found: Mitigated, plan: Plan, digest: str, form: Form) -> str | bytes:
    """What bringing groups nearer did, in this form. Raises MissingExtra."""
    if form == "json":
        return mitigation_document(path, found, plan, digest)
    if form == "terminal":
        return "\n".join(mitigation_lines(path, found, plan)) + "\n"
    return _written(mitigation_prose(path, found, plan, digest), form)


def rendered_course(path: Path, found: Course, watch: Watch, digest: str, form: Form) -> str | bytes:
    """How decisions fare over time, in this form. Raises MissingExtra."""
    if form == "json":
        return course_document(path, found, watch, digest)
    if form == "terminal":
        return "\n".join(course_lines(path, found, watch)) + "\n"
    return _written(course_prose(path, found, watch, digest), form)


def write_course_evidence(
    found: Course, watch: Watch, out: Path, *, table: Path, digest: str, model: Path | None, component: str, today: str
) -> int:
    """Write what watching says of two controls. Either passes where no alert was raised and enough people were there.

    Where the model that decided is given, they are of it alone. Returns how many observations that makes.
    """
    groups = [one for one in found.alerts if one.segment != EVERYBODY]
    observations = tuple(
        Observation(
            what=f"{table.name}: {len(found.periods)} periods of a {watch.every}, {found.rows:,} rows",
            control=control,
            component=component,
            passed=found.is_looked_at and not alerts,
            note=f"{what}; {course_headline(found, watch)}; table {digest[:16]}",
            digests=_of_model(model),
        )
        for control, alerts, what in (
            (CONTINUOUS, found.alerts, f"{len(found.alerts)} alerts"),
            (CONTROL, groups, f"{len(groups)} alerts of groups"),
        )
    )
    made = EvidenceFile(
        bartizan_evidence=1,
        tool="bartizan fairness watch",
        version=__version__,
        held_on=today,
        observations=observations,
    )
    write_atomic(out, document_of(made))
    return len(observations)


def _of_model(model: Path | None) -> dict[str, str]:
    """The digest that must still stand in the description; a table of decisions is nothing that stands there."""
    return {"model": sha256_of(model)} if model is not None else {}


def _written(prose: Prose, form: Form) -> str | bytes:
    if form == "docx":
        return docx(prose)
    return html(prose) if form == "html" else markdown(prose)


def write_evidence(
    found: Fairness,
    asked: Asked,
    out: Path,
    *,
    table: Path,
    digest: str,
    model: Path | None,
    component: str,
    today: str,
) -> int:
    """Write what the limits say of the control: each that is kept passes; one that is not shown to be kept fails.

    Where the model that decided is given, they are of it alone. Returns how many observations that makes.
    """
    observations = tuple(
        Observation(
            what=f"{table.name}: {one.metric} by {grouping.name}, {found.people:,} people",
            control=CONTROL,
            component=component,
            passed=one.kept == "kept",
            note=f"{estimate(one.estimate)}, {limit(one)}; {between(one)}; {asked.bootstraps:,} bootstraps, "
            f"seed {asked.seed}; table {digest[:16]}",
            digests=_of_model(model),
        )
        for grouping, one in found.limits
    )
    made = EvidenceFile(
        bartizan_evidence=1,
        tool="bartizan fairness measure",
        version=__version__,
        held_on=today,
        observations=observations,
    )
    write_atomic(out, document_of(made))
    return len(observations)

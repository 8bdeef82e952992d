"""From a description to what law and principles ask of it: what `bartizan privacy` does, without a terminal."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from bartizan.catalog.load import load_catalog
from bartizan.catalog.privacy import PrivacyBook
from bartizan.core.errors import InputError, Problem
from bartizan.core.privacy import Stand
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.document import document
from bartizan.report.privacy.report import report
from bartizan.report.privacy.terminal import summary
from bartizan.report.prose.docx import docx
from bartizan.report.prose.html import html
from bartizan.report.prose.markdown import markdown
from bartizan.report.prose.model import Prose
from bartizan.workflows.assess import Options, make_dossier

Form: TypeAlias = Literal["terminal", "markdown", "html", "docx", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
Draft: TypeAlias = Literal["dpia", "fria"]


def duties(options: Options) -> PrivacyBook:
    """All that is known of law and principles."""
    return load_catalog(*options.catalog_folders, scales=options.scales).privacy


def look(path: Path, options: Options) -> Dossier:
    """Assess a description that says something of people. Raises InputError where it does not."""
    dossier = make_dossier(path, options)
    if dossier.assessment.privacy is None:
        fix = "add 'privacy:' with jurisdictions, role and purposes; docs/guide/privacy.md shows one"
        raise InputError([Problem(file=str(path), finding="it says nothing of people and their data", fix=fix)])
    return dossier


def rendered(dossier: Dossier, form: Form, draft: Draft | None, width: int, *, everything: bool = False) -> str | bytes:
    """The report, or the draft, in this form."""
    if form == "json":
        return document(dossier)
    if form == "terminal":
        return summary(dossier, width, everything=everything)
    prose = _prose(dossier, draft)
    if form == "docx":
        return docx(prose)
    return html(prose) if form == "html" else markdown(prose)


def _prose(dossier: Dossier, draft: Draft | None) -> Prose:
    if draft is None:
        return report(dossier)
    from bartizan.report.privacy.drafts import DRAFTS  # noqa: PLC0415  only drafts need it

    return DRAFTS[draft](dossier)


def fails(dossier: Dossier, stands: Collection[Stand]) -> bool:
    """Whether a duty stands as badly as one of these."""
    found = dossier.assessment.privacy
    return found is not None and any(verdict.stand in stands for verdict in found.verdicts)

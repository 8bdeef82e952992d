"""The verdicts of all duties as JSON for programs."""

from __future__ import annotations

import msgspec

from bartizan import __version__
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.wording import assessed, duty_of, headline, why


def document(dossier: Dossier) -> str:
    """Each verdict with its proof, its duty's title and articles, and why in words; the same bytes for the same."""
    made = dossier.assessment
    content = {
        "bartizan_privacy": 1,
        "version": __version__,
        "system": made.system,
        "edition": made.edition,
        "today": made.today,
        "description_digest": made.description_digest,
        "catalog_digest": made.catalog_digest,
        "headline": headline(dossier),
        "verdicts": [
            {
                **msgspec.to_builtins(verdict),
                "title": duty_of(dossier, verdict).title,
                "law": list(duty_of(dossier, verdict).law),
                "why": why(verdict),
            }
            for verdict in assessed(dossier).verdicts
        ],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"

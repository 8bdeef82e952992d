"""The annual loss in sentences."""

from __future__ import annotations

from bartizan.report.loss import in_words
from bartizan.workflows.quantify import quantify
from tests.report.dossiers import AGENT, from_text


def test_every_number_comes_with_its_interval_trials_and_seed() -> None:
    dossier = from_text(AGENT)
    found = quantify(dossier.assessment, dossier.catalog, seed=4, trials=1000)
    words = in_words(dossier, found)
    assert words[0].count("(") == 3
    assert words[1].count("(") == 2
    assert "1,000 simulated years, seed 4" in words[-1]
    assert "thousand euros" in words[0]
    assert "Indirect prompt injection at" in " ".join(words)

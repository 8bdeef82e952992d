from __future__ import annotations

import pytest

from bartizan.catalog.entries import Threat
from bartizan.catalog.load import load_catalog
from bartizan.catalog.wording import condition_in_words, rule_in_words
from bartizan.core.rule import ALWAYS, NEVER, All, Any, Fact, Not

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ALWAYS, "always"),
        (NEVER, "never"),
        (Fact("weights_public"), "has public weights"),
        (Not(Fact("weights_public")), "has weights that are not public"),
        (Not(All((Fact("agentic"), Fact("acts")))), "not (works as an agent with tools and can trigger actions)"),
        (Fact("users", "at_least", (100,)), "users is at least 100"),
        (Fact("hosting", "is", ("edge", "device")), "hosting is edge or device"),
        (
            All((Fact("generative"), Any((Fact("acts"), Fact("agentic"))))),
            "generates content and (can trigger actions or works as an agent with tools)",
        ),
    ],
)
def test_a_rule_reads_as_a_clause(rule: All, words: str) -> None:
    assert rule_in_words(CATALOG, rule) == words


def test_clauses_with_commas_of_their_own_are_set_apart() -> None:
    rule = Any((Fact("predictive"), Fact("acts")))
    assert rule_in_words(CATALOG, rule) == "predicts: it classifies, scores or estimates; or can trigger actions"


@pytest.mark.parametrize("threat", [t for t in CATALOG.threats.values() if t.rules], ids=lambda t: str(t.id))
def test_every_rule_of_the_catalogue_reads_without_the_ids_of_facts(threat: Threat) -> None:
    for condition in threat.rules.values():
        said = " ".join(condition_in_words(CATALOG, threat, condition))
        assert said.startswith("Possible")
        assert "_" not in said

"""What holds for every duty of law and principles, and for every fact that their rules ask."""

from __future__ import annotations

import re

import pytest

from bartizan.catalog.check_privacy import check_privacy
from bartizan.catalog.load import load_catalog
from bartizan.catalog.privacy import Duty
from bartizan.core.rule import Rule, facts_of
from bartizan.system.privacy.purpose_facts import PURPOSE_FACTS
from bartizan.system.privacy.system_facts import SYSTEM_FACTS

CATALOG = load_catalog()
BOOK = CATALOG.privacy
DUTIES = BOOK.duties
LATE = {"ul7", "ul8", "fa7", "fa8", "fa9", "fa10", "fa11", "ma1"}
"""What only the newest edition of the framework asks for."""
OF_THE_FRAMEWORK = {
    **{f"ul{i}": "use_limitation" for i in range(1, 9)},
    **{f"fa{i}": "fairness" for i in range(1, 12)},
    **{f"mi{i}": "minimisation" for i in range(1, 8)},
    **{f"tr{i}": "transparency" for i in range(1, 12)},
    **{f"ri{i}": "rights" for i in range(1, 5)},
    **{f"ac{i}": "accuracy" for i in range(1, 5)},
    **{f"co{i}": "consent" for i in range(1, 9)},
    "ma1": "model_attacks",
}


def test_every_check_of_the_framework_is_a_duty_in_its_principle_and_its_editions() -> None:
    found = {duty.id: chapter for chapter in BOOK.chapters if chapter.kind == "principle" for duty in chapter.duties}
    assert {name: chapter.id for name, chapter in found.items()} == OF_THE_FRAMEWORK
    for name in found:
        assert DUTIES[name].editions == ((2026,) if name in LATE else (2023, 2026)), name
    assert [c.number for c in BOOK.chapters if c.kind == "principle"] == list(range(1, 9))


def test_every_fact_has_code_and_is_asked_where_it_can_be_answered() -> None:
    assert {f.id for f in BOOK.facts.values() if f.at == "system"} == set(SYSTEM_FACTS)
    assert {f.id for f in BOOK.facts.values() if f.at == "purpose"} == set(PURPOSE_FACTS)
    asked = {fact.id for duty in DUTIES.values() for rule in _rules(duty) for fact in facts_of(rule)}
    assert asked == set(BOOK.facts)


def _rules(duty: Duty) -> list[Rule]:
    return [rule for rule in (duty.applies, duty.met) if rule is not None]


def test_nothing_is_wrong_between_chapters_facts_controls_and_threats() -> None:
    assert list(check_privacy(CATALOG)) == []


@pytest.mark.parametrize("duty", DUTIES.values(), ids=lambda duty: duty.id)
def test_a_duty_reads_as_sentences_and_says_what_it_rests_on(duty: Duty) -> None:
    assert duty.what.endswith(".")
    assert not duty.title.endswith(".")
    for text in (duty.what, duty.proof, duty.example, *duty.how):
        assert not text or (text[0].isupper() and text.endswith(".")), text
        assert "`" not in text, text
    if duty.kind == "duty":
        assert duty.proof, "nobody knows what would show it"
    if not duty.editions:
        assert duty.law, "a law's duty names its article"
    for law in duty.law:
        assert re.match(r"(GDPR|EU AI Act|EU Charter|EDPB|WP29|ISO|US |12 CFR)", law), law


@pytest.mark.parametrize("name", sorted(BOOK.facts))
def test_a_fact_can_be_said_denied_and_asked(name: str) -> None:
    fact = BOOK.facts[name]
    assert fact.said(None).endswith("?")
    assert fact.said(True) != fact.said(False)
    assert fact.why.endswith(".")

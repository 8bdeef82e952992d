"""Every rule is found in its own examples and in none that it must pass; no rule fires on what another must pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.controls.chat.injection.find import find_injection
from bartizan.controls.chat.injection.rules import ENOUGH, Ready, all_rules, load
from bartizan.core.errors import InputError
from bartizan.detectors.pattern_check import flaw

_RULES = all_rules()
_LANGUAGES = {"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh"}
_HEAD = "language: en\nrules:\n  - {id: a, family: override, title: t, what: w, score: 0.5, matches: [], passes: []"


def _named(ready: Ready) -> str:
    return ready.rule.id


@pytest.mark.parametrize("ready", _RULES, ids=_named)
def test_a_rule_is_found_in_what_it_must_match_and_not_in_what_it_must_pass(ready: Ready) -> None:
    assert ready.rule.matches
    assert ready.rule.passes
    for text in ready.rule.matches:
        assert ready.rule.id in {one.rule for one in find_injection(text, classifier=False, source="data")}, text
    for text in ready.rule.passes:
        found = find_injection(text, classifier=False, source="data")
        assert ready.rule.id not in {one.rule for one in found}, text
        assert not [one for one in found if one.score >= ENOUGH], text


@pytest.mark.parametrize("ready", _RULES, ids=_named)
def test_a_rule_takes_time_in_proportion_to_the_text(ready: Ready) -> None:
    for pattern in ready.patterns:
        assert pattern.needs
        assert "\\1" not in pattern.expression.pattern
    for expression in ready.rule.expressions:
        assert flaw(expression) == ""


def test_ids_are_unique_and_scores_within_bounds() -> None:
    ids = [ready.rule.id for ready in _RULES]
    assert len(ids) == len(set(ids))
    for ready in _RULES:
        for score in (ready.rule.score, ready.rule.data_score or 0.0):
            assert 0 <= score < 1


def test_there_are_rules_in_fourteen_languages() -> None:
    assert {ready.language for ready in _RULES} >= _LANGUAGES


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("language: en\nrules: 3\n", "array"),
        (_HEAD + "}\n", "no pattern"),
        (_HEAD + ", patterns: [<gone> x]}\n", "no list 'gone'"),
        (_HEAD + ", expressions: ['(a+)+b'], needs: [b]}\n", "repetition"),
    ],
)
def test_a_wrong_file_of_rules_is_refused_with_its_name_and_what_is_wrong(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=says) as refused:
        load(file)
    assert "own.yaml" in str(refused.value)

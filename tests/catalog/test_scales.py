"""What evidence means for a rating: a part of the scales, checked, and the catalogue's own where it is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.catalog.load import DATA, load_catalog
from bartizan.core.errors import InputError

BUILT_IN = (DATA / "scales.yaml").read_text(encoding="utf-8")


def problems(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is wrong with the built-in scales after these changes of their text."""
    text = BUILT_IN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    own = folder / "scales.yaml"
    own.write_text(text, encoding="utf-8")
    try:
        load_catalog(scales=own)
    except InputError as error:
        return [str(problem).removeprefix(f"{own}:") for problem in error.problems]
    return []


def line_of(text: str, occurrence: int = 1) -> int:
    """The line of the built-in file on which a text stands for the nth time."""
    found = [i for i, line in enumerate(BUILT_IN.splitlines(), start=1) if text in line]
    return found[occurrence - 1]


@pytest.mark.parametrize(
    ("rate", "score"),
    [(0, 1), (0.0099, 1), (0.01, 2), (0.0499, 2), (0.05, 3), (0.1999, 3), (0.2, 4), (0.4999, 4), (0.5, 5), (1, 5)],
)
def test_a_rate_of_success_has_a_score(rate: float, score: int) -> None:
    assert load_catalog().evidence.score(rate) == score


def test_every_number_about_evidence_says_why() -> None:
    scale = load_catalog().evidence
    whys = (*(step.why for step in scale.rates), scale.narrow.why, scale.holds.why, scale.valid_days.why)
    assert all(whys)


def test_scales_of_ones_own_may_leave_evidence_out(tmp_path: Path) -> None:
    own = tmp_path / "ours.yaml"
    own.write_text(BUILT_IN.partition("evidence:")[0], encoding="utf-8")
    found = load_catalog(scales=own)
    assert found.scales.evidence is None
    assert found.evidence == load_catalog().evidence


def test_scales_of_ones_own_may_say_what_evidence_means(tmp_path: Path) -> None:
    own = tmp_path / "ours.yaml"
    own.write_text(BUILT_IN.replace("value: 180", "value: 30"), encoding="utf-8")
    assert load_catalog(scales=own).evidence.valid_days.value == 30


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("at_least: 0.01", "at_least: 0"), "a rate must be above 0 and at most 1"),
        (("at_least: 0.5", "at_least: 1.5"), "a rate must be above 0 and at most 1"),
        (("score: 5", "score: 6"), "there is no score 6"),
        (("at_least: 0.2", "at_least: 0.05"), "rates and scores must rise"),
        (("score: 4", "score: 3"), "rates and scores must rise"),
        (("value: 0.1", "value: 0"), "must be a width above 0"),
        (("value: 2\n", "value: 5\n"), "must be a score from 1 to 4"),
        (("value: 180", "value: 0"), "must be from 1 to 3650 days"),
        (("value: 180", "value: 40000"), "must be from 1 to 3650 days"),
        (("    value: 180", "    valu: 180"), "unknown key 'valu'"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1].strip(),
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    found = problems(tmp_path, change)
    assert any(told in problem for problem in found)
    start = line_of("evidence:")
    assert all(int(problem.partition(":")[0]) > start for problem in found)


def test_no_rates_at_all_is_told(tmp_path: Path) -> None:
    start = BUILT_IN.index("  rates:")
    rates = BUILT_IN[start : BUILT_IN.index("  narrow:")]
    assert [p.partition(": ")[2][:8] for p in problems(tmp_path, (rates, "  rates: []\n"))] == ["no rates"]

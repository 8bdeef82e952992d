"""Ruling patterns out by words changes no finding."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartizan.controls.chat.injection.normalise import fold
from bartizan.controls.chat.injection.rules import all_rules, index
from bartizan.controls.chat.injection.templates import Words


def test_the_index_leaves_out_no_pattern_that_matches() -> None:
    texts = [fold(text) for ready in all_rules() for text in (*ready.rule.matches, *ready.rule.passes)]
    texts += [" and then ".join(texts[i : i + 7]) for i in range(0, len(texts), 7)]
    matched = 0
    for text in texts:
        plain, known = Words(text), Words(text, index().known)
        for ready in all_rules():
            if ready.joined and not plain.has_joined:
                continue
            found = [(one, one.place(plain)) for one in ready.patterns]
            kept = (
                [one for candidate, one in index().candidates(known) if candidate is ready]
                if any(place for _, place in found)
                else []
            )
            for one, place in found:
                if place is not None:
                    matched += 1
                    assert one in kept
                    assert one.place(known) == place
    assert matched > 300


def test_most_patterns_are_ruled_out_for_an_ordinary_text() -> None:
    words = Words("the quick brown fox jumps over the lazy dog near the river bank", index().known)
    total = sum(len(one.patterns) for one in all_rules())
    assert len(list(index().candidates(words))) < total / 4


@given(st.text(st.characters(max_codepoint=127)))
def test_words_of_ascii_are_parted_alike_in_both_ways(text: str) -> None:
    assert Words(f"{text} ж").beginnings - {"ж"} == Words(text).beginnings


def test_pieces_are_found_wherever_they_are() -> None:
    by_mark = {"": ("system", "admin"), "<": ("<|", "<img"), "#": ("###",)}
    found = Words("a subsystem_x, <img src=y> ## #", None).pieces(by_mark)
    assert sorted(found) == ["<img", "system"]

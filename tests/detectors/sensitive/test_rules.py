"""Every rule finds what its examples say, passes over what they say, and takes no longer than the text is long."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.detectors.pattern_check import flaw
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import KINDS, PERSONAL, SECRETS
from bartizan.detectors.sensitive.rule import Rule
from bartizan.detectors.sensitive.rules import RULES
from bartizan.detectors.sensitive.token_rules import TOKENS
from bartizan.detectors.sensitive.window import LONGEST

_FINDS = [(rule, text) for rule in RULES for text in rule.finds]
_PASSES = [(rule, text) for rule in RULES for text in rule.passes]


@pytest.mark.parametrize(("rule", "text"), _FINDS, ids=[f"{rule.name}-{i}" for i, (rule, _) in enumerate(_FINDS)])
def test_a_rule_finds_the_value_of_each_of_its_examples(rule: Rule, text: str) -> None:
    start, end = text.index("«"), text.index("»") - 1
    found = find_sensitive(text.replace("«", "").replace("»", ""))
    assert (rule.kind, rule.name, start, end) in [(one.kind, one.rule, one.start, one.end) for one in found]


@pytest.mark.parametrize(("rule", "text"), _PASSES, ids=[f"{rule.name}-{i}" for i, (rule, _) in enumerate(_PASSES)])
def test_a_kind_is_not_found_where_its_counterexamples_have_none(rule: Rule, text: str) -> None:
    assert rule.kind not in {one.kind for one in find_sensitive(text)}


def test_every_kind_has_a_rule_and_every_rule_an_example_and_a_name_of_its_own() -> None:
    assert {rule.kind for rule in RULES} == KINDS
    assert all(rule.finds for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert not PERSONAL & SECRETS


@pytest.mark.parametrize("rule", TOKENS, ids=lambda rule: rule.name)
def test_the_form_of_a_token_cannot_take_for_ever(rule: Rule) -> None:
    assert not flaw(getattr(rule, "form", ""))


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    text = "anna.berg@firma-berg.de, +49 30 901820, password=hunter2"
    assert [one.kind for one in find_sensitive(text)] == ["email", "phone", "password"]
    assert [one.kind for one in find_sensitive(text, frozenset({"phone"}))] == ["phone"]
    assert [one.kind for one in find_sensitive(text, SECRETS)] == ["password"]
    assert find_sensitive(text, frozenset()) == ()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([text for _, text in _FINDS + _PASSES]) | st.text(max_size=20), max_size=6).map("".join)
)
def test_hits_are_in_order_apart_within_the_text_and_no_longer_than_promised(text: str) -> None:
    found = find_sensitive(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(first.end <= second.start for first, second in itertools.pairwise(found))
    assert all(one.end - one.start <= LONGEST[one.kind] and 0 < one.score < 1 for one in found)


_HOSTILE = (
    *(
        "1",
        "@",
        "a.",
        "1 ",
        "a",
        "a@a.",
        "://a:b@",
        ":a",
        "AA00 ",
        "pass: ",
        "name: ",
        "Dear A",
        "eyJa",
        "eyJaaaaaaaaaaaaaa.",
        "a/",
        "1.1.",
    ),
    *(
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----A",
        "12 Abc Abc ",
        "+1(2)-",
        "token aaaaaaaaaaaaaaaaaaaaaaa1 ",
        "born ",
        "A-1-",
        "address: 1 ",
    ),
    *("My name is A B C D ", "0x", "(555) ", "Str. 1 ", "1 rue ", "key=", "é", "密码:", "::", "00-00-", "Mr. "),
)


@pytest.mark.parametrize("piece", _HOSTILE)
def test_hostile_text_costs_what_its_length_costs(piece: str) -> None:
    def took(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        find_sensitive(text)
        return time.process_time() - start

    took(2_000)
    small = min(took(10_000) for _ in range(3))
    large = min(took(80_000) for _ in range(3))
    assert large < 8 * 2.5 * small + 0.01, "four times the growth of the length would be 64"

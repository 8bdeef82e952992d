"""Masks, tokens, and values put back, whole and in streams."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.masking import masked
from bartizan.detectors.sensitive.rules import RULES
from bartizan.detectors.sensitive.vault import LONGEST_TOKEN, Restoring, Vault

_KEY = b"0123456789abcdef"
_TEXT = (
    "Mail anna.berg@firma-berg.de, again anna.berg@firma-berg.de, from 203.0.113.77; my name is John Smith. "
    "password=hunter2"
)
_PIECES = [one.replace("«", "").replace("»", "") for rule in RULES for one in rule.finds]
_TEXTS = st.lists(
    st.sampled_from(_PIECES)
    | st.text(max_size=12)
    | st.sampled_from(["person-", "-0123456789abcdef", "Person-0123456789ABCDEF@mask.example"]),
    max_size=6,
).map(" ".join)


def test_a_mask_says_the_kind_and_nothing_else() -> None:
    text = "Write to anna.berg@firma-berg.de or 203.0.113.77."
    assert masked(text, find_sensitive(text)) == "Write to [email] or [ip_address]."
    assert masked("plain", ()) == "plain"


def test_what_overlaps_or_belongs_elsewhere_is_refused() -> None:
    one = Sensitive(kind="email", start=2, end=9, score=0.9, rule="email")
    with pytest.raises(ValueError, match="overlaps"):
        masked("0123456789", (one, one))
    with pytest.raises(ValueError, match="another text"):
        masked("0123", (one,))


def test_the_same_value_has_the_same_token_and_another_vault_cannot_tell() -> None:
    vault, other = Vault(_KEY), Vault(b"another key, also long")
    text = vault.tokenised(_TEXT, find_sensitive(_TEXT))
    first, second = (part.split(",")[0] for part in text.split(" person-")[1:3])
    assert first == second
    assert "firma-berg" not in text
    assert "hunter2" not in text
    assert vault.tokenised(_TEXT, find_sensitive(_TEXT)) == text
    assert Vault(_KEY).tokenised(_TEXT, find_sensitive(_TEXT)) == text
    assert other.tokenised(_TEXT, find_sensitive(_TEXT)) != text
    assert other.restored(text) == text
    assert vault.restored(text) == _TEXT


def test_a_token_keeps_the_form_that_a_parser_needs() -> None:
    text = "a anna.berg@firma-berg.de b 203.0.113.77"
    tokens = Vault(_KEY).tokenised(text, find_sensitive(text)).split()
    assert tokens[1].startswith("person-")
    assert tokens[1].endswith("@mask.example")
    assert tokens[3].endswith(".mask.example")
    assert find_sensitive(tokens[1])[0].kind == "email"


def test_a_model_may_change_the_case_of_a_token_or_go_on_after_it() -> None:
    vault = Vault(_KEY)
    token = vault.tokenised("John Smith", (Sensitive(kind="name", start=0, end=10, score=0.9, rule="x"),))
    assert vault.restored(f"{token.upper()}'s and {token}. {token}s") == "John Smith's and John Smith. John Smiths"
    assert vault.restored(f"{token}0 {token[:-1]}") == f"{token}0 {token[:-1]}"


def test_a_vault_is_bounded_and_masks_what_no_longer_fits() -> None:
    vault = Vault(_KEY, most=2)
    texts = [f"mail user{i}@firma-berg.de" for i in range(4)]
    out = [vault.tokenised(one, find_sensitive(one)) for one in texts]
    assert [one.endswith("[email]") for one in out] == [False, False, True, True]
    assert vault.restored(out[0]) == texts[0]
    assert len(vault) == 2
    assert "[email]" in Vault(_KEY, most_characters=5).tokenised(texts[0], find_sensitive(texts[0]))


def test_a_vault_shows_no_value_and_takes_no_short_key() -> None:
    vault = Vault(_KEY)
    vault.tokenised(_TEXT, find_sensitive(_TEXT))
    assert repr(vault) == "Vault(4 values)"
    assert not hasattr(vault, "__dict__")
    with pytest.raises(ValueError, match="16 bytes"):
        Vault(b"short")


@settings(max_examples=200, deadline=None)
@given(text=_TEXTS, seed=st.integers(0, 1000))
def test_tokens_are_put_back_in_a_stream_cut_anywhere(text: str, seed: int) -> None:
    vault, rng = Vault(_KEY), random.Random(seed)
    hidden = vault.tokenised(text, find_sensitive(text))
    assert vault.restored(hidden) == text or "mask.example" in text
    stream, at, out, most = Restoring(vault), 0, "", 0
    while at < len(hidden):
        step = rng.choice((1, 2, 7, 30))
        out += stream.feed(hidden[at : at + step])
        at += step
        most = max(most, len(stream._held))
    assert out + stream.flush() == vault.restored(hidden)
    assert most <= 3 * LONGEST_TOKEN


def test_a_long_run_without_spaces_is_not_held_back_whole() -> None:
    stream = Restoring(Vault(_KEY))
    given_out = sum(len(stream.feed("a" * 1000)) for _ in range(10))
    assert given_out >= 10_000 - 2 * LONGEST_TOKEN

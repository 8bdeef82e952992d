"""Where content of others begins and ends in an application's prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.controls.chat.fences import Fence, fence_faults, fenced

DOC = Fence(opens="<doc>", closes="</doc>")
MAIL = Fence(opens="<mail>", closes="</mail>")
DRAWN = Fence(opens="<doc {nonce}>", closes="</doc {nonce}>")


def outside(text: str, *fences: Fence) -> str:
    """What counts as the application's own."""
    kept, at = [], 0
    for start, end in fenced(text, fences):
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def test_what_stands_in_a_fence_is_found() -> None:
    assert fenced("Read <doc>this</doc> well", [DOC]) == [(10, 14)]


def test_a_fence_that_is_never_closed_reaches_to_the_end() -> None:
    assert outside("Read <doc>this and that", DOC) == "Read <doc>"


def test_a_document_does_not_end_its_fence_by_its_closing_words() -> None:
    assert outside("Read <doc>a</doc> EVIL</doc> well", DOC) == "Read <doc></doc> well"


def test_a_document_does_not_end_its_fence_by_closing_it_and_opening_another() -> None:
    assert outside("Read <doc>a</doc> EVIL <doc>b</doc> well", DOC) == "Read <doc></doc> well"


def test_a_document_does_not_end_its_fence_by_the_closing_words_of_another_kind() -> None:
    assert "EVIL" not in outside("<doc>a</doc> and <mail>b</doc> EVIL</mail> well", DOC, MAIL)


def test_words_that_open_and_close_alike_reach_from_the_first_to_the_last() -> None:
    alike = Fence(opens="'''", closes="'''")
    assert outside("Read '''a''' EVIL ''' well", alike) == "Read '''''' well"
    assert outside("Read '''a and b", alike) == "Read '''"


def test_a_drawn_number_keeps_what_stands_between_two_documents() -> None:
    text = "<doc 5f0c9a1b>a</doc 5f0c9a1b> against <doc 77aa01bc>b</doc 77aa01bc> now"
    assert " against " in outside(text, DRAWN)


def test_a_document_that_does_not_know_the_number_cannot_end_its_fence() -> None:
    text = "<doc 5f0c9a1b>a</doc 00000000> EVIL <doc 00000000></doc 5f0c9a1b> now"
    assert outside(text, DRAWN) == "<doc 5f0c9a1b></doc 5f0c9a1b> now"


@given(st.lists(st.sampled_from(["<doc>", "</doc>", "<mail>", "</mail>", " ", "x"]), max_size=12))
def test_no_document_gets_a_word_out_of_its_fence(pieces: list[str]) -> None:
    text = f"A <doc>{''.join(pieces)}EVIL</doc> B <mail>{''.join(pieces)}EVIL</mail> C"
    assert "EVIL" not in outside(text, DOC, MAIL)


@pytest.mark.parametrize(
    "fence",
    [
        Fence(opens="", closes="x"),
        Fence(opens="x", closes=""),
        Fence(opens="<doc {nonce}>", closes="</doc>"),
        Fence(opens="<doc>", closes="</doc {nonce}>"),
        Fence(opens="{nonce}", closes="{nonce}"),
        Fence(opens="<{nonce} {nonce}>", closes="</{nonce} {nonce}>"),
    ],
)
def test_a_fence_that_parts_nothing_is_a_fault(fence: Fence) -> None:
    assert "fences" in fence_faults([fence])
    assert not fence_faults([DOC, DRAWN])

"""Chances and embeddings leave rounded or not at all, in every form in which they come."""

from __future__ import annotations

import asyncio
import base64
import struct
from typing import Any

import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.obscure_confidence import ObscureConfidence
from bartizan.controls.chat.pipeline import Blocked
from tests.controls.chat.asking import exchange, user, watching

CHAT = {
    "content": [
        {
            "token": "Hi",
            "bytes": [72, 105],
            "logprob": -0.123456,
            "top_logprobs": [{"token": "Hi", "logprob": -0.123456}, {"token": "Hey", "logprob": -2.345678}],
        }
    ],
    "refusal": None,
}
COMPLETIONS = {
    "tokens": ["Hi"],
    "token_logprobs": [None, -0.123456],
    "text_offset": [0],
    "top_logprobs": [{"Hi": -0.123456, "Hey": -2.345678}],
}
RESPONSES = [{"token": "Hi", "logprob": -0.123456, "top_logprobs": [{"token": "Hi", "logprob": -0.123456}]}]
VECTOR = [0.1234567, -0.7654321, 0.5]
BENCH = Bench(secret=b"for tests only")


def left(guard: ObscureConfidence, value: Any, name: str = "logprobs") -> Any:
    """The numbers as they leave."""
    watch = watching(guard, exchange(user("hi")), BENCH)
    passed = asyncio.run(watch.judge(Segment(part="numbers", name=name, value=value)))
    assert passed is not None
    assert len(watch.records) == 1
    return passed.value


def packed(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


@pytest.mark.parametrize("value", [CHAT, COMPLETIONS, RESPONSES, {"odd": 1}])
def test_chances_are_taken_out(value: Any) -> None:
    assert left(ObscureConfidence(), value) is None


@pytest.mark.parametrize("value", [CHAT, COMPLETIONS, RESPONSES])
def test_chances_are_rounded_and_alternatives_cut_in_every_form(value: Any) -> None:
    made = left(ObscureConfidence(logprobs="round"), value)
    said = repr(made)
    assert "-0.1" in said
    assert "123456" not in said
    assert "Hey" not in said
    assert type(made) is type(value)


def test_no_alternatives_may_stay() -> None:
    assert left(ObscureConfidence(logprobs="round", top=0), CHAT)["content"][0]["top_logprobs"] == []


def test_embeddings_are_rounded_in_lists_and_in_base64() -> None:
    rounded = [0.123, -0.765, 0.5]
    assert left(ObscureConfidence(), VECTOR, "embedding") == rounded
    assert left(ObscureConfidence(), [VECTOR, VECTOR], "embedding") == [rounded, rounded]
    assert left(ObscureConfidence(), packed(VECTOR), "embedding") == packed(rounded)
    assert left(ObscureConfidence(embeddings="remove"), VECTOR, "embedding") is None
    assert left(ObscureConfidence(embeddings="allow"), VECTOR, "embedding") == VECTOR


def test_noise_is_the_same_when_asked_again_and_differs_by_embedding_and_key() -> None:
    guard = ObscureConfidence(noise=0.05, embedding_decimals=6)
    first = left(guard, VECTOR, "embedding")
    assert first != [round(one, 6) for one in VECTOR]
    assert left(guard, VECTOR, "embedding") == first
    assert max(abs(a - b) for a, b in zip(first, VECTOR, strict=True)) < 0.4
    other = [one + 0.01 for one in VECTOR]
    assert [round(one - 0.01, 6) for one in left(guard, other, "embedding")] != first


@pytest.mark.parametrize("value", ["not base64!", "AAA=", {"a": 1}, ["x", 1], [True], [[1, "a"]], packed(VECTOR)[:-3]])
def test_an_embedding_in_another_form_does_not_leave(value: Any) -> None:
    with pytest.raises(Blocked):
        left(ObscureConfidence(), value, "embedding")


def test_numbers_that_are_none_or_not_finite_do_not_stop_it() -> None:
    assert left(ObscureConfidence(), None) is None
    assert left(ObscureConfidence(logprobs="round"), {"content": [{"logprob": float("-inf")}]}) is not None
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    left(ObscureConfidence(logprobs="round"), deep)


def test_settings_that_make_no_sense_are_faults() -> None:
    assert set(ObscureConfidence(decimals=9, embedding_decimals=-1, top=99, noise=2.0).faults()) == {
        "decimals",
        "embedding_decimals",
        "top",
        "noise",
    }

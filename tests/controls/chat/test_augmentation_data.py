"""Chunks are verified before use, and shown to those alone who may see them."""

from __future__ import annotations

import asyncio
import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bartizan.controls.chat.augmentation_data_confidentiality import AugmentationDataConfidentiality
from bartizan.controls.chat.augmentation_data_integrity import LEFT_OUT, AugmentationDataIntegrity, sign_chunk
from bartizan.controls.chat.exchange import Caller
from tests.controls.chat.asking import admitted, data, refusal, user

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
GUARD = AugmentationDataIntegrity(signers={"index": PUBLIC})
LABELS = frozenset({"hr"})


def test_a_signed_chunk_passes() -> None:
    proof = sign_chunk(KEY, "index", "Pay day is the 25th.", "kb/1", LABELS)
    chunk = data("Pay day is the 25th.", source="kb/1", labels=LABELS, proof=proof)
    assert asyncio.run(admitted(GUARD, chunk)) == ["Pay day is the 25th."]


@pytest.mark.parametrize(
    ("text", "source", "labels", "signer"),
    [
        ("Pay day is the 26th.", "kb/1", LABELS, "index"),
        ("Pay day is the 25th.", "kb/2", LABELS, "index"),
        ("Pay day is the 25th.", "kb/1", frozenset({"public"}), "index"),
        ("Pay day is the 25th.", "kb/1", LABELS, "other"),
    ],
)
def test_a_chunk_with_anything_changed_is_left_out(text: str, source: str, labels: frozenset[str], signer: str) -> None:
    proof = sign_chunk(KEY, signer, "Pay day is the 25th.", "kb/1", LABELS)
    assert asyncio.run(admitted(GUARD, data(text, source=source, labels=labels, proof=proof))) == [LEFT_OUT]


@pytest.mark.parametrize("proof", ["", "index:", "index:%%%", "index:" + "A" * 88, ":::"])
def test_a_chunk_without_a_signature_that_holds_is_left_out(proof: str) -> None:
    assert asyncio.run(admitted(GUARD, data("x", source="kb/1", proof=proof))) == [LEFT_OUT]


def test_what_names_no_source_needs_no_signature() -> None:
    assert asyncio.run(admitted(GUARD, user("Hello"))) == ["Hello"]


def test_it_can_refuse_instead() -> None:
    guard = AugmentationDataIntegrity(signers={"index": PUBLIC}, otherwise="block")
    assert asyncio.run(refusal(guard, data("x", source="kb/1"))) is not None


def test_a_key_that_is_none_is_a_fault() -> None:
    assert "signers" in AugmentationDataIntegrity(signers={"index": "abc"}).faults()
    assert "signers" in AugmentationDataIntegrity(signers={}).faults()
    assert GUARD.faults() == {}


HR = Caller(id="ann", rights=frozenset({"hr"}))


def test_content_is_shown_to_who_has_a_right_to_each_of_its_labels() -> None:
    guard = AugmentationDataConfidentiality()
    chunks = [data("a", source="s", labels=frozenset(one)) for one in ({"hr"}, {"hr", "board"}, {"public"}, set[str]())]
    assert [
        text == one.text for text, one in zip(asyncio.run(admitted(guard, *chunks, caller=HR)), chunks, strict=True)
    ] == [
        True,
        False,
        True,
        False,
    ]
    assert asyncio.run(admitted(guard, user("Hello"))) == ["Hello"]


def test_a_retriever_can_filter_by_the_same_rule() -> None:
    guard = AugmentationDataConfidentiality()
    found = [("a", frozenset({"hr"})), ("b", frozenset({"board"})), ("c", frozenset({"public"}))]
    assert guard.filter(HR, found) == ["a", "c"]
    assert guard.filter(Caller(), found) == ["c"]

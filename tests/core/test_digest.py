"""Digests as text: one form, whichever way a tool wrote them."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.digest import sha256_in


@given(st.binary(), st.sampled_from(["", "sha256:", "SHA256:"]), st.booleans())
def test_a_digest_is_read_in_any_case_with_or_without_its_kind(content: bytes, kind: str, upper: bool) -> None:
    digest = hashlib.sha256(content).hexdigest()
    assert sha256_in(f" {kind}{digest.upper() if upper else digest}\n") == digest


@given(st.text(max_size=80))
def test_what_is_read_is_always_64_digits(text: str) -> None:
    found = sha256_in(text)
    assert found is None or (len(found) == 64 and set(found) <= set("0123456789abcdef"))

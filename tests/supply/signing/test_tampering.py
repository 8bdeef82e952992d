"""Whatever single byte is changed, of any file or of the signature: it never verifies."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.signing.bundle import Malformed, read_bundle
from bartizan.supply.signing.statement import read_statement
from tests.supply.signing.making import Place, in_days, write_certificate, write_root


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("signed"))
    place.sign(expires=in_days(365), counter=7)
    return place


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("certified"))
    write_root(place.folder, "root")
    write_certificate(place.folder, "leaf", "root")
    at = place.folder
    place.sign(key=at / "leaf.key", certificate=at / "leaf.pem", chain=(at / "root.pem",), counter=1)
    return place


def _changed(file: Path, at: float, flip: int) -> bytes:
    """Flip bits of the byte at this share of a file. Returns what was there."""
    whole = file.read_bytes()
    n = int(at * len(whole))
    file.write_bytes(whole[:n] + bytes([whole[n] ^ flip]) + whole[n + 1 :])
    return whole


SHARE = st.floats(0, 1, exclude_max=True)
FLIP = st.integers(1, 255)


@given(name=st.sampled_from(["weights.bin", "config.json", "tokenizer/vocab.txt"]), at=SHARE, flip=FLIP)
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_of_a_file_verifies(signed: Place, name: str, at: float, flip: int) -> None:
    file = signed.model / name
    before = _changed(file, at, flip)
    try:
        found = signed.verify()
    finally:
        file.write_bytes(before)
    assert [(flaw.kind, flaw.path) for flaw in found.flaws] == [("changed", name)]
    assert signed.verify().is_verified


@given(at=SHARE, flip=FLIP)
@settings(max_examples=250, deadline=None)
def test_no_changed_byte_of_a_signature_verifies(signed: Place, at: float, flip: int) -> None:
    before = _changed(signed.signature, at, flip)
    try:
        found = signed.verify()
    finally:
        signed.signature.write_bytes(before)
    assert not found.is_verified
    assert not found.is_authentic
    assert found.flaws


@given(at=SHARE, flip=FLIP)
@settings(max_examples=250, deadline=None)
def test_no_changed_byte_of_a_signature_with_certificates_verifies(certified: Place, at: float, flip: int) -> None:
    before = _changed(certified.signature, at, flip)
    try:
        found = certified.verify(certificates=[{"name": "root", "file": "root.pem", "identities": ["*"]}])
    finally:
        certified.signature.write_bytes(before)
    assert not found.is_verified


def test_what_is_outside_of_the_signed_part_is_checked_byte_by_byte(signed: Place) -> None:
    whole = signed.signature.read_bytes()
    start = whole.index(b'"payload":"') + len(b'"payload":"')
    end = whole.index(b'"', start)
    try:
        for n in (*range(start), *range(end, len(whole))):
            signed.signature.write_bytes(whole[:n] + bytes([whole[n] ^ 0x20]) + whole[n + 1 :])
            assert not signed.verify().is_verified, whole[max(0, n - 20) : n + 20]
    finally:
        signed.signature.write_bytes(whole)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in inner for path in _paths(one, (*at, key)))]


@given(data=st.data(), new=JSON)
@settings(max_examples=200, deadline=None)
def test_a_bundle_with_any_part_replaced_is_read_or_malformed(signed: Place, data: st.DataObject, new: object) -> None:
    bundle = json.loads(signed.signature.read_text())
    path = data.draw(st.sampled_from(_paths(bundle)[1:]))
    part = bundle
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = new
    file = signed.folder / "mutant.sig"
    file.write_text(json.dumps(bundle))
    with contextlib.suppress(Malformed):
        assert read_bundle(file).payload


@given(data=st.data(), new=JSON)
@settings(max_examples=200, deadline=None)
def test_a_statement_with_any_part_replaced_is_read_or_malformed(
    signed: Place, data: st.DataObject, new: object
) -> None:
    statement = json.loads(read_bundle(signed.signature).payload)
    path = data.draw(st.sampled_from(_paths(statement)[1:]))
    part = statement
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = new
    with contextlib.suppress(Malformed):
        assert read_statement(json.dumps(statement).encode()).resources


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_no_statement(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_statement(raw)

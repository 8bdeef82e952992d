"""The chain's arithmetic: anybody with SHA-256 and RFC 8785 comes to the same hashes."""

from __future__ import annotations

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bartizan.register.audit.following import read_body
from bartizan.register.chain import GENESIS, canonical, link, state_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COLUMNS = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
VALUES = st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | TEXT


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}'),
        ({"numbers": [1.0, 1e21, 0.002, -0.0]}, '{"numbers":[1,1e+21,0.002,0]}'),
        ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'),
        ({"x": '\u20ac$\u000f\nA\'B"\\"/'}, '{"x":"€$\\u000f\\nA\'B\\"\\\\\\"/"}'),
    ],
)
def test_bodies_are_written_as_rfc_8785_says(value: object, text: str) -> None:
    assert canonical(value) == text


def test_a_hash_covers_the_one_before_and_the_text() -> None:
    expected = hashlib.sha256(b"0" * 64 + '{"actor":"Ännä"}'.encode()).hexdigest()
    assert link(GENESIS, '{"actor":"Ännä"}') == expected


@given(st.dictionaries(COLUMNS, VALUES))
def test_the_state_of_a_row_is_the_digest_of_its_canonical_json(row: dict[str, object]) -> None:
    full = {name: value for name, value in row.items() if value}
    assert state_of(row) == hashlib.sha256(rfc8785.dumps(full)).hexdigest()  # type: ignore[arg-type]


def test_an_empty_column_that_is_added_leaves_the_state_of_a_row() -> None:
    row = {"id": "mail", "owner": "Anna"}
    assert state_of({**row, "count": 0, "about": "", "archived": False, "due": None}) == state_of(row)


@given(st.dictionaries(COLUMNS, VALUES), COLUMNS, VALUES)
def test_any_other_value_is_another_state(row: dict[str, object], name: str, value: object) -> None:
    other = {**row, name: value}
    full, changed = ({k: v for k, v in r.items() if v} for r in (row, other))
    same = full.keys() == changed.keys() and all(
        full[k] is changed[k] or repr(full[k]) == repr(changed[k]) for k in full
    )
    assert (state_of(other) == state_of(row)) is same


def test_bytes_count_by_their_digest() -> None:
    assert state_of({"content": b"abc"}) == state_of({"content": hashlib.sha256(b"abc").hexdigest()})


BODY = {"seq": 1, "at": "2026-11-22T09:00:00Z", "actor": "anna", "action": "risk.owner"}


@given(
    st.dictionaries(TEXT, st.lists(VALUES | st.floats(allow_nan=False, allow_infinity=False), max_size=3), max_size=3)
)
def test_a_canonical_body_is_read(changed: dict[str, object]) -> None:
    text = canonical({**BODY, "changed": changed}).encode()
    assert read_body(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(BODY),
        json.dumps(BODY, sort_keys=True),
        canonical(BODY).replace('"seq":1', '"seq":1.0'),
        canonical(BODY).replace('"seq":1', '"seq":01'),
        canonical(BODY).replace("anna", "\\u0061nna"),
        canonical({**BODY, "changed": {"x": [1]}}).replace("[1]", "[1.0]"),
        canonical({**BODY, "changed": {"x": [1]}}).replace("[1]", "[9007199254740993]"),
        canonical({**BODY, "changed": {"x": [1]}}).replace("[1]", "[1E3]"),
        canonical(BODY).replace('"actor":"anna"', '"actor":"anna","actor":"anna"'),
        canonical({**BODY, "changed": {"A": [], "B": []}}).replace("A", "\ufb33").replace("B", "\U0001f600"),
        canonical({"seq": 1}),
        "[" * 100_000,
        "null",
        "",
    ],
)
def test_a_body_that_is_not_canonical_is_not_taken(text: str) -> None:
    assert read_body(text.encode()) is None


def test_a_body_that_is_no_utf_8_is_not_taken() -> None:
    assert read_body(canonical(BODY).encode().replace(b"anna", b"ann\xff")) is None

from __future__ import annotations

import json
from pathlib import Path

import cyclonedx.schema._res as schemas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]

from bartizan.supply.bom.licences import NOTHING, _listed, read
from bartizan.supply.bom.terms import ways_of

SPDX = get_spdx_licensing()
IDS = sorted(set(_listed()[0].values()))


def test_our_list_of_ids_is_the_one_that_cyclonedx_takes() -> None:
    known = set(json.loads(Path(schemas.SPDX_JSON).read_text())["enum"])
    assert set(IDS) <= known
    assert known - set(IDS) <= set(_listed()[1].values())


@pytest.mark.parametrize(
    ("declared", "expression"),
    [
        ("mit", "MIT"),
        ("apache 2.0", "Apache-2.0"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("MIT or apache-2.0", "MIT OR Apache-2.0"),
        ("GPL-2.0-or-later with Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("(mit and BSD-3-Clause) or LicenseRef-mine", "(MIT AND BSD-3-Clause) OR LicenseRef-mine"),
        ("openrail", ""),
        ("llama3", ""),
        ("MIT OR", ""),
        ("(MIT", ""),
        ("MIT MIT", ""),
        ("MIT\x1b[31m", ""),
    ],
)
def test_a_declared_licence_is_read_in_the_spelling_of_the_list_or_not_at_all(declared: str, expression: str) -> None:
    assert read(declared).expression == expression


@pytest.mark.parametrize("word", sorted(NOTHING))
def test_a_word_that_names_none_counts_as_none(word: str) -> None:
    assert not read(word.upper()).is_named


expressions = st.recursive(
    st.sampled_from(IDS),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner),
    max_leaves=6,
)


@given(expressions)
def test_what_we_read_as_an_expression_another_reader_takes_as_well(text: str) -> None:
    ours = read(text)
    assert ours.expression
    assert ours.ways
    SPDX.parse(ours.expression)
    assert read(ours.expression).ways == ours.ways


@given(st.text(max_size=200) | st.text(alphabet="()ANDORWITHMIT -+.", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text)
    ways_of(read(text))


def test_thousands_of_ways_are_cut_not_counted() -> None:
    assert len(read(" AND ".join(["(MIT OR ISC)"] * 60)).ways) <= 64
    assert read("(" * 400 + "MIT" + ")" * 400).expression == ""


@pytest.mark.parametrize(
    ("declared", "asks"),
    [
        ("MIT", {"permissive"}),
        ("CC-BY-NC-SA-4.0", {"non_commercial", "share_alike"}),
        ("GPL-2.0-only", {"copyleft"}),
        ("GPL-2.0-only WITH Classpath-exception-2.0", {"weak_copyleft"}),
        ("creativeml-openrail-m", {"use_restricted"}),
        ("llama3.1", {"use_restricted"}),
    ],
)
def test_a_licence_asks_what_the_table_says(declared: str, asks: set[str]) -> None:
    assert [set(way) for way in ways_of(read(declared))] == [asks]


def test_of_a_licence_that_the_table_does_not_have_nothing_is_concluded() -> None:
    assert ways_of(read("Glulxe")) == ()
    assert ways_of(read("MIT AND Glulxe")) == ()
    assert [set(way) for way in ways_of(read("MIT OR Glulxe"))] == [{"permissive"}]

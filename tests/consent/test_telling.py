"""What people did, told in CSV; purposes in YAML; receipts."""

from __future__ import annotations

import contextlib
import textwrap
from pathlib import Path

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from bartizan.consent.book import Book
from bartizan.consent.declared import read_declaration
from bartizan.consent.entries import Purpose, Wording
from bartizan.consent.receipts import receipt
from bartizan.consent.telling import read_acts
from bartizan.core.errors import InputError, NotFound
from tests.consent.ledgers import AT, PEOPLE, given, ledger, objected, record, withdrawn

HEADER = "person,purpose,act,at,wording,how,until\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "acts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_acts_are_read_as_they_are_told(tmp_path: Path) -> None:
    text = (
        f"anna,training,given,{AT},1,form,2027-01-01\nben,training,withdrawn,2026-11-20T11:00:00Z,,form,\n"
        "carl,fraud,objected,2026-11-20T11:00:00Z,,letter,\n"
    )
    found = [told.act for told in read_acts(_file(tmp_path, "\ufeff" + HEADER + text), PEOPLE)]
    assert found == [given("anna", until="2027-01-01"), withdrawn("ben"), objected("carl")]


def test_all_problems_of_a_file_are_told_by_line(tmp_path: Path) -> None:
    text = (
        f",training,given,{AT},1,form,\nanna,training,given,yesterday,1,form,\nanna,training,gave,{AT},1,form,\n"
        f"anna,training,withdrawn,{AT},1,form,\nanna,training,given,{AT},1,,\nanna,training,given,{AT},1,form,soon\n"
        f"anna,training,given,{AT},1,form\nanna,training,given,{AT},1,form,,\n"
    )
    with pytest.raises(InputError) as caught:
        list(read_acts(_file(tmp_path, HEADER + text), PEOPLE))
    told = {(one.line, one.finding) for one in caught.value.problems}
    assert told == {
        (2, "nobody is named"),
        (3, "'yesterday' is no moment"),
        (4, "there is no act 'gave'"),
        (5, "words and a last day belong to what is given"),
        (6, "it is not said how they did it"),
        (7, "'soon' is no day"),
        (8, "it has more or fewer cells than the header"),
        (9, "it has more or fewer cells than the header"),
    }


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "there is no column 'person'"),
        ("person,purpos,act,at,how\n", "there is no column 'purpose'; did you mean 'purpos'?"),
        ("person,purpose,act,at,how,note\n", "nothing is known of a column 'note'"),
        ("person,person,purpose,act,at,how\n", "two columns of one name"),
        ('person,purpose,act,at,how\n"anna,x\n', "it is no table of text"),
        (f"person,purpose,act,at,how\n{'a' * 10_001},training,given,{AT},form\n", "a cell of more than 10,000"),
    ],
)
def test_what_is_no_table_of_acts_is_refused(tmp_path: Path, text: str, finding: str) -> None:
    with pytest.raises(InputError) as caught:
        list(read_acts(_file(tmp_path, text), PEOPLE))
    assert finding in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it cannot be read: No such file"):
        list(read_acts(tmp_path / "none.csv", PEOPLE))
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"\xe4,training,given,x,1,form,\n")
    with pytest.raises(InputError, match="save it as CSV in UTF-8"):
        list(read_acts(tmp_path / "latin.csv", PEOPLE))


@hypothesis_given(st.binary(max_size=300))
def test_whatever_a_file_holds_is_acts_or_an_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("acts") / "acts.csv"
    path.write_bytes(HEADER.encode() + raw)
    with contextlib.suppress(InputError):
        assert all(told.act.person for told in read_acts(path, PEOPLE))


PURPOSES = """
purposes:
  training:
    title: We train.
    basis: consent
    data: [loan]
    keep: 2 years
    compatible_with: [fraud]
    why: judged on 2026-03-01
    wordings:
      - {version: "1", language: en, text: May we?}
  fraud: {title: We look., basis: legitimate_interests, data: [loan], why: test, compatible_with: [training]}
"""


def _declared(folder: Path, text: str) -> Path:
    path = folder / "purposes.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def test_what_a_ledger_holds_already_is_not_entered_again(tmp_path: Path) -> None:
    declaration = read_declaration(_declared(tmp_path, PURPOSES))
    book = Book(purposes={}, wordings={}, data={}, models={})
    new = declaration.new_to(book)
    assert [type(one) for one in new] == [Purpose, Wording, Purpose]
    held = Book(
        purposes={one.purpose: one for one in new if isinstance(one, Purpose)},
        wordings={"training": {one.version: one for one in new if isinstance(one, Wording)}},
    )
    assert declaration.new_to(held) == ()
    other = read_declaration(_declared(tmp_path, PURPOSES.replace("We train", "We sell").replace("May we?", "Yes?")))
    with pytest.raises(InputError) as caught:
        other.new_to(held)
    assert [(one.line, one.finding) for one in caught.value.problems] == [
        (3, "the ledger holds 'training' otherwise"),
        (11, "the ledger holds other words as '1'"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("We train.", '" "', "it does not say what is done"),
        ("data: [loan]\n    keep", "data: []\n    keep", "no kind of data is named"),
        ("keep: 2 years", "keep: long", "'long' is no span of time"),
        ("keep: 2 years", "keep: 200 years", "more than 100 years"),
        ("why: judged on 2026-03-01", "", "that purposes are compatible is judged by somebody"),
        ("why: test,", "", "legitimate interests need a balancing test"),
        ('version: "1"', 'version: ""', "each wording has a version of its own"),
        ("text: May we?", "text: ' '", "there are no words"),
        ("basis: consent", "basis: contract", "nobody is asked for what rests on contract"),
        ("  fraud:", "  Fraud!:", "'Fraud!' is no name of a purpose"),
        ("basis: consent", "basis: consnt", "did you mean 'consent'"),
    ],
)
def test_what_is_wrong_with_purposes_is_told(tmp_path: Path, before: str, after: str, finding: str) -> None:
    assert before in PURPOSES
    with pytest.raises(InputError) as caught:
        read_declaration(_declared(tmp_path, PURPOSES.replace(before, after)))
    assert finding in str(caught.value)


def test_a_purpose_is_compatible_only_with_one_that_is_there_and_not_itself(tmp_path: Path) -> None:
    for name, finding in (
        ("frod", r"there is no purpose 'frod'; did you mean 'fraud'\?"),
        ("training", "names itself"),
    ):
        text = PURPOSES.replace("compatible_with: [fraud]", f"compatible_with: [{name}]")
        with pytest.raises(InputError, match=finding):
            read_declaration(_declared(tmp_path, text)).new_to(Book(purposes={}))


def test_consent_without_words_is_refused(tmp_path: Path) -> None:
    text = "purposes: {a: {title: We do., basis: consent, data: [x]}}"
    with pytest.raises(InputError, match="people agree to words that they saw"):
        read_declaration(_declared(tmp_path, text))
    with pytest.raises(InputError, match="there is no purpose"):
        read_declaration(_declared(tmp_path, "purposes: {}"))


def test_a_receipt_has_the_words_that_were_seen_and_every_event(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("anna", purpose="offers", until="2027-01-01"), withdrawn("anna", purpose="offers"))
    acts = book.said_by(PEOPLE.of("anna"))
    hashes = [book.store.hash_of(one.number) for one in acts]
    found = receipt(book.opening, book.book, acts, hashes)
    assert found["schema_version"] == "ISO/IEC TS 27560:2023"
    assert found["record_id"] == hashes[0]
    assert found["pii_processing"]["privacy_notice"]["text"] == "May we use your data for offers?"
    (purpose,) = found["pii_processing"]["purposes"]
    assert purpose["retention_period"] == "2 years"
    assert "recipient_third_parties" not in purpose
    assert [one["event_type"] for one in found["event"]] == ["consent_given", "consent_withdrawn"]
    assert found["event"][0]["validity_duration"] == "until 2027-01-01"
    with pytest.raises(NotFound, match="they never agreed"):
        receipt(book.opening, book.book, [], [])

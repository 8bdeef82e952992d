"""Corrections, access and restrictions: what is done, and what was made from wrong data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.core.errors import Conflict, InputError
from bartizan.rights.correcting import changes_of
from bartizan.rights.entries import Confirmed, Disclosed, Right
from bartizan.rights.places import Places
from bartizan.rights.steps import Step
from bartizan.workflows import rights
from bartizan.workflows.rights import Asked
from tests.rights.bank import DAY, PLACES, asked, book, clock, declared, known


def _correct(places: Places, *texts: str, number: int = 0) -> dict[str, Step]:
    with book(places.folder) as made:
        number = number or asked(made, "correction")
        question = Asked(places=places, number=number, known=known(places))
        steps = rights.correct(question, made, changes_of(texts, places), lambda _: None)
    return {step.place: step for step in steps}


def test_what_was_made_from_a_corrected_source_is_left_to_do_until_somebody_did_it(places: Places) -> None:
    steps = _correct(places, "customers.income=42000")
    assert {name: step.doing for name, step in steps.items()} == {
        "customers.income": "nothing",
        "loans": "by hand",
        "score": "by hand",
    }
    with book(places.folder) as made:
        for place in ("loans", "score"):
            made.add(Confirmed(request=1, place=place, how="made anew"))
    again = _correct(places, "customers.income=42000", number=1)
    assert {step.doing for step in again.values()} == {"nothing", "confirmed"}
    with book(places.folder) as made:
        assert made.requests.of(1).stage == "done"
    assert "42000" not in (places.folder / "rights.jsonl").read_text()


def test_a_value_that_does_not_fit_fails_and_nothing_is_changed(sqlite_bank: Places) -> None:
    before = (sqlite_bank.folder / "bank.db").read_bytes()
    steps = _correct(sqlite_bank, "customers.income=much", "customers.naame=x")
    assert steps["customers.income"].doing == "correct"
    assert "did you mean 'name'" in steps["customers.naame"].why
    assert (sqlite_bank.folder / "bank.db").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("loans", "write SOURCE.COLUMN=VALUE"),
        ("lones.a=1", "there is no source 'lones'; did you mean 'loans'"),
        ("customers.email=a@b", "people are found by 'customers.email'"),
        ("customers.id=x", "people are found by 'customers.id'"),
    ],
)
def test_a_change_that_cannot_be_made_is_told(sqlite_bank: Places, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        changes_of([text], sqlite_bank)


def _give(places: Places, right: Right, out: str = "out.json") -> dict[str, int]:
    with book(places.folder) as made:
        question = Asked(places=places, number=asked(made, right), known=known(places))
        rights.give(question, made, out=places.folder / out, at=clock())
    document = json.loads((places.folder / out).read_text())
    return {one["source"]: len(one["rows"]) for one in document["sources"]}


def test_access_gives_all_of_it_and_what_must_be_told(places: Places) -> None:
    assert _give(places, "access") == {
        "customers": 1, "index": 2, "loans": 2, "logs": 2, "order-lines": 3, "orders": 2, "uploads": 1,
    }  # fmt: skip
    document = json.loads((places.folder / "out.json").read_text())
    (customers,) = (one for one in document["sources"] if one["source"] == "customers")
    assert (customers["purposes"], customers["categories"], customers["origin"]) == (
        ["loans"],
        ["name", "income"],
        "you",
    )
    assert document["models"] == [{"model": "score", "learned_from": ["loans"]}]
    assert (places.folder / "out.json").stat().st_mode & 0o777 == 0o600


def test_what_people_take_along_is_what_they_provided(sqlite_bank: Places) -> None:
    assert _give(sqlite_bank, "portability") == {"customers": 1}


def test_a_source_that_cannot_be_read_keeps_an_access_open(sqlite_bank: Places) -> None:
    (sqlite_bank.folder / "data/loans.csv").unlink()
    assert _give(sqlite_bank, "access")["loans"] == 0
    with book(sqlite_bank.folder) as made:
        request = made.requests.of(1)
    disclosed = request.last(Disclosed)
    assert disclosed is not None
    assert isinstance(disclosed.entry, Disclosed)
    assert (disclosed.entry.missing, request.stage) == (("loans",), "to do")


@pytest.mark.parametrize("right", ["restriction", "objection"])
def test_a_restriction_stops_use_until_it_is_lifted(tmp_path: Path, right: Right) -> None:
    with book(tmp_path) as made:
        number = asked(made, right, purpose="training" if right == "objection" else "")
        rights.restrict(made, number, None, at=clock(), by="ann")
        assert list(made.requests.stopped().values()) == [frozenset({"training" if right == "objection" else ""})]
        with pytest.raises(Conflict, match="request 1 is done"):
            rights.restrict(made, number, None, at=clock(), by="ann")


def test_a_restriction_answers_no_other_request(tmp_path: Path) -> None:
    with book(tmp_path) as made, pytest.raises(Conflict, match="about erasure, not restriction or objection"):
        rights.restrict(made, asked(made), None, at=clock(), by="ann")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("gives: {email: email}", "gives: {}", "no source gives 'email'"),
        ("sql: {url_env: BANK_URL, table: orders}", "table: a.csv\n    lines: b", "it is table and lines"),
        ("by: order\n", "by: ordre\n", "no source gives 'ordre'; did you mean 'order'"),
        ("made_from: [customers]", "made_from: [custmers]", "there is no source 'custmers'"),
        ("table: data/loans.csv", "table: ../loans.csv", "leads out of the folder"),
        ("{customer}/**", "**", "would be about everybody"),
        ("url_env: BANK_URL, table: customers", "url: 'postgresql://a:b@c/d', table: customers", "password in it"),
        ("learned_from: [loans]", "learned_from: []", "it learned from nothing"),
        ("learned_from: [loans]", "learned_from: [loans], shards: a", "shards and retrain go together"),
        ("column: id\n", "column: id\n    blank: [name]\n", "'id' would still name them"),
        ("column: id\n", "column: id\n    keep: {why: '', until: soon}\n", "nothing says why it stays"),
        ("column: id\n", "column: id\n    keep: {why: a, until: soon}\n", "'soon' is no day"),
        ("gives: {order: id}", "gives: {order: id}\n    by: order", "look people up in each other"),
        ("gives: {order: id}", "gives: {email: id}", "'email' is known already"),
        ("beside: [data/vectors.npy]", "beside: [data/vectors.bin]", "is no .npy file"),
        ("    column: order_id\n", "", "does not say which column names the person"),
        ("person: customer", "persn: customer", "persn"),
    ],
)
def test_places_that_cannot_be_right_are_told_by_line(sqlite_bank: Places, old: str, new: str, said: str) -> None:
    assert old in PLACES
    with pytest.raises(InputError) as told:
        declared(sqlite_bank.folder, PLACES.replace(old, new, 1))
    assert said in str(told.value)
    assert all(problem.line for problem in told.value.problems)


def test_data_sets_of_the_ledger_of_consent_are_concerned_too(sqlite_bank: Places) -> None:
    places = declared(sqlite_bank.folder, PLACES.replace("sources:", "consent: none.db\nsources:", 1))
    with book(places.folder) as made:
        question = Asked(places=places, number=asked(made), known=known(places))
        steps = {step.place: step for step in rights.plan(question, made.requests.of(1), DAY)}
    assert steps["ledger of consent"].doing == "unknown"

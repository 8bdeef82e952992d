"""An erasure: what it plans, that nobody is found behind it, and how it goes on after a failure in the middle."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from bartizan.core.errors import Conflict, InputError, Unreachable
from bartizan.rights.entries import Confirmed, Failed
from bartizan.rights.places import Places
from bartizan.rights.requests import Request
from bartizan.rights.sources.lines import Lines
from bartizan.rights.sources.reaching import reached
from bartizan.rights.steps import LEFT, Step
from bartizan.workflows import rights
from bartizan.workflows.rights import Asked
from tests.rights.bank import ANNA, DAY, PLACES, asked, bank, book, clock, declared, known


def _doing(steps: tuple[Step, ...]) -> dict[str, str]:
    return {step.place: step.doing for step in steps}


def _erase(places: Places, out: str = "proof.json", person: str = "anna", number: int = 0) -> tuple[Step, ...]:
    with book(places.folder) as made:
        number = number or asked(made)
        question = Asked(places=places, number=number, known=known(places, person))
        return rights.erase(question, made, DAY, out=places.folder / out, at=clock(), tell=lambda _: None)


def _request(places: Places, number: int = 1) -> Request:
    with book(places.folder) as made:
        return made.requests.of(number)


def test_a_plan_changes_nothing(places: Places) -> None:
    with book(places.folder) as made:
        number = asked(made, is_identified=False)
        question = Asked(places=places, number=number, known=known(places))
        steps = rights.plan(question, made.requests.of(number), DAY)
    assert {step.place: step.count for step in steps if step.kind != "model"} == {
        "customers": 1, "orders": 2, "order-lines": 3, "loans": 2, "index": 2, "logs": 2, "uploads": 1,
    }  # fmt: skip
    assert _doing(steps)["score"] == "by hand"
    assert reached(places, "customers").count(known(places).identifiers) == 1


def test_somebody_is_found_nowhere_behind_an_erasure(places: Places) -> None:
    who = known(places).identifiers
    steps = _erase(places)
    assert {step.place for step in steps if step.doing in LEFT} == {"score"}
    assert all(reached(places, name).count(who) == 0 for name in places.sources)
    assert not (places.folder / "proof.json").exists()
    with book(places.folder) as made:
        made.add(Confirmed(request=1, place="score", how="retrained"))
    assert not any(step.doing in LEFT for step in _erase(places, number=1))
    proof = json.loads((places.folder / "proof.json").read_text())
    assert proof["person"] == ANNA
    assert {one["place"]: one["doing"] for one in proof["looked_again"]}["customers"] == "done"
    assert _request(places).stage == "done"
    assert "anna" not in (places.folder / "rights.jsonl").read_text()


def test_nothing_is_erased_before_somebody_made_sure_who_asks(sqlite_bank: Places) -> None:
    with book(sqlite_bank.folder) as made:
        number = asked(made, is_identified=False)
        question = Asked(places=sqlite_bank, number=number, known=known(sqlite_bank))
        with pytest.raises(Conflict, match="nobody made sure"):
            rights.erase(question, made, DAY, out=sqlite_bank.folder / "p", at=clock(), tell=print)
    assert reached(sqlite_bank, "loans").count(known(sqlite_bank).identifiers) == 2


def test_a_source_that_fails_in_the_middle_is_done_by_the_next_run(
    sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = known(sqlite_bank).identifiers

    def fails(*_: Any) -> int:
        raise Unreachable("the disk of the logs is away")

    with monkeypatch.context() as broken:
        broken.setattr(Lines, "erase", fails)
        steps = _erase(sqlite_bank)
    assert {"logs", "customers"} <= {step.place for step in steps if step.doing in LEFT}
    assert reached(sqlite_bank, "loans").count(who) == 0
    assert reached(sqlite_bank, "customers").count(who) == 1, "the mail address stands there, and the logs need it"
    failed = [one.entry for one in _request(sqlite_bank).entries if isinstance(one.entry, Failed)]
    assert [(one.place, one.why) for one in failed] == [("logs", "the disk of the logs is away")]
    again = _erase(sqlite_bank, number=1)
    assert {step.place for step in again if step.doing in LEFT} == {"score"}
    assert all(reached(sqlite_bank, name).count(who) == 0 for name in sqlite_bank.sources)


def test_a_run_that_is_killed_between_two_places_is_ended_by_the_next(
    sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = known(sqlite_bank).identifiers

    def killed(*_: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Lines, "erase", killed)
        with pytest.raises(KeyboardInterrupt):
            _erase(sqlite_bank)
    assert _request(sqlite_bank).stage == "under way"
    _erase(sqlite_bank, number=1)
    assert all(reached(sqlite_bank, name).count(who) == 0 for name in sqlite_bank.sources)


def test_what_the_law_keeps_stays_and_the_proof_says_why(sqlite_bank: Places) -> None:
    kept = PLACES.replace("column: customer\n", "column: customer\n    keep: {why: tax law, until: 2036-12-31}\n", 1)
    places = declared(sqlite_bank.folder, kept.replace("  score: {learned_from: [loans]}\n", "  {}\n"))
    steps = _erase(places)
    assert {step.place: step.why for step in steps if step.doing == "keep"} == {"orders": "tax law, until 2036-12-31"}
    assert "customers" in {step.place for step in steps if step.doing in LEFT}, "orders refer to it"
    assert reached(places, "orders").count(known(places).identifiers) == 2
    over = declared(sqlite_bank.folder, kept.replace("2036-12-31", "2026-11-21"))
    assert _doing(_erase(over, "again.json", number=1))["orders"] == "done"


def test_a_place_that_cannot_be_asked_is_never_passed_over(sqlite_bank: Places) -> None:
    (sqlite_bank.folder / "data/loans.csv").unlink()
    steps = _erase(sqlite_bank)
    assert _doing(steps)["loans"] == "unknown"
    assert _doing(steps)["customers"] == "done"
    with book(sqlite_bank.folder) as made:
        made.add(Confirmed(request=1, place="loans", how="the file was deleted on 1 March"))
        made.add(Confirmed(request=1, place="score", how="retrained"))
    assert _doing(_erase(sqlite_bank, number=1))["loans"] == "confirmed"
    assert _request(sqlite_bank).stage == "done"


def test_an_answered_request_is_not_done_again(sqlite_bank: Places) -> None:
    places = declared(sqlite_bank.folder, PLACES.split("models:")[0])
    _erase(places)
    with pytest.raises(Conflict, match="request 1 is done"):
        _erase(places, "other.json", number=1)


def test_a_proof_takes_no_file_that_is_there(sqlite_bank: Places) -> None:
    (sqlite_bank.folder / "proof.json").write_text("mine")
    with pytest.raises(InputError):
        _erase(sqlite_bank)
    assert reached(sqlite_bank, "loans").count(known(sqlite_bank).identifiers) == 2


def test_what_failed_is_noted_without_names(sqlite_bank: Places) -> None:
    os.link(sqlite_bank.folder / "uploads/anna/face.png", sqlite_bank.folder / "copy.png")
    with create_engine(os.environ["BANK_URL"]).begin() as link:
        link.execute(text("UPDATE customers SET email = 'anna@x.example'"))
    _erase(sqlite_bank)
    log = (sqlite_bank.folder / "rights.jsonl").read_text()
    assert "uploads/<customer>/face.png" in log
    assert "others have the same email: <email>" in log
    assert "anna@x.example" not in log


_NAMES = st.sampled_from(["anna", "ben", "anna b", "an", "a,b", 'q"q', "ä", "1"])
_ROWS = st.lists(st.tuples(_NAMES, st.sampled_from(["x", "y,z", "line\nbreak", ""])), max_size=8)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(rows=_ROWS, who=_NAMES)
def test_whatever_stands_there_an_erased_person_is_not_found_and_all_others_are(
    rows: list[tuple[str, str]], who: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = bank(folder, f"sqlite:///{folder / 'bank.db'}")
        with create_engine(os.environ["BANK_URL"]).begin() as link:
            for number, (person, words) in enumerate(rows, 10):
                values = {"i": person, "n": words, "e": f"mail{number}@x.example"}
                link.execute(text("INSERT INTO customers VALUES (:i, :n, :e, 1, NULL) ON CONFLICT DO NOTHING"), values)
                link.execute(text("INSERT INTO orders VALUES (:o, :i, 1)"), {"o": number, "i": person})
                link.execute(text("INSERT INTO order_lines VALUES (:o, :n)"), {"o": number, "n": words})
        lines = [json.dumps({"customer": person, "text": words}) for person, words in rows]
        (folder / "data/chunks.jsonl").write_text(
            "".join(f"{line}\n" for line in [*lines, '{"customer":"z","text":""}'])
        )
        (folder / "data/vectors.npy").unlink()
        places = declared(folder, PLACES.replace(", beside: [data/vectors.npy]", "").split("models:")[0])
        others = [one for one in ("anna", "ben", "anna b", "an", "a,b", 'q"q', "ä", "1") if one != who]
        before = {one: _found(places, one) for one in (*others, who)}
        identifiers = known(places, who).identifiers
        _erase(places, person=who)
        assert not any(_counts(places, identifiers).values())
        assert {one: _found(places, one) for one in others} == {one: before[one] for one in others}


def _found(places: Places, person: str) -> dict[str, int]:
    return _counts(places, known(places, person).identifiers)


def _counts(places: Places, identifiers: Any) -> dict[str, int]:
    return {name: reached(places, name).count(identifiers) for name in places.sources}

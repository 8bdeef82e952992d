"""Every kind of source finds what is about somebody, erases all of it, and nothing of anybody else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis
from sqlalchemy import create_engine, text

from bartizan.core.errors import BartizanError, InputError, Unreachable
from bartizan.rights.places import Places
from bartizan.rights.sources import lines
from bartizan.rights.sources import table as tables
from bartizan.rights.sources.place import RowsDepend, plain
from bartizan.rights.sources.reaching import known_of, reached, with_columns
from bartizan.tables.writing import write_table
from tests.gateway.redis_server import needs_redis, redis_server
from tests.rights.bank import PLACES, declared, known

COUNTS = {"customers": 1, "orders": 2, "order-lines": 3, "loans": 2, "index": 2, "logs": 2, "uploads": 1}
OF_BEN = {"customers": 1, "orders": 1, "order-lines": 1, "loans": 1, "index": 1, "logs": 1, "uploads": 1}
ORDER = ("order-lines", "orders", "logs", "loans", "index", "uploads", "customers")


def test_every_source_finds_what_is_about_somebody(places: Places) -> None:
    who = known(places).identifiers
    assert {name: reached(places, name).count(who) for name in places.sources} == COUNTS
    assert {name: len(reached(places, name).rows(who)) for name in places.sources} == COUNTS


def test_what_was_erased_is_not_found_and_others_stay(places: Places) -> None:
    anna, ben = known(places).identifiers, known(places, "ben").identifiers
    for name in ORDER:
        assert reached(places, name).erase(anna) == COUNTS[name], name
    assert {name: reached(places, name).count(anna) for name in places.sources} == dict.fromkeys(COUNTS, 0)
    assert {name: reached(places, name).count(ben) for name in places.sources} == OF_BEN
    assert (places.folder / "data/loans.csv").read_text() == "customer,amount,repaid\nben,200,no\n"
    assert np.load(places.folder / "data/vectors.npy").tolist() == [[4.0, 5.0, 6.0, 7.0]]
    assert "joanna@x.example" in (places.folder / "logs/web.log").read_text()
    assert not (places.folder / "uploads/anna").exists()
    assert all(reached(places, name).erase(anna) == 0 for name in ORDER)


def test_rows_are_plain_values(places: Places) -> None:
    who = known(places).identifiers
    (row,) = reached(places, "customers").rows(who)
    assert row == {"id": "anna", "name": "Anna A", "email": "anna@x.example", "income": 40000, "born": "1980-02-03"}
    assert [one["total"] for one in reached(places, "orders").rows(who)] == ["10.50", "11.00"]
    (first, second) = reached(places, "logs").rows(who)
    assert (first["file"], first["line"], second["text"]) == ("logs/web.log", 2, "sent to ANNA@X.EXAMPLE.")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(float("nan"), "nan"), (b"\xff", "/w=="), ([1, {2: None}], [1, {"2": None}]), (memoryview(b"a"), "YQ==")],
)
def test_values_that_json_cannot_say_are_said_otherwise(value: Any, wanted: Any) -> None:
    assert plain(value) == wanted


def test_rows_on_which_others_depend_stay_and_say_so(places: Places) -> None:
    who = known(places).identifiers
    with pytest.raises(RowsDepend, match="rows elsewhere depend on these"):
        reached(places, "customers").erase(who)
    assert reached(places, "customers").count(who) == 1


def test_values_are_put_right_with_the_type_of_their_column(places: Places) -> None:
    who = known(places).identifiers
    changes = {"income": "42000", "born": "1981-02-03", "name": ""}
    assert with_columns(places, "customers").correct(changes, who) == 1
    (row,) = reached(places, "customers").rows(who)
    assert (row["income"], row["born"], row["name"]) == (42000, "1981-02-03", None)
    with pytest.raises(InputError, match="'much' is no value of the column 'income'"):
        with_columns(places, "customers").correct({"income": "much"}, who)
    assert with_columns(places, "loans").correct({"amount": "7"}, who) == 2
    assert (
        places.folder / "data/loans.csv"
    ).read_text() == "customer,amount,repaid\nanna,7,yes\nben,200,no\nanna,7,no\n"


def test_an_identifier_that_the_column_cannot_hold_finds_nothing(places: Places) -> None:
    who = {"order": ("x", "1")}
    assert reached(places, "order-lines").count(who) == 2


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ('sql: {url: "sqlite:///bank.db", table: custmers}', "there is no table 'custmers'"),
        ('sql: {url: "sqlite:///none.db", table: customers}', "there is no database"),
        ('sql: {url: "nonsense", table: customers}', "this is no URL of a database"),
        ("sql: {url_env: NO_SUCH_URL, table: customers}", "there is no environment variable NO_SUCH_URL"),
        ('sql: {url: "oracle://h/d", table: customers}', "the driver of oracle is not installed"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(sqlite_bank: Places, place: str, said: str) -> None:
    made = f"controller: A\ncontact: b\nperson: customer\nsources:\n  one:\n    {place}\n    column: id\n"
    places = declared(sqlite_bank.folder, made)
    with pytest.raises(BartizanError, match=said):
        reached(places, "one").count({"customer": ("anna",)})


def test_a_column_that_is_not_there_is_told_with_the_nearest(sqlite_bank: Places) -> None:
    places = declared(sqlite_bank.folder, PLACES.replace("column: id", "column: idd", 1))
    with pytest.raises(InputError, match="no column 'idd'; did you mean 'id'"):
        reached(places, "customers").count({"customer": ("anna",)})


def test_a_server_that_is_not_there_is_unreachable(sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_URL", f"postgresql://a@/b?host={sqlite_bank.folder}")
    with pytest.raises(Unreachable, match="customers: the database did not do it"):
        reached(sqlite_bank, "customers").count({"customer": ("anna",)})


def test_nothing_of_somebody_is_left_in_the_file_of_the_database(sqlite_bank: Places) -> None:
    url = os.environ["BANK_URL"]
    engine = create_engine(url)
    with engine.connect() as link:
        link.execute(text("PRAGMA journal_mode = WAL"))
    for name in ("order-lines", "orders", "customers"):
        reached(sqlite_bank, name).erase(known(sqlite_bank).identifiers)
    raw = b"".join(path.read_bytes() for path in sqlite_bank.folder.glob("bank.db*"))
    assert b"Anna A" not in raw
    assert b"Ben B" in raw
    engine.dispose()


def test_columns_are_emptied_where_rows_must_stay(places: Places) -> None:
    blank = "column: id\n    blank: [id, name, email]"
    text_ = PLACES.replace("column: id", blank, 1).replace(
        "column: customer\n", "column: customer\n    blank: [customer]\n"
    )
    other = declared(places.folder, text_.replace("TEXT PRIMARY KEY", "TEXT"))
    who = known(other).identifiers
    assert reached(other, "orders").erase(who) == 2
    assert reached(other, "orders").count(who) == 0


def test_an_index_that_was_cut_off_between_its_files_is_ended_by_the_next_run(
    sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = known(sqlite_bank).identifiers

    def fails(*_: Any, **__: Any) -> int:
        raise InputError([])

    with monkeypatch.context() as cut:
        cut.setattr(tables, "write_table", fails)
        with pytest.raises(InputError):
            reached(sqlite_bank, "index").erase(who)
    assert len(np.load(sqlite_bank.folder / "data/vectors.npy")) == 1
    assert reached(sqlite_bank, "index").count(who) == 2
    reached(sqlite_bank, "index").erase(who)
    assert reached(sqlite_bank, "index").count(who) == 0
    assert (sqlite_bank.folder / "data/chunks.jsonl").read_text() == '{"customer":"ben","text":"b"}\n'
    assert np.load(sqlite_bank.folder / "data/vectors.npy").tolist() == [[4.0, 5.0, 6.0, 7.0]]
    assert not list((sqlite_bank.folder / "data").glob(".*"))


def test_vectors_of_another_number_than_rows_are_refused_and_stay(sqlite_bank: Places) -> None:
    np.save(sqlite_bank.folder / "data/vectors.npy", np.zeros((2, 4)))
    with pytest.raises(InputError, match="it has 2 rows, and the table"):
        reached(sqlite_bank, "index").erase(known(sqlite_bank).identifiers)
    assert reached(sqlite_bank, "index").count(known(sqlite_bank).identifiers) == 2


def test_identifiers_that_others_have_too_find_nothing(sqlite_bank: Places) -> None:
    with create_engine(os.environ["BANK_URL"]).begin() as link:
        link.execute(text("UPDATE customers SET email = 'anna@x.example'"))
    found = known(sqlite_bank)
    assert found.missing(sqlite_bank, "logs") == "others have the same email: anna@x.example"
    assert found.is_hidden(sqlite_bank, "logs")
    told = known(sqlite_bank, email=("anna@x.example",))
    assert reached(sqlite_bank, "logs").count(told.identifiers) == 2


def test_a_kind_of_identifier_that_nothing_is_found_by_is_refused(sqlite_bank: Places) -> None:
    with pytest.raises(InputError, match="no source is asked by 'emial'; did you mean 'email'"):
        known_of("anna", sqlite_bank, {"emial": ("a",)})


@pytest.mark.parametrize("person", ["../ben", "..", "a/b", " "])
def test_a_name_that_leads_to_other_files_is_refused(sqlite_bank: Places, person: str) -> None:
    with pytest.raises(InputError, match="cannot stand in a pattern"):
        reached(sqlite_bank, "uploads").count({"customer": (person,)})


def test_a_name_with_signs_of_patterns_finds_itself_only(sqlite_bank: Places) -> None:
    assert reached(sqlite_bank, "uploads").count({"customer": ("*",)}) == 0


def test_links_and_second_names_are_refused(sqlite_bank: Places) -> None:
    face = sqlite_bank.folder / "uploads/anna/face.png"
    os.link(face, sqlite_bank.folder / "copy.png")
    with pytest.raises(InputError, match="another name on this disk"):
        reached(sqlite_bank, "uploads").erase({"customer": ("anna",)})
    (sqlite_bank.folder / "copy.png").unlink()
    (sqlite_bank.folder / "uploads/anna/link").symlink_to(sqlite_bank.folder / "uploads/ben/face.png")
    with pytest.raises(InputError, match="it is a link"):
        reached(sqlite_bank, "uploads").erase({"customer": ("anna",)})
    assert face.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\x1f\x8b\x08anything", "packed"), (b"\x28\xb5\x2f\xfdx", "packed")],
)
def test_packed_logs_are_told_and_not_passed_over(sqlite_bank: Places, content: bytes, said: str) -> None:
    (sqlite_bank.folder / "logs/old.log").write_bytes(content)
    with pytest.raises(InputError, match=said):
        reached(sqlite_bank, "logs").count(known(sqlite_bank).identifiers)


def test_logs_by_a_short_identifier_or_of_no_file_are_refused(sqlite_bank: Places) -> None:
    with pytest.raises(InputError, match="'7' is too short"):
        reached(sqlite_bank, "logs").count({"email": ("7",)})
    (sqlite_bank.folder / "logs/web.log").unlink()
    with pytest.raises(InputError, match="no file matches"):
        reached(sqlite_bank, "logs").count({"email": ("anna@x.example",)})


@needs_redis
def test_keys_of_redis_are_found_and_erased(sqlite_bank: Places) -> None:
    keys = PLACES.split("models:")[0] + '  cache:\n    redis: {url_env: CACHE_URL, keys: "s:{customer}:*"}\n'
    places = declared(sqlite_bank.folder, keys)
    with redis_server() as server:
        os.environ["CACHE_URL"] = server.address
        with redis.Redis.from_url(server.address) as link:
            link.set("s:anna:1", "x")
            link.hset("s:anna:2", "a", "b")
            link.rpush("s:anna:3", "p", "q")
            link.sadd("s:anna:4", "m")
            link.zadd("s:anna:5", {"z": 1})
            link.xadd("s:anna:6", {"f": "v"})
            link.set("s:anna*:1", "y")
            link.set("s:ben:1", "x")
            rows = reached(places, "cache").rows({"customer": ("anna",)})
            assert [row["value"] for row in rows] == ["x", {"a": "b"}, ["p", "q"], ["m"], {"z": 1.0}, [{"f": "v"}]]
            assert reached(places, "cache").erase({"customer": ("anna",)}) == 6
            assert sorted(link.keys()) == [b"s:anna*:1", b"s:ben:1"]
            assert reached(places, "cache").erase({"customer": ("*",)}) == 0
    with pytest.raises(Unreachable, match="the Redis server did not answer"):
        reached(places, "cache").count({"customer": ("anna",)})


def test_a_log_that_grows_meanwhile_stays_whole(sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    log = sqlite_bank.folder / "logs/web.log"

    def grows(path: Path) -> None:
        with path.open("a") as file:
            file.write("more\n")

    monkeypatch.setattr(lines, "refuse_second_name", grows)
    with pytest.raises(InputError, match="somebody writes to it"):
        reached(sqlite_bank, "logs").erase(known(sqlite_bank).identifiers)
    assert "login anna@x.example" in log.read_text()
    assert log.read_text().endswith("more\n")


def test_a_table_that_grows_meanwhile_stays_whole(sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    file = sqlite_bank.folder / "data/loans.csv"
    written = write_table

    def grows(batches: Any, schema: Any, out: Path, **how: Any) -> int:
        with file.open("a") as more:
            more.write("cleo,7,no\n")
        return written(batches, schema, out, **how)

    with monkeypatch.context() as busy:
        busy.setattr(tables, "write_table", grows)
        with pytest.raises(InputError, match="somebody writes to it"):
            reached(sqlite_bank, "loans").erase(known(sqlite_bank).identifiers)
    assert file.read_text().splitlines()[1::3] == ["anna,100,yes", "cleo,7,no"]
    assert reached(sqlite_bank, "loans").erase(known(sqlite_bank).identifiers) == 2


def test_an_index_that_changed_between_two_runs_is_refused(
    sqlite_bank: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> int:
        raise InputError([])

    with monkeypatch.context() as cut:
        cut.setattr(tables, "write_table", fails)
        with pytest.raises(InputError):
            reached(sqlite_bank, "index").erase(known(sqlite_bank).identifiers)
    with (sqlite_bank.folder / "data/chunks.jsonl").open("a") as more:
        more.write('{"customer":"cleo","text":"d"}\n')
    with pytest.raises(InputError, match="changed while rows were being taken out"):
        reached(sqlite_bank, "index").erase(known(sqlite_bank).identifiers)

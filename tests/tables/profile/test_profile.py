"""What a profile tells of tables whose contents are known."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.report.tables.profile import profile_document, profile_lines
from bartizan.tables.profile.beside import Presidio
from bartizan.tables.profile.counting import Column, masked
from bartizan.tables.profile.drawing import Drawn
from bartizan.tables.profile.profiling import Profile, profiled
from bartizan.tables.profile.words import hint_of
from bartizan.tables.reading import Reading

IBAN = "DE89370400440532013000"


def _of(tmp_path: Path, columns: Mapping[str, Sequence[object]], *, form: str = "csv") -> Profile:
    frame = pl.DataFrame(columns, strict=False)
    file = tmp_path / f"table.{form}"
    if form == "csv":
        frame.write_csv(file)
    elif form == "parquet":
        frame.write_parquet(file)
    else:
        frame.write_ndjson(file)
    return profiled(file)


def _column(one: Profile, name: str) -> Column:
    return next(column for column in one.columns if column.name == name)


def _kinds(one: Profile, name: str) -> set[str]:
    return {held.kind for held in _column(one, name).kinds}


def test_the_type_of_a_column_tells_no_values(tmp_path: Path) -> None:
    names = pl.Enum(["anna@example.org", "ben@example.org"])
    frame = pl.DataFrame({"a": pl.Series(["anna@example.org"] * 9, dtype=names), "N": [[{"Q": 1}]] * 9})
    frame.with_columns(b=pl.struct("a", "N")).write_parquet(tmp_path / "t.parquet")
    one = profiled(tmp_path / "t.parquet")
    types = [column.type for column in one.columns]
    assert types == ["enum", "list(struct(Q: int64))", "struct(a: enum, N: list(struct(Q: int64)))"]
    assert "anna@" not in "\n".join(profile_lines(one)) + profile_document([one])
    assert _kinds(one, "b") == _kinds(one, "a") == {"email"}


def test_an_empty_table_has_columns_with_types(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    assert [column.type for column in profiled(tmp_path / "t.csv").columns] == ["string", "string"]


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_what_columns_hold_is_found_whatever_they_are_called(tmp_path: Path, form: str) -> None:
    one = _of(
        tmp_path,
        {
            "a": ["anna@example.com", "ben@example.org", None],
            "b": [IBAN, "an invoice", "another"],
            "c": ["5425 2334 3010 9903", "5425 2334 3010 9904", ""],
            "d": ["192.168.3.17", "10.0.0.9", "x"],
            "e": ["AKIAIOSFODNN7EXAMPLE", "", "x"],
            "f": [1, 2, 3],
        },
        form=form,
    )
    assert _kinds(one, "a") == {"email"}
    assert _kinds(one, "b") == {"iban"}
    assert _kinds(one, "c") == {"card"}
    assert _kinds(one, "d") == {"ip_address"}
    assert _kinds(one, "e") == {"aws_key"}
    assert _kinds(one, "f") == set()
    assert one.holds_personal_data
    assert one.holds_secrets


def test_a_number_whose_check_digit_is_wrong_is_no_account(tmp_path: Path) -> None:
    one = _of(tmp_path, {"x": [IBAN[:-1] + "1"] * 5, "y": ["4539148803436468"] * 5})
    assert not one.holds_personal_data


def test_the_name_of_a_column_makes_personal_data_of_its_values(tmp_path: Path) -> None:
    one = _of(tmp_path, {"last_name": ["Schmidt", "Garcia"], "zone": ["Schmidt", "Garcia"], "dob": ["1980-02-03"] * 2})
    assert _kinds(one, "last_name") == {"name"}
    assert _kinds(one, "zone") == set()
    assert _kinds(one, "dob") == {"date_of_birth"}


def test_days_and_numbers_of_typed_tables_count_under_a_telling_name(tmp_path: Path) -> None:
    frame = pl.DataFrame({"date_of_birth": ["1980-02-03"], "created": ["1980-02-03"]}).with_columns(
        pl.all().str.to_date()
    )
    frame.write_parquet(tmp_path / "t.parquet")
    one = profiled(tmp_path / "t.parquet")
    assert _kinds(one, "date_of_birth") == {"date_of_birth"}
    assert _kinds(one, "created") == set()


def test_lists_structures_and_bytes_are_looked_into(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame(
        {"l": [["x", "anna@example.com"]], "s": [{"to": {"mail": "anna@example.com"}}], "b": [b"\xff anna@example.com"]}
    ).write_parquet(file)
    one = profiled(file)
    assert [_kinds(one, name) for name in "lsb"] == [{"email"}] * 3


def test_a_value_at_the_end_of_a_long_text_is_found(tmp_path: Path) -> None:
    for length in (3_990, 4_000, 4_190, 9_000, 50_000):
        one = _of(tmp_path, {"t": ["so it goes, " * (length // 12) + " anna@example.com"]})
        assert _kinds(one, "t") == {"email"}, length


def test_a_text_that_is_longer_than_what_is_read_is_told(tmp_path: Path) -> None:
    one = _of(tmp_path, {"t": ["so it goes, " * 10_000]})
    assert one.columns[0].cut == 1
    assert not one.is_read_whole
    assert any("longer than what is read" in line for line in profile_lines(one))


def test_no_value_is_printed_whole(tmp_path: Path) -> None:
    values = ["anna.schmidt@example.com", IBAN, "4539148803436467", "AKIAIOSFODNN7EXAMPLE", "192.168.3.17"]
    one = _of(tmp_path, {"x": values})
    told = "\n".join(profile_lines(one)) + profile_document([one])
    assert not [value for value in values if value in told]


@given(st.text(max_size=60))
def test_a_mask_shows_two_characters_at_most(text: str) -> None:
    mask = masked(text)
    kept = [a for a, b in zip(text[:42], mask, strict=False) if a == b and a.isalnum() and a not in "9x"]
    assert len(kept) <= 2


def test_a_rare_secret_in_a_large_column_is_found_and_counted_for_itself(tmp_path: Path) -> None:
    notes = [f"all is well with order {number} today" for number in range(150_000)]
    notes[120_001] += " use AKIAIOSFODNN7EXAMPLE"
    one = _of(tmp_path, {"note": list(notes)})
    (held,) = _column(one, "note").kinds
    assert (held.kind, held.hits) == ("aws_key", 1)
    assert held.share.low == pytest.approx(1 / 150_000)
    assert held.share.low <= held.share.share <= held.share.high


def test_shares_of_what_was_drawn_hold_the_truth(tmp_path: Path) -> None:
    inside = 0
    for seed in range(12):
        texts = [
            f"n{number}@example.com" if number * 7 % 100 < 30 else f"order no {number} of it"
            for number in range(60_000)
        ]
        file = tmp_path / "t.csv"
        pl.DataFrame({"t": texts}).write_csv(file)
        (held,) = profiled(file, seed=seed).columns[0].kinds
        inside += held.share.low <= 0.3 <= held.share.high
        assert held.share.low < held.share.high
    assert inside >= 10  # 95 % intervals: 9 or fewer of 12 happen once in 500 times


def test_a_table_that_is_sorted_does_not_mislead(tmp_path: Path) -> None:
    texts = [f"n{number}@example.com" for number in range(50_000)] + [
        f"order no {number} of it" for number in range(150_000)
    ]
    one = _of(tmp_path, {"t": list(texts)})
    (held,) = one.columns[0].kinds
    assert held.share.share == pytest.approx(0.25, abs=0.01)


def test_a_small_table_is_read_whole_and_has_no_interval(tmp_path: Path) -> None:
    one = _of(tmp_path, {"t": ["anna@example.com", "x", "y", "z"]})
    (held,) = one.columns[0].kinds
    assert (held.share.low, held.share.share, held.share.high) == (0.25, 0.25, 0.25)
    assert one.is_read_whole


def test_the_same_seed_reads_the_same_cells(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    pl.DataFrame({"t": [f"n{number}@example.com" for number in range(120_000)]}).write_csv(file)
    assert profiled(file, seed=3) == profiled(file, seed=3)
    assert profiled(file, seed=3) != profiled(file, seed=4)


def test_missing_values_and_nan_are_counted_apart(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame({"x": [1.5, float("nan"), None], "y": ["", None, "NA"]}).write_parquet(file)
    x, y = profiled(file).columns
    assert (x.missing, x.nan) == (1, 1)
    assert (y.missing, y.nan) == (1, 0)


def test_texts_that_stand_for_nothing_are_named_by_the_user(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x,y\nNA,1\n,2\nz,3\n")
    assert profiled(file).columns[0].missing == 1
    assert profiled(file, Reading(missing=("", "NA"))).columns[0].missing == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("postal_code", "quasi-identifier"),
        ("PostalCode", "quasi-identifier"),
        ("Geburtsdatum", "quasi-identifier"),
        ("nationalité", "quasi-identifier"),
        ("patient-diagnosis", "special category"),
        ("Religion", "special category"),
        ("amount", ""),
        ("packages", ""),
        ("trace_id", ""),
        ("\u202e\n\x1b[2J", ""),
    ],
)
def test_names_of_columns_are_hints(name: str, hint: str) -> None:
    assert hint_of(name) == hint


def test_hostile_names_and_values_stay_on_their_line(tmp_path: Path) -> None:
    one = _of(tmp_path, {"mail\x1b[2J\nfoo": ["a\x1b[31m@b.example anna@example.com"] * 3})
    lines = list(profile_lines(one))
    assert not [line for line in lines if "\x1b" in line or "\n" in line]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30), st.integers(), st.floats()), min_size=1, max_size=20))
def test_whatever_is_in_a_column_it_is_counted(tmp_path_factory: pytest.TempPathFactory, values: list[object]) -> None:
    file = tmp_path_factory.mktemp("t") / "t.parquet"
    texts = [None if value is None else str(value) for value in values]
    pl.DataFrame({"x": texts}, schema={"x": pl.String}).write_parquet(file)
    column = profiled(file).columns[0]
    assert column.rows == len(values)
    assert column.missing == texts.count(None)
    assert column.distinct == len(set(texts) - {None})


def test_a_table_without_rows_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("mail,name\n")
    one = profiled(tmp_path / "t.csv")
    assert (one.rows, len(one.columns), one.holds_personal_data) == (0, 2, False)


def test_ragged_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(InputError, match="row"):
        profiled(tmp_path / "t.csv")


def test_presidio_is_told_beside_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("mail,n\nanna@example.com,1\nben@example.org,2\n")
    alone, beside = profiled(file), profiled(file, presidio=Presidio())
    assert beside.columns[0].beside is not None
    assert beside.columns[0].beside.entities == {"EMAIL_ADDRESS": 2}
    assert [one.kinds for one in alone.columns] == [one.kinds for one in beside.columns]


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=60), st.integers(0, 100))
def test_a_share_lies_in_its_interval_and_in_what_is_possible(cells: list[tuple[int, bool]], unread: int) -> None:
    drawn: Drawn[str] = Drawn()
    seen = sum(times for times, _ in cells)
    drawn.add(seen + unread, [(times, frozenset({"k"} if held else ())) for times, held in cells])
    hits = sum(times for times, held in cells if held)
    share = drawn.share("k", hits, seen + unread)
    assert 0 <= share.low <= share.share <= share.high <= 1
    assert share.low >= hits / (seen + unread) - 1e-9
    if not unread:
        assert share.low == share.high


def _pesel(rng: random.Random) -> str:
    ten = f"{rng.randrange(50, 100):02}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{rng.randrange(10**4):04}"
    return ten + str(-sum(int(one) * weight for one, weight in zip(ten, (1, 3, 7, 9) * 3, strict=False)) % 10)


def test_a_column_of_numbers_that_all_have_a_check_digit_is_known_without_a_word(tmp_path: Path) -> None:
    rng = random.Random(0)
    one = _of(
        tmp_path,
        {"c1": [_pesel(rng) for _ in range(60)], "c2": [str(rng.randrange(10**10, 10**11)) for _ in range(60)]},
    )
    assert _kinds(one, "c1") == {"pl_pesel"}
    assert _kinds(one, "c2") == set()


def test_a_few_numbers_or_mixed_ones_are_not_taken_for_national_numbers(tmp_path: Path) -> None:
    rng = random.Random(0)
    few = [_pesel(rng) for _ in range(19)]
    mixed = [_pesel(rng) if at % 4 else str(rng.randrange(10**10, 10**11)) for at in range(60)]
    assert not _of(tmp_path, {"c": few}).holds_personal_data
    assert not _of(tmp_path, {"c": mixed}).holds_personal_data

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.tables.reading import Reading, opened
from bartizan.tables.rows import rows_of
from bartizan.tables.writing import write_table


def kept(folder: Path, text: str | bytes, name: str = "t") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl", ".arrow"])
def test_what_was_written_is_read_again_in_order_whatever_the_file_is_called(tmp_path: Path, suffix: str) -> None:
    frame = pl.DataFrame({"a": [str(n) for n in range(1_000)], "b": ["x,\n\"y'", None] * 500})
    out = tmp_path / f"out{suffix}"
    assert write_table(iter(frame.iter_slices(300)), dict(frame.schema), out) == 1_000
    table = opened(out.rename(tmp_path / "anything"))
    assert table.columns == ("a", "b")
    assert table.collect().equals(frame)
    assert pl.concat(table.batches(rows=7, columns=("b",))).equals(frame.select("b"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a,b\n1,2\n1,2,3\n4\n",
            "2 of 3 rows have more or fewer cells than the header, which has 2; the first is row 2",
        ),
        ("", "it is empty"),
        (" \n\n", "it is empty"),
        ('{"a": 1}\n{"a": \n', "t:2: it is not JSON: .*; write one object in each line"),
        ('{"a": 1}\n\n[1]\n', "t:3: it is JSON, but no object"),
        (
            "a,b\nM\N{LATIN SMALL LETTER U WITH DIAERESIS}ller,2\n".encode("latin-1"),
            "t:2: byte 2 of the line is not UTF-8",
        ),
        ("a,b\n1,2\n".encode("utf-16"), "it is text in UTF-16; save it as UTF-8"),
        (b"PAR1 and no more", "it cannot be read as a table"),
        (b"ARROW1\0\0and no more", "it cannot be read as a table"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "it is no table that is known here"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        opened(kept(tmp_path, text)).collect()


def test_what_breaks_on_the_way_is_said_as_well(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="t:200002: byte 1 of the line is not UTF-8"):
        list(opened(kept(tmp_path, b"a,b\n" + b"1,2\n" * 200_000 + b"\xff,2\n")).batches())


def test_a_broken_line_that_is_longer_than_what_is_looked_at_is_not_quoted_as_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bartizan.tables.broken._LONGEST", 20)
    with pytest.raises(InputError, match="it cannot be read as a table"):
        opened(kept(tmp_path, '{"a": "' + "x" * 100 + '"}\n[1]\n')).collect()


def test_ragged_rows_may_be_filled_and_are_told(tmp_path: Path) -> None:
    table = opened(kept(tmp_path, "a;b\n1;2;3\n4\n"), Reading(ragged="fill"))
    assert table.collect().rows() == [("1", "2"), ("4", None)]
    assert table.told[0].startswith("2 of 2 rows have more or fewer cells than the header, which has 2: they were cut")


def _of_all_types() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "list": [[1]],
            "struct": [{"Binary": 1}],
            "deep": [{"x": [b"\xff"]}],
            "bytes": [b"\xff"],
            "span": [dt.timedelta(1)],
            "moment": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC)],
            "exact": [Decimal("1.10")],
            "choice": pl.Series(["a"], dtype=pl.Enum(["a"])),
            "none": [None],
        }
    )


@pytest.mark.parametrize(
    ("suffix", "unfit"),
    [
        (".csv", "list, struct, deep, bytes, span"),
        (".tsv", "list, struct, deep, bytes, span"),
        (".jsonl", "deep, bytes"),
        (".parquet", ""),
        (".arrow", ""),
    ],
)
def test_what_a_form_cannot_hold_is_refused_by_its_columns_before_anything_is_written(
    tmp_path: Path, suffix: str, unfit: str
) -> None:
    frame, out = _of_all_types(), tmp_path / f"out{suffix}"
    if unfit:
        with pytest.raises(InputError, match=f"holds no values of the type of these columns: {unfit};"):
            write_table(iter([frame]), dict(frame.schema), out)
        assert not list(tmp_path.iterdir())
        frame = frame.drop(unfit.split(", "))
    assert write_table(iter([frame]), dict(frame.schema), out) == 1
    assert opened(out).collect().height == 1


def test_what_is_called_tsv_is_written_with_tabs(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["1"], "b": ["x,y"]})
    write_table(iter([frame]), dict(frame.schema), tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == "a\tb\n1\tx,y\n"


def test_texts_stay_texts_unless_types_are_asked_for_and_nan_is_no_missing_value(tmp_path: Path) -> None:
    file = kept(tmp_path, "a,b\n01,NaN\n02,NA\n,1.5\n")
    assert opened(file).collect().rows() == [("01", "NaN"), ("02", "NA"), (None, "1.5")]
    typed = opened(file, Reading(typed=True, missing=("", "NA"))).collect()
    assert str(typed.rows()) == "[(1, nan), (2, None), (None, 1.5)]"


def test_columns_of_one_name_are_told_apart_and_that_is_told(tmp_path: Path) -> None:
    table = opened(kept(tmp_path, "a,a\n1,2\n"))
    assert table.columns == ("a", "a_duplicated_0")
    assert "told apart" in table.told[0]


def test_folders_devices_and_absent_files_are_a_message(tmp_path: Path) -> None:
    for place in (tmp_path, Path("/dev/null"), tmp_path / "absent"):
        with pytest.raises(InputError):
            opened(place)


def test_a_name_with_signs_of_patterns_is_just_a_name(tmp_path: Path) -> None:
    assert opened(kept(tmp_path, "a\n1\n", "s3:[*]?.csv")).columns == ("a",)


CELLS = st.lists(st.text('ab,;"\n\r é', max_size=4), min_size=1, max_size=4)


@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_cells_are_counted_as_the_rules_of_csv_say(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str, last: bool
) -> None:
    text = end.join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows) + end * last
    found = rows_of(kept(tmp_path_factory.mktemp("rows"), text))
    assert found.count == len(rows) - 1
    assert found.cells == len(rows[0])
    assert found.ragged == sum(len(row) != len(rows[0]) for row in rows)


def test_writing_that_fails_leaves_what_stood_there(tmp_path: Path) -> None:
    out = kept(tmp_path, "before", "out.csv")
    frame = pl.DataFrame({"a": [1]})

    def failing() -> Iterator[pl.DataFrame]:
        yield frame
        raise InputError([])

    with pytest.raises(InputError):
        write_table(failing(), dict(frame.schema), out)
    with pytest.raises(InputError, match="end it with"):
        write_table(iter([frame]), dict(frame.schema), tmp_path / "out.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        write_table(iter([frame]), dict(frame.schema), tmp_path / "absent" / "out.csv")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["before"]

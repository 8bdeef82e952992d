"""What a plan does to each column: pseudonyms, masks, tokens, coarser values, noise."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import stat
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.tables.protect.keys import key_from
from bartizan.tables.protect.masks import masked_value
from bartizan.tables.protect.plan import Mask
from bartizan.tables.protect.protecting import protect
from bartizan.tables.protect.pseudonyms import Pseudonyms, chance_of_collision
from bartizan.tables.protect.revealing import reveal
from bartizan.tables.protect.rotating import write_renames
from bartizan.tables.reading import opened
from tests.tables.protect.tables import KEY, OTHER, plan_of, through


def test_equal_values_of_a_group_get_equal_pseudonyms_in_any_table_and_others_do_not() -> None:
    customers = pl.DataFrame({"id": ["7", "8", None], "mail": [" Ann@Example.org", "ann@example.org ", "bob@x.org"]})
    plan = "columns:\n  id: {do: pseudonym, group: person}\n  mail: {do: pseudonym, fold: true}\n"
    made, _ = through(customers, plan, KEY)
    orders, _ = through(pl.DataFrame({"buyer": [8, 7]}), "columns: {buyer: {do: pseudonym, group: person}}\n", KEY)
    assert made["id"].to_list()[:2] == orders["buyer"].to_list()[::-1]
    assert made["id"][2] is None
    assert made["mail"][0] == made["mail"][1] != made["mail"][2]
    other, _ = through(customers, plan, OTHER)
    alone, _ = through(customers.select("id"), "columns: {id: pseudonym}\n", KEY)
    assert not set(made["id"].drop_nulls()) & {*other["id"], *alone["id"]}


def test_a_pseudonym_is_the_hmac_of_the_value_under_a_key_of_its_group() -> None:
    derived = hmac.digest(
        KEY.secret,
        b"".join(len(one).to_bytes(4, "big") + one for one in (b"bartizan data protect 1", b"pseudonym", b"g")),
        hashlib.sha256,
    )
    made, done = through(pl.DataFrame({"a": ["x"]}), "columns: {a: {do: pseudonym, group: g, digits: 64}}\n", KEY)
    assert made["a"].to_list() == [hmac.new(derived, b"x", hashlib.sha256).hexdigest()]
    assert done.key == KEY.id
    assert chance_of_collision(1_000_000, 16) == pytest.approx(2.7e-8, rel=0.01)
    assert "secret" not in repr(KEY)


@given(st.text(max_size=30), st.integers(0, 9), st.integers(0, 9), st.booleans(), st.integers(0, 12))
def test_a_mask_never_shows_more_than_half(value: str, first: int, last: int, separators: bool, length: int) -> None:
    how = Mask(keep_first=first, keep_last=last, with_="\N{BLACK SQUARE}", separators=separators, length=length)
    masked = masked_value(value, how)
    plain = [char for char in value if char.isalnum() or not separators]
    shown = [char for char in masked if (char.isalnum() or not separators) and char != "\N{BLACK SQUARE}"]
    assert len(shown) <= len(plain) // 2
    if not length:
        assert len(masked) == len(value)


def test_masks_keep_what_was_asked_for() -> None:
    text = "columns: {card: {do: mask, keep_last: 4}, phone: {do: mask, keep_first: 2, length: 3}, pin: mask}\n"
    made, _ = through(pl.DataFrame({"card": ["4929-1234-5678-9012"], "phone": ["+49301234"], "pin": ["12"]}), text)
    assert made.row(0) == ("****-****-****-9012", "49***", "**")


def test_values_become_coarser_as_the_plan_says() -> None:
    table = pl.DataFrame(
        {
            "age": ["-3", "17", "64.5", None],
            "income": [1.0, 19_999.99, 20_000.0, 90_000.0],
            "born": [datetime.date(1980, 3, 31), datetime.date(1999, 12, 1), None, datetime.date(2000, 1, 1)],
            "seen": ["1980-03-31", "1999-12-01 10:30:00", None, "2000-01-01T00:00"],
            "code": ["10115", "80", None, ""],
            "job": ["nurse", "judge", "baker", None],
        }
    )
    text = """
columns:
  age: {do: generalise, bins: 10}
  income: {do: generalise, edges: [20000, 50000]}
  born: {do: generalise, date: quarter}
  seen: {do: generalise, date: decade}
  code: {do: generalise, prefix: 2}
  job: {do: generalise, mapping: {nurse: care}, other: other}
"""
    made, _ = through(table, text)
    assert made["age"].to_list() == ["-10 to 0", "10-20", "60-70", None]
    assert made["income"].to_list() == ["below 20000", "below 20000", "20000-50000", "from 50000"]
    assert made["born"].to_list() == ["1980-Q1", "1999-Q4", None, "2000-Q1"]
    assert made["seen"].to_list() == ["1980s", "1990s", None, "2000s"]
    assert made["code"].to_list() == ["10", "80", None, ""]
    assert made["job"].to_list() == ["care", "other", "other", None]


def test_values_that_do_not_fit_are_named_by_row_never_by_value(tmp_path: Path) -> None:
    rows = ["41"] * 60_000
    rows[7] = rows[50_003] = "none of your business"
    file, out = tmp_path / "t.csv", tmp_path / "out.csv"
    pl.DataFrame({"age": rows, "card": ["12"] * 60_000}).write_csv(file)
    plan = plan_of(tmp_path, "columns: {age: {do: generalise, bins: 5}, card: token}\n")
    with pytest.raises(InputError) as refused:
        protect(opened(file), plan, KEY, out, lambda _: None)
    said = str(refused.value)
    assert "'generalise' cannot be done to column 'age': a value is not a number; row 8" in said
    assert (
        "column 'card': a format of fewer than 1,000,000 values, which can be tried out; rows 1, 2, 3, 4, 5 and" in said
    )
    assert "business" not in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["plan.yaml", "t.csv"]


def test_a_bad_value_in_a_later_batch_leaves_nothing_behind(tmp_path: Path) -> None:
    rows = ["41"] * 120_000
    rows[110_000] = "x"
    file, out = tmp_path / "t.csv", tmp_path / "out.csv"
    pl.DataFrame({"age": rows}).write_csv(file)
    plan = plan_of(tmp_path, "columns: {age: {do: generalise, bins: 5}}\n")
    with pytest.raises(InputError, match="row 110,001"):
        protect(opened(file), plan, None, out, lambda _: None)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["plan.yaml", "t.csv"]


def test_noise_moves_numbers_and_is_drawn_anew_each_time() -> None:
    table = pl.DataFrame({"x": [100.0] * 4_000 + [None]})
    text = "columns: {x: {do: noise, scale: 5, least: 80, decimals: 2, shape: SHAPE}}\n"
    for shape in ("laplace", "gaussian"):
        made, _ = through(table, text.replace("SHAPE", shape))
        again, _ = through(table, text.replace("SHAPE", shape))
        moved = made["x"].drop_nulls().to_numpy() - 100
        assert made["x"][-1] is None
        assert abs(moved.mean()) < 0.5
        assert 4 < moved.std() < 6
        assert moved.min() >= -20
        assert not np.array_equal(moved, again["x"].drop_nulls().to_numpy() - 100)


def test_tokens_are_turned_back_by_the_key_and_a_new_key_gives_a_list_of_renames(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"card": ["4929123456789012", None, "4929123456789012"], "who": ["a", "b", "a"], "n": [1, 2, 3]}
    )
    file, out, back, renames = (tmp_path / name for name in ("t.csv", "out.csv", "back.csv", "renames.csv"))
    table.write_csv(file)
    plan = plan_of(tmp_path, "columns: {card: token, who: pseudonym, n: keep}\n")
    protect(opened(file), plan, KEY, out, lambda _: None)
    assert reveal(opened(out), plan, KEY, back) == (("card",), 3)
    revealed = pl.read_csv(back, infer_schema=False)
    assert revealed["card"].to_list() == table["card"].to_list()
    assert revealed["who"].to_list() == pl.read_csv(out)["who"].to_list()
    assert write_renames(opened(file), plan, KEY, OTHER, renames) == 3
    names = pl.read_csv(renames, infer_schema=False)
    old, new = (Pseudonyms(key, "who", plan.columns["who"]) for key in (KEY, OTHER))  # type: ignore[arg-type]
    assert (old.of("a"), new.of("a")) in list(zip(names["old"], names["new"], strict=True))
    with pytest.raises(InputError, match="are the same"):
        write_renames(opened(file), plan, KEY, KEY, tmp_path / "again.csv")


def test_keys_come_from_outside_and_weak_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = KEY.secret.hex()
    monkeypatch.setenv("GOOD", good)
    monkeypatch.setenv("SHORT", good[:40])
    monkeypatch.setenv("POOR", "00" * 32)
    monkeypatch.setenv("TEXT", "correct horse battery staple")
    file = tmp_path / "key"
    file.write_text(good + "\n")
    file.chmod(stat.S_IRUSR | stat.S_IROTH)
    assert key_from(env="GOOD") == KEY
    assert key_from(file=file).id == KEY.id
    assert key_from(file=file).told == ("the file of the key can be read by everybody on this machine",)
    assert key_from(command=f"echo {good}") == KEY
    for name, why in (("SHORT", "no key of 32 bytes"), ("POOR", "repeats"), ("TEXT", "no key of"), ("NONE", "no such")):
        with pytest.raises(InputError, match=why) as refused:
            key_from(env=name)
        assert good[:20] not in str(refused.value)
    for command, why in (
        ("false", "it ended with 1"),
        ("/nowhere/kms", "cannot be run"),
        ("echo '", "it is no command"),
    ):
        with pytest.raises(InputError, match=why):
            key_from(command=command)
    with pytest.raises(InputError, match="a key was given twice"):
        key_from(env="GOOD", file=file)


BAD = """
columns:
  a: {do: pseudonym, digits: 8}
  b: {do: mask, with: "**"}
  c: {do: generalise, bins: 0, prefix: 2}
  d: {do: noise, scale: -1}
  e: {do: generalise, edges: [3, 1]}
  f: drop
anonymise:
  quasi: [f, g]
  k: 1
  l: 2
  exact: [h]
  suppress: 1
"""


def test_all_that_is_wrong_with_a_plan_is_said_at_once_by_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        plan_of(tmp_path, BAD)
    said = str(refused.value).splitlines()
    for line, part in (
        (3, "8 digits; 16 to 64"),
        (4, "a mask is one character"),
        (5, "both bins and prefix"),
        (5, "a range has a width above 0"),
        (6, "noise of no size"),
        (7, "edges do not ascend"),
        (8, "'drop' does not go with 'anonymise'"),
        (11, "k is 1"),
        (9, "l and t are about a sensitive column"),
        (13, "'h' is not among 'quasi'"),
        (14, "a share is from 0 to below 1"),
    ):
        assert any(one.split("plan.yaml:", 1)[-1].startswith(f"{line}:") and part in one for one in said), (
            line,
            part,
            said,
        )
    with pytest.raises(InputError, match="droop"):
        plan_of(tmp_path, "columns: {a: droop}\n")


def test_columns_that_a_plan_forgets_or_invents_are_errors_and_nothing_is_written(tmp_path: Path) -> None:
    file, out = tmp_path / "t.csv", tmp_path / "out.csv"
    file.write_text("name,age,city\na,1,x\n")
    plan = plan_of(tmp_path, "columns: {name: drop, agee: keep}\n")
    with pytest.raises(InputError) as refused:
        protect(opened(file), plan, None, out, lambda _: None)
    said = str(refused.value)
    assert "the table has no column 'agee'" in said
    assert "age" in said.rsplit("did you mean", 1)[-1]
    assert "2 columns of t.csv are not named: age, city" in said
    assert not out.exists()
    with pytest.raises(InputError, match="needs a key"):
        protect(opened(file), plan_of(tmp_path, "columns: {name: token, age: keep, city: keep}\n"), None, out, print)

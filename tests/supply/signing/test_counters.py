"""The file of counters: only upwards, one writer at a time, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.supply.signing.counters import advance, read_counters

DIGESTS = ("a" * 64, "b" * 64)


def step(file: Path, counter: int, digest: str = DIGESTS[0], model: str = "m") -> str:
    return advance(file, model, counter=counter, digest=digest, day="2026-11-23")


def test_a_counter_goes_up_and_never_down(tmp_path: Path) -> None:
    file = tmp_path / "new" / "seen.json"
    assert step(file, 3) == ""
    assert step(file, 3) == ""
    assert "counter is 2, and 3 was seen" in step(file, 2)
    assert "other files" in step(file, 3, DIGESTS[1])
    assert step(file, 4, DIGESTS[1]) == ""
    assert read_counters(file).models["m"].counter == 4


def test_each_model_has_its_own(tmp_path: Path) -> None:
    assert step(tmp_path / "seen.json", 9, model="a") == ""
    assert step(tmp_path / "seen.json", 1, model="b") == ""
    assert read_counters(tmp_path / "seen.json").models.keys() == {"a", "b"}


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: step(file, n % 10, model=f"m{n % 4}"), range(80)))
    assert {name: one.counter for name, one in read_counters(file).models.items()} == {
        "m0": 8, "m1": 9, "m2": 8, "m3": 9,
    }  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(DIGESTS)), max_size=12))
@settings(max_examples=25, deadline=None)
def test_whatever_comes_the_highest_stays_with_its_files(
    tmp_path_factory: pytest.TempPathFactory, releases: list[tuple[int, str]]
) -> None:
    file = tmp_path_factory.mktemp("seen") / "seen.json"
    known: tuple[int, str] | None = None
    for counter, digest in releases:
        why = step(file, counter, digest)
        assert bool(why) == (known is not None and (counter < known[0] or (counter == known[0] and digest != known[1])))
        known = known if why else (counter, digest)
    assert {one.counter for one in read_counters(file).models.values()} == ({known[0]} if known else set())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be locked"):
        step(tmp_path / "file" / "seen.json", 1)
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InputError, match="directory"):
        step(tmp_path / "folder.json", 1)

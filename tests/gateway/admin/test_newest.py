"""Events from the newest to the oldest: whole lines backwards, several chains by time, page by page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.gateway.admin import newest as module
from bartizan.gateway.admin.newest import lines_backwards, newest
from bartizan.gateway.events.event import ENCODER, Event
from bartizan.gateway.events.lines import line_of, raw_lines
from bartizan.gateway.events.making import moment
from bartizan.gateway.events.reading import Wanted


def kept(folder: Path, chain: str, seconds: list[int], *, first: int = 1) -> None:
    """A segment with an event for each of these seconds."""
    place = folder / "chains" / chain
    place.mkdir(parents=True, exist_ok=True)
    lines = []
    for n, at in enumerate(seconds, first):
        ending = "blocked" if n % 3 == 0 else "passed"
        event = Event(at=moment(at), seq=n, chain=chain, id=f"{chain}-{n}", route="r", ending=ending, status=200)  # type: ignore[arg-type]
        lines.append(line_of(ENCODER.encode(event), "")[0])
    (place / f"{first:012}.jsonl").write_bytes(b"".join(lines))


def paged(folder: Path, wanted: Wanted, most: int) -> list[str]:
    """The ids of all pages."""
    out: list[str] = []
    page = ""
    for _ in range(1_000):
        found, page = newest(folder, wanted, most=most, page=page)
        out += [one.id for one in found]
        if not page:
            return out
    raise AssertionError("the pages do not end")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")), max_size=20), ends=st.booleans())
def test_lines_backwards_are_the_lines_forwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[bytes], ends: bool
) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"\n".join(lines) + (b"\n" if ends and lines else b""))
    forwards = [(at, raw.rstrip(b"\n")) for at, raw in raw_lines(file) if raw.rstrip(b"\n")]
    for block in (1, 7, 1 << 16):
        monkeypatch.setattr(module, "BLOCK", block)
        assert list(lines_backwards(file)) == forwards[::-1]
        for at, _ in forwards:
            assert list(lines_backwards(file, at)) == [one for one in forwards if one[0] < at][::-1]


@pytest.mark.parametrize("most", [1, 2, 5, 100])
def test_pages_tell_all_events_once_the_newest_first(tmp_path: Path, most: int) -> None:
    kept(tmp_path, "001", [10, 20, 30])
    kept(tmp_path, "001", [40, 50], first=4)
    kept(tmp_path, "002", [15, 35, 45, 55])
    kept(tmp_path, "003", [])
    expected = ["002-4", "001-5", "002-3", "001-4", "002-2", "001-3", "001-2", "002-1", "001-1"]
    assert paged(tmp_path, Wanted(), most) == expected
    assert paged(tmp_path, Wanted(ending="blocked"), most) == ["002-3", "001-3"]
    assert paged(tmp_path, Wanted(since=moment(35)), most) == ["002-4", "001-5", "002-3", "001-4", "002-2"]


def test_a_page_looks_at_so_many_and_leads_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 4)
    kept(tmp_path, "001", list(range(20)))
    found, page = newest(tmp_path, Wanted(id="001-1"), most=5)
    assert found == ()
    assert page
    assert paged(tmp_path, Wanted(id="001-1"), 5) == ["001-1"]


@pytest.mark.parametrize("page", ["x", "!!!!", "e30x", "eyIwMDEiOlsxXX0", "W10", "eyIwMDEiOiJhIn0"])
def test_what_no_page_gave_is_refused(tmp_path: Path, page: str) -> None:
    with pytest.raises(InputError):
        newest(tmp_path, Wanted(), most=1, page=page)


def test_what_leads_on_to_nowhere_does_no_harm(tmp_path: Path) -> None:
    kept(tmp_path, "001", [10, 20, 30])
    for places in ({"../../etc": (1, 5)}, {"001": (1, 10**18)}, {"001": (1, 7)}, {"001": (-5, -5)}):
        page = module._page_of(places)
        found, _ = newest(tmp_path, Wanted(), most=10, page=page)
        assert len(found) in (0, 3)

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.gateway.events.chains import Chain, open_chain
from bartizan.gateway.events.event import Notice
from bartizan.gateway.events.lines import segments
from bartizan.gateway.events.reading import read_notices
from bartizan.gateway.events.verifying import verify_ledger
from tests.gateway.events.happening import SEAL_KEY, filled
from tests.gateway.events.test_verifying import notice, segment_of, several_segments


def test_no_two_writers_are_in_one_chain(tmp_path: Path) -> None:
    one, other = open_chain(tmp_path, SEAL_KEY), open_chain(tmp_path, SEAL_KEY)
    assert {one.name, other.name} == {"001", "002"}
    one.close()
    third = open_chain(tmp_path, SEAL_KEY)
    assert third.name == "001"
    for chain in (other, third):
        chain.append(notice("more"))
        chain.close()
    assert verify_ledger(tmp_path, SEAL_KEY).sound


def test_a_torn_end_is_put_aside_and_said(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    file = segment_of(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + whole.splitlines()[2][:200])
    assert verify_ledger(tmp_path, SEAL_KEY).open == ("001",)
    open_chain(tmp_path, SEAL_KEY).close()
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert found.open == ()
    cut = next(one for one in read_notices(tmp_path) if one.of == "cut")
    assert (tmp_path / cut.file).read_bytes() == whole.splitlines()[2][:200]
    assert cut.count == 200
    assert file.read_bytes().startswith(whole)


def test_a_lost_power_may_leave_zeros_and_old_blocks_behind_the_seal(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    file = segment_of(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + bytes(4096) + b'"}\n' + whole.splitlines(keepends=True)[1])
    open_chain(tmp_path, SEAL_KEY).close()
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert [one.of for one in read_notices(tmp_path)] == ["opened", "closed", "cut", "opened"]


def test_a_damaged_chain_is_left_alone_as_it_is_and_said(tmp_path: Path) -> None:
    filled(tmp_path, 5)
    file = segment_of(tmp_path)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-2]))
    left = file.read_bytes()
    chain = open_chain(tmp_path, SEAL_KEY)
    chain.close()
    assert chain.name == "002"
    assert file.read_bytes() == left
    said = next(one for one in read_notices(tmp_path) if one.of == "left_alone")
    assert said.what == "chain 001 is damaged: it ends at entry 5, and its seal knows of 7"
    assert {one.chain for one in verify_ledger(tmp_path, SEAL_KEY).faults} == {"001"}


@pytest.mark.parametrize("cut", [0, 30])
def test_a_writer_goes_on_in_the_last_of_several_segments(tmp_path: Path, cut: int) -> None:
    several_segments(tmp_path, 30).close()
    if cut:
        # Killed right after it began a segment: it is there, and empty.
        (tmp_path / "chains" / "001" / f"{32:012d}.jsonl").touch()
    chain = open_chain(tmp_path, SEAL_KEY, segment_bytes=1000)
    assert chain.end.seq == 32
    chain.close()
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert found.entries == 32


def test_a_chain_without_its_seal_is_not_gone_on_with(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    (tmp_path / "chains" / "001" / "seal.json").unlink()
    chain = open_chain(tmp_path, SEAL_KEY)
    chain.close()
    assert chain.name == "002"


def test_with_another_key_another_chain_is_begun(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    chain = open_chain(tmp_path, b"y" * 32)
    chain.close()
    assert chain.name == "002"


def test_a_file_that_is_deleted_or_shortened_under_its_writer_is_noticed(tmp_path: Path) -> None:
    chain = open_chain(tmp_path, SEAL_KEY, sync_seconds=60.0)
    file = segments(tmp_path / "chains" / "001")[-1][1]
    with open(file, "r+b") as lines:
        lines.truncate(10)
    with pytest.raises(OSError, match="shortened"):
        chain.sync()
    assert chain.is_lost
    assert "shortened" in chain.failure
    file.unlink()
    with pytest.raises(OSError, match="deleted"):
        chain.sync()
    chain.close()


def aged(root: Path, days: int) -> Chain:
    """A chain with an entry a day, a file for every few."""
    chain = open_chain(root, SEAL_KEY, segment_bytes=700, sync_seconds=0.001)
    for day in range(1, days + 1):
        chain.append(Notice(at=f"2026-10-{day:02d}T09:00:00.000000Z", of="dropped", what=f"day {day}"))
    return chain


def test_old_entries_go_file_by_file_and_the_rest_stays_a_chain(tmp_path: Path) -> None:
    chain = aged(tmp_path, 20)
    other = open_chain(tmp_path, SEAL_KEY)
    other.close()  # its seal names an entry of the first
    gone = chain.forget("2026-10-10")
    assert 5 < gone < 10
    assert chain.forget("2026-10-10") == 0
    chain.append(notice("after"))
    chain.close()
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert found.entries == 21 + 1 + 1 - gone
    left = [one.what for one in read_notices(tmp_path)]
    assert "day 10" in left
    assert "day 1" not in left
    again = open_chain(tmp_path, SEAL_KEY)
    again.close()
    assert (again.name, again.end.seq) == ("001", 23)


def test_a_deletion_that_is_broken_off_leaves_a_sound_chain(tmp_path: Path) -> None:
    chain = aged(tmp_path, 20)
    folder = tmp_path / "chains" / "001"
    first = segments(folder)[0][1]
    kept = first.read_bytes()
    assert chain.forget("2026-10-30") > 0
    first.write_bytes(kept)
    chain.close()
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert len(segments(folder)) > 1


def test_old_entries_that_somebody_else_deleted_are_missed(tmp_path: Path) -> None:
    aged(tmp_path, 20).close()
    segments(tmp_path / "chains" / "001")[0][1].unlink()
    assert not verify_ledger(tmp_path, SEAL_KEY).sound

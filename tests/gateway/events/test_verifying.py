from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.core.chain import canonical
from bartizan.gateway.events.chains import Chain, open_chain
from bartizan.gateway.events.event import ENCODER, Event, Found, Judged, Notice
from bartizan.gateway.events.lines import read_line, segments
from bartizan.gateway.events.seals import End, read_seal, sealed, write_seal
from bartizan.gateway.events.verifying import Anchor, verify_ledger
from tests.gateway.events.happening import SEAL_KEY, filled, happens, recorder


def segment_of(root: Path, chain: str = "001") -> Path:
    return segments(root / "chains" / chain)[-1][1]


def notice(what: str) -> Notice:
    return Notice(at="2026-11-23T09:00:00.000000Z", of="opened", what=what)


def several_segments(root: Path, count: int = 30) -> Chain:
    chain = open_chain(root, SEAL_KEY, segment_bytes=1000, sync_seconds=0.001)
    for i in range(count):
        chain.append(notice(f"number {i}"))
    return chain


def test_a_ledger_that_nobody_touched_is_sound(tmp_path: Path) -> None:
    filled(tmp_path, 20)
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert (found.entries, found.unsealed, found.open) == (22, 0, ())


@pytest.mark.parametrize("what", ["edit", "take out", "swap", "put in twice", "cut the end", "cut to nothing"])
def test_what_was_done_to_a_segment_is_found(tmp_path: Path, what: str) -> None:
    filled(tmp_path, 20)
    file = segment_of(tmp_path)
    lines = file.read_bytes().splitlines(keepends=True)
    if what == "edit":
        lines[7] = lines[7].replace(b'"caller":"anna"', b'"caller":"bert"')
    elif what == "take out":
        del lines[7]
    elif what == "swap":
        lines[7], lines[8] = lines[8], lines[7]
    elif what == "put in twice":
        lines.insert(8, lines[7])
    elif what == "cut the end":
        del lines[-1]
    else:
        lines.clear()
    file.write_bytes(b"".join(lines))
    assert not verify_ledger(tmp_path, SEAL_KEY).sound


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_byte_that_is_changed_is_found(tmp_path: Path, data: st.DataObject) -> None:
    root = tmp_path / "one"
    if not root.exists():
        filled(root, 4)
        shutil.copy(segment_of(root), tmp_path / "kept")
    raw = bytearray((tmp_path / "kept").read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    segment_of(root).write_bytes(raw)
    assert not verify_ledger(root, SEAL_KEY).sound


def test_a_chain_over_several_segments_is_followed_and_one_that_is_gone_is_missed(tmp_path: Path) -> None:
    several_segments(tmp_path).close()
    files = [file for _, file in segments(tmp_path / "chains" / "001")]
    assert len(files) > 3
    assert verify_ledger(tmp_path, SEAL_KEY).sound
    files[1].unlink()
    faults = verify_ledger(tmp_path, SEAL_KEY).faults
    assert any("does not begin where the one before ends" in one.what for one in faults)


def test_the_last_segment_cannot_go_either(tmp_path: Path) -> None:
    several_segments(tmp_path).close()
    segment_of(tmp_path).unlink()
    assert any("its seal knows of" in one.what for one in verify_ledger(tmp_path, SEAL_KEY).faults)


def test_a_seal_that_somebody_made_without_the_key_is_a_fault(tmp_path: Path) -> None:
    filled(tmp_path, 5)
    folder = tmp_path / "chains" / "001"
    file = segment_of(tmp_path)
    lines = file.read_bytes().splitlines(keepends=True)[:-2]
    file.write_bytes(b"".join(lines))
    last = read_line(lines[-1][:-1])
    seal = read_seal(folder)
    assert last is not None
    assert seal is not None
    forged = msgspec.structs.replace(seal, end=End(seq=last.entry.seq, hash=last.hash), mac="")
    write_seal(folder, sealed(forged, b"x" * 32))
    assert [one.what for one in verify_ledger(tmp_path, SEAL_KEY).faults] == [
        "its seal was not made with this key, or was changed"
    ]


def test_a_whole_chain_cannot_go_while_another_one_names_it(tmp_path: Path) -> None:
    async def run() -> None:
        one, other = recorder(tmp_path), recorder(tmp_path)
        await happens(one)
        await happens(other)
        await one.close()
        await other.close()

    asyncio.run(run())
    assert verify_ledger(tmp_path, SEAL_KEY).sound
    shutil.rmtree(tmp_path / "chains" / "001")
    assert any("the whole chain is gone" in one.what for one in verify_ledger(tmp_path, SEAL_KEY).faults)


def test_an_older_copy_put_back_whole_is_found_with_an_anchor_only(tmp_path: Path) -> None:
    filled(tmp_path / "a", 3)
    shutil.copytree(tmp_path / "a", tmp_path / "older")
    filled(tmp_path / "a", 3)
    end = verify_ledger(tmp_path / "a", SEAL_KEY).ends["001"]
    assert verify_ledger(tmp_path / "older", SEAL_KEY).sound
    anchor = Anchor(chain="001", seq=end.seq, hash=end.hash)
    assert verify_ledger(tmp_path / "a", SEAL_KEY, [anchor]).sound
    assert not verify_ledger(tmp_path / "older", SEAL_KEY, [anchor]).sound


def test_an_entry_of_another_chain_cannot_be_put_in(tmp_path: Path) -> None:
    filled(tmp_path / "a", 3)
    filled(tmp_path / "b", 3)
    theirs = segment_of(tmp_path / "b").read_bytes().splitlines(keepends=True)
    mine = segment_of(tmp_path / "a").read_bytes().splitlines(keepends=True)
    mine[2] = theirs[2]
    segment_of(tmp_path / "a").write_bytes(b"".join(mine))
    assert not verify_ledger(tmp_path / "a", SEAL_KEY).sound


_NAMES = st.text(max_size=30).filter(lambda text: text.isprintable())


@given(
    caller=_NAMES,
    labels=st.lists(_NAMES, max_size=3),
    why=_NAMES,
    score=st.integers(0, 1000),
    tokens=st.integers(0, 2**53 - 1),
)
def test_an_entry_is_written_as_the_standard_says(
    caller: str, labels: list[str], why: str, score: int, tokens: int
) -> None:
    event = Event(
        at="2026-11-23T09:00:00.000000Z",
        seq=1,
        id="x",
        route="openai.chat",
        ending="passed",
        status=200,
        caller=caller,
        labels=tuple(labels),
        input_tokens=tokens,
        judged=(Judged(guard="g", part="prompt", outcome="allowed", why=why, found=(Found(rule="r", score=score),)),),
    )
    assert ENCODER.encode(event).decode() == canonical(msgspec.to_builtins(event))

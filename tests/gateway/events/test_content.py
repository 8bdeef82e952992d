from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.gateway.events.content import MOST_KEPT, read_content
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.keys import key_at, own_key
from bartizan.gateway.events.reading import read_events, read_notices
from bartizan.gateway.events.verifying import content_faults, verify_ledger
from tests.gateway.events.happening import CONTENT_KEY, SEAL_KEY, exchange, happens, recorder


def two_events(folder: Path, **more: object) -> list[Event]:
    async def run() -> None:
        ledger = recorder(folder, content="encrypted", **more)
        await happens(ledger, exchange(at=1.0), came=b"first prompt", left=b"first answer")
        await happens(ledger, exchange(at=2.0), came=b"p" * (MOST_KEPT + 5), left=b"a" * (MOST_KEPT + 7))
        await ledger.close()

    asyncio.run(run())
    return list(read_events(folder))


def test_content_comes_back_with_the_key(tmp_path: Path) -> None:
    first, second = two_events(tmp_path)
    content = read_content(tmp_path, first, CONTENT_KEY)
    assert (content.came, content.left) == (b"first prompt", b"first answer")
    assert "prompt" not in repr(content)
    large = read_content(tmp_path, second, CONTENT_KEY)
    assert (len(large.came), len(large.left)) == (MOST_KEPT, MOST_KEPT)
    assert (large.came_bytes, large.left_bytes) == (MOST_KEPT + 5, MOST_KEPT + 7)


def test_content_does_not_come_back_with_another_key_or_for_another_exchange(tmp_path: Path) -> None:
    first, second = two_events(tmp_path)
    with pytest.raises(Conflict, match="another key"):
        read_content(tmp_path, first, b"x" * 32)
    with pytest.raises(Conflict, match="another exchange"):
        read_content(tmp_path, msgspec.structs.replace(first, content=second.content), CONTENT_KEY)


def test_content_that_was_changed_is_found(tmp_path: Path) -> None:
    first, second = two_events(tmp_path)
    assert content_faults(tmp_path, [first, second], "2026-11-23", 10**6) == []
    assert first.content is not None
    file = next((tmp_path / "content" / first.content.day).iterdir())
    raw = bytearray(file.read_bytes())
    raw[100] ^= 1
    file.write_bytes(raw)
    faults = content_faults(tmp_path, [first, second], "2026-11-23", 10**6)
    assert [one.entry for one in faults] == [first.seq]
    with pytest.raises(NotFound):
        read_content(tmp_path, first, CONTENT_KEY)


def test_content_goes_when_its_time_is_over_and_the_chain_stays(tmp_path: Path) -> None:
    now = [2_000_000_000.0]

    async def run() -> None:
        ledger = recorder(
            tmp_path, content="encrypted", retention_days=2, clock=lambda: now[0], monotonic=lambda: now[0]
        )
        for _ in range(3):
            await happens(ledger, exchange(at=now[0]))
            now[0] += 86_400
        now[0] -= 86_400
        assert ledger.sweep() == ["2033-05-18"]
        assert ledger.sweep() == []
        await ledger.close()

    asyncio.run(run())
    assert verify_ledger(tmp_path, SEAL_KEY).sound
    first, second, third = read_events(tmp_path)
    with pytest.raises(NotFound, match="no longer there"):
        read_content(tmp_path, first, CONTENT_KEY)
    assert read_content(tmp_path, second, CONTENT_KEY).left == b"the answer"
    assert [one.file for one in read_notices(tmp_path) if one.of == "dropped"] == ["content/2033-05-18"]
    assert content_faults(tmp_path, [first, second, third], "2033-05-20", 2) == []


def test_keys_come_from_the_environment_or_a_file_and_are_in_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTENT", "ab" * 32)
    assert key_at("env:CONTENT", "events.content_key") == b"\xab" * 32
    file = tmp_path / "key"
    file.write_text("cd" * 32 + "\n")
    assert key_at(f"file:{file}", "events.content_key") == b"\xcd" * 32
    monkeypatch.setenv("CONTENT", "verysecret")
    for place in ("env:CONTENT", "env:NOTHING", "file:/nowhere/at/all", "verysecret", "file:/dev/zero"):
        with pytest.raises(InputError) as caught:
            key_at(place, "events.content_key")
        assert "verysecret" not in str(caught.value)


def test_a_key_of_its_own_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = own_key(tmp_path / "seal.key")
    assert own_key(tmp_path / "seal.key") == key
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["seal.key"]


def test_a_clock_that_leaps_ahead_deletes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = [2_000_000_000.0]

    async def run() -> None:
        ledger = recorder(tmp_path, content="encrypted", retention_days=2, keep_days=2, clock=lambda: now[0])
        await happens(ledger, exchange(at=now[0]))
        now[0] += 86_400 * 365
        assert ledger.sweep() == []
        assert ledger.forget() == 0
        await ledger.close()

    asyncio.run(run())
    (event,) = read_events(tmp_path)
    assert read_content(tmp_path, event, CONTENT_KEY).left == b"the answer"
    assert "the clock leapt by 8760 hours" in caplog.text

from __future__ import annotations

import asyncio
import json
import re
import zipfile
from pathlib import Path

import pytest

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.verdict import Block
from bartizan.core.errors import InputError, NotFound
from bartizan.gateway.events.policy_copy import keep_policy, policy_of, read_policy
from bartizan.gateway.events.reading import Wanted, read_events
from bartizan.gateway.incident import check_incident, export_incident
from bartizan.gateway.settings import EventsSpec, ModelSpec, Settings, UpstreamSpec
from tests.gateway.events.happening import CONTENT_KEY, FOUND, SEAL_KEY, exchange, happens, recorder
from tests.gateway.events.test_verifying import segment_of

SETTINGS = Settings(
    upstreams={"main": UpstreamSpec(url="https://models.example", key="env:MAIN")},
    models={"*": ModelSpec(upstreams=("main",), input_price=0.5)},
    redis="redis://:hunter2@cache.example",
    secret="file:/etc/secret",
    guards={"model_access_control": {"keys": [{"id": "anna", "hash": "deadbeef", "expires": 5}], "api_key": "sk-1"}},
    events=EventsSpec(folder="events"),
)


@pytest.fixture
def ledger_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "events"
    name, text = policy_of(SETTINGS)

    async def run() -> None:
        ledger = recorder(folder, content="encrypted", policy=name)
        keep_policy(folder, name, text)
        await happens(ledger, exchange(id="first", at=100.0), came=b"the prompt", left=b"the answer")
        blocked = Block(why="no", kind="content")
        hostile = exchange(id="second", at=200.0, model="`|\n# x", caller=Caller(id="<b>|mallory`", kind="person"))
        await happens(ledger, hostile, blocked=blocked, by="rate_limit", status=403, records=(FOUND,))
        await happens(ledger, exchange(id="third", at=300.0, session="other"))
        await ledger.close()

    asyncio.run(run())
    return folder


def bundle(folder: Path, wanted: Wanted, key: bytes = b"") -> dict[str, bytes]:
    file = folder.parent / "incident.zip"
    export_incident(folder, wanted, file, seal_key=SEAL_KEY, content_key=key)
    assert check_incident(file) == []
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_holds_events_proof_policy_and_a_summary(ledger_folder: Path) -> None:
    files = bundle(ledger_folder, Wanted(until="1970-01-01T00:04:00"))
    name, text = policy_of(SETTINGS)
    assert set(files) == {"summary.md", "events.jsonl", "proof.json", "files.json", f"policies/{name}.json"}
    assert files[f"policies/{name}.json"].decode() == text
    lines = segment_of(ledger_folder).read_bytes().splitlines(keepends=True)
    assert files["events.jsonl"] == lines[1] + lines[2]
    summary = files["summary.md"].decode()
    assert "2 exchanges" in summary
    assert "All 5 entries of the ledger follow from one another" in summary
    assert "| `sensitive_output_handling` | `replaced` | `1` |" in summary


def test_what_strangers_wrote_cannot_break_the_summary(ledger_folder: Path) -> None:
    summary = bundle(ledger_folder, Wanted(id="second"))["summary.md"].decode()
    (row,) = [line for line in summary.splitlines() if "mallory" in line]
    assert row.count("|") == 8
    assert "`<b>¦mallory'`" in row
    assert "\n# x" not in summary


def test_content_is_in_it_only_with_the_key(ledger_folder: Path) -> None:
    without = bundle(ledger_folder, Wanted(id="first"))
    assert not any(b"the prompt" in raw for raw in without.values())
    files = bundle(ledger_folder, Wanted(id="first"), CONTENT_KEY)
    assert files["content/first.request"] == b"the prompt"
    assert files["content/first.answer"] == b"the answer"
    other = bundle(ledger_folder, Wanted(id="first"), b"x" * 32)
    assert "encrypted with another key" in other["summary.md"].decode()


def test_a_session_and_one_exchange_can_be_asked_for(ledger_folder: Path) -> None:
    session = next(iter(read_events(ledger_folder, Wanted(id="third")))).session
    assert len(bundle(ledger_folder, Wanted(session=session))["events.jsonl"].splitlines()) == 1
    with pytest.raises(NotFound):
        bundle(ledger_folder, Wanted(id="nothing"))


def test_the_same_question_gives_the_same_bytes(ledger_folder: Path, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        export_incident(ledger_folder, Wanted(), tmp_path / name, seal_key=SEAL_KEY, content_key=CONTENT_KEY)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_ledger_that_was_changed_is_said_in_the_bundle(ledger_folder: Path) -> None:
    file = segment_of(ledger_folder)
    file.write_bytes(file.read_bytes().replace(b'"status":403', b'"status":200'))
    out = ledger_folder.parent / "incident.zip"
    export_incident(ledger_folder, Wanted(), out, seal_key=SEAL_KEY)
    with zipfile.ZipFile(out) as archive:
        assert "not as it was written: 1 faults" in archive.read("summary.md").decode()
        assert json.loads(archive.read("proof.json"))["checked"]["faults"][0]["entry"] == 3
    assert check_incident(out) == ["the hash of line 2 does not follow from its text"]


def test_a_bundle_that_was_changed_is_found(ledger_folder: Path, tmp_path: Path) -> None:
    files = bundle(ledger_folder, Wanted())
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw.replace(b'"status":403', b'"status":200'))
        archive.writestr("more", b"")
    assert check_incident(changed) == [
        "events.jsonl is not the file that was put in",
        "more is not the file that was put in",
        "the hash of line 2 does not follow from its text",
    ]
    changed.write_bytes(b"PK")
    with pytest.raises(InputError, match="no incident bundle"):
        check_incident(changed)


def test_no_secret_is_in_the_copy_of_a_policy(tmp_path: Path) -> None:
    name, text = policy_of(SETTINGS)
    for word in ("hunter2", "deadbeef", "sk-1"):
        assert word not in text
    for word in ("env:MAIN", "file:/etc/secret", "0.5", "expires"):
        assert word in text
    assert re.fullmatch("[0-9a-f]{64}", name)
    keep_policy(tmp_path, name, text)
    assert read_policy(tmp_path, name) == text
    (tmp_path / "policies" / f"{name}.json").write_text(text + " ")
    assert read_policy(tmp_path, name) is None
    assert read_policy(tmp_path, "../../etc/passwd") is None

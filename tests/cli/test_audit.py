"""`bartizan audit` from the command line: the way a person proves that nobody rewrote a register."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import text

from bartizan.register import tables
from bartizan.register.opening import open_register
from tests.cli.running import bartizan
from tests.register.authority import Authority
from tests.register.databases import Clock

ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(register_place: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A register with three entries by two people; the working folder is the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BARTIZAN_REGISTER", register_place)
    with closing(open_register(register_place, clock=clock)) as register:
        with register.change("anna") as change:
            change.insert(tables.systems, {"id": "mail", "name": "Mail\x1b[31m agent"}, "system.add")
            change.insert(tables.users, {"id": "bo"}, "user.add")
        clock.forward(days=2)
        with register.change("bo") as change:
            change.update(tables.systems, {"id": "mail"}, {"owner": "Jürgen"}, "system.owner", note="he asked for it")
    return register_place


def tamper(place: str, statement: str) -> None:
    with closing(open_register(place)) as register, register.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_sound_register_passes(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("audit", "verify") == 0
    told = capsys.readouterr().out
    assert "The chain holds: 3 entries" in told
    assert "rows:        2" in told
    assert "checkpoints: none" in told


def test_a_register_that_was_tampered_with_fails_and_says_what_it_means(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(place, "UPDATE audit SET body = replace(body, 'anna', 'eve') WHERE seq = 2")
    assert bartizan("audit", "verify", "--register", place) == 1
    told = capsys.readouterr().out
    assert "1 fault in 3 entries" in told
    assert "entry 2: its hash does not follow" in told
    assert "What comes before the first fault holds" in told


def test_an_outcome_can_be_read_by_programs(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(place, "DELETE FROM audit WHERE seq = 2")
    assert bartizan("audit", "verify", "-f", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["sound"], told["entries"], told["found"]) == (False, 2, 2)
    assert told["faults"][0]["seq"] == 3


def test_a_checkpoint_that_was_kept_finds_what_was_cut_off(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("audit", "key", "-o", "my.key") == 0
    assert bartizan("audit", "checkpoint", "--key", "my.key") == 0
    trusted = ("--checkpoint", "checkpoint.json", "--public-key", "my.key.pub")
    assert bartizan("audit", "verify", *trusted) == 0
    assert re.search(r"checkpoints: 2, signed with [0-9a-f]{16}\n", capsys.readouterr().out)
    for statement in ("DELETE FROM audit", "DELETE FROM checkpoints", "DELETE FROM systems", "DELETE FROM users"):
        tamper(place, statement)
    assert bartizan("audit", "verify") == 0
    assert bartizan("audit", "verify", *trusted) == 1
    assert "vouches for entry 3, which is missing" in capsys.readouterr().out


@ON_SQLITE
def test_a_checkpoint_by_somebody_else_is_not_taken(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    bartizan("audit", "key", "-o", "my.key")
    bartizan("audit", "key", "-o", "other.key")
    assert bartizan("audit", "checkpoint", "--key", "other.key") == 0
    assert bartizan("audit", "verify", "--checkpoint", "checkpoint.json") == 0
    assert bartizan("audit", "verify", "--checkpoint", "checkpoint.json", "--public-key", "my.key.pub") == 1
    assert "a key that you did not name" in capsys.readouterr().out


@ON_SQLITE
def test_what_is_unsound_is_not_signed(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bartizan("audit", "key")
    tamper(place, "UPDATE systems SET owner = 'Eve'")
    assert bartizan("audit", "checkpoint", "--key", "bartizan-audit.key") == 1
    assert "nothing was signed" in capsys.readouterr().err
    assert not (tmp_path / "checkpoint.json").exists()


@ON_SQLITE
def test_a_key_is_for_its_owner_only_and_never_overwritten(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("audit", "key") == 0
    key, public = tmp_path / "bartizan-audit.key", tmp_path / "bartizan-audit.key.pub"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes(), public.read_bytes()
    assert bartizan("audit", "key") == 2
    key.rename(tmp_path / "moved")
    assert bartizan("audit", "key") == 2
    assert not key.exists()
    assert (tmp_path / "moved").read_bytes() == before[0]
    assert public.read_bytes() == before[1]
    captured = capsys.readouterr()
    assert "exists already" in captured.err
    assert "PRIVATE" not in captured.err + captured.out


def test_an_export_verifies_alone_and_the_register_still_begins_with_it(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("audit", "export") == 0
    assert bartizan("audit", "verify", "--file", "audit.jsonl") == 0
    with closing(open_register(place)) as register, register.change("anna") as change:
        change.record("later")
    assert bartizan("audit", "verify", "--against", "audit.jsonl") == 0
    assert "its 3 entries are where the register begins" in capsys.readouterr().out
    first = (tmp_path / "audit.jsonl").read_bytes()
    assert bartizan("audit", "export") == 0
    assert (tmp_path / "audit.jsonl").read_bytes().startswith(first)
    tamper(place, "DELETE FROM audit WHERE seq > 2")
    assert bartizan("audit", "verify", "--against", "audit.jsonl") == 1


@ON_SQLITE
def test_an_export_that_was_edited_fails(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bartizan("audit", "export")
    file = tmp_path / "audit.jsonl"
    file.write_bytes(file.read_bytes().replace(b"anna", b"eve"))
    assert bartizan("audit", "verify", "--file", file) == 1
    assert "2 faults in 3 entries" in capsys.readouterr().out


@ON_SQLITE
def test_the_script_of_the_guide_checks_an_export_without_bartizan(place: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guide" / "audit.md").read_text(encoding="utf-8")
    [script] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    bartizan("audit", "export")
    run = [sys.executable, "-I", "-c", script]
    assert subprocess.run(run, cwd=tmp_path, check=True, capture_output=True).stdout.startswith(b"3 entries, last hash")
    file = tmp_path / "audit.jsonl"
    file.write_bytes(file.read_bytes().replace(b"anna", b"eve"))
    assert subprocess.run(run, cwd=tmp_path, check=False, capture_output=True).returncode == 1


def test_the_log_tells_the_newest_first(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("audit", "log") == 0
    told = capsys.readouterr().out
    assert told.index("system.owner") < told.index("user.add") < told.index("system.add")
    assert "owner: (empty) -> Jürgen" in told
    assert "he asked for it" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("words", "seqs"),
    [
        ((), [3, 2, 1]),
        (("-n", "2"), [3, 2]),
        (("--system", "mail"), [3, 1]),
        (("--actor", "anna"), [2, 1]),
        (("--actor", "ann"), []),
        (("--actor", '%"'), []),
        (("--action", "system"), [3, 1]),
        (("--action", "system.owner"), [3]),
        (("--action", "sys"), []),
        (("--since", "2026-11-23"), [3]),
        (("--since", "2026-11-25"), []),
        (("--system", "mail", "--actor", "anna"), [1]),
    ],
)
def test_the_log_can_be_filtered(
    place: str, words: tuple[str, ...], seqs: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("audit", "log", "-f", "json", *words) == 0
    assert [entry["seq"] for entry in json.loads(capsys.readouterr().out)] == seqs


def test_a_checkpoint_can_be_witnessed(
    place: str, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bartizan("audit", "key", "-o", "my.key")
    assert bartizan("audit", "checkpoint", "--key", "my.key", "--timestamp", "http://127.0.0.1:1/") == 3
    assert not (tmp_path / "checkpoint.json").exists()
    assert bartizan("audit", "checkpoint", "--key", "my.key", "--timestamp", authority.url) == 0
    trusted = ("--checkpoint", "checkpoint.json", "--public-key", "my.key.pub", "--timestamp-ca", authority.root)
    assert bartizan("audit", "verify", *trusted) == 0
    assert "2 with a timestamp that holds" in capsys.readouterr().out


def _keys(folder: Path) -> None:
    """Files that are not the keys that are wanted."""
    bartizan("audit", "key", "-o", folder / "my.key")
    private = load_pem_private_key((folder / "my.key").read_bytes(), None)
    locked = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (folder / "locked.key").write_bytes(locked)
    other = ec.generate_private_key(ec.SECP256R1())
    (folder / "ec.key").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "ec.pub").write_bytes(public)
    (folder / "junk").write_bytes(b"\xff" * 100_000)
    (folder / "folder").mkdir()
    (folder / "empty").touch()
    (folder / "lines").write_text('{"seq":1}\n')
    (folder / "point").write_text('{"first":"' + "\\ud800" + '"}')


@ON_SQLITE
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("verify", "--register", "none.db"), "none.db: there is no register here"),
        (("log", "--register", "folder"), "folder: this is a folder"),
        (("export", "--register", "junk"), "junk: this file is no register"),
        (("verify", "--register", "empty"), "empty: there is no register here"),
        (("verify", "--register", "http://x"), "this is no place for a register"),
        (("verify", "--checkpoint", "none"), "none: cannot be read"),
        (("verify", "--checkpoint", "junk"), "junk: this is no checkpoint"),
        (("verify", "--checkpoint", "point"), "point: this is no checkpoint"),
        (("verify", "--public-key", "my.key"), "my.key: this is no public key"),
        (("verify", "--public-key", "ec.pub"), "ec.pub: this is a key of another kind"),
        (("verify", "--timestamp-ca", "my.key"), "my.key: there is no certificate in this file"),
        (("checkpoint", "--key", "my.key", "--timestamp", "ftp://x"), "no address on the web"),
        (("verify", "--file", "junk"), "junk:1: this line is no entry"),
        (("verify", "--against", "lines"), "lines:1: this line is no entry"),
        (("verify", "--file", "x", "--against", "y"), "not both"),
        (("checkpoint",), "Missing option '--key'"),
        (("checkpoint", "--key", "my.key.pub"), "my.key.pub: this is no private key"),
        (("checkpoint", "--key", "locked.key"), "locked.key: this key is locked with a password"),
        (("checkpoint", "--key", "ec.key"), "ec.key: this is a key of another kind"),
        (("checkpoint", "--key", "my.key", "-o", "junk/x"), "cannot be written"),
        (("export", "-o", "junk/x"), "cannot be written"),
        (("key", "-o", "junk/x"), "cannot be written"),
        (("log", "--since", "yesterday"), "'yesterday' is no date"),
    ],
)
def test_wrong_input_is_told_and_changes_nothing(
    place: str, tmp_path: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _keys(tmp_path)
    before = {file.name: file.is_file() and file.read_bytes() for file in tmp_path.iterdir()}
    capsys.readouterr()
    assert bartizan("audit", *words) == 2
    assert message in capsys.readouterr().err
    assert {file.name: file.is_file() and file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_server_that_is_not_there_exits_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("audit", "verify", "--register", "postgresql://anna:secret@127.0.0.1:1/register") == 3
    told = capsys.readouterr().err
    assert "did not answer" in told
    assert "secret" not in told


@ON_SQLITE
def test_a_failed_export_leaves_the_earlier_one(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bartizan("audit", "export")
    before = (tmp_path / "audit.jsonl").read_bytes()
    shutil.copy(place, "broken.db")
    with closing(sqlite3.connect("broken.db")) as connection:
        connection.execute("DROP TABLE audit")
        connection.commit()
    assert bartizan("audit", "export", "--register", "broken.db") == 2
    assert (tmp_path / "audit.jsonl").read_bytes() == before
    assert [file.name for file in tmp_path.glob(".*")] == []

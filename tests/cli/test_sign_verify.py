"""`bartizan sign` and `bartizan verify` as a person, a pipeline and a serving machine use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.formats import read_results
from tests.cli.running import bartizan
from tests.supply.signing.making import write_certificate, write_key, write_model, write_policy, write_root


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a key, a model and a policy, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BARTIZAN_KEY_PASSPHRASE", raising=False)
    write_key(tmp_path / "key.pem")
    write_model(tmp_path / "fraud")
    write_policy(tmp_path / "trust.yaml", counters="seen.json")
    return tmp_path


def signed(*words: object) -> None:
    assert bartizan("sign", "fraud", "--key", "key.pem", *words) == 0


def verified(*words: object) -> int:
    return bartizan("verify", "fraud", "--trust", "trust.yaml", *words)


def test_a_model_is_signed_and_verified(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signed("--counter", 7, "--expires", "2099-11-23")
    said = capsys.readouterr().out
    assert "signed fraud, counter 7, until 23 Nov 2099: 3 files of 1,006 bytes" in said
    assert "(P-256)" in said
    assert verified("--name", "fraud") == 0
    said = capsys.readouterr().out
    assert said.startswith("VERIFIED: fraud: 3 files as signed, 1,006 bytes read\n")
    assert "signed by: release" in said


def test_all_that_is_wrong_is_said_and_the_exit_code_is_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signed("--expires", "2099-11-23")
    (here / "fraud" / "weights.bin").write_bytes(b"evil")
    (here / "fraud" / "new.py").write_bytes(b"evil")
    capsys.readouterr()
    assert verified("--today", "2100-01-01", "--name", "spam") == 1
    said = capsys.readouterr().out
    assert said.startswith("NOT VERIFIED, 4 problems: fraud: 2 files as signed")
    assert [line.split(":")[0].strip() for line in said.splitlines()[1:5]] == ["name", "expired", "added", "changed"]


def test_a_broken_policy_and_an_absent_model_are_wrong_input(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signed()
    assert bartizan("verify", "gone", "--trust", "trust.yaml") == 2
    assert "gone: there is no such file or folder" in capsys.readouterr().err
    (here / "trust.yaml").write_text("bartizan_trust: 1\nkeys:\n  - name: a\n    fiel: key.pub\n")
    assert verified() == 2
    assert "trust.yaml:4: " in capsys.readouterr().err
    assert verified("--every", "1s") == 2
    assert bartizan("verify", "fraud") == 2


def test_an_absent_signature_is_not_verified(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified("--signature", "gone.sig") == 1
    assert "signature_missing: there is no file gone.sig" in capsys.readouterr().out


def test_the_passphrase_comes_from_the_environment(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_key(here / "key.pem", passphrase="correct horse")
    assert bartizan("sign", "fraud", "--key", "key.pem") == 2
    assert "BARTIZAN_KEY_PASSPHRASE" in capsys.readouterr().err
    monkeypatch.setenv("BARTIZAN_KEY_PASSPHRASE", "correct horse")
    signed()
    assert verified() == 0


def test_a_key_that_others_can_read_is_remarked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "key.pem").chmod(0o644)
    signed()
    assert "chmod 600" in capsys.readouterr().err


def test_the_result_as_json(here: Path) -> None:
    signed("--counter", 1)
    (here / "fraud" / "weights.bin").unlink()
    assert verified("-o", "out.json") == 1
    made = json.loads((here / "out.json").read_text())
    assert made["is_verified"] is False
    assert made["is_authentic"] is True
    assert [(one["kind"], one["path"]) for one in made["flaws"]] == [("missing", "weights.bin")]
    assert made["flaws"][0]["means"]


def _evidence(file: Path) -> list[tuple[str, str, bool | None, list[str]]]:
    found = read_results(file, load_catalog(), None).observations
    return [(one.control, one.component, one.passed, sorted(one.digests)) for one in found]


def test_evidence_passes_and_fails_the_control(here: Path) -> None:
    signed("--counter", 1)
    assert verified("--evidence", "e.json", "--at", "model") == 0
    assert _evidence(here / "e.json") == [("supply_chain_manage", "model", True, ["signed"])]
    (here / "fraud" / "weights.bin").write_bytes(b"evil")
    assert verified("--evidence", "e.json", "--at", "model", "--control", "runtime_model_integrity") == 1
    assert _evidence(here / "e.json") == [("runtime_model_integrity", "model", False, ["signed"])]
    (here / "model.sig").unlink()
    assert verified("--evidence", "e.json", "--at", "model") == 1
    assert _evidence(here / "e.json") == [("supply_chain_manage", "model", False, [])]


def test_evidence_moves_an_assessment(here: Path) -> None:
    signed()
    words = ("--evidence", "e.json", "--at", "model", "--control", "runtime_model_integrity")
    assert verified("-o", "v.json", *words) == 0
    digest = json.loads((here / "v.json").read_text())["digest"]
    model = f"  - {{id: model, kind: model, type: predictive, digests: {{signed: {digest}}}}}\n"
    declared = "controls:\n  - {control: runtime_model_integrity, status: implemented}\n"
    (here / "system.yaml").write_text(f"name: X\ncomponents:\n{model}{declared}")

    def said() -> str:
        bartizan("assess", "system.yaml", "--evidence", "e.json", "-f", "json", "-o", "a.json")
        return (here / "a.json").read_text()

    assert "runtime_model_integrity: verified" in said()
    (here / "fraud" / "weights.bin").write_bytes(b"evil")
    assert verified(*words) == 1
    assert "found not working" in said()


def without_extra(*words: str) -> subprocess.CompletedProcess[str]:
    """The command where the packages of the extra `signing` are not installed."""
    code = "import sys; sys.modules.update(model_signing=None, OpenSSL=None, blake3=None)\n"
    command = [sys.executable, "-c", f"{code}from bartizan.cli.main import run; run()", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_verifying_with_keys_needs_no_extra_and_signing_says_which_one_it_needs(here: Path) -> None:
    signed()
    words = ("verify", "fraud", "--trust", "trust.yaml")
    assert without_extra(*words).returncode == 0
    done = without_extra("sign", "fraud", "--key", "key.pem")
    assert (done.returncode, "pip install 'bartizan[signing]'" in done.stderr) == (2, True)


def test_verifying_certificates_says_which_extra_it_needs(here: Path) -> None:
    write_root(here, "root")
    write_certificate(here, "leaf", "root")
    signed("--key", "leaf.key", "--cert", "leaf.pem")
    write_policy(here / "trust.yaml", certificates=[{"name": "r", "file": "root.pem", "identities": ["CN=leaf"]}])
    assert verified() == 0
    done = without_extra("verify", "fraud", "--trust", "trust.yaml")
    assert (done.returncode, "pip install 'bartizan[signing]'" in done.stderr) == (2, True)


# Watching


@pytest.mark.parametrize("time", ["10", "0s", "1.5m", "m", "-1s", "1w"])
def test_an_interval_is_a_number_with_a_unit(here: Path, time: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified("--every", time) == 2
    assert "10m" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--events", "e"), ("--once-changed",), ("--every", "1s", "-o", "x")])
def test_options_that_do_not_go_together_are_told(here: Path, words: tuple[str, ...]) -> None:
    assert verified(*words) == 2


def test_a_file_of_events_that_is_none_is_told_before_the_watch_begins(here: Path) -> None:
    signed()
    assert verified("--every", "1s", "--events", here) == 2


def test_a_watch_may_end_at_the_first_look_that_is_not_verified(here: Path) -> None:
    signed()
    (here / "fraud" / "weights.bin").write_bytes(b"evil")
    assert verified("--every", "1h", "--once-changed", "--events", "e.jsonl") == 1
    (event,) = (json.loads(line) for line in (here / "e.jsonl").read_text().splitlines())
    assert (event["state"], [one["path"] for one in event["flaws"]]) == ("failed", ["weights.bin"])


def test_a_watch_tells_a_change_and_its_evidence_never_passes_again(here: Path) -> None:
    signed("--counter", 3)
    words = ("verify", "fraud", "--trust", "trust.yaml", "--every", "1s", "--events", "e.jsonl", "--evidence", "e.json")
    running = subprocess.Popen(
        [sys.executable, "-c", "from bartizan.cli.main import run; run()", *words],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    )
    weights = here / "fraud" / "weights.bin"
    good = weights.read_bytes()
    try:
        assert running.stdout is not None
        assert "VERIFIED: fraud: fraud, digest" in running.stdout.readline()
        weights.write_bytes(b"evil")
        assert "FAILED, was verified" in running.stdout.readline()
        weights.write_bytes(good)
        while "VERIFIED, was failed" not in (line := running.stdout.readline()):
            assert line
    finally:
        running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    running.stdout.close()
    states = [json.loads(line)["state"] for line in (here / "e.jsonl").read_text().splitlines()]
    assert states == ["verified", "failed", "verified"]
    assert _evidence(here / "e.json") == [("runtime_model_integrity", "", False, ["signed"])]

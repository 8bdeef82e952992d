"""`bartizan test` as a user calls it: what it prints, what it leaves behind, and what bad input gets."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bartizan.register.opening import open_register
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from tests.cli.running import bartizan
from tests.rigs import tumours
from tests.targets.scoring_server import Scoring, closed_port, serving
from tests.workflows.attacked import DAY, SYSTEM, folder_with, with_target

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are not folded."""
    monkeypatch.setenv("COLUMNS", "400")


def attack(file: Path, *more: object, samples: int = 10, budget: str = "300 queries") -> int:
    words = ["test", file, "--samples", samples, "--store", file.parent / "store", "--today", DAY]
    return bartizan(*words, *(["--budget", budget] if budget else []), *more)


def kept(file: Path) -> list[dict[str, object]]:
    return [json.loads(one.read_bytes()) for one in (file.parent / "store" / "measurements").glob("*.json")]


def test_it_prints_what_was_measured_what_was_not_run_and_what_moved(tmp_path: Path, capsys: Said) -> None:
    assert attack(folder_with(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "Triage: triage rig, 4 runs" in said
    assert "Square, a random search by scores" in said
    assert "not run, needs gradients, which triage does not give: Auto-PGD" in said
    assert f"evidence can lower a risk where the description says: digests: {{model: {'d' * 64}}}" in said
    assert "What it means for the risks\nEvasion at Triage: " in said


def test_evidence_in_a_file_changes_the_report_of_an_assessment(tmp_path: Path, capsys: Said) -> None:
    file, evidence = folder_with(tmp_path), tmp_path / "evidence.json"
    assert attack(file, "--evidence", evidence) == 0
    outs = [tmp_path / "before.json", tmp_path / "after.json"]
    bartizan("assess", file, "--today", DAY, "-o", outs[0])
    bartizan("assess", file, "--today", DAY, "--evidence", evidence, "-o", outs[1])
    before, after = (json.loads(out.read_text()) for out in outs)
    assert "Square, a random search" in json.dumps(after)
    assert "Square, a random search" not in json.dumps(before)
    capsys.readouterr()


def test_evidence_is_imported_into_a_register_and_told_to_the_audit(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BARTIZAN_REGISTER", raising=False)
    monkeypatch.setenv("BARTIZAN_BY", "anna")
    file = folder_with(tmp_path)
    register = open_register("bartizan.db")
    keeping.keep(Desk(register), file.read_text(), file="system.yaml", by="anna", system="triage")
    register.close()
    assert attack(file, "--evidence", "evidence.json") == 0
    assert bartizan("evidence", "import", "triage", "evidence.json", "--apply") == 0
    capsys.readouterr()
    assert bartizan("audit", "log") == 0
    assert "evidence.add" in capsys.readouterr().out


GUARDED = """
from pathlib import Path

HERE = Path(__file__).parent

def answer(x):
    with (HERE / "asked").open("a") as file:
        file.write(f"{len(x)}\\n")
    asked = sum(map(int, (HERE / "asked").read_text().split()))
    if (HERE / "stop").exists() and asked > int((HERE / "stop").read_text()):
        raise %s
    return TARGET.scores(x)
"""


def asked(folder: Path) -> int:
    return sum(map(int, (folder / "asked").read_text().split()))


def test_interrupted_it_keeps_what_is_finished_and_goes_on_from_there(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path, GUARDED % "KeyboardInterrupt")
    (tmp_path / "stop").write_text("2650")
    evidence = tmp_path / "evidence.json"
    assert attack(file, "--evidence", evidence, budget="800 queries") == 130
    told = capsys.readouterr()
    assert "of 4 runs are kept, and the same command goes on" in told.err
    assert "runs had no time; run it again to go on" in told.out
    before = {str(run["key"]): run for run in kept(file)}
    assert 0 < len(before) < 4
    stamps = {one: one.stat().st_mtime_ns for one in (tmp_path / "store").rglob("*.json")}
    (tmp_path / "stop").unlink()
    (tmp_path / "asked").unlink()
    assert attack(file, "--evidence", evidence, budget="800 queries") == 0
    resumed = asked(tmp_path)
    assert all(one.stat().st_mtime_ns == stamp for one, stamp in stamps.items())
    assert len(kept(file)) > len(before)
    (tmp_path / "asked").unlink()
    assert attack(file, "--store", tmp_path / "anew", budget="800 queries") == 0
    assert resumed < asked(tmp_path)
    capsys.readouterr()


def test_a_signal_from_the_keyboard_ends_it_in_order(tmp_path: Path) -> None:
    slow = "import time\n" + GUARDED.replace("    return", "    time.sleep(0.02)\n    return") % "KeyboardInterrupt"
    file = folder_with(tmp_path, slow)
    words = [sys.executable, "-m", "bartizan", "test", str(file), "--samples", "10", "--store", str(tmp_path / "store")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path.cwd())
    try:
        until = time.monotonic() + 60
        while not (tmp_path / "asked").exists() or asked(tmp_path) < 2000:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "the same command goes on" in err
    assert "Traceback" not in out + err


def test_a_budget_of_time_that_is_over_starts_nothing_more_and_says_so(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path)
    assert attack(file, budget="0.00001 minutes") == 0
    assert "4 of 4 runs had no time; run it again to go on" in capsys.readouterr().out
    assert kept(file) == []


@pytest.mark.parametrize("text", ["many", "-5 queries", "0 minutes", "10 hours"])
def test_a_budget_that_is_none_is_refused(text: str, tmp_path: Path, capsys: Said) -> None:
    assert attack(folder_with(tmp_path), budget=text) == 2
    assert f"--budget: '{text}' is no budget; write '500 requests'" in capsys.readouterr().err


BAD_ANSWERS = {
    "of another shape": ("answer = lambda x: TARGET.scores(x)[:-1]", "scores of shape (63, 2); expected (64, 2)"),
    "not a number": ("answer = lambda x: TARGET.scores(x) * float('nan')", "64 of 64 rows of scores hold NaN"),
    "no probabilities": ("answer = lambda x: TARGET.scores(x) * 3", "scores are no probabilities"),
    "never the same": (
        "RNG = np.random.default_rng()\ndef answer(x):\n    p = RNG.random(len(x))\n    return np.stack([p, 1 - p], 1)",
        "it is not deterministic: asked twice, it answers 64 of 64 inputs otherwise",
    ),
    "raising": ("def answer(x): raise OSError('the GPU is gone')", "it crashed with OSError: the GPU is gone"),
    "data of other classes": (
        "made = build\ndef build():\n    r = made()\n    t = msgspec.structs.replace(r.test, classes=3)\n"
        "    return msgspec.structs.replace(r, test=t)",
        "the test data have 3 classes, the target 2",
    ),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_target_that_answers_what_it_may_not_ends_it_before_any_attack(
    name: str, tmp_path: Path, capsys: Said
) -> None:
    code, finding = BAD_ANSWERS[name]
    file = folder_with(tmp_path, code)
    assert attack(file) == 2
    told = capsys.readouterr()
    assert finding in told.err
    assert told.err.startswith("triage rig: ")
    assert "Traceback" not in told.err
    assert kept(file) == []


def test_labels_out_of_range_are_told_with_the_range(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path, "answer = lambda x: TARGET.labels(x) + 7", capability="labels")
    assert attack(file) == 2
    assert "labels from 7 to 8" in capsys.readouterr().err


FIRST_ROWS = """
made = build
def build():
    rig = made()
    return msgspec.structs.replace(rig, test=rig.test.take(slice(0, 9)))
"""


def test_data_too_few_for_an_honest_interval_are_said_to_be_with_the_results(tmp_path: Path, capsys: Said) -> None:
    assert attack(folder_with(tmp_path, FIRST_ROWS)) == 0
    assert "note: 9 test samples are few: where half succeed, the 95 % interval is " in capsys.readouterr().out


def test_a_crash_in_the_middle_keeps_what_is_finished_and_makes_the_exit_code_2(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path, GUARDED % "AttributeError('the model is gone')")
    (tmp_path / "stop").write_text("2650")
    assert attack(file, budget="800 queries") == 2
    told = capsys.readouterr()
    assert "failed: triage: it crashed with AttributeError: the model is gone" in told.out
    assert "defect of Bartizan" not in told.err
    finished = len(kept(file))
    assert 0 < finished < 4
    (tmp_path / "stop").unlink()
    assert attack(file, budget="800 queries") == 0
    assert len(kept(file)) > finished


def test_a_model_that_goes_wrong_only_when_it_is_graded_is_a_failed_run(tmp_path: Path, capsys: Said) -> None:
    later = GUARDED.replace("raise %s", "return TARGET.scores(x)[:-1]")
    file = folder_with(tmp_path, later)
    (tmp_path / "stop").write_text("2650")
    assert attack(file, budget="800 queries") == 2
    assert re.search("failed: .*(labels|scores) of shape", said := capsys.readouterr().out), said


def test_an_attack_that_changes_nothing_is_a_failed_attack_and_no_evidence(tmp_path: Path, capsys: Said) -> None:
    text = with_target("{rig: rig.py:build, norm: linf, radius: 0}")
    evidence = tmp_path / "evidence.json"
    code = attack(folder_with(tmp_path, system=text), "--evidence", evidence)
    told = capsys.readouterr()
    assert code == 0, told
    assert "changed nothing: a failed attack, no proof of safety" in told.out
    assert "evasion" not in evidence.read_text()


def test_a_radius_that_is_no_distance_is_told_at_its_line(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path, system=with_target("{rig: rig.py:build, norm: linf, radius: -1}"))
    assert attack(file) == 2
    assert ": -1 is no distance; write a number of 0 or more" in capsys.readouterr().err


RIG_FILES = {
    "no file": ("nothing.py:build", "there is no file nothing.py beside this one"),
    "no attribute": ("rig.py:biuld", "there is no 'biuld' in rig.py; did you mean 'build'?"),
    "no Rig": ("rig.py:DOMAIN", "rig.py:DOMAIN is Domain, not a Rig"),
    "no reference": ("rig", "'rig' names no Python object"),
}


@pytest.mark.parametrize("name", RIG_FILES)
def test_a_rig_that_cannot_be_had_is_told_at_its_line(name: str, tmp_path: Path, capsys: Said) -> None:
    reference, finding = RIG_FILES[name]
    file = folder_with(tmp_path, system=with_target(f"{{rig: '{reference}'}}"))
    assert attack(file) == 2
    line = 1 + file.read_text().split("\n").index(f"    target: {{rig: '{reference}'}}")
    assert f"system.yaml:{line}: {finding}" in capsys.readouterr().err


def test_a_rig_that_fails_is_told_at_its_own_line(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path, "def build():\n    raise ValueError('no \\x1b[31m data')\n")
    assert attack(file) == 2
    said = capsys.readouterr().err
    assert "rig.py:" in said
    assert "failed: ValueError: no \\x1b[31m data" in said
    assert "Traceback" not in said


DATA = "\n\ndef data():\n    return SOUND\n"


def pickled(folder: Path) -> tuple[Path, str]:
    file = folder / "model.pkl"
    file.write_bytes(pickle.dumps(tumours().target.estimator))  # type: ignore[attr-defined]
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_pickle_opens_only_by_the_digest_that_is_named(tmp_path: Path, capsys: Said) -> None:
    model, digest = pickled(tmp_path)
    wrong = "0" * 64
    for allow, finding in (
        ("", f"allow: sha256:{digest}"),
        (f", allow: 'sha256:{wrong}'", digest),
    ):
        text = with_target(f"{{kind: sklearn, model: {model.name}, data: 'rig.py:data'{allow}}}")
        assert attack(folder_with(tmp_path, DATA, system=text)) == 2
        said = capsys.readouterr().err
        assert "system.yaml:" in said
        assert finding in said
    text = with_target(f"{{kind: sklearn, model: {model.name}, data: 'rig.py:data', allow: 'sha256:{digest}'}}")
    text = text.replace("    target:", f"    digests: {{model: {digest}}}\n    target:")
    assert attack(folder_with(tmp_path, DATA, system=text), samples=4, budget="20 queries") == 0
    assert "evidence can lower a risk where" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("controls", "finding"),
    [
        ("[rate_limt]", "no code for a control 'rate_limt'; did you mean 'rate_limit'?"),
        ("[{control: obscure_confidence, digts: 1}]", "'obscure_confidence': "),
        ("[{cntrol: rate_limit}]", "no code for a control ''"),
        ("[dev_security]", "no code for a control 'dev_security'"),
    ],
)
def test_a_control_without_code_in_a_target_is_told(controls: str, finding: str, tmp_path: Path, capsys: Said) -> None:
    text = with_target(f"{{rig: rig.py:build, controls: {controls}}}")
    assert attack(folder_with(tmp_path, system=text)) == 2
    assert finding in capsys.readouterr().err


HOSTILE = """
EVIL = "\\x1b[2J\\x1b[31m[/bold]<script>alert(1)</script>\\u202e"
from bartizan.targets.domain import Domain, Feature
NAMED = tuple(msgspec.structs.replace(f, name=EVIL + f.name) for f in DOMAIN.features)
def build():
    domain = msgspec.structs.replace(DOMAIN, features=NAMED)
    target = CallablePredictor(domain, 2, scores=answer, name=EVIL, digest="d" * 64)
    return msgspec.structs.replace(SOUND, name=EVIL, target=target, train=None, recipe=None)
"""


@pytest.mark.parametrize("breaks", ["", "answer = lambda x: TARGET.scores(x) * 3\n"])
def test_names_that_strangers_chose_cannot_garble_the_screen_or_a_page(
    breaks: str, tmp_path: Path, capsys: Said
) -> None:
    system = SYSTEM.replace("name: Triage", 'name: "[/red]Triage[bold]"')
    file, page = folder_with(tmp_path, HOSTILE + breaks, system=system), tmp_path / "page.html"
    runs, evidence = tmp_path / "runs.html", tmp_path / "evidence.json"
    code = attack(file, "-o", page, "--measurements", runs, "--evidence", evidence)
    told = capsys.readouterr()
    assert code == (2 if breaks else 0), told.err
    assert "\x1b" not in told.out + told.err
    assert "\u202e" not in told.out + told.err
    if not breaks:
        assert "[/red]Triage[bold]: \\x1b[2J" in told.out
        assert "<script>alert(1)" not in page.read_text() + runs.read_text()


@pytest.fixture
def server() -> object:
    with serving(Scoring(tumours().target)) as scoring:
        yield scoring


def behind(address: str) -> str:
    return with_target(f"{{kind: http, url: '{address}', data: 'rig.py:data', retries: 0, timeout: 2}}")


def test_an_address_is_attacked_only_with_a_permission(tmp_path: Path, capsys: Said, server: Scoring) -> None:
    file = folder_with(tmp_path, DATA, system=behind(server.url))
    assert attack(file) == 2
    assert "needs a permission" in capsys.readouterr().err
    assert server.requests == []
    granted = ("--granted-by", "Ada of operations", "--granted-until", "2999-12-31", "--granted-for")
    assert attack(file, *granted, "http://other.example/") == 2
    assert "is for http://other.example/, not " in capsys.readouterr().err
    assert server.requests == []
    assert attack(file, *granted, server.url, samples=4, budget="40 queries") == 0
    assert "Square, a random search" in capsys.readouterr().out
    assert server.requests


def test_half_a_permission_is_refused(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path, DATA, system=behind("http://127.0.0.1:1"))
    assert attack(file, "--granted-for", "http://127.0.0.1:1") == 2
    assert "give --granted-for ADDRESS, --granted-by NAME and --granted-until DATE" in capsys.readouterr().err


def granted(address: str) -> tuple[str, ...]:
    return ("--granted-for", address, "--granted-by", "Ada", "--granted-until", "2999-12-31")


def test_a_server_that_is_not_there_makes_the_exit_code_3(tmp_path: Path, capsys: Said) -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    assert attack(folder_with(tmp_path, DATA, system=behind(address)), *granted(address)) == 3
    assert address in capsys.readouterr().err


def test_a_server_that_goes_away_ends_it_with_3_and_what_is_finished_is_told(
    tmp_path: Path, capsys: Said, server: Scoring
) -> None:
    server.misbehave = lambda number, right: (503, {}, b"closed") if number > 40 else None
    file = folder_with(tmp_path, DATA, system=behind(server.url))
    assert attack(file, *granted(server.url), samples=4, budget="100 queries") == 3
    told = capsys.readouterr()
    assert "runs are kept, and the same command goes on" in told.err
    assert "runs had no time" in told.out


def test_several_processes_give_the_numbers_that_one_gives(tmp_path: Path, capsys: Said) -> None:
    file = folder_with(tmp_path)
    for jobs in (1, 2):
        assert (
            attack(file, "--jobs", jobs, "--evidence", tmp_path / f"{jobs}.json", "--store", tmp_path / str(jobs)) == 0
        )
    found = [json.loads((tmp_path / f"{jobs}.json").read_bytes())["observations"] for jobs in (1, 2)]
    one, two = ([seen for seen in some if seen["threat"] == "evasion"] for some in found)  # sponges go by the clock
    assert one == two != []
    capsys.readouterr()

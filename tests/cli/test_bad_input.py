"""What a hostile or broken world does to the program: one message per problem, exit code 2, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SMALL = "name: Small\ncomponents:\n  - {id: m, kind: model, type: generative}\n"
THREAT = """\
id: zz
kind: threat
names: {2026: Z}
lifecycle: runtime
surface: input
at: [model]
rated: true
rules: {2026: {possible: untrusted_input}}
who: [{when: always, who: us, why: W}]
what: x
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "system.yaml").write_text(SMALL)
    return tmp_path


def bartizan(*arguments: str | Path, say: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own, which must end by itself and never with a traceback."""
    command = [sys.executable, "-m", "bartizan", *map(str, arguments)]
    done = subprocess.run(
        command,
        input=say,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
        env=os.environ | env,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
    return done


def refused(*arguments: str | Path, **env: str) -> str:
    done = bartizan(*arguments, **env)
    assert done.returncode == 2, done
    return done.stderr


# Where reports go


def test_a_pipe_is_not_replaced_by_a_report(folder: Path) -> None:
    os.mkfifo("pipe.html")
    assert "something else than a file" in refused("assess", "system.yaml", "-q", "-o", "pipe.html")
    assert "something else than a file" in refused("plan", "system.yaml", "-o", "pipe.html")
    assert Path("pipe.html").is_fifo()


def test_a_link_that_leads_in_a_circle_is_left_alone(folder: Path) -> None:
    Path("loop.md").symlink_to(folder / "loop.md")
    assert "something else than a file" in refused("plan", "system.yaml", "-o", "loop.md")
    assert Path("loop.md").is_symlink()


@pytest.mark.parametrize("option", ["-o", "--catalog"])
def test_a_name_that_is_too_long_is_a_message(folder: Path, option: str) -> None:
    assert "File name too long" in refused("assess", "system.yaml", "-q", option, "x" * 300 + ".html")


def test_an_input_whose_name_is_too_long_is_a_message(folder: Path) -> None:
    assert "File name too long" in refused("assess", "x" * 5000)


# What reaches the terminal


def test_names_of_files_cannot_act_on_the_terminal(folder: Path) -> None:
    Path("all").mkdir()
    Path("all/x\x1b[31m\ny\u202e.yaml").write_text(SMALL)
    done = bartizan("assess", "all")
    assert "all/x\\x1b[31m\\ny\\u202e.yaml: " in done.stdout
    assert "wrote x\\x1b[2J.md" in bartizan("plan", "system.yaml", "-o", "x\x1b[2J.md").stderr
    assert "\x1b" not in bartizan("questions", "all/x\x1b[31m\ny\u202e.yaml").stdout


@pytest.mark.parametrize("arguments", [("assess", "a", "b\x9b2J"), ("foo\x9b",), ("schema", "q\x9b")])
def test_a_wrong_use_is_told_without_control_characters(arguments: tuple[str, ...]) -> None:
    assert "\x9b" not in refused(*arguments)


def test_a_file_name_that_is_no_text_is_assessed_and_shown(folder: Path) -> None:
    Path("all").mkdir()
    Path(os.fsdecode(b"all/bad\xff.yaml")).write_text(SMALL)
    assert "all/bad\\udcff.yaml: " in bartizan("assess", "all").stdout


def test_an_ascii_terminal_gets_escapes_instead_of_an_error(folder: Path) -> None:
    assert bartizan("assess", "system.yaml", PYTHONIOENCODING="ascii").returncode == 0
    assert bartizan("init", "-o", "new.yaml", say="Café\n8\nq\n", PYTHONIOENCODING="ascii").returncode == 0


def test_a_gate_whose_reader_has_gone_does_not_pass(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "bartizan", "catalog", "list"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == ""


def test_a_full_disk_behind_the_screen_is_a_message() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    command = [sys.executable, "-m", "bartizan", "catalog", "list"]
    done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(full)
    assert done.returncode == 2
    assert done.stderr == "No space left on device\n"


def test_a_closed_output_is_no_error() -> None:
    command = f"{sys.executable} -m bartizan catalog list >&-"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# Folders


def test_a_pipe_among_descriptions_does_not_hang_and_the_others_are_assessed(folder: Path) -> None:
    os.mkfifo("pipe.yaml")
    Path("all").mkdir()
    os.mkfifo("all/pipe.yaml")
    Path("all/good.yaml").write_text(SMALL)
    done = bartizan("assess", "all")
    assert done.returncode == 2
    assert "all/pipe.yaml: this is a pipe or a device, not a file" in done.stderr
    assert "all/good.yaml: " in done.stdout
    assert "pipe or a device" in refused("plan", "system.yaml", "--scales", "pipe.yaml")


def test_a_pipe_in_a_catalogue_does_not_hang(folder: Path) -> None:
    Path("own/threats").mkdir(parents=True)
    os.mkfifo("own/threats/zz.yaml")
    assert "own/threats/zz.yaml: this is a pipe or a device" in refused("catalog", "list", "--catalog", "own")


def test_a_description_may_come_through_a_pipe_of_the_shell(folder: Path) -> None:
    assert bartizan("assess", "/dev/stdin", "-q", say=SMALL).returncode == 0


@pytest.mark.parametrize("option", [("-f", "html"), ("--quantify",), ("--decisions", "none.yaml")])
def test_what_a_folder_cannot_have_is_refused_not_ignored(folder: Path, option: tuple[str, ...]) -> None:
    assert f"{option[0]}: for one system" in refused("assess", ".", *option)


def test_stopping_a_folder_leaves_the_old_table_and_nothing_half_written(folder: Path) -> None:
    Path("all").mkdir()
    for i in range(2000):
        Path(f"all/{i}.yaml").write_text(SMALL)
    Path("table.csv").write_text("old")
    command = [sys.executable, "-m", "bartizan", "assess", "all", "-o", "table.csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        while not _children(process.pid) and process.poll() is None:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.decode().strip() == "stopped"
    assert Path("table.csv").read_text() == "old"
    assert not list(folder.glob(".table*"))


def test_workers_end_when_the_program_is_killed(folder: Path) -> None:
    Path("all").mkdir()
    for i in range(2000):
        Path(f"all/{i}.yaml").write_text(SMALL)
    command = [sys.executable, "-m", "bartizan", "assess", "all"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (workers := _children(process.pid).split()) and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert workers
    while any(_is_alive(worker) for worker in workers):  # for ever, were they to stay
        time.sleep(0.01)


def _is_alive(process: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def _children(process: int) -> str:
    try:
        return Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return ""


# Descriptions


def test_names_of_the_catalogue_are_told_with_the_other_problems(folder: Path) -> None:
    Path("bad.yaml").write_text(
        SMALL + "controls:\n- {control: oversite, status: done}\n- {control: oversight, status: planned, due: soon}\n"
        "answers:\n- {fact: nothing, at: zz, value: yes}\n- {fact: can_send_out, at: system, value: yes}\n"
    )
    told = refused("assess", "bad.yaml", "-o", "out.html")
    assert "bad.yaml:5: 'done' is not one of the choices" in told
    assert "bad.yaml:8: there is no fact 'nothing'" in told
    assert "bad.yaml:8: there is no component 'zz'" in told
    assert "bad.yaml:9: the fact 'can_send_out' is about a model" in told
    assert "bad.yaml:6: 'soon' is no date; write it as 2026-11-22" in told
    assert not Path("out.html").exists()
    for command in (("questions", "bad.yaml"), ("plan", "bad.yaml"), ("compare", "system.yaml", "bad.yaml")):
        assert refused(*command) == told


def test_a_day_that_is_none_is_refused_by_every_command(folder: Path) -> None:
    told = refused("compare", "system.yaml", "system.yaml", "--today", "20261122")
    assert told == "--today: '20261122' is no date; write it as 2026-11-22\n"


# The interview


def test_a_number_of_too_many_digits_is_not_understood(folder: Path) -> None:
    done = bartizan("init", "-o", "new.yaml", say=f"Help\n{'9' * 5000}\nq\n")
    assert "not understood" in done.stdout
    assert done.returncode == 0


# The cache


def _cached(home: Path) -> Path:
    bartizan("catalog", "list", XDG_CACHE_HOME=str(home))
    (file,) = home.glob("bartizan/catalog-*.msgpack")
    return file


def test_a_link_in_the_cache_is_not_followed(folder: Path) -> None:
    precious = folder / "precious"
    precious.write_text("keep me")
    file = _cached(folder / "cache")
    file.unlink()
    file.symlink_to(precious)
    assert bartizan("catalog", "list", XDG_CACHE_HOME=str(folder / "cache")).returncode == 0
    assert precious.read_text() == "keep me"
    assert not file.is_symlink()


@pytest.mark.parametrize("content", [b"", b"\xc0", b"\x80", b"\xdd\xff\xff\xff\xff", b"\x91" * 100_000])
def test_a_cache_of_other_content_is_read_anew(folder: Path, content: bytes) -> None:
    file = _cached(folder / "cache")
    whole = file.read_bytes()
    file.write_bytes(content)
    assert bartizan("catalog", "list", XDG_CACHE_HOME=str(folder / "cache")).returncode == 0
    assert file.read_bytes() == whole


def test_a_pipe_in_the_cache_does_not_hang(folder: Path) -> None:
    file = _cached(folder / "cache")
    file.unlink()
    os.mkfifo(file)
    assert bartizan("catalog", "list", XDG_CACHE_HOME=str(folder / "cache")).returncode == 0


def test_a_cache_folder_that_is_not_absolute_is_not_used(folder: Path) -> None:
    assert bartizan("catalog", "list", XDG_CACHE_HOME="here").returncode == 0
    assert not Path("here").exists()


# Catalogues and scales


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("id: zz", "id: a@b", "'a@b' is no id"),
        ("what: x", "what: x\nparent: zz", "goes round in a circle: zz -> zz"),
        ("at: [model]", "at: [model, model]", "a place is listed twice"),
        ("what: x", "what: x\nslug: 'x/\"onload'", "is no slug"),
        ("untrusted_input", "{fact: untrusted_input, at_least: 3}", "is a yes or no question"),
        ("untrusted_input", "{not: " * 5000 + "x" + "}" * 5000, "nested deeper than 40 levels"),
    ],
)
def test_each_hostile_threat_gets_a_message(folder: Path, before: str, after: str, told: str) -> None:
    file = folder / "own" / "threats" / ("a@b.yaml" if "a@b" in after else "zz.yaml")
    file.parent.mkdir(parents=True)
    file.write_text(THREAT.replace(before, after, 1))
    message = refused("catalog", "list", "--catalog", "own")
    assert message.startswith(f"own/threats/{file.name}:")
    assert told in message
    assert message.count("\n") == 1


def test_threats_that_are_their_own_ancestors_are_told_once(folder: Path) -> None:
    (folder / "own" / "threats").mkdir(parents=True)
    for name, parent in (("za", "zb"), ("zb", "zc"), ("zc", "za")):
        text = THREAT.replace("id: zz", f"id: {name}") + f"parent: {parent}\n"
        (folder / "own" / "threats" / f"{name}.yaml").write_text(text)
    told = refused("catalog", "list", "--catalog", "own")
    assert told == "own/threats/za.yaml:11: goes round in a circle: za -> zb -> zc -> za; break the circle\n"


def test_scales_that_do_not_hold_together_are_told_with_file_and_line(folder: Path) -> None:
    from bartizan.catalog.load import DATA  # noqa: PLC0415  the others here know the program from outside only

    text = (DATA / "scales.yaml").read_text()
    text = text.replace("weight: 0.2", "weight: 2.2", 1).replace("weight: 0.2\n", "weight: -1.8\n", 1)
    (folder / "ours.yaml").write_text(text)
    told = refused("plan", "system.yaml", "--scales", "ours.yaml")
    assert told.startswith("ours.yaml:")
    assert "a weight is below 0" in told


def test_an_imported_part_that_is_called_unknown_gets_an_id_of_its_own(folder: Path) -> None:
    parts = '[{"type": "machine-learning-model", "name": "unknown"}, {"type": "data", "name": "system"}]'
    (folder / "bom.json").write_text(f'{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": {parts}}}')
    assert bartizan("import", "bom.json", "-o", "new.yaml").returncode == 0
    assert bartizan("assess", "new.yaml", "-q").returncode == 0

"""`bartizan catalog` as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.cli.main import run

COMMANDS = [
    ["list"],
    ["list", "threats"],
    ["list", "controls", "--edition", "2023"],
    ["show", "evasion"],
    ["show", "RATE", "LIMIT"],
    ["show", "Model theft"],
    ["show", "governance_controls"],
    ["show", "weights_public"],
    ["show", "owasp_llm_top10_2026"],
    ["show", "LLM01:2025"],
    ["search", "prompt", "leak"],
    ["search", "qqqqqqqq"],
    ["matrix"],
    ["matrix", "--clickable"],
    ["matrix", "--edition", "2023"],
    ["periodic-table"],
    ["periodic-table", "--edition", "2025"],
    ["periodic-table", "--edition", "2023"],
    ["controls"],
    ["controls", "--edition", "2023"],
    ["navigator"],
    ["navigator", "--edition", "2023"],
    ["map"],
    ["map", "--edition", "2023"],
    ["map", "2026_ready_made_self_hosted"],
    ["diff", "2025", "2026"],
    ["diff", "2023", "2026"],
]


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        run(["catalog", *words])
    printed = capsys.readouterr()
    code = left.value.code
    return code if isinstance(code, int) else 0, printed.out, printed.err


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "json"])
def test_every_command_answers_in_every_form(words: list[str], form: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, *words, "--format", form)
    assert (code, err) == (0, "")
    assert out.endswith("\n")
    assert "\x1b" not in out
    if form == "json":
        json.loads(out)
    elif form == "html":
        assert out.startswith("<!doctype html>")


@pytest.mark.parametrize(("name", "start"), [("a.html", "<!doctype html>"), ("a.md", "# "), ("a.json", "{")])
def test_the_ending_of_the_file_names_the_form(
    name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, "matrix", "-o", str(tmp_path / name))
    assert (code, out) == (0, "")
    assert name in err
    assert (tmp_path / name).read_text().startswith(start)


def test_a_directory_as_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "matrix", "-o", str(tmp_path))
    assert (code, out) == (2, "")
    assert "directory" in err
    assert list(tmp_path.iterdir()) == []


def test_an_old_name_says_what_it_became(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "show", "DETECTODDINPUT")
    assert "'DETECTODDINPUT' (2023, 2025) is now 'ANOMALOUS INPUT HANDLING'." in out


def test_a_threat_is_shown_with_rules_of_each_edition_reasons_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "show", "evasion")
    for part in ("2026: Possible if", "2025: Possible if", "2023: Possible if", "EXAMPLE", "deep dive 2026", "OpenCRE"):
        assert part in out


def test_an_unknown_name_is_exit_code_2_with_the_nearest_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "show", "evasoin")
    assert (code, out) == (2, "")
    assert err.strip().endswith("did you mean 'evasion'?")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [["matrix", "--edition", "2024"], ["diff", "2025", "2027"], ["map", "nowhere"], ["lst"], ["list", "thrats"]],
)
def test_a_wrong_word_is_exit_code_2_with_a_fix(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert "did you mean" in err or "use one of" in err or "is not one of" in err


def test_a_name_with_escape_codes_is_not_echoed_raw(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "show", "\x1b[31mred\x1b[0m qqqq")
    assert code == 2
    assert "\x1b" not in err


def test_entries_of_ones_own_are_listed_shown_and_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "controls"
    own.mkdir()
    own.joinpath("turnstile.yaml").write_text(
        "id: turnstile\ntitle: Turnstile\nnames: {2026: TURNSTILE}\nkind: organisational\n"
        "done_by: organisation\neffort: M\npurpose: One person passes at a time.\n"
    )
    for words in (["list", "controls"], ["show", "TURNSTILE"], ["search", "turnstile"], ["controls"]):
        code, out, _ = call(capsys, *words, "--catalog", str(tmp_path))
        assert code == 0
        assert "urnstile" in out or "TURNSTILE" in out


def test_problems_of_ones_own_entries_come_all_at_once_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "controls"
    own.mkdir()
    own.joinpath("one.yaml").write_text("id: one\ntitel: One\n")
    own.joinpath("two.yaml").write_text("id: three\n")
    out_file = tmp_path / "out.html"
    code, out, err = call(capsys, "matrix", "--catalog", str(tmp_path), "-o", str(out_file))
    assert (code, out) == (2, "")
    assert "one.yaml:2: unknown key 'titel'; did you mean 'title'?" in err
    assert "two.yaml:1" in err
    assert not out_file.exists()


def test_a_pipe_gets_no_escape_codes_whatever_the_terminal(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bartizan", "catalog", "matrix"], capture_output=True, env=environment, check=True
    )
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""


def test_the_help_loads_neither_rich_nor_the_catalogues_files() -> None:
    code = (
        "import sys\nfrom bartizan.cli.main import run\n"
        "try:\n    run(['catalog', '--help'])\nexcept SystemExit:\n    pass\n"
        "print('rich' in sys.modules, 'jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False"


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "--help")
    for name in ("controls", "diff", "list", "map", "matrix", "navigator", "periodic-table", "search", "show"):
        assert f"  {name} " in out
        code, help_text, _ = call(capsys, name, "--help")
        assert code == 0
        assert "--catalog DIR" in help_text
        assert "--format" in help_text


def test_each_map_is_written_as_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for found in load_catalog().maps:
        file = tmp_path / f"{found.id}.html"
        assert call(capsys, "map", found.id, "-o", str(file))[0] == 0
        assert "<svg" in file.read_text()

"""`bartizan questions`: what is still worth answering, in order, with what it decides and where to write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bartizan.catalog.load import load_catalog
from bartizan.cli.questions import questions
from bartizan.core.errors import InputError
from bartizan.core.source import parse_yaml
from bartizan.core.terms import Edition, Outcome
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from bartizan.workflows.questions import Questioner

OPEN = """\
name: Open questions
components:
  - id: bot
    kind: model
    type: generative
    trained_by: supplier
    run_by: supplier
    output_goes_to: [person]
    reads: [notes]
  - {id: notes, kind: data, role: retrieval, source: us, written_by: []}
  - {id: staff, kind: actor, trusted: yes, uses: [bot]}
"""
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/system.yaml"))


def system(text: str) -> System:
    return check_system(parse_yaml(text, "system.yaml"))


def run(tmp_path: Path, text: str, *options: str) -> str:
    file = tmp_path / "system.yaml"
    file.write_text(text)
    result = CliRunner().invoke(questions, [str(file), *options])
    if result.exception:
        raise result.exception
    return result.output


def test_the_most_telling_answer_comes_first_with_what_it_decides_and_where_it_goes(tmp_path: Path) -> None:
    output = run(tmp_path, OPEN)
    assert "1. notes: Is this data sensitive?" in output
    assert "decides " in output
    assert "disclosure_in_output@bot" in output
    assert f"write in component notes ({tmp_path}/system.yaml:10):" in output
    assert "sensitive: yes   # or no" in output


def test_only_the_first_ones_are_printed_unless_all_are_asked_for(tmp_path: Path) -> None:
    text = OPEN.replace("    output_goes_to: [person]\n", "").replace("    run_by: supplier\n", "")
    few, everything = (
        run(tmp_path, text.replace("    type: generative\n", "")),
        run(tmp_path, text.replace("    type: generative\n", ""), "--all"),
    )
    assert "more with --all" in few
    assert "more with --all" not in everything
    assert everything.count("   write ") > few.count("   write ")


def test_a_system_without_open_verdicts_says_so(tmp_path: Path) -> None:
    text = "name: X\ncomponents:\n  - {id: d, kind: data, role: analysis, sensitive: no, source: us, written_by: []}\n"
    assert run(tmp_path, text) == "Every verdict is decided; no answer is missing.\n"


def test_a_broken_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown key"):
        run(tmp_path, OPEN + "colour: red\n")


@pytest.mark.parametrize("edition", [2023, 2025, 2026])
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.parent.name)
def test_an_answer_that_is_said_to_decide_a_verdict_does_so_whatever_it_is(file: Path, edition: Edition) -> None:
    questioner = Questioner(load_catalog(), edition)
    asked = system(file.read_text())
    before = {v.id for v in questioner.judge(asked.described) if v.outcome is Outcome.UNKNOWN}
    for worth in questioner.worthwhile(asked):
        assert {*worth.always, *worth.perhaps} <= before
        assert set(worth.waiting) <= before
        assert not set(worth.always) & set(worth.perhaps)


def test_the_answers_come_in_order_of_what_they_decide() -> None:
    found = Questioner(load_catalog(), 2026).worthwhile(system(OPEN))
    weights = [w.decides for w in found]
    assert weights == sorted(weights, reverse=True)


def test_whoever_uses_a_model_that_nobody_is_said_to_use_is_asked_for(tmp_path: Path) -> None:
    text = "\n".join(line for line in OPEN.splitlines() if "staff" not in line) + "\n"
    output = run(tmp_path, text, "--all")
    assert "bot: Who gives this model input, directly or through an application?" in output
    assert "- {id: users, kind: actor, trusted: no, crowd: many, uses: [bot]}" in output


def test_training_data_that_nobody_described_is_asked_for_as_a_component(tmp_path: Path) -> None:
    text = "name: X\ncomponents:\n  - {id: m, kind: model, type: predictive, trained_by: us}\n"
    output = run(tmp_path, text, "--all")
    assert "m.training-data: Is this data sensitive?" in output
    assert "data with role: training, named in trained_on of m" in output


def test_writing_the_line_that_was_suggested_decides_what_was_promised(tmp_path: Path) -> None:
    questioner = Questioner(load_catalog(), 2026)
    worth = next(w for w in questioner.worthwhile(system(OPEN)) if w.component == "bot" and w.always)
    line = worth.write.partition("   #")[0]
    answered = system(OPEN.replace("    kind: model\n", f"    kind: model\n    {line}\n"))
    decided = {v.id for v in questioner.judge(answered.described) if v.outcome is not Outcome.UNKNOWN}
    assert set(worth.always) <= decided

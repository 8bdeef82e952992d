"""What `bartizan test` prints about chat targets, narrow and wide, and which components it attacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from bartizan.cli.chat_output import run_lines, since_lines
from bartizan.core.chat_results import ChatRun, JudgeUsed, Since
from bartizan.core.measurement import Rate
from tests.cli.running import bartizan
from tests.report.chat.results import breach, nasty, results, run, trial

SYSTEM = """\
schema: 1
name: Desk
components:
  - id: helpdesk
    kind: model
    name: Desk
    type: generative
    task: [conversation]
    trained_by: supplier
    run_by: us
    output_goes_to: [person]
    target: {chat: {kind: openai, url: 'http://127.0.0.1:9/v1', model: m}}
"""


def printed(one: ChatRun, width: int) -> list[str]:
    console = Console(highlight=False, markup=False, width=width, force_terminal=False)
    with console.capture() as seen:
        for line in run_lines(one, width):
            console.print(line)
    return seen.get().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_a_hundred_goals_that_were_reached_are_no_wall_of_text(width: int) -> None:
    many = tuple(breach(f"c{n}", title=f"A goal of an attacker, in some words, number {n}") for n in range(100))
    trials = tuple(trial(f"c{n}") for n in range(100))
    odd = tuple(trial("x", "error", n, why=f"reason {n}") for n in range(50))
    lines = printed(run(breaches=many, trials=(*trials, *odd)), width)
    assert len(lines) < 40
    assert all(len(line) <= width for line in lines)
    assert "and 88 more, of no higher severity: --results FILE.html shows all" in lines
    assert "47 more without a verdict, for other reasons" in lines


def test_a_wide_screen_says_how_a_goal_was_reached_and_a_narrow_one_does_not() -> None:
    assert any("The plain order, by document" in line for line in printed(run(), 120))
    assert not any("The plain order" in line for line in printed(run(), 80))


def test_it_says_what_was_not_tested_what_it_cost_and_how_honest_tasks_fared() -> None:
    said = printed(run(untried=5, why="the budget is spent", narrowed="the cases c"), 120)
    assert "honest tasks done: 3 of 4 (30–95 %)" in said
    assert "narrowed to the cases c; everything else was left alone" in said
    assert "5 planned trials were not made: the budget is spent; the same command goes on" in said
    assert "1 goal not tried: the desk has no tools" in said
    assert "threats that nobody tested: model_theft" in said
    assert said[-1] == "spent: 7 requests, 30 tokens"


def test_without_honest_tasks_nobody_is_told_that_it_withstands() -> None:
    nothing = Rate(hits=0, trials=0)
    useless = run(utility=type(run().utility)(done=nothing, done_under_attack=nothing, false_alarms=nothing))
    assert any("it may withstand attacks by refusing everybody" in line for line in printed(useless, 120))


def test_a_judge_is_shown_with_how_far_it_can_be_trusted() -> None:
    judge = JudgeUsed(model="j", n=40, agreed=30, interval=(0.6, 0.86), kappa=0.4, why="it agrees too little")
    (line,) = (line for line in printed(run(judge=judge), 200) if line.startswith("the judge"))
    assert line == (
        "the judge j agreed with people in 30 of 40 answers (60–86 %), kappa 0.40; "
        "its verdicts did not count: it agrees too little"
    )


def test_without_a_severity_there_is_no_column_of_nothing() -> None:
    assert not any("not stated" in line for line in printed(run(breaches=(breach(severity=None),)), 120))


def test_texts_of_strangers_cannot_act_on_a_terminal() -> None:
    lines = printed(nasty().runs[0], 120)
    assert not set("".join(lines)) & set("\x1b\x00\x07\x9b\u202e\u2066\u200b")


def test_the_comparison_with_the_baseline_begins_with_what_fails_it() -> None:
    news = Since(new=(("desk", "c"),), unseen=(), gone=(("desk", "d"),), untried=(), still=(("desk", "x"),))
    assert list(since_lines(news, results())) == [
        "",
        "New since the baseline: The goal c",
        "Gone since the baseline: The goal d",
        "Still reached: 1",
    ]


def test_a_misspelt_component_is_refused_with_the_nearest_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "system.yaml"
    file.write_text(SYSTEM)
    assert bartizan("test", file, "--component", "helpdsk", "--store", tmp_path / "s") == 2
    said = capsys.readouterr().err
    assert "'helpdsk' is no model with a target" in said
    assert "did you mean 'helpdesk'?" in said

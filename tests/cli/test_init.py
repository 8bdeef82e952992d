"""`bartizan init` as a person runs it: asked in a terminal or a pipe, stopped, resumed, or from a file of answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bartizan.cli.init import init
from bartizan.core.errors import InputError
from bartizan.system.reading import read_system

ANSWERS = """\
sensitive: [documents, input]
name: Help desk
kind: writes
made_by: supplier
inserts: [documents, system_prompt]
tools: none
users: trusted
output: person
stakes: []
documents_from: [us]
look_up_returns: unknown
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, say: str = "", fails: bool = False) -> Result:
    result = CliRunner().invoke(init, arguments, input=say)
    if not fails and result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def problems(*arguments: str) -> str:
    with pytest.raises(InputError) as caught:
        run(*arguments)
    return str(caught.value)


def answers(text: str) -> str:
    Path("answers.yaml").write_text(text)
    return "answers.yaml"


# Asked in a terminal


def test_an_interview_ends_in_a_description_that_reads_back(folder: Path) -> None:
    result = run(say="Help desk\n1\n1\n" + "d\n" * 30)
    assert "Wrote system.yaml" in result.output
    described = read_system(folder / "system.yaml").described
    assert described.name == "Help desk"
    assert "tools: unknown  # Which tools can it call?" in (folder / "system.yaml").read_text()
    assert not (folder / "system.yaml.answers").exists()


def test_it_says_why_a_question_matters_and_what_is_decided_so_far(folder: Path) -> None:
    output = run(say="Help desk\n1\nq\n").output
    assert "Each kind of model has its own threats" in output
    assert "Decided " in output
    assert " of about " in output
    assert "New, applies: " in output


def test_a_question_mark_explains_more_and_asks_again(folder: Path) -> None:
    output = run(say="?\nHelp desk\nq\n").output
    assert "You can change it in the file at any time." in " ".join(output.split())
    assert "2. What is at the heart of it?" in output


def test_u_takes_the_last_answer_back(folder: Path) -> None:
    run(say="u\nHelp desk\n1\nu\n7\nq\n")
    assert (folder / "system.yaml.answers").read_text().splitlines()[1:] == ["name: Help desk", "kind: rules"]


def test_q_stops_and_keeps_and_resume_goes_on(folder: Path) -> None:
    output = run(say="Help desk\n1\n2\nq\n").output
    assert "bartizan init --resume" in output
    assert not (folder / "system.yaml").exists()
    output = run("--resume", say="w\n").output
    assert "4. " in output
    assert read_system(folder / "system.yaml").described.name == "Help desk"


def test_the_end_of_the_input_loses_nothing(folder: Path) -> None:
    result = run(say="Help desk\n1")
    assert result.exit_code == 0
    assert "kind: writes" in (folder / "system.yaml.answers").read_text()


def test_without_resume_it_asks_whether_to_go_on(folder: Path) -> None:
    run(say="Help desk\n1\nq\n")
    assert "3. " in run(say="y\nq\n").output
    fresh = run(say="n\nOther\nq\n").output
    assert "1. What do people call the system?" in fresh
    assert "name: Other" in (folder / "system.yaml.answers").read_text()


def test_w_writes_what_is_known_once_there_is_something(folder: Path) -> None:
    output = run(say="Help desk\nw\n8\nw\n").output
    assert "There is nothing to write yet" in output
    assert len(read_system(folder / "system.yaml").described.components) == 1


def test_nonsense_is_asked_again(folder: Path) -> None:
    output = run(say="Help desk\n99\nfoo\n1 2\n0\n1\nq\n").output
    assert output.count("not understood") == 4


def test_names_of_choices_and_doubts_are_understood(folder: Path) -> None:
    run(say="Help desk\nwrites\nsupplier\ndocuments\n0\ninput, documents?\nq\n")
    assert 'sensitive: [input, "documents?"]' in (folder / "system.yaml.answers").read_text()


def test_a_file_that_exists_is_not_overwritten_without_asking(folder: Path) -> None:
    (folder / "system.yaml").write_text("mine")
    result = run(say="n\n")
    assert "Name another file with -o" in result.output
    assert (folder / "system.yaml").read_text() == "mine"


def test_resume_without_a_stopped_interview_is_an_error(folder: Path) -> None:
    assert "no interview was stopped here; start one with: bartizan init" in problems("--resume")


def test_control_characters_in_a_name_are_dropped(folder: Path) -> None:
    run(say="Help\x1b[31m desk\n8\nw\n")
    assert read_system(folder / "system.yaml").described.name == "Help[31m desk"


# From a file of answers


def test_answers_from_a_file_are_taken_in_any_order(folder: Path) -> None:
    text = ANSWERS.replace("look_up_returns: unknown\n", "")
    result = run("--answers", answers(text))
    assert "Wrote system.yaml" in result.output
    described = read_system(folder / "system.yaml").described
    assert [c.id for c in described.components] == ["model", "documents", "system-prompt", "staff", "users"]


def test_answers_that_were_kept_can_be_given_back(folder: Path) -> None:
    run(say="Help desk\n1\n2\nq\n")
    run("--answers", "system.yaml.answers", "-o", "again.yaml")
    assert read_system(folder / "again.yaml").described.name == "Help desk"


def test_all_wrong_answers_are_told_at_once_with_line_and_nearest_and_nothing_is_written(folder: Path) -> None:
    told = problems("--answers", answers("name: X\nkind: wirtes\ninsets: [memory]\noutput: [browsr]\n"))
    assert "answers.yaml:2: 'wirtes' is not one of the choices; did you mean 'writes'?" in told
    assert "answers.yaml:3: there is no question 'insets'; did you mean 'inserts'?" in told
    assert "answers.yaml:4: 'browsr' is not one of the choices; did you mean 'browser'?" in told
    assert not (folder / "system.yaml").exists()


@pytest.mark.parametrize("said", ["1", "yes", "{a: b}", "[1]", "writes"])
def test_a_question_that_there_is_not_is_told_as_such_whatever_its_answer(folder: Path, said: str) -> None:
    told = problems("--answers", answers(f"name: X\nkind: writes\nfoo: {said}\nusrs: {said}\n1: {said}\n"))
    see = "to see the ids of questions, answer them with ? in bartizan init"
    assert told.splitlines() == [
        f"answers.yaml:3: there is no question 'foo'; {see}",
        "answers.yaml:4: there is no question 'usrs'; did you mean 'users'?",
        f"answers.yaml:5: there is no question '1'; {see}",
    ]


def test_an_answer_to_a_question_that_does_not_arise_is_an_error(folder: Path) -> None:
    told = problems("--answers", answers(ANSWERS))
    assert "answers.yaml:11: the question does not arise after the other answers: 'look_up_returns'; remove it" in told


def test_the_two_first_answers_are_needed(folder: Path) -> None:
    told = problems("--answers", answers("made_by: own\n").replace("made_by: own", ""))
    assert told
    told = problems("--answers", answers("name: X\n"))
    assert "'kind' is not answered; add 'kind:'" in told


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("name: yes\nkind: writes\n", "expected text for 'name'; put it in quotes"),
        ("name: X\nkind: [writes, rules]\n", "expected one choice, found a list"),
        ("name: X\nkind: {a: b}\n", "expected the id of a choice for 'kind'"),
        ("- name\n", "expected question ids with answers"),
        ("", "the file is empty"),
        ("name: X\nkind: classifies\nmade_by: own\ntraining_from: none\n", "choose at least one"),
    ],
)
def test_each_broken_file_of_answers_gets_a_message(folder: Path, text: str, finding: str) -> None:
    assert finding in problems("--answers", answers(text))


def test_with_answers_an_existing_file_is_never_overwritten(folder: Path) -> None:
    (folder / "system.yaml").write_text("mine")
    assert "system.yaml: exists already; name another file with -o" in problems("--answers", answers("name: X\n"))
    assert (folder / "system.yaml").read_text() == "mine"


def test_yes_and_no_need_no_quotes(folder: Path) -> None:
    text = "name: X\nkind: writes\ntools: [read]\nlook_up_returns: yes\n"
    run("--answers", answers(text))
    tool = next(c for c in read_system(folder / "system.yaml").described.components if c.id == "look-up")
    assert getattr(tool, "returns_untrusted", None) is True


def test_an_edition_that_is_asked_for_is_written_down(folder: Path) -> None:
    run("--answers", answers("name: X\nkind: rules\n"), "--edition", "2025")
    assert read_system(folder / "system.yaml").described.edition == 2025

"""The interview: what it asks, what answers say, and that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.catalog.load import load_catalog
from bartizan.core.source import parse_yaml
from bartizan.core.terms import Outcome
from bartizan.system.draft import Draft
from bartizan.system.interview import (
    UNKNOWN,
    Interview,
    Reply,
    Step,
    fault_of,
    from_answers,
    next_question,
    replies_to,
    weight,
    worths,
)
from bartizan.system.questions import Question, all_questions, in_interview, interview_ids
from bartizan.system.reading import check_system, problems_of
from bartizan.system.writing import to_yaml
from bartizan.workflows.interview import Interviewer


@pytest.fixture(scope="module")
def interviewer() -> Interviewer:
    return Interviewer(load_catalog())


def told(**answers: Reply) -> Interview:
    """The interview after these answers, in this order."""
    interview = Interview()
    for question, reply in {"name": "Help desk", **answers}.items():
        interview = interview.answer(question, reply)
    return interview


def reply_to(question: Question, draft: Draft, choose: Callable[[list[Reply]], Reply]) -> Reply:
    if question.form == "text":
        return choose(["Bot", 'A "quoted": name', "yes", "ünïcode 🤖", "2026-01-01"])
    replies = [*replies_to(question, draft), UNKNOWN]
    doubtful = [c.id for c in draft.choices(question) if c.doubtful]
    if question.form == "many" and doubtful:
        replies.append((f"{doubtful[0]}?",))
    return choose(replies)


@st.composite
def interviews(draw: st.DrawFn) -> Interview:
    """An interview that somebody may have had, in any order that the questions allow, and stopped anywhere."""
    interview = Interview()
    for _ in range(draw(st.integers(0, 30))):
        draft = interview.draft()
        open_ones = [q for q in all_questions().interview if interview.arises(q, draft)]
        if not open_ones:
            break
        question = draw(st.sampled_from(open_ones))
        interview = interview.answer(
            question.id, reply_to(question, draft, lambda replies: draw(st.sampled_from(replies)))
        )
    return interview


def test_it_asks_for_the_name_and_then_for_what_is_at_the_heart(interviewer: Interviewer) -> None:
    first = interviewer.next(Interview())
    second = interviewer.next(told())
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("name", "kind")


def test_the_next_question_is_the_one_that_decides_most_on_average(interviewer: Interviewer) -> None:
    interview = told(kind="writes", made_by="supplier", inserts=("documents",), tools=())
    draft = interview.draft()
    base = weight(interviewer.judge(draft.described()))
    gains = {}
    for question in all_questions().interview:
        if interview.arises(question, draft):
            after = [
                weight(interviewer.judge(interview.answer(question.id, r).draft().described()))
                for r in replies_to(question, draft)
            ]
            gains[question.id] = sum(after) / len(after) - base
    chosen = interviewer.next(interview)
    assert chosen is not None
    assert gains[chosen.id] == pytest.approx(max(gains.values()))


def test_a_question_that_a_more_telling_one_waits_for_is_worth_as_much(interviewer: Interviewer) -> None:
    interview = told(kind="writes", made_by="ready_made")
    found = {w.question: w for w in worths(interview, interviewer.judge)}
    assert "sensitive" not in found  # it waits until it is known which data there are
    assert found["tools"].decides > 0


def test_an_answer_of_dont_know_is_never_asked_for_again(interviewer: Interviewer) -> None:
    interview, asked = Interview(), []
    while (question := interviewer.next(interview)) is not None:
        asked.append(question.id)
        interview = interview.answer(question.id, "Bot" if question.form == "text" else UNKNOWN)
    assert len(asked) == len(set(asked))
    assert "kind" in asked


@pytest.mark.parametrize("kind", [c.id for c in in_interview("kind").choices])
def test_an_interview_that_is_fully_answered_leaves_nothing_undecided(interviewer: Interviewer, kind: str) -> None:
    interview = told(kind=kind)
    while (question := interviewer.next(interview)) is not None:
        interview = interview.answer(question.id, next(iter(replies_to(question, interview.draft()))))
    open_ones = [v.id for v in interviewer.judge(interview.draft().described()) if v.outcome is Outcome.UNKNOWN]
    assert open_ones == []


def test_one_question_sets_all_fields_that_people_think_of_as_one_thing() -> None:
    model = told(kind="writes", made_by="fine_tuned").draft().components["model"]
    assert (model["trained_by"], model["fine_tuned_by"], model["run_by"]) == ("supplier", "us", "us")
    assert model["trained_on"] == ["training-data"]


def test_what_is_not_chosen_is_answered_with_no_and_what_is_doubtful_stays_unknown() -> None:
    draft = told(
        kind="writes", made_by="supplier", inserts=("documents", "memory"), tools=(), sensitive=("input", "memory?")
    ).draft()
    assert draft.components["model"]["input_sensitive"] is True
    assert draft.components["documents"]["sensitive"] is False
    assert draft.components["memory"]["sensitive"] == UNKNOWN


def test_dont_know_to_a_whole_question_makes_each_of_its_fields_unknown() -> None:
    draft = told(kind="writes", made_by="supplier", inserts=("documents",), tools=UNKNOWN, sensitive=UNKNOWN).draft()
    assert draft.components["model"]["tools"] == UNKNOWN
    assert draft.components["documents"]["sensitive"] == UNKNOWN


def test_data_from_several_origins_keeps_the_traits_of_each() -> None:
    draft = told(kind="classifies", made_by="own", training_from=("us", "outsiders", "supplier")).draft()
    data = draft.components["training-data"]
    assert data["source"] == "supplier"
    assert data["written_by"] == ["staff", "outsiders"]


def test_a_question_waits_for_those_that_decide_which_choices_it_has() -> None:
    interview = told(kind="writes", made_by="supplier")
    assert not interview.arises(in_interview("sensitive"), interview.draft())
    interview = interview.answer("inserts", ("memory",)).answer("tools", ())
    draft = interview.draft()
    assert interview.arises(in_interview("sensitive"), draft)
    assert [c.id for c in draft.choices(in_interview("sensitive"))] == ["input", "memory"]


@pytest.mark.parametrize(
    ("question", "reply", "finding", "fix"),
    [
        ("kind", "writs", "'writs' is not one of the choices", "did you mean 'writes'?"),
        ("kind", ("writes",), "expected one choice, found a list", "writes"),
        ("name", "  ", "the answer is empty", "write a name"),
    ],
)
def test_an_answer_that_does_not_fit_says_what_would(question: str, reply: Reply, finding: str, fix: str) -> None:
    fault = fault_of(in_interview(question), reply, Draft())
    assert fault is not None
    assert finding in fault.finding
    assert fix in fault.fix


def test_one_cannot_be_unsure_of_a_single_entry_of_a_list() -> None:
    draft = told(kind="writes").draft()
    fault = fault_of(in_interview("inserts"), ("memory?",), draft)
    assert fault is not None
    assert "unsure" in fault.finding


def test_answers_are_taken_in_any_order() -> None:
    interview = told(kind="writes", made_by="supplier", inserts=("documents",), tools=("read",), sensitive=("input",))
    backwards, faults = from_answers(tuple(reversed(interview.steps)))
    assert faults == []
    assert backwards.draft().plain() == interview.draft().plain()


def test_an_answer_to_a_question_that_does_not_arise_is_a_fault() -> None:
    steps = [Step("name", "X"), Step("kind", "rules"), Step("inserts", ("memory",))]
    _, faults = from_answers(steps)
    assert [(name, "does not arise" in fault.finding) for name, fault in faults] == [("inserts", True)]


def test_all_faults_are_told_at_once() -> None:
    steps = [Step("name", "X"), Step("kind", "wirtes"), Step("insets", ("memory",)), Step("output", ("browsr",))]
    _, faults = from_answers(steps)
    assert {name for name, _ in faults} == {"kind", "insets", "output"}


def test_a_wrong_answer_is_refused_by_the_interview_itself() -> None:
    with pytest.raises(ValueError, match="not one of the choices"):
        told(kind="nonsense")
    with pytest.raises(ValueError, match="answered already"):
        told(kind="writes").answer("kind", "rules")


@given(interviews())
def test_whatever_is_answered_the_written_file_reads_back_to_the_same_description(interview: Interview) -> None:
    described = interview.draft().described()
    if "kind" not in interview.answered:
        return
    assert problems_of(described) == ()
    again = check_system(parse_yaml(to_yaml(described), "system.yaml"))
    assert again.described == described


@given(interviews())
def test_undo_restores_what_was_before(interview: Interview) -> None:
    shorter = interview.undo()
    assert shorter.steps == interview.steps[:-1]
    if interview.steps:
        last = interview.steps[-1]
        assert shorter.answer(last.question, last.reply) == interview


@given(interviews())
def test_the_description_follows_from_the_answers_alone(interview: Interview) -> None:
    again, faults = from_answers(interview.steps)
    assert faults == []
    assert again.draft().plain() == interview.draft().plain()


@settings(max_examples=8)
@given(interviews())
def test_an_interview_that_is_resumed_goes_on_with_the_same_question(interview: Interview) -> None:
    judge = Interviewer(load_catalog()).judge
    again, _ = from_answers(interview.steps)
    assert next_question(again, judge) == next_question(interview, judge)


def test_every_question_comes_after_ones_that_exist() -> None:
    for question in all_questions().interview:
        assert set(question.after) <= set(interview_ids())

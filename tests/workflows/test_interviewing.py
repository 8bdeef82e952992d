"""An interview in the register: adaptive, saved at each answer, undone, and held by several people."""

from __future__ import annotations

import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.register.opening import Register
from bartizan.system.interview import Reply
from bartizan.workflows.desk import Desk
from bartizan.workflows.interviewing import Interviews, Sitting, describe_on
from bartizan.workflows.keeping import look
from bartizan.workflows.questions import Questioner


@pytest.fixture
def held(register: Register) -> Interviews:
    return Interviews(Desk(register))


def _first_reply(sitting: Sitting) -> Reply:
    assert sitting.question is not None
    if sitting.question.form == "text":
        return "Help desk"
    first = sitting.choices[0].id
    return first if sitting.question.form == "one" else (first,)


def _through(held: Interviews, sitting: Sitting, most: int = 100) -> Sitting:
    while sitting.question is not None and most:
        most -= 1
        sitting = _answer(held, sitting)
    return sitting


def _answer(held: Interviews, sitting: Sitting, by: str = "ann") -> Sitting:
    assert sitting.question is not None
    reply = _first_reply(sitting)
    return held.answer(sitting.kept.id, sitting.question.id, reply, by=by, revision=sitting.kept.revision)


def test_answers_are_there_again_for_whoever_opens_the_interview_next(held: Interviews) -> None:
    sitting = _answer(held, _answer(held, held.start(by="ann")), by="bob")
    again = held.sitting(sitting.kept.id)
    assert again == sitting
    assert [given.by for given in again.kept.answers] == ["ann", "bob"]
    assert [one.id for one in held.under_way()] == [sitting.kept.id]


def test_a_finished_interview_is_a_system_with_its_risks(held: Interviews) -> None:
    done = _through(held, held.start(by="ann"))
    made = held.finish(done.kept.id, by="ann")
    assert made.created
    assert made.system.name == "Help desk"
    assert made.system.risks == len(made.kept.assessment.risks) > 0
    assert held.under_way() == ()
    with pytest.raises(Conflict, match="finished"):
        held.finish(done.kept.id, by="ann")


def test_two_interviews_of_one_name_make_two_systems(held: Interviews) -> None:
    ids = [held.finish(_through(held, held.start(by="ann"), most=3).kept.id, by="ann").system.id for _ in range(2)]
    assert ids == ["help-desk", "help-desk-2"]


def test_undo_takes_the_last_answer_back(held: Interviews) -> None:
    start = held.start(by="ann")
    once = _answer(held, start)
    back = held.undo(once.kept.id, by="ann", revision=once.kept.revision)
    assert back.question == start.question
    assert back.kept.answers == ()


def test_two_who_answer_the_same_question_are_told_and_nothing_is_overwritten(held: Interviews) -> None:
    start = held.start(by="ann")
    first = _answer(held, start)
    with pytest.raises(Conflict, match="answered in the meantime"):
        _answer(held, start, by="bob")
    assert held.sitting(start.kept.id).kept.answers == first.kept.answers


def test_an_undo_of_what_one_has_not_seen_is_refused(held: Interviews) -> None:
    first = _answer(held, held.start(by="ann"))
    _answer(held, first, by="bob")
    with pytest.raises(Conflict, match="look at what they said"):
        held.undo(first.kept.id, by="ann", revision=first.kept.revision)


def test_an_answer_that_is_none_of_the_choices_is_refused_with_the_nearest(held: Interviews) -> None:
    sitting = _answer(held, held.start(by="ann"))
    assert sitting.question is not None
    with pytest.raises(InputError, match="not one of the choices"):
        held.answer(sitting.kept.id, sitting.question.id, "wrties", by="ann", revision=sitting.kept.revision)
    with pytest.raises(InputError, match="no question"):
        held.answer(sitting.kept.id, "nonsense", "x", by="ann", revision=sitting.kept.revision)


def test_too_few_answers_make_no_system(held: Interviews) -> None:
    with pytest.raises(InputError, match="too little"):
        held.finish(held.start(by="ann").kept.id, by="ann")
    with pytest.raises(NotFound):
        held.sitting("nowhere")


def test_an_open_question_of_a_kept_system_is_answered_by_a_new_version_that_decides_more(held: Interviews) -> None:
    made = held.finish(_through(held, held.start(by="ann"), most=3).kept.id, by="ann")
    kept = made.kept
    assert made.system.undecided > 0
    worth = Questioner(held.desk.catalog, kept.assessment.edition).worthwhile(kept.dossier.system)[0]
    after = describe_on(held.desk, made.system.id, worth.component, worth.field, 0, by="bob", version=kept.version)
    assert after.version == kept.version + 1
    assert (worth.component, worth.field) not in {(s.component, s.field) for s in after.assessment.suggestions}
    with pytest.raises(Conflict, match="newer"):
        describe_on(held.desk, made.system.id, worth.component, worth.field, 0, by="bob", version=kept.version)
    with pytest.raises(InputError, match="none of the answers"):
        describe_on(held.desk, made.system.id, worth.component, worth.field, 99, by="bob", version=after.version)
    assert look(held.desk, made.system.id).version == after.version

"""The interview as several people hold it over days: every answer is saved, undone or told apart by who gave it."""

from __future__ import annotations

from functools import cached_property

import msgspec

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.core.terms import ComponentId, Edition
from bartizan.register import interviews, systems
from bartizan.register.interviews import GivenAnswer, KeptInterview
from bartizan.system.description import UNNAMED
from bartizan.system.interview import Interview, Reply, Step, fault_of
from bartizan.system.questions import Choice, Question, in_interview, interview_ids
from bartizan.system.writing import to_yaml
from bartizan.workflows.desk import Desk, Kept, kept_system
from bartizan.workflows.interview import Interviewer, Progress, waiting
from bartizan.workflows.keeping import Outcome, keep
from bartizan.workflows.questions import Questioner


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """An interview as it stands: what was answered, what to ask now, and how far it is."""

    kept: KeptInterview
    interview: Interview
    question: Question | None
    """What to ask now; None when nothing is left that an answer would decide."""
    choices: tuple[Choice, ...]
    progress: Progress

    @property
    def can_finish(self) -> bool:
        """Whether the answers make a description already."""
        return {"name", "kind"} <= self.interview.answered


class Interviews:
    """Interviews kept in a register, held by the rules of one edition."""

    def __init__(self, desk: Desk, edition: Edition | None = None) -> None:
        self.desk = desk
        self._edition = edition

    @cached_property
    def _interviewer(self) -> Interviewer:
        if self._edition is None:
            return Interviewer(self.desk.catalog)
        return Interviewer(self.desk.catalog, self._edition)

    def start(self, *, by: str) -> Sitting:
        """A new interview."""
        with self.desk.register.change(by) as change:
            return self._sitting(interviews.start(change))

    def sitting(self, name: str) -> Sitting:
        """An interview as it stands. Raises NotFound."""
        with self.desk.register.read() as connection:
            return self._sitting(interviews.interview(connection, name))

    def under_way(self) -> tuple[KeptInterview, ...]:
        """The interviews that are not finished, the latest first."""
        with self.desk.register.read() as connection:
            return interviews.under_way(connection)

    def answer(self, name: str, question: str, reply: Reply, *, by: str, revision: int) -> Sitting:
        """Save an answer.

        Raises InputError for one that does not fit its question, Conflict where somebody else answered the same
        question since `revision`; an answer to another question of somebody else is no conflict.
        """
        with self.desk.register.change(by) as change:
            kept = interviews.interview(change.connection, name)
            before = _interview(kept)
            _check(question, reply, before, meanwhile=kept.revision != revision)
            given = GivenAnswer(question=question, reply=reply, by=by, at=change.at)
            after = before.answer(question, reply)
            return self._sitting(interviews.save(change, kept, (*kept.answers, given), after.draft().name))

    def undo(self, name: str, *, by: str, revision: int) -> Sitting:
        """Take the last answer back. Raises Conflict where somebody answered since `revision`."""
        with self.desk.register.change(by) as change:
            kept = interviews.interview(change.connection, name)
            if kept.revision != revision:
                raise Conflict("somebody else answered in the meantime; look at what they said before you undo it")
            after = _interview(kept).undo()
            return self._sitting(interviews.save(change, kept, kept.answers[:-1], after.draft().name))

    def finish(self, name: str, *, by: str) -> Outcome:
        """Keep what the answers describe as a system, and assess it. Raises Conflict, InputError where it cannot be."""
        sitting = self.sitting(name)
        if sitting.kept.finished:
            raise Conflict("this interview is finished already")
        if not sitting.can_finish:
            fix = "answer what the system is called and what is at its heart"
            raise InputError([Problem(file="interview", finding="there is too little to describe a system", fix=fix)])
        text = self._interviewer.text(sitting.interview)
        made = keep(self.desk, text, file="interview", by=by, system=self._free(sitting), note="by interview")
        with self.desk.register.change(by) as change:
            interviews.finish(change, name, made.system.id)
        return made

    def _free(self, sitting: Sitting) -> str:
        """An id of its own: an interview never becomes a version of a system that happens to bear the name."""
        with self.desk.register.read() as connection:
            return systems.free(connection, systems.slug(sitting.interview.draft().name))

    def _sitting(self, kept: KeptInterview) -> Sitting:
        now = _interview(kept)
        question = self._interviewer.next(now)
        return Sitting(
            kept=kept,
            interview=now,
            question=question,
            choices=now.draft().choices(question) if question else (),
            progress=self._interviewer.progress(now),
        )


def _interview(kept: KeptInterview) -> Interview:
    return Interview(tuple(Step(one.question, one.reply) for one in kept.answers))


def _check(question: str, reply: Reply, before: Interview, *, meanwhile: bool) -> None:
    if question not in interview_ids():
        raise InputError([Problem(file="question", finding=f"there is no question '{question:.60}'")])
    asked = in_interview(question)
    if question in before.answered:
        raise Conflict("this question was answered in the meantime; undo that answer to change it")
    if meanwhile and not before.arises(asked, before.draft(), waits=False):
        raise Conflict("what was answered in the meantime makes this question needless")
    fault = fault_of(asked, reply, before.draft())
    if fault is not None:
        raise InputError([Problem(file="reply", finding=fault.finding, fix=fault.fix)])


def describe_on(desk: Desk, name: str, component: str, field: str, choice: int, *, by: str, version: int) -> Kept:
    """Answer one open question about a kept system: a new version of its description, assessed.

    `choice` counts from 0 among the choices of `Questioner.choices`. Raises NotFound, InputError for a choice that is
    none, Conflict where the description is not that version any more.
    """
    with desk.register.read() as connection:
        kept = kept_system(desk, connection, name)
    if kept.version != version:
        raise Conflict("there is a newer description since; read it again")
    system = kept.dossier.system
    questioner = Questioner(desk.catalog, kept.assessment.edition)
    offered = questioner.choices(ComponentId(component), field, system)
    if not 0 <= choice < len(offered):
        raise InputError([Problem(file="choice", finding="this is none of the answers", fix="choose one of them")])
    described = offered[choice].described
    verdicts = questioner.judge(described)
    about = f"{described.name if described.name != UNNAMED else name}: answered in the register by {by}"
    text = to_yaml(described, waiting(verdicts), (about,))
    note = f"{component}.{field}: {offered[choice].say}"
    return keep(desk, text, file=f"{name}.yaml", by=by, system=name, note=note).kept

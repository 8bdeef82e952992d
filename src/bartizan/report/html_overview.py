"""Page one: the answer, what to do first, what a manager must know, and what to answer next."""

from __future__ import annotations

import msgspec

from bartizan.core.records import Step
from bartizan.report import conclusions
from bartizan.report.names import Names
from bartizan.report.questions import question_of
from bartizan.report.remarks import Remark, remarks

_FIRST = 5


class Question(msgspec.Struct, frozen=True):
    """An answer worth giving, and the verdicts that wait for it."""

    component: str
    field: str
    text: str
    verdicts: tuple[str, ...]


class Overview(msgspec.Struct, frozen=True):
    """What page one says."""

    answer: tuple[str, ...]
    remarks: tuple[Remark, ...]
    questions: tuple[Question, ...]
    first_steps: tuple[Step, ...]


def overview(words: Names) -> Overview:
    """Page one of a dossier."""
    dossier = words.dossier
    sentences = (conclusions.headline, conclusions.do_first, conclusions.whole_plan, conclusions.what_is_open)
    return Overview(
        answer=tuple(filter(None, (say(dossier) for say in sentences))),
        remarks=remarks(dossier),
        questions=tuple(_questions(words)),
        first_steps=conclusions.first_steps(dossier, _FIRST),
    )


def _questions(words: Names) -> list[Question]:
    made = words.dossier.assessment
    threats = {v.id: v.threat for v in made.verdicts}
    return [
        Question(
            component=words.component(suggestion.component),
            field=suggestion.field,
            text=question_of(words.dossier, suggestion.component, suggestion.field),
            verdicts=tuple(dict.fromkeys(words.threat(threats[v]) for v in suggestion.verdicts if v in threats)),
        )
        for suggestion in made.suggestions
    ]

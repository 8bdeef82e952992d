"""The questions behind missing answers, in the words in which the interview and `bartizan questions` ask them."""

from __future__ import annotations

from bartizan.core.proof import Need
from bartizan.core.records import Suggestion, Verdict
from bartizan.core.terms import ComponentId
from bartizan.report.dossier import Dossier
from bartizan.report.wording import name_of, number, plain
from bartizan.system.questions import about_field


def question_of(dossier: Dossier, component: str, field: str) -> str:
    """The question that a field of a component answers; a field that nobody asks about is named as it is written."""
    found = dossier.system.components.get(ComponentId(component))
    question = about_field(str(found.__struct_config__.tag), field) if found is not None else None
    if question is not None:
        return plain(question.ask)
    fact = dossier.fact(field.removeprefix("answers."))
    return plain(fact.question) if fact is not None else f"What is its {plain(field)}?"


def asked(dossier: Dossier, need: Need | Suggestion) -> str:
    """The question with the component it is asked of: 'Memory: Is it stored?'."""
    return f"{name_of(dossier, need.component)}: {question_of(dossier, need.component, need.field)}"


def suggestion_in_words(dossier: Dossier, suggestion: Suggestion) -> str:
    """What to answer and what waits for it: 'Memory: Is it stored? (2 verdicts wait for it)'."""
    waiting = number(len(suggestion.verdicts), "verdict waits", "verdicts wait")
    return f"{asked(dossier, suggestion)} ({waiting} for it)"


def all_asked(dossier: Dossier, verdict: Verdict) -> list[str]:
    """Every question that a verdict waits for, each once."""
    return list(dict.fromkeys(asked(dossier, need) for need in verdict.needs))

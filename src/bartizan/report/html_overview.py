"""Page one: the answer, what to do first, what a manager must know, and what to answer next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from bartizan.core.records import Note, Step, Suggestion, Verdict
from bartizan.core.terms import Outcome
from bartizan.report.conclusions import best_plan, first_steps, headline, plan_in_words, question_of
from bartizan.report.html_words import ACTS, EFFORTS, Words, amount, capital
from bartizan.report.wording import listing, number, sentence

_FIRST = 5


class Remark(msgspec.Struct, frozen=True):
    """Something a reader must know that is no risk of its own, in plain words."""

    title: str
    text: str
    grave: bool


class Question(msgspec.Struct, frozen=True):
    """An answer worth giving, and how many verdicts wait for it."""

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


def overview(words: Words) -> Overview:
    """Page one of a dossier."""
    assessment = words.dossier.assessment
    verdicts = {v.id: v for v in assessment.verdicts}
    return Overview(
        answer=tuple(s for s in (headline(words.dossier), _first(words), _plan(words), _unknown(words)) if s),
        remarks=tuple(sorted(_remarks(assessment.notes, words), key=lambda r: not r.grave)),
        questions=tuple(_question(s, verdicts, words) for s in assessment.suggestions),
        first_steps=first_steps(words.dossier, _FIRST),
    )


def _first(words: Words) -> str:
    step = next(iter(first_steps(words.dossier, 1)), None)
    if step is None:
        return ""
    price = f"{EFFORTS[step.effort]} effort, about {amount(step.cost)} {words.dossier.catalog.scales.cost_unit}"
    lowers = number(len(step.risks), "risk")
    return f"Do first: {ACTS[step.status].lower()} {words.control(step.control)} ({price}); it lowers {lowers}."


def _plan(words: Words) -> str:
    plan = best_plan(words.dossier)
    return f"The plan: {plan_in_words(words.dossier, plan)}." if plan and words.dossier.assessment.risks else ""


def _unknown(words: Words) -> str:
    assessment = words.dossier.assessment
    open_ = assessment.count(Outcome.UNKNOWN, rated=False)
    if not open_:
        return "Every verdict is decided."
    wait = "verdict waits" if open_ == 1 else "verdicts wait"
    return f"Not known: {open_} {wait} for {number(len(assessment.suggestions), 'answer')}."


_PLAIN: Mapping[str, tuple[str, str]] = {
    "lethal_trifecta": (
        "A planted text can make {name} give away data",
        "Content that strangers can write, sensitive data in reach, and a way to send data out meet here. "
        "No filter is sure to stop a theft then. Take away one of the three (the lethal trifecta).",
    ),
    "rule_of_two": (
        "Nobody stands between {name} and the harm it can do",
        "All three powers come together (untrusted content in, sensitive data in reach, actions out), and no person "
        "approves what is done. Leave two of the three, or let a person approve each consequential action "
        "(the rule of two).",
    ),
    "copyright_output": (
        "What {name} writes may belong to others",
        "Generated content: agree who owns it, and check whether it repeats protected works.",
    ),
    "copyright_training": (
        "Data behind {name} comes from others",
        "Check the licences, the supplier's warranties, and whether owners opted out of training.",
    ),
    "heuristic": ("Rules, not learning: {name}", "Only some of the threats can apply to a heuristic model."),
    "data_centric": (
        "No model is described",
        "The system is assessed by its data: threats to data, to what suppliers deliver, and conventional ones.",
    ),
    "orphaned_decision": ("A decision has lost its risk", ""),
    "lapsed_decision": ("A decision no longer holds", ""),
}
_GRAVE = frozenset({"lethal_trifecta", "rule_of_two", "lapsed_decision", "orphaned_decision"})


def _remarks(notes: Iterable[Note], words: Words) -> Iterator[Remark]:
    """One remark for all notes of a kind that say the same of several components; else one for each."""
    alike: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        own = "" if _PLAIN.get(note.kind, ("", ""))[1] else note.text
        name = words.component(note.component) if note.component else words.system
        alike.setdefault((note.kind, own), []).append(name)
    for (kind, own), names in alike.items():
        title, text = _PLAIN.get(kind, (kind.replace("_", " "), ""))
        title = capital(title.replace("{name}", listing(list(dict.fromkeys(names)), "or")))
        yield Remark(title, text or sentence(own), kind in _GRAVE)


def _question(suggestion: Suggestion, verdicts: Mapping[str, Verdict], words: Words) -> Question:
    waiting = [verdicts[v] for v in suggestion.verdicts if v in verdicts]
    return Question(
        component=words.component(suggestion.component),
        field=suggestion.field,
        text=_asked(suggestion, waiting, words),
        verdicts=tuple(words.threat(v.threat) for v in waiting),
    )


def _asked(suggestion: Suggestion, waiting: Iterable[Verdict], words: Words) -> str:
    """The question that the answer would settle: the one all waiting verdicts share, else the one that most ask."""
    fact = words.dossier.fact(suggestion.field.removeprefix("answers."))
    if fact is not None:
        return fact.question
    if shared := question_of(words.dossier, suggestion):
        return shared
    asked = Counter(f.says for v in waiting for f in v.facts if f.value is None)
    return max(asked, key=lambda text: asked[text], default="")

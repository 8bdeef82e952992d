"""The interview: which question to ask next, and what the answers say.

The state is the list of answers, nothing else: the description follows from it, undo drops the last one, and an
interview that is resumed goes on exactly where it stopped. The next question is the one that decides most verdicts:
every answer that is possible is tried on the description, judged, and counted, with threats that become risks of their
own weighing three times as much as their variants and all answers taken to be equally likely. That is an exact
look-ahead of one step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

import msgspec

from bartizan.core.errors import nearest
from bartizan.core.records import Verdict
from bartizan.core.terms import Outcome
from bartizan.system.description import Description
from bartizan.system.draft import Draft
from bartizan.system.questions import Choice, Question, all_questions, in_interview, interview_ids

Reply: TypeAlias = str | tuple[str, ...]
"""The id of a choice, ids of several (one that ends with `?` is doubtful), a text, or `unknown`."""
Judge: TypeAlias = Callable[[Description], Sequence[Verdict]]

UNKNOWN = "unknown"
RATED_WEIGHT = 3
_MOST_SETS = 7
"""Up to this many choices every set of them is tried; beyond, none, each alone and all."""


class Step(msgspec.Struct, frozen=True):
    """One answer."""

    question: str
    reply: Reply


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with an answer, and how to mend it."""

    finding: str
    fix: str = ""


class Interview(msgspec.Struct, frozen=True):
    """An interview at one moment. Every method that changes something gives a new one."""

    steps: tuple[Step, ...] = ()

    @property
    def answered(self) -> frozenset[str]:
        """The questions that were answered, with `unknown` too; they are not asked again."""
        return frozenset(step.question for step in self.steps)

    def draft(self) -> Draft:
        """What the answers say."""
        draft = Draft()
        for step in self.steps:
            _apply(draft, in_interview(step.question), step.reply)
        return draft

    def answer(self, question: str, reply: Reply) -> Interview:
        """The interview after one more answer. Raises ValueError for an answer that `fault_of` finds fault with."""
        fault = fault_of(in_interview(question), reply, self.draft())
        if fault is not None or question in self.answered:
            raise ValueError(fault.finding if fault else f"'{question}' is answered already")
        return Interview((*self.steps, Step(question, reply)))

    def undo(self) -> Interview:
        """The interview before the last answer."""
        return Interview(self.steps[:-1])

    def arises(self, question: Question, draft: Draft, *, waits: bool = True) -> bool:
        """Whether a question makes sense now; with `waits`, also whether those that come before it are through."""
        if question.id in self.answered or not draft.holds(question.when):
            return False
        if question.form != "text" and not draft.choices(question):
            return False
        return not waits or not any(self.arises(in_interview(q), draft, waits=False) for q in question.after)


def fault_of(question: Question, reply: Reply, draft: Draft) -> Fault | None:
    """What is wrong with an answer to a question, or None."""
    if question.form == "text":
        return None if isinstance(reply, str) and reply.strip() else Fault("the answer is empty", "write a name")
    if reply == UNKNOWN:
        return None
    return _fault_among(question, reply, draft.choices(question))


def _fault_among(question: Question, reply: Reply, offered: Sequence[Choice]) -> Fault | None:
    choices = {c.id: c for c in offered}
    if question.form == "one" and not isinstance(reply, str):
        return Fault("expected one choice, found a list", f"use one of: {', '.join([*choices, UNKNOWN])}")
    if question.some and not reply:
        return Fault("none of the choices", f"choose at least one, or {UNKNOWN}")
    for word in (reply,) if isinstance(reply, str) else reply:
        name = word.removesuffix("?")
        if name not in choices:
            return Fault(f"'{name:.60}' is not one of the choices", nearest(name, [*choices, UNKNOWN]))
        if name != word and not choices[name].doubtful:
            return Fault(f"one cannot be unsure of '{name}' alone", f"answer {UNKNOWN}, or leave it out")
    return None


def _apply(draft: Draft, question: Question, reply: Reply) -> None:
    if question.form == "text":
        draft.name = str(reply).strip()
        return
    choices = draft.choices(question)
    if reply == UNKNOWN:
        draft.apply(question.doubt)
        for choice in choices:
            if choice.doubt is not None:
                draft.apply(choice.doubt)
        return
    chosen = {reply} if isinstance(reply, str) else set(reply)
    draft.apply(question.always)
    for choice in choices:
        if choice.id in chosen:
            draft.apply(choice.then)
        elif f"{choice.id}?" in chosen:
            draft.apply(choice.doubt or choice.otherwise)
        else:
            draft.apply(choice.otherwise)


# Which question next


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What a question is worth now: the weight of the verdicts that its answer decides, on average over the answers."""

    question: str
    decides: float
    meets: int
    """How many verdicts that are still open wait for a field that it sets."""


def weight(verdicts: Sequence[Verdict]) -> int:
    """The weight of the verdicts that are decided."""
    return sum(RATED_WEIGHT if v.rated else 1 for v in verdicts if v.outcome is not Outcome.UNKNOWN)


def next_question(interview: Interview, judge: Judge) -> Question | None:
    """The question to ask now; None when no answer would decide anything more. Ties go to the one first in the file."""
    draft = interview.draft()
    for question in all_questions().interview:
        if question.first and interview.arises(question, draft):
            return question
    ranked = worths(interview, judge)
    if not ranked:
        return None
    order = interview_ids()
    best = min(ranked, key=lambda w: (-round(w.decides, 6), -w.meets, order.index(w.question)))
    return in_interview(best.question)


def worths(interview: Interview, judge: Judge) -> tuple[Worth, ...]:
    """What every question that makes sense now is worth; those that would decide nothing are left out.

    A question that another, more telling one waits for is worth as much as that one.
    """
    draft = interview.draft()
    now = judge(draft.described())
    base = weight(now)
    open_needs = [{f"{n.component}.{n.field}" for n in v.needs} for v in now if v.outcome is Outcome.UNKNOWN]
    own: dict[str, Worth] = {}
    for question in all_questions().interview:
        if question.first or not interview.arises(question, draft, waits=False):
            continue
        meets = sum(not needs.isdisjoint(question.targets) for needs in open_needs)
        decides = _mean(_weights_after(interview, question, draft, judge)) - base if meets else 0.0
        own[question.id] = Worth(question=question.id, decides=max(decides, 0.0), meets=meets)
    return tuple(_with_those_that_wait(interview, own, draft))


def _with_those_that_wait(interview: Interview, own: dict[str, Worth], draft: Draft) -> Iterator[Worth]:
    for name, worth in own.items():
        if not interview.arises(in_interview(name), draft):
            continue
        waiting = [w for other, w in own.items() if name in in_interview(other).after]
        best = max([worth, *waiting], key=lambda w: (w.decides, w.meets))
        if best.meets:
            yield Worth(question=name, decides=best.decides, meets=best.meets)


def _weights_after(interview: Interview, question: Question, draft: Draft, judge: Judge) -> list[int]:
    replies = list(replies_to(question, draft))
    return [weight(judge(Interview((*interview.steps, Step(question.id, r))).draft().described())) for r in replies]


def replies_to(question: Question, draft: Draft) -> Iterator[Reply]:
    """Every answer that is possible now, `unknown` and doubts left out."""
    names = [choice.id for choice in draft.choices(question)]
    if question.form == "one":
        yield from names
    elif len(names) <= _MOST_SETS:
        for size in range(int(question.some), len(names) + 1):
            yield from combinations(names, size)
    else:
        if not question.some:
            yield ()
        yield from ((name,) for name in names)
        yield tuple(names)


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


# From a list of answers


def from_answers(answers: Sequence[Step], spoilt: Collection[str] = ()) -> tuple[Interview, list[tuple[str, Fault]]]:
    """The interview that answers make, in whatever order they come, and what is wrong with those that do not fit.

    An answer is taken as soon as its question makes sense. The order is kept as far as that allows. `spoilt` names
    questions whose answers could not be read: what hangs on them is not reported for it.
    """
    faults = [
        (step.question, Fault(f"there is no question '{step.question:.60}'", nearest(step.question, interview_ids())))
        for step in answers
        if step.question not in interview_ids()
    ]
    left = [step for step in answers if step.question in interview_ids()]
    interview = Interview()
    while True:
        draft = interview.draft()
        step = next((s for s in left if _ready(interview, s, draft, left)), None)
        if step is None:
            break
        left.remove(step)
        fault = fault_of(in_interview(step.question), step.reply, draft)
        if fault is None:
            interview = Interview((*interview.steps, step))
        else:
            faults.append((step.question, fault))
    if not faults and not spoilt:
        finding, fix = "the question does not arise after the other answers", "remove it"
        return interview, [(step.question, Fault(f"{finding}: '{step.question}'", fix)) for step in left]
    for step in left:  # whether these arise hangs on answers that are wrong; what can be wrong in any case is told
        question = in_interview(step.question)
        fault = None if step.reply == UNKNOWN else _fault_among(question, step.reply, question.choices)
        faults += [(step.question, fault)] if fault else []
    return interview, faults


def _ready(interview: Interview, step: Step, draft: Draft, left: Sequence[Step]) -> bool:
    question = in_interview(step.question)
    before = {s.question for s in left if s.question != step.question}
    return interview.arises(question, draft, waits=False) and not any(
        name in before and interview.arises(in_interview(name), draft, waits=False) for name in question.after
    )

"""Finding planted instructions in a text: rules and a classifier over all its readable forms.

What is found is one signal, never a proof: who calls decides what follows. Nothing here reads the clock, the network or
more than the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bartizan.controls.chat.injection.classifier import model
from bartizan.controls.chat.injection.hidden import hidden_signs
from bartizan.controls.chat.injection.normalise import View, views
from bartizan.controls.chat.injection.rules import ENOUGH, Ready, Source, index
from bartizan.controls.chat.injection.templates import Words

CLASSIFIER = "classifier"
"""The rule id of what the classifier finds."""
USUAL = "0.02"
"""The name of the classifier's threshold that is recommended."""
LOOSEST = "0.1"
"""The classifier says nothing of texts below its threshold of this name."""
_MOST = 64
"""Findings in one text: more say nothing more."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of planted instructions.

    ``rule`` is a rule's id, or 'classifier'; ``start`` and ``end`` are places in the text that was given; ``score`` is
    from 0 to 1; ``view`` says in which form it was found: 'as it stands', 'in base64'.
    """

    rule: str
    title: str
    start: int
    end: int
    score: float
    view: str


def find_injection(
    text: str, *, rules: bool = True, classifier: bool = True, source: Source = "user"
) -> tuple[Finding, ...]:
    """All signs of planted instructions, the surest first; () where there is none.

    ``source`` is who speaks: a 'user', who may give orders but not undo those above, or 'data' (documents, mails,
    pages, results of tools), which has no business to speak to a model at all. Time is in proportion to the text,
    whatever it is: about a second for a megabyte at most. Raises InputError where the classifier's file is not the one
    that shipped.
    """
    found: list[Finding] = []
    forms = views(text)
    if rules:
        found += [
            Finding(rule=rule, title=title, start=start, end=end, score=score, view="as it stands")
            for rule, title, start, end, score in hidden_signs(text)
        ]
        for form in forms:
            found += _by_rules(form, source)
    if classifier:
        found += _by_classifier(forms)
    return tuple(sorted(_best(found), key=lambda one: (-one.score, one.start, one.rule))[:_MOST])


def worst(findings: Iterable[Finding]) -> float:
    """The highest score; 0 where nothing was found."""
    return max((one.score for one in findings), default=0.0)


def is_planted(findings: Iterable[Finding], threshold: str = USUAL) -> bool:
    """Whether they are enough to say so: a rule that is enough by itself, or the classifier above a threshold.

    ``threshold`` names one by the share of good texts of the training side that reach it: '0.002', '0.01', '0.02',
    '0.05' or '0.1'. Raises KeyError for another.
    """
    limit = model().head.thresholds[threshold]
    return any(one.score >= (limit if one.rule == CLASSIFIER else ENOUGH) for one in findings)


def _by_rules(form: View, source: Source) -> Iterator[Finding]:
    rules = index()
    words = Words(form.text, rules.known)
    for ready, pattern in rules.candidates(words):
        score = ready.rule.score_in(source)
        found = pattern.place(words) if score > 0 else None
        if found is not None:
            yield _finding(ready, form, *found, score)


def _by_classifier(forms: tuple[View, ...]) -> Iterator[Finding]:
    """Its opinion of the worst form, where that is worth saying."""
    judge = model()
    (score, start, end), form = max(((judge.judge(form.text), form) for form in forms), key=lambda one: one[0][0])
    if score >= judge.head.thresholds[LOOSEST]:
        first, last = form.span(start, end)
        title = "reads like planted instructions"
        yield Finding(rule=CLASSIFIER, title=title, start=first, end=last, score=score, view=form.name)


def _finding(ready: Ready, form: View, start: int, end: int, score: float) -> Finding:
    first, last = form.span(start, end)
    rule = ready.rule
    return Finding(rule=rule.id, title=rule.title, start=first, end=last, score=score, view=form.name)


def _best(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Of each rule at each place the surest, the plainest view first."""
    kept: dict[tuple[str, int], Finding] = {}
    for one in findings:
        before = kept.get((one.rule, one.start))
        if before is None or one.score > before.score:
            kept[one.rule, one.start] = one
    return kept.values()

"""The interview wired to the rules: what to ask next, what is decided so far, and the file that comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bartizan.assess.identify import Rulebook, verdicts_on
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Verdict
from bartizan.core.terms import DEFAULT_EDITION, Edition, Outcome
from bartizan.system.description import Description
from bartizan.system.interview import (
    Interview,
    Worth,
    next_question,
    worths,
)
from bartizan.system.questions import Question
from bartizan.system.writing import to_yaml


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an interview is: verdicts decided out of those there are, and which just came to be decided."""

    decided: int
    total: int
    counts: dict[Outcome, int]
    rated_open: int
    """Verdicts still open that may become risks of their own."""
    new: dict[Outcome, tuple[str, ...]]
    """Names of the threats whose verdict the last answer decided."""


class Interviewer:
    """Conducts interviews by the rules of one edition of a catalogue."""

    def __init__(self, catalog: Catalog, edition: Edition = DEFAULT_EDITION) -> None:
        self.catalog = catalog
        self.edition = edition
        self._rules = Rulebook(catalog, edition)

    def judge(self, described: Description) -> Sequence[Verdict]:
        """The verdicts on a description, checked or not."""
        return verdicts_on(described, self._rules)

    def next(self, interview: Interview) -> Question | None:
        """The question that decides most now; None when none would decide anything."""
        return next_question(interview, self.judge)

    def worths(self, interview: Interview) -> tuple[Worth, ...]:
        """What each question that makes sense now would decide."""
        return worths(interview, self.judge)

    def progress(self, interview: Interview) -> Progress:
        """What is decided after these answers, and what the last of them decided."""
        verdicts = self._verdicts(interview)
        before = {v.id: v.outcome for v in self._verdicts(interview.undo())} if interview.steps else {}
        counts = Counter(v.outcome for v in verdicts)
        new: dict[Outcome, list[str]] = {}
        for verdict in sorted(verdicts, key=lambda v: not v.rated):
            if verdict.outcome is not Outcome.UNKNOWN and before.get(verdict.id) is not verdict.outcome:
                new.setdefault(verdict.outcome, []).append(self.catalog.threats[verdict.threat].name_in(self.edition))
        return Progress(
            decided=len(verdicts) - counts[Outcome.UNKNOWN],
            total=len(verdicts),
            counts=dict(counts),
            rated_open=sum(v.rated and v.outcome is Outcome.UNKNOWN for v in verdicts),
            new={outcome: tuple(dict.fromkeys(names)) for outcome, names in new.items()},
        )

    def _verdicts(self, interview: Interview) -> Sequence[Verdict]:
        return self.judge(interview.draft().described()) if "kind" in interview.answered else ()

    def text(self, interview: Interview, edition: Edition | None = None) -> str:
        """The `system.yaml` that the answers make, with what is not known yet marked where it belongs."""
        described = msgspec.structs.replace(interview.draft().described(), edition=edition)
        verdicts = self.judge(described)
        return to_yaml(described, waiting(verdicts), _intro(verdicts))


def waiting(verdicts: Iterable[Verdict]) -> Mapping[tuple[str, str], int]:
    """(component, field) to how many verdicts wait for it, the most awaited first."""
    counts = Counter((need.component, need.field) for v in verdicts for need in v.needs)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _intro(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    open_ones = sum(v.outcome is Outcome.UNKNOWN for v in verdicts)
    left = f"{open_ones} of {len(verdicts)} verdicts still wait for an answer; the comments say for which."
    return (
        "One AI system, described for Bartizan. Assess it with: bartizan assess FILE",
        left if open_ones else f"All {len(verdicts)} verdicts are decided.",
    )

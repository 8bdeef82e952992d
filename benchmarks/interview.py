"""How many questions the interview needs: `python benchmarks/interview.py`.

For every system under `examples/` a truthful person is interviewed who knows the full description and answers from
it. After each answer the verdicts are compared with those of the full description. Counted is how many answers, the
system's name included, it takes until 95 % of the system's verdicts are decided and agree.

What is compared: one verdict for each threat and kind of place (model, training data, each role of inserted data,
analysed data, the system as a whole). The bar is on threats that become risks of their own; the same with all their
variants is printed beside it. An interview describes one component of a kind where an example may have several, so both
sides are summed up by kind: applies if it applies at any, else unknown if it is unknown at any, else theoretical if it
is at any, else it does not apply. Of several models the person answers for the one closest to the users. A verdict that
is unknown in the full description never counts as decided; it agrees at the end when the interview leaves it unknown
too.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bartizan.assess.identify import Rulebook, verdicts_on
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Verdict
from bartizan.core.terms import Outcome
from bartizan.system.description import Component, Data, Description, Model
from bartizan.system.graph import ANALYSIS_ROLES, TRAINING_ROLES, System
from bartizan.system.interview import Interview, next_question
from bartizan.system.questions import interview_ids
from bartizan.system.reading import read_system
from truthful import KNOWN, Person

SHARE = 0.95
BAR = 12
EXAMPLES = Path(__file__).parent.parent / "examples"
RULES = Rulebook(load_catalog(), 2026)


def judge(described: Description) -> Sequence[Verdict]:
    return verdicts_on(described, RULES)


# The verdicts of both sides, summed up by kind of place


def place(component: Component | None) -> str:
    if isinstance(component, Data):
        if component.role in TRAINING_ROLES:
            return "training data"
        return "analysed data" if component.role in ANALYSIS_ROLES else f"{component.role} data"
    return "model" if isinstance(component, Model) else "system"


_ORDER = (Outcome.APPLIES, Outcome.UNKNOWN, Outcome.THEORETICAL, Outcome.DOES_NOT_APPLY)


def by_place(described: Description, *, variants: bool = False) -> dict[tuple[str, str], Outcome]:
    components = System(described).components
    found: dict[tuple[str, str], Outcome] = {}
    for verdict in judge(described):
        if verdict.rated or variants:
            key = (verdict.threat, place(components.get(verdict.component)))
            found[key] = min(found.get(key, Outcome.DOES_NOT_APPLY), verdict.outcome, key=_ORDER.index)
    return found


# The measurement


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One interview: how many answers it took, and what differs at the end."""

    system: str
    verdicts: int
    needed: int | None
    with_variants: int | None
    asked: int
    agree: int
    differ: tuple[str, ...]


def _share(truth: dict[tuple[str, str], Outcome], mine: dict[tuple[str, str], Outcome]) -> float:
    return sum(mine.get(key) is o and o is not Outcome.UNKNOWN for key, o in truth.items()) / len(truth)


def measure(file: Path) -> Run:
    described = read_system(file).described
    person, interview = Person(described), Interview()
    truths = [by_place(described, variants=variants) for variants in (False, True)]
    needed: list[int | None] = [None, None]
    mine: dict[tuple[str, str], Outcome] = {}
    while (question := next_question(interview, judge)) is not None:
        interview = interview.answer(question.id, person.answer(question, interview.draft()))
        if "kind" not in interview.answered:
            continue
        for i, truth in enumerate(truths):
            mine = by_place(interview.draft().described(), variants=bool(i))
            if needed[i] is None and _share(truth, mine) >= SHARE:
                needed[i] = len(interview.steps)
    differ = [
        f"{threat} at {where}: {o.value} in full, {mine.get((threat, where), Outcome.UNKNOWN).value} by interview"
        for (threat, where), o in truths[0].items()
        if mine.get((threat, where)) is not o
    ]
    return Run(
        system=file.parent.name,
        verdicts=len(truths[0]),
        needed=needed[0],
        with_variants=needed[1],
        asked=len(interview.steps),
        agree=len(truths[0]) - len(differ),
        differ=tuple(differ),
    )


def _median(counts: list[int | None], runs: list[Run]) -> float:
    """The middle; a run that never gets there counts as one more than all its questions."""
    return statistics.median(run.asked + 1 if n is None else n for n, run in zip(counts, runs, strict=True))


def main() -> int:
    unanswered = set(interview_ids()) - KNOWN
    if unanswered:
        raise SystemExit(f"the truthful person cannot answer: {', '.join(sorted(unanswered))}")
    runs = [measure(file) for file in sorted(EXAMPLES.glob("*/system.yaml"))]
    print(__doc__)
    print(
        f"{'system':<28}{'verdicts':>9}{'answers to 95 %':>17}{'with variants':>15}{'asked':>7}{'agree in the end':>18}"
    )
    for run in runs:
        cells = ["never" if n is None else str(n) for n in (run.needed, run.with_variants)]
        agree = f"{run.agree} of {run.verdicts}"
        print(f"{run.system:<28}{run.verdicts:>9}{cells[0]:>17}{cells[1]:>15}{run.asked:>7}{agree:>18}")
        for line in run.differ:
            print(f"    {line}")
    middle, wider = _median([r.needed for r in runs], runs), _median([r.with_variants for r in runs], runs)
    print(f"\nmedian of {len(runs)} systems: {middle:g} answers (bar: at most {BAR}); with variants {wider:g}.")
    print("A system that never gets there counts as one more than all its questions.")
    return 0 if middle <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())

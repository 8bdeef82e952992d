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
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bartizan.assess.identify import Rulebook, identify
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Verdict
from bartizan.core.terms import Outcome
from bartizan.system.description import Actor, Component, Data, Description, Model, Tool
from bartizan.system.draft import Draft
from bartizan.system.facts import Facts
from bartizan.system.graph import ANALYSIS_ROLES, TRAINING_ROLES, System
from bartizan.system.interview import UNKNOWN, Interview, Reply, next_question
from bartizan.system.questions import Question, interview_ids
from bartizan.system.reading import read_system

SHARE = 0.95
BAR = 12
EXAMPLES = Path(__file__).parent.parent / "examples"
RULES = Rulebook(load_catalog(), 2026)
Truthful = bool | None


def judge(described: Description) -> Sequence[Verdict]:
    system = System(described)
    return identify(system, Facts(system), RULES)


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


# A truthful person


def _any(answers: Sequence[Truthful]) -> Truthful:
    return True if True in answers else None if None in answers else False


class Person:
    """Answers any question of the interview from a full description. Where several components are meant, any counts."""

    def __init__(self, described: Description) -> None:
        self.system = System(described)
        self.facts = Facts(self.system)
        self.described = described

    def fact(self, name: str, components: Sequence[Component]) -> Truthful:
        values = [self.facts.ask(c.id, name).value for c in components]
        return _any([v if isinstance(v, bool) else None for v in values])

    def data(self, *roles: str) -> list[Component]:
        return [c for c in self.described.components if isinstance(c, Data) and c.role in roles]

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that people mean when they speak of the system: those with the richest output first."""
        rank = {"generative": 0, "predictive": 1, "heuristic": 2, "unknown": 3}
        return tuple(sorted(self.system.models, key=lambda m: rank[m.type]))

    @property
    def tools(self) -> list[Tool]:
        return [c for c in self.described.components if isinstance(c, Tool)]

    def answer(self, question: Question, draft: Draft) -> Reply:
        if question.form == "text":
            return self.described.name
        if question.id in _WHOLE:
            reply = _WHOLE[question.id](self)
            return UNKNOWN if reply is None else reply
        says = _SINGLE[question.id]
        if question.form == "one":
            value = says(self, "")
            return UNKNOWN if value is None else "yes" if value else "no"
        chosen: list[str] = []
        for choice in draft.choices(question):
            value = says(self, choice.id)
            if value is None and not choice.doubtful:
                return UNKNOWN
            if value is not False:
                chosen.append(choice.id if value else f"{choice.id}?")
        return tuple(chosen)


def _kind(person: Person) -> Reply | None:
    if not person.models:
        return "no_model"
    model = person.models[0]
    decides = person.fact("classification_task", [model])
    match model.type:
        case "generative":
            draws = isinstance(model.gives, tuple) and not {"text", "code", "document"} & set(model.gives)
            return "draws" if draws else "judges" if decides else "writes"
        case "predictive":
            tasks = set(model.task) if isinstance(model.task, tuple) else set()
            ranks = tasks & {"ranking", "recommendation", "clustering", "search"}
            return "classifies" if decides else "recommends" if ranks else "forecasts"
        case "heuristic":
            return "rules"
    return None


def _made_by(person: Person) -> Reply | None:
    model = person.models[0]
    ours = person.fact("run_by_us", [model])
    theirs = person.fact("run_by_supplier", [model])
    if model.trained_by not in {"us", "supplier"} or (ours is None and theirs is None):
        return None
    if model.trained_by == "us":
        return "own" if ours else "own_hosted"
    if model.fine_tuned_by == "us":
        return "fine_tuned" if ours else "fine_tuned_service"
    return "ready_made" if ours else "supplier"


def _built_by(person: Person) -> Reply | None:
    made = _made_by(person)
    return made if made in {"own", "ready_made", "supplier"} else "own" if made == "own_hosted" else None


def _inserts(person: Person) -> Reply | None:
    roles = {c.role for m in person.models[:1] for c in person.facts.neighbours(m, "insert") if isinstance(c, Data)}
    if person.models[0].reads == "unknown":
        return None
    names = {"retrieval": "documents", "memory": "memory", "system_prompt": "system_prompt"}
    return tuple(name for role, name in names.items() if role in roles)


def _tools(person: Person) -> Reply | None:
    if person.models[0].tools == "unknown" or any(not isinstance(t.effects, tuple) for t in person.tools):
        return None
    effects = {e for t in person.tools for e in (t.effects or ())}
    words = {"physical": "move"}
    agents = person.fact("multi_agent", person.models[:1])
    return (*sorted(words.get(e, e) for e in effects), *(("agents",) if agents else ()))


def _users(person: Person) -> Reply | None:
    trusts = person.fact("untrusted_input", person.models[:1])
    if trusts is None:
        return None
    actors = [c for c in person.described.components if isinstance(c, Actor) and c.trusted is False]
    return "trusted" if not trusts else "public" if any(a.crowd == "public" for a in actors) else "many"


def _output(person: Person) -> Reply | None:
    uses = [m.output_goes_to for m in person.models[:1]]
    if all(not isinstance(u, tuple) for u in uses):
        return None
    known = {"person", "browser", "program", "query", "machine"}
    return tuple(sorted({w for u in uses if isinstance(u, tuple) for w in u} & known))


def _media(person: Person) -> Reply | None:
    takes = person.models[0].takes
    return tuple({"image", "audio", "video", "document"} & set(takes)) if isinstance(takes, tuple) else None


def _origin(*roles: str) -> Callable[[Person], Reply | None]:
    def answer(person: Person) -> Reply | None:
        found = [c for c in person.data(*roles) if isinstance(c, Data)]
        sources = {c.source for c in found} - {None, "unknown"}
        tainted = person.fact("data_writable_by_untrusted", found)
        if not found or (not sources and tainted is None):
            return None
        words = [w for w in ("us", "supplier", "public") if w in sources]
        return (*words, *(("outsiders",) if tainted else ()))

    return answer


_WHOLE: dict[str, Callable[[Person], Reply | None]] = {
    "kind": _kind,
    "made_by": _made_by,
    "built_by": _built_by,
    "inserts": _inserts,
    "tools": _tools,
    "users": _users,
    "output": _output,
    "media": _media,
    "documents_from": _origin("retrieval"),
    "training_from": _origin("training", "validation", "test"),
    "rules_from": _origin("rules", "analysis"),
    "analysis_from": _origin("analysis", "rules"),
}
_ROLES = {
    "documents": ("retrieval",),
    "memory": ("memory",),
    "system_prompt": ("system_prompt",),
    "training_data": ("training", "validation", "test"),
    "rules": ("rules", "analysis"),
    "analysis_data": ("analysis", "rules"),
}
_EFFECTS = {"read": "read", "write": "write", "send": "send", "execute": "execute", "pay": "pay", "move": "physical"}


def _stakes(person: Person, item: str) -> Truthful:
    fact = {"harm": "output_can_harm", "gain": "fooling_pays"}.get(item, "intellectual_property")
    return person.fact(fact, person.models[:1])


def _sensitive(person: Person, item: str) -> Truthful:
    if item == "input":
        return person.fact("input_sensitive", person.models[:1])
    if item == "tools":
        readers = [t for t in person.tools if isinstance(t.effects, tuple) and "read" in t.effects]
        return _any([_yes_no(t.reaches_sensitive) for t in readers])
    return person.fact("data_sensitive", person.data(*_ROLES[item]))


def _yes_no(value: object) -> Truthful:
    return value if isinstance(value, bool) else None


def _about(fact: str) -> Callable[[Person, str], Truthful]:
    return lambda person, item: person.fact(fact, person.data(*_ROLES[item or "documents"]))


def _of_model(fact: str) -> Callable[[Person, str], Truthful]:
    return lambda person, _: person.fact(fact, person.models[:1])


def _of_tools(field: str) -> Callable[[Person, str], Truthful]:
    def answer(person: Person, item: str) -> Truthful:
        able = [t for t in person.tools if isinstance(t.effects, tuple) and _EFFECTS[item or "read"] in t.effects]
        return _any([_yes_no(getattr(t, field)) for t in able])

    return answer


_SINGLE: dict[str, Callable[[Person, str], Truthful]] = {
    "stakes": _stakes,
    "sensitive": _sensitive,
    "look_up_returns": _of_tools("returns_untrusted"),
    "approval": _of_tools("needs_approval"),
    "undo": _of_tools("irreversible"),
    "task": _of_model("classification_task"),
    "membership": _about("data_membership_sensitive"),
    "embeddings": _about("data_is_vector_index"),
    "index_writes": _about("index_written_directly"),
    "deletion": _about("deletion_propagates"),
    "fallback": _about("retrieval_fails_safe"),
    "shared": lambda person, _: person.fact("data_shared_between_users", person.data("memory")),
    "weights": _of_model("weights_public"),
    "costs": _of_model("costs_per_use"),
    "reveals": _of_model("output_can_reveal_data"),
}
KNOWN = frozenset(_WHOLE) | frozenset(_SINGLE) | {"name"}


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

"""Proofs in words: why a verdict is what it is, what each fact says and where it comes from, which rule it follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, get_args

from bartizan.core.proof import Origin, OriginKind, UsedFact
from bartizan.core.records import Verdict
from bartizan.core.terms import SYSTEM, Outcome
from bartizan.report.dossier import Dossier
from bartizan.report.questions import all_asked
from bartizan.report.wording import file_name, name_of, plain, sentence


def proof(dossier: Dossier, verdict: Verdict) -> str:
    """One sentence on why the verdict is what it is: 'Applies because Mail agent generates content, and ...'."""
    if verdict.outcome is Outcome.UNKNOWN:
        return _open_proof(dossier, verdict)
    head = {
        Outcome.APPLIES: "Applies",
        Outcome.THEORETICAL: "Theoretical",
        Outcome.DOES_NOT_APPLY: "Does not apply",
    }[verdict.outcome]
    if not verdict.facts:
        every = "every AI system" if verdict.component == SYSTEM else "every component of this kind"
        return f"{head} because the framework says so of {every}."
    subject = name_of(dossier, verdict.component)
    return f"{head} because {subject} {_joined([says(fact) for fact in verdict.facts])}."


def _open_proof(dossier: Dossier, verdict: Verdict) -> str:
    open_facts = [sentence(says(fact)) for fact in verdict.facts if fact.fact != "component"]
    questions = all_asked(dossier, verdict) or open_facts
    return f"Unknown until you answer: {' '.join(questions)}" if questions else "Unknown."


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def says(fact: UsedFact) -> str:
    """What a fact says, with its value where that is more than yes or no. It speaks to the reader: 'by you'."""
    value = "" if fact.value is None or isinstance(fact.value, bool) else f" ({plain(str(fact.value))})"
    return f"{_addressed(plain(fact.says))}{value}"


_OURS: Final[Mapping[str, str]] = {"by us": "by you", "of ours": "of yours", "that we": "that you"}
_SPOKEN = re.compile(rf"\b(?:{'|'.join(_OURS)})\b")


def _addressed(text: str) -> str:
    """The catalogue's facts speak as those who own the system; a report speaks to them, as `PARTIES` does."""
    return _SPOKEN.sub(lambda found: _OURS[found[0]], text)


_KINDS: Final[Mapping[OriginKind, str]] = {
    "given": "",
    "default": "default",
    "implied": "implied",
    "computed": "computed",
    "imported": "importer",
    "answered": "answer",
}
assert set(_KINDS) == set(get_args(OriginKind))
_PREFIX = "default: "


def place(dossier: Dossier, line: int | None) -> str:
    """A line of the description, such as `system.yaml:14`; empty where there is none."""
    return "" if line is None else f"{file_name(dossier)}:{line}"


def said(dossier: Dossier, origin: Origin, component: str = "") -> tuple[str, str]:
    """What a source says, and what kind of source it is and where: ('type: generative', 'system.yaml:9').

    Where it is said of another component than ``component``, that one is named in front.
    """
    text = plain(origin.text.removeprefix(_PREFIX))
    stated = origin.kind not in {"computed", "implied"}
    if component and stated and origin.component not in {"", component}:
        text = f"{name_of(dossier, origin.component)}: {text}"
    kind = _KINDS[origin.kind]
    if origin.kind == "default" and origin.field:
        kind = f"{kind} for {plain(origin.field)}"
    return text, ", ".join(filter(None, (kind, place(dossier, origin.line))))


def source(dossier: Dossier, origin: Origin, component: str = "") -> str:
    """A source on one line: 'type: generative (system.yaml:9)', 'you keep it (default for kept_by)'."""
    text, where = said(dossier, origin, component)
    return f"{text} ({where})" if where else text


def sources(dossier: Dossier, fact: UsedFact, component: str) -> str:
    """All that a fact of a component rests on, in the order of the chain; 'not said' where an answer is missing."""
    return "; ".join(dict.fromkeys(source(dossier, o, component) for o in fact.origins)) or "not said"


def all_sources(dossier: Dossier, verdict: Verdict) -> str:
    """All that a verdict rests on, each source once."""
    found = [source(dossier, origin, verdict.component) for fact in verdict.facts for origin in fact.origins]
    return "; ".join(dict.fromkeys(found)) or ("not said" if verdict.facts else "")


def rule(verdict: Verdict) -> str:
    """The rule's place in the framework, with its edition."""
    return f"{plain(verdict.rule) or 'rule of the catalogue'}, edition {verdict.edition}"


def defaults_of(verdicts: Iterable[Verdict]) -> dict[tuple[str, str, str], int]:
    """The defaults that stood in for answers, as (component, field, text), with how many verdicts rest on each."""
    found: dict[tuple[str, str, str], int] = {}
    for verdict in verdicts:
        origins = (origin for fact in verdict.facts for origin in fact.origins if origin.kind == "default")
        for key in dict.fromkeys((o.component, o.field, o.text.removeprefix(_PREFIX)) for o in origins):
            found[key] = found.get(key, 0) + 1
    return found

"""What a reader must know that is no risk of its own: agents without limits, decisions that no longer hold, rights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from bartizan.core.records import Note
from bartizan.report.dossier import Dossier
from bartizan.report.wording import capital, day, listing, name_of, plain, risk_names, sentence


class Remark(msgspec.Struct, frozen=True):
    """A note in plain words. ``term`` is what the framework calls it, where it has a name for it."""

    title: str
    text: str
    grave: bool
    term: str = ""


_TERMS: Final[Mapping[str, str]] = {"lethal_trifecta": "lethal trifecta", "rule_of_two": "rule of two"}
_PLAIN: Final[Mapping[str, tuple[str, str]]] = {
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
    "orphaned_evidence": ("Evidence has lost what it is about", ""),
    "stale_evidence": ("Evidence is out of date", ""),
}
_GRAVE: Final = ("lapsed_decision", "lethal_trifecta", "rule_of_two", "orphaned_decision")
_RISK = re.compile(r"\S+@\S+(?=:)")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def remarks(dossier: Dossier) -> tuple[Remark, ...]:
    """All remarks, the grave ones first; one for all notes of a kind that say the same of several components."""
    return tuple(sorted(_remarks(dossier), key=lambda remark: not remark.grave))


def grave(dossier: Dossier) -> tuple[Remark, ...]:
    """The remarks that a reader must see first: broken limits of agents, and decisions that no longer hold."""
    return tuple(remark for remark in remarks(dossier) if remark.grave)


def _remarks(dossier: Dossier) -> Iterator[Remark]:
    alike: dict[tuple[str, str], list[str]] = {}
    for note in sorted(dossier.assessment.notes, key=_weight):
        own = "" if _PLAIN.get(note.kind, ("", ""))[1] else note.text
        component = note.component or "system"
        alike.setdefault((note.kind, own), []).append(name_of(dossier, component))
    for (kind, own), names in alike.items():
        title, text = _PLAIN.get(kind, (kind.replace("_", " "), ""))
        title = capital(title.replace("{name}", listing(list(dict.fromkeys(names)), "or")))
        yield Remark(title, text or sentence(_readable(dossier, own)), kind in _GRAVE, _TERMS.get(kind, ""))


def _weight(note: Note) -> int:
    return _GRAVE.index(note.kind) if note.kind in _GRAVE else len(_GRAVE)


def _readable(dossier: Dossier, text: str) -> str:
    """A note with the names of its risks in place of their ids, and dates as people write them."""
    named = _RISK.sub(lambda found: risk_names(dossier, [found[0]])[0], plain(text))
    return _DATE.sub(lambda found: day(found[0]), named)

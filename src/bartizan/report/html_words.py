"""The words of the HTML report: names as people say them, numbers, places of facts, the defaults that were used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from bartizan.catalog.scales import LevelBand
from bartizan.core.records import Origin, OriginKind, UsedFact, Verdict
from bartizan.core.rule import Value
from bartizan.core.terms import SYSTEM, ControlStatus, Effort, Treatment
from bartizan.report.dossier import Dossier
from bartizan.report.wording import control_name, file_name, name_of, plain, threat_name

ACTS: Mapping[ControlStatus, str] = {
    ControlStatus.NOT_STARTED: "Put in place",
    ControlStatus.PLANNED: "Finish",
    ControlStatus.IMPLEMENTED: "Verify",
    ControlStatus.VERIFIED: "Keep",
    ControlStatus.NOT_APPLICABLE: "Leave",
}
EFFORTS: Mapping[Effort, str] = {Effort.S: "small", Effort.M: "medium", Effort.L: "large"}
TREATMENTS: Mapping[Treatment, str] = {
    Treatment.MITIGATE: "Mitigate",
    Treatment.TRANSFER: "Transfer",
    Treatment.AVOID: "Avoid",
    Treatment.ACCEPT: "Accept",
}
_SOURCE_WORDS: Mapping[OriginKind, str] = {
    "given": "stated",
    "default": "default",
    "implied": "implied",
    "computed": "computed",
    "imported": "importer",
    "answered": "answer",
}
assert set(_SOURCE_WORDS) == set(get_args(OriginKind))


def amount(number: float) -> str:
    """A number without needless digits: 3, 0.5, 1.25, 12,500."""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def count(number: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 risk, 2 risks, no risks."""
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def band(bands: Sequence[LevelBand], step: int) -> str:
    """The word for a step of a scale, counted from 1."""
    return bands[min(max(step, 1), len(bands)) - 1].name.replace("_", " ")


def shade(step: int, steps: int) -> int:
    """The place of a step on the colour ramp of five, whatever the length of the scale."""
    return 1 + round((step - 1) * 4 / max(1, steps - 1))


class Words:
    """The names of one dossier's things, each on one plain line. Escaping is the template's work."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.edition = dossier.assessment.edition
        self.file = file_name(dossier) if dossier.system.file else ""
        self.numbers = {risk.id: i for i, risk in enumerate(dossier.assessment.risks, start=1)}
        self._labels: dict[str, str] = {}

    @property
    def system(self) -> str:
        """What people call the system."""
        return plain(self.dossier.system.described.name)

    def component(self, name: str) -> str:
        """What people call a component."""
        known = self._labels.get(name)
        if known is None:
            label = "The whole system" if name == SYSTEM else name_of(self.dossier, name)
            known = self._labels[name] = label
        return known

    def threat(self, name: str) -> str:
        """The threat's name in this edition."""
        return threat_name(self.dossier, name)

    def control(self, name: str) -> str:
        """The control's title."""
        return control_name(self.dossier, name)

    def level(self, step: int) -> str:
        """The word for a level."""
        return band(self.dossier.catalog.scales.levels, step)

    def shade(self, step: int) -> int:
        """The place of a level on the colour ramp, 1 to 5."""
        return shade(step, len(self.dossier.catalog.scales.levels))

    def place(self, line: int | None) -> str:
        """A line of the description, such as `system.yaml:14`."""
        return f"{self.file or 'description'}:{line}" if line is not None else self.file

    def source(self, origin: Origin) -> str:
        """Where a fact comes from: a place in the file, a default, an importer."""
        word = _SOURCE_WORDS[origin.kind]
        if origin.kind == "given":
            return self.place(origin.line) or word
        return f"{word}, {self.place(origin.line)}" if origin.line is not None else word


def shown(value: Value) -> str:
    """The value of a fact in a word."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    return plain(str(value))


def defaults_of(verdicts: Iterable[Verdict]) -> dict[tuple[str, str, str], int]:
    """The defaults that stood in for answers, as (component, field, text), with how many verdicts rest on each."""
    found: dict[tuple[str, str, str], int] = {}
    for verdict in verdicts:
        for key in dict.fromkeys(_default_keys(verdict.facts)):
            found[key] = found.get(key, 0) + 1
    return found


def _default_keys(facts: Iterable[UsedFact]) -> Iterable[tuple[str, str, str]]:
    for fact in facts:
        for origin in fact.origins:
            if origin.kind == "default":
                yield origin.component, origin.field, origin.text.removeprefix("default: ")

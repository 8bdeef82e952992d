"""The small pieces of markup that every part of the report uses: verdicts, levels, references to risks and controls."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from bartizan.core.terms import ControlStatus, Outcome
from bartizan.report.glossary import TERMS, controls_in_a_line, threats_in_a_line
from bartizan.report.names import Names
from bartizan.report.wording import OUTCOMES, STATUSES, capital

_TERM = re.compile(rf"\b(?:{'|'.join(sorted(TERMS, key=len, reverse=True))})\b")


def _markup(text: str) -> Markup:
    """Markup from parts that were escaped where they came in."""
    return Markup(text)  # noqa: S704


class Chips:
    """The pieces for one dossier. Each says in words what its shape and colour say."""

    def __init__(self, words: Names) -> None:
        self.words = words
        self._risks = {r.id: r for r in words.dossier.assessment.risks}
        levels = range(1, len(words.dossier.catalog.scales.levels) + 1)
        self._levels = {n: _markup(f'<b class="l l{words.shade(n)}">{n} {escape(words.level(n))}</b>') for n in levels}
        self._controls: dict[str, Markup] = {}
        rated = {risk.threat for risk in words.dossier.assessment.risks}
        self.unrated = {v.threat for v in words.dossier.assessment.verdicts} - rated
        """Threats that are no risk here, and therefore are explained among the terms."""
        self._steps = {step.control for step in words.dossier.assessment.steps}
        self._numbers = {r: self._number(r) for r in self._risks}

    def verdict(self, outcome: Outcome) -> Markup:
        """A verdict: its shape and its word."""
        return _markup(f'<span class="v {outcome.value}">{OUTCOMES[outcome]}</span>')

    def level(self, step: int) -> Markup:
        """A level: its number and its word on its colour."""
        return self._levels[step]

    def status(self, status: ControlStatus) -> Markup:
        """How far a control is: a circle that fills, and the words."""
        return _markup(f'<span class="s {status.value}">{STATUSES[status]}</span>')

    def bar(self, score: int, most: int = 5) -> Markup:
        """A small bar of as many parts as the scale has steps."""
        filled = round(score * 5 / most)
        return _markup(f'<i class="bar b{filled}"></i>')

    def risk(self, risk: str) -> Markup:
        """The number of a risk, as a link to it; the script adds its name, level and explanation on hover and focus."""
        return self._numbers[risk]

    def risks(self, risks: Iterable[str], most: int = 12) -> Markup:
        """The numbers of some risks; beyond ``most`` only how many more there are."""
        known = sorted((r for r in risks if r in self._numbers), key=self.words.numbers.__getitem__)
        shown = " ".join(self._numbers[r] for r in known[:most])
        return _markup(shown + (f" and {len(known) - most} more" if len(known) > most else ""))

    def _number(self, name: str) -> Markup:
        risk, number = self._risks[name], self.words.numbers[name]
        kind = f"num m{self.words.shade(risk.current.level)}" + (" above" if risk.above_appetite else "")
        return _markup(f'<a class="{kind}" href="#{escape(name)}">{number}</a>')

    def control(self, control: str) -> Markup:
        """The title of a control, as a link to its entry below, or to its line among the terms."""
        known = self._controls.get(control)
        if known is None:
            place = "c" if control in self._steps else "w"
            text = f'<a href="#{place}-{escape(control)}">{escape(self.words.control(control))}</a>'
            known = self._controls[control] = _markup(text)
        return known

    def threat(self, threat: str) -> Markup:
        """The name of a threat that is explained among the terms, as a link to its line there."""
        return _markup(f'<a class="term" href="#w-{escape(threat)}">{escape(self.words.threat(threat))}</a>')

    def term(self, term: str, shown: str = "") -> Markup:
        """A word of the glossary, as a link to its line among the terms; it shows on hover and focus."""
        return _markup(f'<a class="term" href="#{_anchor(term)}">{escape(shown or term)}</a>')

    def explained(self, text: str) -> Markup:
        """A text with every word of the glossary in it explained where it first stands."""
        seen: set[str] = set()

        def linked(found: re.Match[str]) -> str:
            word = found[0]
            if word in seen:
                return word
            seen.add(word)
            return self.term(word)

        return _markup(_TERM.sub(linked, str(escape(text))))

    def glossary(self) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
        """What the terms part explains: groups of (anchor, name, one line), each name that has no entry of its own."""
        dossier = self.words.dossier
        named = {a.control for risk in dossier.assessment.risks for a in risk.controls}
        named |= {c for item in dossier.assessment.coverage for c in item.controls_missing}
        named |= {c for plan in dossier.plans for c in plan.controls}
        named |= {point.control for point in dossier.assessment.open_points}
        groups = (
            ("Words of risk", tuple((_anchor(term), capital(term), line) for term, line in TERMS.items())),
            ("Threats", _lines(threats_in_a_line(dossier, self.unrated))),
            ("Controls", _lines(controls_in_a_line(dossier, named - self._steps))),
        )
        return tuple(group for group in groups if group[1])


def _anchor(term: str) -> str:
    return f"t-{term.replace(' ', '-')}"


def _lines(explained: dict[str, tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    return tuple((f"w-{name}", shown, line) for name, (shown, line) in explained.items())

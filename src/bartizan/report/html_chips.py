"""The small pieces of markup that every part of the report uses: verdicts, levels, references to risks and controls."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from bartizan.core.terms import ControlStatus, Outcome
from bartizan.report.html_words import Words
from bartizan.report.wording import OUTCOMES, STATUSES

_STATUS_SIGNS = {
    ControlStatus.NOT_STARTED: "○",
    ControlStatus.PLANNED: "◔",
    ControlStatus.IMPLEMENTED: "◑",
    ControlStatus.VERIFIED: "●",
    ControlStatus.NOT_APPLICABLE: "–",
}


def _markup(text: str) -> Markup:
    """Markup from parts that were escaped where they came in."""
    return Markup(text)  # noqa: S704


class Chips:
    """The pieces for one dossier. Each says in words what its shape and colour say."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._risks = {r.id: r for r in words.dossier.assessment.risks}
        levels = range(1, len(words.dossier.catalog.scales.levels) + 1)
        self._levels = {n: _markup(f'<b class="l l{words.shade(n)}">{n} {escape(words.level(n))}</b>') for n in levels}
        self._controls: dict[str, Markup] = {}
        self._numbers = {r: self._number(r) for r in self._risks}

    def verdict(self, outcome: Outcome) -> Markup:
        """A verdict: its shape and its word."""
        return _markup(f'<span class="v {outcome.value}">{OUTCOMES[outcome]}</span>')

    def level(self, step: int) -> Markup:
        """A level: its number and its word on its colour."""
        return self._levels[step]

    def status(self, status: ControlStatus) -> Markup:
        """How far a control is: a circle that fills, and the words."""
        return _markup(f'<span class="s"><i aria-hidden="true">{_STATUS_SIGNS[status]}</i> {STATUSES[status]}</span>')

    def bar(self, score: int, most: int = 5) -> Markup:
        """A small bar of as many parts as the scale has steps."""
        return _markup(f'<i class="bar" aria-hidden="true">{"■" * score}{"□" * (most - score)}</i>')

    def risk(self, risk: str) -> Markup:
        """The number of a risk, as a link to it."""
        return self._numbers[risk]

    def risks(self, risks: Iterable[str], most: int = 12) -> Markup:
        """The numbers of some risks; beyond ``most`` only how many more there are."""
        known = sorted((r for r in risks if r in self._numbers), key=self.words.numbers.__getitem__)
        shown = " ".join(self._numbers[r] for r in known[:most])
        return _markup(shown + (f" and {len(known) - most} more" if len(known) > most else ""))

    def _number(self, name: str) -> Markup:
        risk, number = self._risks[name], self.words.numbers[name]
        text = f"{self.words.threat(risk.threat)} at {self.words.component(risk.component)}"
        kind = f"num m{self.words.shade(risk.current.level)}" + (" above" if risk.above_appetite else "")
        label = escape(f"{text}: {self.words.level(risk.current.level)}")
        return _markup(f'<a class="{kind}" href="#{escape(name)}" title="{label}">{number}</a>')

    def control(self, control: str) -> Markup:
        """The title of a control, as a link to its entry below where there is one."""
        known = self._controls.get(control)
        if known is None:
            listed = any(step.control == control for step in self.words.dossier.assessment.steps)
            title = escape(self.words.control(control))
            text = f'<a href="#c-{escape(control)}">{title}</a>' if listed else str(title)
            known = self._controls[control] = _markup(text)
        return known

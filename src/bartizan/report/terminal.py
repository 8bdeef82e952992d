"""The summary for a terminal: one screen, readable without colour.

At 80 columns it takes at most 22 lines, which leaves room for a prompt and a line on where the report lies; from 100
columns on it says more, in at most 38 lines. Colour marks levels only, always beside the word or a bracket.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.text import Text

from bartizan.core.records import Risk
from bartizan.core.terms import Outcome
from bartizan.report import conclusions, wording
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.brief import in_brief
from bartizan.report.questions import suggestion_in_words
from bartizan.report.remarks import grave

_RAMP = ("black on #e8eef7", "black on #f6e3b4", "black on #f3b562", "black on #e0703a", "white on #a8201a")
"""From very low to very high: pale to dark, so that it also works in grey."""
_ROOMY = 100
_NARROW = 72
_CELL = 4
_LINES = 22


def summary(dossier: Dossier, width: int) -> RenderableType:
    """The assessment on one screen of ``width`` columns: rich text with no line longer than that."""
    page = _Page(dossier, max(width, 40))
    return Group(*page.lines())


class _Page:
    """The lines of the summary, as many of each part as the width allows."""

    def __init__(self, dossier: Dossier, width: int) -> None:
        self.dossier = dossier
        self.width = width
        self.roomy = width >= _ROOMY

    def lines(self) -> Iterator[Text]:
        head = [self._clip(Text(self._title(), style="bold")), *self._wrapped(self._headline(), most=2), *self._notes()]
        if self.dossier.assessment.risks:
            head += [Text(""), *self._middle(), Text(""), *self._first()]
        tail = [*self._suppliers(), *self._privacy(), self._clip(Text(self._counts()))]
        yield from head
        yield from self._next(room=_LINES - len(head) - len(tail))
        yield from tail

    # the parts

    def _title(self) -> str:
        made = self.dossier.assessment
        name = wording.plain(made.system)
        return f"{name} · AI Exchange {made.edition} · {wording.day(made.today)}"

    def _headline(self) -> str:
        text = conclusions.headline(self.dossier)
        above = any(risk.above_appetite for risk in self.dossier.assessment.risks)
        return f"{text[:-1]}, [n] on the map." if above else text

    def _notes(self) -> Iterator[Text]:
        shown = grave(self.dossier)[: 4 if self.roomy else 2]
        for i, remark in enumerate(shown):
            said = remark.title + (f" ({remark.term})" if remark.term else f": {remark.text}")
            yield from self._wrapped(f"! {wording.sentence(said)}", most=2 if self.roomy or i == 0 else 1)

    def _middle(self) -> Iterator[Text]:
        heat = self._heat_map()
        room = max(line.cell_len for line in heat)
        beside = self.width >= _NARROW
        left = self.width - room - 2 if beside else self.width
        top = self._top_risks(left, most=8 if self.roomy else len(heat) - 1)
        if not beside:
            yield from top
            yield from heat
            return
        for row, cells in zip_longest(top, heat, fillvalue=Text("")):
            line = row.copy()
            line.pad_right(left - row.cell_len + 2)
            yield self._clip(line + cells)

    def _top_risks(self, width: int, most: int) -> list[Text]:
        risks = self.dossier.assessment.risks
        more = f" ({most} of {len(risks)})" if len(risks) > most else ""
        chip = max(len(self.dossier.level_name(n + 1)) for n in range(len(self.dossier.catalog.scales.levels)))
        rows = [self._risk(risk, chip, width) for risk in risks[:most]]
        return [Text(f"Top risks{more}", style="bold"), *rows]

    def _risk(self, risk: Risk, chip: int, width: int) -> Text:
        line = Text(f" {self.dossier.level_name(risk.current.level):<{chip}} ", style=self._style(risk.current.level))
        accepted = "accepted: " if wording.is_accepted(self.dossier, risk) else ""
        where = wording.at(self.dossier, risk.component)
        name = f" {accepted}{wording.threat_name(self.dossier, risk.threat)} · {where}"
        tail = f" → {self.dossier.level_name(risk.residual.level):<{chip}}" if self.roomy else ""
        body = Text(name)
        body.truncate(width - line.cell_len - len(tail), overflow="ellipsis", pad=bool(tail))
        return Text.assemble(line, (body.plain, ""), (tail, ""))

    def _heat_map(self) -> list[Text]:
        scales = self.dossier.catalog.scales
        counts = Counter((r.current.likelihood, r.current.impact) for r in self.dossier.assessment.risks)
        steps = range(len(scales.likelihood), 0, -1)
        words = {n: wording.likelihood_name(self.dossier, n) if self.roomy else "" for n in steps}
        label = max(len(word) + bool(word) for word in words.values()) + 2
        rows = [Text("Likelihood ↑ Impact →", style="bold")]
        for likelihood in steps:
            row = Text(f"{words[likelihood] + ' ' if self.roomy else ''}{likelihood} ".rjust(label), end="")
            for bad in range(1, len(scales.impact) + 1):
                level = scales.matrix[likelihood - 1][bad - 1]
                count = counts[likelihood, bad]
                row.append(_cell(count, above=level > scales.appetite), style=self._style(level))
            rows.append(row)
        digits = "".join(f"{n:^{_CELL}}" for n in range(1, len(scales.impact) + 1))
        return [*rows, Text(" " * label + digits)]

    def _first(self) -> Iterator[Text]:
        steps = conclusions.first_steps(self.dossier, 5 if self.roomy else 3)
        if not steps:
            yield from self._wrapped(conclusions.NOTHING_FIRST, 2)
            return
        head = Text("Do first", style="bold")
        plan = conclusions.best_plan(self.dossier)
        said = conclusions.plan_in_brief(self.dossier, plan) if plan else ""
        yield self._clip(
            head + Text(f" (plan: {said if self.roomy else said.replace('about ', '', 1)})" if plan else "", "")
        )
        names = [wording.step_title(self.dossier, step) for step in steps]
        room = min(max(map(len, names)), self.width // 2 - 4)
        for i, (step, name) in enumerate(zip(steps, names, strict=True), start=1):
            title = Text(name)
            title.truncate(room, overflow="ellipsis", pad=True)
            effort = wording.EFFORTS[step.effort]
            yield self._clip(Text(f" {i} {title.plain}  {effort} effort, {wording.step_buys(self.dossier, step)}"))

    def _next(self, room: int) -> Iterator[Text]:
        suggestions = self.dossier.assessment.suggestions
        answers = [suggestion_in_words(self.dossier, s) for s in suggestions[: 4 if self.roomy else 1]]
        rest = f" ({len(answers)} of {len(suggestions)})" if len(suggestions) > len(answers) else ""
        if self.roomy and answers:
            yield Text(f"Answer next{rest}", style="bold")
            for answer in answers:
                yield from self._wrapped(f" · {answer}", most=2)
        elif answers:
            yield from self._wrapped(f"Answer next{rest}: {answers[0]}", most=2 if room > 1 else 1)

    def _suppliers(self) -> Iterator[Text]:
        points = self.dossier.assessment.open_points
        if points:
            who = wording.listing(list(dict.fromkeys(map(wording.supplier_name, points)))[:3])
            count = wording.number(len(points), "question")
            yield self._clip(Text(f"Ask {who}: {count}; bartizan questionnaire prints them."))

    def _privacy(self) -> Iterator[Text]:
        if told := in_brief(self.dossier):
            yield self._clip(Text(told))

    def _counts(self) -> str:
        made = self.dossier.assessment
        verbs = {Outcome.APPLIES: "apply", Outcome.DOES_NOT_APPLY: "do not apply"}
        parts = [
            f"{wording.SIGNS[o]} {made.count(o, rated=False)} {verbs.get(o, wording.OUTCOMES[o])}" for o in Outcome
        ]
        return f"{wording.number(len(made.verdicts), 'verdict')}: {'  '.join(parts)}"

    # the means

    def _style(self, level: int) -> str:
        last = len(self.dossier.catalog.scales.levels) - 1
        return _RAMP[round((level - 1) / last * (len(_RAMP) - 1)) if last else 0]

    def _clip(self, text: Text) -> Text:
        text.no_wrap = True
        text.truncate(self.width, overflow="ellipsis")
        return text

    def _wrapped(self, text: str, most: int) -> Iterable[Text]:
        """The text over at most so many lines; what is cut off shows as an ellipsis."""
        lines = textwrap.wrap(text, self.width, subsequent_indent="  ", max_lines=most, placeholder=" …")
        return [self._clip(Text(line)) for line in lines]


def _cell(count: int, *, above: bool) -> str:
    if not count:
        return " ·  "
    return f"[{count:>2}]" if above else f" {count:>2} "

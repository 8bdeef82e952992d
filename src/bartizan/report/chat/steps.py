"""How to see each breach again: steps that unfold, commands that can be copied, what the assistant answered.

A search may take hundreds of steps of any length. What a page shows of one breach has a limit, so that results with
many breaches stay a page; the JSON results and the store have all of it, and the page says where something is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from bartizan.core.chat_results import Breach, ChatRun, Way
from bartizan.core.trial import Trial
from bartizan.report.catalog_page import clean
from bartizan.report.chat.wording import block, is_command, severity_word, way_text
from bartizan.report.lab.document import paragraph, strong
from bartizan.report.pictures.marks import element

_PAGE = 900_000
_LEAST, _MOST = 1_500, 10_000
_STEPS, _ANSWERS, _WAYS = 12, 3, 12


def room_for(breaches: int) -> int:
    """How many characters of steps and answers each of so many breaches may show."""
    return max(_LEAST, min(_MOST, _PAGE // max(1, breaches)))


def folds(run: ChatRun, number: int, room: int) -> Iterator[Markup]:
    """A part for each breach of a run, closed."""
    trials = {one.key: one for one in run.trials}
    for place, one in enumerate(run.breaches):
        yield _fold(one, trials.get(one.shown_by), anchor(number, place), room)


def anchor(number: int, place: int) -> str:
    """Where the steps of a run's breach are on the page."""
    return f"steps-{number}-{place}"


def _fold(one: Breach, trial: Trial | None, name: str, room: int) -> Markup:
    return element(
        "details",
        element("summary", strong(one.title), f" · {severity_word(one)} · {one.rate.hits} of {one.rate.trials}"),
        paragraph(one.about) if one.about else "",
        element("p", "What shows it: ", clean(one.why)),
        element("ol", *_steps(one.steps, room), class_="steps"),
        *_answers(trial, room // 3),
        *_ways(one.ways),
        class_="fold",
        id=name,
    )


def _steps(steps: Sequence[str], room: int) -> Iterator[Markup]:
    shown = list(steps)
    if len(shown) > _STEPS:
        half = _STEPS // 2
        cut = f"[{len(shown) - _STEPS:,} more steps: the JSON results have all]"
        shown = [*shown[:half], cut, *shown[-half:]]
    each = max(200, room // max(1, len(shown)))
    for step in shown:
        if is_command(step):
            yield _command(step, max(each, room // 2))
        else:
            yield element("li", element("div", block(step, each), class_="words"))


def _command(step: str, most: int) -> Markup:
    if len(step) > most:
        told = f"[one request of {len(step):,} characters as a curl command: the JSON results have it]"
        return element("li", element("div", told, class_="words"))
    take = element("button", "Copy", type="button", class_="take")
    return element("li", element("pre", element("code", block(step, most))), take)


def _answers(trial: Trial | None, room: int) -> Iterator[Markup]:
    turns = trial.transcript.turns if trial is not None and trial.transcript is not None else ()
    if not turns:
        return
    last = turns[-_ANSWERS:]
    yield paragraph(
        "What it answered:" if len(turns) <= _ANSWERS else f"What it answered in its last {len(last)} turns:"
    )
    for turn in last:
        asked = "\n".join(f"[it asks for the tool {call.name}]" for call in turn.calls[:_STEPS])
        said = "\n".join(filter(None, (turn.text, asked))) or "[nothing]"
        yield element("div", block(said, room // len(last)), class_="words answer")


def _ways(ways: Sequence[Way]) -> Iterator[Markup]:
    if len(ways) < 2:
        return
    yield paragraph(f"All {len(ways)} ways that reached it, the surest first:")
    more = [element("li", f"{len(ways) - _WAYS} more ways: the JSON results have all")] if len(ways) > _WAYS else []
    yield element("ul", *(element("li", clean(way_text(way))) for way in ways[:_WAYS]), *more)

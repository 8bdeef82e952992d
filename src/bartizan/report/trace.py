"""What models decided about people, as lines for a screen and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bartizan.core.errors import printable
from bartizan.core.moments import moment_in_words
from bartizan.report.consent import json_text
from bartizan.trace.entries import Reviewed, Traced


def traced_lines(found: Iterable[Traced]) -> Iterator[str]:
    """A line for each decision, with its explanation and reviews below it."""
    shown = False
    for one in found:
        shown = True
        decided, details = one.decided, one.details
        model = f"{printable(decided.model, 60)} ({printable(decided.version, 24)})"
        what = printable(details.outcome, 60) if details else "details deleted"
        score = f", {details.score:g}" if details and details.score is not None else ""
        person = f"  {details.person[:8]}" if details else ""
        yield f"{one.number:>6}  {moment_in_words(decided.at)}  {model}: {what}{score}{person}"
        if details and details.explanation:
            yield f"        {printable(details.explanation, 300)}"
        for review in one.reviews:
            assert isinstance(review.entry, Reviewed)
            told = (
                f"{printable(review.by, 60)}: {printable(review.entry.outcome, 60)}, {printable(review.entry.why, 200)}"
            )
            yield f"        reviewed {moment_in_words(review.seen)} by {told}"
    if not shown:
        yield "nothing found"


def traced_document(found: Iterable[Traced]) -> str:
    """The same for programs."""
    made = [{**msgspec.to_builtins(one), "outcome": one.outcome} for one in found]
    return json_text({"bartizan_trace": 1, "decisions": made})

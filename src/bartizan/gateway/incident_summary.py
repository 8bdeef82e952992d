"""An incident in words and tables. Everything that a stranger may have written is shown as code on one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bartizan.core.errors import printable
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.reading import Wanted
from bartizan.gateway.events.verifying import Verified

_MOST_ROWS = 200


def summary_of(
    events: Sequence[Event], wanted: Wanted, verified: Verified, missing: Sequence[str], with_content: bool
) -> str:
    """The text of summary.md. ``missing``: which content could not be had, and why."""
    parts = [
        "# Incident",
        f"{len(events)} exchanges, from {min(e.at for e in events)} to {max(e.at for e in events)}.",
        _asked(wanted),
        "## How they ended",
        _table(("ending", "exchanges"), sorted(Counter(one.ending for one in events).items())),
        "## What guards did",
        _table(("guard", "outcome", "times"), _guards(events)),
        "## Exchanges",
        _table(("at", "id", "caller", "model", "ending", "status", "ended by"), [_row(e) for e in events[:_MOST_ROWS]]),
    ]
    if len(events) > _MOST_ROWS:
        parts.append(f"{len(events) - _MOST_ROWS} more are in events.jsonl.")
    parts += ["## The ledger", _checked(verified), "## Content", _content(missing, with_content)]
    return "\n\n".join(one for one in parts if one) + "\n"


def _asked(wanted: Wanted) -> str:
    named = [
        (name, getattr(wanted, name)) for name in wanted.__struct_fields__ if getattr(wanted, name) not in ("", None)
    ]
    return "Asked for: " + ", ".join(f"{name} {_code(value)}" for name, value in named) + "." if named else ""


def _guards(events: Sequence[Event]) -> list[tuple[object, ...]]:
    counts: Counter[tuple[str, str]] = Counter()
    for event in events:
        for one in event.judged:
            if one.outcome != "allowed" or one.found:
                outcome = "found something" if one.outcome == "allowed" else one.outcome
                counts[one.guard, outcome if one.enforced else f"would have {outcome}"] += one.times
    return [(guard, outcome, count) for (guard, outcome), count in sorted(counts.items())]


def _row(event: Event) -> tuple[object, ...]:
    ended = f"{event.blocked_by}: {event.block}" if event.blocked_by else ""
    return (event.at, event.id, event.caller, event.model, event.ending, event.status, ended)


def _checked(verified: Verified) -> str:
    if verified.sound:
        return f"All {verified.entries} entries of the ledger follow from one another, up to its seals."
    shown = "\n".join(f"- {_code(one)}" for one in verified.faults[:20])
    return f"**The ledger is not as it was written: {len(verified.faults) + verified.more} faults.**\n\n{shown}"


def _content(missing: Sequence[str], with_content: bool) -> str:
    if not with_content:
        return "Not in here: no key was given."
    if not missing:
        return "In the folder `content`, as far as it was kept. It is not encrypted any more: treat it so."
    shown = "\n".join(f"- {_code(one)}" for one in missing[:20])
    return f"In the folder `content`, not encrypted. Missing are {len(missing)}:\n\n{shown}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return "None."
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(_code(one) for one in row)} |" for row in rows]
    return "\n".join(lines)


def _code(value: object) -> str:
    text = printable(str(value), 120).replace("`", "'").replace("|", "¦")
    return f"`{text}`" if text else ""

"""A check of a repository as lines for a screen: what was found, why, what to do, and what was looked at in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bartizan.core.errors import printable
from bartizan.devcheck.finding import Checked, Finding
from bartizan.devcheck.rule import LEVELS

_MOST = 10
"""Findings of one rule that are shown."""


def terminal(checked: Checked, lapsed: tuple[str, ...] = ()) -> str:
    """All of it, rule by rule, the worst first."""
    rules: dict[tuple[str, str], list[Finding]] = {}
    for one in checked.open:
        rules.setdefault((one.level, one.rule.id), []).append(one)
    lines = [line for found in rules.values() for line in _rule_lines(found)]
    lines += [f"ALLOWED {one.place}: {one.rule.id} because {one.waived}  [{one.waived_by}]" for one in checked.waived]
    lines += [f"LAPSED  {printable(one)}" for one in lapsed]
    return "\n".join([*lines, *_summary(checked)]) + "\n"


def _rule_lines(found: list[Finding]) -> Iterator[str]:
    rule = found[0].rule
    refs = f" ({', '.join(rule.references)})" if rule.references else ""
    title = f"{rule.title}: it cannot be told" if found[0].is_unknown else rule.title
    yield f"{found[0].level.upper():<7} {title}  [{rule.id}]"
    for one in found[:_MOST]:
        yield f"        {one.place}: {one.what}"
    if len(found) > _MOST:
        yield f"        and {len(found) - _MOST:,} more; -f json shows all"
    yield f"        why: {rule.why}{refs}"
    yield f"        fix: {rule.fix}"


def _summary(checked: Checked) -> Iterator[str]:
    counts = Counter(one.level for one in checked.open)
    named = ", ".join(f"{counts[level]:,} {level}" for level in LEVELS if counts[level])
    allowed = f"; {checked.allowed:,} allowed" if checked.allowed else ""
    yield f"{named or 'nothing found'}{allowed}"
    yield f"{checked.files:,} files with {checked.lines:,} lines of text; {history(checked)}"
    if checked.left_out:
        more = f" and {len(checked.left_out) - 4:,} more" if len(checked.left_out) > 4 else ""
        yield f"left out: {', '.join(map(printable, checked.left_out[:4]))}{more}"


def history(checked: Checked) -> str:
    """What was read of the history, in a few words."""
    if checked.commits is None:
        return f"the history was not read: {printable(checked.history_note)}"
    count = f"{checked.commits:,} commits of the history"
    return f"{count}; {checked.history_note}" if checked.history_note else f"{count}, which is all of it"

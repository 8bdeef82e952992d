"""What is different from the baseline, in the words that every format shares."""

from __future__ import annotations

from collections.abc import Callable

from bartizan.core.chat_results import ChatResults, Since

STILL = "Still reached"
_Pair = tuple[str, str]


def changes(since: Since) -> tuple[tuple[str, tuple[_Pair, ...]], ...]:
    """What changed in words, and the (target, case) that did: what fails a gate first."""
    return (
        ("New since the baseline", since.new),
        ("Reached now, not tried in the baseline", since.unseen),
        ("Not tried again, so nobody knows", since.untried),
        ("Gone since the baseline", since.gone),
        (STILL, since.still),
    )


def titles_in(results: ChatResults) -> Callable[[_Pair], str]:
    """What names a pair: the goal in plain words, where results know it, and the target where there are several."""
    titles = {one.case: one.title for run in results.runs for one in run.trials}
    many = len(results.runs) > 1

    def named(pair: _Pair) -> str:
        target, case = pair
        title = titles.get(case, case)
        return f"{title} at {target}" if many else title

    return named

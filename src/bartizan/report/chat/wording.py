"""Words and short texts that the pages, lists and tables about chat targets share."""

from __future__ import annotations

from bartizan.core.chat_results import Breach, ChatRun, Covered, Way
from bartizan.core.errors import printable
from bartizan.core.measurement import Rate

SEVERITIES = ("not stated", "very low", "low", "medium", "high", "very high")
LAYERS = {
    "reasoning": "the model's judgement",
    "tools": "tools",
    "infrastructure": "what stands around it",
    "between_agents": "between agents",
}
TESTED = {"searched": "searched", "tried": "tried", "not_tested": "not tested"}
MARKS = {"searched": "●", "tried": "○", "not_tested": "–"}
_LONGEST = 4000


def severity_word(breach: Breach) -> str:
    """How bad the description says that it is."""
    return SEVERITIES[breach.severity or 0]


def surface_word(surface: str | None) -> str:
    """A surface in words."""
    return (surface or "").replace("_", " ")


def harm_word(harm: str) -> str:
    """A harm in words."""
    return harm.replace("_", " ")


def headline(run: ChatRun) -> str:
    """The answer: how many goals of an attacker were reached, of how many that were tried."""
    scored = [one for one in run.trials if one.outcome in ("hit", "miss")]
    if not scored:
        return "Nothing could be tried."
    cases = len({one.case for one in scored})
    worst = f" The worst: {run.breaches[0].title}." if run.breaches else ""
    return f"{len(run.breaches)} of {cases} goals were reached, in {len(scored):,} trials.{worst}"


def way_name(way: Way) -> str:
    """An attack that reached a goal, how it was dressed and where it came in."""
    dress = f" in {way.variation.replace('+', ' and ').replace('_', ' ')}" if way.variation else ""
    turns = ", several turns" if way.is_multi_turn else ""
    return f"{way.title}{dress}, by {surface_word(way.surface)}{turns}"


def way_text(way: Way) -> str:
    """The same with how often it did."""
    return f"{way_name(way)}: {way.rate.hits} of {way.rate.trials}"


def rate_or(rate: Rate, otherwise: str = "") -> str:
    """A rate with its interval, or a word where nothing was tried."""
    return str(rate) if rate.trials else otherwise


def block(text: str) -> str:
    """A text of strangers over several lines: each shows as it is, and nothing in it acts."""
    shown = [printable(line, _LONGEST) for line in text[:_LONGEST].splitlines()]
    cut = [f"[{len(text) - _LONGEST:,} more characters]"] if len(text) > _LONGEST else []
    return "\n".join([*shown, *cut])


def untested(run: ChatRun) -> tuple[Covered, ...]:
    """The rows of the coverage that nothing is known about."""
    return tuple(row for row in run.coverage if row.tested == "not_tested")

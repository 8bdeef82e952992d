"""Words and short texts that the pages, lists and tables about chat targets share."""

from __future__ import annotations

from collections.abc import Sequence

from bartizan.core.chat_results import Breach, ChatRun, JudgeUsed, Way
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
    """How bad the description says that it is: a number and a word."""
    return f"{breach.severity} {SEVERITIES[breach.severity]}" if breach.severity else SEVERITIES[0]


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


def answer(runs: Sequence[ChatRun]) -> str:
    """The answer for all targets together: the first line of a page."""
    if len(runs) == 1:
        return headline(runs[0])
    if not runs:
        return "Nothing was tried."
    worst = max(runs, key=lambda run: (max((one.severity or 0 for one in run.breaches), default=-1), len(run.breaches)))
    lost = [run for run in runs if run.breaches]
    if not lost:
        return f"No goal was reached at any of {len(runs)} targets."
    told = f"{len(lost)} of {len(runs)} targets lost something to an attacker."
    return f"{told} Worst off is {worst.label}: {headline(worst)}"


def easiest(breach: Breach, run: ChatRun) -> Way:
    """What reached it with the least effort: the way of the trial that shows it best."""
    shown = next((one for one in run.trials if one.key == breach.shown_by), None)
    made = (shown.attack, shown.surface, shown.variation) if shown is not None else None
    rest = sorted(breach.ways, key=lambda way: (way.effort, way.is_multi_turn, -(way.rate.value or 0.0)))
    return next((way for way in rest if (way.attack, way.surface, way.variation) == made), rest[0])


def way_where(way: Way) -> str:
    """Where an attack came in, in which dress, and in how many turns."""
    dress = f", dressed in {way.variation.replace('+', ' and ').replace('_', ' ')}" if way.variation else ""
    turns = ", in several turns" if way.is_multi_turn else ""
    return f"by {surface_word(way.surface)}{dress}{turns}"


def way_name(way: Way) -> str:
    """An attack that reached a goal, how it was dressed and where it came in."""
    return f"{way.title}, {way_where(way)}"


def way_text(way: Way) -> str:
    """The same with how often it did."""
    return f"{way_name(way)}: {way.rate.hits} of {way.rate.trials}"


def effort_word(effort: int) -> str:
    """What an attacker had to do."""
    return f"{effort} over plain words" if effort else "plain words"


def short_rate(rate: Rate) -> str:
    """A rate with its interval in few characters."""
    if not rate.trials:
        return "not tried"
    low, high = rate.interval
    return f"{rate.hits} of {rate.trials} ({100 * low:.0f}–{100 * high:.0f} %)"


def judge_line(judge: JudgeUsed) -> str:
    """How far the judge model can be trusted, and whether its verdicts counted."""
    low, high = judge.interval
    agrees = f"agreed with people in {judge.agreed} of {judge.n} answers ({100 * low:.0f}–{100 * high:.0f} %)"
    told = f"{judge.model} {agrees}, kappa {judge.kappa:.2f}" if judge.n else f"{judge.model} was not measured"
    return f"{told}; its verdicts {'counted' if judge.counts else f'did not count: {judge.why}'}"


def spent_line(run: ChatRun) -> str:
    """What the test cost."""
    spent = run.usage
    money = f", {run.money:.2f} of money" if run.money is not None else ""
    return f"{spent.requests:,} requests, {spent.input_tokens + spent.output_tokens:,} tokens{money}"


def is_command(step: str) -> bool:
    """Whether a step is a command for a shell, to be copied as it is."""
    return step.startswith(("curl ", "bartizan ")) and "\n" not in step


def block(text: str, longest: int = _LONGEST) -> str:
    """A text of strangers over several lines: each shows as it is, and nothing in it acts."""
    shown = [printable(line, longest + 1) for line in text[:longest].splitlines()]
    cut = [f"[{len(text) - longest:,} more characters]"] if len(text) > longest else []
    return "\n".join([*shown, *cut])

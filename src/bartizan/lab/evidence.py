"""From measurements to evidence: what several attacks say of one risk, as counts that the register's rules can use.

Attacks on one risk, behind the same controls and with the same seed, count as one: a sample is lost where any of them
won it. What anybody would get without the attack is taken off, and said. Runs that changed nothing, broke or did not
apply are no evidence in either direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bartizan import __version__
from bartizan.core.evidence import Evidence
from bartizan.core.measurement import Measurement, Rate
from bartizan.core.terms import ControlId
from bartizan.lab.effect import worst_case

TOOL = "bartizan lab"
_LONGEST = 400


def evidence_of(
    measured: Iterable[Measurement], risks_of: Callable[[Measurement], tuple[str, ...]], target: str = ""
) -> tuple[Evidence, ...]:
    """One piece of evidence for each risk, stack of controls and seed. ``risks_of`` tells the ids of the risks."""
    groups: dict[tuple[str, tuple[str, ...], int, str, str], list[Measurement]] = {}
    for run in measured:
        for risk in risks_of(run) if run.counts else ():
            groups.setdefault((risk, run.controls, run.seed, run.family, run.limit), []).append(run)
    return tuple(_evidence(risk, runs, target) for (risk, *_), runs in groups.items())


def _evidence(risk: str, runs: Sequence[Measurement], target: str) -> Evidence:
    joined, flags = worst_case(runs)
    counted = _beyond_chance(joined, runs)
    best = max(runs, key=lambda run: (run.success.value or 0.0) if run.success else 0.0)
    titles = list(dict.fromkeys(run.title for run in runs))
    return Evidence(
        risk=risk,
        what=_short("; ".join(titles) + (": the worst of them, sample by sample" if len(runs) > 1 and flags else "")),
        kind="test",
        target=target or best.rig,
        digests=_digests(risk, runs),
        held_on=max(run.held_on for run in runs),
        hits=counted.hits,
        trials=counted.trials,
        strong=any(run.strong for run in runs),
        with_controls=controls_of(best),
        tool=TOOL,
        version=__version__,
        seed=best.seed,
        note=_short(_note(best, joined, counted)),
    )


def controls_of(run: Measurement) -> tuple[ControlId, ...]:
    """The ids in the catalogue of the controls of a run, without variants and parameters."""
    return tuple(dict.fromkeys(ControlId(name.partition("(")[0].partition("/")[0]) for name in run.controls))


def _beyond_chance(joined: Rate, runs: Sequence[Measurement]) -> Rate:
    """Less what the baseline would have got of as many."""
    chance = max((run.baseline.value or 0.0 for run in runs if run.baseline), default=0.0)
    return Rate(hits=max(0, joined.hits - round(chance * joined.trials)), trials=joined.trials)


def _digests(risk: str, runs: Sequence[Measurement]) -> dict[str, str]:
    """Of the model that was attacked; for a risk of data, of the data."""
    kept: dict[str, str] = {}
    for run in runs:
        kept.update({name: digest for name, digest in run.digests.items() if name in ("model", "train")})
    wanted = "train" if runs[0].family == "poisoning" and "train" in kept else "model"
    return {("data" if wanted == "train" else wanted): kept[wanted]} if wanted in kept else {}


def _note(best: Measurement, joined: Rate, counted: Rate) -> str:
    parts = [f"Most by {best.title}: {best.success}."]
    if best.limit:
        parts.append(f"Limit {best.limit}.")
    if counted.hits != joined.hits:
        parts.append(f"{joined.hits} of {joined.trials} in all; what would be found without the attack is taken off.")
    if best.price.queries:
        parts.append(f"{best.price.queries:,} queries.")
    return " ".join([*parts, f"Attacker has: {best.knowledge}."])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""From measurements to evidence: what several attacks say of one risk, as counts that the register's rules can use.

Attacks on one risk, behind the same controls and with the same seed, count as one: a sample is lost where any of them
won it. Where anybody gets something without the attack, that is taken off and said, and only the best attack counts:
several that each point at one stranger in ten would together point at more. Runs that changed nothing, broke or did
not apply are no evidence in either direction.
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
    best = max(runs, key=_gain)
    together = [best] if any(run.baseline for run in runs) else list(runs)
    joined, _ = worst_case(together)
    counted = _beyond_chance(joined, best)
    titles = "; ".join(dict.fromkeys(run.title for run in runs))
    worst = "the best of them" if len(together) == 1 else "the worst of them, sample by sample"
    return Evidence(
        risk=risk,
        what=_short(f"{titles}: {worst}" if len(runs) > 1 else titles),
        kind="test",
        target=target or best.rig,
        digests=_digests(runs),
        held_on=max(run.held_on for run in runs),
        hits=counted.hits,
        trials=counted.trials,
        strong=any(run.strong for run in together),
        with_controls=controls_of(best),
        tool=TOOL,
        version=__version__,
        seed=best.seed,
        note=_short(_note(best, joined, counted)),
    )


def _gain(run: Measurement) -> float:
    """How much an attack won beyond what anybody would without it."""
    chance = run.baseline.value if run.baseline is not None else None
    return ((run.success.value if run.success is not None else None) or 0.0) - (chance or 0.0)


def controls_of(run: Measurement) -> tuple[ControlId, ...]:
    """The ids in the catalogue of the controls of a run, without variants and parameters."""
    return tuple(dict.fromkeys(ControlId(name.partition("(")[0].partition("/")[0]) for name in run.controls))


def _beyond_chance(joined: Rate, best: Measurement) -> Rate:
    """Less what the baseline would have got of as many."""
    chance = (best.baseline.value if best.baseline is not None else None) or 0.0
    return Rate(hits=max(0, joined.hits - round(chance * joined.trials)), trials=joined.trials)


def _digests(runs: Sequence[Measurement]) -> dict[str, str]:
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

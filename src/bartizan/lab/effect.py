"""What controls buy: paired differences of attack success, their intervals, and whether gradients are only hidden."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from bartizan.core.interval import wilson
from bartizan.core.measurement import Effect, Measurement, Rate


def effect(without: Measurement, with_: Measurement) -> Effect | None:
    """The difference between two runs that differ only in their controls; None where either counted nothing.

    Samples that were counted on both sides are paired: the interval is that of Newcombe (1998), Statistics in Medicine
    17:2635, method 10 (Wilson scores with the correlation of pairs). Where the runs do not have the same samples it is
    the unpaired one (method 10 of his other paper, 17:873).
    """
    if not (without.counts and with_.counts):
        return None
    assert without.success is not None
    assert with_.success is not None
    pairs = _pairs(without.flags, with_.flags)
    if pairs:
        before, after = _rate(a for a, _ in pairs), _rate(b for _, b in pairs)
        low, high = paired_interval(pairs)
    else:
        before, after = without.success, with_.success
        low, high = unpaired_interval(before, after)
    assert before.value is not None
    assert after.value is not None
    return Effect(
        attack=without.attack,
        title=without.title,
        limit=without.limit,
        controls=with_.controls,
        seed=with_.seed,
        without=before,
        with_=after,
        reduction=before.value - after.value,
        low=low,
        high=high,
        paired=len(pairs),
        accuracy=_less(_share(with_.price.accuracy), _share(without.price.accuracy)),
        latency=_less(with_.price.latency_ms, without.price.latency_ms),
        queries=with_.price.queries / without.price.queries if without.price.queries else None,
    )


def _pairs(before: str, after: str) -> list[tuple[int, int]]:
    if len(before) != len(after):
        return []
    return [(int(a), int(b)) for a, b in zip(before, after, strict=True) if a in "01" and b in "01"]


def _rate(flags: Iterable[int]) -> Rate:
    found = list(flags)
    return Rate(hits=sum(found), trials=len(found))


def _share(rate: Rate | None) -> float | None:
    return rate.value if rate is not None else None


def _less(a: float | None, b: float | None) -> float | None:
    return a - b if a is not None and b is not None else None


def paired_interval(pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The 95 % interval of the difference of two rates on the same samples: Newcombe's method 10."""
    n = len(pairs)
    both = sum(a and b for a, b in pairs)
    first = sum(a and not b for a, b in pairs)
    second = sum(b and not a for a, b in pairs)
    neither = n - both - first - second
    p, q = (both + first) / n, (both + second) / n
    (l1, u1), (l2, u2) = wilson(both + first, n), wilson(both + second, n)
    phi = _correlation(both, first, second, neither, n)
    d = p - q
    low = d - _root((p - l1) ** 2 - 2 * phi * (p - l1) * (u2 - q) + (u2 - q) ** 2)
    high = d + _root((u1 - p) ** 2 - 2 * phi * (u1 - p) * (q - l2) + (q - l2) ** 2)
    return max(-1.0, low), min(1.0, high)


def _correlation(both: int, first: int, second: int, neither: int, n: int) -> float:
    product = math.prod((both + first, second + neither, both + second, first + neither))
    if product == 0:
        return 0.0
    difference = both * neither - first * second
    if difference > n / 2:
        difference -= n / 2  # type: ignore[assignment]  # Newcombe's correction for a positive correlation
    elif difference > 0:
        difference = 0
    return difference / math.sqrt(product)


def _root(square: float) -> float:
    return math.sqrt(max(square, 0.0))


def unpaired_interval(a: Rate, b: Rate) -> tuple[float, float]:
    """The 95 % interval of the difference of two independent rates: Newcombe's hybrid score."""
    assert a.value is not None
    assert b.value is not None
    (l1, u1), (l2, u2), d = a.interval, b.interval, a.value - b.value
    low = d - math.hypot(a.value - l1, u2 - b.value)
    high = d + math.hypot(u1 - a.value, b.value - l2)
    return max(-1.0, low), min(1.0, high)


def worst_case(runs: Sequence[Measurement]) -> tuple[Rate, str]:
    """Several attacks on the same samples as one: a sample is lost where any of them won it.

    Returns the rate and the flags. Runs that counted nothing are left out; (0 of 0, '') where none is left.
    """
    flags = [run.flags for run in runs if run.counts and run.flags]
    if not flags or len({len(f) for f in flags}) != 1:
        best = max((run.success for run in runs if run.counts and run.success), key=_size, default=None)
        return best or Rate(hits=0, trials=0), ""
    joined = "".join(_joined(signs) for signs in zip(*flags, strict=True))
    return Rate(hits=joined.count("1"), trials=len(joined) - joined.count("-")), joined


def _size(rate: Rate) -> float:
    return rate.value or 0.0


def _joined(signs: tuple[str, ...]) -> str:
    if "1" in signs:
        return "1"
    return "0" if "0" in signs else "-"


def masking(runs: Sequence[Measurement], by_gradient: frozenset[str]) -> str:
    """Why the controls of these runs are taken to mask gradients; empty where nothing points to it.

    ``runs`` share rig, seed and controls; ``by_gradient`` are the ids of attacks that follow gradients. An attack that
    sees less can only be better when the gradients lie: Athalye, Carlini, Wagner (2018), Obfuscated gradients give a
    false sense of security, section 3.1.
    """
    strong = [run for run in runs if run.counts and run.strong and run.attack in by_gradient]
    blind = [run for run in runs if run.counts and run.attack not in by_gradient and run.family == "evasion"]
    for seeing in strong:
        for other in blind:
            pairs = _pairs(seeing.flags, other.flags)
            if seeing.limit != other.limit or not pairs:
                continue
            low, _ = paired_interval([(b, a) for a, b in pairs])
            if low > 0:
                return (
                    f"{other.title or other.attack} sees no gradient and still wins {other.success}, "
                    f"while {seeing.title or seeing.attack} wins {seeing.success}"
                )
    return ""

"""Yes, no and unknown, combined after S. C. Kleene's strong logic, each with what it rests on or what it waits for."""

from __future__ import annotations

from collections.abc import Iterable

from bartizan.core.proof import Answer, Need, Origin

MOST_ORIGINS = 12
MOST_NEEDS = 24


def any_of(answers: Iterable[Answer]) -> Answer:
    """Kleene's or: the first yes with its origins; else unknown with all needs; else no with all origins.

    "All" ends at ``MOST_NEEDS`` and at ``few``: a proof that nobody can read proves nothing.
    """
    return _combined(answers, decisive=True)


def all_of(answers: Iterable[Answer]) -> Answer:
    """Kleene's and: the first no with its origins; else unknown with all needs; else yes with all origins."""
    return _combined(answers, decisive=False)


def _combined(answers: Iterable[Answer], *, decisive: bool) -> Answer:
    origins: dict[Origin, None] = {}
    needs: dict[Need, None] = {}
    unknown = False
    for answer in answers:
        if answer.value is decisive:
            return answer
        if answer.value is None:
            unknown = True
            needs.update(dict.fromkeys(answer.needs))
        else:
            origins.update(dict.fromkeys(answer.origins))
    if unknown:
        return Answer(None, (), tuple(needs)[:MOST_NEEDS])
    return Answer(not decisive, few(origins))


def negated(answer: Answer) -> Answer:
    """The opposite, for the same reasons; unknown stays unknown."""
    return answer if answer.value is None else Answer(not answer.value, answer.origins)


def few(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """The origins, each once; of many the first ones, and one that nobody gave where there is any.

    A default must stay visible however long the proof: it is what a reader may want to change.
    """
    told = tuple(dict.fromkeys(origins))
    if len(told) <= MOST_ORIGINS:
        return told
    start, rest = told[: MOST_ORIGINS - 2], told[MOST_ORIGINS - 2 :]
    assumed = [origin for origin in rest if origin.kind in {"default", "implied"}][:1]
    more = Origin(kind="computed", text="and more of the same kind")
    return tuple(dict.fromkeys((*start, *(assumed if not _assumes(start) else ()), more)))


def _assumes(origins: Iterable[Origin]) -> bool:
    return any(origin.kind in {"default", "implied"} for origin in origins)

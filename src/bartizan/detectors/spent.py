"""What the answer to one message cost: tokens, requests, seconds."""

from __future__ import annotations

from typing import ClassVar

from bartizan.core.transcript import Judgement, Marks, Transcript, Turn
from bartizan.detectors.family import Bench, Detector, hit, miss, unscored

_CHARACTERS_A_TOKEN = 4
"""Of English, by the common rule of thumb."""


class Spent(Detector, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="spent"):
    """One turn cost at least one of these. Where the endpoint counts no tokens, they are its text's length by four.

    An estimate says so. Input is what the endpoint counts, or else what was said in the turn, which is less than what
    an endpoint is sent when it is told the conversation anew.
    """

    title: ClassVar[str] = "one message cost too much"
    output_tokens: int | None = None
    input_tokens: int | None = None
    requests: int | None = None
    """Of the model, for one message."""
    seconds: float | None = None

    def __post_init__(self) -> None:
        """ValueError where there is no threshold, or one that everything reaches."""
        limits = [
            one for one in (self.output_tokens, self.input_tokens, self.requests, self.seconds) if one is not None
        ]
        if not limits or min(limits) <= 0:
            raise ValueError("'spent' needs a threshold above 0: output_tokens, input_tokens, requests or seconds")

    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        """Over all turns, each by itself."""
        if not seen.turns:
            return unscored("nothing was asked")
        most: list[str] = []
        for turn in seen.turns:
            for name, limit, value, how in self._counts(turn):
                if value >= limit:
                    return hit(f"one message took {value:g} {name}{how}, at least {limit:g}", turn.said)
                most.append(f"{value:g} of {limit:g} {name}{how}")
        return miss(f"at most {', '.join(dict.fromkeys(most))}"[:300])

    def _counts(self, turn: Turn) -> list[tuple[str, float, float, str]]:
        """(what, threshold, how much, how it was counted) of each threshold that is given."""
        usage, guess = turn.usage, ", estimated from its length"
        written = sum(len(one.text) + sum(len(str(c.arguments)) for c in one.calls) for one in turn.messages if
                      one.role == "assistant") // _CHARACTERS_A_TOKEN  # fmt: skip
        read = (
            len(turn.said) + sum(len(one.text) for one in turn.messages if one.role == "tool")
        ) // _CHARACTERS_A_TOKEN
        counts = [
            ("output tokens", self.output_tokens, usage.output_tokens or written, "" if usage.output_tokens else guess),
            ("input tokens", self.input_tokens, usage.input_tokens or read, "" if usage.input_tokens else guess),
            ("requests", self.requests, usage.requests, ""),
            ("seconds", self.seconds, usage.seconds, ""),
        ]
        return [(name, float(limit), float(value), how) for name, limit, value, how in counts if limit is not None]

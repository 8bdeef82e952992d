"""How many tokens and how much money an exchange takes: estimated before, counted after.

An estimate needs no tokeniser and errs upwards: a token of English is about four characters, of other scripts about two
bytes of UTF-8 (Petrov et al. 2023, "Language Model Tokenizers Introduce Unfairness Between Languages", section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from bartizan.controls.chat.exchange import Exchange, Segment

PRICES = "prices"
"""The note under which whoever serves leaves (input, output): money for a million tokens of the exchange's model."""
_EACH = 4
"""Tokens that a message, a tool or a file takes besides its text."""
_FILE = 1_000
"""Tokens of an image or another file: what suppliers charge for one of medium size."""


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model costs, in money for a million tokens."""

    input: float = 0.0
    output: float = 0.0


FREE = Price()


def tokens_of_text(text: str) -> int:
    """About how many tokens a text takes; never more than its bytes."""
    if text.isascii():
        return (len(text) + 3) // 4
    size = len(text.encode("utf-8", "surrogatepass"))
    beyond = size - len(text)
    return (max(0, len(text) - beyond) + 3) // 4 + min(size, beyond)


def input_tokens(exchange: Exchange) -> int:
    """About how many tokens go in."""
    return sum(_tokens_in(one) for one in exchange.segments)


def _tokens_in(segment: Segment) -> int:
    if segment.part == "request":
        return 0
    if segment.part == "attachment":
        return _FILE
    more = len(str(segment.value)) // 4 if segment.part == "offer" and segment.value is not None else 0
    return tokens_of_text(segment.text) + more + _EACH


def tokens_used(exchange: Exchange) -> tuple[int, int] | None:
    """(input, output) of an exchange that is over: as the supplier counted, else estimated; (0, 0) where refused.

    None where nobody knows: it went on to a model, and neither a count nor a whole answer came back.
    """
    if not exchange.admitted:
        return 0, 0
    usage = exchange.usage
    if not (usage.input_tokens or usage.output_tokens or exchange.answer):
        return None
    return usage.input_tokens or input_tokens(exchange), usage.output_tokens or tokens_out(exchange.answer)


def tokens_out(answer: Iterable[Segment]) -> int:
    """About how many tokens came out."""
    return sum(tokens_of_text(one.text) for one in answer)


def price_of(exchange: Exchange, prices: Mapping[str, Price]) -> Price:
    """What the model costs: by the first pattern that matches, else as whoever serves noted, else nothing."""
    for pattern, price in prices.items():
        if fnmatchcase(exchange.model, pattern):
            return price
    noted = exchange.notes.get(PRICES)
    return Price(input=float(noted[0]), output=float(noted[1])) if noted else FREE


def money(price: Price, goes_in: int, comes_out: int) -> float:
    """What so many tokens cost."""
    return (price.input * goes_in + price.output * comes_out) / 1_000_000

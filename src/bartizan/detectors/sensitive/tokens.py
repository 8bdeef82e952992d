"""Tokens and keys: long runs of letters and digits are looked at, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.numbers import OTHER
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import Rule, last_end
from bartizan.detectors.sensitive.token_rules import COMBINED, TOKENS, Token

_RUN = re.compile(b"w" * 16 + b"w*")
_BEGINNING = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]")
_PLAIN = re.compile(r"[A-Za-z0-9_+/-]{20,200}={0,2}")
ENTROPY = Rule(
    kind="high_entropy",
    name="high_entropy",
    context=(
        *(
            "key",
            "keys",
            "token",
            "secret",
            "bearer",
            "authorization",
            "credential",
            "auth",
            "signature",
            "schlüssel",
            "clave",
        ),
        *("api", "apikey", "accesskey", "password", "passwort"),
    ),
    named=0.75,
    finds=(
        "the token «q7Xw2LpZ9vRt4KsB8nYc» is yours",
        "with this signature «9f86d081884c7d659a2feaa0c55ad015a3bf4f1b»",
    ),
    passes=(
        "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "the key to internationalisation-of-everything",
        "q7Xw2LpZ9vRt4KsB8nYc",
        "key src/bartizan/detectors/sensitive",
        "token 123e4567-e89b-12d3-a456-426614174000",
    ),
)
_NEAR = 40
_HEX = re.compile(r"[0-9a-f]{24,128}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def tokens(reading: Reading) -> Iterator[Sensitive]:
    """Tokens by their form, and runs with the entropy of a key that a word before them calls one."""
    for run in _RUN.finditer(reading.runs):
        until = run.start()
        for beginning in _BEGINNING.finditer(reading.text, *run.span()):
            if beginning.start() < until:
                continue
            match = COMBINED.match(reading.text, beginning.start())
            if match is None:
                continue
            rule = TOKENS[int((match.lastgroup or "r0")[1:])]
            if _is_issued(rule, match[0]):
                yield Sensitive(kind=rule.kind, start=match.start(), end=match.end(), score=rule.alone, rule=rule.name)
                until = match.end()
        if until == run.start():
            yield from _unknown(reading, run.start())


def _is_issued(rule: Token, text: str) -> bool:
    """Random letters nearly always have a digit among them; words joined by dashes have none."""
    has_digit = rule.kind == "aws_key" or any(map(str.isdigit, text)) or not (text[3:].islower() or text[3:].isupper())
    return has_digit and (rule.check(text) if rule.check else len(set(text)) > 7)


def _unknown(reading: Reading, start: int) -> Iterator[Sensitive]:
    match = _PLAIN.match(reading.text, start)
    if (
        match is None
        or reading.runs[match.end() : match.end() + 1] == b"w"
        or not is_random(match[0], 2.9 if _HEX.fullmatch(match[0]) else 3.4)
    ):
        return
    before = reading.before(start, _NEAR).rpartition("\n")[2]
    named = last_end(ENTROPY.context, before)
    if named >= 0 and last_end(OTHER, before) <= named and not _UUID.fullmatch(match[0]):
        yield Sensitive(kind="high_entropy", start=start, end=match.end(), score=ENTROPY.named, rule=ENTROPY.name)


def is_random(text: str, least: float) -> bool:
    """Digits and letters mixed, and at least so many bits a character over its own letters (Shannon)."""
    if text.isalpha() or text.isdigit() or "/" in text[:3]:
        return False
    has_digits = sum(map(str.isdigit, text)) >= max(2, len(text) // 16)
    return has_digits and entropy(text) >= least


def entropy(text: str) -> float:
    """Bits a character, over the letters of the text itself."""
    counts = (text.count(one) for one in set(text))
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)

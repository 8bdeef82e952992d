"""Telephone numbers: by an international prefix, by a form that only they have, or by a word before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.groups import Group, is_free_after, is_free_before
from bartizan.detectors.sensitive.numbers import OTHER
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import CONTEXT, Rule, last_end

PHONE = Rule(
    kind="phone",
    name="phone",
    context=(
        *(
            "tel",
            "telef",
            "teleph",
            "teléf",
            "phone",
            "mobile",
            "mobil",
            "cell",
            "call",
            "fax",
            "handy",
            "tél",
            "téléphone",
            "numero",
            "whatsapp",
        ),
        *("ring", "reach me", "sms", "text me", "dial", "móvil", "celular", "rufnummer", "anruf", "appel", "portable"),
        *(
            "llama",
            "chiama",
            "bel ",
            "hotline",
            "contact",
            "kontakt",
            "numéro",
            "número",
            "number is",
            "number to",
            "my number",
            "nummer",
            "llám",
            "тел",
            "电话",
            "手机",
            "電話",
        ),
    ),
    named=0.85,
    finds=(
        "call «+49 30 901820»",
        "«+1-415-555-2671» is mine",
        "ring «(415) 555-2671»",
        "«415-555-2671»",
        "phone: «030 901820 44»",
        "mobile «07700 900123»",
        "«06 12 34 56 78»",
        "Handy: «0171/1234567»",
        "reach me: «+33 (0)6 12 34 56 78».",
        "tel «5552671»",
        "«+919876543210»",
    ),
    passes=(
        "order 4155552671",
        "2026-11-22",
        "2026-11-22 10:15:00",
        "1234567890",
        "v1.2.3-415-555",
        "+1 and -1",
        "12.345.678",
        "call me at 12",
        "tel 158.72.71.44",
        "part number is on page 3",
        "192.168.100.200",
        "555-555-5555-5555-5555",
    ),
)
_EXTENSION = r"(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
_ALONE: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(rf"\+[1-9](?:[ ./()-]{{0,3}}[0-9]){{7,14}}{_EXTENSION}"), 0.85),
    (
        re.compile(
            rf"(?:1[ .-]|001-)?(?:\([2-9][0-9]{{2}}\)[ -]?|[2-9][0-9]{{2}}-)[2-9][0-9]{{2}}-[0-9]{{4}}{_EXTENSION}"
        ),
        0.8,
    ),
    (re.compile(rf"[2-9][0-9]{{2}}\.[2-9][0-9]{{2}}\.[0-9]{{4}}{_EXTENSION}"), 0.75),
    (re.compile(r"0[1-9](?: [0-9]{2}){4}|0[1-9](?:\.[0-9]{2}){4}"), 0.75),
    (re.compile(r"\(0[1-9][0-9]{1,4}\) ?[0-9]{3,4} ?[0-9]{2,4}"), 0.7),
    (re.compile(r"07[0-9]{3} ?[0-9]{3} ?[0-9]{3}|01[5-7][0-9]{1,2}[ /-]?[0-9]{7,8}"), 0.7),
    (re.compile(r"0[1-9][0-9]{1,4}(?:/| / |-)[0-9]{4,9}"), 0.65),
)
"""Forms that need no word before them, and how sure each is."""
_NAMED = re.compile(rf"\(?[0-9](?:[ ./()-]{{0,3}}[0-9]){{5,14}}{_EXTENSION}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9]|[0-3]?[0-9][-./][01]?[0-9][-./](?:19|20)[0-9]{2}")
_HOST = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_NEAR = 30
"""Characters before a number in which a word must name it where the form does not tell."""
_SURE = 0.85
"""From here a word that says it is something else does not hurt."""
_WORD = 12
"""A word that names it, at most: where it begins may lie so much farther."""
_MOST = 7
"""Groups in one telephone number."""


def phones_in(reading: Reading, cluster: list[Group]) -> Iterator[Sensitive]:
    """At each free beginning the longest stretch that is one."""
    shape, until = reading.shape, 0
    for first, (begin, _) in enumerate(cluster):
        start = _with_sign(shape, begin)
        if start < until or not is_free_before(shape, start):
            continue
        ends = [end for _, end in cluster[first : first + _MOST] if 6 <= shape.count(b"0", start, end) <= 21]
        found = _longest(reading, start, ends, not first or start < begin) if ends else None
        if found:
            yield found
            until = found.end


def _longest(reading: Reading, start: int, ends: list[int], may_be_named: bool) -> Sensitive | None:
    """The longest stretch that is one by its form; or, with a word before it, by far looser ones."""
    before = reading.before(start)
    is_named = may_be_named and last_end(PHONE.context, before[-_NEAR - _WORD :]) >= 0
    named: float | None = None
    for end in reversed(ends):
        text = reading.text[start:end]
        alone = next((score for form, score in _ALONE if form.fullmatch(text)), 0.0)
        if not (alone or is_named) or not is_free_after(reading.shape, end):
            continue
        named = _named(before, is_named) if named is None else named
        score = _score(text, alone, named)
        if score:
            return Sensitive(kind="phone", start=start, end=end, score=score, rule=PHONE.name)
    return None


def _with_sign(shape: bytes, start: int) -> int:
    """Where a number begins with its plus and its bracket."""
    if start and shape[start - 1] == 40:
        start -= 1
    return start - 1 if start and shape[start - 1] == 43 else start


def _named(before: str, is_named: bool) -> float:
    """The score that the words before give: less than nothing where they say that it is something else."""
    named, other = last_end(PHONE.context, before) if is_named else -1, last_end(OTHER, before)
    if other > named:
        return -1.0
    return PHONE.named + 0.04 * named / CONTEXT if len(before) - named <= _NEAR and named >= 0 else 0.0


def _score(text: str, alone: float, named: float) -> float:
    if _DATE.match(text) or _HOST.fullmatch(text) or len(set(text)) < 4:
        return 0.0
    if named < 0 and alone < _SURE:
        return 0.0
    return max(alone, named) if alone or _NAMED.fullmatch(text) else 0.0

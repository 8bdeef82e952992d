"""What a phrase introduces: the phrase is looked for only around words that it has, and the value only after it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.introduced_rules import INTRODUCED, Introduced
from bartizan.detectors.sensitive.kinds import Kind
from bartizan.detectors.sensitive.people import named
from bartizan.detectors.sensitive.reading import Reading, joined

_BEFORE, _AFTER = 24, 56
"""How far a phrase may reach on either side of a word that it has."""
_BY_TRIGGER: dict[bytes, list[Introduced]] = {}
for _rule in INTRODUCED:
    for _word in _rule.triggers:
        _BY_TRIGGER.setdefault(_word, []).append(_rule)
_ALL = frozenset(_BY_TRIGGER)
_SMALL = bytes(
    code | 32 if 65 <= code <= 90 or (0xC0 <= code <= 0xDE and code != 0xD7) else code for code in range(256)
)
_MONTHS = frozenset(
    [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "mär",
        "mrz",
        "mai",
        "okt",
        "dez",
        "fév",
        "avr",
        "jui",
        "aoû",
        "déc",
        "ene",
        "abr",
        "ago",
        "dic",
        "gen",
        "mag",
        "giu",
        "lug",
        "set",
        "ott",
        "mrt",
        "mei",
        "fev",
        "out",
        "maj",
    ]
)
_CLOSED = {
    "name": re.compile(r"[\n,;:!?\"<(|]"),
    "one_name": re.compile(r"[\n,;:!?\"<(|]"),
    "any_name": re.compile(r"[\n,;:!?\"<(|]"),
    "date": re.compile(r"[\n;!?]"),
    "address": re.compile(r"[\n\"<>|;{}\\]"),
}
"""What no such value goes beyond."""
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9](?![0-9])"
    r"|[0-3]?[0-9][-./ ][01]?[0-9][-./ ](?:19|20)?[0-9]{2}(?![0-9])"
    r"|[0-3]?[0-9](?:st|nd|rd|th|er|\.|º)?(?: of| de)? ([^\W\d_]{3,10})\.?,?(?: de)? (?:19|20)[0-9]{2}(?![0-9])"
    r"|([^\W\d_]{3,10})\.? [0-3]?[0-9](?:st|nd|rd|th)?,? (?:19|20)[0-9]{2}(?![0-9])"
)
_ADDRESS = re.compile(r"[^\s\n\"<>|;{}\\][^\n\"<>|;{}\\]{4,117}")
_ADDRESS_END = re.compile(
    r"\. (?=[^\W\d_])|, ?[\"']|'(?=[,})\]\s]|\Z)| (?:and|but|who|since|und|et|y|with|tel|phone|email)(?![\w])|, "
    r"(?:phone|tel|email|dob)",
    re.IGNORECASE,
)
_STREET_LIKE = re.compile(
    r"(?:(?<![\w.:])[0-9]{1,5}[A-Za-z]?(?![\w.:]).*[^\W\d_]{3}|[^\W\d_]{3}.*(?<![\w.:])[0-9]{1,5}[A-Za-z]?(?![\w.:]))",
    re.DOTALL,
)


def introduced(reading: Reading, kinds: Container[Kind]) -> Iterator[Sensitive]:
    """Names, dates of birth and addresses that the text itself introduces as such."""
    for rule, start in _leads(reading, kinds):
        span = _value(rule, reading.text, start)
        if span:
            yield Sensitive(kind=rule.kind, start=span[0], end=span[1], score=rule.alone, rule=rule.name)


def _leads(reading: Reading, kinds: Container[Kind]) -> Iterator[tuple[Introduced, int]]:
    triggers = _ALL & reading.words
    if not triggers:
        return
    low = reading.raw.translate(_SMALL)
    small = low.decode("latin-1")
    for rule, places in _places(reading, low, triggers).items():
        if rule.kind in kinds:
            for begin, end in joined((max(0, at - _BEFORE), at + _AFTER) for at in sorted(places)):
                for lead in rule.lead.finditer(small, begin, end):
                    yield rule, lead.end()


def leads(text: str, begin: int, kinds: Container[Kind]) -> Iterator[tuple[int, int]]:
    """For each phrase from ``begin`` on: where its value begins, and where it must have ended, or the text has."""
    reading = Reading(text[begin:])
    for rule, start in _leads(reading, kinds):
        closed = _CLOSED[rule.value].search(reading.text, start)
        yield begin + start, begin + (closed.start() if closed else len(reading.text))


def _places(reading: Reading, low: bytes, triggers: Iterable[bytes]) -> dict[Introduced, list[int]]:
    """Where words stand after which goes on what a rule needs."""
    places: dict[Introduced, list[int]] = {}
    for word in triggers:
        at = low.find(word)
        while at >= 0:
            end = at + len(word)
            if not low[at - 1 : at].isalpha() if at else True:
                for rule in _BY_TRIGGER[word]:
                    if rule.follow.match(reading.raw, end):
                        places.setdefault(rule, []).append(at)
            at = low.find(word, end)
    return places


def _value(rule: Introduced, text: str, start: int) -> tuple[int, int] | None:
    if rule.value == "date":
        return _date(text, start)
    if rule.value == "address":
        return _address(text, start)
    end = named(text, start, least=2 if rule.value == "name" else 1, may_be_small=rule.value == "any_name")
    return (start, end) if end else None


def _date(text: str, start: int) -> tuple[int, int] | None:
    match = _DATE.match(text, start)
    if match is None or any(one and one.lower()[:3] not in _MONTHS for one in match.groups()):
        return None
    return match.span()


def _address(text: str, start: int) -> tuple[int, int] | None:
    match = _ADDRESS.match(text, start)
    if match is None:
        return None
    cut = _ADDRESS_END.search(match[0])
    value = (match[0][: cut.start()] if cut else match[0]).rstrip(" ,.")
    is_street = len(value) > 7 and _STREET_LIKE.search(value) and any(map(str.isupper, value))
    return (start, start + len(value)) if is_street else None

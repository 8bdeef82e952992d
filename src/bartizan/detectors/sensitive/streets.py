"""Postal addresses that nothing introduces: a number beside a word that means a street, in eight languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import Rule

STREET = Rule(
    kind="address",
    name="street",
    alone=0.7,
    finds=(
        "at «221B Baker Street» in",
        "at «1600 Pennsylvania Avenue, Washington, DC 20500».",
        "in der «Lindenstraße 5, 10115 Berlin» wohnen",
        "«Kurze Str. 12a»",
        "au «12 bis rue de la Paix, 75002 Paris»",
        "en «Calle de Alcalá 45»",
        "«Via Giuseppe Garibaldi, 12»",
        "«Keizersgracht 126, 1015 CW Amsterdam»",
    ),
    passes=("10 Downing", "5 way street", "Highway 61", "2 Main points", "am Weg 5", "version 3 Street", "the 3 Roads"),
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’.-]{0,20}"
_ENGLISH = re.compile(
    rf"[0-9]{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?(?:(?:{_CAPITAL}|[0-9]{{1,3}}(?:st|nd|rd|th)) ){{1,3}}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|"
    r"Close|Crescent|"
    r"Parkway|Pkwy|Highway|Hwy|Circle|Row|Hill|Gardens|Grove)\b\.?"
    r"(?:,? (?:Apt|Suite|Ste|Unit|Flat|#)\.? ?[0-9A-Za-z]{1,6}\b)?"
    rf"(?:, {_CAPITAL}(?: {_CAPITAL}){{0,2}})?(?:,? [A-Z]{{2}}\b)?"
    r"(?:,? (?:[0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})(?!\w))?"
)
_ROMANCE = re.compile(
    r"[0-9]{1,4}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Aa]llée|"
    r"[Ii]mpasse|[Qq]uai|[Rr]oute|[Cc]ours)"
    rf" (?:(?:de|du|des|la|le|les|l'|d') ?){{0,2}}{_CAPITAL}(?:[ -]{_CAPITAL}){{0,3}}(?:,? [0-9]{{5}} "
    rf"{_CAPITAL}(?:[ -]{_CAPITAL}){{0,2}})?"
)
_AFTER_STREET = re.compile(
    rf"(?:[A-ZÄÖÜ][a-zäöüß-]{{1,24}} )?[A-ZÄÖÜ][\wäöüß-]{{0,30}}(?:straße|strasse|str\.|platz|allee|gasse|damm|"
    rf"ufer|weg|ring|hof|steg|chaussee|promenade|singel|dreef|straat|laan|plein|gracht|kade) \Z"
    r"|(?:[A-ZÄÖÜ][a-zäöüß-]{1,24} )(?:Straße|Strasse|Str\.|Platz|Allee|Gasse|Damm|Ufer|Weg) \Z"
    rf"|(?:Calle|C/|Avenida|Avda\.?|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Travessa|Praça|Ulica|ul\.) (?:(?:de|"
    rf"del|de la|della|dei|dos|da|do|di) )?{_CAPITAL}"
    rf"(?: (?:de |y )?{_CAPITAL}){{0,3}},? (?:n[º°.] ?|nº )?\Z"
)
_REST = re.compile(
    rf"[0-9]{{1,4}}(?: ?[a-h]\b)?(?:[-/][0-9]{{1,4}})?(?:, ?(?:[A-Z]-?)?[0-9]{{4,5}}(?: [A-Z]{{2}}\b)? "
    rf"{_CAPITAL}(?: {_CAPITAL})?)?"
)
_BEFORE = 60
_OPENS = re.compile(rb"00{0,4}+[Aa]?,? (?:A|0{1,3}a)")
_ROMANCE_OPENS = re.compile(rb"00{0,3}+ ?(?:aaa)?,? (?:a{2,9}|Aa{1,8}) ")
_LAST = re.compile(rb" 0")
_ROMANCE_WORDS = frozenset(b"rue avenue boulevard bd place chemin all\xe9e impasse quai route cours".split())
_ENDINGS = frozenset(
    one.encode("latin-1") + b" "
    for one in [
        "aße",
        "sse",
        "tr.",
        "atz",
        "lee",
        "amm",
        "fer",
        "weg",
        "ing",
        "hof",
        "teg",
        "see",
        "ade",
        "gel",
        "eef",
        "aat",
        "aan",
        "ein",
        "cht",
    ]
)
"""The last three letters of words that mean a street where the number comes after."""
_STREETS_BEFORE = frozenset(
    b"calle avenida avda plaza paseo via viale piazza corso rua travessa pra\xe7a ulica ul".split()
)


def streets(reading: Reading) -> Iterator[Sensitive]:
    """Best effort, with town and postcode where they follow."""
    for start, end in (*_forward(reading), *_backward(reading)):
        yield Sensitive(kind="address", start=start, end=end, score=STREET.alone, rule=STREET.name)


def _forward(reading: Reading) -> Iterator[tuple[int, int]]:
    """English and French: the number comes first."""
    shape = reading.shape
    forms = [(_OPENS, _ENGLISH)]
    if not _ROMANCE_WORDS.isdisjoint(reading.words):
        forms.append((_ROMANCE_OPENS, _ROMANCE))
    for opens, form in forms:
        until = 0
        for match in opens.finditer(shape):
            start = match.start()
            if start >= until and (start == 0 or shape[start - 1] in b" \n\t,;:\"'(>="):
                found = form.match(reading.text, start)
                if found:
                    until = start + len(found[0].rstrip(" ."))
                    yield start, until


def _backward(reading: Reading) -> Iterator[tuple[int, int]]:
    """The languages in which it comes last."""
    is_any, low, until = not _STREETS_BEFORE.isdisjoint(reading.words), reading.low, 0
    for match in _LAST.finditer(reading.shape):
        start = match.start() + 1
        if start >= until and (is_any or low[start - 4 : start] in _ENDINGS):
            found = _to_number(reading.text, start, until)
            if found:
                until = found[1]
                yield found


def _to_number(text: str, start: int, until: int) -> tuple[int, int] | None:
    begin = max(until, start - _BEFORE)
    street, rest = _AFTER_STREET.search(text[begin:start]), _REST.match(text, start)
    if street is None or rest is None or text[rest.end() : rest.end() + 1].isalnum():
        return None
    return begin + street.start(), start + len(rest[0].rstrip())

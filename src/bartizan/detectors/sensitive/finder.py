"""Find personal data and secrets in a text, in time that grows with its length and no faster."""

from __future__ import annotations

from bartizan.detectors.sensitive.accounts import ibans
from bartizan.detectors.sensitive.assigned import assigned
from bartizan.detectors.sensitive.cards import CARDS
from bartizan.detectors.sensitive.found import Sensitive, settled
from bartizan.detectors.sensitive.groups import clusters
from bartizan.detectors.sensitive.internet import addresses, colons, emails, links
from bartizan.detectors.sensitive.introduced import introduced
from bartizan.detectors.sensitive.kinds import KINDS, Kind
from bartizan.detectors.sensitive.numbers import Index, numbers_in
from bartizan.detectors.sensitive.numbers_europe import EUROPE
from bartizan.detectors.sensitive.numbers_world import WORLD
from bartizan.detectors.sensitive.pem import BEGIN, keys
from bartizan.detectors.sensitive.phones import phones_in
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.streets import streets
from bartizan.detectors.sensitive.tokens import tokens

_NUMBERS = Index(CARDS + EUROPE + WORLD)
_CERTAIN = 0.9
"""A number so sure is no telephone number, nor is what stands beside it."""


def find_sensitive(text: str, kinds: frozenset[Kind] | None = None) -> tuple[Sensitive, ...]:
    """Personal data and secrets of the given kinds, of all by default, in order and without overlap.

    What is found depends on the text up to its end and one character more, never on what comes later.
    """
    wanted = KINDS if kinds is None else kinds
    reading = Reading(text)
    found: list[Sensitive] = []
    if "iban" in wanted:
        found += ibans(reading)
    accounts = {one.start for one in found}
    for cluster in clusters(reading):
        if cluster[0][0] in accounts:
            continue
        known = numbers_in(reading, cluster, _NUMBERS, wanted)
        found += known
        if "phone" in wanted and not any(one.score >= _CERTAIN for one in known):
            found += phones_in(reading, cluster)
    if "@" in text:
        found += emails(reading)
        found += links(reading)
    found += addresses(reading)
    found += tokens(reading)
    if BEGIN in text:
        found += keys(reading)
    found += assigned(reading)
    found += introduced(reading, wanted)
    found += streets(reading)
    found += colons(reading)
    return settled(one for one in found if one.kind in wanted) if found else ()

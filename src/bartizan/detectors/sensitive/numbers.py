"""Numbers with a form and, mostly, check digits: found by looking their shape up in a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.groups import Group, spans
from bartizan.detectors.sensitive.kinds import Kind
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import CONTEXT, Rule, last_end

OTHER = (
    *("order", "invoice", "tracking", "ticket", "isbn", "issn", "ean", "upc", "sku", "version", "build", "commit"),
    *("timestamp", "epoch", "serial", "part no", "article", "batch", "reference", "transaction", "shipment", "parcel"),
    *("issue", "bestell", "rechnung", "auftrag", "artikel", "sendung", "commande", "facture", "pedido", "factura"),
    *("ordine", "fattura", "checksum", "hash", "offset", "bytes", "size", "port", "pid", "trace", "request id"),
)
"""Words that say that a number is something else. One nearer to it than a word that names it counts more."""
_SURE = 0.9
"""From here a form needs no help, and such a word does not hurt it."""
_NEAR = 32
_SIGNS = re.compile(r"[\W_]+")


class Number(Rule, frozen=True, kw_only=True):
    """A number by its form: ``#`` a digit, ``A`` a letter, and the signs between them as they are."""

    formats: tuple[str, ...]
    check: Callable[[str], bool] | None = None
    """Over its letters, as capitals, and digits alone."""


class Index:
    """The rules by shape, and all the words that those need which nothing but a word tells."""

    __slots__ = ("by_shape", "needed")

    def __init__(self, rules: tuple[Number, ...]) -> None:
        """Shapes are as in ``Reading.shape``, but all capitals."""
        self.by_shape: dict[bytes, list[Number]] = {}
        for rule in rules:
            for form in rule.formats:
                self.by_shape.setdefault(form.replace("#", "0").encode(), []).append(rule)
        self.needed = tuple({word for rule in rules if not rule.alone for word in rule.context})


def numbers_in(reading: Reading, cluster: list[Group], known: Index, kinds: Container[Kind]) -> list[Sensitive]:
    """All that one cluster of groups may be; they may overlap. A sure one of the whole leaves no room for its parts."""
    whole = (cluster[0][0], cluster[-1][1])
    places = list(spans(reading.shape, cluster))
    if len(places) > 1 and whole in places:
        found = list(_at(reading, [whole], known, kinds))
        if any(one.score >= _SURE for one in found):
            return found
    return list(_at(reading, places, known, kinds))


def _at(
    reading: Reading, places: Iterable[tuple[int, int]], known: Index, kinds: Container[Kind]
) -> Iterator[Sensitive]:
    shape = reading.shape
    for start, end in places:
        rules = known.by_shape.get(shape[start:end].upper())
        if not rules:
            continue
        is_named = last_end(known.needed, reading.before(start)) >= 0
        value = compact(reading.text[start:end])
        for rule in rules:
            if (is_named or rule.alone) and rule.kind in kinds and (rule.check is None or rule.check(value)):
                score = score_of(rule, reading, start)
                if score:
                    yield Sensitive(kind=rule.kind, start=start, end=end, score=score, rule=rule.name)


def compact(text: str) -> str:
    """Letters, as capitals, and digits alone."""
    return _SIGNS.sub("", text).upper()


def score_of(rule: Rule, reading: Reading, start: int) -> float:
    """By what stands before: a word that names it, the nearer the better, or one that says it is something else."""
    if rule.alone >= _SURE and not rule.context:
        return rule.alone
    before = reading.before(start)
    named = last_end(rule.context, before)
    if named < 0 and not rule.alone:
        return 0.0
    if rule.alone < _SURE and last_end(OTHER, before) > named:
        return 0.0
    if rule.is_near and len(before) - named > _NEAR:
        return 0.0
    return rule.named + 0.04 * named / CONTEXT if named >= 0 else rule.alone

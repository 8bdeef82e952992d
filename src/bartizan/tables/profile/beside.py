"""What presidio finds in the same cells: a second pair of eyes, told beside, never mixed in.

Its engine gets spaCy's blank English pipeline: the default one would fetch a model. So it knows no names and no places.
It would also ask the network for the list of public suffixes; it gets the one that it carries.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec

from bartizan.core.extras import need

EACH: Final = 200
"""Cells of a column that it is shown: it takes milliseconds for each."""
_LONGEST: Final = 2_000
_SURE: Final = 0.4
_NOTHING: Final = frozenset({"URL", "DATE_TIME", "PERSON", "LOCATION", "NRP"})
"""What says nothing about a person by itself, or needs a model."""


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What it found in one column."""

    read: int
    """Values that it was shown."""
    entities: dict[str, int]
    """Presidio's name of a kind -> values that hold it."""


class Presidio:
    """Presidio, asked value by value. Raises MissingExtra where it is not installed."""

    def __init__(self) -> None:
        extract = need("tldextract")
        extract.tldextract.TLD_EXTRACTOR = extract.TLDExtract(suffix_list_urls=())
        extract.extract = extract.tldextract.TLD_EXTRACTOR
        self._engine = need("presidio_analyzer").AnalyzerEngine(nlp_engine=_blank(), supported_languages=["en"])

    def of(self, values: tuple[str, ...]) -> Beside:
        """What it finds in values; each counts once for a kind."""
        counts: Counter[str] = Counter()
        for value in values[:EACH]:
            found = self._engine.analyze(value[:_LONGEST], language="en", score_threshold=_SURE)
            counts.update({one.entity_type for one in found} - _NOTHING)
        return Beside(read=len(values[:EACH]), entities=dict(sorted(counts.items())))


def _blank() -> Any:
    """An engine of English words and nothing that is learnt."""
    engine = need("presidio_analyzer.nlp_engine").SpacyNlpEngine()
    engine.nlp = {"en": need("spacy").blank("en")}
    return engine

"""presidio-analyzer over texts on standard input, in an environment of its own: results and seconds as JSON.

The engine is spaCy's blank English pipeline, as its default one downloads a model: it has no names and no places.
"""

from __future__ import annotations

import json
import sys
import time

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine

THRESHOLD = 0.4


class Blank(SpacyNlpEngine):  # type: ignore[misc]
    """English words, and nothing that is learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        return True


def main() -> None:
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
    engine = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    wanted = json.load(sys.stdin)
    engine.analyze("warm up: a@example.com +1 415 555 2671", language="en")
    start = time.process_time()
    found = [engine.analyze(text, language="en", score_threshold=THRESHOLD) for text in wanted["texts"]]
    seconds = time.process_time() - start
    sized = {}
    for name, text in wanted["sized"].items():
        begin = time.process_time()
        for _ in range(3):
            engine.analyze(text, language="en", score_threshold=THRESHOLD)
        sized[name] = (time.process_time() - begin) / 3
    hits = [[(one.entity_type, one.start, one.end) for one in each] for each in found]
    json.dump(
        {"hits": hits, "seconds": seconds, "sized": sized, "recognisers": len(engine.registry.recognizers)}, sys.stdout
    )


main()

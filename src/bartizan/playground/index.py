"""The help desk's retrieval: documents in, ranked passages out, with the index's weaknesses and their mechanisms."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections import Counter

import msgspec

from bartizan.core.errors import NotFound
from bartizan.core.transcript import OTHER_USER, USER, Passage, Planted
from bartizan.playground.cleaning import visible
from bartizan.playground.company import STAFF
from bartizan.playground.plain import words
from bartizan.playground.weaknesses import Switches

WIDTH = 256
_REVIEWED = frozenset({USER, OTHER_USER, STAFF})
"""Accounts whose uploads are reviewed. It is the account that counts, not what a document says of its author."""
_SATURATION, _LENGTH = 1.2, 0.75
"""k1 and b of BM25 (Robertson and Zaragoza 2009, section 3)."""
_CLAIM = 1.5
"""How much more a document weighs that claims to come from the shop, where claims are believed."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A document in the index."""

    id: str
    title: str
    text: str
    owner: str
    reviewed: bool
    claims: bool
    """Whether it says of itself that the shop wrote it."""
    counts: dict[str, int]


class Index:
    """One world's index. What is on decides what it forgets, whom it asks and how it ranks."""

    def __init__(self, switches: Switches, rng: random.Random) -> None:
        self._on = switches.on
        self._rng = rng
        self._entries: dict[str, Entry] = {}
        self._cache: dict[tuple[str, str, int], tuple[Passage, ...]] = {}
        self._added = 0

    def add(self, planted: Planted) -> str:
        """Ingest a document; returns its id."""
        self._added += 1
        entry = _entry(f"doc-{self._added}", planted, keeps_hidden="hidden_text_kept" in self._on)
        self._entries[entry.id] = entry
        self._cache.clear()
        return entry.id

    def delete(self, id: str) -> None:
        """Delete the source document. Raises NotFound."""
        if id not in self._entries:
            raise NotFound(f"there is no document '{id[:60]}' here")
        if "stale_index" in self._on:
            return  # the source is gone; chunk and cache are not
        del self._entries[id]
        self._cache.clear()

    def search(self, query: str, user: str = USER, k: int = 5) -> tuple[Passage, ...]:
        """The best passages for this user, the best first, each scored above zero."""
        key = (query, user, k)
        if key not in self._cache:
            self._cache[key] = self._found(query[:20_000], user, max(0, min(k, 100)))
        return self._cache[key]

    def _found(self, query: str, user: str, k: int) -> tuple[Passage, ...]:
        entries = [one for one in self._entries.values() if self._may_see(one, user)]
        named = [one for one in entries if _names(query, one)]
        if "rankable_index" not in self._on:
            entries = [one for one in entries if one.reviewed or one in named]
        asked = words(query)
        scored = [(self._score(asked, one, entries) + (100.0 if one in named else 0.0), one) for one in entries]
        best = sorted(((score, one) for score, one in scored if score > 0), key=lambda pair: (-pair[0], pair[1].id))
        return tuple(
            Passage(id=one.id, text=one.text, source=one.title, owner=one.owner, score=round(score, 4))
            for score, one in best[:k]
        )

    def _may_see(self, entry: Entry, user: str) -> bool:
        return "open_retrieval" in self._on or entry.owner in ("", user)

    def _score(self, asked: tuple[str, ...], entry: Entry, entries: list[Entry]) -> float:
        if "rankable_index" in self._on:
            return float(sum(entry.counts.get(word, 0) for word in set(asked))) * (_CLAIM if entry.claims else 1.0)
        total, length = len(entries), sum(entry.counts.values())
        mean = sum(sum(one.counts.values()) for one in entries) / max(1, total)
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * length / max(1.0, mean))
        score = 0.0
        for word in set(asked):
            count = entry.counts.get(word, 0)
            having = sum(word in one.counts for one in entries)
            weight = math.log(1 + (total - having + 0.5) / (having + 0.5))
            score += weight * count * (_SATURATION + 1) / (count + norm)
        return score

    def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """The vectors of texts as somebody has them who copied the index: hashed words, or cipher text."""
        found = tuple(_vector(text[:20_000]) for text in texts[:1000])
        if "open_vectors" in self._on:
            return found
        return tuple(tuple(self._rng.gauss(0.0, 1.0) for _ in vector) for vector in found)


def _vector(text: str) -> tuple[float, ...]:
    """Words counted in so many buckets, to length one (feature hashing, Weinberger and others 2009)."""
    buckets = [0.0] * WIDTH
    for word, count in Counter(words(text)).items():
        buckets[int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:4], "big") % WIDTH] += count
    size = math.sqrt(sum(one * one for one in buckets)) or 1.0
    return tuple(one / size for one in buckets)


def _names(query: str, entry: Entry) -> bool:
    """Whether the query names the document: in quotation marks, or after a word such as document."""
    title = re.escape(entry.title.casefold())
    pattern = rf"[\"'“‘]{title}[\"'”’]|\b(?:document|page|file|note|paper)s? {title}(?!\w)"
    return bool(entry.title) and re.search(pattern, query.casefold()) is not None


def _entry(id: str, planted: Planted, *, keeps_hidden: bool) -> Entry:
    metadata = dict(planted.metadata)
    body, title = planted.text, planted.name or id
    if planted.surface == "metadata" and not metadata:
        metadata, body = {"keywords": planted.text}, "Our spring range has four new tools."
    elif planted.surface == "image_caption":
        body = f"Our spring range has four new tools.\n[image: {planted.text}]\nPrices begin at 9.50 euros."
    elif planted.surface == "file_name" and not planted.name:
        title, body = planted.text, "Empty."
    if keeps_hidden:
        text = "\n".join([*(f"{key}: {value}" for key, value in metadata.items()), body])
    else:
        text, title = visible(body), visible(title)
    source = " ".join((metadata.get("author", ""), metadata.get("source", ""), planted.author))
    return Entry(
        id=id,
        title=title,
        text=text,
        owner=planted.owner,
        reviewed=planted.author in _REVIEWED,
        claims="larch" in source.casefold(),
        counts=dict(Counter(words(f"{title} {text[:60_000]}"))),
    )

"""Find entries of the catalogue by words, over all their text, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from bartizan.catalog.entries import Catalog, Control, Threat
from bartizan.catalog.resolve import EntryKind

_NAME, _OTHER_NAME, _SUMMARY, _BODY = 12.0, 8.0, 3.0, 1.0


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that has the words, how well it fits, and the text in which they stand."""

    kind: EntryKind
    id: str
    name: str
    score: float
    excerpt: str


class _Texts(msgspec.Struct, frozen=True):
    kind: EntryKind
    id: str
    name: str
    weighted: tuple[tuple[float, str], ...]


def search(catalog: Catalog, words: Iterable[str], limit: int = 20) -> tuple[Hit, ...]:
    """The entries in which every word begins some word of their text, best first; names weigh most.

    Where no entry has all the words, those that have most of them are returned.
    """
    wanted = [re.escape(word) for given in words for word in re.findall(r"\w+", given.casefold().replace("_", " "))]
    if not wanted:
        return ()
    patterns = [re.compile(rf"\b{word}") for word in dict.fromkeys(wanted)]
    scored = [(_score(texts, patterns), texts) for texts in _all_texts(catalog)]
    most = max((found for (found, _), _ in scored), default=0)
    best = sorted(
        ((score, texts) for (found, score), texts in scored if found == most > 0),
        key=lambda pair: (-pair[0], pair[1].kind, pair[1].id),
    )
    return tuple(
        Hit(kind=t.kind, id=t.id, name=t.name, score=round(score, 2), excerpt=_excerpt(t, patterns))
        for score, t in best[:limit]
    )


def _score(texts: _Texts, patterns: list[re.Pattern[str]]) -> tuple[int, float]:
    """How many of the words there are, and the weight of the places; more where a word is more of the text."""
    best = [0.0] * len(patterns)
    extra = 0.0
    for weight, text in texts.weighted:
        folded = text.casefold().replace("_", " ")
        for i, pattern in enumerate(patterns):
            if found := pattern.search(folded):
                extra += min(weight, 1.0) / 10
                best[i] = max(best[i], weight * (1 + len(found.group()) / len(folded) / 2))
    return sum(b > 0 for b in best), sum(best) + extra


def _excerpt(texts: _Texts, patterns: list[re.Pattern[str]], around: int = 90) -> str:
    """The piece of running text that has most of the words."""
    prose = [text for weight, text in texts.weighted if weight <= _SUMMARY]
    ranked = sorted(prose, key=lambda text: -sum(bool(p.search(text.casefold())) for p in patterns))
    if not ranked:
        return ""
    text = " ".join(ranked[0].split())
    found = next((m for p in patterns if (m := p.search(text.casefold()))), None)
    start = max(0, (found.start() if found else 0) - around)
    end = min(len(text), start + 2 * around)
    start = text.find(" ", start) + 1 if start else 0
    end = text.rfind(" ", 0, end) if end < len(text) else end
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")


def _all_texts(catalog: Catalog) -> Iterator[_Texts]:
    for threat in catalog.threats.values():
        yield _Texts("threat", threat.id, threat.name, tuple(_threat(threat)))
    for control in catalog.controls.values():
        yield _Texts("control", control.id, control.title, tuple(_control(control)))
    for group in catalog.groups.values():
        yield _Texts("group", group.id, group.name, ((_OTHER_NAME, group.name), (_SUMMARY, group.purpose)))
    for fact in catalog.facts.values():
        asked = ((_OTHER_NAME, str(fact.id)), (_SUMMARY, fact.question), (_SUMMARY, fact.says), (_BODY, fact.why))
        yield _Texts("fact", fact.id, fact.question, asked)
    for listed in catalog.mappings.values():
        yield _Texts("mapping", listed.id, listed.title, ((_OTHER_NAME, listed.title), (_SUMMARY, listed.about)))
        for item in listed.items:
            texts = ((_OTHER_NAME, f"{item.id} {item.name}"), (_BODY, item.note), (_BODY, listed.title))
            yield _Texts("item", f"{listed.id}/{item.id}", item.name, texts)


def _threat(threat: Threat) -> Iterator[tuple[float, str]]:
    yield _NAME, threat.name
    yield from ((_OTHER_NAME, name) for name in (threat.id, *threat.names.values(), *threat.old_slugs))
    yield from ((_OTHER_NAME, alias.name) for alias in threat.aliases)
    yield _SUMMARY, threat.what
    for text in (*threat.how, threat.example, threat.attacker_needs, threat.consequence, *threat.decisions):
        yield _BODY, text
    yield from ((_BODY, advice.why) for advice in threat.controls)
    yield from ((_BODY, f"{r.standard} {r.id} {r.name} {r.note}".strip()) for r in threat.references)


def _control(control: Control) -> Iterator[tuple[float, str]]:
    yield _NAME, control.title
    yield from ((_OTHER_NAME, name) for name in (control.id, *control.names.values(), *control.old_slugs))
    yield from ((_OTHER_NAME, alias.name) for alias in control.aliases)
    yield _SUMMARY, control.purpose
    lists = (control.how, control.tune, control.limits, control.verify, control.figures, control.decisions)
    yield from ((_BODY, text) for texts in lists for text in texts)
    yield _BODY, control.ask_supplier
    yield from ((_BODY, f"{r.standard} {r.id} {r.name} {r.note}".strip()) for r in control.references)

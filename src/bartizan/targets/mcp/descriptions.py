"""What the descriptions of tools give away before any of them is called: a static look, with no model and no server.

A model reads a tool's description with the trust that it has in its own instructions, so text in it that gives orders,
that is hidden from people, or that speaks of other tools is an attack, or a door for one (tool poisoning, shadowing).
What is told here is a reason to look, no proof.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.chat import ToolOffer
from bartizan.core.errors import printable

RiskKind: TypeAlias = Literal[
    "hidden_characters", "hidden_markup", "orders", "secrecy", "asks_for_secrets", "shadows", "no_limits", "long"
]


class DescribedRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a tool's description says or leaves out."""

    kind: RiskKind
    tool: str
    finding: str
    """A printable line."""


Names: TypeAlias = dict[str, list[str]]
"""All tools' names, by how a hasty reader sees them."""
_LONGEST = 4_000
"""Characters of a description that a person may be expected to read."""
_LOOKED_AT = 100_000
_DEPTH = 20
_WORD = re.compile(r"\w+(?:[-./]\w+)*")
_MARKUP = re.compile(r"<!--|< ?/? ?(?:important|system|secret|hidden|instructions?|admin)\b[^>]{0,80}>", re.IGNORECASE)
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|rules|prompts?|above|previous|earlier)\b"
    r"|\b(?:you must|always|never|first|before (?:using|calling|you))\b[^.\n]{0,60}"
    r"\b(?:call|use|invoke|read|send|include|pass|attach|forward)\b"
    r"|\byou are (?:now|no longer)\b",
    re.IGNORECASE,
)
_SECRECY = re.compile(
    r"\b(?:do not|don't|never|without)\b[^.\n]{0,40}\b(?:tell|mention|show|inform|reveal|telling|mentioning|notify)\w*"
    r"[^.\n]{0,30}\b(?:user|human|person|anybody|anyone|them)\b",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"\.ssh\b|\bid_rsa\b|\.env\b|\.aws\b|/etc/(?:passwd|shadow)|\bmcp\.json\b"
    r"|\b(?:api[_ -]?keys?|passwords?|private[_ -]?keys?|credentials|access[_ -]?tokens?|system[_ -]?prompt"
    r"|(?:whole|full|entire|chat|conversation)[_ -]?(?:history|conversation|transcript|context))\b",
    re.IGNORECASE,
)


def described_risks(offers: Sequence[ToolOffer]) -> tuple[DescribedRisk, ...]:
    """Everything that stands out, tool by tool in the order of the offers."""
    found: list[DescribedRisk] = []
    names: Names = {}
    for offer in offers:
        names.setdefault(_plain(offer.name), []).append(offer.name)
    for offer in offers:
        findings = [*_text_findings(offer), *_shadow_findings(offer, names), *_schema_findings(offer)]
        tool = printable(offer.name, 80)
        found += [DescribedRisk(kind=kind, tool=tool, finding=printable(finding)) for kind, finding in findings]
    return tuple(found)


def _text_findings(offer: ToolOffer) -> Iterator[tuple[RiskKind, str]]:
    texts = [offer.name, offer.about, *_words(offer.parameters, _DEPTH)]
    whole = "\n".join(texts)[:_LOOKED_AT]
    hidden = sorted({f"U+{ord(one):04X}" for one in whole if _is_hidden(one)})
    if hidden:
        more = f" and {len(hidden) - 8} more" if len(hidden) > 8 else ""
        yield "hidden_characters", f"characters that nobody sees: {', '.join(hidden[:8])}{more}"
    clean = _tidy("".join(one for one in whole if not _is_hidden(one)))
    looks: tuple[tuple[RiskKind, re.Pattern[str], str], ...] = (
        ("hidden_markup", _MARKUP, "markup that is made for the model"),
        ("orders", _ORDERS, "an order to the model"),
        ("secrecy", _SECRECY, "an order to keep something from the user"),
        ("asks_for_secrets", _SECRETS, "secrets or the conversation are asked for"),
    )
    for kind, pattern, what in looks:
        match = pattern.search(clean)
        if match is not None:
            yield kind, f"{what}: '{match[0][:120]}'"
    if len(offer.about) > _LONGEST:
        yield "long", f"a description of {len(offer.about):,} characters, which nobody reads"


def _tidy(text: str) -> str:
    """With no more than one space or line end on end, so that nobody can slow the search down with them."""
    return re.sub(r"(?: ?\n ?)+", "\n", re.sub(r"[^\S\n]+", " ", text))


def _is_hidden(one: str) -> bool:
    """Format characters, private ones, unassigned ones, variation selectors and tags; not line ends and tabs."""
    number = ord(one)
    is_selector = 0xFE00 <= number <= 0xFE0E or 0xE0000 <= number <= 0xE01EF
    return is_selector or unicodedata.category(one) in ("Cf", "Co", "Cn", "Cs") or (number < 32 and one not in "\t\n\r")


def _shadow_findings(offer: ToolOffer, names: Names) -> Iterator[tuple[RiskKind, str]]:
    alike = names[_plain(offer.name)]
    if alike.count(offer.name) > 1:
        yield "shadows", "another tool has the same name"
    others = [name for name in alike if name != offer.name]
    if others:
        yield "shadows", f"its name looks like '{others[0]}'"
    if not offer.name.isascii():
        yield "shadows", "its name has letters beyond ASCII, which can look like others"
    every = (name for same in names.values() for name in same)
    known = {name for name in every if not name.isalpha() or not name.islower()}  # 'search' is also just a word
    spoken_of = sorted((known - {offer.name}) & set(_WORD.findall(offer.about[:_LOOKED_AT])))
    if spoken_of:
        yield "shadows", f"its description speaks of another tool, '{spoken_of[0]}'"


def _plain(name: str) -> str:
    """A name as a hasty reader sees it."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return folded.translate(str.maketrans("01l5", "oiis", "_-. "))


def _schema_findings(offer: ToolOffer) -> Iterator[tuple[RiskKind, str]]:
    schema = offer.parameters
    parts = schema.get("properties")
    parts = parts if isinstance(parts, dict) else {}
    if schema.get("additionalProperties") is not False:
        yield "no_limits", "its schema takes parameters that it does not name"
    free = sorted(str(name) for name, part in parts.items() if _is_free(part))
    if free:
        yield "no_limits", f"texts of any length and form: {', '.join(free[:10])}"
    unbounded = sorted(str(name) for name, part in parts.items() if _is_unbounded(part))
    if unbounded:
        yield "no_limits", f"numbers of any size: {', '.join(unbounded[:10])}"


def _is_free(part: Any) -> bool:
    limits = {"maxLength", "enum", "const", "pattern", "format"}
    return isinstance(part, dict) and part.get("type") in ("string", None) and not limits & set(part)


def _is_unbounded(part: Any) -> bool:
    if not isinstance(part, dict) or part.get("type") not in ("number", "integer"):
        return False
    below, above = {"minimum", "exclusiveMinimum"} & set(part), {"maximum", "exclusiveMaximum"} & set(part)
    return not ({"enum", "const"} & set(part)) and not (below and above)


def _words(value: Any, depth: int) -> Iterator[str]:
    """All texts in a schema."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _words(part, depth - 1)
    elif depth and isinstance(value, list):
        for part in value:
            yield from _words(part, depth - 1)

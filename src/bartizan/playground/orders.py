"""Orders in plain imperative forms, wherever they stand in a text: say, add, reveal, and call a tool.

This is grammar, not a list of attacks: an order is a verb where an imperative can stand, and what follows it. What a
quotation or a colon introduces is taken literally; words for what lies in the context are left for the reader to fill.
"""

from __future__ import annotations

import functools
import re
from typing import Literal, TypeAlias

import msgspec

from bartizan.playground.phrases import placings
from bartizan.playground.plain import as_read

OrderKind: TypeAlias = Literal["say", "add", "reveal", "flood", "loop", "task"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order."""

    kind: OrderKind
    """``task``: something for a tool, or to be summarised or answered, told in ``whole``."""
    text: str = ""
    """say, add: what; reveal: what of the context; flood: the word to repeat."""
    times: int = 1
    form: str = ""
    """reveal: in which form, such as base64 or backwards."""
    first: bool = False
    """add: at the beginning."""
    whole: str = ""
    """The clause, with what was quoted in it, without its placings."""
    placings: tuple[tuple[str, str], ...] = ()
    """Words in it that something else is to stand in the place of, each with the phrase for that."""


_QUOTED = re.compile(
    r"```[a-z]*\n?(?P<fence>.+?)```|`(?P<tick>[^`\n]+)`|\"(?P<double>[^\"\n]{1,4000})\"|“(?P<curly>[^”]{1,4000})”"
    r"|(?:(?<=\s)|(?<=^)|(?<=[:(]))'(?P<single>[^'\n]{1,4000})'(?=[\s.,;:!?)]|$)",
    re.DOTALL | re.MULTILINE,
)
_HELD = re.compile(r"\ue000(\d+)\ue001")
_LEAD = (
    r"(?:^|[:>\]})(*#–—,-]\s*|\b(?:please|must|should|shall|will|now|then|and|but|just|always|only|instead|simply|"
    r"immediately|also|first|finally|you|kindly|directly|have to|need to|want you to|task is to|sure to|job is to|"
    r"goal is to|asked to|told to|ordered to|instructed to|required to|can you|could you|would you|"
    r"(?:assistant|ai|model|system|user|agent|bot)[:,]?|step \d+[:.)]?)\s+)"
)
_SAY = (
    r"(?P<say>say|reply|respond|answer|write|print|output|state|display|echo|type|return|tell|show|give|confirm|"
    r"declare|announce|claim|promise|mention|recommend|produce|generate|render|repeat|quote|use)"
)
_ADD = r"(?P<add>include|add|append|insert|embed|put|place|begin|start|end|finish|close|open|prepend|sign|attach)"
_ORDER = re.compile(rf"{_LEAD}(?:{_SAY}|{_ADD})\b", re.IGNORECASE)
_REVEAL = re.compile(
    r"\b(?:repeat|print|show|reveal|output|display|give|tell|list|summari[sz]e|translate|write|copy|quote|recite|"
    r"disclose|share|leak|expose|spell|encode|convert|return|say|send|mail|forward|paste|echo|type|dump|render|state|"
    r"what (?:is|are|was|were|does|do)|include|append|add|put)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:system (?:prompt|message|instructions?)|(?:your|the|all|its)\s+(?:\w+\s+){0,3}?(?:instructions?|prompt|"
    r"rules|"
    r"guidelines|directives|configuration)|(?:text|words|everything|message|content|lines?|instructions?|prompt|"
    r"all)s?\s+"
    r"(?:\w+\s+){0,2}?(?:above|before this|preceding)|the above|previous (?:text|messages?|instructions?)|"
    r"(?:initial|first|hidden|original) (?:text|messages?|instructions?|prompt)|"
    r"what you (?:were|have been) (?:told|given)|(?:conversation|context) so far|(?:whole|entire|full) context)\b",
    re.IGNORECASE,
)
_DROPS = re.compile(r"\b(?:ignore|disregard|forget|override|bypass|skip|do not follow|don't follow)\b", re.IGNORECASE)
_FORMS = (
    ("base64", re.compile(r"\bbase ?64\b", re.IGNORECASE)),
    ("backwards", re.compile(r"\b(?:backwards?|reversed?|in reverse)\b", re.IGNORECASE)),
    ("rot13", re.compile(r"\brot-?13\b", re.IGNORECASE)),
    ("hex", re.compile(r"\bhex(?:adecimal)?\b", re.IGNORECASE)),
    ("spaced", re.compile(r"\b(?:letter by letter|spell|spaced|between (?:each|every|the))\b", re.IGNORECASE)),
)
_TIMES = re.compile(
    r"\b(\d[\d,. ]{0,12}?)\s*(?:times|words|lines|copies|repetitions|numbers|items|entries)\b", re.IGNORECASE
)
_COUNT = re.compile(
    r"\bcount (?:from \d+ )?(?:up )?to (\d[\d,]{0,12})|numbers? from \d+ to (\d[\d,]{0,12})", re.IGNORECASE
)
_ENDLESS = re.compile(
    r"\b(?:again and again|forever|never stop|do not stop|don't stop|without stopping|over and over|endless(?:ly)?|"
    r"indefinitely|as (?:long|often) as (?:you can|possible)|keep (?:on )?\w+ing|in a loop|start over|"
    r"repeat (?:this|these|the|all) (?:last |previous )?(?:steps?|calls?|process|actions?)|once more after each|"
    r"(?:go|carry|keep|continue)(?: on)? until|(?:check|look|read|write|search|ask|try|fetch)\b(?: \w+){0,4} again)\b",
    re.IGNORECASE,
)
_FILL = re.compile(
    r"^(?:\s*(?:back|with|that|by saying|only|exactly|just|precisely|verbatim|literally|the|this|these|following|"
    r"words?|"
    r"phrase|text|string|sentence|line|marker|token|message|html|markdown|snippet|image|picture|link|"
    r"(?:to )?(?:the )?(?:user|customer|reader)|them|him|her|me|us|to (?:me|us|them)|one|single|"
    r"and nothing else but|nothing but|in|your|every|"
    r"(?:answers?|repl(?:y|ies)|responses?|messages?|questions?|requests?) (?:with|by|is)|any|all|each|"
    r"of)\b)*\s*[:,]?\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,;]*(?:\band nothing (?:else|more)|\bnothing (?:else|more)|\band (?:only )?that only|\bonly|\bexactly|"
    r"\bverbatim|\bas (?:it )?is|\bword for word|\b(?:in|into|at|to|as) (?:the )?(?:end|start|beginning|top|bottom|"
    r"first line|"
    r"last line)?\s*(?:of|in)?\s*(?:your|the|every|each|any|all)?\s*(?:answers?|repl(?:y|ies)|responses?|"
    r"messages?|summary|"
    r"output)|\bto (?:the )?(?:user|customer|reader)|\bfirst|\bbefore anything else|\bplease|\binstead(?: of "
    r".{0,80})?))*"
    r"[\s.!]*(?:</(?:p|div|span|li|td|body|html|font|b|i|em|small|center)>\s*)*$",
    re.IGNORECASE,
)
_STRONG_VERBS = "say reply respond print output echo type state confirm declare announce claim promise mention repeat"
_STRONG = frozenset([*_STRONG_VERBS.split(), "recommend"])
"""What follows them is said as it stands, even without quotation marks."""
_OPEN = re.compile(
    r"^(?:about|what|how|why|when|where|who|which|whether|if|all|each|a (?:short|brief|list|summary)|an? overview|"
    r"(?:short|brief|a few|in (?:one|two|a|short|brief)|to|from|questions?|politely|honestly|briefly|as|my|our|it|him|"
    r"her|yes or no|for|on|up|out|over|down|at|everything|anything)\b)",
    re.IGNORECASE,
)
_TOKENISH = re.compile(r"[A-Z]+[-_]?\d|\d[-_]?[A-Z]{2}|https?://|<\w|!\[|\]\(|^[A-Z0-9_-]{5,}$")


@functools.lru_cache(maxsize=256)
def find_orders(text: str) -> tuple[Order, ...]:
    """Every order in a text, in the order in which they stand."""
    read = as_read(text)
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(next(part for part in found.groups() if part is not None))
        return f"\ue000{len(held) - 1}\ue001"

    masked = _QUOTED.sub(hold, read.replace("\ue000", "").replace("\ue001", ""))
    orders: list[Order] = []
    lines = masked.split("\n")
    for number, line in enumerate(lines):
        for clause in _clauses(line):
            following = "\n".join(_block(lines, number + 1)) if clause.rstrip().endswith(":") else ""
            if "\ue000" in clause or "\ue000" in following:
                orders += _orders_in(clause, following, held)
            else:
                orders += _unquoting(clause, following)
    return tuple(orders)


_ERRAND = re.compile(
    rf"{_LEAD}(?:send|forward|e-?mail|mail|pay|transfer|refund|wire|fetch|open|visit|load|browse|go to|get|call|use|"
    r"invoke|trigger|run|execute|remember|memori[sz]e|keep|note|save|store|put|write|create|update|change|set|modify|"
    r"overwrite|read|show|list|search|find|look|check|ask|tell|message|instruct|delete|download|post|submit|"
    r"upload|ping|"
    r"contact|follow|access|request|retrieve|summari[sz]e|take|make|add|book|print|append|replace|edit|"
    r"repeat)\b(?!\s*:)",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=2048)
def is_imperative(clause: str) -> bool:
    """Whether a clause tells somebody to do something, rather than that something is so."""
    return _ERRAND.search(clause) is not None


_CLAUSE = re.compile(r"(?<=[.!?])\s+|;\s+|,? and then |, then |\s+\|\s+")


def _clauses(line: str) -> list[str]:
    return [part.strip() for part in _CLAUSE.split(line) if part and part.strip()]


def _block(lines: list[str], start: int) -> list[str]:
    """The paragraph that follows, up to an empty line."""
    found: list[str] = []
    for line in lines[start : start + 40]:
        if not line.strip() and found:
            break
        if line.strip():
            found.append(line)
    return found


def _told(text: str, held: list[str]) -> str:
    return _HELD.sub(lambda found: held[int(found[1])], text)


def _shown(text: str, held: list[str]) -> str:
    """With its quotation marks, for what reads it further."""
    return _HELD.sub(lambda found: f'"{held[int(found[1])]}"', text)


@functools.lru_cache(maxsize=2048)
def _unquoting(clause: str, following: str) -> tuple[Order, ...]:
    """Those of a clause that quotes nothing: the shop's own documents hold the same ones in every world."""
    return tuple(_orders_in(clause, following, []))


def _orders_in(clause: str, following: str, held: list[str]) -> list[Order]:
    clause, words = placings(clause)
    found = _plain_orders(clause, following, held)
    return [msgspec.structs.replace(one, placings=words) for one in found] if words else found


def _plain_orders(clause: str, following: str, held: list[str]) -> list[Order]:
    whole = _shown(clause, held) + (f"\n{_told(following, held)}" if following else "")
    found = [Order(kind="loop", whole=whole)] if _ENDLESS.search(clause) else []
    flood = _flood(clause, held, bool(found))
    if flood is not None:
        return [*found, flood]
    if _REVEAL.search(clause) and _ABOVE.search(clause) and not _DROPS.search(clause):
        return [*found, Order(kind="reveal", text="above", form=_form(clause), whole=whole)]
    spoken = [one for match in _ORDER.finditer(clause) if (one := _spoken(match, clause, following, held, whole))]
    return [*found, *(spoken[:3] or [Order(kind="task", form=_form(clause), whole=whole)])]


def _form(clause: str) -> str:
    return next((name for name, pattern in _FORMS if pattern.search(clause)), "")


_MANY = 1_000_000


def _flood(clause: str, held: list[str], endless: bool) -> Order | None:
    """An order whose answer is long by its own words."""
    counted = _COUNT.search(clause)
    if counted is not None:
        return Order(kind="flood", text="#", times=_number(counted[1] or counted[2]))
    match, times = _ORDER.search(clause), _TIMES.search(clause)
    if match is None or not (times or endless):
        return None
    count = _number(times[1]) if times is not None else _MANY
    rest = clause[match.end() : times.start() if times is not None and times.start() > match.end() else None]
    text = _content(_ENDLESS.sub("", rest), "", held)
    return Order(kind="flood", text=text or "word", times=count) if count > 3 else None


def _number(text: str) -> int:
    digits = re.sub(r"\D", "", text)[:9]
    return min(_MANY, int(digits)) if digits else 1


def _spoken(match: re.Match[str], clause: str, following: str, held: list[str], whole: str) -> Order | None:
    verb = (match["say"] or match["add"]).casefold()
    rest = clause[match.end() :]
    literal = bool(_HELD.search(rest)) or ":" in rest.replace("://", "")
    content = _content(rest, following, held)
    if not content:
        return None
    if not literal and not _TOKENISH.search(content):
        weak = verb not in _STRONG if match["say"] else True
        if weak or _OPEN.search(rest.strip()):
            return None
    if match["add"]:
        first = verb in {"begin", "start", "open", "prepend"}
        return Order(kind="add", text=content, first=first, whole=whole)
    return Order(kind="say", text=content, whole=whole)


def _content(rest: str, following: str, held: list[str]) -> str:
    """What is to be said: the quotation, else what follows the colon, else the rest without what only introduces it."""
    quoted = _HELD.search(rest)
    if quoted is not None:
        return held[int(quoted[1])].strip()
    if following:
        return _told(following, held).strip()
    before, colon, after = rest.partition(": ")
    if colon and after.strip() and "<" not in before and "(" not in before:
        rest = after
    return _TAIL.sub("", _FILL.sub("", rest.strip())).strip().strip("*_").strip()

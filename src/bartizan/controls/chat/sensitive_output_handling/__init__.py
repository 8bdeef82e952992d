"""Sensitive output handling: personal data, secrets, the application's prompts and canaries do not leave in answers.

Every answer and every call's arguments are read, streamed or whole. What the person wrote in this exchange may come
back to them. Values are replaced where they stand; a repeated prompt and a canary end the answer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard, StreamGuard
from bartizan.controls.chat.sensitive_output_handling import canaries, prompt_leak
from bartizan.controls.chat.sensitive_output_handling.reading import AnswerReader, Values
from bartizan.controls.chat.verdict import ALLOW, Allow, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import KINDS, PERSONAL, SECRETS, Kind

Action: TypeAlias = Literal["mask", "block", "note", "allow", "tokenise"]
NAME = "sensitive_output_handling"
_ORDINARY: tuple[Kind, ...] = (
    "email", "phone", "name", "address", "date_of_birth", "ip_address", "mac_address", "licence_plate", "crypto_wallet",
)  # fmt: skip
_DEFAULT: dict[str, Action] = {"personal": "mask", "secrets": "mask", **dict.fromkeys(_ORDINARY, "note")}
"""Keys, cards, accounts and numbers that identify a person are masked. What answers are full of, a shop's address or
an author's name, is written down: whether it may leave depends on whose it is, which only the policy knows."""

_MARKED = re.compile(r"<data-([0-9a-f]{12})\b[^>]*>.*?(?:</data-\1>|\Z)", re.DOTALL)


def _own(text: str) -> str:
    """A system message without what input segregation marked in it: documents there are what answers are made of."""
    return _MARKED.sub("\n", text) if "<data-" in text else text


class SensitiveOutputHandling(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Masks, blocks or tokenises what must not leave. See the module."""

    id: ClassVar[ControlId] = ControlId(NAME)
    title: ClassVar[str] = "Sensitive output handling"
    source: ClassVar[str] = "AI Exchange, SENSITIVE OUTPUT HANDLING; Broder 1997 for repeated prompts"
    sees: ClassVar[frozenset[Part]] = frozenset({"call", "numbers"})
    reads_answers: ClassVar[bool] = True

    actions: dict[str, Action] = msgspec.field(default_factory=lambda: dict(_DEFAULT))
    """Kind, or "personal" or "secrets" for all of a family -> what becomes of it; what is not named is allowed.
    By default all is masked but contact data, names and addresses of machines, which are noted."""
    echo: bool = True
    """Whether a value that the person wrote in this exchange may come back."""
    public: tuple[str, ...] = ()
    """Values that may always leave, as patterns with ``*``: *@support.rivera.example."""
    least_score: float = 0.5
    """Findings that are less sure are let through."""
    prompt: Literal["block", "allow"] = "block"
    """What becomes of an answer that repeats the application's own prompts."""
    prompt_words: int = 20
    """How many words in a row are a repetition."""
    canaries: tuple[str, ...] = ()
    """Values planted where no answer may come from: the value itself, env:NAME, or file:PATH of a text file with one in
    each line. Sought in any usual form."""
    tenant_canaries: bool = True
    """Whether canaries made with `canaries.canary` for other tenants end an answer."""
    logprobs: Literal["remove", "allow"] = "remove"
    """Chances of tokens repeat an answer's text as the model wrote it, before anything was masked."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Judge a call's arguments as a whole; take chances of tokens out."""
        if segment.part == "numbers":
            if segment.name != "logprobs" or self.logprobs == "allow" or segment.value is None:
                return ALLOW
            return Replace(value=None, findings=(Finding(rule="logprobs_repeat_text", why="they hold the words"),))
        return self._arguments(exchange, segment, bench)

    def _arguments(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        values = self._values(exchange, bench)
        reader = self._reader(exchange, bench, values, leak=False)
        findings: list[Finding] = []
        try:
            data = msgspec.json.decode(segment.text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            text, block = reader.whole(segment.text, findings)
        else:
            blocks: list[Block] = []
            changed = _walked(data, lambda one: _judged(reader, one, findings, blocks))
            block = blocks[0] if blocks else None
            is_same = changed == data and _is_all(segment.text, data)
            text = segment.text if is_same else msgspec.json.encode(changed).decode()
        if block is not None:
            return block
        if text != segment.text:
            return Replace(text=text, value=segment.value, findings=tuple(findings))
        return Allow(findings=tuple(findings)) if findings else ALLOW

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard | None:
        """Read every channel, reasoning too: it reaches the client."""
        values = self._values(exchange, bench)
        exchange.notes[NAME] = values
        return self._reader(exchange, bench, values, leak=True)

    def _reader(self, exchange: Exchange, bench: Bench, values: Values, *, leak: bool) -> AnswerReader:
        prompts = []
        if self.prompt == "block" and leak:
            trusted = (one for one in exchange.segments if one.part == "prompt" and one.trust == "trusted")
            prompts = [prompt_leak.known(_own(one.text), self.prompt_words) for one in trusted if one.role == "system"]
        seeker = None
        if self.tenant_canaries or self.planted:
            seeker = (exchange.caller.tenant, bench.key(canaries.PURPOSE), self.planted)
        return AnswerReader(values, prompts, seeker)

    def _values(self, exchange: Exchange, bench: Bench) -> Values:
        known = exchange.notes.get(NAME)
        if isinstance(known, Values) and known.guard is self:
            return known
        return Values(self, exchange, bench)

    def action(self, kind: Kind) -> Action:
        """What becomes of a kind."""
        return self._by_kind.get(kind, "allow")

    @cached_property
    def _by_kind(self) -> dict[Kind, Action]:
        families = {"personal": PERSONAL, "secrets": SECRETS}
        found: dict[Kind, Action] = {}
        for name, kinds in families.items():
            if name in self.actions:
                found.update(dict.fromkeys(kinds, self.actions[name]))
        found.update({kind: self.actions[kind] for kind in KINDS if kind in self.actions})
        return found

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """All that are not simply allowed."""
        return frozenset(kind for kind, action in self._by_kind.items() if action != "allow")

    @cached_property
    def planted(self) -> tuple[str, ...]:
        """The planted values themselves; a variable that is not set is none. Raises OSError and ValueError for a file
        that cannot be read as text.
        """
        return tuple(value for one in self.canaries for value in _values_at(one) if value.strip())

    def is_public(self, value: str) -> bool:
        """Whether a value may always leave."""
        return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in self.public)

    def faults(self) -> Mapping[str, str]:
        """Kinds that there are not; numbers that make no sense; variables that are not set."""
        found = {}
        unknown = [one for one in self.actions if one not in KINDS and one not in {"personal", "secrets"}]
        if unknown:
            found["actions"] = f"there is no kind of data {unknown[0]!r}"
        if self.prompt_words < 5:
            found["prompt_words"] = "fewer than 5 words in a row are said by chance"
        if any(one.startswith("env:") and not os.environ.get(one[4:]) for one in self.canaries):
            found["canaries"] = "a variable of the environment is not set"
        try:
            if any(0 < len(one) < 8 for one in self.planted):
                found["canaries"] = "a canary of fewer than 8 characters is said by chance"
        except (OSError, ValueError):
            found["canaries"] = "a file of canaries cannot be read"
        return found


def _values_at(place: str) -> list[str]:
    if place.startswith("env:"):
        return [os.environ.get(place[4:], "")]
    if place.startswith("file:"):
        return [line.strip() for line in Path(place[5:]).read_text("utf-8").splitlines()]
    return [place]


def _judged(reader: AnswerReader, text: str, findings: list[Finding], blocks: list[Block]) -> str:
    changed, block = reader.whole(text, findings)
    if block is not None:
        blocks.append(block)
    return changed


def _walked(data: Any, change: Callable[[str], str]) -> Any:
    """JSON data with every text, every name and every long number judged."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {change(key): _walked(value, change) for key, value in data.items()}
    if isinstance(data, list):
        return [_walked(one, change) for one in data]
    if isinstance(data, int | float) and not isinstance(data, bool):
        said = str(data)
        return data if len(said) < 6 or change(said) == said else change(said)
    return data


def _is_all(text: str, data: Any) -> bool:
    """Whether nothing stands in a JSON text but this data: no name twice, of which one value would not be judged."""
    return text.count(":") == _names_in(data) and "\\u003a" not in text.lower()


def _names_in(data: Any) -> int:
    """Colons that JSON of this data has."""
    if isinstance(data, str):
        return data.count(":")
    if isinstance(data, dict):
        return sum(1 + _names_in(key) + _names_in(value) for key, value in data.items())
    return sum(map(_names_in, data)) if isinstance(data, list) else 0


def values_in(texts: Iterable[str], kinds: frozenset[Kind]) -> frozenset[str]:
    """All values of these kinds in some texts."""
    return frozenset(text[one.start : one.end] for text in texts for one in find_sensitive(text, kinds))

"""Model input confidentiality: personal data and secrets do not reach a supplier who may not have them.

Each value is replaced by a token before a prompt leaves, and turned back in what returns, in answers and in the
arguments of calls. A model sees that two places name the same person, and not whom. What a supplier may have is said
per supplier; who is not named gets what the default says, and nothing by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment, Step
from bartizan.controls.chat.guard import ChatGuard, StreamGuard
from bartizan.controls.chat.model_input_confidentiality.restoring import Restoring
from bartizan.controls.chat.model_input_confidentiality.tokens import Tokens
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import KINDS, PERSONAL, SECRETS, Kind

NAME = "model_input_confidentiality"
_BESIDE = ("user", "safety_identifier", "prompt_cache_key", "metadata")
"""Fields of requests that name a person to the supplier, or are kept there."""
_FAMILIES: dict[str, frozenset[Kind]] = {"personal": PERSONAL, "secrets": SECRETS, "all": KINDS}


class Supplier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What one supplier may have."""

    takes: tuple[str, ...] = ()
    """Kinds, "personal", "secrets" or "all", that it may have as they are."""
    labels: tuple[str, ...] | None = None
    """Data labels that it may have, as patterns with ``*``; None: all. Text with another label does not go there."""

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """What it takes, kind by kind."""
        return frozenset[Kind]().union(*(_FAMILIES.get(one, {one} & KINDS) for one in self.takes))  # type: ignore[arg-type]


class ModelInputConfidentiality(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tokens instead of values on the way to a supplier, values instead of tokens on the way back."""

    id: ClassVar[ControlId] = ControlId(NAME)
    title: ClassVar[str] = "Model input confidentiality"
    source: ClassVar[str] = "AI Exchange, MODEL INPUT CONFIDENTIALITY"
    sees: ClassVar[frozenset[Part]] = frozenset({"request", "prompt", "attachment", "call"})
    reads_answers: ClassVar[bool] = True

    default: Supplier = Supplier()
    suppliers: dict[str, Supplier] = msgspec.field(default_factory=dict)
    """By the upstream's name. While it is not known who will answer, what all of them take is what passes."""
    secrets: Literal["tokenise", "block"] = "tokenise"
    attachments: Literal["allow", "block"] = "allow"
    """Files cannot be read here."""
    restore_answers: bool = True
    restore_calls: bool = True
    tools: dict[str, bool] = msgspec.field(default_factory=dict)
    """Tool pattern -> whether tokens are turned back in its arguments, where it is not as ``restore_calls`` says."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Hide values in a prompt, and in what goes to the supplier beside it; turn tokens back in a call."""
        if segment.part == "request":
            return self._beside(exchange, segment, bench)
        if segment.part == "call":
            return self._returning(exchange, segment)
        if segment.labels and not self._may_have(exchange, segment.labels):
            why = "the supplier may not have data with this label"
            return Block(why=why, kind="permission", findings=(Finding(rule="label", why=why),))
        if segment.part == "attachment":
            if self.attachments == "block":
                return Block(why="files may not reach this supplier", kind="permission")
            return ALLOW
        return self._leaving(exchange, segment, bench)

    def _leaving(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        tokens = _tokens(exchange, bench)
        if segment.role == "user" and segment.trust == "user":
            tokens.said.append(segment.text)
        kinds = KINDS - self._taken(exchange)
        findings: list[Finding] = []

        def hidden(text: str) -> str:
            found = find_sensitive(text, kinds)
            findings.extend(
                Finding(rule=one.rule, why=one.kind, start=one.start, end=one.end, score=one.score) for one in found
            )
            return tokens.hidden(text, found) if found else text

        text = hidden(segment.text)
        if not findings:
            return ALLOW
        if self.secrets == "block" and any(one.why in SECRETS for one in findings):
            return Block(why="the request holds a secret", findings=tuple(findings))
        if segment.role == "assistant" and segment.name:
            text = in_json(segment.text, hidden) or text
        tokens.ready()
        return Replace(text=text, value=segment.value, findings=tuple(findings))

    def _beside(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Fields that no model reads, and the supplier keeps."""
        if not isinstance(exchange.body, dict):
            return ALLOW
        kinds, edits, findings = KINDS - self._taken(exchange), [], list[Finding]()
        for place, text in _texts_beside(exchange.body):
            if found := find_sensitive(text, kinds):
                findings += [Finding(rule=one.rule, why=one.kind, score=one.score) for one in found]
                edits.append((place, _tokens(exchange, bench).hidden(text, found)))
        if not findings:
            return ALLOW
        if self.secrets == "block" and any(one.why in SECRETS for one in findings):
            return Block(why="the request holds a secret", findings=tuple(findings))
        _tokens(exchange, bench).ready()
        return Replace(value=(*(segment.value or ()), *edits), findings=tuple(findings))

    def _returning(self, exchange: Exchange, segment: Segment) -> Verdict:
        tokens = exchange.notes.get(NAME)
        if tokens is None or not len(tokens) or not self._restores(segment.name):
            return ALLOW

        def restored(text: str) -> str:
            out, at = [], 0
            for start, end, _, value in tokens.found(text):
                out += [text[at:start], value]
                at = end
            return "".join([*out, text[at:]])

        if restored(segment.text) == segment.text:
            return ALLOW
        text = in_json(segment.text, restored)
        if text is None:
            return Block(why="the arguments of a tool call are no JSON", kind="malformed")
        return Replace(text=text, value=segment.value, findings=(Finding(rule="restored", why="tokens in a call"),))

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard | None:
        """Turn tokens back, where there are any."""
        tokens = exchange.notes.get(NAME)
        if not self.restore_answers or tokens is None or not len(tokens):
            return None
        return Restoring(exchange, tokens)

    def _restores(self, tool: str) -> bool:
        return next((yes for pattern, yes in self.tools.items() if fnmatchcase(tool, pattern)), self.restore_calls)

    def _parties(self, exchange: Exchange) -> tuple[Supplier, ...]:
        if exchange.supplier:
            return (self.suppliers.get(exchange.supplier, self.default),)
        return (self.default, *self.suppliers.values())

    def _taken(self, exchange: Exchange) -> frozenset[Kind]:
        parties = self._parties(exchange)
        return parties[0].kinds.intersection(*(one.kinds for one in parties[1:]))

    def _may_have(self, exchange: Exchange, labels: frozenset[str]) -> bool:
        return all(
            one.labels is None or all(any(fnmatchcase(label, pattern) for pattern in one.labels) for label in labels)
            for one in self._parties(exchange)
        )

    def faults(self) -> Mapping[str, str]:
        """Kinds that there are not."""
        known = KINDS | _FAMILIES.keys()
        for name, one in (("default", self.default), *self.suppliers.items()):
            unknown = [kind for kind in one.takes if kind not in known]
            if unknown:
                return {"default" if name == "default" else "suppliers": f"there is no kind of data {unknown[0]!r}"}
        return {}


def _texts_beside(body: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], str]]:
    for name in _BESIDE:
        found = body.get(name)
        if isinstance(found, str):
            yield (name,), found
        elif isinstance(found, dict):
            yield from (((name, one), text) for one, text in found.items() if isinstance(text, str))


def _tokens(exchange: Exchange, bench: Bench) -> Tokens:
    known = exchange.notes.get(NAME)
    if not isinstance(known, Tokens):
        known = exchange.notes[NAME] = Tokens(exchange, bench)
    return known


def in_json(text: str, change: Callable[[str], str]) -> str | None:
    """JSON with each text and long number in it changed; None where it is no JSON."""
    try:
        return msgspec.json.encode(_changed(msgspec.json.decode(text), change)).decode()
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _changed(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {change(key): _changed(value, change) for key, value in data.items()}
    if isinstance(data, list):
        return [_changed(one, change) for one in data]
    if isinstance(data, int | float) and not isinstance(data, bool):
        said = str(data)
        changed = change(said) if len(said) > 5 else said
        return data if changed == said else changed
    return data

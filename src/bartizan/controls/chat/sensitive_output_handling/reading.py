"""One channel of an answer, read for everything that must not leave."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.guard import Progress, StreamGuard
from bartizan.controls.chat.sensitive_output_handling.canaries import Canaries
from bartizan.controls.chat.sensitive_output_handling.growing import Growing, Hit
from bartizan.controls.chat.sensitive_output_handling.prompt_leak import Known, Leak
from bartizan.controls.chat.verdict import Block, Edit, Finding
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.kinds import Kind
from bartizan.detectors.sensitive.vault import Vault

if TYPE_CHECKING:
    from bartizan.controls.chat.sensitive_output_handling import SensitiveOutputHandling

_MOST_NOTED = 64
"""Values that only are noted, of one text at most."""
_Seeker = tuple[str, bytes, tuple[str, ...]]


def _folded(value: str) -> str:
    return "".join(one for one in value.casefold() if one.isalnum())


class Values:
    """What becomes of values in one exchange. ``vault`` has those that were tokenised; its owner may restore them."""

    def __init__(self, guard: SensitiveOutputHandling, exchange: Exchange, bench: Bench) -> None:
        self.guard = guard
        self._exchange = exchange
        self._bench = bench
        self._own: str | None = None
        self._vault: Vault | None = None

    def __repr__(self) -> str:
        return "Values()"

    @property
    def vault(self) -> Vault:
        """Tokens of this conversation: the same value has the same token in all of it, and another elsewhere."""
        if self._vault is None:
            caller, name = self._exchange.caller, self._exchange.session or self._exchange.id
            said = "\0".join((caller.tenant, caller.id, name)).encode("utf-8", "surrogatepass")
            key = self._bench.key("sensitive_output_handling.tokens")
            self._vault = Vault(hmac.new(key, said, hashlib.sha256).digest())
        return self._vault

    def instead(self, kind: Kind, value: str, score: float = 1.0) -> str | Block | None:
        """What leaves in place of a value; None: itself."""
        action = self.guard.action(kind)
        if action in {"allow", "note"} or score < self.guard.least_score or self.guard.is_public(value):
            return None
        if self.guard.echo and _folded(value) in self._said():
            return None
        if action == "block":
            return Block(why="the answer held data that may not leave", findings=(Finding(rule=kind),))
        if action == "tokenise":
            whole = Sensitive(kind=kind, start=0, end=len(value), score=score, rule=kind)
            return self.vault.tokenised(value, (whole,))
        return f"[{kind}]"

    def is_noted(self, kind: Kind, score: float) -> bool:
        """Whether that such a value left is written down."""
        return self.guard.action(kind) == "note" and score >= self.guard.least_score

    def is_token(self, text: str) -> bool:
        """Whether it is a token that stands for a value of this exchange: what it stands for is judged in its place."""
        tokens: Any = self._exchange.notes.get("model_input_confidentiality")
        return tokens is not None and tokens.knows(text)

    def _said(self) -> str:
        """All that the person said, without what numbers and addresses are written apart with."""
        if self._own is None:
            original: Any = self._exchange.notes.get("model_input_confidentiality")
            texts = original.said if original is not None else []
            texts = texts or [
                one.text
                for one in self._exchange.segments
                if one.part == "prompt" and one.trust == "user" and one.role == "user"
            ]
            self._own = "\0".join(_folded(one) for one in texts)
        return self._own


class AnswerReader(StreamGuard):
    """Reads one channel. Values are held until they are whole, prose by a word; prompts and canaries end it."""

    def __init__(self, values: Values, prompts: list[Known], seeker: _Seeker | None) -> None:
        self._values = values
        self._growing = Growing(values.guard.kinds)
        self._leak = Leak(prompts) if prompts else None
        self._seeker = seeker
        self._canaries = Canaries(*seeker) if seeker else None
        self._end = 0
        self._cleared = 0
        self._kept: list[Edit] = []
        self._noted = 0

    def feed(self, text: str) -> Progress:
        """See `StreamGuard.feed`."""
        self._end += len(text)
        hits = self._growing.feed(text)
        held, rule = self._canaries.feed(text) if self._canaries is not None else (0, "")
        if rule:
            return self._stop(rule)
        if self._leak is not None and self._leak.feed(text):
            return self._stop("repeats_prompt")
        cleared = self._growing.cleared
        if held and self._end - held < cleared:
            cleared = self._end - held
        if not hits and not self._kept:
            self._cleared = max(self._cleared, cleared)
            return Progress(cleared=self._cleared)
        return self._told(hits, cleared)

    def flush(self) -> Progress:
        """See `StreamGuard.flush`."""
        hits = self._growing.flush()
        rule = self._canaries.flush() if self._canaries is not None else ""
        if not rule and self._leak is not None and self._leak.flush():
            rule = "repeats_prompt"
        return self._stop(rule) if rule else self._told(hits, self._end)

    def _stop(self, rule: str) -> Progress:
        whys = {"repeats_prompt": "the answer repeats what the application told the model"}
        why = whys.get(rule, "the answer holds something that it may not have")
        return Progress(cleared=self._cleared, block=Block(why=why, findings=(Finding(rule=rule, why=why),)))

    def _told(self, hits: Any, cleared: int) -> Progress:
        findings: list[Finding] = []
        for hit in hits:
            instead = None if self._values.is_token(hit.text) else self._values.instead(hit.kind, hit.text, hit.score)
            if isinstance(instead, Block):
                return Progress(cleared=self._cleared, block=instead, findings=tuple(findings))
            if instead is not None:
                self._kept.append(Edit(start=hit.start, end=hit.end, text=instead))
                findings.append(_finding(hit))
            elif self._noted < _MOST_NOTED and self._values.is_noted(hit.kind, hit.score):
                self._noted += 1
                findings.append(_finding(hit))
        for one in self._kept:
            if one.start < cleared < one.end:
                cleared = one.start
        cleared = max(cleared, self._cleared)
        edits = tuple(one for one in self._kept if one.end <= cleared)
        self._kept = [one for one in self._kept if one.end > cleared]
        self._cleared = cleared
        return Progress(cleared=cleared, edits=edits, findings=tuple(findings))

    def whole(self, text: str, findings: list[Finding]) -> tuple[str, Block | None]:
        """A text that stands whole, as it may leave, or why it may not. The reader of a channel is not used for it."""
        if self._seeker is not None and len(text) > 7:
            seeking = Canaries(*self._seeker)
            rule = seeking.feed(text)[1] or seeking.flush()
            if rule:
                return text, self._stop(rule).block
        out, at = [], 0
        for one in find_sensitive(text, self._values.guard.kinds):
            value = text[one.start : one.end]
            instead = None if self._values.is_token(value) else self._values.instead(one.kind, value, one.score)
            if isinstance(instead, Block):
                return text, instead
            if instead is not None:
                out += [text[at : one.start], instead]
                at = one.end
            elif len(findings) >= _MOST_NOTED or not self._values.is_noted(one.kind, one.score):
                continue
            findings.append(Finding(rule=one.rule, why=one.kind, start=one.start, end=one.end, score=one.score))
        return "".join([*out, text[at:]]) if out else text, None


def _finding(hit: Hit) -> Finding:
    return Finding(rule=hit.rule, why=hit.kind, start=hit.start, end=hit.end, score=hit.score)

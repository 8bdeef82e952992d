"""The tokens of one exchange: what stands for what, and finding them again in what comes back.

A token is made of a key of the conversation and the value (see `Vault`), so each request of a conversation makes the
same ones from its own history: nothing is stored between exchanges, and nothing of another conversation is known here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.kinds import Kind
from bartizan.detectors.sensitive.vault import Vault

_MARK = re.compile(r"-([0-9a-f]{16})(?![0-9a-f])", re.IGNORECASE)


class Tokens:
    """The values of one exchange. It shows none of them."""

    def __init__(self, exchange: Exchange, bench: Bench) -> None:
        self._exchange = exchange
        self._bench = bench
        self._marks: dict[str, tuple[str, Kind, str]] = {}
        self._sorted: list[str] = []
        self._longest = 0
        self.said: list[str] = []
        """What the person wrote, as it was."""

    def __repr__(self) -> str:
        return f"Tokens({len(self._marks)} values)"

    @cached_property
    def _vault(self) -> Vault:
        exchange = self._exchange
        caller, name = exchange.caller, exchange.session or exchange.id
        said = "\0".join((caller.tenant, caller.id, name)).encode("utf-8", "surrogatepass")
        return Vault(hmac.digest(self._bench.key("model_input_confidentiality"), said, hashlib.sha256))

    def __len__(self) -> int:
        return len(self._marks)

    def hidden(self, text: str, found: Iterable[Sensitive]) -> str:
        """The text with a token in place of each value."""
        out, at = [], 0
        for one in found:
            value = text[one.start : one.end]
            whole = Sensitive(kind=one.kind, start=0, end=len(value), score=one.score, rule=one.rule)
            token = self._vault.tokenised(value, (whole,))
            mark = _MARK.search(token)
            if mark is not None:
                self._marks[mark[1]] = (token.lower(), one.kind, value)
            out += [text[at : one.start], token]
            at = one.end
        return "".join([*out, text[at:]])

    def knows(self, text: str) -> bool:
        """Whether this is one of the tokens, or a part of one."""
        low = text.lower()
        return any(low in token for token, _, _ in self._marks.values()) if len(low) > 15 else False

    def ready(self) -> None:
        """All are known: `held` may be asked."""
        self._sorted = sorted(token for token, _, _ in self._marks.values())
        self._longest = max(map(len, self._sorted), default=0)

    def found(self, text: str) -> Iterator[tuple[int, int, Kind, str]]:
        """Start, end, kind and value for each token in a text. What only looks like one is none."""
        at = 0
        for match in _MARK.finditer(text):
            known = self._marks.get(match[1].lower())
            if known is None:
                continue
            token, kind, value = known
            start = match.start() - token.index("-" + match[1].lower())
            if start >= at and text[start : start + len(token)].lower() == token:
                at = start + len(token)
                yield start, at, kind, value

    def held(self, text: str) -> int:
        """How many characters at the end of a text may be the beginning of a token, or one that is not sure yet."""
        low = text[-self._longest :].lower()
        for at in range(len(low)):
            rest = low[at:]
            place = bisect_left(self._sorted, rest)
            if place < len(self._sorted) and self._sorted[place].startswith(rest):
                return len(rest)
        return 0

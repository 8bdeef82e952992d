"""Obscure confidence: how sure a model is does not leave, or only roughly.

Exact chances make inversion, membership inference and theft of a model cheaper (Fredrikson et al. 2015, section 6;
Carlini et al. 2024, "Stealing Part of a Production Language Model", section 8: rounding, fewer of them, and noise raise
the price). Embeddings are rounded, and may be given noise, for texts can be read out of them (Morris et al. 2023,
"Text Embeddings Reveal (Almost) As Much As Text", section 6).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
import struct
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId

_ONE = frozenset({"logprob", "logprobs"})
_LISTS = frozenset({"token_logprobs"})
_DEEPEST = 12
_LARGEST = 1 << 20
"""Numbers of one embedding at most."""


class ObscureConfidence(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes chances of tokens out or rounds them; rounds embeddings."""

    id: ClassVar[ControlId] = ControlId("obscure_confidence")
    title: ClassVar[str] = "Obscure confidence"
    source: ClassVar[str] = "AI Exchange, OBSCURE CONFIDENCE; Carlini et al. 2024, section 8"
    sees: ClassVar[frozenset[Part]] = frozenset({"numbers"})

    logprobs: Literal["remove", "round", "allow"] = "remove"
    decimals: int = 1
    """Decimals of a logarithm that stay."""
    top: int = 1
    """Alternatives to a token that stay at most."""
    embeddings: Literal["round", "remove", "allow"] = "round"
    embedding_decimals: int = 3
    noise: float = 0.0
    """Standard deviation of Gaussian noise that each number of an embedding gets before it is rounded. It is drawn from
    the embedding and a key: asking again does not average it away."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """The numbers as they may leave. Numbers in a form that is not known do not."""
        if segment.value is None:
            return ALLOW
        if segment.name == "embedding":
            return self._embedding(segment, bench)
        if self.logprobs == "allow":
            return ALLOW
        if self.logprobs == "remove":
            return Replace(value=None, findings=(Finding(rule="logprobs_removed"),))
        return Replace(value=self._rounded(segment.value, 0), findings=(Finding(rule="logprobs_rounded"),))

    def _rounded(self, value: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            return None
        if isinstance(value, list):
            return [self._rounded(one, depth + 1) for one in value]
        if not isinstance(value, dict):
            return value
        out: dict[str, Any] = {}
        for key, one in value.items():
            if key in _ONE and isinstance(one, int | float):
                out[key] = round(one, self.decimals)
            elif key in _LISTS and isinstance(one, list):
                out[key] = [round(x, self.decimals) if isinstance(x, int | float) else None for x in one]
            elif key == "top_logprobs":
                out[key] = self._top(one, depth)
            else:
                out[key] = self._rounded(one, depth + 1)
        return out

    def _top(self, value: Any, depth: int) -> Any:
        """OpenAI's chat: a list of objects for a token. Completions: a list of objects token -> chance, or one."""
        if isinstance(value, dict):
            best = sorted(value.items(), key=lambda one: one[1] if isinstance(one[1], int | float) else -1e9)
            kept = best[::-1][: self.top]
            return {name: round(one, self.decimals) for name, one in kept if isinstance(one, int | float)}
        if isinstance(value, list):
            if any(isinstance(one, dict) and "logprob" in one for one in value):
                return [self._rounded(one, depth + 1) for one in value[: self.top]]
            return [self._top(one, depth + 1) if depth < _DEEPEST else None for one in value]
        return None

    def _embedding(self, segment: Segment, bench: Bench) -> Verdict:
        if self.embeddings == "allow":
            return ALLOW
        if self.embeddings == "remove":
            return Replace(value=None, findings=(Finding(rule="embedding_removed"),))
        try:
            value = self._obscured(segment.value, bench)
        except (ValueError, binascii.Error, struct.error, OverflowError):
            return Block(why="an embedding is in a form that cannot be judged", kind="malformed")
        return Replace(value=value, findings=(Finding(rule="embedding_rounded"),))

    def _obscured(self, value: Any, bench: Bench) -> Any:
        """Numbers in a list, lists of such lists, or base64 of little-endian floats of 32 bits (OpenAI's form)."""
        if isinstance(value, str):
            raw = base64.b64decode(value, validate=True)
            if len(raw) % 4 or len(raw) > 4 * _LARGEST:
                raise ValueError("no floats of 32 bits")
            numbers = self._vector(list(struct.unpack(f"<{len(raw) // 4}f", raw)), bench)
            return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
        if isinstance(value, list) and value and all(isinstance(one, list | str) for one in value):
            return [self._obscured(one, bench) for one in value]
        if isinstance(value, list) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
            return self._vector(value, bench)
        raise ValueError("no embedding")

    def _vector(self, numbers: list[float], bench: Bench) -> list[float]:
        if not self.noise:
            return [round(one, self.embedding_decimals) for one in numbers]
        # Rounded first, so that the last digits of the same text's embedding do not draw other noise.
        seed = ",".join(f"{one:.4f}" for one in numbers).encode()
        drawn = random.Random(hashlib.blake2b(seed, key=bench.key("obscure_confidence.noise"), digest_size=16).digest())  # noqa: S311
        return [round(one + drawn.gauss(0.0, self.noise), self.embedding_decimals) for one in numbers]

    def faults(self) -> Mapping[str, str]:
        """Numbers that make no sense."""
        found = {}
        if not 0 <= self.decimals <= 6:
            found["decimals"] = "from 0 to 6"
        if not 0 <= self.embedding_decimals <= 8:
            found["embedding_decimals"] = "from 0 to 8"
        if not 0 <= self.top <= 20:
            found["top"] = "from 0 to 20"
        if not 0 <= self.noise <= 1:
            found["noise"] = "from 0 to 1"
        return found

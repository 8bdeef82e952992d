"""Augmentation data confidentiality: nobody is shown what they may not see at its source.

Chunks carry the access labels of their source. What a caller has no right to is left out before the model sees it; the
model is never asked to keep it to itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import ClassVar, Literal, TypeVar

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId

LEFT_OUT = "[left out: you have no right to see this content]"
T = TypeVar("T")


class AugmentationDataConfidentiality(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leaves out content whose labels the caller has no right to."""

    id: ClassVar[ControlId] = ControlId("augmentation_data_confidentiality")
    title: ClassVar[str] = "Augmentation data confidentiality"
    sees: ClassVar[frozenset[Part]] = frozenset({"prompt"})

    sources: tuple[str, ...] = ("?*",)
    """Patterns of sources whose content must carry labels; by default all that name a source."""
    open_labels: frozenset[str] = frozenset({"public"})
    """Labels that everybody may see."""
    unlabelled: Literal["leave_out", "pass"] = "leave_out"
    """What becomes of content of such a source that carries no label."""
    otherwise: Literal["leave_out", "block"] = "leave_out"

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Pass what the caller may see."""
        named = any(fnmatchcase(segment.source, one) for one in self.sources)
        if self.permits(exchange.caller, segment.labels, named=named):
            return ALLOW
        findings = (Finding(rule="no_right", why="the caller has no right to content of these labels"),)
        if self.otherwise == "block":
            return Block(
                why="the request holds content that you have no right to", kind="permission", findings=findings
            )
        return Replace(text=LEFT_OUT, findings=findings)

    def permits(self, caller: Caller, labels: frozenset[str], *, named: bool = True) -> bool:
        """Whether a caller may see content of these labels: a right to each of them, or an open one."""
        if not labels:
            return not named or self.unlabelled == "pass"
        return labels - self.open_labels <= caller.rights

    def filter(self, caller: Caller, chunks: Iterable[tuple[T, frozenset[str]]]) -> list[T]:
        """For a retriever: of chunks with their labels, those that a caller may see, in their order.

        Apply it to what the index would return, before ranks are cut: filtered later, fewer come than were asked for.
        """
        return [chunk for chunk, labels in chunks if self.permits(caller, labels)]

"""How a caller says whose words a piece of a request is: an object ``bartizan`` beside the text.

    {"role": "tool", "content": "...", "bartizan": {"trust": "untrusted", "source": "https://...", "labels": ["hr"]}}

A mark may lower trust and never raise it above what the role gives. It is taken out before the request goes on.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment, Step, Trust
from bartizan.gateway.wire.wire import Malformed

FIELD = "bartizan"
_ORDER: dict[Trust, int] = {"untrusted": 0, "user": 1, "trusted": 2}


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller says of a piece."""

    trust: Trust | None = None
    source: str = ""
    labels: frozenset[str] = frozenset()
    proof: str = ""

    def on(self, segment: Segment) -> Segment:
        """The segment with the mark."""
        if self is NO_MARK:
            return segment
        trust = self.trust if self.trust is not None and _ORDER[self.trust] < _ORDER[segment.trust] else segment.trust
        return msgspec.structs.replace(
            segment,
            trust=trust,
            source=self.source or segment.source,
            labels=segment.labels | self.labels,
            proof=self.proof or segment.proof,
        )

    def within(self, inner: Mark) -> Mark:
        """With the mark on a piece inside: the lower trust, all labels; the inner source and proof, if it has any."""
        if self is NO_MARK:
            return inner
        trusts: list[Trust] = [one.trust for one in (self, inner) if one.trust is not None]
        return Mark(
            trust=sorted(trusts, key=_ORDER.__getitem__)[0] if trusts else None,
            source=inner.source or self.source,
            labels=self.labels | inner.labels,
            proof=inner.proof or self.proof,
        )


NO_MARK = Mark()


def mark_of(piece: dict[str, Any], place: tuple[Step, ...], marks: list[tuple[Step, ...]]) -> Mark:
    """The mark on a piece; its place is added to ``marks``. Raises Malformed for a mark that is none."""
    if FIELD not in piece:
        return NO_MARK
    marks.append((*place, FIELD))
    try:
        return msgspec.convert(piece[FIELD], Mark)
    except msgspec.ValidationError:
        raise Malformed(
            f"'{FIELD}' must be an object with trust (untrusted, user, trusted), source, labels and proof"
        ) from None

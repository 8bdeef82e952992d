"""Pickle files as formats: with the mark of newer protocols, and without."""

from __future__ import annotations

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles import rules
from bartizan.supply.scan.pickles.streams import is_marked, is_zero, runs, scan_stream

RULES = rules.RULES


def _look(blob: Blob, look: Look) -> None:
    end = scan_stream(blob, look)
    if end < blob.size and not is_zero(blob, end):
        look.found(rules.TRAILING, f"{blob.size - end:,} bytes that begin with {blob.read(end, 16)!r}", end)
        look.into(f"behind the pickle at {end}", blob.part(end))


def _is_pickle(head: bytes, blob: Blob) -> bool:
    return is_marked(head) or runs(blob) == "calls"


def _may_be_pickle(head: bytes, blob: Blob) -> bool:
    return runs(blob) == "ends"


PICKLE = Format(name="pickle", fits=_is_pickle, look=_look)
"""It begins as pickles do since protocol 2, or runs as one up to a call or import."""
PICKLE_TEXT = Format(name="pickle without a mark", fits=_may_be_pickle, look=_look, is_guess=True)
"""Data of protocols 0 and 1, which have no mark."""

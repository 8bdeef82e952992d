"""What has to be done before a second thread begins."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def read_structs_once() -> int:
    """Let msgspec work out how each of our structs is read; gives how many there are.

    It does that when a struct is read for the first time, and sees itself half done where two threads come to that at
    once: msgspec 0.22.0 ends the process then (a segmentation fault in `convert`). Every program of ours that serves
    from threads calls this first, behind its imports.
    """
    count = 0
    for kind in _below(msgspec.Struct):
        if kind.__module__.partition(".")[0] == "bartizan":
            try:
                msgspec.json.Decoder(kind)
            except (TypeError, NameError):  # a value that is never read from a text, as its fields could not be
                continue
            count += 1
    return count


def _below(kind: type) -> Iterator[type]:
    below: list[type] = kind.__subclasses__()
    for one in below:
        yield one
        yield from _below(one)

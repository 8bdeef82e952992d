"""The process in which picklescan runs: a path a line in, an opinion a line out."""

from __future__ import annotations

import logging
import resource
import sys

import msgspec

from bartizan.core.errors import described
from bartizan.core.extras import need
from bartizan.supply.second_opinion import MEMORY, Opinion, Word


def opinion_of(path: str) -> Opinion:
    """What picklescan finds in a file, by its own rules for all its formats. Never raises."""
    scanner = need("picklescan.scanner")
    try:
        found = scanner.scan_file_path(path)
    except BaseException as error:
        return Opinion(word="none", names=(described(error),))
    levels: tuple[tuple[str, Word], ...] = (("dangerous", "dangerous"), ("suspicious", "suspicious"))
    for level, word in levels:
        names = tuple(sorted({f"{one.module}.{one.name}"[:200] for one in found.globals if one.safety.value == level}))
        if names:
            return Opinion(word=word, names=names[:10])
    if found.scan_err:
        return Opinion(word="none", names=("it could not read it",))
    return Opinion(word="nothing")


def main() -> None:
    """Answer until nobody asks any more."""
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(opinion_of(msgspec.json.decode(line, type=str))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

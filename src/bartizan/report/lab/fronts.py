"""A front as a file: JSON, PNG, SVG, or a page to explore it in; the file's ending decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.front import Front

_WRITERS: dict[str, Callable[[Front], bytes]] = {
    ".json": lambda front: msgspec.json.format(msgspec.json.encode(front), indent=2) + b"\n",
}


def front_writer(out: Path) -> Callable[[Front], bytes]:
    """What makes the content of a file of that ending. Raises InputError for an ending that is none."""
    found = _WRITERS.get(out.suffix.lower())
    if found is None:
        fix = f"end it in {', '.join(_WRITERS)}"
        raise InputError([Problem(file=str(out), finding=f"'{out.suffix}' is no kind of file for a front", fix=fix)])
    return found

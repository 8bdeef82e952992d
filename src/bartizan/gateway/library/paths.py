"""Which paths reach a model, however they are spelt."""

from __future__ import annotations

import re
from urllib.parse import unquote

from bartizan.gateway.wire.routes import ROUTES

_KNOWN = frozenset(one.path.strip("/").lower() for one in ROUTES)
_LONGER = tuple(one.path.strip("/").lower() + "/" for one in ROUTES if one.ends_with)
_SLASHES = re.compile(r"[/\\]+")
_PARAMETERS = re.compile(r"[;?#][^/]*")


def is_models(path: str) -> bool:
    """Whether a path is a model's route, or could be taken for one by somebody who reads paths more loosely than the
    gateway: by case, slashes, dots, parameters or percent signs. These are refused, not passed.
    """
    for _ in range(3):
        path = unquote(path)
    steps: list[str] = []
    for step in _SLASHES.sub("/", _PARAMETERS.sub("", path)).strip("/ ").lower().split("/"):
        if step == ".." and steps:
            steps.pop()
        elif step not in {"", ".", ".."}:
            steps.append(step.rstrip(" ."))
    plain = "/".join(steps)
    return plain in _KNOWN or plain.startswith(_LONGER)

"""Which globals are known to be harmless: lists of exact names, one file a library, made by `scripts/known_globals.py`.

A file begins with `# library version: how it was made`; each other line is `module: name name ...`. What is said by
hand lies in a file of its own, `library-by-hand.txt`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "known"
_PLAIN_PACKAGES: Final = frozenset({"numpy", "scipy", "sklearn"})
"""Libraries that moved modules behind an underscore over the years: `sklearn.tree.tree`, now `sklearn.tree._tree`."""


def canonical(module: str) -> str:
    """A module's name, the same before and after its library made its modules private."""
    root, *rest = module.split(".")
    if root not in _PLAIN_PACKAGES:
        return module
    return ".".join([root, *(part.removeprefix("_") for part in rest)])


@functools.cache
def known() -> frozenset[tuple[str, str]]:
    """All of them, as canonical module and name."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.txt")))
    return frozenset((canonical(module), name) for text in texts for module, name in named_in(text))


def named_in(text: str) -> set[tuple[str, str]]:
    """The modules and names of one list."""
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {(module, name) for module, _, names in lines for name in names.split()}


def is_known(module: str, name: str) -> bool:
    """Whether this very global is known to be harmless, whatever it is called with."""
    return (canonical(module), name) in known()

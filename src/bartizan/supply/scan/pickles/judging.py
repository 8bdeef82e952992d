"""Which global is what: known, dangerous, hidden, or a stranger.

Nothing is asked of the installation at hand: a file gets the same answer wherever it is scanned.
"""

from __future__ import annotations

import functools
import re
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from typing import Final

from bartizan.supply.scan.pickles.knowing import is_known
from bartizan.supply.scan.pickles.rules import DANGEROUS, HIDDEN, OWN, STANDARD, UNKNOWN_GLOBAL
from bartizan.supply.scan.pickles.values import Global
from bartizan.supply.scan.rule import Rule


def _sections(text: str) -> dict[str, frozenset[str]]:
    parts = (part.partition("]\n") for part in text.split("\n[")[1:])
    return {
        name: frozenset(word for line in lines.splitlines() if not line.startswith("#") for word in line.split())
        for name, _, lines in parts
    }


_LISTS: Final = _sections(Path(__file__).with_name("dangerous.txt").read_text(encoding="utf-8"))
STANDARD_LIBRARY: Final = frozenset(sys.stdlib_module_names) | _LISTS["standard"]
ATTRIBUTES: Final = _LISTS["attributes"]
"""What Python itself looks at in an object."""
_UNDER: Final = tuple(f"{module}." for module in sorted(_LISTS["under"]))

_READING: Final = re.compile(
    r"(?:numpy|torch|pandas|joblib|scipy|keras|tensorflow|xgboost|lightgbm)(?:\.\w+)*\.(?:load|read|open|save|dump)(?:_\w+|s|z)?"
)
_DUNDER: Final = re.compile(r"__\w+__")
MAIN: Final = frozenset({"__main__", "__mp_main__"})


def mapped(one: Global) -> Global:
    """The same global by its name in Python 3, as `fix_imports` of pickle does it."""
    if (one.module, one.name) in NAME_MAPPING:
        return Global(*NAME_MAPPING[one.module, one.name])
    return Global(IMPORT_MAPPING.get(one.module, one.module), one.name)


@functools.lru_cache(maxsize=4096)
def judged(one: Global) -> Rule | None:
    """What is wrong with importing or calling it; None: nothing, it is known."""
    if is_known(one.module, one.name):
        return None
    stripped = Global(one.module.strip(), one.name.strip())
    new = mapped(stripped)
    if new != one and is_known(new.module, new.name) and _worst(stripped) is not DANGEROUS:
        return None
    return _worst(stripped) if new == stripped else min((_worst(stripped), _worst(new)), key=_ORDER.index)


def is_telling(one: Global) -> bool:
    """Whether the name alone leaves no doubt: it runs commands or code."""
    names = one.name.split(".")
    if one.module in ("builtins", "__builtin__"):
        return names[-1] in _LISTS["builtins"]
    return names[-1] in _LISTS["telling"] or str(one) in _LISTS["named"]


def _worst(one: Global) -> Rule:
    whole = f"{one.module}.{one.name}"
    parts = one.name.split(".")
    root = one.module.partition(".")[0]
    if _is_dangerous(one, whole, root):
        return DANGEROUS
    if _DUNDER.search(one.name) or any(part in _LISTS["modules"] for part in parts):
        return HIDDEN
    if root in MAIN:
        return OWN
    return STANDARD if root in STANDARD_LIBRARY or not root else UNKNOWN_GLOBAL


def _is_dangerous(one: Global, whole: str, root: str) -> bool:
    parts = one.name.split(".")
    if root in ("builtins", "__builtin__"):
        return any(part in _LISTS["builtins"] for part in parts)
    if root in _LISTS["executing"] or f"{whole}.".startswith(_UNDER):
        return True
    if any(whole == name or whole.startswith(f"{name}.") for name in _LISTS["named"]):
        return True
    return parts[-1] in _LISTS["telling"] or _READING.fullmatch(whole) is not None


_ORDER: Final = (DANGEROUS, HIDDEN, STANDARD, UNKNOWN_GLOBAL, OWN)

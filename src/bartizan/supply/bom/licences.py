"""Licences as files declare them: SPDX ids and expressions, and names that are none.

Ids are those of the SPDX licence list (spdx_ids.txt, version 3.28.0); expressions follow annex "SPDX license
expressions" of SPDX 3.0.1. Names that model hubs use beside them are in `HUB_NAMES`.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import Final

import msgspec

_TOKEN: Final = re.compile(r"\s*([()]|[A-Za-z0-9.:+-]+)")
_REF: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?(?:LicenseRef|AdditionRef)-[A-Za-z0-9.-]+")
_LONGEST: Final = 1_000
_MOST: Final = 64
"""Ways to satisfy an expression that are told apart."""

HUB_NAMES: Final[dict[str, str]] = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache2": "Apache-2.0",
    "mit license": "MIT",
    "the mit license": "MIT",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "lgpl-lr": "LGPLLR",
    "cc": "",
    "pddl": "PDDL-1.0",
    "odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "gfdl": "GFDL-1.3-or-later",
    "wtfpl": "WTFPL",
    "unlicense": "Unlicense",
    "openmdw": "OpenMDW-1.0",
}
"""Other spellings, in lower case, and the SPDX id that each stands for."""
NOTHING: Final = frozenset({"", "unknown", "other", "none", "noassertion", "null", "n/a", "tbd", "see license", "cc"})
"""What says that nobody named one."""


class Term(msgspec.Struct, frozen=True):
    """One licence in an expression, with its exception."""

    licence: str
    exception: str = ""

    def __str__(self) -> str:
        return f"{self.licence} WITH {self.exception}" if self.exception else self.licence


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """What a declared text was read as."""

    declared: str
    expression: str = ""
    """A valid SPDX expression in the list's spelling; empty where the text is none."""
    ways: tuple[frozenset[Term], ...] = ()
    """Each way to satisfy it: the licences that then hold together. One way for a plain id."""

    @property
    def is_id(self) -> bool:
        """Whether it is one licence of the SPDX list."""
        return self.expression in _listed()[0].values()

    @property
    def is_named(self) -> bool:
        """Whether anybody named a licence at all."""
        return self.declared.strip().lower() not in NOTHING


@functools.cache
def _listed() -> tuple[dict[str, str], dict[str, str]]:
    """Licences and exceptions of the SPDX list, by their names in lower case."""
    text = resources.files("bartizan.supply.bom").joinpath("spdx_ids.txt").read_text("utf-8")
    names = [name for name in text.split("\n") if name and not name.startswith("#")]
    exceptions = {name[1:].lower(): name[1:] for name in names if name.startswith("+")}
    return {name.lower(): name for name in names if not name.startswith("+")}, exceptions


def read(declared: str) -> Licence:
    """What a declared licence means; one without an expression where the text is no id and no expression of SPDX."""
    text = declared.strip()
    text = HUB_NAMES.get(text.lower(), text)
    try:
        found = _Reader(text).whole()
    except ValueError:
        return Licence(declared=declared)
    return Licence(declared=declared, expression=found[0], ways=found[1])


class _Reader:
    """Recursive descent: OR binds weakest, then AND, then WITH. Raises ValueError for what is no expression."""

    def __init__(self, text: str) -> None:
        if not text or len(text) > _LONGEST:
            raise ValueError("no expression")
        self._tokens: list[str] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError("no expression")
            self._tokens.append(found[1])
            at = found.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> tuple[str, tuple[frozenset[Term], ...]]:
        expression, ways = self._any()
        if self._at < len(self._tokens):
            raise ValueError("something is left")
        return expression, tuple(dict.fromkeys(ways))

    def _any(self) -> tuple[str, list[frozenset[Term]]]:
        parts = [self._all()]
        while self._takes("OR"):
            parts.append(self._all())
        ways = [way for _, found in parts for way in found][:_MOST]
        return " OR ".join(text for text, _ in parts), ways

    def _all(self) -> tuple[str, list[frozenset[Term]]]:
        texts, ways = [], [frozenset[Term]()]
        while True:
            text, found = self._one()
            texts.append(text)
            ways = [one | other for one in ways for other in found][:_MOST]
            if not self._takes("AND"):
                return " AND ".join(texts), ways

    def _one(self) -> tuple[str, list[frozenset[Term]]]:
        if self._takes("("):
            self._depth += 1
            if self._depth > 20:
                raise ValueError("nested too deep")
            text, ways = self._any()
            if not self._takes(")"):
                raise ValueError("a ) is missing")
            self._depth -= 1
            return f"({text})", ways
        name = self._licence(self._next())
        term = Term(name, self._exception(self._next()) if self._takes("WITH") else "")
        return str(term), [frozenset({term})]

    def _takes(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].upper() == word:
            self._at += 1
            return True
        return False

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise ValueError("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _licence(self, name: str) -> str:
        if _REF.fullmatch(name):
            return name
        licences = _listed()[0]
        plus = name.endswith("+") and name.lower() not in licences
        found = licences.get(name[:-1].lower() if plus else name.lower())
        if found is None:
            raise ValueError(f"{name} is no licence of the list")
        return f"{found}+" if plus else found

    def _exception(self, name: str) -> str:
        found = name if _REF.fullmatch(name) else _listed()[1].get(name.lower())
        if found is None:
            raise ValueError(f"{name} is no exception of the list")
        return found

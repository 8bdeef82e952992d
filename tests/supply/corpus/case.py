"""A file of the corpus: how it is called, and how its bytes are made. Nothing of it is ever loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Case(NamedTuple):
    """One file, and what whoever sends it wants it to be taken for."""

    name: str
    """What it is, in words."""
    file: str
    """The name that it comes with; it may lie."""
    make: Callable[[], bytes]

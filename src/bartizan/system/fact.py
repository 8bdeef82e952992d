"""What a fact is in code: a function of all facts of a system and one component, which answers with its origin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from bartizan.core.proof import Answer
from bartizan.system.description import Component

if TYPE_CHECKING:
    from bartizan.system.facts import Facts

FactFunction: TypeAlias = Callable[["Facts", Component], Answer]


def as_given(field: str) -> FactFunction:
    """The fact that a yes-or-no field says outright; unknown where it was left out."""
    return lambda facts, component: facts.given(component, field)

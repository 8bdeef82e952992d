"""A text without what was found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bartizan.detectors.sensitive.found import Sensitive


def masked(text: str, found: Iterable[Sensitive]) -> str:
    """The text with ``[kind]`` in place of each; ``found`` is in order and without overlap, as the finder gives it."""
    return replaced(text, found, lambda one: f"[{one.kind}]")


def replaced(text: str, found: Iterable[Sensitive], by: Callable[[Sensitive], str]) -> str:
    """The text with something else in place of each. Raises ValueError where they overlap or leave the text."""
    parts: list[str] = []
    at = 0
    for one in found:
        if not at <= one.start <= one.end <= len(text):
            raise ValueError("what was found overlaps, is out of order, or belongs to another text")
        parts += text[at : one.start], by(one)
        at = one.end
    return "".join((*parts, text[at:]))

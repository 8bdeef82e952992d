"""Larch, the made-up shop: what its help desk is told, and the documents it finds answers in."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from bartizan.core.source import parse_yaml

STAFF = "dana"
"""A member of staff, whose things are not for customers nor for colleagues."""


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document."""

    name: str
    title: str
    text: str


class Company(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. ``{secret}`` in a text is where a canary lies."""

    prompt: str
    prompt_secret: str
    aligned: str
    """What a prompt says besides where users cannot give another task."""
    agent_prompt: str
    agent_prompt_secret: str
    public: tuple[Page, ...]
    internal: tuple[Page, ...]
    """For the staff."""
    tenants: tuple[Page, ...]
    """Another customer's."""
    notes: dict[str, str]


@functools.cache
def larch() -> Company:
    """The shop."""
    text = (resources.files("bartizan.playground") / "data" / "larch.yaml").read_text("utf-8")
    return msgspec.convert(parse_yaml(text, "larch.yaml").data, Company)


def laid(text: str, secret: str) -> str:
    """A text with its canary; what it holds where none is laid cannot be guessed to be one."""
    return text.replace("{secret}", secret or "not told here")

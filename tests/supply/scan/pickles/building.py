"""Pickles written byte by byte. None of them is ever loaded."""

from __future__ import annotations

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT


def found(data: bytes) -> list[Finding]:
    """What is found in these bytes."""
    look = Look((PICKLE, PICKLE_TEXT))
    look.at(Held(data))
    return look.findings


def rules(data: bytes) -> set[str]:
    """The rules by which something is found."""
    return {one.rule.id for one in found(data)}


def levels(data: bytes) -> set[str]:
    """How bad it is."""
    return {one.level for one in found(data)}


def said(data: bytes) -> str:
    """All that is said of them."""
    return "\n".join(str(one) for one in found(data))


def short(text: str) -> bytes:
    """SHORT_BINUNICODE."""
    held = text.encode()
    return b"\x8c" + bytes([len(held)]) + held


def stack_global(module: str, name: str) -> bytes:
    """Two strings and STACK_GLOBAL."""
    return short(module) + short(name) + b"\x93"


def call(module: str, name: str, argument: str = "echo x") -> bytes:
    """REDUCE of a global with one string."""
    return stack_global(module, name) + short(argument) + b"\x85R"


def whole(body: bytes, protocol: int = 4) -> bytes:
    """PROTO, the body, and STOP."""
    return b"\x80" + bytes([protocol]) + body + b"."

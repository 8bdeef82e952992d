"""Looking at a text as the scanner does."""

from __future__ import annotations

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.texts import FORMATS


def looked(data: bytes | str) -> Look:
    look = Look(FORMATS)
    look.at(Held(data.encode() if isinstance(data, str) else data))
    return look


def ids(data: bytes | str) -> set[str]:
    return {one.rule.id for one in looked(data).findings}


def worst(data: bytes | str) -> str:
    levels = {one.level for one in looked(data).findings}
    return next((level for level in ("detect", "error", "review") if level in levels), "clean")


def formats(data: bytes | str) -> tuple[str, ...]:
    return Look(FORMATS).at(Held(data.encode() if isinstance(data, str) else data))

"""The scanner: what holds for every file that there can be."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.formats import FORMATS
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.look import DEFECT, Look
from fuzz.reading import refused
from fuzz.repacking import mutate

__all__ = ["check", "mutate", "verdict"]
LIMITS: Final = Limits(unpacked=4 << 20, steps=1_000_000, seconds=10)
"""Small ones, so that most of the time goes into files, and what does not keep to them runs into libFuzzer's."""
_ORDER: Final = ("detect", "error", "review")


def check(data: bytes) -> None:
    """Look at these bytes. Raises AssertionError for what must not be, and whatever the scanner lets through."""
    look = Look(FORMATS, LIMITS)
    formats = look.at(Held(data))
    for one in look.findings:
        assert one.rule is not DEFECT, str(one)
    assert look.path == (), "it does not come back from what is inside"
    if not look.findings:
        assert formats, "clean, and nobody knows what it is"
        if why := refused(formats, data):
            raise AssertionError(f"clean, as {', '.join(formats)}: {why}")


def verdict(data: bytes) -> str:
    """The worst that is found, "clean" for nothing."""
    look = Look(FORMATS, LIMITS)
    look.at(Held(data))
    levels = {one.level for one in look.findings}
    assert not [one for one in look.findings if one.rule is DEFECT], [str(one) for one in look.findings]
    return next((one for one in _ORDER if one in levels), "clean")

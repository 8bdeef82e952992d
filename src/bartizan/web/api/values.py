"""The small types of which requests are made: words, texts and days, as long as the register can keep them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

LARGEST = 2**31 - 1
"""The largest number of the register."""

Words: TypeAlias = Annotated[str, Meta(max_length=200)]
Text: TypeAlias = Annotated[str, Meta(max_length=20_000)]
Why: TypeAlias = Annotated[str, Meta(min_length=1, max_length=5_000, description="The reason, for those who read it.")]
Day: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$",
        description="A day as ISO 8601 writes it; empty for none.",
        examples=["2026-11-22"],
    ),
]
Number: TypeAlias = Annotated[int, Meta(ge=1, le=LARGEST)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST)]
Step: TypeAlias = Annotated[int, Meta(ge=0, le=5, description="A step of a scale, 1 to 5; 0 for any.")]

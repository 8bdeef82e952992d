"""Ranges of parameters: experiments that are read from files are checked against them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Natural: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Part: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=1)]
Strength: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
Positive: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]
Bits: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=16)]

"""Squeezers: fewer levels for each value, and a median filter over images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from bartizan.core.extras import need
from bartizan.targets.domain import Domain, Inputs

Squeezer: TypeAlias = Callable[[Inputs], Inputs]


def squeezers(domain: Domain, bits: int, window: int) -> tuple[Squeezer, ...]:
    """Those that suit the domain; each keeps shape and type. Source: Xu et al. 2018, section III."""
    ways: list[Squeezer] = [lambda x: fewer_levels(x, domain, bits)]
    if domain.modality == "image" and window > 1:
        ways.append(lambda x: median_filtered(x, window))
    return tuple(ways)


def fewer_levels(x: Inputs, domain: Domain, bits: int) -> Inputs:
    """Each value at the nearest of 2 ** bits levels over its span; values without bounds stay as they are."""
    low, high = domain.bounds()
    bounded = np.isfinite(low) & np.isfinite(high) & (high > low)
    start, wide = np.where(bounded, low, 0.0), np.where(bounded, high - low, 1.0)
    steps = 2**bits - 1
    squeezed = start + np.rint((x - start) / wide * steps) / steps * wide
    return np.asarray(np.where(bounded, squeezed, x), x.dtype)


def median_filtered(x: Inputs, window: int) -> Inputs:
    """The median over a window of the last two axes, at the borders mirrored."""
    size = (1,) * (x.ndim - 2) + (window, window)
    return np.asarray(need("scipy.ndimage").median_filter(x, size=size, mode="mirror"), x.dtype)

"""The same patch at the same place in many images of one label: the trigger of a backdoor, stamped on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need
from bartizan.core.interval import wilson
from bartizan.tables.quality.doubt import Doubt, Rule, Skipped

PATCH: Final = Rule(
    id="triggers.patch",
    title="The same small patch in many images of one label",
    why="A camera's mark or a frame, or the trigger of a backdoor: a model learns it as a switch.",
    threat="data_poison",
)
RULES: Final = (PATCH,)
_SIDE: Final = 3
_LEAST: Final = 8
_SHARE: Final = 0.005
_TIMES: Final = 20.0
_CONTRAST: Final = 16
"""Of 31 steps, within the patch or against what is around it."""
_COMPARED: Final = 5_000
_OTHERWISE: Final = 0.7
_LARGEST: Final = 2_000_000_000


def read_images(file: Path, images: str = "x", labels: str = "y") -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Images (n, height, width[, channels]) and labels (n) from an .npz without objects. Raises InputError."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            x, y = arrays[images], arrays[labels]
    except (OSError, ValueError, KeyError, EOFError) as error:
        fix = f"an .npz with arrays '{images}' and '{labels}', without objects"
        raise InputError([Problem(file=str(file), finding=f"it cannot be read as images: {error}", fix=fix)]) from None
    if x.ndim not in (3, 4) or len(x) != len(y) or y.ndim != 1 or x.nbytes > _LARGEST:
        finding = f"images of shape {x.shape} with labels of shape {y.shape}"
        raise InputError(
            [Problem(file=str(file), finding=finding, fix="(n, height, width) or (n, height, width, channels)")]
        )
    return x, y


def patch_doubts(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> list[Doubt]:
    """Patches of 3 x 3 pixels that many images of one label share exactly at one place, and nearly none of others.

    Many: eight, and half a percent of the label. A patch must have contrast, or stand out against its surroundings, as
    no piece of a background does. Values are compared in 32 steps, so that light noise does not hide it. Where the rest
    of the images looks like their label, by the five nearest images without the patch, it belongs to what they show.
    """
    if len(x) < 2 * _LEAST:
        raise Skipped(f"{len(x)} images are too few")
    if min(x.shape[1:3]) < _SIDE + 2:
        raise Skipped("the images are smaller than five pixels")
    steps = _steps(x)
    labels, codes = np.unique(y, return_inverse=True)
    if len(labels) < 2:
        raise Skipped("there is one label only")
    hits = [
        hit
        for top in range(steps.shape[1] - _SIDE + 1)
        for left in range(steps.shape[2] - _SIDE + 1)
        for hit in _at(steps, codes, len(labels), top, left)
    ]
    against = [hit for hit in hits if _looks_otherwise(steps, codes, hit)]
    return _doubts(against, labels, codes)


def _steps(x: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    low, high = float(np.min(x)), float(np.max(x))
    scaled = (x.astype(np.float32) - low) * (31 / (high - low) if high > low else 0)
    steps: npt.NDArray[np.uint8] = np.round(scaled).astype(np.uint8)
    return steps[..., None] if steps.ndim == 3 else steps


_Hit = tuple[int, int, int, npt.NDArray[np.int64], int]


def _at(steps: npt.NDArray[np.uint8], codes: npt.NDArray[np.int64], labels: int, top: int, left: int) -> list[_Hit]:
    """What stands at one place in too many images of one label."""
    patch = np.ascontiguousarray(steps[:, top : top + _SIDE, left : left + _SIDE]).reshape(len(steps), -1)
    weights = np.random.default_rng(0).integers(1, 1 << 62, patch.shape[1], dtype=np.uint64)
    keys = (patch.astype(np.uint64) * weights).sum(1, dtype=np.uint64)
    _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found: list[_Hit] = []
    for number in np.flatnonzero(counts >= _LEAST):
        places = np.flatnonzero(which == number)
        by_label = np.bincount(codes[places], minlength=labels)
        label = int(by_label.argmax())
        inside = int((codes == label).sum())
        own, others = int(by_label[label]), int(by_label.sum() - by_label[label])
        if own < max(_LEAST, _SHARE * inside) or own < _TIMES * others:
            continue
        if _stands_out(steps, places[:200], top, left):
            found.append((top, left, label, places[codes[places] == label], others))
    return found


def _stands_out(steps: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], top: int, left: int) -> bool:
    """Whether it is no piece of a plain background."""
    patch = steps[places[0], top : top + _SIDE, left : left + _SIDE]
    if int(patch.max()) - int(patch.min()) >= _CONTRAST:
        return True
    around = steps[places, max(0, top - 1) : top + _SIDE + 1, max(0, left - 1) : left + _SIDE + 1]
    return bool((np.abs(around.astype(int) - int(patch.flat[0])) >= _CONTRAST).any(axis=(1, 2, 3)).mean() > 0.9)


def _looks_otherwise(steps: npt.NDArray[np.uint8], codes: npt.NDArray[np.int64], hit: _Hit) -> bool:
    """Whether images with a patch, but for it, are like those of another label more often than others of theirs are."""
    top, left, label, places, _ = hit
    rng = np.random.default_rng(0)
    covered = steps.astype(np.float32)
    covered[:, top : top + _SIDE, left : left + _SIDE] = 0
    flat = covered.reshape(len(steps), -1)
    rest = np.setdiff1d(np.arange(len(steps)), places)
    rest = rng.permutation(rest)[:_COMPARED]
    tried = rng.permutation(rest[codes[rest] == label])[: len(places)]
    known = np.setdiff1d(rest, tried)
    model = need("sklearn.neighbors").KNeighborsClassifier(min(5, len(known))).fit(flat[known], codes[known])
    usual = float((model.predict(flat[tried]) == label).mean()) if len(tried) else 1.0
    return float((model.predict(flat[places[:500]]) == label).mean()) < _OTHERWISE * usual


def _doubts(hits: list[_Hit], labels: npt.NDArray[Any], codes: npt.NDArray[np.int64]) -> list[Doubt]:
    """Places that overlap with the same images are one finding."""
    found: list[Doubt] = []
    kept: list[tuple[int, set[int]]] = []
    for top, left, label, places, others in sorted(hits, key=lambda one: -len(one[3])):
        rows = set(places.tolist())
        if any(label == other and len(rows & seen) > 0.5 * len(rows) for other, seen in kept):
            continue
        kept.append((label, rows))
        inside = int((codes == label).sum())
        low, high = wilson(len(rows), inside)
        sure = (
            f"{len(rows):,} of {inside:,} images of that label ({low:.2%} to {high:.2%} at 95 %),"
            f" {others:,} of {len(codes) - inside:,} others"
        )
        what = f"label {labels[label]}: the same {_SIDE} x {_SIDE} pixels from row {top}, column {left} on"
        found.append(Doubt(rule=PATCH, what=what, sure=sure, rows=tuple(sorted(one + 1 for one in rows))))
    return found[:10]

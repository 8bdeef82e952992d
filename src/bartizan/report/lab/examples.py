"""Inputs before and after an attack, for people to look at: small images, and what changed in tables and texts."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from bartizan.core.measurement import Example
from bartizan.report.catalog_page import clean
from bartizan.report.lab.document import cell, table
from bartizan.report.pictures.marks import element

_SIDE = 64
"""A picture has at most so many pixels along a side; of larger ones every second, third, ... is drawn."""
_GREYS = 32
_COLUMNS = 20

Pixel = tuple[float, ...]


def example_part(example: Example) -> Markup:
    """One input before and after, with what the target answered to each."""
    said = f"{_answer(example.was)} before, {_answer(example.now)} after"
    if isinstance(example.before, str) or isinstance(example.after, str):
        inner = _texts(str(example.before), str(example.after))
    elif len(example.before) != len(example.after) or math.prod(example.shape) != len(example.before):
        inner = element("p", "Its shape is not known, so it is not drawn.", class_="quiet")
    elif len(example.shape) >= 2:
        inner = _pictures(example.before, example.after, example.shape)
    else:
        inner = _changed(example.before, example.after, example.names)
    return element("div", element("p", said), inner)


def _answer(label: int) -> str:
    return "refused" if label == -1 else f"class {label}"


# Texts


def _texts(before: str, after: str) -> Markup:
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    parts: list[Markup | str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(clean("".join(old[a:b])))
            continue
        if b > a:
            parts.append(element("del", clean("".join(old[a:b]))))
        if d > c:
            parts.append(element("ins", clean("".join(new[c:d]))))
    return element("p", *parts, class_="words")


# Rows of tables


def _changed(before: Sequence[float], after: Sequence[float], names: Sequence[str]) -> Markup:
    moved = [i for i in range(len(before)) if before[i] != after[i]]
    moved.sort(key=lambda i: -abs(after[i] - before[i]))
    rows = (_row(names[i] if i < len(names) else f"column {i}", before[i], after[i]) for i in moved[:_COLUMNS])
    same = len(before) - len(moved)
    more = f"{len(moved) - _COLUMNS} more changed less; " if len(moved) > _COLUMNS else ""
    rest = element("p", f"{more}{same} of {len(before)} columns are as they were.", class_="quiet small")
    made = table("What changed", ("Column", "Before", "After", "Change"), rows)
    return element("div", made, rest, class_="changed")


def _row(name: str, before: float, after: float) -> Markup:
    numbers = (f"{before:.5g}", f"{after:.5g}", f"{after - before:+.3g}")
    return element("tr", cell(name), *(element("td", text.replace("-", "−"), class_="n") for text in numbers))


# Images


def _pictures(before: Sequence[float], after: Sequence[float], shape: Sequence[int]) -> Markup:
    low, high = min(0.0, *before, *after), max(1.0, *before, *after)
    change = [abs(b - a) for a, b in zip(before, after, strict=True)]
    most = max(change)
    shown = (
        ("before", before, low, high),
        ("after", after, low, high),
        (f"change, white is {most:.2g}", change, 0.0, most or 1.0),
    )
    drawn = (
        element("figure", _picture(_pixels(values, shape), start, end), element("figcaption", name, class_="small"))
        for name, values, start, end in shown
    )
    return element("div", *drawn, class_="pair")


def _pixels(values: Sequence[float], shape: Sequence[int]) -> list[list[Pixel]]:
    """Rows of pixels, each of one or three values; channels may come first or last, one as none."""
    high, wide, channels, first = _layout(shape)
    step = max(1, math.ceil(max(high, wide) / _SIDE))
    across, down, through = (1, wide, high * wide) if first else (channels, wide * channels, 1)
    shown = range(3) if channels >= 3 else range(1)
    return [
        [tuple(values[y * down + x * across + c * through] for c in shown) for x in range(0, wide, step)]
        for y in range(0, high, step)
    ]


def _layout(shape: Sequence[int]) -> tuple[int, int, int, bool]:
    if len(shape) == 2:
        return shape[0], shape[1], 1, True
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        return shape[1], shape[2], shape[0], True
    if len(shape) == 3:
        return shape[0], shape[1], shape[2], False
    return math.prod(shape[:-1]), shape[-1], 1, True


def _picture(pixels: list[list[Pixel]], low: float, high: float) -> Markup:
    """Neighbours of one colour in a row are one rectangle, and rectangles of one colour one path."""
    paths: dict[str, list[str]] = {}
    for y, row in enumerate(pixels):
        for x, wide, colour in _runs([_colour(pixel, low, high) for pixel in row]):
            paths.setdefault(colour, []).append(f"M{x} {y}h{wide}v1h-{wide}z")
    drawn = (element("path", d="".join(parts), fill=colour) for colour, parts in paths.items())
    return element(
        "svg",
        *drawn,
        viewBox=f"0 0 {len(pixels[0])} {len(pixels)}",
        shape_rendering="crispEdges",
        role="img",
        aria_label="the image",
        class_="pixels",
    )


def _runs(colours: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for x in range(1, len(colours) + 1):
        if x == len(colours) or colours[x] != colours[start]:
            yield start, x - start, colours[start]
            start = x


def _colour(pixel: Pixel, low: float, high: float) -> str:
    shades = [round((_GREYS - 1) * (value - low) / (high - low)) * 255 // (_GREYS - 1) for value in pixel]
    red, green, blue = shades if len(shades) == 3 else shades * 3
    return f"#{red:02x}{green:02x}{blue:02x}"

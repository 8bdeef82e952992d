"""The loss exceedance curve: how likely a year is that costs more than so much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from bartizan.report.pictures.marks import element

_LEFT, _TOP, _WIDTH, _HEIGHT = 56.0, 12.0, 560.0, 240.0

Curve = Sequence[tuple[float, float]]


def loss_curve(curves: Sequence[tuple[str, Curve]], unit: str) -> Markup:
    """An SVG of named curves of (loss, share of years that cost more) pairs; losses in ``unit``, shares 0 to 1.

    Each curve has its name beside it and its own stroke, solid for the one that is called "now".
    """
    most = max((loss for _, curve in curves for loss, _ in curve), default=0.0) or 1.0
    return element(
        "svg",
        element("title", "Loss exceedance curves", id="loss-curve-title"),
        element(
            "desc", f"Share of years that cost more than a loss, from 0 to {most:.3g} {unit}.", id="loss-curve-desc"
        ),
        *(element("g", *_rung(i / 4)) for i in range(5)),
        *(element("g", *_tick(most * i / 4, most)) for i in range(5)),
        *_lines(curves, most),
        element("text", f"Loss in a year, {unit}", x=_LEFT + _WIDTH, y=_TOP + _HEIGHT + 38, class_="end"),
        element("text", "Share of years that cost more", x=_LEFT + _WIDTH, y=_TOP + 14, class_="end"),
        viewBox=f"0 0 {_LEFT + _WIDTH + 24:g} {_TOP + _HEIGHT + 46:g}",
        width=_LEFT + _WIDTH + 24,
        height=_TOP + _HEIGHT + 46,
        role="img",
        aria_labelledby="loss-curve-title loss-curve-desc",
        class_="loss-curve",
    )


def _lines(curves: Sequence[tuple[str, Curve]], most: float) -> Iterator[Markup]:
    for i, (name, curve) in enumerate(curves):
        if not curve:
            continue
        line = " ".join(f"{_x(loss, most):.1f},{_y(share):.1f}" for loss, share in curve)
        yield element("polyline", points=line, class_="curve" if name == "now" else f"curve c{i}")
        wanted = 0.62 - 0.18 * i
        loss, share = min(curve, key=lambda point, at=wanted: abs(point[1] - at))  # type: ignore[misc]
        yield element("text", name, x=_x(loss, most) + 8, y=_y(share) + 4, class_="halo")


def _x(loss: float, most: float) -> float:
    return _LEFT + _WIDTH * loss / most


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _tick(loss: float, most: float) -> tuple[Markup, ...]:
    x, foot = _x(loss, most), _TOP + _HEIGHT
    text = f"{float(f'{loss:.3g}'):,.0f}" if most >= 10 else f"{loss:.2f}"
    return (element("line", x1=x, x2=x, y1=foot, y2=foot + 4), element("text", text, x=x, y=foot + 19, class_="middle"))


def _rung(share: float) -> tuple[Markup, ...]:
    y = _y(share)
    return (
        element("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=y, y2=y),
        element("text", f"{share:.0%}".replace("%", " %"), x=_LEFT - 8, y=y + 4, class_="end"),
    )

"""The pictures of the gateway's page: a bar for each minute of the last hour. The words beside them say the same."""

from __future__ import annotations

import msgspec
from markupsafe import Markup

from bartizan.gateway.events.recent import Minute
from bartizan.report.pictures.marks import element

_STEP, _HEIGHT = 10, 100


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture and what it says."""

    title: str
    """The finding."""
    most: str
    """What the highest bar stands for."""
    picture: Markup


def charts(minutes: tuple[Minute, ...]) -> tuple[Chart, ...]:
    """Requests, and what was blocked, minute by minute."""
    requests = [one.requests for one in minutes]
    blocked = [one.endings.get("blocked", 0) for one in minutes]
    return (
        _chart("Requests", requests, "calm"),
        _chart("Blocked", blocked, "blocked"),
    )


def _chart(name: str, values: list[int], kind: str) -> Chart:
    most, total = max(values, default=0), sum(values)
    if not total:
        title = f"{name}: none in the last hour"
    else:
        lately = sum(values[-5:])
        of_them = "all" if lately == total else f"{lately:,}" if lately else "none"
        title = f"{name}: {total:,} in the last hour, {of_them} of them in the last 5 minutes"
    label = f"{title}; {most:,} in the busiest minute" if total else title
    picture = element(
        "svg",
        *_bars(values, max(most, 1)),
        class_=f"minutes {kind}",
        viewBox=f"0 0 {_STEP * max(len(values), 1)} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )
    return Chart(title=title, most=f"{most:,} in the busiest minute" if most else "", picture=picture)


def _bars(values: list[int], most: int) -> list[Markup]:
    bars = []
    for n, value in enumerate(values):
        height = round(_HEIGHT * value / most, 1) if value else 0
        if height:
            bars.append(element("rect", x=n * _STEP + 1, y=round(_HEIGHT - height, 1), width=_STEP - 2, height=height))
    return bars

"""The parts of the application as every page lists them."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One part: its name in the navigation, its address, and the key that goes there after `g`."""

    key: str
    label: str
    href: str
    administrators_only: bool = False


NAVIGATION: tuple[Place, ...] = (
    Place(key="p", label="Portfolio", href="/portfolio"),
    Place(key="c", label="Catalogue", href="/catalogue"),
    Place(key="i", label="Interview", href="/interviews"),
    Place(key="r", label="Reviews", href="/reviews"),
    Place(key="s", label="Suppliers", href="/suppliers"),
    Place(key="e", label="Evidence", href="/evidence"),
    Place(key="w", label="Gateway", href="/gateway"),
    Place(key="l", label="Audit", href="/audit"),
    Place(key="a", label="Administration", href="/administration", administrators_only=True),
)


def place_of(path: str) -> str:
    """The address of the part that a path belongs to; the portfolio's for systems, empty where it is none of them."""
    for place in NAVIGATION:
        if path == place.href or path.startswith(place.href + "/"):
            return place.href
    return "/portfolio" if path.startswith("/systems/") else ""

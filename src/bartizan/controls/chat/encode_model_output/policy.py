"""Where links and images of an answer may go."""

from __future__ import annotations

import msgspec


class Addresses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hosts by name, or ``*.example.com`` for all below one; none by default."""

    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    """An image is asked for without a click: whoever has its host learns what stands in its address."""
    schemes: tuple[str, ...] = ("https",)
    relative: bool = False
    """Whether addresses without a host, of the application itself, may stand: /orders/7."""

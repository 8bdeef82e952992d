"""What a running web application is told once: its register, the names it answers to, and how it is reached."""

from __future__ import annotations

import msgspec

from bartizan.register.opening import Register
from bartizan.web.oidc import Provider
from bartizan.workflows.desk import Desk
from bartizan.workflows.gateway_desk import GatewayDesk

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One web application."""

    desk: Desk
    hosts: frozenset[str] = frozenset(LOOPBACK)
    """The names in a request's Host that are answered; any other may be a web page that aims at this machine."""
    secure: bool = False
    """Whether it is reached by HTTPS, through a proxy in front: cookies then never travel without it."""
    provider: Provider | None = None
    """Where else people may log in."""
    gateway: GatewayDesk | None = None
    """The gateway whose questions, switches and events are shown; None: none is connected."""

    @property
    def register(self) -> Register:
        """The register of the desk."""
        return self.desk.register

    def knows(self, host: str) -> bool:
        """Whether a request's Host, with or without a port, is one of the names."""
        name = host.strip().lower()
        if name.startswith("["):
            name = name.partition("]")[0] + "]"
        elif name.rpartition(":")[2].isdecimal():
            name = name.rpartition(":")[0]
        return name.rstrip(".") in self.hosts

"""Leave to attack what is not an object in this process: given by a person, for one target, until a day."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

import msgspec

from bartizan.core.errors import Refused


class Permission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the owner of a target has granted. It cannot be had without a name and a last day."""

    target: str
    """The address, or the beginning of it up to a slash: 'https://scoring.example/v2/models/credit'."""
    granted_by: str
    """Who may grant it and did: a name that one can ask."""
    until: datetime.date
    """Its last day."""

    def __post_init__(self) -> None:
        """Refuse a permission that nobody gave, or that is for nothing."""
        if not self.granted_by.strip() or not self.target.strip():
            raise ValueError("a permission names its target and who granted it")

    def covers(self, address: str) -> bool:
        """Whether it is for this address: same scheme, host and port, and a path that lies within the granted one."""
        granted, asked = _parts(self.target), _parts(address)
        if granted is None or asked is None or granted[0] != asked[0]:
            return False
        return asked[1] == granted[1] or asked[1].startswith(granted[1].rstrip("/") + "/")


def check_permission(permission: Permission | None, address: str, today: datetime.date) -> None:
    """Refuse to go on where nobody has granted an attack on this address today. Raises Refused, saying what to do."""
    ask = (
        "ask its owner, and give the permission with 'target', 'granted_by' and 'until', on the command line with "
        "--granted-for, --granted-by and --granted-until"
    )
    if permission is None:
        raise Refused(f"attacking {address} needs a permission; {ask}")
    if not permission.covers(address):
        raise Refused(f"the permission of {permission.granted_by} is for {permission.target}, not {address}; {ask}")
    if permission.until < today:
        ended = f"the permission of {permission.granted_by} for {permission.target} ended on {permission.until}"
        raise Refused(f"{ended}; ask for a new one")


_PORTS = {"http": 80, "https": 443}


def _parts(address: str) -> tuple[tuple[str, str, int], str] | None:
    """((scheme, host, port), path) of an address; None for what is none, or goes up and down in its path."""
    try:
        url = urlsplit(address)
        port = url.port or _PORTS[url.scheme]
    except (ValueError, KeyError):
        return None
    path = url.path or "/"
    winding = {".", ".."} & {part.lower().replace("%2e", ".") for part in path.split("/")}
    if not url.hostname or winding or url.query or url.fragment or "\\" in address or "%2f" in path.lower():
        return None
    return (url.scheme, url.hostname, port), path

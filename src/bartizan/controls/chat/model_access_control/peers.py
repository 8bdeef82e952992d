"""From which network address a request came, behind proxies that the settings name."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_HOPS = 16


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks such as 10.0.0.0/8. Raises ValueError for what is none."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in texts)


def network_faults(field: str, texts: Sequence[str]) -> dict[str, str]:
    """Field -> finding, where a text is no network."""
    try:
        networks_of(texts)
    except ValueError:
        return {field: "must be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8"}
    return {}


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of these; what is no address does not."""
    if not networks:
        return False
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in one for one in networks)


def address_of(peer: str, headers: Mapping[str, str], proxies: Sequence[Network]) -> str:
    """Who really asks: the peer, or the last address that a trusted proxy did not add to X-Forwarded-For.

    What the client itself wrote into that header stands further left and is never believed.
    """
    if not proxies or not is_within(peer, proxies):
        return peer
    hops = headers.get("x-forwarded-for", "").rsplit(",", _MOST_HOPS)
    for hop in reversed(hops[-_MOST_HOPS:]):
        address = hop.strip().strip("[]")
        if not is_within(address, proxies):
            return address if _is_address(address) else peer
    return peer


@lru_cache(maxsize=4096)
def counted_as(address: str) -> str:
    """The address under which failures and rates are counted: of IPv6 the /64, since one host has all of that."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

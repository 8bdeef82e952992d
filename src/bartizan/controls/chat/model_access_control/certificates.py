"""Client certificates that a trusted proxy has checked and passes on in a header.

Three forms are read: RFC 9440 (``Client-Cert``, base64 of the DER between colons), PEM with percent escapes as nginx
writes it, and Envoy's ``x-forwarded-client-cert`` with its ``Hash``. The proxy must remove the header from what clients
send; from any other peer it is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from bartizan.controls.chat.model_access_control.identity import Refused
from bartizan.controls.chat.model_access_control.peers import Network, is_within, networks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 32_768
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_HASH = re.compile(r"(?:^|[;,])\s*Hash=([0-9a-fA-F]{64})(?:$|[;,])")


class ClientCertificates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """From whom certificates are taken, and in which header."""

    peers: tuple[str, ...]
    """Addresses and networks of the proxies that check certificates."""
    header: str = "client-cert"

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The peers. Raises ValueError."""
        return networks_of(self.peers)

    def thumbprint(self, headers: Mapping[str, str], peer: str) -> str:
        """The SHA-256 of the certificate, in hexadecimal; empty where there is none. Raises Refused."""
        given = headers.get(self.header.lower(), "")
        if not given:
            return ""
        if not is_within(peer, self.networks):
            raise Refused("certificate_from_a_stranger", "a certificate's header came from a peer that is no proxy")
        return thumbprint_of(given)


def thumbprint_of(header: str) -> str:
    """The SHA-256 of a certificate as a header holds it. Raises Refused for what is none."""
    if len(header) > LARGEST:
        raise Refused("bad_certificate", "the certificate's header is too long")
    if header.startswith(":") and header.endswith(":") and len(header) > 1:
        return _digest(header[1:-1])
    if "-----BEGIN" in header:
        found = _PEM.search(unquote(header).replace("\t", "\n"))
        if found is not None:
            return _digest("".join(found[1].split()))
    hashes = _HASH.findall(header)
    if len(hashes) == 1:
        return str(hashes[0]).lower()
    raise Refused("bad_certificate", "the certificate's header is of no form that is known, or holds several")


def _digest(text: str) -> str:
    try:
        return hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        raise Refused("bad_certificate", "the certificate's header is not base64") from None

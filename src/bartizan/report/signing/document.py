"""A verification as JSON, for programs."""

from __future__ import annotations

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.supply.signing.verification import KINDS, Verification
from bartizan.supply.signing.watching import Event


def document(found: Verification) -> str:
    """All of it, with what each kind of flaw means. `digest` is that of the statement, which counts if authentic."""
    made = {
        "bartizan_verify": 1,
        "version": __version__,
        "is_verified": found.is_verified,
        "model": printable(found.model),
        "signature": printable(found.signature),
        "day": found.day,
        "policy_sha256": found.policy,
        "is_authentic": found.is_authentic,
        "name": found.name,
        "digest": found.digest,
        "signer": found.signer,
        "key": found.key,
        "identity": found.identity,
        "signed_on": found.signed_on,
        "expires": found.expires,
        "counter": found.counter,
        "files": found.files,
        "size": found.size,
        "ignored": found.ignored,
        "flaws": [msgspec.to_builtins(flaw) | {"means": KINDS[flaw.kind]} for flaw in found.flaws],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def event_line(event: Event) -> str:
    """An event as one line of JSON, without the end of the line."""
    return msgspec.json.encode(event).decode()

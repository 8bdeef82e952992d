"""Signature files, what they sign, certificates in them, and the verifier's own policy and counters."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Final

from bartizan.core.errors import InputError
from bartizan.supply.signing.bundle import MEDIA_TYPE, PAYLOAD_TYPE, Malformed, bundle_of
from bartizan.supply.signing.certificates import Refused, chain_of, why_not_for_signing
from bartizan.supply.signing.counters import read_counters
from bartizan.supply.signing.keys import public_of
from bartizan.supply.signing.policy import read_trust
from bartizan.supply.signing.statement import read_statement

_FOLDER: Final = Path(tempfile.mkdtemp(prefix="bartizan-fuzz-"))


def check(data: bytes) -> None:
    """Read them as what their first byte says. Raises what is not declared."""
    if data:
        _READERS[data[0] % len(_READERS)](data[1:])


def _bundle(data: bytes) -> None:
    try:
        found = bundle_of(data.decode("utf-8", "replace"))
    except Malformed:
        return
    _statement(found.payload)
    if found.certificates:
        try:
            chain = chain_of(found.certificates)
        except Refused:
            return
        why_not_for_signing(chain.leaf)


def _statement(data: bytes) -> None:
    try:
        found = read_statement(data)
    except Malformed:
        return
    assert all(".." not in name.split("/") and not name.startswith("/") for name in found.expected), (
        "a name that climbs"
    )


def _policy(data: bytes) -> None:
    file = _FOLDER / "policy.yaml"
    file.write_bytes(data)
    try:
        trust = read_trust(file)
    except InputError:
        return
    trust.least("m")
    trust.may_ignore("a/b")


def _counters(data: bytes) -> None:
    file = _FOLDER / "counters.json"
    file.write_bytes(data)
    try:
        read_counters(file)
    except InputError:
        return


def _key(data: bytes) -> None:
    try:
        public_of(data)
    except ValueError:
        return


_READERS: Final = (_bundle, _statement, _policy, _counters, _key)


def seeds() -> list[bytes]:
    """One of each that is sound but for its signature."""
    digest = "0" * 64
    resource = {"name": "weights.bin", "digest": digest, "algorithm": "sha256"}
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model", "digest": {"sha256": "6a1e" * 16}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": {
                "method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": [".git"],
            },
            "resources": [resource],
            "bartizan": {"version": 1, "counter": 3, "expires": "2030-01-01", "signed": "2026-01-01", "also": []},
        },
    }  # fmt: skip
    payload = json.dumps(statement).encode()
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": digest}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(b"0" * 70).decode(), "keyid": ""}],
        },
    }
    chained = bundle | {"verificationMaterial": {"x509CertificateChain": {"certificates": [{"rawBytes": "MIIB"}]}}}
    policy = (
        b"bartizan_trust: 1\nkeys:\n- {name: release, pem: x, signs: [m*], expires: '2030-01-01'}\n"
        b"certificates:\n- {name: root, pem: y, identities: ['CN=a*']}\n"
        b"require: [expiry]\nminimum: {m: 3}\nrevoked: ['00']\n"
    )
    counters = json.dumps(
        {"bartizan_counters": 1, "models": {"m": {"counter": 3, "digest": digest, "on": "2026-01-01"}}}
    )
    key = (
        b"-----BEGIN PUBLIC KEY-----\n"
        b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li"
        b"/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n"
    )
    contents = (json.dumps(bundle).encode(), payload, policy, counters.encode(), key)
    found = [bytes([at]) + content for at, content in enumerate(contents)]
    return [*found, b"\0" + json.dumps(chained).encode()]

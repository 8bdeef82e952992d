"""The one place where model-signing of the OpenSSF is called: its statement, its envelope, its bundle.

What it signs with comes from us: it cannot read an encrypted key (it passes text where bytes are wanted), follows and
skips links by their kind, and has no place for claims of its own making. It was written for model-signing 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from bartizan.core.extras import need


def refuse_absent() -> None:
    """Raises MissingExtra without the packages, before anything long is done for nothing."""
    need("model_signing.manifest")


def signed_bundle(
    name: str,
    digests: Mapping[str, str],
    *,
    ignored: Iterable[str],
    links: bool,
    more: Mapping[str, Any],
    key: ec.EllipticCurvePrivateKey,
    certificates: Sequence[x509.Certificate] = (),
) -> str:
    """A bundle as JSON over files with their SHA-256, in the form of model-signing.

    ``more`` stands in the statement's predicate beside what model-signing writes, and is signed with it. With
    certificates, the first is that of the key. Raises MissingExtra without the packages.
    """
    manifest, hashing = need("model_signing.manifest"), need("model_signing._hashing.hashing")
    items = [
        manifest.FileManifestItem(path=PurePosixPath(path), digest=hashing.Digest("sha256", bytes.fromhex(digest)))
        for path, digest in digests.items()
    ]
    how = manifest._FileSerialization("sha256", links, tuple(ignored))
    payload = need("model_signing._signing.signing").Payload(manifest.Manifest(name, items, how))
    payload.statement.pb.predicate.update(dict(more))
    text = _signer(key, certificates).sign(payload).bundle.to_json()
    assert isinstance(text, str)
    return text


def _signer(key: ec.EllipticCurvePrivateKey, certificates: Sequence[x509.Certificate]) -> Any:
    """Its signer with a key that was read already."""
    if not certificates:
        kind = need("model_signing._signing.sign_ec_key").Signer
        signer = kind.__new__(kind)
    else:
        kind = need("model_signing._signing.sign_certificate").Signer
        signer = kind.__new__(kind)
        signer._signing_certificate, signer._trust_chain = certificates[0], list(certificates[1:])
    signer._private_key = key
    return signer

"""Keys that sign: elliptic curves of three sizes, known by the SHA-256 of their public half."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import read_bytes

MAX_PEM: Final = 1_000_000
MAKE_KEY: Final = "openssl ecparam -name prime256v1 -genkey -noout -out key.pem"
MAKE_PUBLIC: Final = "openssl ec -in key.pem -pubout -out key.pub"
SUPPORTED: Final = "elliptic-curve keys on P-256, P-384 and P-521"
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def hash_of(key: ec.EllipticCurvePublicKey) -> hashes.HashAlgorithm:
    """The hash that the format pairs with the key's curve."""
    return _HASHES[key.curve.name]


def curve_of(key: ec.EllipticCurvePublicKey) -> str:
    """The curve as NIST calls it."""
    return _CURVES[key.curve.name]


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the public key as SubjectPublicKeyInfo in DER, in hexadecimal."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def hint_of(key: ec.EllipticCurvePublicKey) -> str:
    """What model-signing puts into a bundle to say which key it was: SHA-256 of the public key in PEM."""
    return hashlib.sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def read_private(file: Path, passphrase: str | None, variable: str) -> ec.EllipticCurvePrivateKey:
    """The private key in a PEM file. Raises InputError for what is none, or none that the format knows.

    `variable` is where messages say that the passphrase belongs.
    """
    raw = read_bytes(file, MAX_PEM)
    if b"PRIVATE KEY" not in raw:
        finding = "no private key in PEM"
        if b"BEGIN PUBLIC KEY" in raw or b"BEGIN CERTIFICATE" in raw:
            finding = "this is the public half, and signing needs the private one"
        raise _bad(file, finding, f"make one with: {MAKE_KEY}")
    secret = passphrase.encode() if passphrase is not None else None
    try:
        key = load_pem_private_key(raw, secret)
    except TypeError:
        if secret is None:
            raise _bad(file, "the key is encrypted", f"put its passphrase into the variable {variable}") from None
        try:
            key = load_pem_private_key(raw, None)  # a passphrase that a plain key does not need
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _bad(file, "the key cannot be read") from None
    except (ValueError, UnsupportedAlgorithm):
        why = f", or {variable} is not its passphrase" if secret is not None else ""
        raise _bad(file, f"the key cannot be read: it is damaged{why}", f"make one with: {MAKE_KEY}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in _HASHES:
        raise _bad(file, *_unsupported(key))
    return key


def public_of(raw: bytes) -> ec.EllipticCurvePublicKey:
    """The public key in a PEM text. Raises ValueError with what is wrong."""
    if b"PRIVATE KEY" in raw:
        raise ValueError(f"this is a private key: keep it secret, and trust its public half: {MAKE_PUBLIC}")
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"no public key in PEM; make one with: {MAKE_PUBLIC}") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _HASHES:
        raise ValueError("; ".join(_unsupported(key)))
    return key


def kind_of(key: object) -> str:
    """What a key is, for a message: `Ed25519`, `RSA`, or a curve's name."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return f"elliptic-curve key on {key.curve.name}"
    name = type(key).__name__.lstrip("_")
    for ending in ("PrivateKey", "PublicKey"):
        name = name.removesuffix(ending)
    return f"{name} key"


def _unsupported(key: object) -> tuple[str, str]:
    finding = f"the signature format knows {SUPPORTED}, and this is an {kind_of(key)}"
    return finding, f"make a key that fits with: {MAKE_KEY}"


def _bad(file: Path, finding: str, fix: str = "") -> InputError:
    return InputError([Problem(file=str(file), finding=finding, fix=fix)])

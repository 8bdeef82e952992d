"""Reading a signature file: a Sigstore bundle v0.3 around a DSSE envelope, as model-signing writes it.

Strictly: each field is known, each text in base64 is written in the one way that there is. What is not covered by the
signature itself can so not be changed unseen either.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any, Final

import msgspec

from bartizan.core.errors import InputError, nearest, printable
from bartizan.core.json_text import parse_json
from bartizan.core.source import read_bytes

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MAX_BYTES: Final = 32_000_000
_MOST_PARTS: Final = 10_000
_MOST_CERTIFICATES: Final = 20


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature file holds, before anything of it is believed."""

    payload: bytes
    """The statement that was signed, as JSON."""
    signature: bytes
    """ECDSA in DER."""
    hint: str = ""
    """For a key: SHA-256 of its PEM, by the signer's word."""
    certificates: tuple[bytes, ...] = ()
    """In DER; that of the signer first. Empty: it was signed with a bare key."""

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over: DSSE's pre-authentication encoding (protocol v1)."""
        return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(self.payload), self.payload)


class Malformed(Exception):
    """It is no signature that can be read. Its text says what was found."""


def read_bundle(file: Path) -> Bundle:
    """The bundle in a file. Raises Malformed for what is none, InputError for what is no readable file."""
    raw = read_bytes(file, MAX_BYTES)
    try:
        return bundle_of(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("not UTF-8 text; it may be another file") from None


def bundle_of(text: str) -> Bundle:
    """The bundle in a text. Raises Malformed for what is none."""
    refuse_parts(text, _MOST_PARTS)
    try:
        return _bundle(parse_json(text, "signature").data)
    except InputError as error:
        raise Malformed(f"{error.problems[0].finding}; it may have been cut off, or be another file") from None


def refuse_parts(text: str, most: int) -> None:
    """Refuse a JSON text of more values than are ever needed: as values each takes many times its memory on disk."""
    if sum(map(text.count, "{[,")) > most:
        raise Malformed(f"it has more than {most:,} parts")


def is_bundle(file: Path) -> bool:
    """Whether a file is a signature, sound or not, that signing may replace."""
    try:
        if not file.is_file():
            return False
        with file.open("rb") as stream:
            return MEDIA_TYPE.encode() in stream.read(1000)
    except OSError:
        return False


def _bundle(data: object) -> Bundle:
    top = _fields(data, "the bundle", {"mediaType", "verificationMaterial", "dsseEnvelope"}, {"messageSignature"})
    if top["mediaType"] != MEDIA_TYPE:
        raise Malformed(f"its mediaType is {_quoted(top['mediaType'])}, not '{MEDIA_TYPE}'")
    if "messageSignature" in top:
        raise Malformed("it signs a message, not the files of a model")
    envelope = _fields(top["dsseEnvelope"], "dsseEnvelope", {"payload", "payloadType", "signatures"})
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise Malformed(f"its payloadType is {_quoted(envelope['payloadType'])}, not '{PAYLOAD_TYPE}'")
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise Malformed("it does not hold exactly one signature")
    signature = _fields(signatures[0], "the signature", {"sig"}, {"keyid"})
    if signature.get("keyid") not in ("", None):
        raise Malformed("it names a keyid, which nothing here vouches for")
    hint, certificates = _material(top["verificationMaterial"])
    return Bundle(
        payload=_decoded(envelope["payload"], "payload"),
        signature=_decoded(signature["sig"], "sig"),
        hint=hint,
        certificates=certificates,
    )


def _material(data: object) -> tuple[str, tuple[bytes, ...]]:
    kinds = {"publicKey", "x509CertificateChain", "certificate"}
    material = _fields(data, "verificationMaterial", set(), {*kinds, "tlogEntries", "timestampVerificationData"})
    given = [kind for kind in sorted(kinds) if material.get(kind) is not None]
    if given == ["certificate"] or material.get("tlogEntries") or material.get("timestampVerificationData"):
        raise Malformed("it was made by Sigstore with an identity and a public log, which cannot be checked offline")
    if given == ["publicKey"]:
        key = _fields(material["publicKey"], "publicKey", set(), {"hint"})
        hint = key.get("hint")
        if hint is not None and not isinstance(hint, str):
            raise Malformed("its hint of the key is no text")
        return hint or "", ()
    if given != ["x509CertificateChain"]:
        raise Malformed("it does not say which one key or chain of certificates it was signed with")
    chain = _fields(material["x509CertificateChain"], "x509CertificateChain", {"certificates"})["certificates"]
    if not isinstance(chain, list) or not 0 < len(chain) <= _MOST_CERTIFICATES:
        raise Malformed(f"its chain does not hold 1 to {_MOST_CERTIFICATES} certificates")
    return "", tuple(_decoded(_fields(one, "a certificate", {"rawBytes"})["rawBytes"], "rawBytes") for one in chain)


def _fields(data: object, what: str, needed: set[str], allowed: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Malformed(f"{what} is not an object")
    missing = sorted(needed - data.keys())
    if missing:
        raise Malformed(f"{what} has no '{missing[0]}'; it may have been cut off, or be another file")
    known = needed | (allowed or set())
    for key in data:
        if key not in known:
            raise Malformed(f"{what} has an unknown field {_quoted(key)}; {nearest(key, known)}".rstrip("; "))
    return data


def _decoded(text: object, what: str) -> bytes:
    """Base64 in its one canonical form."""
    if isinstance(text, str) and text:
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if raw and base64.b64encode(raw).decode() == text:
            return raw
    raise Malformed(f"'{what}' is no base64 text")


def _quoted(value: object) -> str:
    return f"'{printable(str(value), 80)}'"

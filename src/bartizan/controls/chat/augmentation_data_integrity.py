"""Augmentation data integrity: what is added to a prompt is what a known source put there, unchanged.

A chunk is signed when it is stored, over its text, its source and its labels (Ed25519, RFC 8032), and checked each time
before it is used. The caller hands the signature on in the chunk's mark (`proof`).
"""

from __future__ import annotations

import base64
import binascii
from fnmatch import fnmatchcase
from functools import cached_property
from typing import ClassVar, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId

LEFT_OUT = "[left out: this content could not be verified]"


def chunk_bytes(text: str, source: str, labels: frozenset[str] = frozenset()) -> bytes:
    """What is signed: a JSON array, so that no part can run into another."""
    return msgspec.json.encode(["bartizan-chunk-1", source, sorted(labels), text])


def sign_chunk(
    key: Ed25519PrivateKey, signer: str, text: str, source: str, labels: frozenset[str] = frozenset()
) -> str:
    """The proof of a chunk, as `Segment.proof` and a mark carry it: the signer's name, a colon, base64."""
    return f"{signer}:{base64.b64encode(key.sign(chunk_bytes(text, source, labels))).decode()}"


class AugmentationDataIntegrity(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lets content of the named sources pass only with a signature that holds."""

    id: ClassVar[ControlId] = ControlId("augmentation_data_integrity")
    title: ClassVar[str] = "Augmentation data integrity"
    source: ClassVar[str] = "RFC 8032"
    sees: ClassVar[frozenset[Part]] = frozenset({"prompt"})

    signers: dict[str, str]
    """Name -> Ed25519 public key, 32 bytes in base64."""
    sources: tuple[str, ...] = ("?*",)
    """Patterns of sources whose content must be signed; by default all that name a source."""
    otherwise: Literal["leave_out", "block"] = "leave_out"

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Pass what is signed, leave out or block the rest."""
        if not segment.proof and not any(fnmatchcase(segment.source, one) for one in self.sources):
            return ALLOW
        fault = self._fault(segment)
        if not fault:
            return ALLOW
        findings = (Finding(rule="unverified", why=fault, end=len(segment.text)),)
        if self.otherwise == "block":
            return Block(why="content that was added to the request could not be verified", findings=findings)
        return Replace(text=LEFT_OUT, findings=findings)

    def _fault(self, segment: Segment) -> str:
        """Why a chunk is not verified; empty where it is."""
        signer, _, signature = segment.proof.partition(":")
        key = self._keys.get(signer)
        if key is None:
            return "it carries no signature of a known signer"
        try:
            key.verify(
                base64.b64decode(signature, validate=True), chunk_bytes(segment.text, segment.source, segment.labels)
            )
        except (InvalidSignature, binascii.Error, ValueError):
            return "its signature does not hold"
        return ""

    @cached_property
    def _keys(self) -> dict[str, Ed25519PublicKey]:
        return {name: _key(text) for name, text in self.signers.items()}

    def faults(self) -> dict[str, str]:
        """A key that is none."""
        for name, text in self.signers.items():
            try:
                _key(text)
            except ValueError:
                return {"signers": f"the key of '{name}' is no Ed25519 public key in base64"}
        return {} if self.signers else {"signers": "name at least one signer"}


def _key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))

"""Who signed a bundle, and whether that is somebody whom the policy believes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from bartizan.supply.signing.bundle import Bundle
from bartizan.supply.signing.certificates import Chain, Refused, chain_of, check_chain, why_not_for_signing
from bartizan.supply.signing.keys import hash_of, hint_of, key_id
from bartizan.supply.signing.policy import Root, Trust, TrustedKey, TrustedRoot, may_sign
from bartizan.supply.signing.verification import Flaw


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed, as far as it could be told."""

    entry: TrustedKey | TrustedRoot | None = None
    """The entry of the policy; None: nobody that it names."""
    key: str = ""
    """Id of the key."""
    identity: str = ""
    """The subject of the certificate, where there is one."""
    is_authentic: bool = False
    """Whether the signature is by that key over this statement, and the entry stands for the key."""
    flaws: tuple[Flaw, ...] = ()


def signer_of(bundle: Bundle, trust: Trust, *, name: str, day: str, signed_on: str) -> Signer:
    """Who signed a bundle about a model of this name, on a day; with all that speaks against it."""
    if bundle.certificates:
        found = _by_certificate(bundle, trust, day=day, signed_on=signed_on)
    else:
        found = _by_key(bundle, trust)
    flaws = [*found.flaws]
    if found.key in trust.revoked:
        flaws.append(Flaw(kind="key_revoked", what=f"the policy revokes the key {found.key}"))
    if found.entry is not None:
        flaws += _limits(found.entry, name, day)
    is_authentic = found.is_authentic and found.key not in trust.revoked
    return msgspec.structs.replace(found, flaws=tuple(flaws), is_authentic=is_authentic)


def _by_key(bundle: Bundle, trust: Trust) -> Signer:
    """The key that made the signature. The hint only says which key a signature that fits none was meant for."""
    hinted = next((key for key in trust.keys if hint_of(key.public) == bundle.hint), None)
    candidates = (hinted,) if hinted is not None else (() if bundle.hint else trust.keys)
    made = next((key for key in candidates if _fits(bundle, key.public)), None)
    if made is not None:
        return Signer(entry=made.entry, key=made.id, is_authentic=True)
    if hinted is not None:
        what = (
            f"it is not what the key of '{hinted.entry.name}' signed: the signature, or what it is about, was changed"
        )
        return Signer(entry=hinted.entry, key=hinted.id, flaws=(Flaw(kind="signature_wrong", what=what),))
    return Signer(flaws=(_unknown(bundle, trust),))


def _unknown(bundle: Bundle, trust: Trust) -> Flaw:
    who = ", ".join(f"'{key.entry.name}'" for key in trust.keys[:5]) or "none"
    hint = f"its PEM has the SHA-256 {bundle.hint}; " if bundle.hint else ""
    return Flaw(
        kind="key_unknown",
        what=f"it was signed by a key that is not in the policy; {hint}keys there: {who}",
        fix="find out whose key it is before you add it",
    )


def _by_certificate(bundle: Bundle, trust: Trust, *, day: str, signed_on: str) -> Signer:
    try:
        chain = chain_of(bundle.certificates)
    except Refused as refused:
        return Signer(flaws=(Flaw(kind="certificate", what=str(refused)),))
    key, subject = key_id(chain.public), chain.subject
    flaws: list[Flaw] = []
    if not _fits(bundle, chain.public):
        what = "it is not what the key of its certificate signed: the signature, or what it is about, was changed"
        flaws.append(Flaw(kind="signature_wrong", what=what))
    if why := why_not_for_signing(chain.leaf):
        flaws.append(Flaw(kind="certificate", what=f"the certificate of '{subject}' may not sign: {why}"))
    root, why = _vouching(chain, trust, day, signed_on)
    if root is None:
        flaws.append(Flaw(kind="certificate", what=f"nobody in the policy vouches for '{subject}': {why}"))
    return Signer(
        entry=root.entry if root else None,
        key=key,
        identity=subject,
        is_authentic=not flaws,
        flaws=tuple(flaws),
    )


def _vouching(chain: Chain, trust: Trust, day: str, signed_on: str) -> tuple[Root | None, str]:
    """The first authority that vouches for the leaf and for who it is; else why none does."""
    whys: list[str] = []
    for root in trust.roots:
        when = signed_on if root.entry.valid == "when-signed" and signed_on else day
        try:
            check_chain(chain, root, datetime.date.fromisoformat(when))
        except Refused as refused:
            whys.append(f"{root.entry.name}: {refused} (on {when})")
            continue
        if any(fnmatchcase(one, pattern) for one in chain.identities for pattern in root.entry.identities):
            return root, ""
        whys.append(f"{root.entry.name}: it is not among those who may sign")
    return None, "; ".join(whys) or "the policy names no certificates"


def _fits(bundle: Bundle, key: ec.EllipticCurvePublicKey) -> bool:
    try:
        key.verify(bundle.signature, bundle.signed_bytes, ec.ECDSA(hash_of(key)))
    except InvalidSignature:
        return False
    return True


def _limits(entry: TrustedKey | TrustedRoot, name: str, day: str) -> Iterator[Flaw]:
    if entry.expires and day > entry.expires:
        yield Flaw(kind="key_expired", what=f"'{entry.name}' was trusted until {entry.expires}, and it is {day}")
    if entry.not_before and day < entry.not_before:
        yield Flaw(kind="key_not_yet", what=f"'{entry.name}' is trusted from {entry.not_before}, and it is {day}")
    if name and not may_sign(entry, name):
        allowed = ", ".join(f"'{one}'" for one in entry.signs[:5])
        yield Flaw(kind="name", what=f"'{entry.name}' may sign {allowed}, and this model is named '{name}'")

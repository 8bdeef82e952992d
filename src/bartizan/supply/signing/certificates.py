"""Certificates that sign: whether one may, and whether somebody who is trusted vouches for it.

Chains are checked by OpenSSL, offline. Who was vouched for once and is no more can only be told by the policy.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Sequence

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID

from bartizan.core.extras import need
from bartizan.supply.signing.keys import SUPPORTED, curve_of, kind_of
from bartizan.supply.signing.policy import Root, identities_of


class Refused(Exception):
    """A certificate is not believed. Its text says why."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The certificates of a bundle: that of the signer, and those of who vouches for it."""

    leaf: x509.Certificate
    others: tuple[x509.Certificate, ...]
    public: ec.EllipticCurvePublicKey
    subject: str
    """Of the signer, as RFC 4514 writes it."""
    identities: tuple[str, ...]
    """All names of the signer."""


def chain_of(given: Sequence[bytes]) -> Chain:
    """The chain in DER, the signer's first. Raises Refused for what is none, or holds no key that fits."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", CryptographyDeprecationWarning)  # what will be refused some day is so today
            found = tuple(x509.load_der_x509_certificate(one) for one in given)
            key, subject = found[0].public_key(), found[0].subject.rfc4514_string()
            names = tuple(identities_of(found[0]))
    except Exception as error:  # whatever a stranger's certificate makes a parser raise
        raise Refused("a certificate in it cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Refused(f"the certificate holds an {kind_of(key)}; the format knows {SUPPORTED}")
    try:
        curve_of(key)
    except KeyError:
        raise Refused(f"the certificate holds an {kind_of(key)}; the format knows {SUPPORTED}") from None
    return Chain(leaf=found[0], others=found[1:], public=key, subject=subject, identities=names)


def why_not_for_signing(certificate: x509.Certificate) -> str:
    """Why a certificate may not sign files; empty: it may.

    Stricter than model-signing, which takes a web server's certificate for its `digitalSignature`: where a certificate
    says what it is for, signing code must be among it (RFC 5280, 4.2.1.3 and 4.2.1.12).
    """
    try:
        extensions = certificate.extensions
    except ValueError:
        return "its extensions cannot be read"
    try:
        if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return "its keyUsage does not allow digitalSignature"
        is_said = True
    except x509.ExtensionNotFound:
        is_said = False
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return "" if is_said else "it says neither by keyUsage nor by extendedKeyUsage that it may sign"
    fit = {ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return "" if purposes & fit else "its extendedKeyUsage does not allow codeSigning"


def check_chain(chain: Chain, root: Root, day: datetime.date) -> None:
    """That the root vouches for the chain's leaf on a day. Raises Refused.

    A certificate holds on the days on which it begins and ends.

    A certificate in the bundle that the chain does not need is refused: nothing would notice if it were changed.
    """
    crypto = need("OpenSSL.crypto")
    store = crypto.X509Store()
    for one in root.certificates:
        store.add_cert(crypto.X509.from_cryptography(one))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(_moment((chain.leaf, *chain.others, *root.certificates), day))
    try:
        leaf, *others = (crypto.X509.from_cryptography(one) for one in (chain.leaf, *chain.others))
        verified = crypto.X509StoreContext(store, leaf, others).get_verified_chain()
    except crypto.X509StoreContextError as error:
        raise Refused(str(error)) from None
    except Exception as error:
        raise Refused("the chain cannot be read") from error
    used = {one.to_cryptography().public_bytes(Encoding.DER) for one in verified}
    if any(one.public_bytes(Encoding.DER) not in used for one in chain.others):
        raise Refused("the bundle holds a certificate that is no part of the chain")


def _moment(certificates: Sequence[x509.Certificate], day: datetime.date) -> datetime.datetime:
    """The last moment of a day at which none of them that ends on it is over."""
    end = datetime.datetime.combine(day, datetime.time(23, 59, 59), datetime.UTC)
    return min([end, *(one.not_valid_after_utc for one in certificates if one.not_valid_after_utc.date() == day)])

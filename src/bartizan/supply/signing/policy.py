"""The trust policy: whom one believes about which models, until when, and what a signature must say.

It is a YAML file of the verifier's own; nothing that comes with a model can widen it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.digest import DIGEST_FIX, sha256_in
from bartizan.core.errors import InputError, Problem
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, parse_yaml, read_bytes, read_text
from bartizan.supply.signing.claims import MAX_COUNTER
from bartizan.supply.signing.keys import MAX_PEM, key_id, public_of
from bartizan.supply.signing.tree import Links

Claim: TypeAlias = Literal["expiry", "counter"]
ALL: Final = ("*",)


class TrustedKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public key that is believed."""

    name: str
    """Whose it is, as messages call it."""
    id: str = ""
    """SHA-256 of the key (SubjectPublicKeyInfo in DER) in hexadecimal: it pins the key, whatever the file holds."""
    file: str = ""
    """The public key in PEM, from the policy's folder; or:"""
    pem: str = ""
    """The public key itself."""
    signs: tuple[str, ...] = ALL
    """Names of models that it may sign; `*` stands for any text."""
    not_before: str = ""
    """The first day on which it is believed."""
    expires: str = ""
    """The last day on which it is believed."""


class TrustedRoot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority whose certificates are believed, for those whom it names."""

    name: str
    """Whose it is, as messages call it."""
    file: str = ""
    """Its certificate in PEM, or several, from the policy's folder; or:"""
    pem: str = ""
    """The certificate itself."""
    identities: tuple[str, ...]
    """Who may sign: patterns for the subject (`CN=release*`), or a mail, host or address in it. `*`: anybody."""
    signs: tuple[str, ...] = ALL
    """Names of models that its holders may sign."""
    not_before: str = ""
    """The first day on which it is believed."""
    expires: str = ""
    """The last day on which it is believed."""
    valid: Literal["now", "when-signed"] = "now"
    """When a certificate must be in its time: today, or on the day of which the signer says that it signed."""


class TrustPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    bartizan_trust: Literal[1]
    """Version of this format."""
    keys: tuple[TrustedKey, ...] = ()
    certificates: tuple[TrustedRoot, ...] = ()
    revoked: tuple[str, ...] = ()
    """Ids of keys that are believed no more, whoever vouches for them."""
    require: tuple[Claim, ...] = ()
    """What a signature must say. Plain model-signing says neither."""
    minimum: dict[str, int] = {}
    """Pattern for names of models -> the lowest counter that is accepted."""
    counters: str = ""
    """A file, from the policy's folder, that remembers the highest counter of each model; it is written."""
    ignore: tuple[str, ...] = ()
    """Paths that a signature may leave out, with all below them; patterns."""
    links: Links = "refuse"
    """Links in a model's folder: refused, read if they stay inside, or read wherever they lead."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A trusted key that was read."""

    entry: TrustedKey
    id: str
    public: ec.EllipticCurvePublicKey


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A trusted authority that was read."""

    entry: TrustedRoot
    certificates: tuple[x509.Certificate, ...]


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with the keys that it names."""

    policy: TrustPolicy
    keys: tuple[Key, ...]
    roots: tuple[Root, ...]
    revoked: frozenset[str]
    counters: Path | None
    digest: str
    """SHA-256 of the file of the policy."""

    def least(self, model: str) -> int | None:
        """The lowest counter that is accepted for a model of this name."""
        return max((n for pattern, n in self.policy.minimum.items() if fnmatchcase(model, pattern)), default=None)

    def may_ignore(self, path: str) -> bool:
        """Whether a signature may leave out a path, or one that it lies below."""
        parts = path.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        return any(fnmatchcase(one, pattern.rstrip("/")) for one in above for pattern in self.policy.ignore)


def may_sign(entry: TrustedKey | TrustedRoot, model: str) -> bool:
    """Whether it is trusted for models of this name."""
    return any(fnmatchcase(model, pattern) for pattern in entry.signs)


def read_trust(file: Path) -> Trust:
    """The policy in a file, with all keys that it names. Raises InputError with every problem, each at its line."""
    text = read_text(file)
    document = parse_yaml(text, str(file))
    policy = to_value(document, TrustPolicy)
    reading = _Reading(document, file.parent)
    reading.read(policy)
    if reading.problems:
        raise InputError(reading.problems)
    return Trust(
        policy=policy,
        keys=tuple(reading.keys),
        roots=tuple(reading.roots),
        revoked=frozenset(sha256_in(one) or one for one in policy.revoked),
        counters=file.parent / policy.counters if policy.counters else None,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


class _Reading:
    def __init__(self, document: Document, folder: Path) -> None:
        self.document = document
        self.folder = folder
        self.keys: list[Key] = []
        self.roots: list[Root] = []
        self.problems: list[Problem] = []

    def say(self, path: PathKey, finding: str, fix: str = "") -> None:
        self.problems.append(self.document.problem(path, finding, fix))

    def read(self, policy: TrustPolicy) -> None:
        if not policy.keys and not policy.certificates:
            self.say((), "nobody is trusted, so nothing can be verified", "name keys or certificates")
        for i, key in enumerate(policy.keys):
            self.entry(key, ("keys", i))
            self.key(key, ("keys", i))
        for i, root in enumerate(policy.certificates):
            self.entry(root, ("certificates", i))
            self.root(root, ("certificates", i))
        for i, given in enumerate(policy.revoked):
            if sha256_in(given) is None:
                self.say(("revoked", i), f"'{given}' is no id of a key", DIGEST_FIX)
        for pattern, least in policy.minimum.items():
            if not 0 <= least <= MAX_COUNTER:
                self.say(("minimum", pattern), f"{least} is no counter", "write a whole number from 0")
        for i, pattern in enumerate(policy.ignore):
            if not pattern.strip("/"):
                self.say(("ignore", i), "an empty path", "name a path within the folder of the model")

    def entry(self, entry: TrustedKey | TrustedRoot, at: PathKey) -> None:
        """What both kinds have."""
        if not entry.name.strip():
            self.say((*at, "name"), "it has no name", "say whose it is")
        for field in ("not_before", "expires"):
            day = getattr(entry, field)
            if day and not is_date(day):
                self.say((*at, field), f"'{day}' is no day", DATE_FIX)
        if entry.not_before and entry.expires and entry.expires < entry.not_before:
            self.say((*at, "expires"), "it ends before it begins", "swap the two days")
        if not entry.signs:
            self.say((*at, "signs"), "it may sign nothing", "name the models, or leave 'signs' out")

    def pem(self, entry: TrustedKey | TrustedRoot, at: PathKey) -> bytes | None:
        if bool(entry.file) == bool(entry.pem):
            self.say(at, f"'{entry.name}' has both a file and a pem, or neither", "give 'file' or 'pem', one of them")
            return None
        if entry.pem:
            return entry.pem.encode()
        try:
            return read_bytes(self.folder / entry.file, MAX_PEM)
        except InputError as error:
            self.say((*at, "file"), f"{entry.file}: {error.problems[0].finding}", "check the name and permissions")
            return None

    def key(self, entry: TrustedKey, at: PathKey) -> None:
        named = sha256_in(entry.id) if entry.id else None
        if entry.id and named is None:
            self.say((*at, "id"), f"'{entry.id}' is no id of a key", DIGEST_FIX)
        raw = self.pem(entry, at)
        if raw is None:
            return
        place = (*at, "file" if entry.file else "pem")
        try:
            public = public_of(raw)
        except ValueError as error:
            self.say(place, f"'{entry.name}': {error}")
            return
        found = key_id(public)
        if named and named != found:
            self.say(
                (*at, "id"),
                f"the key of '{entry.name}' has the id {found}",
                "find out who changed the one or the other",
            )
        if found in {one.id for one in self.keys}:
            self.say(
                place, f"the key of '{entry.name}' is given twice", "keep one; an entry holds for all its patterns"
            )
        self.keys.append(Key(entry=entry, id=found, public=public))

    def root(self, entry: TrustedRoot, at: PathKey) -> None:
        if not entry.identities:
            self.say((*at, "identities"), "nobody may sign", "name who, or write ['*']")
        raw = self.pem(entry, at)
        if raw is None:
            return
        try:
            found = tuple(x509.load_pem_x509_certificates(raw))
        except ValueError:
            self.say((*at, "file" if entry.file else "pem"), f"'{entry.name}': no certificate in PEM")
            return
        self.roots.append(Root(entry=entry, certificates=found))


def identities_of(certificate: x509.Certificate) -> Iterator[str]:
    """The names of a certificate's holder: the subject as RFC 4514 writes it, its parts, and alternative names."""
    yield certificate.subject.rfc4514_string()
    for part in certificate.subject.rdns:
        yield part.rfc4514_string()
    try:
        other = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for kind in (x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier):
        yield from other.get_values_for_type(kind)

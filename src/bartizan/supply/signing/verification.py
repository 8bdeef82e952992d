"""What a verification says: fine, or everything that is not, each with its kind."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import printable

Kind: TypeAlias = Literal[
    "signature_missing",
    "signature_malformed",
    "signature_wrong",
    "key_unknown",
    "key_revoked",
    "key_expired",
    "key_not_yet",
    "certificate",
    "name",
    "expired",
    "claim_missing",
    "rolled_back",
    "ignored",
    "missing",
    "changed",
    "added",
    "link",
    "unreadable",
]
KINDS: Final[dict[Kind, str]] = {
    "signature_missing": "there is no signature",
    "signature_malformed": "the file of the signature is broken, or is none",
    "signature_wrong": "the signature is not that of the key over this statement",
    "key_unknown": "nobody in the policy has this key",
    "key_revoked": "the policy says that the key is believed no more",
    "key_expired": "the last day of the key is over",
    "key_not_yet": "the first day of the key is to come",
    "certificate": "nobody in the policy vouches for the certificate",
    "name": "the model has another name than it should, or one that this key may not sign",
    "expired": "the last day of the signature is over",
    "claim_missing": "the signature does not say what the policy asks for",
    "rolled_back": "a newer release was seen, or is asked for",
    "ignored": "the signature leaves out what the policy does not let it leave out",
    "missing": "a file that was signed is not there",
    "changed": "a file is not what was signed",
    "added": "a file is there that was not signed",
    "link": "a link stands where a file is wanted",
    "unreadable": "something cannot be read whole",
}


class Flaw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that keeps a model from being verified."""

    kind: Kind
    what: str
    """What was found, as one printable line."""
    path: str = ""
    """The file that it is about, within the model's folder; printable."""
    fix: str = ""
    """What may help, where something does."""

    def __post_init__(self) -> None:
        """Nothing that a stranger wrote can garble a screen or a file."""
        for field in ("what", "path", "fix"):
            msgspec.structs.force_setattr(self, field, printable(getattr(self, field)))


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """A model against its signature and a policy, on a day."""

    model: str
    """The path that was verified."""
    signature: str
    day: str
    """By which days were judged, by UTC."""
    policy: str
    """SHA-256 of the policy."""
    flaws: tuple[Flaw, ...]
    """All that is wrong. Empty: it is verified."""
    is_authentic: bool = False
    """Whether somebody who is trusted signed it. Only then is what follows more than a claim."""
    name: str = ""
    """What the signer calls the model."""
    digest: str = ""
    """SHA-256 that stands for the whole model, as signed."""
    signer: str = ""
    """As the policy calls who signed it."""
    key: str = ""
    """Id of the key that signed it."""
    identity: str = ""
    """The subject of its certificate, where there is one."""
    signed_on: str = ""
    """By the signer's own clock."""
    expires: str = ""
    counter: int | None = None
    files: int = 0
    """Files that are what was signed."""
    size: int = 0
    """Bytes that were read."""
    ignored: tuple[str, ...] = ()
    """Paths that are there, are not covered, and may be so by the policy."""

    @property
    def is_verified(self) -> bool:
        """Whether somebody who is trusted signed just these files, and all else is as the policy wants it."""
        return self.is_authentic and not self.flaws

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its flaws, each once, in their order."""
        return tuple(dict.fromkeys(flaw.kind for flaw in self.flaws))

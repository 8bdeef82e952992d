"""What a ledger of consent holds: purposes, the words that people saw, what they gave and what they took back.

One entry is about one purpose: there is none for "everything". People stand under pseudonyms. Moments are UTC.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

import msgspec

Person: TypeAlias = Annotated[str, msgspec.Meta(min_length=32, max_length=32)]
"""A pseudonym: 32 hexadecimal digits."""
Basis: TypeAlias = Literal[
    "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"
]
"""The grounds of GDPR Art. 6(1)(a) to (f)."""
BASES: tuple[Basis, ...] = get_args(Basis)
OPPOSABLE: frozenset[Basis] = frozenset({"public_task", "legitimate_interests"})
"""The grounds to which people can object: GDPR Art. 21(1)."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="is"):
    pass


class Purpose(_Entry, frozen=True, kw_only=True, tag="purpose"):
    """A purpose that data about people is used for. It never changes: a changed purpose is another one."""

    purpose: str
    title: str
    """What is done, in words that people understand."""
    basis: Basis
    data: tuple[str, ...]
    """Kinds of data that it uses."""
    keep: str = ""
    """How long the data is kept, such as "2 years"; empty: not said, and then nothing here limits it."""
    recipients: tuple[str, ...] = ()
    compatible_with: tuple[str, ...] = ()
    """Purposes whose data may be used for this one, as somebody judged and declared."""
    why: str = ""
    """The contract, the law, the balancing test; why purposes are compatible."""


class Wording(_Entry, frozen=True, kw_only=True, tag="wording"):
    """Words in which people are asked for one purpose. An older version stays, for who agreed to it."""

    purpose: str
    version: str
    language: str
    text: str
    digest: str
    """SHA-256 of the text in UTF-8."""


class Given(_Entry, frozen=True, kw_only=True, tag="given"):
    """Somebody agreed to one purpose."""

    person: Person
    purpose: str
    wording: str
    """The version of the words."""
    at: str
    how: str
    """By what: the form, the call, the letter."""
    until: str = ""
    """The last day on which it holds; empty: until it is withdrawn."""


class Withdrawn(_Entry, frozen=True, kw_only=True, tag="withdrawn"):
    """Somebody took consent back for one purpose."""

    person: Person
    purpose: str
    at: str
    how: str
    told_at: str = ""
    """The moment that the message told, where it lay in the future; `at` is then when it came."""


class Objected(_Entry, frozen=True, kw_only=True, tag="objected"):
    """Somebody objected to one purpose that does not rest on consent (GDPR Art. 21)."""

    person: Person
    purpose: str
    at: str
    how: str
    told_at: str = ""


class Released(_Entry, frozen=True, kw_only=True, tag="released"):
    """A data set was written for some purposes, of people who stand in the list beside this entry."""

    data: str
    """Its name."""
    digest: str
    """SHA-256 of the file."""
    purposes: tuple[str, ...]
    rows: int
    people: int
    list: str
    """SHA-256 of the sorted pseudonyms."""
    source: str
    """SHA-256 of the file that it was made from."""


class Trained(_Entry, frozen=True, kw_only=True, tag="trained"):
    """A model learned from data sets that stand in the ledger."""

    model: str
    data: tuple[str, ...]
    digest: str = ""
    """SHA-256 of the model's file; empty where nobody said."""


Act: TypeAlias = Given | Withdrawn | Objected
"""What people do."""
ACTS = Given, Withdrawn, Objected
Entry: TypeAlias = Purpose | Wording | Given | Withdrawn | Objected | Released | Trained


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands before the first entry: whose ledger it is."""

    bartizan_consent: Literal[1] = 1
    controller: str
    """Who answers for the data."""
    contact: str
    """Where people reach them, to withdraw as well."""
    key: str
    """The id of the key that makes pseudonyms of people; it says nothing of the key."""
    opened_at: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as it was recorded."""

    number: int
    """Counted from 1."""
    seen: str
    """When, by the clock of the machine."""
    by: str
    """Who, or what, recorded it."""
    entry: Entry

"""Receipts: what a person gets of what they gave, by the field names of ISO/IEC TS 27560:2023, clause 6.

Fields that the specification has and a ledger knows nothing of are left out, not filled. The person stands under their
pseudonym. What is proved is that an entry of that hash stands in the ledger, to who can look into it.
"""

from __future__ import annotations

from typing import Any, Final

from bartizan.consent.book import Book
from bartizan.consent.entries import Given, Opening, Recorded, Withdrawn
from bartizan.core.errors import NotFound

SCHEMA: Final = "ISO/IEC TS 27560:2023"


def receipt(opening: Opening, book: Book, acts: list[Recorded], hashes: list[str]) -> dict[str, Any]:
    """The receipt of one person's acts about one purpose, oldest first. Raises NotFound where there is none.

    `hashes` are those of the entries in the ledger.
    """
    given = [one.entry for one in acts if isinstance(one.entry, Given)]
    if not given:
        raise NotFound("they never agreed to this purpose: there is nothing to give a receipt of")
    newest = given[-1]
    purpose = book.purpose(newest.purpose)
    wording = book.wordings[newest.purpose][newest.wording]
    return {
        "schema_version": SCHEMA,
        "record_id": hashes[acts.index(next(one for one in acts if one.entry is newest))],
        "pii_principal_id": newest.person,
        "pii_processing": {
            "privacy_notice": {"version": wording.version, "text": wording.text, "digest": f"sha256:{wording.digest}"},
            "language": wording.language,
            "purposes": [
                {
                    "purpose": purpose.purpose,
                    "purpose_description": purpose.title,
                    "lawful_basis": purpose.basis,
                    "pii_information": [{"pii_type": kind} for kind in purpose.data],
                    "pii_controllers": ["controller"],
                    "collection_method": newest.how,
                    **({"retention_period": purpose.keep} if purpose.keep else {}),
                    **({"recipient_third_parties": list(purpose.recipients)} if purpose.recipients else {}),
                    "withdrawal_method": opening.contact,
                }
            ],
        },
        "party_identification": [
            {"party_id": "controller", "party_name": opening.controller, "party_role": "pii_controller",
             "party_contact": opening.contact}
        ],
        "event": [_event(one, digest) for one, digest in zip(acts, hashes, strict=True)],
    }  # fmt: skip


def _event(recorded: Recorded, digest: str) -> dict[str, Any]:
    act = recorded.entry
    assert isinstance(act, Given | Withdrawn)
    is_given = isinstance(act, Given)
    until = {"validity_duration": f"until {act.until}"} if isinstance(act, Given) and act.until else {}
    return {
        "event_time": act.at,
        **until,
        "entity_id": act.person,
        "event_type": "consent_given" if is_given else "consent_withdrawn",
        "event_state": "given" if is_given else "withdrawn",
        "event_method": act.how,
        "ledger_entry": recorded.number,
        "ledger_time": recorded.seen,
        "ledger_hash": digest,
    }

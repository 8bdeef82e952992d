"""Ledgers for tests."""

from __future__ import annotations

from pathlib import Path

from bartizan.consent.entries import Given, Objected, Opening, Purpose, Withdrawn
from bartizan.consent.ledger import Ledger, open_ledger, wording_of
from bartizan.consent.people import Pseudonyms

PEOPLE = Pseudonyms(b"k" * 32, "0123456789abcdef")
AT = "2026-11-20T10:00:00Z"
LATER = "2026-11-20T11:00:00Z"
LAST = "2026-11-20T12:00:00Z"
TODAY = "2026-11-24"
MIDNIGHT = "2026-11-24T00:00:00Z"


def ledger(folder: Path) -> Ledger:
    """A ledger with training (consent), offers (consent, kept 2 years) and fraud (legitimate interests)."""
    opening = Opening(controller="Harbor Bank", contact="privacy@harbor.example", key=PEOPLE.key, opened_at=AT)
    made = open_ledger(folder / "consent.db", opening)
    with made.recording("ann", AT) as batch:
        batch.add(Purpose(purpose="training", title="We train.", basis="consent", data=("loan",)))
        batch.add(Purpose(purpose="offers", title="We write.", basis="consent", data=("mail",), keep="2 years"))
        batch.add(
            Purpose(
                purpose="fraud",
                title="We look for fraud.",
                basis="legitimate_interests",
                data=("loan",),
                compatible_with=("training",),
                why="test of 2026-03-01",
            )
        )
        for name in ("training", "offers"):
            batch.add(wording_of(name, "1", "en", f"May we use your data for {name}?"))
    return made


def person(name: str) -> str:
    """A pseudonym as entries hold it."""
    return PEOPLE.of(name).hex()


def given(name: str, at: str = AT, *, purpose: str = "training", until: str = "") -> Given:
    """Somebody agrees."""
    return Given(person=person(name), purpose=purpose, wording="1", at=at, how="form", until=until)


def withdrawn(name: str, at: str = LATER, *, purpose: str = "training") -> Withdrawn:
    """Somebody takes it back."""
    return Withdrawn(person=person(name), purpose=purpose, at=at, how="form")


def objected(name: str, at: str = LATER) -> Objected:
    """Somebody objects."""
    return Objected(person=person(name), purpose="fraud", at=at, how="letter")


def record(book: Ledger, *acts: Given | Withdrawn | Objected, now: str = MIDNIGHT) -> list[int]:
    """Record acts together; gives their numbers."""
    with book.recording("ann", now) as batch:
        return [batch.add(act) for act in acts]


def agrees(book: Ledger, name: str, purpose: str = "training", today: str = TODAY) -> bool:
    """Whether somebody agrees."""
    return book.standing(PEOPLE.of(name), purpose).on(today) == "agreed"

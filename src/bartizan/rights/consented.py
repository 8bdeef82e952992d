"""What the ledger of consent knows of somebody: data sets and models that hold their data, and what they agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bartizan.consent.entries import OPPOSABLE, Objected
from bartizan.consent.ledger import Ledger
from bartizan.core.errors import BartizanError
from bartizan.rights.entries import Confirmed
from bartizan.rights.places import Places
from bartizan.rights.requests import Request
from bartizan.rights.steps import Step

LEDGER: Final = "ledger of consent"
_WHY: Final = "it shows what they agreed to, by pseudonym only (GDPR Art. 7(1), 17(3)(e))"


def concerned(places: Places, request: Request) -> Iterator[Step]:
    """A step for each data set and model of the ledger that holds somebody's data and is no place of its own."""
    if places.consent is None:
        return
    person = bytes.fromhex(request.opened.person)
    try:
        with Ledger(places.consent) as ledger:
            found = ledger.concerned(person, ledger.book.purposes)
            said = len(ledger.said_by(person))
    except BartizanError as error:
        yield Step(place=LEDGER, kind="ledger", doing="unknown", why=str(error))
        return
    names = {source.table for source in places.sources.values()} | set(places.sources)
    for data in found.data:
        if data.data not in names:
            yield _by_hand(request, data.data, "data set", f"{data.rows:,} rows, of them and others: make it anew")
    for model in found.models:
        if model.model not in places.models:
            yield _by_hand(request, model.model, "model", f"it learned from {', '.join(model.data)}: retrain it")
    if said:
        yield Step(place=LEDGER, kind="ledger", doing="keep", count=said, why=_WHY)


def object_to(places: Places, request: Request, *, at: str, by: str) -> bool:
    """Enter an objection in the ledger too; False where there is none, or the purpose rests on consent or a contract.

    Raises NotFound for a purpose that it does not know, InputError.
    """
    if places.consent is None:
        return False
    purpose = request.opened.purpose
    with Ledger(places.consent) as ledger:
        if ledger.book.purpose(purpose).basis not in OPPOSABLE:
            return False
        how = f"request {request.number}: {request.opened.how}"
        act = Objected(person=request.opened.person, purpose=purpose, at=at, how=how)
        with ledger.recording(by, at) as batch:
            batch.add(act)
    return True


def _by_hand(request: Request, place: str, kind: str, why: str) -> Step:
    newest = request.at(place)
    if newest is not None and isinstance(newest.entry, Confirmed):
        return Step(place=place, kind=kind, doing="confirmed", why=newest.entry.how)
    return Step(place=place, kind=kind, doing="by hand", why=why)

"""What people are told without asking: an occasion once, to each whom it concerns, by mail and by webhook.

`tell` looks at what is due and what is new, and puts messages into the outbox; a message bears the digest of its
occasion and of who gets it, so the same occasion is never put there twice. `workflows.delivery` sends what lies there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from bartizan.core.due import Due
from bartizan.core.errors import printable
from bartizan.core.kept import KeptRisk
from bartizan.core.moments import later
from bartizan.core.people import Role, User
from bartizan.register import decisions, outbox, people, portfolio, systems
from bartizan.register.outbox import Message
from bartizan.register.rows import Reader
from bartizan.register.settings import read
from bartizan.workflows.access import person_of
from bartizan.workflows.desk import Desk
from bartizan.workflows.reviews import due

_NEWS_S = 7 * 86_400
"""How long a risk that came above appetite is news."""
_TOLD = {"lapsed", "request", "acceptance", "treatment", "control", "risk", "evidence", "supplier", "event", "review"}
_WORDS = {
    "lapsed": "acceptance lapsed",
    "request": "approval needed",
    "acceptance": "acceptance ends",
    "treatment": "treatment due",
    "control": "control due",
    "risk": "risk to look at",
    "evidence": "evidence stale",
    "supplier": "supplier owes an answer",
    "event": "something happened",
    "review": "review due",
    "above": "risk above appetite",
}


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell, of one system."""

    system: str
    kind: str
    key: str
    """What makes it this occasion and no other."""
    what: str
    do: str
    role: Role = "viewer"
    """The least that one may do on the system to be told."""
    but: str = ""
    """Who is not told: who caused it."""


def tell(desk: Desk, within: int = 7) -> int:
    """Put what is new to somebody into the outbox; gives how many messages that were.

    What is due within so many days is told, to those who want messages and may see the system; that an acceptance waits
    for approval, to those who may approve it, but who asked.
    """
    with desk.register.read() as connection:
        found = tuple(occasions(desk, connection, within))
        names = {one.id: one.name for one in systems.systems(connection)}
        users = [one for one in people.users(connection) if one.notify and one.email and not one.disabled]
        has_webhook = bool(read(connection, "webhook"))
    messages = [*_mails(found, users, names), *(_posts(found, names) if has_webhook else ())]
    if not messages:
        return 0
    with desk.register.change("bartizan") as change:
        return outbox.add(change, messages)


def occasions(desk: Desk, connection: Reader, within: int) -> Iterator[Occasion]:
    """All that there is to tell now, told or not."""
    for one in due(desk, connection, within=within):
        if one.kind in _TOLD:
            yield _of_due(one, connection)
    for risk in _above(desk, connection):
        yield Occasion(
            system=risk.system,
            kind="above",
            key=f"R-{risk.number}/{risk.current_level}",
            what=f"R-{risk.number}, {printable(risk.name)} at {printable(risk.label)}, is above appetite and untreated",
            do="decide what to do about it",
        )


def _of_due(one: Due, connection: Reader) -> Occasion:
    return Occasion(
        system=one.system,
        kind=one.kind,
        key=f"{one.about}/{one.due}",
        what=one.what,
        do=one.do,
        role="approver" if one.kind == "request" else "viewer",
        but=decisions.decision(connection, one.system, _number(one)).requested_by if one.kind == "request" else "",
    )


def _number(one: Due) -> int:
    return int(one.about.removeprefix("D-"))


def _above(desk: Desk, connection: Reader) -> Iterator[KeptRisk]:
    """Open risks above appetite without a treatment that are new or changed lately."""
    since = later(desk.register.now(), -_NEWS_S)
    wanted = portfolio.RiskFilters(above_appetite=True, treatment="none", changed_since=since)
    place: portfolio.Place | None = None
    while True:
        found = portfolio.risks(connection, wanted, after=place, limit=portfolio.LARGEST_PAGE, count=False)
        yield from found.items
        place = found.next
        if place is None:
            return


def _mails(found: Iterable[Occasion], users: Iterable[User], names: dict[str, str]) -> Iterator[Message]:
    persons = [(user, person_of(user)) for user in users]
    for one in found:
        for user, person in persons:
            if user.id != one.but and person.may(one.role, one.system):
                yield _message("mail", user.id, one, names.get(one.system, one.system))


def _posts(found: Iterable[Occasion], names: dict[str, str]) -> Iterator[Message]:
    for one in found:
        yield _message("webhook", "", one, names.get(one.system, one.system))


def _message(channel: str, recipient: str, one: Occasion, name: str) -> Message:
    said = f"{channel}\0{recipient}\0{one.system}\0{one.kind}\0{one.key}"
    title = f"{_WORDS[one.kind]}: {printable(name, 100)}"
    body = {"system": one.system, "name": name, "kind": one.kind, "about": one.key, "what": one.what, "do": one.do}
    return Message(
        channel=channel,
        recipient=recipient,
        subject=printable(title, 190),
        body=msgspec.json.encode(body).decode(),
        key=hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest(),
    )

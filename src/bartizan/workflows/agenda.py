"""What waits for one person: requests that they may approve, messages to them, what a system needs."""

from __future__ import annotations

import msgspec

from bartizan.core.due import Due
from bartizan.core.kept import Event, KeptDecision, KeptSystem, Review
from bartizan.core.people import is_same_person
from bartizan.register import decisions, events, outbox, reviews, systems
from bartizan.register.outbox import Waiting
from bartizan.register.rows import Reader
from bartizan.register.settings import policy
from bartizan.workflows.access import Person
from bartizan.workflows.desk import Desk
from bartizan.workflows.reviews import WITHIN, due

_MESSAGES = 1000
"""Of so many of the newest messages those to one person are looked for."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An acceptance that waits for approval, and what is due about it."""

    decision: KeptDecision
    due: Due


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What is due of the systems that a person may see."""

    due: tuple[Due, ...]
    """Most urgent first, with the requests."""
    requests: tuple[Request, ...]
    """Those that this person may approve."""
    names: dict[str, str]
    """The names of the systems that they may see."""


def agenda(desk: Desk, person: Person, *, within: int = WITHIN, system: str = "") -> Agenda:
    """What is due within so many days, of one system where it is named. Whoever asks may see what they are given."""
    only = person.systems("viewer")
    if system:
        only = frozenset({system}) if only is None else only & {system}
    with desk.register.read() as connection:
        found = due(desk, connection, within=within, only=only)
        return Agenda(
            due=found,
            requests=tuple(_mine(connection, person, found)),
            names={one.id: one.name for one in systems.systems(connection) if only is None or one.id in only},
        )


def _mine(connection: Reader, person: Person, found: tuple[Due, ...]) -> list[Request]:
    """Requests that this person may approve: not their own, where four eyes are asked for."""
    eyes = policy(connection).four_eyes
    mine = []
    for one in found:
        if one.kind == "request" and person.may("approver", one.system):
            decision = decisions.decision(connection, one.system, int(one.about.removeprefix("D-")))
            if not eyes or not is_same_person(decision.requested_by, person.id):
                mine.append(Request(decision=decision, due=one))
    return mine


def messages(desk: Desk, person: Person, limit: int = 20) -> tuple[Waiting, ...]:
    """The newest messages that were put out for a person, sent or not."""
    with desk.register.read() as connection:
        found = outbox.messages(connection, limit=_MESSAGES)
    return tuple(one for one in found if one.recipient == person.id)[:limit]


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at of one system, and what nobody has looked at yet."""

    system: KeptSystem
    reviews: tuple[Review, ...]
    events: tuple[Event, ...]


def looked(desk: Desk, name: str) -> Looked:
    """The reviews of a system and what happened since somebody looked. Raises NotFound."""
    with desk.register.read() as connection:
        return Looked(
            system=systems.system(connection, name),
            reviews=reviews.reviews(connection, name),
            events=events.events(connection, name, unseen=True),
        )

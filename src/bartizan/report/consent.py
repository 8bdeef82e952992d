"""A ledger of consent, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from bartizan.consent.entries import ACTS, Given, Objected, Purpose, Recorded, Withdrawn
from bartizan.consent.ledger import Concerned, Ledger
from bartizan.consent.standing import Situation, Standing
from bartizan.consent.verifying import Outcome
from bartizan.core.dates import in_words
from bartizan.core.errors import printable
from bartizan.core.moments import moment_in_words

_DID: Final = {Given: "agreed to", Withdrawn: "withdrew from", Objected: "objected to"}


def standing_in_words(standing: Standing, today: str) -> str:
    """How somebody stands to a purpose on a day."""
    situation: Situation = standing.on(today)
    if situation == "agreed":
        return "agrees" + (f" until {in_words(standing.until)}" if standing.until else "")
    if situation == "expired":
        return f"agreed until {in_words(standing.until)}, which is over"
    if situation == "withdrawn":
        return f"withdrew, {moment_in_words(standing.withdrawn_at)}"
    if situation == "objected":
        return f"objected, {moment_in_words(standing.objected_at)}"
    return "said nothing"


def ledger_lines(ledger: Ledger) -> Iterator[str]:
    """Whose it is, the purposes with their words, the data sets and models that were made, and the newest hash."""
    opening, book, (entries, head) = ledger.opening, ledger.book, ledger.head()
    yield f"{printable(str(ledger.path))}: {printable(opening.controller)}, {printable(opening.contact)}"
    yield f"  opened {moment_in_words(opening.opened_at)}; {entries:,} entries; key {opening.key}"
    for purpose in book.purposes.values():
        yield f"  {purpose.purpose}: {printable(purpose.title, 200)}"
        yield f"    {_terms(purpose)}"
        for words in book.wordings.get(purpose.purpose, {}).values():
            yield f"    words {printable(words.version, 40)} ({words.language}): {printable(words.text, 200)}"
    for _, made in book.data.values():
        size = f"{made.rows:,} rows of {made.people:,} people"
        yield f"  data set {printable(made.data, 100)}: {size}, for {names(made.purposes)}"
    for model in book.models.values():
        yield f"  model {printable(model.model, 100)}: learned from {names(model.data)}"
    yield f"  newest hash {head}: note it elsewhere, and nobody takes the last entries out unseen"


def _terms(purpose: Purpose) -> str:
    parts = [f"basis: {purpose.basis}", f"data: {names(purpose.data)}"]
    parts += [f"kept {purpose.keep}"] if purpose.keep else []
    parts += [f"goes to {names(purpose.recipients)}"] if purpose.recipients else []
    parts += [f"compatible with {names(purpose.compatible_with)}"] if purpose.compatible_with else []
    return "; ".join(parts)


def ledger_document(ledger: Ledger) -> str:
    """The same as JSON."""
    number, head = ledger.head()
    book = ledger.book
    made = {
        "bartizan_consent": 1,
        "opening": ledger.opening,
        "entries": number,
        "head": head,
        "purposes": [
            {**_plain(one), "wordings": [*book.wordings.get(name, {}).values()]} for name, one in book.purposes.items()
        ],
        "data": [released for _, released in book.data.values()],
        "models": list(book.models.values()),
    }
    return json_text(made)


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def person_document(person: bytes, said: list[Recorded], standings: Mapping[str, Standing], today: str) -> str:
    """All that one person said, and what it comes to, as JSON."""
    stands = {name: {"situation": one.on(today), **_plain(one)} for name, one in standings.items()}
    return json_text({"bartizan_consent_person": 1, "person": person.hex(), "purposes": stands, "entries": said})


def person_lines(person: bytes, said: list[Recorded], standings: Mapping[str, Standing], today: str) -> Iterator[str]:
    """How one person stands to each purpose, and what they did."""
    yield f"{person.hex()} on {in_words(today)}"
    for purpose, standing in standings.items():
        yield f"  {purpose}: {standing_in_words(standing, today)}"
    for one in said:
        act = one.entry
        assert isinstance(act, ACTS)
        words = f", in words {printable(act.wording, 40)}" if isinstance(act, Given) else ""
        who = f"{printable(act.how, 60)}; by {printable(one.by, 60)}"
        yield f"  {one.number:>6}  {moment_in_words(act.at)}  {_DID[type(act)]} {act.purpose}{words} ({who})"


def concerned_lines(found: Concerned) -> Iterator[str]:
    """What was made with somebody's data, and has to go on without it."""
    if not found.data:
        yield "  no data set of this ledger holds their data for this"
        return
    yield "  their data is still in these: make them anew without it, and retrain what learned from them"
    for one in found.data:
        use = f"{one.rows:,} rows, for {names(one.purposes)}"
        yield f"    data set {printable(one.data, 100)}: {use}, sha256 {one.digest}"
    for model in found.models:
        digest = f", sha256 {model.digest}" if model.digest else ""
        yield f"    model {printable(model.model, 100)}: learned from {names(model.data)}{digest}"


def outcome_lines(path: Path, one: Outcome) -> Iterator[str]:
    """That a ledger is sound."""
    yield f"{printable(str(path))}: sound, {one.entries:,} entries"
    yield f"  newest hash {one.head}: note it elsewhere, and nobody takes the last entries out unseen"
    if one.backwards:
        first = ", ".join(str(number) for number in one.backwards)
        yield f"  a clock went back before entry {first}: withdrawals count all the same"


def json_text(value: Any) -> str:
    """A value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def names(words: Iterable[str]) -> str:
    """Names of people's own, in one line that shows as it is."""
    return printable(", ".join(words), 200)

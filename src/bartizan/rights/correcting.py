"""Wrong data is put right at its source, and what was made from it is told: it is made anew by who made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from bartizan.core.errors import BartizanError, InputError, Problem, nearest
from bartizan.rights.book import Book
from bartizan.rights.entries import Begun, Changed, Confirmed, Failed
from bartizan.rights.places import Places
from bartizan.rights.requests import Request
from bartizan.rights.sources.reaching import Known, reached, with_columns
from bartizan.rights.steps import Step


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A new value for a column of somebody's rows in one source."""

    source: str
    column: str
    value: str
    """Empty: no value."""

    @property
    def place(self) -> str:
        """What the log calls it; it does not hold the value."""
        return f"{self.source}.{self.column}"


def changes_of(texts: Iterable[str], places: Places) -> tuple[Change, ...]:
    """Changes as people write them: SOURCE.COLUMN=VALUE. Raises InputError with all that are wrong."""
    made, problems = [], []
    for text in texts:
        place, sign, value = text.partition("=")
        source, dot, column = place.partition(".")
        if not (sign and dot and column):
            problems.append(Problem(file="--set", finding=f"'{place}' is no change", fix="write SOURCE.COLUMN=VALUE"))
        elif source not in places.sources:
            fix = nearest(source, places.sources)
            problems.append(Problem(file="--set", finding=f"there is no source '{source}'", fix=fix))
        elif column in (places.sources[source].column, *places.sources[source].gives.values()):
            fix = "correct it by hand, where all that refers to it can follow"
            problems.append(Problem(file="--set", finding=f"people are found by '{place}'", fix=fix))
        else:
            made.append(Change(source=source, column=column, value=value))
    if problems:
        raise InputError(problems)
    return tuple(made)


def planned(places: Places, request: Request, known: Known, changes: tuple[Change, ...]) -> Iterator[Step]:
    """A step for each change, and for each source and model that was made from a changed one and holds the person."""
    for change in changes:
        yield _step(places, known, change)
    sources = {change.source for change in changes} | set(begun(request))
    derived = {name for source in sources for name in places.made_from(source)} - {change.source for change in changes}
    for name in (*(one for one in places.sources if one in derived), *places.models_of(sources | derived)):
        newest = request.at(name)
        kind = "model" if name in places.models else places.sources[name].kind
        if newest is not None and isinstance(newest.entry, Confirmed):
            yield Step(place=name, kind=kind, doing="confirmed", why=newest.entry.how)
        elif kind == "model" or _holds(places, known, name):
            why = f"it was made from {', '.join(sorted(sources | derived - {name}))}: make it anew"
            yield Step(place=name, kind=kind, doing="by hand", why=why)


def begun(request: Request) -> tuple[str, ...]:
    """The sources that were corrected for a request before."""
    return tuple(
        {one.entry.place.partition(".")[0]: None for one in request.entries if isinstance(one.entry, Begun | Changed)}
    )


def _holds(places: Places, known: Known, name: str) -> bool:
    """Whether somebody is in a source, or nobody can tell."""
    try:
        return known.is_hidden(places, name) or reached(places, name).count(known.identifiers) > 0
    except BartizanError:
        return True


def _step(places: Places, known: Known, change: Change) -> Step:
    kind = places.sources[change.source].kind
    missing = known.missing(places, change.source)
    try:
        rows = () if missing else tuple(reached(places, change.source).rows(known.identifiers))
        if rows and change.column not in rows[0]:
            finding = f"there is no column '{change.column}'"
            raise InputError([Problem(file=change.source, finding=finding, fix=nearest(change.column, rows[0]))])
        with_columns(places, change.source)
    except BartizanError as error:
        return Step(place=change.place, kind=kind, doing="unknown", why=str(error))
    if missing:
        return Step(place=change.place, kind=kind, doing="not asked", why=missing)
    wrong = sum(not _is(row[change.column], change.value) for row in rows)
    return Step(place=change.place, kind=kind, doing="correct" if wrong else "nothing", count=wrong)


def correct(
    places: Places,
    number: int,
    known: Known,
    changes: tuple[Change, ...],
    book: Book,
    tell: Callable[[str], None],
) -> None:
    """Make the changes, each source in one go, and look at them again. Raises Conflict where nobody made sure who asks.

    What fails is noted, and the rest is done.
    """
    by_place = {step.place: step for step in planned(places, book.requests.of(number), known, changes)}
    for change in changes:
        step = by_place[change.place]
        if step.doing == "unknown":
            book.add(Failed(request=number, place=change.place, why=known.without_names(step.why)))
            tell(f"FAILED   {change.place}: {step.why}")
        if step.doing != "correct":
            continue
        book.add(Begun(request=number, place=change.place, count=step.count or 0))
        try:
            with_columns(places, change.source).correct({change.column: change.value}, known.identifiers)
            after = _step(places, known, change)
        except (BartizanError, OSError) as error:
            book.add(Failed(request=number, place=change.place, why=known.without_names(str(error))))
            tell(f"FAILED   {change.place}: {error}")
            continue
        left = after.count or 0
        book.add(
            Changed(
                request=number,
                place=change.place,
                count=step.count or 0,
                left=left,
                note=known.without_names(after.why),
            )
        )
        rows = f"{step.count:,} row{'' if step.count == 1 else 's'}"
        tell(f"{'FAILED  ' if left else 'corrected'} {change.place}: {rows}")


def _is(found: object, wanted: str) -> bool:
    """Whether a value is the one that was written: 42000.0 is 42000, and no value is an empty text."""
    if found is None or wanted == "":
        return (found is None or found == "") and wanted == ""
    if str(found) == wanted:
        return True
    try:
        return isinstance(found, bool | int | float | str) and float(found) == float(wanted)
    except ValueError:
        return isinstance(found, bool) and str(found).lower() == wanted.lower()

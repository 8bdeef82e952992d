"""Somebody's data goes: one place after another, noted before and after, looked at again behind each.

What failed, or was cut off, is done by the next run of the same request; what was done is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable

from bartizan.core.errors import BartizanError
from bartizan.rights.book import Book
from bartizan.rights.entries import Begun, Changed, Failed, Kept
from bartizan.rights.places import Places
from bartizan.rights.shards.again import trained_again
from bartizan.rights.sources.place import RowsDepend
from bartizan.rights.sources.reaching import Known, reached
from bartizan.rights.steps import Step, planned


class Erasure:
    """One run of a request. `tell` gets a line for each step."""

    def __init__(self, places: Places, number: int, known: Known, book: Book, tell: Callable[[str], None]) -> None:
        self._places = places
        self._number = number
        self._known = known
        self._book = book
        self._tell = tell
        self._failed: set[str] = set()
        self._later: dict[str, str] = {}
        """Places that others depend on -> what was said when they were tried."""

    def run(self, day: str) -> None:
        """Do what is planned, as far as it can be done. Raises Conflict where nobody made sure who asks.

        What fails is noted, and the rest is done, but for what is needed to find people where it failed.
        """
        for step in planned(self._places, self._book.requests.of(self._number), self._known, day):
            if step.kind != "model":
                self._at_source(step)
        self._try_again()
        for step in planned(self._places, self._book.requests.of(self._number), self._known, day):
            if step.doing == "retrain":
                self._retrain(step.place, step.count or 0)

    def _at_source(self, step: Step) -> None:
        name = step.place
        if step.doing == "unknown":
            self._note_failure(name, step.why)
        elif step.doing == "keep":
            self._keep(step)
        elif step.doing in ("erase", "blank", "wait"):
            needed = sorted(self._failed.intersection(self._places.found_through(name)))
            if needed:
                self._failed.add(name)
                self._tell(f"waits    {name}: {', '.join(needed)} failed, and needs what stands here")
            else:
                self._empty(name)

    def _try_again(self) -> None:
        """Places that others depended on, as long as one of them can be emptied."""
        while self._later:
            tried, self._later = self._later, {}
            for name in tried:
                self._empty(name)
            if len(self._later) == len(tried):
                break
        for name, why in self._later.items():
            self._note_failure(name, why)

    def _keep(self, step: Step) -> None:
        keep = self._places.sources[step.place].keep
        assert keep is not None
        entry = Kept(request=self._number, place=step.place, count=step.count or 0, why=keep.why, until=keep.until)
        newest = self._book.requests.of(self._number).at(step.place)
        if newest is None or newest.entry != entry:
            self._book.add(entry)

    def _empty(self, name: str) -> None:
        try:
            place = reached(self._places, name)
            count = place.count(self._known.identifiers)
            self._book.add(Begun(request=self._number, place=name, count=count))
            place.erase(self._known.identifiers)
            left = place.count(self._known.identifiers)
        except RowsDepend as error:
            self._later[name] = str(error)
            return
        except (BartizanError, OSError) as error:
            self._note_failure(name, str(error))
            return
        if left:
            self._note_failure(name, f"{left} of {count} are still found")
            return
        self._book.add(Changed(request=self._number, place=name, count=count, left=0))
        self._tell(f"erased   {name}: {count:,}")

    def _retrain(self, name: str, count: int) -> None:
        model = self._places.models[name]
        needed = sorted(self._failed.intersection(model.learned_from))
        if needed:
            self._tell(f"waits    {name}: {', '.join(needed)} must go first, from which it learned")
            return
        self._book.add(Begun(request=self._number, place=name, count=count))
        people = self._known.identifiers[self._places.person]
        try:
            note = trained_again(
                model, self._places.folder, people, lambda line: self._tell(f"training {name}: {line}")
            )
        except BartizanError as error:
            self._note_failure(name, str(error))
            return
        self._book.add(Changed(request=self._number, place=name, count=count, left=0, note=note))
        self._tell(f"trained  {name}: {note}")

    def _note_failure(self, name: str, why: str) -> None:
        self._failed.add(name)
        self._book.add(Failed(request=self._number, place=name, why=self._known.without_names(why)))
        self._tell(f"FAILED   {name}: {why}")

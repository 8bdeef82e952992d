"""A model in shards: trained, trained anew for one shard, and asked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.rights.shards.keeping import Keeping
from bartizan.rights.shards.record import Record, Shard, hashed_by, read_record, shard_in, shard_of, write_record
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Card, Labels, Predictor, Scores, Unsuitable
from bartizan.targets.recipe import Recipe

COUNT: Final = 20
"""Shards, where nothing else is said."""


class Sharded(Predictor):
    """The models of all shards: their scores are averaged (Bourtoule et al. 2021, section IV-C)."""

    def __init__(self, members: Sequence[Predictor | None], salt: str, name: str) -> None:
        known = [member for member in members if member is not None]
        card = known[0].card
        self.members = tuple(members)
        """The model of each shard; None where it learned from nobody."""
        self._salt = salt
        self._known = known
        digest = hashlib.sha256(" ".join(member.card.digest for member in known).encode()).hexdigest()
        self._card = Card(
            name=f"{name}, {len(members)} shards",
            classes=card.classes,
            domain=card.domain,
            capabilities=frozenset({"labels", "scores"}),
            digest=digest,
        )

    @property
    def card(self) -> Card:
        """Labels and scores."""
        return self._card

    def scores(self, x: Inputs) -> Scores:
        """The mean over the shards, shape (n, classes)."""
        return np.asarray(np.mean([member.scores(x) for member in self._known], axis=0))

    def labels(self, x: Inputs) -> Labels:
        """The class of the highest mean score."""
        return np.asarray(self.scores(x).argmax(axis=1), np.int64)

    def scores_of_their_own(self, x: Inputs, people: Sequence[str]) -> Scores:
        """The scores of the shard in which each row's person is or would be, shape (n, classes).

        That shard alone can remember a row, so membership is tested on it; zeros where it learned from nobody.
        """
        found = np.zeros((len(x), self._card.classes))
        shards = np.array([shard_of(person, self._salt, len(self.members)) for person in people])
        for at, member in enumerate(self.members):
            rows = np.flatnonzero(shards == at)
            if member is not None and len(rows):
                found[rows] = member.scores(x[rows])
        return found


class Sharding(msgspec.Struct, frozen=True, kw_only=True):
    """How a model in shards is made, and the folder that it is kept in."""

    folder: Path
    recipe: Recipe
    keeping: Keeping

    def train(
        self,
        data: Dataset,
        people: Sequence[str],
        *,
        count: int = COUNT,
        seed: int = 0,
        salt: str = "",
        tell: Callable[[int], None] = lambda _: None,
    ) -> Record:
        """Train all shards; `people` (n,) says whose each row is. `tell` gets the number of each shard that is done.

        `salt`, 32 hexadecimal digits, decides who is in which shard; without one it is drawn.
        What was in the folder stays until all shards are trained. Raises InputError.
        """
        if len(people) != len(data):
            raise _refused(self.folder, f"{len(data):,} rows, but {len(people):,} people", "name one for each row")
        if count < 1:
            raise _refused(self.folder, f"{count} shards", "one or more")
        salt = salt or secrets.token_hex(16)
        named = _named(people, salt)
        shards = []
        for at in range(count):
            shards.append(self._trained(at, count, data, named, seed))
            tell(at)
        return self._kept(Record(salt=salt, seed=seed, shards=tuple(shards)))

    def retrain(self, shard: int, data: Dataset, people: Sequence[str]) -> Record:
        """Train one shard anew on what the data hold of its people now. Raises InputError.

        The old model goes: it remembers.
        """
        record = read_record(self.folder)
        if not 0 <= shard < record.count or len(people) != len(data):
            raise _refused(self.folder, f"there is no shard {shard} for {len(people):,} of {len(data):,} rows", "")
        made = self._trained(shard, record.count, data, _named(people, record.salt), record.seed)
        shards = (*record.shards[:shard], made, *record.shards[shard + 1 :])
        return self._kept(msgspec.structs.replace(record, shards=shards))

    def open(self) -> Sharded:
        """The model, to be asked. Raises InputError."""
        record = read_record(self.folder)
        members = [
            self.keeping.opened(self.folder / shard.file, shard.digest) if shard.file else None
            for shard in record.shards
        ]
        if not any(members):
            raise _refused(self.folder, "no shard learned from anybody", "train it on people's rows")
        return Sharded(members, record.salt, self.recipe.name)

    def _trained(self, at: int, count: int, data: Dataset, named: Sequence[bytes], seed: int) -> Shard:
        rows = [row for row, name in enumerate(named) if shard_in(name, count) == at]
        mine = data.take(np.array(rows, np.int64))
        people = tuple(sorted({named[row].hex() for row in rows}))
        if not len(mine):
            return Shard(file="", digest="", rows=0, learned=mine.digest, people=())
        try:
            raw = self.keeping.written(self.recipe.fit(mine, seed + at))
        except Unsuitable as error:
            raise _refused(self.folder, f"shard {at}: {error}", "train it in fewer shards") from None
        digest = hashlib.sha256(raw).hexdigest()
        file = f"shard-{at:03}-{digest[:12]}{self.keeping.ending}"
        write_atomic(self.folder / file, raw)
        return Shard(file=file, digest=digest, rows=len(mine), learned=mine.digest, people=people)

    def _kept(self, record: Record) -> Record:
        """Write the record, and remove the models that are not in it."""
        write_record(self.folder, record)
        known = {shard.file for shard in record.shards}
        for path in self.folder.glob("shard-*"):
            if path.name not in known:
                path.unlink()
        return record


def _named(people: Sequence[str], salt: str) -> list[bytes]:
    """What the record names the person of each row by."""
    hashed = hashed_by(salt)
    return [hashed(person) for person in people]


def _refused(folder: Path, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=str(folder), finding=finding, fix=fix)])

"""PyRIT: its database (SQLite), and JSON of attack results or of message pieces with scores.

Written from PyRIT 1.1.0 (`memory/memory_models.py`), which has no export of its own any more. A row of
`AttackResultEntries` is one trial: outcome `success` is a hit, `failure` is none, `error` and `undetermined` are no
finding. PyRIT keeps several rows of one conversation and shows the newest; so does this. The envelope of a
`SequentialAttack` is left out, since its children are rows of their own. A database without attack results is read by
its scores, of which only `true_false` says yes or no by itself.

Which threat it was is asked in this order: the scorer (what it looked for), the categories of harm, the technique.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from bartizan.register.intake.mapping import Names
from bartizan.register.intake.reading import MAX_GROUPS, Results, day_of, last_day
from bartizan.register.intake.values import Counted, Found, Name, counts_of, tidy

_MOST_PARTS = 30
_SEQUENCE = "SequentialAttack"


class Identifier(msgspec.Struct):
    """A component as PyRIT writes it down: 1.x with `class_name` and `children`, 0.x with `__type__`."""

    class_name: str | None = None
    old_name: str | None = msgspec.field(default=None, name="__type__")
    model_name: str | None = None
    endpoint: str | None = None
    children: dict[str, Identifier | list[Identifier] | None] | None = None

    @property
    def name(self) -> str:
        """The name of its class."""
        return tidy(self.class_name or self.old_name or "")

    def child(self, *path: str) -> Identifier | None:
        """The component at the end of a path of children; None where there is none."""
        at: Identifier | None = self
        for word in path:
            found = (at.children or {}).get(word) if at is not None else None
            at = found if isinstance(found, Identifier) else None
        return at

    def names(self, depth: int = 5) -> Iterator[str]:
        """Its name, then those of the components in it."""
        if self.name:
            yield self.name
        for inner in (self.children or {}).values() if depth else ():
            for part in inner if isinstance(inner, list) else [inner]:
                if part is not None:
                    yield from part.names(depth - 1)


class Score(msgspec.Struct):
    """A judgement of one answer."""

    score_value: str | bool | float | None = None
    score_type: str | None = None
    score_category: list[str] | str | None = None
    scorer_class_identifier: Identifier | None = None
    timestamp: str | None = None
    status: str | None = None
    pyrit_version: str | None = None

    @property
    def categories(self) -> list[str]:
        """The categories of harm that it is about."""
        given = self.score_category
        return [given] if isinstance(given, str) else list(given or ())


class Attack(msgspec.Struct):
    """One attack and how it ended."""

    outcome: str
    conversation_id: str | None = None
    atomic_attack_identifier: Identifier | None = None
    attack_identifier: Identifier | None = None
    targeted_harm_categories: list[str] | None = None
    last_score: Score | None = None
    timestamp: str | None = None
    pyrit_version: str | None = None
    target: Identifier | None = None

    @property
    def identifier(self) -> Identifier:
        """The attack itself, wherever this version of PyRIT put it."""
        whole = self.atomic_attack_identifier or self.attack_identifier or Identifier()
        return whole.child("attack_technique", "attack") or whole.child("attack") or whole

    @property
    def technique(self) -> str:
        """The name of the class that attacked."""
        return self.identifier.name


class _Piece(msgspec.Struct):
    """A message of an old export."""

    role: str
    scores: list[Score] | None = None
    prompt_target_identifier: Identifier | None = None


class _Shape(msgspec.Struct):
    """What tells an attack result from a message."""

    outcome: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Sums:
    """Hits and trials by what was done; the one place where PyRIT's rows are added up."""

    def __init__(self, results: Results, names: Names) -> None:
        self._results = results
        self._names = names
        self._groups: dict[tuple[tuple[Name, ...], tuple[Name, ...], str, str], list[int]] = {}
        self._skips: dict[tuple[str, str], int] = {}
        self._versions: set[str] = set()

    def skip(self, name: str, why: str) -> None:
        """Count one entry that is no finding."""
        key = (name or "unnamed", why)
        self._skips[key] = self._skips.get(key, 0) + 1
        self._limit()

    def attack(self, one: Attack) -> None:
        """Count one attack result."""
        technique = one.technique
        if technique == _SEQUENCE:
            self.skip(technique, "envelopes of a sequence, whose attacks are counted one by one")
        elif one.outcome in {"success", "failure"}:
            target = one.target or one.identifier.child("objective_target")
            self._add(_names_of(one), _technique(technique), one.outcome == "success", one.timestamp, target)
        else:
            self.skip(technique or "attack", f"attacks that ended as {tidy(one.outcome, 20)}")
        self._version(one.pyrit_version)

    def score(self, one: Score, target: Identifier | None = None) -> None:
        """Count one score of an answer that belongs to no attack result."""
        scorers = _parts(one.scorer_class_identifier)
        said = str(one.score_value).casefold()
        if one.score_type != "true_false":
            self.skip(scorers[0] if scorers else "score", "scores on a scale, which say neither yes nor no")
        elif said not in {"true", "false"} or one.status == "undetermined":
            self.skip(scorers[0] if scorers else "score", "scores that were not determined")
        else:
            entry = self._names.find(Name("scorer", scorers[0])) if scorers else None
            resisted = entry is not None and entry.means == "resisted"
            names = (*(Name("scorer", s) for s in scorers), *(Name("category", tidy(c)) for c in one.categories))
            self._add(names[:_MOST_PARTS], (), (said == "true") != resisted, one.timestamp, target)
        self._version(one.pyrit_version)

    def _version(self, version: str | None) -> None:
        if version and len(self._versions) < 10:
            self._versions.add(tidy(version, 20))

    def _add(
        self, names: tuple[Name, ...], ways: tuple[Name, ...], hit: bool, at: str | None, target: Identifier | None
    ) -> None:
        where = tidy(target.model_name or target.endpoint or target.name) if target else ""
        counts = self._groups.setdefault((names or ways, ways, day_of(at), where), [0, 0])
        counts[0] += hit
        counts[1] += 1
        self._limit()

    def _limit(self) -> None:
        if len(self._groups) + len(self._skips) > MAX_GROUPS:
            raise self._results.refuse(f"more than {MAX_GROUPS:,} techniques, categories, targets and days")

    def found(self) -> Found:
        """Everything that was counted."""
        self._results.check()
        targets = {target for _, _, _, target in self._groups if target}
        return Found(
            tool="PyRIT",
            version=" ".join(sorted(self._versions)),
            held_on=last_day([day for _, _, day, _ in self._groups]),
            target=targets.pop() if len(targets) == 1 else "",
            counted=tuple(_counted(*key, *counts) for key, counts in self._groups.items()),
            skipped=counts_of(self._skips),
        )


def _parts(scorer: Identifier | None) -> list[str]:
    """The names of a scorer and of the scorers in it, the outermost first."""
    return list(islice(scorer.names(), _MOST_PARTS)) if scorer else []


def _technique(name: str) -> tuple[Name, ...]:
    return (Name("technique", name),) if name else ()


def _names_of(one: Attack) -> tuple[Name, ...]:
    score = one.last_score
    scorer = (score.scorer_class_identifier if score else None) or one.identifier.child("objective_scorer")
    categories = [*(one.targeted_harm_categories or ()), *(score.categories if score else ())]
    named = [
        *(Name("scorer", name) for name in _parts(scorer)),
        *(Name("category", tidy(category)) for category in categories),
        *_technique(one.technique),
    ]
    return tuple(dict.fromkeys(named))[:_MOST_PARTS]


def _counted(names: tuple[Name, ...], ways: tuple[Name, ...], day: str, target: str, hits: int, trials: int) -> Counted:
    technique = ways[0].name if ways else ""
    about = ", ".join(name.name for name in names if name.of == "category")
    scorer = next((name.name for name in names if name.of == "scorer"), "")
    parts = (technique or "scored answers", about and f"on {about}", scorer and f"judged by {scorer}")
    return Counted(
        what=tidy("PyRIT " + ", ".join(filter(None, parts)), 200),
        called=technique or scorer or about,
        names=names,
        ways=ways,
        hits=hits,
        trials=trials,
        entries=trials,
        held_on=day,
        target=target,
    )


def read_json(results: Results, names: Names) -> Found:
    """What a JSON list of attack results, or of message pieces with scores, says. Raises InputError."""
    items = results.decode(results.document(), list[msgspec.Raw])
    results.check()
    sums = Sums(results, names)
    for i, raw in enumerate(items or (), 1):
        shape = results.decode(raw, _Shape, place=f"entry {i}")
        if shape is None:
            continue
        if shape.outcome is not msgspec.UNSET:
            attack = results.decode(raw, Attack, place=f"entry {i}")
            if attack is not None:
                sums.attack(attack)
        else:
            _piece(raw, i, sums, results)
    return sums.found()


def _piece(raw: msgspec.Raw, i: int, sums: Sums, results: Results) -> None:
    piece = results.decode(raw, _Piece, place=f"entry {i}")
    for score in (piece.scores or ()) if piece else ():
        sums.score(score, piece.prompt_target_identifier if piece else None)


def newest_first(attacks: Iterable[tuple[Attack, str]], sums: Sums) -> None:
    """Count attacks that come newest first, the newest of each conversation only."""
    seen: set[str] = set()
    for attack, conversation in attacks:
        if conversation and conversation in seen:
            sums.skip(attack.technique or "attack", "earlier results of a conversation that has a later one")
        else:
            seen.add(conversation)
            sums.attack(attack)

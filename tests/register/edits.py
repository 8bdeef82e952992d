"""Random edits of a description by somebody who knows which component is truly which, whatever it is called."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import msgspec

KINDS: Final = ("model", "data", "tool", "actor")
_FIELDS: Final[dict[str, dict[str, tuple[Any, ...]]]] = {
    "model": {
        "type": ("generative", "predictive", "unknown"),
        "trained_by": ("us", "supplier", "unknown"),
        "run_by": ("us", "supplier", "unknown"),
        "input_sensitive": (True, False, "unknown"),
        "output_can_harm": (True, False, "unknown"),
    },
    "data": {"source": ("us", "users", "public"), "personal": (True, "unknown"), "written_directly": (True, False)},
    "tool": {"effects": (["send"], ["read", "write"]), "needs_approval": (True, False, "unknown")},
    "actor": {"trusted": (True, False), "crowd": ("few", "public", "unknown")},
}
_LINKS: Final = {"model": (("reads", "data"), ("tools", "tool")), "actor": (("uses", "model"),)}


class Part(msgspec.Struct, kw_only=True):
    """A component: who it truly is, and what it is called and said to be."""

    true: int
    id: str
    kind: str
    fields: dict[str, Any] = {}
    links: dict[str, list[int]] = {}
    renamed_from: list[str] = []


class Editor:
    """Edits a description step by step, and remembers who every component truly is."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.edition = 2026
        self.parts: list[Part] = []
        self.dead: list[Part] = []
        self.bearer: dict[str, int] = {}
        """Who bears a name, or bore it last where nobody took it since."""
        self.same: dict[int, int] = {}
        """Whom somebody was merged into."""
        self.freed: list[str] = []
        """Names that components had before they were renamed."""
        self._count = 0
        for kind in (*KINDS, "data"):
            self._add(kind)

    # the edits, each with whether it leaves everything as it was but for names

    EDITS: Final = (
        ("add", 3),
        ("remove", 3),
        ("come_back", 3),
        ("rename", 5),
        ("rename_to_a_dead_name", 2),
        ("take_a_freed_name", 3),
        ("reorder", 2),
        ("answer", 4),
        ("change_edition", 1),
        ("nothing", 1),
        ("merge", 2),
        ("rename_back", 2),
    )
    NAMES_ONLY: Final = frozenset({"rename", "rename_to_a_dead_name", "reorder", "nothing", "rename_back"})

    def edit(self) -> str:
        """One edit at random; what it was."""
        word = self.random.choices([e for e, _ in self.EDITS], [w for _, w in self.EDITS])[0]
        getattr(self, f"_{word}")()
        used = {part.id for part in self.parts}
        for part in self.parts:
            part.renamed_from = [old for old in dict.fromkeys(part.renamed_from) if old not in used]
        return word

    def true(self, place: str) -> int | None:
        """Who bears a name now, alive; None where nobody does."""
        owner = place.partition(".")[0]
        part = next((p for p in self.parts if p.id == owner), None)
        return self.final(part.true) if part else None

    def final(self, true: int) -> int:
        """Who somebody is after all merging."""
        while true in self.same:
            true = self.same[true]
        return true

    @property
    def text(self) -> str:
        """The description as it is handed in."""
        names = {part.true: part.id for part in self.parts}
        return json.dumps(
            {
                "schema": 1,
                "name": "Edited again and again",
                "edition": self.edition,
                "components": [self._component(part, names) for part in self.parts],
            },
            indent=1,
        )

    def _component(self, part: Part, names: dict[int, str]) -> dict[str, Any]:
        links = {
            field: [names[n] for n in dict.fromkeys(map(self.final, to)) if n in names]
            for field, to in part.links.items()
        }
        made: dict[str, Any] = {"id": part.id, "kind": part.kind, **part.fields, **links}
        if part.kind == "data":
            made.setdefault("role", "retrieval")
        if part.renamed_from:
            made["renamed_from"] = part.renamed_from
        return made

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def _add(self, kind: str = "", name: str = "") -> None:
        kind = kind or self.random.choice(KINDS)
        fields = {f: self.random.choice(v) for f, v in _FIELDS[kind].items() if self.random.random() < 0.7}
        links = {
            field: [p.true for p in self.parts if p.kind == wanted and self.random.random() < 0.6]
            for field, wanted in _LINKS.get(kind, ())
        }
        self._count += 1
        chosen = name or self._fresh(kind)
        self.bearer[chosen] = self._count
        self.parts.append(Part(true=self._count, id=chosen, kind=kind, fields=fields, links=links))

    def _remove(self) -> None:
        if len(self.parts) > 3:
            part = self.parts.pop(self.random.randrange(len(self.parts)))
            self.dead.append(part)

    def _come_back(self) -> None:
        able = [p for p in self.dead if self.bearer.get(p.id) == p.true and p.true not in self.same]
        if able and len(self.parts) < 8:
            part = self.random.choice(able)
            self.dead.remove(part)
            self.parts.append(part)

    def _rename(self, to: str = "") -> None:
        part = self.random.choice(self.parts)
        self._call(part, to or self._fresh(part.kind))

    def _call(self, part: Part, name: str) -> None:
        part.renamed_from = [*part.renamed_from, part.id]
        self.freed.append(part.id)
        del self.bearer[part.id]
        part.id = name
        self.bearer[name] = part.true

    def _rename_to_a_dead_name(self) -> None:
        dead = [p.id for p in self.dead if self.bearer.get(p.id) == p.true]
        if dead:
            self._rename(self.random.choice(dead))

    def _take_a_freed_name(self) -> None:
        free = [name for name in self.freed if name not in self.bearer]
        if free and len(self.parts) < 8:
            self._add(name=self.random.choice(free))

    def _rename_back(self) -> None:
        able = [p for p in self.parts if p.renamed_from and p.renamed_from[-1] not in self.bearer]
        if able:
            part = self.random.choice(able)
            old = part.renamed_from[-1]
            if self.random.random() < 0.5:
                self._call(part, old)
                return
            del self.bearer[part.id]  # an older file is handed in again: it knows nothing of the newer name
            part.renamed_from = part.renamed_from[:-1]
            part.id = old
            self.bearer[old] = part.true

    def _reorder(self) -> None:
        self.random.shuffle(self.parts)

    def _answer(self) -> None:
        part = self.random.choice(self.parts)
        field = self.random.choice(list(_FIELDS[part.kind]))
        part.fields[field] = self.random.choice(_FIELDS[part.kind][field])

    def _change_edition(self) -> None:
        self.edition = self.random.choice([2023, 2025, 2026])

    def _nothing(self) -> None:
        pass

    def _merge(self) -> None:
        kind = self.random.choice(KINDS)
        able = [p for p in self.parts if p.kind == kind]
        if len(able) < 2 or len(self.parts) <= 4:
            return
        stays, goes = self.random.sample(able, 2)
        self.parts.remove(goes)
        self.same[goes.true] = stays.true
        del self.bearer[goes.id]
        self.freed.append(goes.id)
        stays.renamed_from = [*stays.renamed_from, *goes.renamed_from, goes.id]
        if self.random.random() < 0.5:
            self._call(stays, self._fresh(kind))

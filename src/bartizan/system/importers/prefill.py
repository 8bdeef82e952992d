"""A description that is put together from a foreign file: each value with where it came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from bartizan.system.description import KINDS, SCHEMA_VERSION, UNNAMED, Component, Description
from bartizan.system.graph import TRAINING_ROLES
from bartizan.system.importers.node import LONGEST, Node, Unused
from bartizan.system.reading import REFERENCES, RESERVED, problems_of

PREFIX = "bartizan"
_NOT_SET_BY_PROPERTIES = frozenset({"id", "kind", "renamed_from", "digests", *REFERENCES})
MOST_COMPONENTS = 2_000
"""A file with more parts than this describes no single AI system; the parts beyond are reported."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a file gave: a description as plain data, and all that could not be used."""

    format: str
    data: dict[str, Any]
    unused: tuple[Unused, ...]

    @property
    def used(self) -> tuple[tuple[str, str, str], ...]:
        """(component, field, source) of every value that was taken over."""
        return tuple((p["component"], p["field"], p["source"]) for p in self.data.get("provenance", ()))


class Prefill:
    """Collects components and where their values came from. `file` is the name that provenance gives."""

    def __init__(self, file: str, format_: str) -> None:
        self.file = file
        self.format = format_
        self.name = ""
        self.about = ""
        self.owner = ""
        self.components: dict[str, dict[str, Any]] = {}
        self.flows: list[dict[str, str]] = []
        self.unused: list[Unused] = []
        self._provenance: dict[tuple[str, str], str] = {}

    def add(self, kind: str, name: str, path: str, wanted: str = "", **values: object) -> str | None:
        """A component of its own with the id that is wanted, if it is free, else one made of its name; None when there
        are too many.
        """
        if len(self.components) >= MOST_COMPONENTS:
            self.unused.append(
                Unused(path=path, why=f"more than {MOST_COMPONENTS} parts; describe one system at a time")
            )
            return None
        ident = wanted if wanted and wanted not in self.components else self._free(slug(name) or kind)
        self.components[ident] = {"id": ident, "kind": kind}
        if name and name != ident:
            self.components[ident]["name"] = name
        for field, value in values.items():
            self.set(ident, field, value, path)
        return ident

    def set(self, component: str, field: str, value: object, path: str) -> None:
        """A value and the path it came from. Nothing, an empty text or a value that is there changes nothing."""
        owner = self.components[component]
        if value is None or value in ("", []) or field in owner:
            return
        owner[field] = value
        self._provenance[component, field] = f"{self.file}: {path}"

    def put(self, component: str, field: str, value: object, path: str) -> None:
        """A value that stands whatever was there before."""
        self.components[component][field] = value
        self._provenance[component, field] = f"{self.file}: {path}"

    def drop(self, component: str, field: str) -> None:
        """Forget a value, if there is one."""
        self.components[component].pop(field, None)
        self._provenance.pop((component, field), None)

    def extend(self, component: str, field: str, target: str, path: str) -> None:
        """One more entry of a list of components."""
        held = self.components[component].setdefault(field, [])
        if isinstance(held, list) and target not in held:
            held.append(target)
            self._provenance.setdefault((component, field), f"{self.file}: {path}")

    def feed(self, model: str, data: str, path: str) -> None:
        """Data that a model learns from, or that is inserted into its input, by the role of the data."""
        trains = self.components[data]["role"] in TRAINING_ROLES
        self.extend(model, "trained_on" if trains else "reads", data, path)

    def take_property(self, component: str, name: str, value: str, path: str) -> bool:
        """A property `bartizan:FIELD` (or `bartizan.FIELD`) sets that field; whether it was one."""
        prefix, found, field = re.sub(r"^bartizan[.:]", f"{PREFIX}:", name).partition(":")
        if prefix != PREFIX or not found:
            return False
        owner = self.components[component]
        if field in _NOT_SET_BY_PROPERTIES:
            self.unused.append(Unused(path=path, why=f"'{field:.40}' cannot be set by a property"))
            return True
        for read in (_word(value), [w.strip() for w in value.split(",") if w.strip()], value):
            if _fits({**owner, field: read}):
                owner[field] = read
                self._provenance[component, field] = f"{self.file}: {path}"
                return True
        why = f"{owner['kind']} has no field '{field:.40}' that takes '{value:.40}' beside what is known already"
        self.unused.append(Unused(path=path, why=why))
        return True

    def kinds(self, kind: str) -> list[str]:
        """The ids of all components of a kind, in order."""
        return [ident for ident, c in self.components.items() if c["kind"] == kind]

    def expect_users(self) -> None:
        """Somebody uses every model, and no file says who: an actor of whom nothing is known keeps that open."""
        used = {t for c in self.components.values() if c["kind"] in {"actor", "application"} for t in c.get("uses", ())}
        open_ones = [m for m in self.kinds("model") if m not in used]
        open_ones += [a for a in self.kinds("application") if self.components[a].get("uses") and a not in used]
        if open_ones:
            self.add("actor", "Users", "assumed: somebody uses it", uses=open_ones)

    def leave_open(self) -> None:
        """What a file does not tell of generative models is not known; left out, it would count as none."""
        for ident in self.kinds("model"):
            model = self.components[ident]
            if model.get("type", "generative") in {"generative", "unknown"}:
                model.setdefault("reads", "unknown")
                model.setdefault("tools", "unknown")

    def result(self) -> Imported:
        """What was found. Values that the file did not give are left out; they are not known."""
        data: dict[str, Any] = {"schema": SCHEMA_VERSION, "name": self.name or UNNAMED}
        for field, text in (("about", self.about), ("owner", self.owner)):
            if text:
                data[field] = text
        data["components"] = sorted(self.components.values(), key=lambda c: KINDS.index(c["kind"]))
        if self.flows:
            data["flows"] = self.flows
        data["provenance"] = [{"component": c, "field": f, "source": s} for (c, f), s in self._provenance.items()]
        return Imported(format=self.format, data=data, unused=tuple(dict.fromkeys(self.unused)))

    def _free(self, wanted: str) -> str:
        if wanted not in self.components and wanted not in RESERVED:
            return wanted
        return next(
            f"{wanted[:56]}-{i}" for i in range(2, MOST_COMPONENTS + 3) if f"{wanted[:56]}-{i}" not in self.components
        )


def slug(name: str) -> str:
    """A component's id from a name: lower case, letters, digits and dashes, starting with a letter."""
    plain = unicodedata.normalize("NFKD", name[:LONGEST]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9]+", "-", plain)).strip("-")[:60].strip("-")


def _word(text: str) -> object:
    return {"yes": True, "true": True, "no": False, "false": False}.get(text.strip().lower(), text.strip())


def _fits(component: dict[str, Any]) -> bool:
    """Whether a component can be read, and contradicts nothing, references left out."""
    alone = {k: v for k, v in component.items() if k not in _NOT_SET_BY_PROPERTIES or k in {"id", "kind"}}
    try:
        value = msgspec.convert(alone, Component)
    except msgspec.ValidationError:
        return False
    return not problems_of(Description(name="one", components=(value,)))


def each_once(nodes: Iterable[Node], key: Callable[[Node], str], what: str) -> dict[str, Node]:
    """Nodes by their id; a second one of the same id is reported."""
    found: dict[str, Node] = {}
    for node in nodes:
        ident = key(node)
        if ident and ident in found:
            node.cannot(f"its {what} is taken by {found[ident].path}")
        elif ident:
            found[ident] = node
    return found

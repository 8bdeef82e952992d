"""Threat maps as data: where on the way from development to use each threat of a map strikes.

The lanes run from left to right: development, supply, runtime, use. The place of a threat follows from its own entry
(attack surface, lifecycle, what is lost), so that a map never says something else than the catalogue does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from bartizan.catalog.entries import Catalog, Threat
from bartizan.catalog.tables import ThreatMap
from bartizan.catalog.wording import impact_in_words
from bartizan.core.errors import BartizanError, nearest, printable
from bartizan.core.terms import Edition, ThreatId

Lane: TypeAlias = Literal["development", "supply", "runtime", "use", "everywhere"]
Whose: TypeAlias = Literal["us", "supplier", "outside"]
LANES: Mapping[Lane, str] = {
    "development": "Development",
    "supply": "Supply",
    "runtime": "Runtime",
    "use": "Use",
    "everywhere": "All lanes",
}


class MapMark(msgspec.Struct, frozen=True, kw_only=True):
    """A threat on the map, by the number that it has in the list beside."""

    number: int
    threat: ThreatId
    name: str
    loses: str


class MapBox(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that threats strike: where it is, whose it is, and the threats that strike it."""

    id: str
    lane: Lane
    row: int
    """Its place in the lane, from the top."""
    title: str
    about: str
    whose: Whose
    marks: tuple[MapMark, ...] = ()


class MapFlow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that moves from one box to another."""

    start: str
    end: str
    says: str = ""


class MapView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A threat map: boxes in lanes, flows between them, numbered threats, and who applies which groups of controls."""

    id: str
    edition: Edition
    title: str
    note: str
    boxes: tuple[MapBox, ...]
    flows: tuple[MapFlow, ...]
    our_controls: tuple[str, ...]
    supplier_controls: tuple[str, ...] = ()
    supplier: str = "supplier"
    """What the other party is called: supplier, or provider where it also runs the model."""

    def marks(self) -> Iterator[MapMark]:
        """The threats in the order of their numbers."""
        yield from sorted((mark for box in self.boxes for mark in box.marks), key=lambda mark: mark.number)


class UnknownMap(BartizanError):
    """There is no threat map with this id."""

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no threat map '{printable(word, 60)}'; {nearest(word, known)}")


class _Shape(msgspec.Struct, frozen=True):
    """What the rules of drawing need to know of a map."""

    made_by_us: bool
    run_by_us: bool
    augmented: bool
    learns: bool


_DRAWS_LEARNING = 2026
"""The first edition whose pictures have an arrow for continuous learning."""
_TRAINING_THREATS = frozenset({"data_poison", "dev_model_poison", "dev_data_leak"})


def _shape(found: ThreatMap) -> _Shape:
    threats = set(found.threats)
    made_by_us = bool(threats & _TRAINING_THREATS)
    return _Shape(
        made_by_us=made_by_us,
        run_by_us="runtime_model_poison" in threats,
        augmented=any(t.startswith("augmentation") for t in threats),
        learns=made_by_us and found.edition >= _DRAWS_LEARNING,
    )


def threat_map(catalog: Catalog, name: str) -> MapView:
    """The threat map with this id. Raises UnknownMap, with the ids that there are."""
    by_id = {found.id: found for found in catalog.maps}
    if name not in by_id:
        raise UnknownMap(name, tuple(by_id))
    found = by_id[name]
    shape = _shape(found)
    threats = [catalog.threats[t] for t in found.threats]
    boxes = _with_marks(_boxes(shape), threats, found.edition)
    return MapView(
        id=found.id,
        edition=found.edition,
        title=found.title,
        note=found.note,
        boxes=boxes,
        flows=tuple(_flows(shape)),
        our_controls=found.our_controls,
        supplier_controls=found.supplier_controls,
        supplier="supplier" if shape.run_by_us else "provider",
    )


def _boxes(shape: _Shape) -> Iterator[MapBox]:
    def box(name: str, lane: Lane, row: int, title: str, about: str, whose: Whose = "us") -> MapBox:
        return MapBox(id=name, lane=lane, row=row, title=title, about=about, whose=whose)

    if shape.made_by_us:
        yield box("data", "development", 0, "Training data", "training, validation and test data")
        yield box("new_model", "development", 1, "Model in the making", "parameters, checkpoints, artefacts")
        yield box("engineering", "development", 2, "Engineering environment", "code, configuration, pipelines")
        yield box("obtained_data", "supply", 0, "Obtained data", "from suppliers and public sources", "supplier")
        yield box("obtained_model", "supply", 2, "Obtained model", "base models to train further", "supplier")
    else:
        yield box("maker", "development", 1, "Made by the supplier", "its data, code and training", "supplier")
        yield box("obtained_model", "supply", 1, "Ready-made model", "taken as it is", "supplier")
    if shape.augmented:
        yield box("augmentation", "runtime", 0, "Augmentation data", "documents, memory, system prompt")
    about = "the deployed model and its input and output logic"
    yield box("model", "runtime", 1, "Model in operation", about, "us" if shape.run_by_us else "supplier")
    yield box("traffic", "runtime", 2, "Input in transit and at rest", "on its way to the model, in logs")
    yield box("input", "use", 0, "Input", "from users and other parties", "outside")
    yield box("output", "use", 1, "Output", "read by people, interpreted by software", "outside")
    yield box("all_it", "everywhere", 3, "All IT", "application, infrastructure and supply chain")


def _flows(shape: _Shape) -> Iterator[MapFlow]:
    if shape.made_by_us:
        yield MapFlow(start="obtained_data", end="data")
        yield MapFlow(start="obtained_model", end="new_model")
        yield MapFlow(start="data", end="new_model")
        yield MapFlow(start="engineering", end="new_model")
        yield MapFlow(start="new_model", end="model", says="goes into operation")
    else:
        yield MapFlow(start="maker", end="obtained_model")
        yield MapFlow(start="obtained_model", end="model")
    if shape.augmented:
        yield MapFlow(start="augmentation", end="model")
    yield MapFlow(start="input", end="model")
    yield MapFlow(start="model", end="output")
    yield MapFlow(start="model", end="traffic")
    if shape.learns:
        yield MapFlow(start="traffic", end="data", says="continuous learning")


def _with_marks(boxes: Iterator[MapBox], threats: list[Threat], edition: Edition) -> tuple[MapBox, ...]:
    """The boxes with the threats that strike them, numbered from lane to lane and from top to bottom."""
    empty = sorted(boxes, key=lambda b: (list(LANES).index(b.lane), b.row))
    places: dict[str, list[Threat]] = {box.id: [] for box in empty}
    for threat in threats:
        places[_place(threat, set(places))].append(threat)
    number = 0
    full = []
    for box in empty:
        marks = []
        for threat in places[box.id]:
            number += 1
            loses = impact_in_words(threat.impact)
            marks.append(MapMark(number=number, threat=threat.id, name=threat.name_in(edition), loses=loses))
        full.append(msgspec.structs.replace(box, marks=tuple(marks)))
    return tuple(full)


def _place(threat: Threat, boxes: set[str]) -> str:
    """The box that a threat strikes, by its attack surface and what is lost."""
    wanted = _on_surface(threat)
    return wanted if wanted in boxes else "all_it"


def _on_surface(threat: Threat) -> str:
    first = threat.assets[0] if threat.assets else "any_asset"
    match threat.surface:
        case "supply_chain":
            return "obtained_data" if first == "training_data" else "obtained_model"
        case "development":
            return "data" if first == "training_data" else "new_model"
        case "runtime":
            return "augmentation" if first == "augmentation_data" else "model"
        case "input":
            reads = any(part.loses == "confidentiality" for part in threat.impact)
            return "output" if reads else "input"
        case "all_it" if first == "input_data":
            return "traffic"
        case "all_it" if threat.lifecycle == "runtime":
            return "output"
        case _:
            return "all_it"

"""Draws descriptions of AI systems, as a person might write them: any kinds of components, any answers left open.

``descriptions()`` gives plain data of a valid system.yaml; ``systems()`` gives the System it describes; ``with_order``
and ``openings`` say what may be changed about a description without making it another one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from hypothesis import strategies as st

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import Document
from bartizan.system import description as d
from bartizan.system.graph import System
from bartizan.system.reading import check_system

Plain = dict[str, Any]

_MAYBE = st.booleans()
_SELDOM = st.sampled_from([False, False, False, True])
_DIGESTS = st.dictionaries(
    st.sampled_from(["model", "data", "configuration", "adapter-2"]),
    st.binary(min_size=32, max_size=32).map(bytes.hex).flatmap(lambda d: st.sampled_from([d, f"sha256:{d.upper()}"])),
    max_size=2,
)
YES_NO = st.sampled_from([True, False, "unknown"])
WHO = st.sampled_from(["us", "supplier", "unknown"])
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)
"""Names as strangers give them: line breaks, control characters and other writing directions included."""

_PREFIX = {
    "model": "model",
    "data": "data",
    "tool": "tool",
    "actor": "actor",
    "application": "app",
    "runtime": "runtime",
    "development": "dev",
}


def words(literal: object, most: int = 3) -> st.SearchStrategy[object]:
    """A list of words out of a vocabulary, or 'unknown'."""
    choices = st.lists(st.sampled_from(get_args(literal)), max_size=most, unique=True)
    return st.one_of(choices, st.just("unknown"))


def _one(literal: object) -> st.SearchStrategy[object]:
    return st.sampled_from(get_args(literal))


_FIELDS: Mapping[str, Mapping[str, st.SearchStrategy[object]]] = {
    "model": {
        "type": _one(d.ModelType),
        "task": words(d.Task),
        "takes": words(d.Modality),
        "gives": words(d.Modality),
        "trained_by": WHO,
        "fine_tuned_by": st.sampled_from(["us", "supplier", "nobody", "unknown"]),
        "run_by": WHO,
        "output_goes_to": words(d.OutputUse),
        **dict.fromkeys(
            (
                "weights_public",
                "intellectual_property",
                "input_sensitive",
                "output_can_harm",
                "output_can_reveal_data",
                "fooling_pays",
                "learns_from_use",
                "costs_per_use",
                "plans",
            ),
            YES_NO,
        ),
    },
    "data": {
        "source": _one(d.DataSource),
        "kept_by": WHO,
        **dict.fromkeys(
            (
                "sensitive",
                "personal",
                "membership_sensitive",
                "stored",
                "embeddings",
                "written_directly",
                "shared_between_users",
                "deletion_propagates",
                "fails_safe",
            ),
            YES_NO,
        ),
    },
    "tool": {
        "effects": words(d.Effect),
        **dict.fromkeys(("irreversible", "needs_approval", "reaches_sensitive", "returns_untrusted"), YES_NO),
    },
    "actor": {"trusted": YES_NO, "crowd": _one(d.Crowd), "motive": YES_NO},
    "application": {},
    "runtime": {"place": _one(d.RuntimePlace), "run_by": WHO},
    "development": {"run_by": WHO},
}
"""The fields of each kind that name no other component."""

_LISTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "model": {"trained_on": ("data",), "reads": ("data",), "tools": ("tool",), "talks_to": ("model",)},
    "data": {"written_by": ("actor", "model", "tool", "data", "application"), "derived_from": ("data",)},
    "tool": {"reaches": ("data",)},
    "actor": {"uses": ("model", "application")},
    "application": {"uses": ("model", "application")},
}
_SINGLE: Mapping[str, Mapping[str, str]] = {"model": {"based_on": "model", "runs_on": "runtime"}}
_NO_CIRCLES = {"derived_from", "based_on"}


@st.composite
def descriptions(draw: st.DrawFn, most: int = 6) -> Plain:
    """Plain data of a valid system.yaml with at most ``most`` components of any kinds."""
    kinds = draw(st.lists(st.sampled_from(list(_PREFIX)), min_size=1, max_size=most))
    ids = [f"{_PREFIX[kind]}-{i}" for i, kind in enumerate(kinds)]
    components = [_component(draw, i, kinds, ids) for i in range(len(ids))]
    for component in components:
        _reconcile(component, components)
    made: Plain = {"name": draw(NAMES), "components": components}
    ends = st.sampled_from(ids)
    if flows := draw(st.lists(st.fixed_dictionaries({"from": ends, "to": ends}), max_size=3)):
        made["flows"] = flows
    if draw(st.booleans()):
        made["impact"] = draw(_impacts())
    if draw(st.booleans()):
        made["incidents"] = draw(YES_NO)
    return made


def _component(draw: st.DrawFn, index: int, kinds: list[str], ids: list[str]) -> Plain:
    kind = kinds[index]
    made: Plain = {"id": ids[index], "kind": kind}
    if kind == "data":
        made["role"] = draw(_one(d.DataRole))
    if draw(st.booleans()):
        made["name"] = draw(NAMES)
    if draw(st.booleans()) and kind in {"model", "data"}:
        made["supplier"] = draw(NAMES)
    if draw(_SELDOM):
        made["digests"] = draw(_DIGESTS)
    fields = _FIELDS[kind]
    names = st.lists(st.sampled_from(list(fields)), unique=True) if fields else st.just([])
    for field in draw(names):
        made[field] = draw(fields[field])
    for field, wanted in _LISTS.get(kind, {}).items():
        there = [c for i, c in enumerate(ids) if kinds[i] in wanted and (field not in _NO_CIRCLES or i < index)]
        refs = st.lists(st.sampled_from(there), max_size=3, unique=True) if there else st.just([])
        value = draw(st.one_of(st.none(), st.just("unknown"), refs, refs))
        if value is not None:
            made[field] = value
    for field, one in _SINGLE.get(kind, {}).items():
        there = [c for i, c in enumerate(ids) if kinds[i] == one and (field not in _NO_CIRCLES or i < index)]
        if draw(_MAYBE) and there:
            made[field] = draw(st.sampled_from(there))
    return made


def _impacts() -> st.SearchStrategy[Plain]:
    level = st.one_of(st.integers(1, 5), st.sampled_from(["very_low", "low", "medium", "high", "very_high", "unknown"]))
    return st.dictionaries(st.sampled_from(d.Consequences.__struct_fields__), level)


def _reconcile(component: Plain, components: list[Plain]) -> None:
    """Takes back what would contradict itself."""
    if component.get("weights_public") is True and component.get("intellectual_property") is True:
        del component["weights_public"]
    if component.get("type") == "heuristic" and component.get("fine_tuned_by") in {"us", "supplier"}:
        del component["fine_tuned_by"]
    if component.get("sensitive") is False and True in (
        component.get("personal"),
        component.get("membership_sensitive"),
    ):
        del component["sensitive"]
    if component.get("irreversible") is True and component.get("effects") == ["read"]:
        del component["irreversible"]
    runtime = next((c for c in components if c["id"] == component.get("runs_on")), {})
    if {component.get("run_by"), runtime.get("run_by")} == {"us", "supplier"}:
        del component["run_by"]


def as_system(data: Plain) -> System:
    """The system that plain data describes. Raises InputError as reading it from a file does."""
    return check_system(Document(file="system.yaml", data=data, lines={(): 1}))


def problems_if_any(work: Callable[[], object]) -> tuple[Problem, ...]:
    """The problems with which something is refused; none where it is not."""
    try:
        work()
    except InputError as error:
        return error.problems or (Problem(file="", finding="refused without a problem"),)
    return ()


def systems(most: int = 6) -> st.SearchStrategy[System]:
    """A valid system."""
    return descriptions(most).map(as_system)


def with_order(data: Plain, order: Callable[[list[Any]], list[Any]]) -> Plain:
    """The same description with components, flows and keys in another order."""
    made = {key: data[key] for key in order(list(data))}
    for key in ("components", "flows"):
        if key in made:
            made[key] = [{k: entry[k] for k in order(list(entry))} for entry in order(made[key])]
    return made


class Opening:
    """A question of a description that has no answer yet, and an answer."""

    def __init__(self, component: int, field: str, value: object, *, names_components: bool) -> None:
        self.component, self.field, self.value, self.names_components = component, field, value, names_components

    def __repr__(self) -> str:
        return f"components[{self.component}].{self.field} = {self.value!r}"

    def filled(self, data: Plain) -> Plain:
        """The description with the answer."""
        made = copy.deepcopy(data)
        made["components"][self.component][self.field] = self.value
        return made


@st.composite
def answers(draw: st.DrawFn, data: Plain, *, left_out: bool) -> Opening | None:
    """An answer to a field that is unknown or, with ``left_out``, to one that is not there; None if there is none."""
    found = list(_open_fields(data, left_out=left_out))
    if not found:
        return None
    index, field = draw(st.sampled_from(found))
    kind = data["components"][index]["kind"]
    if field in _FIELDS[kind]:
        value: Any = draw(_FIELDS[kind][field].filter(lambda v: v != "unknown"))
    else:
        wanted = _LISTS[kind][field]
        there = [
            c["id"] for c in data["components"] if c["kind"] in wanted and c["id"] != data["components"][index]["id"]
        ]
        value = draw(st.lists(st.sampled_from(there), max_size=3, unique=True)) if there else []
    if field == "talks_to":  # that another model talks to nobody, or to others only, would contradict the answer
        closed = {c["id"] for c in data["components"] if isinstance(c.get("talks_to"), list)}
        value = [other for other in value if other not in closed]
    return Opening(index, field, value, names_components=field not in _FIELDS[kind])


def _open_fields(data: Plain, *, left_out: bool) -> Iterator[tuple[int, str]]:
    for i, component in enumerate(data["components"]):
        for field in (*_FIELDS[component["kind"]], *_LISTS.get(component["kind"], {})):
            if (field not in component) if left_out else (component.get(field) == "unknown"):
                yield i, field

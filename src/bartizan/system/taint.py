"""How untrusted content travels: through documents, messages, tools and memories, to where a model reads it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from bartizan.core.proof import Answer, Origin
from bartizan.core.terms import ComponentId
from bartizan.system.description import Actor, Application, Component, Data, Model, Tool
from bartizan.system.paths import nearest_starts

if TYPE_CHECKING:
    from bartizan.system.graph import Edge, System

_STEPS = 8
"""The last steps of a path that a proof tells."""
_NEAREST = 6
"""The answers upstream that a proof tells."""


def taint_of(system: System) -> dict[ComponentId, Answer]:
    """For every component, whether what comes out of it can be influenced by somebody who is not trusted.

    A least fixpoint over the edges in three values: yes when there is a path from an untrusted source; unknown when
    only an unanswered field keeps a path from being one; no otherwise. The proof of a yes is a shortest path, told
    by its start and its end where it is long; that of a no names the nearest answers and defaults it rests on.
    Linear in the number of edges.
    """

    def carried(source: ComponentId) -> Iterator[ComponentId]:
        return (edge.target for edge in system.out_of.get(source, ()) if _carries(system, edge))

    state = {name: _own_taint(system, system.components[name]) for name in sorted(system.components)}
    own = dict(state)
    _spread_yes(system, state)
    unknown = [name for name, answer in state.items() if answer.value is None]
    for name, starts in nearest_starts(unknown, carried, _NEAREST).items():
        if state[name].value is not True:
            needs = dict.fromkeys(need for start in starts for need in own[start].needs)
            state[name] = Answer(None, (), tuple(needs))
    denied = [name for name, answer in own.items() if answer.value is False and answer.origins]
    assumed = [name for name in denied if any(origin.kind == "default" for origin in own[name].origins)]
    for starts_of in (nearest_starts(assumed, carried, 1), nearest_starts(denied, carried, _NEAREST)):
        for name, starts in starts_of.items():
            if state[name].value is False:
                behind = (origin for start in starts for origin in own[start].origins)
                state[name] = Answer(False, tuple(dict.fromkeys((*state[name].origins, *behind))))
    return state


def _carries(system: System, edge: Edge) -> bool:
    """Training does not carry instructions into the output, calling a tool does not taint what it holds, and a
    person who is trusted stays so whatever they are shown.
    """
    return edge.kind not in {"train", "call"} and not isinstance(system.components[edge.target], Actor)


def _spread_yes(system: System, state: dict[ComponentId, Answer]) -> None:
    starts = [name for name, answer in state.items() if answer.value is True]
    trails: dict[ComponentId, _Trail] = {name: _Trail(state[name].origins) for name in starts}
    queue = deque(starts)
    while queue:
        source = queue.popleft()
        for edge in system.out_of.get(source, ()):
            if edge.target not in trails and _carries(system, edge):
                trails[edge.target] = trails[source].longer(_step(system, edge))
                state[edge.target] = Answer(True, trails[edge.target].told())
                queue.append(edge.target)


def _step(system: System, edge: Edge) -> Origin:
    text = f"{system.components[edge.source].label} -> {system.components[edge.target].label}"
    field = next(key for key in reversed(edge.path) if isinstance(key, str))
    return Origin(kind="computed", text=text, component=edge.target, field=field, line=system.line(edge.path))


def _own_taint(system: System, component: Component) -> Answer:
    if isinstance(component, Actor):
        return system.given(component, "trusted", negate=True)
    if isinstance(component, Tool):
        return _tool_taint(system, component)
    if isinstance(component, Data):
        return _data_taint(system, component)
    if isinstance(component, Model | Application):
        return _user_taint(system, component)
    return _closed(component)


def _tool_taint(system: System, tool: Tool) -> Answer:
    if tool.returns_untrusted is None and isinstance(tool.effects, tuple) and "read" not in tool.effects:
        own = system.default(tool, "returns_untrusted", False, "it does not read anything")
    else:
        own = system.given(tool, "returns_untrusted")
    if own.value is not False or isinstance(tool.reaches, tuple):
        return own
    if tool.reaches == "unknown":
        return system.unknown(tool, "reaches")
    reaches = system.default(tool, "reaches", False, "it reaches no data but what is described")
    return Answer(False, own.origins + reaches.origins)


def _user_taint(system: System, component: Model | Application) -> Answer:
    """What a model or application takes in besides the edges: nothing, unless that was left open."""
    fields = ("reads", "tools", "talks_to") if isinstance(component, Model) else ()
    open_fields = [field for field in fields if getattr(component, field) == "unknown"]
    told = (edge for edge in system.into.get(component.id, ()) if edge.kind not in {"train", "return"})
    if all(edge.source == component.id for edge in told):
        open_fields.append("used_by")
    users = system.open_users(component)
    if open_fields or users.needs:
        return Answer(None, (), system.unknown(component, *open_fields).needs + users.needs)
    left_out = [field for field in fields if getattr(component, field) is None]
    if left_out:
        return system.default(component, left_out[0], False, "it takes in nothing but what is described")
    return _closed(component)


def _closed(component: Component) -> Answer:
    text = f"{component.label} takes in nothing but what is described"
    return Answer(False, (Origin(kind="computed", text=text, component=component.id),))


def _data_taint(system: System, data: Data) -> Answer:
    if data.source in {"public", "users"}:
        return system.stated(data, "source", True, f"source: {data.source}")
    fields = ("written_by", "source", "derived_from")
    open_fields = [field for field in fields if getattr(data, field) == "unknown"]
    if data.written_by is None and data.id not in system.fed:
        if data.role == "system_prompt" and not open_fields:
            return system.default(data, "written_by", False, "system prompts are written by engineers")
        open_fields.insert(0, "written_by")
    if open_fields:
        return system.unknown(data, *open_fields)
    left_out = [field for field in fields if getattr(data, field) is None]
    origins = _writers(system, data) if data.written_by is not None else ()
    if left_out:
        why = "nobody but those described writes it"
        origins += system.default(data, left_out[0], False, why).origins
    return Answer(False, origins)


def _writers(system: System, data: Data) -> tuple[Origin, ...]:
    writers = data.written_by if isinstance(data.written_by, tuple) else ()
    names = [system.components[name].label for name in writers]
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return system.stated(data, "written_by", False, f"written by: {shown or 'nobody'}").origins


class _Trail(msgspec.Struct, frozen=True, gc=False):
    """A path that untrusted content took: where it starts, how long it is, and its last steps."""

    start: tuple[Origin, ...]
    length: int = 0
    last: tuple[Origin, ...] = ()

    def longer(self, step: Origin) -> _Trail:
        return _Trail(self.start, self.length + 1, (*self.last, step)[-_STEPS:])

    def told(self) -> tuple[Origin, ...]:
        left_out = self.length - len(self.last)
        if not left_out:
            return (*self.start, *self.last)
        between = "1 step between" if left_out == 1 else f"{left_out:,} steps between"
        return (*self.start, Origin(kind="computed", text=between), *self.last)

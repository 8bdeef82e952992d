"""The threat map of one system: components in lanes of the lifecycle, flows, and numbered marks where risks hit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from bartizan.core.records import Risk
from bartizan.core.terms import SYSTEM
from bartizan.report.dossier import Dossier
from bartizan.report.names import Names
from bartizan.report.pictures.flows import LATE, Flow, Pair, flow_words, flows_of, kind_of, places_of
from bartizan.report.pictures.layers import Drawing, Link, Node, Point, draw
from bartizan.report.pictures.marks import element, fitted, width_of
from bartizan.report.wording import number
from bartizan.system.description import Actor, Application, Component, Data, Development, Model, Runtime, Tool
from bartizan.system.graph import TRAINING_ROLES, System

LANES = ("Development", "Supply", "Runtime", "Use")
_LANE_OF_COLUMN = (0, 1, 2, 2, 2, 3)
_BOX, _PAD, _EMPTY = 160.0, 10.0, 100.0
_TOP, _MARGIN, _ROW, _ARC = 44.0, 14.0, 22.0, 40.0
_ON_FLOW = 3
_SHORT = 2
"""Characters of a mark that stands close to its neighbours."""


Mark = tuple[str, str]
"""What a mark shows, and where it leads."""


def threat_map(dossier: Dossier, marks: Mapping[str, Mark] | None = None) -> Markup:
    """The map as an SVG with title and description. Marks are links to `#<risk id>`, numbered as the risks are.

    `marks` says by risk what its mark shows instead, and where that leads.
    """
    return _Map(dossier, marks or {}).svg()


class _Map:
    """One drawing: what stands where, worked out once."""

    def __init__(self, dossier: Dossier, marks: Mapping[str, Mark]) -> None:
        self.dossier, self.system, self.words = dossier, dossier.system, Names(dossier)
        self.marks = {r: (str(n), f"#{r}") for r, n in self.words.numbers.items()} | dict(marks)
        self.components: Mapping[str, Component] = {str(k): c for k, c in self.system.components.items()}
        self.flows = flows_of(self.system)
        self.pitch = 28.0 if any(len(shown) > _SHORT for shown, _ in self.marks.values()) else 20.0
        self.per_row = int((_BOX - 2 * _PAD + 2) // self.pitch)
        self.on_box, self.on_flow = self._hits()
        self.column_of = {i: _column(c, self.system) for i, c in self.components.items()}
        self.links = [self._link(flow) for flow in self.flows]
        self.heights = {i: self._height(i) for i in self.components}
        self.sides, self.width = self._sides()
        nodes = [Node(i, self.column_of[i], self.heights[i]) for i in self.components]
        self.drawing: Drawing = draw(nodes, self.links, self.sides)

    def _hits(self) -> tuple[dict[str, list[Risk]], dict[Pair, list[Risk]]]:
        on_box: dict[str, list[Risk]] = {}
        on_flow: dict[Pair, list[Risk]] = {}
        for risk in self.dossier.assessment.risks:
            places = places_of(risk, self.dossier)
            for pair in places:
                on_flow.setdefault(pair, []).append(risk)
            if not places:
                on_box.setdefault(risk.component, []).append(risk)
        return on_box, on_flow

    def _height(self, name: str) -> float:
        rows = -(-len(self.on_box.get(name, ())) // self.per_row)
        lines = len(fitted(self.words.component(name), _BOX - 2 * _PAD, 2))
        content = 30 + 17 * lines + rows * (_ROW) + (4 if rows else 0)
        sides = [0.0, 0.0]
        for link in self.links:
            for here, there, room in (
                (link.source, link.target, link.at_source),
                (link.target, link.source, link.at_target),
            ):
                if here == name:
                    sides[self.column_of[there] >= self.column_of[here]] += room
        return max(content, *sides)

    def _link(self, flow: Flow) -> Link:
        rooms = (
            8.0 + 20.0 * -(-len(self.on_flow.get(pair, ())) // _ON_FLOW)
            for pair in ((flow.source, flow.target), (flow.target, flow.source))
        )
        return Link(flow.source, flow.target, *rooms)

    def _sides(self) -> tuple[list[tuple[float, float]], float]:
        """Left and right of each column in px, and the width of the whole. Columns with nothing in them are narrow."""
        sides: list[tuple[float, float]] = []
        x = _MARGIN
        for column, lane in enumerate(_LANE_OF_COLUMN):
            used = column in self.column_of.values()
            alone = _LANE_OF_COLUMN.count(lane) == 1
            lane_used = any(_LANE_OF_COLUMN[c] == lane for c in self.column_of.values())
            width = _BOX if used else _EMPTY if alone or (not lane_used and column == 3) else 0.0
            sides.append((x, x + width))
            x += width + (self._gutter(column) if width else 0.0)
        last = len(_LANE_OF_COLUMN) - 1
        arcs = any(self.column_of[f.source] == self.column_of[f.target] == last for f in self.flows)
        return sides, sides[-1][1] + _MARGIN + (_ARC if arcs else 0.0)

    def _gutter(self, column: int) -> float:
        """The space to the right of a column: wider where marks stand on the flows that start there."""
        marks = [
            min(len(risks), _ON_FLOW)
            for (source, target), risks in self.on_flow.items()
            if self._starts_in(source, target, column)
        ]
        return 48.0 + (self.pitch * max(marks) if marks else 0.0)

    def _starts_in(self, source: str, target: str, column: int) -> bool:
        here, there = self.column_of[source], self.column_of[target]
        return here == column if there >= here else here == self._next_used(column)

    def _next_used(self, column: int) -> int:
        return min((c for c in self.column_of.values() if c > column), default=-1)

    # what is drawn

    def svg(self) -> Markup:
        height = self.drawing.height + _TOP + 24
        marks = self.on_box.get(SYSTEM, [])
        strip = self._whole_system(marks, height) if marks else ()
        height += 44 + _ROW * ((len(marks) - 1) // self._wide()) if marks else 0
        sizes = f"{number(len(self.components), 'component')}, {number(len(self.flows), 'flow')}"
        said = f"{sizes}. Marks are numbered as the risks."
        return element(
            "svg",
            element("title", f"Threat map of {self.words.system}", id="threat-map-title"),
            element("desc", f"Lanes from left to right: {', '.join(LANES).lower()}. {said}", id="threat-map-desc"),
            _ARROW,
            *self._lanes(height),
            element("g", *self._lines(), transform=f"translate(0 {_TOP:g})"),
            element("g", *self._boxes(), *self._flow_marks(), transform=f"translate(0 {_TOP:g})"),
            *strip,
            class_="threat-map",
            viewBox=f"0 0 {self.width:g} {height:g}",
            width=self.width,
            height=height,
            role="group",
            aria_labelledby="threat-map-title threat-map-desc",
        )

    def _lanes(self, height: float) -> Iterator[Markup]:
        for lane, name in enumerate(LANES):
            columns = [c for c, its in enumerate(_LANE_OF_COLUMN) if its == lane]
            wide = [self.sides[c] for c in columns if self.sides[c][1] > self.sides[c][0]]
            left, right = wide[0][0] - 14, wide[-1][1] + 14
            yield element("rect", x=left, y=0, width=right - left, height=height, rx=6, class_="lane")
            yield element("text", name, x=left + 12, y=24, class_="lane-name")
            if not any(c in self.column_of.values() for c in columns):
                yield element("text", "none described", x=left + 12, y=_TOP + 16, class_="kind")

    def _boxes(self) -> Iterator[Markup]:
        for name, component in self.components.items():
            x, y, height = self.sides[self.column_of[name]][0], self.drawing.tops[name], self.heights[name]
            label = self.words.component(name)
            lines = fitted(label, _BOX - 2 * _PAD, 2)
            kind = fitted(kind_of(component), _BOX - 2 * _PAD, 1, 11)[0]
            texts = [
                element("text", line, x=x + _PAD, y=y + 35 + 17 * i, class_="name") for i, line in enumerate(lines)
            ]
            yield element(
                "g",
                element("title", f"{label}: {kind_of(component)}"),
                element("rect", x=x, y=y, width=_BOX, height=height, rx=6, class_="box"),
                element("text", kind, x=x + _PAD, y=y + 17, class_="kind"),
                *texts,
            )
            top = y + 40 + 17 * (len(lines) - 1) + 6
            yield from self._grid(self.on_box.get(name, ()), x + _PAD, top, self.per_row)

    def _grid(self, risks: Sequence[Risk], x: float, y: float, per_row: int) -> Iterator[Markup]:
        for i, risk in enumerate(risks):
            row, column = divmod(i, per_row)
            yield self._mark(risk, x + column * self.pitch + 9, y + row * (_ROW) + 9)

    def _mark(self, risk: Risk, x: float, y: float) -> Markup:
        shown, leads_to = self.marks[risk.id]
        width = max(18.0, width_of(shown, 11) + 6)
        level = self.words.level(risk.current.level)
        text = f"{shown}. {self.words.threat(risk.threat)} at {self.words.component(risk.component)}: {level}"
        kind = f"mark m{self.words.shade(risk.current.level)}" + (" above" if risk.above_appetite else "")
        return element(
            "a",
            element("title", text),
            element("rect", x=x - width / 2, y=y - 9, width=width, height=18, rx=9),
            element("text", shown, x=x, y=y + 4),
            href=leads_to,
            class_=kind,
        )

    def _lines(self) -> Iterator[Markup]:
        for flow, route in zip(self.flows, self.drawing.routes, strict=True):
            arrows = {"marker_end": "url(#arrow)", "marker_start": "url(#arrow)" if flow.both else None}
            late = " late" if flow.kinds <= LATE else " run" if flow.kinds == {"run"} else ""
            yield element(
                "path",
                element("title", self._flow_text(flow)),
                d=_curve(route),
                class_="flow" + late + (" tainted" if flow.tainted else ""),
                **(arrows if flow.kinds != {"run"} else {}),
            )

    def _flow_text(self, flow: Flow) -> str:
        arrow = "↔" if flow.both else "→"
        return f"{self.words.component(flow.source)} {arrow} {self.words.component(flow.target)}: {flow_words(flow)}"

    def _flow_marks(self) -> Iterator[Markup]:
        for flow, route in zip(self.flows, self.drawing.routes, strict=True):
            for pair, points in (((flow.source, flow.target), route), ((flow.target, flow.source), route[::-1])):
                risks = self.on_flow.get(pair, ())
                (x, y), (towards, _) = points[0], points[1]
                forward = towards > x or (len(points) == 2 and towards == x)
                rows = -(-len(risks) // _ON_FLOW)
                for i, risk in enumerate(risks):
                    row, place = divmod(i, _ON_FLOW)
                    away = 27 + place * self.pitch
                    yield self._mark(risk, x + away if forward else x - away, y + (row - (rows - 1) / 2) * 20)

    def _wide(self) -> int:
        return max(1, int((self.width - 2 * _MARGIN - 150) // self.pitch))

    def _whole_system(self, risks: Sequence[Risk], y: float) -> Iterator[Markup]:
        rows = -(-len(risks) // self._wide())
        height = 26 + _ROW * (rows - 1)
        width = self.width - 2 * _MARGIN
        yield element("rect", x=_MARGIN, y=y, width=width, height=height, rx=6, class_="box")
        yield element("text", "The whole system", x=_MARGIN + _PAD, y=y + 18, class_="name")
        yield from self._grid(risks, _MARGIN + 140, y + 4, self._wide())


_ARROW = element(
    "defs",
    element(
        "marker",
        element("path", d="M0 0 L10 5 L0 10 z", class_="arrow"),
        id="arrow",
        viewBox="0 0 10 10",
        refX=9,
        refY=5,
        markerWidth=7,
        markerHeight=7,
        markerUnits="userSpaceOnUse",
        orient="auto-start-reverse",
    ),
)


def _curve(points: Sequence[Point]) -> str:
    """A smooth path through the pairs of points; a pair on one side of a column becomes an arc beside it."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in zip(points[::2], points[1::2], strict=True):
        if (x1, y1) != points[0]:
            parts.append(f"L{x1:.1f} {y1:.1f}")
        if x1 == x2:
            bend = x1 + min(_ARC, 18 + abs(y2 - y1) * 0.12)
            parts.append(f"C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
        else:
            middle = (x1 + x2) / 2
            parts.append(f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
    return " ".join(parts)


def _column(component: Component, system: System) -> int:
    """Development, supply, stores, models, tools, use: the last three of them but one make the lane of runtime."""
    match component:
        case Development():
            return 0
        case Data(role=role) if role in TRAINING_ROLES:
            return 1 if component.kept_by == "supplier" or component.source in {"supplier", "public"} else 0
        case Data():
            return 2
        case Model():
            return 1 if _is_base_only(component, system) else 3
        case Tool() | Application():
            return 4
        case Actor():
            return 5
        case _:
            assert isinstance(component, Runtime)
            return 3


def _is_base_only(model: Model, system: System) -> bool:
    """Whether a model serves only as the base of another: nobody uses it and nothing is inserted into it."""
    is_base = any(other.based_on == model.id for other in system.models)
    return is_base and all(e.kind == "train" for e in system.into.get(model.id, ()))

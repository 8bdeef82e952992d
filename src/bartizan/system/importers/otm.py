"""Open Threat Model 0.2.0, JSON or YAML: components, trust zones, data flows and assets.

The format knows no AI, so what a component is follows from its type and name; attributes named `bartizan.FIELD` say
more. Threats and mitigations are not taken: Bartizan derives its own.
"""

from __future__ import annotations

import re

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import Document
from bartizan.system.importers.node import Node, Unused
from bartizan.system.importers.prefill import Imported, Prefill, each_once
from bartizan.system.importers.words import is_personal, role_of, task_of, type_of

VERSIONS = ("0.2.0",)
TRUSTED_FROM, UNTRUSTED_TO = 70, 40
"""Trust ratings (0 to 100) from which people in a zone are trusted, and up to which they are not."""
SENSITIVE_FROM, OPEN_TO = 60, 20
"""Confidentiality ratings (0 to 100) from which an asset is sensitive, and up to which it is not."""

_MODEL = re.compile(
    r"\bai\b|\bml\b|\bllm\b|machine.learning|language.model|ai.model|ml.model|neural|sagemaker|bedrock|azure.openai"
    r"|vertex|classifier|\bgpt|inference",
    re.IGNORECASE,
)
_ACTOR = re.compile(
    r"actor|\buser|client|browser|customer|external.entity|person|human|attacker|mobile.app", re.IGNORECASE
)
_DATA = re.compile(
    r"data.?base|data.?store|storage|bucket|\bs3\b|vector|dynamo|redis|postgres|mysql|mongo|\brds\b|blob"
    r"|file.?(share|system)|data.?(lake|warehouse|set)|knowledge|\bindex\b|prompt|memory",
    re.IGNORECASE,
)
_TOOL = re.compile(r"\btool\b|plug.?in|function.call|mcp.server", re.IGNORECASE)
_REASONS = {
    "threats": "Bartizan derives its own threats from what the system is",
    "mitigations": "state controls with their status yourself",
    "representations": "pictures and code say where a part is drawn, not what it does",
    "tags": "labels are not interpreted",
    "attributes": "only attributes named bartizan.FIELD are read",
}


def recognises(data: object) -> bool:
    """Whether plain data is an Open Threat Model of any version."""
    return isinstance(data, dict) and "otmVersion" in data


def read(document: Document, name: str) -> Imported:
    """The description that a threat model prefills; `name` is what provenance calls the file.

    Raises InputError for a version that is not read, and for a model that holds nothing to describe.
    """
    assert isinstance(document.data, dict)
    version = document.data.get("otmVersion")
    if version not in VERSIONS:
        finding = f"Open Threat Model version {version!s:.20} is not read"
        problem = document.problem(("otmVersion",), finding, f"use one of: {', '.join(VERSIONS)}")
        raise InputError([problem])
    model = _Otm(document.data, Prefill(name, f"Open Threat Model {version}"))
    model.read()
    if not model.prefill.components:
        finding, fix = "the file has no components that can be described", "add components with id, name and type"
        raise InputError([Problem(file=document.file, finding=finding, fix=fix)])
    return model.prefill.result()


class _Otm:
    def __init__(self, data: dict[str, object], prefill: Prefill) -> None:
        self.prefill = prefill
        self.top = Node({str(k): v for k, v in data.items()}, "", prefill.unused)
        self.ids: dict[str, str] = {}
        self.zones: dict[str, Node] = {}
        self.parts: dict[str, Node] = {}

    def read(self) -> None:
        self.top.skip("otmVersion")
        self._project()
        self.zones = each_once(self.top.children("trustZones"), lambda n: n.text("id"), "id")
        self.assets = each_once(self.top.children("assets"), lambda n: n.text("id"), "id")
        self.parts = each_once(self.top.children("components"), lambda n: n.text("id"), "id")
        self.flows = [(n, n.text("source"), n.text("destination")) for n in self.top.children("dataflows")]
        for ident, node in self.parts.items():
            self._component(ident, node)
        for node, source, target in self.flows:
            self._flow(node, source, target)
        self.prefill.expect_users()
        self.prefill.leave_open()
        for node in [*self.zones.values(), *self.assets.values()]:
            node.skip("id", "name", "type", "description", "risk", "parent", "representations")
            node.rest(_REASONS)
        self.top.rest(_REASONS)

    def _project(self) -> None:
        project = self.top.child("project")
        if project is not None:
            self.prefill.name, self.prefill.about = project.text("name"), project.text("description")
            self.prefill.owner = project.text("owner")
            project.skip("id", "ownerContact")
            project.rest(_REASONS)

    # components

    def _component(self, ident: str, node: Node) -> None:
        name, words = (
            node.text("name") or ident,
            f"{node.text('type')} {node.text('name')}".replace("-", " ").replace("_", " "),
        )
        kind, role = self._kind(ident, node.text("type").replace("-", " ").replace("_", " "), words)
        if kind == "data" and role is None:
            node.cannot("a data store of which no flow leads to a model; describe it as data with a role")
            return
        made = self.prefill.add(kind, name, node.path, about=node.text("description"))
        if made is None:
            return
        self.ids[ident] = made
        match kind:
            case "model":
                self._model(made, node, words)
            case "actor":
                self._actor(made, node)
            case "data":
                self.prefill.set(made, "role", role, node.at("type"))
                self._data(made, node)
        attributes = node.child("attributes")
        for key in attributes.data if attributes else ():
            assert attributes is not None
            if not self.prefill.take_property(made, str(key), attributes.text(key), attributes.at(str(key))):
                attributes.cannot("only attributes named bartizan.FIELD are read", key)
        node.skip("id", "parent", "assets")
        node.rest(_REASONS)

    def _kind(self, ident: str, kind: str, words: str) -> tuple[str, str | None]:
        """What a component is, and for data its role; the type counts before the name."""
        for text in (kind, words):
            if _TOOL.search(text):
                return "tool", None
            if _DATA.search(text) and not re.search(r"model|classifier", text, re.IGNORECASE):
                return "data", role_of(words, "retrieval" if self._reaches_model(ident) else None)
            if _MODEL.search(text) or type_of(text):
                return "model", None
            if _ACTOR.search(text):
                return "actor", None
        return "application", None

    def _reaches_model(self, ident: str) -> bool:
        ends = {t if s == ident else s for _, s, t in self.flows if ident in {s, t}}
        return any(
            _MODEL.search(w) or type_of(w)
            for e in ends
            if e in self.parts
            for w in [f"{self.parts[e].data.get('type')} {self.parts[e].data.get('name')}".replace("-", " ")]
        )

    def _model(self, made: str, node: Node, words: str) -> None:
        row, kind = task_of(words), type_of(words)
        generative = re.search(r"\bllm\b|language model|generative|\bgpt|chat", words, re.IGNORECASE)
        if kind or generative:
            self.prefill.set(made, "type", kind or "generative", f"{node.path} '{words}'")
        if row is not None:
            self.prefill.set(made, "type", row[1], f"{node.path} '{words}'")
            self.prefill.set(made, "task", [row[2]], f"{node.path} '{words}'")
        self._assets(made, node, "input_sensitive")

    def _actor(self, made: str, node: Node) -> None:
        found = self._trust(node)
        if found is not None:
            rating, path = found
            trusted = True if rating >= TRUSTED_FROM else False if rating <= UNTRUSTED_TO else None
            self.prefill.set(made, "trusted", trusted, f"{path} {rating:g}")
            if trusted is None:
                node.cannot(f"a trust rating of {rating:g} does not tell whether they are trusted", "parent")

    def _trust(self, node: Node) -> tuple[float, str] | None:
        """The trust rating of the zone that a component is in, through the components around it."""
        seen: set[str] = set()
        while True:
            parent = node.child("parent")
            zone = self.zones.get(parent.text("trustZone")) if parent else None
            if zone is not None:
                risk = zone.child("risk")
                rating = risk.number("trustRating") if risk else None
                return None if rating is None or risk is None else (rating, risk.at("trustRating"))
            above = parent.text("component") if parent else ""
            if above in seen or above not in self.parts:
                return None
            seen.add(above)
            node = self.parts[above]

    def _data(self, made: str, node: Node) -> None:
        self._assets(made, node, "sensitive")

    def _assets(self, made: str, node: Node, field: str) -> None:
        listed = node.child("assets")
        if listed is None:
            return
        ratings: list[tuple[float, str]] = []
        for path, ident in [*listed.texts("stored"), *listed.texts("processed")]:
            asset = self.assets.get(ident)
            if asset is None:
                self.prefill.unused.append(Unused(path=path, why="there is no asset with this id"))
                continue
            if field == "sensitive" and is_personal(f"{asset.text('name')} {asset.text('description')}"):
                self.prefill.set(made, "personal", True, path)
            risk = asset.child("risk")
            rating = risk.number("confidentiality") if risk else None
            ratings += [(rating, path)] if rating is not None else []
        if not ratings or self.prefill.components[made].get("personal"):
            return
        rating, path = max(ratings)
        sensitive = True if rating >= SENSITIVE_FROM else False if rating <= OPEN_TO else None
        self.prefill.set(made, field, sensitive, f"{path} confidentiality {rating:g}")

    # flows

    def _flow(self, node: Node, source: str, target: str) -> None:
        a, b = self.ids.get(source), self.ids.get(target)
        if a is None or b is None or a == b:
            gone = source if a is None else target
            node.cannot(f"it leads from or to '{gone:.40}', which is not described" if a != b else "it leads nowhere")
            return
        said = self._says(a, b, node.path)
        if node.flag("bidirectional"):
            said = self._says(b, a, node.path) and said
        if not said:
            flow = {"from": a, "to": b} | ({"about": node.text("name")} if node.text("name") else {})
            self.prefill.flows.append(flow)
        node.skip("id", "name", "description", "source", "destination", "assets")
        node.rest(_REASONS)

    def _says(self, source: str, target: str, path: str) -> bool:
        """Say a flow by a field; whether there is one for it."""
        parts = self.prefill.components
        match parts[source]["kind"], parts[target]["kind"]:
            case "actor" | "application", "model":
                self.prefill.extend(source, "uses", target, path)
            case "actor", "application":
                self.prefill.extend(source, "uses", target, path)
            case "data", "model":
                self.prefill.feed(target, source, path)
            case "model" | "actor" | "application" | "tool", "data":
                self.prefill.extend(target, "written_by", source, path)
            case ("model", "tool") | ("tool", "model"):
                model, tool = (source, target) if parts[source]["kind"] == "model" else (target, source)
                self.prefill.extend(model, "tools", tool, path)
            case ("model", "actor") | ("model", "application") | ("application", "actor"):
                return True  # answers go back to whoever asked
            case _:
                return False
        return True

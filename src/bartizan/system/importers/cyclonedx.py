"""CycloneDX ML-BOM, JSON, 1.5 to 1.7 (ECMA-424): models, data, services and who supplies them.

A bill of materials says what a system is made of, not who attacks it: actors, consequences and tools are asked
afterwards. What is taken: machine-learning-model components with their model cards, data components and inline data
sets, services, applications, suppliers, pedigree, dependencies, and properties named `bartizan:FIELD`. All else is
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import Document
from bartizan.system.importers.bom_data import read_data_component
from bartizan.system.importers.bom_model import REASONS, read_model
from bartizan.system.importers.node import Node, Unused
from bartizan.system.importers.own import OTHER_KINDS, SILENT, SYSTEM, own_id, own_kind, take_references
from bartizan.system.importers.parties import Parties
from bartizan.system.importers.prefill import Imported, Prefill, each_once

VERSIONS = ("1.5", "1.6", "1.7")
_DEEPEST = 30
_MODEL_SERVICE = re.compile(
    r"\bllm\b|language model|chat/completions|/completions|/embeddings|/invocations|openai|anthropic|bedrock|vertex"
    r"|gpt|claude|gemini|mistral|inference|ai.?model",
    re.IGNORECASE,
)
_NO_PART = "a description holds what an attacker of the AI can reach; check software parts with a vulnerability scanner"
_TOP = {
    "vulnerabilities": "weaknesses of software parts are no threats to the AI; a vulnerability scanner follows them",
    "declarations": "claims and attestations are evidence for controls; state controls with their status yourself",
    "compositions": "says how complete the file is, not how the system works",
    "formulation": "how it was built is not described; describe the development environment yourself",
    "annotations": "remarks for people; read them",
    "citations": "says who vouches for an entry; read them",
    "externalReferences": "links are not followed",
    "definitions": "standards are in the catalogue",
    "signature": "signatures are not checked",
}


def recognises(data: object) -> bool:
    """Whether plain data is a CycloneDX document of any version."""
    return isinstance(data, dict) and data.get("bomFormat") == "CycloneDX"


def read(document: Document, name: str) -> Imported:
    """The description that a BOM prefills; `name` is what provenance calls the file.

    Raises InputError for a version that is not read, and for a BOM that holds nothing to describe.
    """
    assert isinstance(document.data, dict)
    version = document.data.get("specVersion")
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        finding = f"CycloneDX version {version!s:.20} is not read"
        raise InputError([Problem(file=document.file, finding=finding, fix=f"use one of: {known}")])
    bom = _Bom(document.data, Prefill(name, f"CycloneDX {version}"))
    bom.read()
    if not bom.prefill.components:
        fix = "components of type machine-learning-model or data, or services, are needed"
        finding = "the file describes no model, no data and no service"
        raise InputError([Problem(file=document.file, finding=finding, fix=fix)])
    return bom.prefill.result()


class _Bom:
    def __init__(self, data: dict[str, object], prefill: Prefill) -> None:
        self.prefill = prefill
        self.top = Node(data, "", prefill.unused)
        self.refs: dict[str, str] = {}
        """bom-ref to the id of the component made of it."""
        self.own: dict[str, Node] = {}
        """Parts by their ids, for what they say in properties of ours."""
        self.pending: list[tuple[str, str, str]] = []
        """(model, reference to a data set, path): data may come after the model that was trained on it."""

    def read(self) -> None:
        self.top.skip("bomFormat", "specVersion", "serialNumber", "version", "$schema")
        parts = self._metadata() + list(self._parts(self.top.children("components"), 0))
        known = each_once(parts, lambda n: str(n.data.get("bom-ref", "")), "bom-ref")
        for part in parts:
            ref = part.data.get("bom-ref")
            if not ref or known.get(str(ref)) is part:
                self._component(part)
        for service in self._services(self.top.children("services"), 0):
            self._service(service)
        self._properties_of_all()
        self._link_data_sets()
        self._dependencies()
        take_references(self.own, self.prefill)
        self.prefill.expect_users()
        self.prefill.leave_open()
        self.top.rest(_TOP)

    def _metadata(self) -> list[Node]:
        meta = self.top.child("metadata")
        self.parties = Parties(meta)
        if meta is None:
            return []
        self.prefill.owner = self.parties.owner
        meta.skip("timestamp", "tools", "manufacturer", "manufacture", "supplier", "authors", "licenses", "lifecycles")
        main = meta.child("component")
        if main is not None:
            self.prefill.name, self.prefill.about = main.text("name"), main.text("description")
        meta.rest(_TOP)
        return [main, *self._parts(main.children("components"), 1)] if main else []

    def _parts(self, nodes: list[Node], depth: int) -> Iterator[Node]:
        for node in nodes:
            yield node
            if depth < _DEEPEST:
                yield from self._parts(node.children("components"), depth + 1)
            elif node.data.get("components"):
                node.cannot(f"nested deeper than {_DEEPEST} levels", "components")

    def _services(self, nodes: list[Node], depth: int) -> Iterator[Node]:
        for node in nodes:
            yield node
            if depth < _DEEPEST:
                yield from self._services(node.children("services"), depth + 1)

    def _component(self, node: Node) -> None:
        kind, ident = node.text("type"), None
        ours = own_kind(node)
        if ours == SYSTEM:
            return  # its name and its text are read with the metadata
        match kind:
            case _ if ours in OTHER_KINDS:
                ident = self._other(node, ours)
            case "machine-learning-model":
                ident = read_model(node, self.prefill, self.parties, self.pending)
            case "data":
                ident = read_data_component(node, self.prefill, self.parties)
            case "application":
                ident = self._application(node)
            case "":
                node.cannot("it has no type")
            case _:
                node.cannot(f"a {kind:.40}: {_NO_PART}")
        if ident is not None:
            self._remember(node, ident)
            node.rest(REASONS)

    def _remember(self, node: Node, ident: str) -> None:
        ref = node.data.get("bom-ref")
        if isinstance(ref, str) and ref:
            self.refs.setdefault(ref, ident)
            self.own.setdefault(ident, node)

    def _other(self, node: Node, kind: str) -> str | None:
        """A part of a kind that the format does not have."""
        ident = self.prefill.add(kind, node.text("name"), node.path, own_id(node), about=node.text("description"))
        if ident is not None:
            self.prefill.set(ident, "supplier", self.parties.supplier_of(node), node.at("supplier"))
            node.skip("bom-ref", "type", "version", "properties", "components")
        return ident

    def _application(self, node: Node) -> str | None:
        if not node.text("name"):
            node.cannot("it has no name")
            return None
        ident = self.prefill.add(
            "application", node.text("name"), node.path, own_id(node), about=node.text("description")
        )
        if ident is not None:
            supplier = self.parties.supplier_of(node)
            if supplier and not self.parties.is_ours(supplier):
                self.prefill.set(ident, "supplier", supplier, node.at("supplier"))
            node.skip("bom-ref", "version", "mime-type", "scope", "components", "properties")
        return ident

    def _service(self, node: Node) -> None:
        name = node.text("name")
        words = " ".join([name, node.text("group"), node.text("description"), *(t for _, t in node.texts("endpoints"))])
        if not name:
            node.cannot("it has no name")
            return
        provider = self.parties.named(node.child("provider"))
        theirs = bool(provider) and not self.parties.is_ours(provider)
        model = _MODEL_SERVICE.search(words) is not None
        ident = self.prefill.add("model" if model else "application", name, node.path, about=node.text("description"))
        if ident is None:
            return
        self._remember(node, ident)
        if theirs:
            self.prefill.set(ident, "supplier", provider, node.at("provider"))
        if model:
            self._hosted(node, ident, words, theirs)
        node.skip("bom-ref", "version", "services", "properties")
        node.rest({**REASONS, "authenticated": "state the control model_access_control with its status yourself"})

    def _hosted(self, node: Node, ident: str, words: str, theirs: bool) -> None:
        found = re.search(r"\bllm\b|language model|completions|gpt|claude|gemini|mistral", words, re.IGNORECASE)
        if found:
            self.prefill.set(ident, "type", "generative", f"{node.path} ('{found[0]}')")
        if theirs:
            for field in ("trained_by", "run_by"):
                self.prefill.set(ident, field, "supplier", node.at("provider"))
        for data in node.children("data"):
            self.parties.input_of(data, ident, self.prefill)

    def _link_data_sets(self) -> None:
        for model, ref, path in self.pending:
            target = self.refs.get(ref)
            if target is None or self.prefill.components[target]["kind"] != "data":
                self.prefill.unused.append(Unused(path=path, why="no data component has this reference"))
            else:
                self.prefill.feed(model, target, path)

    def _dependencies(self) -> None:
        for node in self.top.children("dependencies"):
            source = self.refs.get(node.text("ref"))
            for path, ref in node.texts("dependsOn"):
                target = self.refs.get(ref)
                if source is None or target is None:
                    continue  # a part that is reported already, such as a library
                if not self._depends(source, target, path):
                    self.prefill.unused.append(Unused(path=path, why="what this dependency means cannot be told"))
            node.rest({"provides": "standards that a part implements are not described"})

    def _depends(self, source: str, target: str, path: str) -> bool:
        parts = self.prefill.components
        match parts[source]["kind"], parts[target]["kind"]:
            case "application", "model" | "application" if source != target:
                if parts[target]["kind"] == "application":
                    return False
                self.prefill.extend(source, "uses", target, path)
            case "model", "data":
                self.prefill.feed(source, target, path)
            case _:
                return False
        return True

    def _properties_of_all(self) -> None:
        """Properties come after the fields that they are about, and before links, which depend on what data is for."""
        places = [*self._parts(self.top.children("components"), 0), *self._services(self.top.children("services"), 0)]
        meta = self.top.child("metadata")
        main = meta.child("component") if meta else None
        for node in [*([main] if main else []), *places]:
            ident = self.refs.get(str(node.data.get("bom-ref")))
            for part in node.children("properties"):
                name = part.text("name")
                value = part.text("value")
                if name.removeprefix("bartizan:") in SILENT and name.startswith("bartizan:"):
                    continue
                if ident is not None and not self.prefill.take_property(ident, name, value, part.path):
                    part.cannot("only properties named bartizan:FIELD are read")

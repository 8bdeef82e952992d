"""Data of a BOM, as components or inside a model card, as data in a role."""

from __future__ import annotations

from bartizan.system.importers.node import Node
from bartizan.system.importers.own import own_id
from bartizan.system.importers.parties import Parties
from bartizan.system.importers.prefill import Prefill
from bartizan.system.importers.words import is_personal, is_sensitive, role_of

_REASONS = {
    "contents": "contents are not read",
    "graphics": "pictures are not read",
    "hashes": "says which file it is; no field holds it",
}


def read_data_component(node: Node, prefill: Prefill, parties: Parties) -> str | None:
    """The id of the data made of a component of type data; what it holds in `data` describes it closer."""
    name = node.text("name")
    parts = node.children("data")
    words = " ".join(
        [name, node.text("description"), *(f"{p.data.get('name')} {p.data.get('description')}" for p in parts)]
    )
    themes = {str(p.data.get("type")) for p in parts}
    role = role_of(words, "training" if not themes or "dataset" in themes else None)
    if not name or role is None:
        node.cannot("what it is used for cannot be told; describe it as data with a role" if name else "it has no name")
        return None
    ident = prefill.add("data", name, node.path, own_id(node), about=node.text("description"))
    if ident is None:
        return None
    _role(node, ident, role, words, prefill)
    supplier = parties.supplier_of(node)
    if supplier:
        _source(node.at("supplier"), supplier, ident, prefill, parties)
    for part in parts:
        _closer(part, ident, prefill, parties)
    node.skip(
        "bom-ref",
        "version",
        "mime-type",
        "scope",
        "properties",
        "components",
        "authors",
        "author",
        "publisher",
        "group",
    )
    return ident


def read_inline_data(node: Node, prefill: Prefill, parties: Parties) -> str | None:
    """The id of the data made of a data set inside a model card."""
    theme = node.text("type")
    name = node.text("name")
    words = f"{name} {node.text('description')}"
    role = role_of(words, "training" if theme == "dataset" else None)
    if role is None:
        node.cannot(f"data of type '{theme:.40}' whose use cannot be told; describe it with a role")
        return None
    ident = prefill.add("data", name or "Data set", node.path, about=node.text("description"))
    if ident is not None:
        _role(node, ident, role, words, prefill)
        _closer(node, ident, prefill, parties)
    return ident


def _role(node: Node, ident: str, role: str, words: str, prefill: Prefill) -> None:
    told = role_of(words, None) is not None
    prefill.set(ident, "role", role, node.at("name") if told else f"{node.path} (assumed: a data set in a BOM trains)")


def _closer(node: Node, ident: str, prefill: Prefill, parties: Parties) -> None:
    node.skip("bom-ref", "type", "name", "description")
    listed = node.texts("sensitiveData")
    if any(is_personal(text) for _, text in listed):
        prefill.set(ident, "personal", True, node.at("sensitiveData"))
    elif listed:
        prefill.set(ident, "sensitive", True, node.at("sensitiveData"))
    _classified(node, ident, prefill, bool(listed))
    governance = node.child("governance")
    if governance is not None:
        _governed(governance, ident, prefill, parties)
    node.rest(_REASONS)


def _classified(node: Node, ident: str, prefill: Prefill, listed: bool) -> None:
    text = node.text("classification")
    sensitive = is_sensitive(text)
    if text and is_personal(text):
        prefill.set(ident, "personal", True, f"{node.at('classification')} '{text}'")
    elif sensitive is None:
        if text:
            node.cannot(f"whether '{text:.40}' is sensitive cannot be told", "classification")
    elif not sensitive and (listed or prefill.components[ident].get("personal")):
        node.cannot(f"'{text:.40}' contradicts the sensitive data that it lists", "classification")
    else:
        prefill.set(ident, "sensitive", sensitive, f"{node.at('classification')} '{text}'")


def _governed(node: Node, ident: str, prefill: Prefill, parties: Parties) -> None:
    for key in ("custodians", "owners", "stewards"):
        for party in node.children(key):
            organisation = party.child("organization")
            name = parties.named(organisation)
            if not name:
                party.cannot("only organisations are read")
            elif key == "custodians":
                prefill.set(ident, "kept_by", "us" if parties.is_ours(name) else "supplier", party.path)
            elif key == "owners":
                _source(party.path, name, ident, prefill, parties)
            else:
                party.cannot("who looks after data is not described")
            party.rest({}, "only organisations are read")


def _source(path: str, name: str, ident: str, prefill: Prefill, parties: Parties) -> None:
    if parties.is_ours(name):
        prefill.set(ident, "source", "us", path)
    else:
        prefill.set(ident, "source", "supplier", path)
        prefill.set(ident, "supplier", name, path)

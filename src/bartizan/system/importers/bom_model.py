"""A machine-learning-model component of a BOM with its model card, as a model."""

from __future__ import annotations

from bartizan.system.importers.bom_data import read_inline_data
from bartizan.system.importers.node import Node
from bartizan.system.importers.own import own_id
from bartizan.system.importers.parties import Parties
from bartizan.system.importers.prefill import Prefill
from bartizan.system.importers.words import format_of, task_of, type_of

REASONS = {
    "hashes": "says which file it is; no field holds it",
    "licenses": "a licence says nothing of threats; check it for what you may do with the model",
    "externalReferences": "links are not followed",
    "copyright": "check it for what you may do with it",
    "quantitativeAnalysis": "how well a model does says nothing of threats",
    "pedigree": "commits, patches and variants are not described",
    "evidence": "says how it was found, not how it works",
    "releaseNotes": "read them",
    "signature": "signatures are not checked",
    "technicalLimitations": "read them: they may tell what output can harm",
    "performanceTradeoffs": "read them",
    "ethicalConsiderations": "read them: they may tell consequences to state under impact",
    "fairnessAssessments": "read them: they may tell consequences to state under impact",
    "environmentalConsiderations": "no threat is about it",
    "users": "who uses a model is described as an actor, with how far you trust them",
    "useCases": "what it is used for is described by task, actors and consequences",
    "x-trust-boundary": "say by run_by and actors who is on the other side",
    "trustZone": "say by run_by and actors who is on the other side",
    "tags": "labels are not interpreted",
}
_PLAIN = frozenset(
    {"bom-ref", "type", "version", "mime-type", "scope", "properties", "components", "group", "modified"}
)
_NUMBERS = frozenset({"purl", "cpe", "swid", "omniborId", "swhid", "isExternal", "versionRange"})
_PEOPLE = frozenset({"authors", "author", "publisher"})


def read_model(node: Node, prefill: Prefill, parties: Parties, pending: list[tuple[str, str, str]]) -> str | None:
    """The id of the model made of a component; references to data sets go to `pending`."""
    name = node.text("name")
    if not name:
        node.cannot("it has no name")
        return None
    ident = prefill.add("model", name, node.path, own_id(node), about=node.text("description"))
    if ident is None:
        return None
    _makers(node, ident, prefill, parties)
    card = node.child("modelCard")
    if card is not None:
        _card(card, ident, prefill, parties, pending)
    if "type" not in prefill.components[ident] and (kind := type_of(name)):
        prefill.set(ident, "type", kind, f"{node.at('name')} '{name}'")
    if node.text("purl").startswith("pkg:huggingface/") and not parties.is_ours(
        prefill.components[ident].get("supplier", "")
    ):
        node.cannot("a public hub hosts gated and private models too; say weights_public yourself", "purl")
    node.skip(*_PLAIN, *_NUMBERS, *_PEOPLE)
    return ident


def _makers(node: Node, ident: str, prefill: Prefill, parties: Parties) -> None:
    supplier = parties.supplier_of(node)
    where = next(
        (node.at(k) for k in ("supplier", "manufacturer", "publisher", "author", "group") if node.data.get(k)), ""
    )
    base = _ancestor(node, parties)
    if base is None:
        if parties.is_ours(supplier):
            prefill.set(ident, "trained_by", "us", where)
        elif supplier:
            prefill.set(ident, "supplier", supplier, where)
            prefill.set(ident, "trained_by", "supplier", where)
        return
    path, maker, label = base
    prefill.set(ident, "trained_by", "us" if parties.is_ours(maker) else "supplier", f"{path} '{label}'")
    if maker and not parties.is_ours(maker):
        prefill.set(ident, "supplier", maker, path)
    if supplier:
        prefill.set(ident, "fine_tuned_by", "us" if parties.is_ours(supplier) else "supplier", where)
    else:
        prefill.set(ident, "fine_tuned_by", "unknown", f"{path} '{label}'")


def _ancestor(node: Node, parties: Parties) -> tuple[str, str, str] | None:
    """(path, maker, name) of the model that this one was made from."""
    pedigree = node.child("pedigree")
    if pedigree is None:
        return None
    found = None
    for base in pedigree.children("ancestors"):
        if base.text("type") != "machine-learning-model" or found is not None:
            base.cannot("only the first ancestor that is a model is described")
        else:
            found = (base.path, parties.supplier_of(base), base.text("name"))
    pedigree.rest({}, "commits, patches and variants are not described")
    return found


def _card(card: Node, ident: str, prefill: Prefill, parties: Parties, pending: list[tuple[str, str, str]]) -> None:
    card.skip("bom-ref")
    parameters = card.child("modelParameters")
    if parameters is not None:
        _parameters(parameters, ident, prefill, parties, pending)
    considerations = card.child("considerations")
    if considerations is not None:
        considerations.rest(REASONS)
    for part in card.children("properties"):
        if not prefill.take_property(ident, part.text("name"), part.text("value"), part.path):
            part.cannot("only properties named bartizan:FIELD are read")
    card.rest(REASONS)


def _parameters(
    node: Node, ident: str, prefill: Prefill, parties: Parties, pending: list[tuple[str, str, str]]
) -> None:
    _task(node, ident, prefill)
    for key in ("modelArchitecture", "architectureFamily"):
        text = node.text(key)
        kind = type_of(text)
        if kind:
            prefill.set(ident, "type", kind, f"{node.at(key)} '{text}'")
        elif text:
            node.cannot(f"'{text:.60}' does not tell what kind of model it is", key)
    for key, field in (("inputs", "takes"), ("outputs", "gives")):
        _formats(node, key, field, ident, prefill)
    for part in node.children("datasets"):
        ref = part.data.get("ref")
        if isinstance(ref, str):
            pending.append((ident, ref, part.path))
        else:
            data = read_inline_data(part, prefill, parties)
            if data is not None:
                prefill.feed(ident, data, part.path)
    approach = node.child("approach")
    if approach is not None:
        _approach(approach, ident, prefill)
    node.rest(REASONS)


def _task(node: Node, ident: str, prefill: Prefill) -> None:
    text = node.text("task")
    row = task_of(text)
    if row is None:
        if text:
            node.cannot(f"'{text:.60}' is no task that is known here", "task")
        return
    _, kind, task, gives = row
    source = f"{node.at('task')} '{text}'"
    prefill.set(ident, "type", kind, source)
    prefill.set(ident, "task", [task], source)
    if not node.data.get("outputs"):
        prefill.set(ident, "gives", list(gives), source)


def _approach(node: Node, ident: str, prefill: Prefill) -> None:
    text = node.text("type")
    if "type" not in prefill.components[ident] and text in {"supervised", "semi-supervised"}:
        prefill.set(ident, "type", "predictive", f"{node.at('type')} '{text}'")
    elif "type" not in prefill.components[ident]:
        node.cannot("how it learns does not tell what kind of model it is", "type")
    node.rest({})


def _formats(node: Node, key: str, field: str, ident: str, prefill: Prefill) -> None:
    found: list[str] = []
    path = ""
    for part in node.children(key):
        text = part.text("format")
        kind = format_of(text)
        if kind is None:
            part.cannot(f"'{text:.60}' is no format that is known here")
        else:
            path = path or part.path
            found += [kind] if kind not in found else []
    prefill.set(ident, field, found, path)

"""A bill as CycloneDX ML-BOM, JSON, 1.6 or 1.7 (ECMA-424). The same bill gives the same bytes.

Models are components of type machine-learning-model with a modelCard, data are components of type data; libraries
carry package URLs, which tools that look for known weaknesses take. What the format has no place for is a property.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from typing import Any, Final, Literal, TypeAlias

from bartizan import __version__
from bartizan.supply.bom.licences import read
from bartizan.supply.bom.texts import line
from bartizan.supply.bom.values import Bom, Card, Holding, Part

Spec: TypeAlias = Literal["1.6", "1.7"]
SPECS: Final[tuple[Spec, ...]] = ("1.6", "1.7")
DEFAULT: Final[Spec] = "1.6"
"""The older one: every tool that reads 1.7 reads it, and nothing of a bill needs 1.7."""
NAMESPACE: Final = uuid.UUID("6c0f9a53-5d0e-5b0b-9b62-0f2a7a1a6d10")
_TYPES: Final = {
    "model": "machine-learning-model",
    "data": "data",
    "library": "library",
    "application": "application",
    "tool": "application",
    "runtime": "platform",
    "development": "platform",
    "file": "file",
}
_CONFIGURATION: Final = frozenset({"system_prompt"})


def cyclonedx(bom: Bom, *, spec: Spec = DEFAULT, today: str = "") -> str:
    """The text of a BOM. ``today``: its date; without one it has no date. The serial number is made of the content."""
    main = _main_ref(bom)
    content: dict[str, Any] = {
        "metadata": _metadata(bom, main, today),
        "components": [_component(part, bom) for part in bom.parts],
        "dependencies": _dependencies(bom, main),
        "compositions": [{"aggregate": "incomplete" if bom.remarks else "unknown", "assemblies": [main]}],
        "properties": _properties(("remark", text) for text in bom.remarks),
    }
    content = _full(content)
    serial = uuid.uuid5(NAMESPACE, json.dumps([spec, content], sort_keys=True))
    head = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
    }
    return json.dumps({**head, **content}, indent=2, ensure_ascii=False) + "\n"


def _main_ref(bom: Bom) -> str:
    taken = {part.ref for part in bom.parts}
    ref = "bartizan:system"
    while ref in taken:
        ref += "'"
    return ref


def _full(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _properties(pairs: Any) -> list[dict[str, str]]:
    return [{"name": line(name, 200), "value": line(value, 4_000)} for name, value in pairs]


def _metadata(bom: Bom, main: str, today: str) -> dict[str, Any]:
    tool = {"type": "application", "name": "bartizan", "version": __version__}
    return _full(
        {
            "timestamp": f"{today}T00:00:00Z" if today else "",
            "tools": {"components": [tool]},
            "component": _full(
                {
                    "type": "application",
                    "bom-ref": main,
                    "name": line(bom.name) or "unnamed",
                    "description": line(bom.about),
                    "properties": _properties([("bartizan:kind", "system")]),
                }
            ),
            "supplier": {"name": line(bom.owner)} if line(bom.owner) else None,
            "properties": _properties(bom.properties),
        }
    )


def _component(part: Part, bom: Bom) -> dict[str, Any]:
    several = len(part.files) > 1 or (part.files and not part.sha256)
    return _full(
        {
            "type": _TYPES[part.kind],
            "bom-ref": part.ref,
            "supplier": {"name": line(part.supplier)} if line(part.supplier) else None,
            "name": line(part.name) or "unnamed",
            "version": line(part.version),
            "description": line(part.about),
            "hashes": [{"alg": "SHA-256", "content": part.sha256}] if part.sha256 else [],
            "licenses": _licences(part),
            "purl": part.purl,
            "pedigree": _pedigree(part, bom),
            "externalReferences": [{"type": "other", "url": url} for url in part.links if _is_address(url)],
            "components": _files(part) if several else [],
            "evidence": _found_at(part) if part.files and not several else None,
            "modelCard": _card(part, bom) if part.kind == "model" else None,
            "data": [_holding(part)] if part.kind == "data" else None,
            "properties": _properties((*part.properties, *_size(part))),
        }
    )


def _size(part: Part) -> tuple[tuple[str, str], ...]:
    return (("file:size", str(sum(one.size for one in part.files))),) if part.files else ()


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and url.isascii() and not set(url) & set(' <>"{}|\\^`')


def _found_at(part: Part) -> dict[str, Any]:
    return {"occurrences": [{"location": line(one.path, 4_000)} for one in part.files]}


def _files(part: Part) -> list[dict[str, Any]]:
    return [
        {
            "type": "file",
            "bom-ref": f"{part.ref}#{number}",
            "name": line(one.path, 4_000) or "file",
            "hashes": [{"alg": "SHA-256", "content": one.sha256}],
            "properties": _properties([("file:size", str(one.size)), ("file:format", ", ".join(one.formats))]),
        }
        for number, one in enumerate(part.files, 1)
    ]


def _licences(part: Part) -> list[dict[str, Any]]:
    """Ids and names one by one; an expression stands alone, as 1.6 wants it."""
    read_ones = [read(text) for text in part.licences if read(text).is_named]
    if read_ones and all(one.expression for one in read_ones) and not all(one.is_id for one in read_ones):
        whole = [one.expression for one in read_ones]
        text = whole[0] if len(whole) == 1 else " AND ".join(f"({one})" for one in whole)
        return [{"expression": text, "acknowledgement": "declared"}]
    return [
        {
            "license": {
                **({"id": one.expression} if one.is_id else {"name": line(one.declared) or "unnamed"}),
                "acknowledgement": "declared",
            }
        }
        for one in read_ones
    ]


def _pedigree(part: Part, bom: Bom) -> dict[str, Any] | None:
    names = {one.ref: one.name for one in bom.parts}
    bases = [names[e.target] for e in bom.edges if e.source == part.ref and e.kind == "based_on" and e.target in names]
    bases += list(part.card.base) if part.card else []
    ancestors = [{"type": "machine-learning-model", "name": line(name)} for name in dict.fromkeys(bases) if line(name)]
    return {"ancestors": ancestors} if ancestors else None


def _card(part: Part, bom: Bom) -> dict[str, Any]:
    card = part.card or Card()
    refs = [e.target for e in bom.edges if e.source == part.ref and e.kind in ("trained_on", "tested_on")]
    known = {one.name.lower() for one in bom.parts if one.ref in refs}
    sets: list[dict[str, str]] = [{"ref": ref} for ref in dict.fromkeys(refs)]
    sets += [{"type": "dataset", "name": name} for name in card.data_sets if name.lower() not in known]
    return _full(
        {
            "modelParameters": _full(
                {
                    "task": card.task,
                    "architectureFamily": card.architecture_family,
                    "modelArchitecture": card.architecture,
                    "datasets": sets,
                    "inputs": [{"format": word} for word in card.takes],
                    "outputs": [{"format": word} for word in card.gives],
                }
            ),
            "quantitativeAnalysis": _full(
                {
                    "performanceMetrics": [
                        _full({"type": one.type, "value": one.value, "slice": one.slice}) for one in card.metrics
                    ]
                }
            ),
            "considerations": _full(
                {
                    "users": list(card.users),
                    "useCases": list(card.use_cases),
                    "technicalLimitations": list(card.limitations),
                }
            ),
            "properties": _properties([("language", word) for word in card.languages]),
        }
    )


def _holding(part: Part) -> dict[str, Any]:
    held = part.holding or Holding()
    classification = {"yes": "confidential", "no": "not sensitive"}.get(held.sensitive, "")
    parties = {
        key: [{"organization": {"name": line(name)}}]
        for key, name in (("custodians", held.custodian), ("owners", held.owner))
        if line(name)
    }
    return _full(
        {
            "type": "configuration" if held.role in _CONFIGURATION else "dataset",
            "name": line(part.name),
            "classification": "personal data" if held.personal == "yes" else classification,
            "sensitiveData": ["personal data"] if held.personal == "yes" else [],
            "governance": parties,
            "description": f"{held.role.replace('_', ' ')} data" if held.role else "",
        }
    )


def _dependencies(bom: Bom, main: str) -> list[dict[str, Any]]:
    needs: dict[str, list[str]] = defaultdict(list)
    refs = {part.ref for part in bom.parts}
    for edge in bom.edges:
        if {edge.source, edge.target} <= refs and edge.target not in needs[edge.source]:
            needs[edge.source].append(edge.target)
    used = {ref for held in needs.values() for ref in held}
    needs[main] = [part.ref for part in bom.parts if part.ref not in used]
    order = [main, *(part.ref for part in bom.parts if part.kind != "file")]
    return [_full({"ref": ref, "dependsOn": needs.get(ref, [])}) for ref in order]

"""Somebody's CycloneDX BOM: whether it keeps to the schema, and what a bill of models would say that it does not.

The shape is checked by cyclonedx-python-lib with the strict schemas of CycloneDX. What is missing follows the fields
that ECMA-424 has for models and data, as `bartizan bom` fills them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.extras import need
from bartizan.supply.bom.licences import read

Sort: TypeAlias = Literal["invalid", "missing"]
VERSIONS: Final = ("1.5", "1.6", "1.7")
_MOST: Final = 50
"""Faults of the shape that are told."""
_DEEPEST: Final = 30
_MOST_PARTS: Final = 50_000


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong or missing."""

    sort: Sort
    place: str
    what: str

    def __post_init__(self) -> None:
        """Nothing that a stranger wrote can garble a report."""
        msgspec.structs.force_setattr(self, "place", printable(self.place, 200))
        msgspec.structs.force_setattr(self, "what", printable(self.what, 300))


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a BOM."""

    spec: str
    models: int
    data: int
    libraries: int
    gaps: tuple[Gap, ...]

    @property
    def is_valid(self) -> bool:
        """Whether it keeps to the format."""
        return all(one.sort != "invalid" for one in self.gaps)


def check(data: object, file: str) -> Checked:
    """What is wrong with a BOM and what is missing in it. ``data``: the parsed JSON; ``file``: what messages call it.

    Raises InputError for what is no CycloneDX of a version that is known, MissingExtra without the library.
    """
    if not isinstance(data, dict) or data.get("bomFormat") != "CycloneDX":
        fix = "CycloneDX as JSON is checked; SPDX documents are not"
        raise InputError([Problem(file=file, finding="this is no CycloneDX document", fix=fix)])
    spec = data.get("specVersion")
    if spec not in VERSIONS:
        fix = f"use one of: {', '.join(VERSIONS)}"
        raise InputError([Problem(file=file, finding=f"CycloneDX version {spec!s:.20} is not checked", fix=fix)])
    parts = list(itertools.islice(_parts(data), _MOST_PARTS))
    kinds = [part.get("type") for _, part in parts]
    gaps = [*_shape(data, str(spec)), *_references(data, parts), *_document(data), *_missing(parts)]
    if "machine-learning-model" not in kinds:
        gaps.append(Gap(sort="missing", place="components", what="no component is a machine-learning-model"))
    return Checked(
        spec=str(spec),
        models=kinds.count("machine-learning-model"),
        data=kinds.count("data"),
        libraries=kinds.count("library"),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _shape(data: Mapping[str, Any], spec: str) -> Iterator[Gap]:
    """Faults by the strict schema."""
    schema = need("cyclonedx.schema").SchemaVersion[f"V{spec.replace('.', '_')}"]
    validator = need("cyclonedx.validation.json").JsonStrictValidator(schema)
    try:
        faults = validator.validate_str(json.dumps(data), all_errors=True)
        for fault in itertools.islice(faults or (), _MOST):
            error = fault.data
            yield Gap(sort="invalid", place=str(error.json_path).removeprefix("$."), what=_short(error))
    except RecursionError:
        yield Gap(sort="invalid", place="", what="it is nested too deep to be checked")


def _short(error: Any) -> str:
    """What is wrong, without the value that is, which may be long."""
    said = {
        "enum": "it has a value that is not in the list",
        "oneOf": "it fits none of the forms, or several",
        "additionalProperties": "it has a field that the format does not have",
        "uniqueItems": "it has an entry twice",
        "const": "it has another value than the format wants",
    }
    return said.get(str(error.validator)) or str(error.message)


def _parts(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every component with its place, the main one included."""
    meta = data.get("metadata")
    main = meta.get("component") if isinstance(meta, dict) else None
    if isinstance(main, dict):
        yield "metadata.component", main
        yield from _below(main, "metadata.component", 1)
    yield from _below(data, "", 0)


def _below(owner: Mapping[str, Any], place: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    held = owner.get("components")
    for i, part in enumerate(held if isinstance(held, list) else ()):
        if isinstance(part, dict):
            here = f"{place}.components[{i}]".removeprefix(".")
            yield here, part
            if depth < _DEEPEST:
                yield from _below(part, here, depth + 1)


def _references(data: Mapping[str, Any], parts: list[tuple[str, dict[str, Any]]]) -> Iterator[Gap]:
    """Names that are given twice, and names that nothing has; schemas cannot say that."""
    known: dict[str, str] = {}
    services = data.get("services")
    others = [(f"services[{i}]", one) for i, one in enumerate(services if isinstance(services, list) else ())]
    for place, part in [*parts, *((place, one) for place, one in others if isinstance(one, dict))]:
        ref = part.get("bom-ref")
        if isinstance(ref, str) and ref in known:
            yield Gap(sort="invalid", place=place, what=f"its bom-ref '{ref:.60}' is taken by {known[ref]}")
        elif isinstance(ref, str):
            known[ref] = place
    held = data.get("dependencies")
    for i, one in enumerate(held if isinstance(held, list) else ()):
        if isinstance(one, dict):
            wanted = one.get("dependsOn")
            for ref in [one.get("ref"), *(wanted if isinstance(wanted, list) else ())]:
                if isinstance(ref, str) and ref not in known and not ref.startswith("urn:cdx:"):
                    what = f"nothing has the bom-ref '{ref:.60}'"
                    yield Gap(sort="invalid", place=f"dependencies[{i}]", what=what)


def _document(data: Mapping[str, Any]) -> Iterator[Gap]:
    meta = data.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    if not data.get("serialNumber"):
        yield Gap(sort="missing", place="serialNumber", what="nothing tells it from another BOM")
    for key, what in (
        ("timestamp", "it does not say of when it is"),
        ("component", "it does not say what it is a bill of"),
    ):
        if not meta.get(key):
            yield Gap(sort="missing", place=f"metadata.{key}", what=what)
    if not any(meta.get(key) for key in ("supplier", "manufacturer", "authors", "tools")):
        yield Gap(sort="missing", place="metadata", what="it does not say who made it")


def _missing(parts: list[tuple[str, dict[str, Any]]]) -> Iterator[Gap]:
    for place, part in parts:
        kind = part.get("type")
        name = f"{place} ({part.get('name')!s:.60})"
        if kind in ("machine-learning-model", "data"):
            yield from (Gap(sort="missing", place=name, what=what) for what in _of_ours(part))
        if kind == "machine-learning-model":
            yield from (Gap(sort="missing", place=name, what=what) for what in _of_model(part))
        elif kind == "data":
            yield from (Gap(sort="missing", place=name, what=what) for what in _of_data(part))
        elif kind == "library" and not part.get("purl"):
            yield Gap(sort="missing", place=name, what="no package URL, so no tool finds its known weaknesses")


def _of_ours(part: Mapping[str, Any]) -> Iterator[str]:
    inside = part.get("components")
    files = [one for one in inside if isinstance(one, dict)] if isinstance(inside, list) else []
    if not part.get("hashes") and not (files and all(one.get("hashes") for one in files)):
        yield "no hash: nothing tells which bytes are meant"
    names = list(_licences(part))
    if not names:
        yield "no licence"
    elif odd := [name for name in names if not read(name).is_named]:
        yield f"its licence is no answer: '{odd[0]:.60}'"
    if not any(part.get(key) for key in ("supplier", "manufacturer", "publisher", "authors", "author", "group")):
        yield "no supplier"


def _licences(part: Mapping[str, Any]) -> Iterator[str]:
    held = part.get("licenses")
    for one in held if isinstance(held, list) else ():
        if isinstance(one, dict):
            inner = one.get("license")
            named = inner if isinstance(inner, dict) else {}
            text = one.get("expression") or named.get("id") or named.get("name")
            if isinstance(text, str):
                yield text


def _of_model(part: Mapping[str, Any]) -> Iterator[str]:
    card = part.get("modelCard")
    if not isinstance(card, dict) or not card:
        yield "no modelCard"
        return
    parameters = card.get("modelParameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    for key, what in (("task", "no task"), ("datasets", "no data set that it was trained on")):
        if not parameters.get(key):
            yield f"modelCard: {what}"
    for key, what in (
        ("quantitativeAnalysis", "nothing says how well it does"),
        ("considerations", "nothing says for what and for whom it is"),
    ):
        if not card.get(key):
            yield f"modelCard: {what}"


def _of_data(part: Mapping[str, Any]) -> Iterator[str]:
    held = part.get("data")
    entries = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    if not any(one.get("classification") for one in entries):
        yield "no classification: whether it is sensitive is not said"
    if not any(one.get("governance") for one in entries):
        yield "no governance: who answers for it is not said"

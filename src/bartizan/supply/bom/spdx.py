"""A bill as SPDX 3.0.1, JSON-LD, with the profiles for AI and data sets. The same bill and day give the same bytes.

Source: SPDX specification 3.0.1 (core, software, ai, dataset, simpleLicensing). Classes and
relations of the AI and Dataset profiles are used, but conformance to those two is not claimed: they ask for the day of
release and the place of download of each part, which neither a folder nor a description tells.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from typing import Any, Final
from urllib.parse import quote

from bartizan import __version__
from bartizan.supply.bom.cyclonedx import NAMESPACE
from bartizan.supply.bom.licences import Licence, read
from bartizan.supply.bom.texts import line
from bartizan.supply.bom.values import Bom, Card, EdgeKind, Holding, Part

CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_CREATED: Final = "_:creationinfo"
_TYPES: Final = {"model": "ai_AIPackage", "data": "dataset_DatasetPackage", "file": "software_File"}
_PURPOSES: Final = {
    "model": "model",
    "data": "data",
    "library": "library",
    "application": "application",
    "tool": "application",
    "runtime": "platform",
    "development": "platform",
}
_RELATIONS: Final[dict[EdgeKind, str]] = {
    "trained_on": "trainedOn",
    "tested_on": "testedOn",
    "reads": "hasInput",
    "based_on": "descendantOf",
    "uses": "dependsOn",
    "runs_on": "hasHost",
    "depends": "dependsOn",
}


def spdx(bom: Bom, *, today: str) -> str:
    """The text of a document. ``today``: the day on which it was made, which the format asks for."""
    return _Writing(bom, today).text()


class _Writing:
    def __init__(self, bom: Bom, today: str) -> None:
        self._bom, self._today = bom, today
        shape = json.dumps([bom.name, [[p.ref, p.sha256, p.version] for p in bom.parts], today], sort_keys=True)
        self._space = f"urn:uuid:{uuid.uuid5(NAMESPACE, shape)}"
        self._graph: list[dict[str, Any]] = []
        self._agents: dict[str, str] = {}
        self._licences: dict[str, str] = {}

    def text(self) -> str:
        tool = self._add("Tool", "tool:bartizan", name=f"bartizan {__version__}")
        maker = self._agent(self._bom.owner) if line(self._bom.owner) else self._program()
        refs = {part.ref: self._part(part) for part in self._bom.parts}
        self._relations(refs)
        root = [refs[part.ref] for part in self._bom.parts if part.kind != "file"] or list(refs.values())
        elements = [one["spdxId"] for one in self._graph]
        bill = self._add(
            "software_Sbom",
            "sbom",
            name=line(self._bom.name) or "unnamed",
            description=line(self._bom.about),
            comment="; ".join(self._bom.remarks)[:20_000],
            software_sbomType=["analyzed"],
            rootElement=root,
            element=elements,
        )
        self._add(
            "SpdxDocument",
            "document",
            name=line(self._bom.name) or "unnamed",
            rootElement=[bill],
            element=[*elements, bill],
            profileConformance=["core", "software", "simpleLicensing"],
        )
        created = {
            "type": "CreationInfo",
            "@id": _CREATED,
            "specVersion": "3.0.1",
            "created": f"{self._today}T00:00:00Z",
            "createdBy": [maker],
            "createdUsing": [tool],
        }
        return json.dumps({"@context": CONTEXT, "@graph": [created, *self._graph]}, indent=2, ensure_ascii=False) + "\n"

    def _id(self, name: str) -> str:
        return f"{self._space}#{quote(name, safe='')}"

    def _add(self, kind: str, ident: str, **values: Any) -> str:
        name = self._id(ident)
        kept = {key: value for key, value in values.items() if value not in (None, "", [])}
        self._graph.append({"type": kind, "spdxId": name, "creationInfo": _CREATED, **kept})
        return name

    def _agent(self, name: str) -> str:
        text = line(name)
        if text not in self._agents:
            self._agents[text] = self._add("Organization", f"agent:{text}", name=text)
        return self._agents[text]

    def _program(self) -> str:
        return self._add("SoftwareAgent", "agent:bartizan", name="bartizan")

    # Parts

    def _part(self, part: Part) -> str:
        values: dict[str, Any] = {
            "name": line(part.name) or "unnamed",
            "description": line(part.about),
            "suppliedBy": self._agent(part.supplier) if line(part.supplier) else None,
            "verifiedUsing": _hashes(part.sha256),
        }
        if part.kind == "file":
            return self._add("software_File", f"part:{part.ref}", **values)
        values["software_packageVersion"] = line(part.version)
        values["software_packageUrl"] = part.purl
        values["software_primaryPurpose"] = _PURPOSES[part.kind]
        values |= _of_model(part.card or Card()) if part.kind == "model" else {}
        values |= _of_data(part, part.holding or Holding()) if part.kind == "data" else {}
        values["comment"] = _comment(part)
        ident = self._add(_TYPES.get(part.kind, "software_Package"), f"part:{part.ref}", **values)
        self._files(part, ident)
        self._declared(part, ident)
        return ident

    def _files(self, part: Part, ident: str) -> None:
        names = []
        for number, one in enumerate(part.files, 1):
            path = line(one.path, 4_000) or "file"
            names.append(
                self._add("software_File", f"part:{part.ref}#{number}", name=path, verifiedUsing=_hashes(one.sha256))
            )
        if names:
            self._relation(ident, "hasDistributionArtifact", names)

    def _declared(self, part: Part, ident: str) -> None:
        """A licence that nobody named is said to be unknown, not left out."""
        named = [one for one in map(read, part.licences) if one.is_named]
        if named:
            self._relation(ident, "hasDeclaredLicense", [self._licence(one) for one in named])
        elif part.kind in ("model", "data"):
            self._relation(ident, "hasDeclaredLicense", [_NO_ASSERTION])

    def _licence(self, one: Licence) -> str:
        expression = one.expression or f"LicenseRef-{_slug(one.declared)}"
        if expression in self._licences:
            return self._licences[expression]
        uses: list[dict[str, str]] = []
        if not one.expression:
            text = self._add(
                "simplelicensing_SimpleLicensingText",
                f"licence-text:{expression}",
                name=line(one.declared),
                simplelicensing_licenseText=line(one.declared) or "unnamed",
            )
            uses = [{"type": "DictionaryEntry", "key": expression, "value": text}]
        self._licences[expression] = self._add(
            "simplelicensing_LicenseExpression",
            f"licence:{expression}",
            simplelicensing_licenseExpression=expression,
            simplelicensing_customIdToUri=uses,
        )
        return self._licences[expression]

    # Relations

    def _relations(self, refs: dict[str, str]) -> None:
        grouped: dict[tuple[str, EdgeKind], list[str]] = defaultdict(list)
        for edge in self._bom.edges:
            if edge.source in refs and edge.target in refs:
                grouped[edge.source, edge.kind].append(refs[edge.target])
        for (source, kind), targets in grouped.items():
            self._relation(refs[source], _RELATIONS[kind], list(dict.fromkeys(targets)))

    def _relation(self, source: str, kind: str, targets: list[str]) -> None:
        self._graph.append(
            {
                "type": "Relationship",
                "spdxId": self._id(f"relation:{len(self._graph)}"),
                "creationInfo": _CREATED,
                "from": source,
                "relationshipType": kind,
                "to": targets,
            }
        )


_NO_ASSERTION: Final = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertion"


def _hashes(sha256: str) -> list[dict[str, str]]:
    return [{"type": "Hash", "algorithm": "sha256", "hashValue": sha256}] if sha256 else []


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", line(text, 100)).strip("-") or "unnamed"


def _of_model(card: Card) -> dict[str, Any]:
    kinds = [word for word in (card.architecture_family, card.architecture) if word]
    told = [*(f"made from {name}" for name in card.base), *(f"trained on {name}" for name in card.data_sets)]
    return {
        "ai_domain": [card.task] if card.task else [],
        "ai_typeOfModel": list(dict.fromkeys(kinds)),
        "ai_informationAboutTraining": "; ".join(told),
        "ai_informationAboutApplication": "; ".join(card.use_cases),
        "ai_limitation": "; ".join(card.limitations),
        "ai_metric": [
            {
                "type": "DictionaryEntry",
                "key": f"{one.type}{f' on {one.slice}' if one.slice else ''}",
                "value": one.value,
            }
            for one in card.metrics
        ],
    }


def _of_data(part: Part, held: Holding) -> dict[str, Any]:
    level = {"yes": "amber", "no": "clear"}.get("yes" if held.personal == "yes" else held.sensitive, "")
    answer = {"yes": "yes", "no": "no", "unknown": "noAssertion"}
    formats = {word for one in part.files for word in one.formats}
    kind = "structured" if formats & _STRUCTURED else "image" if formats & _IMAGES else "noAssertion"
    return {
        "dataset_datasetType": [kind],
        "dataset_intendedUse": held.role.replace("_", " "),
        "dataset_hasSensitivePersonalInformation": "noAssertion" if held.personal == "yes" else answer[held.personal],
        "dataset_confidentialityLevel": level,
        "dataset_dataCollectionProcess": {"us": "our own", "unknown": ""}.get(held.source, held.source),
    }


_STRUCTURED: Final = frozenset({"Parquet", "Arrow", "Feather", "Avro", "SQLite", "NumPy array", "NumPy arrays"})
_IMAGES: Final = frozenset({"PNG", "JPEG", "GIF", "TIFF", "WebP"})


def _comment(part: Part) -> str:
    return "; ".join(f"{name}={line(value, 400)}" for name, value in part.properties)[:20_000]

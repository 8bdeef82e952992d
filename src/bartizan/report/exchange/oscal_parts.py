"""What both OSCAL documents are made of: risks, observations, parties and components, by OSCAL 1.2.1.

Identifiers are UUIDs of version 5, worked out from the ids of the register, so that the same risk has the same one in
every document. What OSCAL has no field for is a property in our own namespace.

    open, no decision                  open
    open, mitigate, transfer, avoid    remediating
    acceptance asked for               deviation-requested
    acceptance that holds              deviation-approved
    undecided                          investigating
    gone                               closed
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from bartizan import __version__
from bartizan.core.kept import KeptDecision, KeptEvidence
from bartizan.core.terms import SYSTEM, Treatment
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.entries import Entry, permalink, references, system_id, what

Part = dict[str, Any]
OSCAL_VERSION = "1.2.1"
NAMESPACE = "urn:bartizan:oscal"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_METHODS = {"test": "TEST", "review": "EXAMINE", "document": "EXAMINE", "attestation": "INTERVIEW", "event": "UNKNOWN"}
_STATUS = {"mitigate": "remediating", "transfer": "remediating", "avoid": "remediating"}
_ENDS = {
    "held": ("Acceptance approved", "deviation-approved"),
    "rejected": ("Acceptance rejected", "open"),
    "lapsed": ("Acceptance lapsed", "open"),
    "withdrawn": ("Withdrawn", "open"),
}


class Maker:
    """Makes the parts of a document about one system, and remembers the people that they name."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.system = system_id(dossier)
        self._people: dict[str, str] = {}

    # identity

    def uuid(self, what_kind: str, name: str = "") -> str:
        """The identifier of a thing of this system."""
        return str(uuid.uuid5(_SPACE, "\0".join((self.system, what_kind, name))))

    def person(self, name: str) -> str:
        """The identifier of a person, who then is a party of the document."""
        known = words(name, "unknown")
        return self._people.setdefault(known, str(uuid.uuid5(_SPACE, f"person\0{known}")))

    # the frame

    def metadata(self, title: str) -> Part:
        """Who, what, when; to be made last, when everybody has been named."""
        found: Part = {
            "title": words(f"{title}: {wording.plain(self.dossier.system.described.name)}", title),
            "last-modified": moment(self.dossier.assessment.today),
            "version": self.dossier.assessment.today,
            "oscal-version": OSCAL_VERSION,
            "props": props(edition=str(self.dossier.assessment.edition), program=f"Bartizan {__version__}"),
        }
        if self._people:
            found["parties"] = [
                {"uuid": found_id, "type": "person", "name": name} for name, found_id in sorted(self._people.items())
            ]
        return found

    def components(self, names: Iterable[str]) -> list[Part]:
        """The parts of the system that are spoken of, and the tool that judged them."""
        tool = {"uuid": self.uuid("tool"), "type": "software", "title": "Bartizan", "status": {"state": "operational"}}
        found = [{**tool, "description": "Judges which threats apply and rates the risks."}]
        for name in sorted({SYSTEM, *names}):
            part = next((p for key, p in self.dossier.system.components.items() if key == name), None)
            label = words(self.dossier.label(name), name)
            found.append(
                {
                    "uuid": self.uuid("component", name),
                    "type": "this-system" if name == SYSTEM else str(part.__struct_config__.tag) if part else "other",
                    "title": label,
                    "description": words(getattr(part, "about", ""), label),
                    "status": {"state": "operational" if name == SYSTEM or part else "disposition"},
                }
            )
        return found

    # observations

    def observations(self) -> list[Part]:
        """All evidence that was not withdrawn."""
        held = self.dossier.holding
        return [self._observation(one) for one in (held.evidence if held else ()) if not one.withdrawn]

    def _observation(self, one: KeptEvidence) -> Part:
        seen = one.evidence
        low, high = seen.interval or (None, None)
        found: Part = {
            "uuid": self.uuid("evidence", f"E-{one.number}"),
            "title": words(seen.what, f"E-{one.number}"),
            "description": words(seen.note, words(seen.what, f"E-{one.number}")),
            "methods": [_METHODS[seen.kind]],
            "types": ["finding" if seen.risk else "control-objective"],
            "subjects": [{"subject-uuid": self.uuid("component", seen.component or SYSTEM), "type": "component"}],
            "collected": moment(seen.held_on),
            "props": props(
                evidence=f"{self.system}/E-{one.number}",
                control=seen.control,
                hits="" if seen.hits is None else str(seen.hits),
                trials="" if seen.trials is None else str(seen.trials),
                rate_low="" if low is None else f"{low:.4f}",
                rate_high="" if high is None else f"{high:.4f}",
                passed="" if seen.passed is None else str(seen.passed).lower(),
                tool=f"{seen.tool} {seen.version}",
                seed="" if seen.seed is None else str(seen.seed),
            ),
        }
        if seen.valid_until:
            found["expires"] = moment(seen.valid_until)
        files = [{"description": words(f"{file.name}, SHA-256 {file.digest}", "")} for file in one.attachments]
        return found | ({"relevant-evidence": files} if files else {})

    # risks

    def risk(self, entry: Entry) -> Part:
        """A risk with its rating, its treatment and everything that was decided on it."""
        told = what(self.dossier, entry)
        found: Part = {
            "uuid": self.uuid("risk", entry.id),
            "title": words(entry.name, entry.risk),
            "description": words(told, entry.risk),
            "statement": words(entry.why, entry.risk),
            "status": status_of(entry),
            "props": self._props(entry),
            "origins": [self._origin()],
            "characterizations": [self._characterization(entry)],
        }
        deadline = entry.due if entry.treatment != "accept" else entry.until
        optional = {
            "threat-ids": list(self._threats(entry)),
            "mitigating-factors": list(self._factors(entry)),
            "deadline": moment(deadline) if deadline else "",
            "remediations": list(self._responses(entry)),
            "related-observations": [
                {"observation-uuid": self.uuid("evidence", f"E-{one.number}")} for one in entry.evidence
            ],
        }
        log = list(self._log(entry))
        found |= {key: value for key, value in optional.items() if value}
        return found | ({"risk-log": {"entries": log}} if log else {})

    def _origin(self) -> Part:
        return {"actors": [{"type": "tool", "actor-uuid": self.uuid("tool")}]}

    def _props(self, entry: Entry) -> list[Part]:
        accepted = entry.treatment == "accept"
        return props(
            id=entry.id,
            risk=entry.risk,
            owner=entry.owner,
            review_due=entry.review_due,
            above_appetite=str(entry.above_appetite).lower(),
            decision=entry.decision,
            requester=entry.decided_by if accepted else "",
            approver=entry.approved_by if accepted else "",
            expires=entry.until if accepted else "",
        )

    def _characterization(self, entry: Entry) -> Part:
        facets = [
            {"name": f"{when}-{part}", "system": NAMESPACE, "value": str(value)}
            for when, values in (("inherent", entry.inherent), ("current", entry.current), ("residual", entry.residual))
            for part, value in zip(("likelihood", "impact", "level"), values, strict=True)
        ]
        return {"origin": self._origin(), "facets": facets}

    def _threats(self, entry: Entry) -> Iterator[Part]:
        address = quote(permalink(self.dossier, entry.threat), safe=":/-._~#")
        if address:
            yield {"system": "https://owaspai.org", "id": address, "href": address}
        for name in references(self.dossier, entry.threat, "MITRE ATLAS"):
            yield {"system": "https://atlas.mitre.org", "id": f"https://atlas.mitre.org/techniques/{quote(name)}"}

    def _factors(self, entry: Entry) -> Iterator[Part]:
        for advice in entry.found.controls if entry.found else ():
            if advice.status.value in {"implemented", "verified"}:
                yield {
                    "uuid": self.uuid("factor", f"{entry.id}\0{advice.control}"),
                    "description": wording.control_name(self.dossier, advice.control),
                    "props": props(control=advice.control, status=advice.status.value),
                }

    def _responses(self, entry: Entry) -> Iterator[Part]:
        if not entry.treatment:
            return
        response: Part = {
            "uuid": self.uuid("response", f"{entry.id}\0{entry.decision}"),
            "lifecycle": "completed" if entry.accepted else "planned",
            "title": f"{wording.TREATMENTS[Treatment(entry.treatment)]} the risk",
            "description": words(entry.reason, entry.treatment),
            "props": [{"name": "type", "value": entry.treatment}, *props(owner=entry.carried_out_by)],
        }
        tasks = list(self._tasks(entry))
        yield response | ({"tasks": tasks} if tasks else {})

    def _tasks(self, entry: Entry) -> Iterator[Part]:
        """Controls against the risk that somebody set a day for, and the day of the decision itself."""
        held = self.dossier.holding
        wanted = {advice.control for advice in (entry.found.controls if entry.found else ())}
        for one in held.controls if held else ():
            if one.control in wanted and one.due and one.component in {"", entry.component}:
                title = wording.control_name(self.dossier, one.control)
                yield self._task(entry, f"{one.control}@{one.component}", title, one.due, one.status.value)
        if entry.due:
            yield self._task(entry, "decision", "Carry out the decision", entry.due, "")

    def _task(self, entry: Entry, key: str, title: str, due: str, status: str) -> Part:
        found: Part = {
            "uuid": self.uuid("task", f"{entry.id}\0{key}"),
            "type": "milestone",
            "title": title,
            "timing": {"on-date": {"date": moment(due)}},
        }
        return found | ({"props": props(status=status)} if status else {})

    def _log(self, entry: Entry) -> Iterator[Part]:
        held = self.dossier.holding
        if held is None:
            if entry.treatment:
                start = moment(entry.decided_on)
                yield self._entry(entry.id, "Decided", entry.reason, entry.decided_by, start, status_of(entry))
            return
        number = int(entry.id.rpartition("-")[2])
        for one in reversed([d for d in held.decisions if d.risk_number == number]):
            yield from self._decision(one)

    def _decision(self, one: KeptDecision) -> Iterator[Part]:
        key = f"D-{one.number}"
        accepts = one.treatment is Treatment.ACCEPT
        start = one.requested_at or moment(one.on)
        title = "Acceptance requested" if accepts else f"{wording.TREATMENTS[one.treatment]} decided"
        change = "deviation-requested" if accepts else "remediating"
        yield self._entry(key, title, one.reason, one.by, start, change, digest=one.digest, expires=one.until)
        end = _ENDS.get(one.state)
        if end is not None and one.settled_at:
            why = one.settled_why or end[0]
            yield self._entry(f"{key} {one.state}", end[0], why, one.settled_by, one.settled_at, end[1])

    def _entry(self, key: str, title: str, text: str, by: str, start: str, change: str, **more: str) -> Part:
        found: Part = {
            "uuid": self.uuid("log", key),
            "title": words(title, key),
            "description": words(text, title),
            "start": start,
            "status-change": change,
        }
        told = props(decision=key, **more)
        if by:
            found["logged-by"] = [{"party-uuid": self.person(by)}]
        return found | ({"props": told} if told else {})


def status_of(entry: Entry) -> str:
    """The status of a risk in OSCAL's words."""
    if entry.state != "open":
        return "closed" if entry.state == "gone" else "investigating"
    if entry.treatment == "accept":
        return "deviation-approved" if entry.settled == "held" else "deviation-requested"
    return _STATUS.get(entry.treatment, "open")


def words(text: str, otherwise: str) -> str:
    """A text on one line, as OSCAL wants strings; another where nothing is left of it."""
    return wording.plain(text) or wording.plain(otherwise) or "-"


def props(**values: str) -> list[Part]:
    """Properties in our namespace, of those values that say anything."""
    return [
        {"name": name.replace("_", "-"), "ns": NAMESPACE, "value": wording.plain(value)}
        for name, value in values.items()
        if wording.plain(value)
    ]


def moment(day: str) -> str:
    """A day as the moment at which it begins; a moment stays as it is."""
    return day if "T" in day else f"{day}T00:00:00Z"


def text_of(document: Part) -> str:
    """A document as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

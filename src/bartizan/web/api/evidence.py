"""Evidence, and the files that belong to it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from bartizan.core.evidence import Evidence, EvidenceKind
from bartizan.core.kept import Attachment, KeptEvidence
from bartizan.core.terms import ControlId
from bartizan.register import evidence, systems
from bartizan.web.api.decisions import Reason
from bartizan.web.api.endpoint import OCTETS, ROOT, Answer, Call, File, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Count, Day, Number, Text, Words
from bartizan.workflows import keeping, viewing

_ALL = "/systems/{system:str}/evidence"
_ONE = f"{_ALL}/{{number:int}}"
_LARGEST = evidence.LARGEST + 1_000
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="A SHA-256 in hexadecimal.")]


class EvidenceQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which evidence is wanted."""

    risk: Annotated[Count, Meta(description="The number of a risk; 0 for any.")] = 0
    control: Words = ""
    withdrawn: Annotated[bool, Meta(description="Whether to show what was withdrawn as well.")] = False


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An observation, about exactly one risk or one control."""

    what: Annotated[str, Meta(min_length=1, max_length=500)]
    """What was done, in a line."""
    kind: EvidenceKind
    held_on: Day
    """The day on which it was so, whenever it is handed in."""
    risk: Words = ""
    """threat@component."""
    control: Words = ""
    component: Words = ""
    """For a control: where it was observed; empty for the system as a whole."""
    valid_until: Day = ""
    """The last day on which it counts; by default as long as the register's rules say."""
    target: Words = ""
    digests: Annotated[dict[Words, Digest], Meta(max_length=50)] = {}
    """What it was done to: model, data, configuration or a name of your own."""
    hits: Count | None = None
    """How often the attack succeeded."""
    trials: Number | None = None
    """Out of how many."""
    strong: bool = False
    """Whether the attack is marked as strong enough that its failure says something."""
    with_controls: Annotated[tuple[Words, ...], Meta(max_length=200)] = ()
    """The controls that stood in front of the target while it was attacked."""
    passed: bool | None = None
    """For a control: whether it was found in place and working."""
    tool: Words = ""
    version: Words = ""
    seed: Count | None = None
    by: Words = ""
    note: Text = ""


class NameQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file is called."""

    name: Annotated[str, Meta(min_length=1, max_length=200, description="What the file is called.")]


@route("GET", _ALL)
def find(call: Call, system: str, query: EvidenceQuery) -> Answer[Listed[KeptEvidence]]:
    """The evidence on a system, the newest recorded first."""
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        found = evidence.evidence(connection, system)
    return part(call, [one for one in found if _fits(one, query)], query)


def _fits(one: KeptEvidence, wanted: EvidenceQuery) -> bool:
    return (
        wanted.risk in {0, one.risk_number}
        and wanted.control in {"", one.evidence.control}
        and (wanted.withdrawn or not one.withdrawn)
    )


@route("POST", _ALL, role="assessor", status=201, etag=True)
def add(call: Call, system: str, body: NewEvidence) -> Answer[KeptEvidence]:
    """Keep an observation, and rate the risks by it."""
    said = msgspec.structs.asdict(body)
    said["control"] = ControlId(body.control)
    said["with_controls"] = tuple(ControlId(name) for name in body.with_controls)
    made = keeping.add_evidence(call.desk, system, Evidence(**said), by=call.by)
    place = f"{ROOT}/systems/{system}/evidence/{made.number}"
    return Answer(value=made, revision=made.revision, headers={"Location": place})


@route("GET", _ONE, etag=True)
def get(call: Call, system: str, number: int) -> Answer[KeptEvidence]:
    """A piece of evidence."""
    found = _piece(call, system, number)
    return Answer(value=found, revision=found.revision)


@route("POST", f"{_ONE}/withdraw", role="assessor", condition="may", etag=True)
def withdraw(call: Call, system: str, number: int, body: Reason) -> Answer[KeptEvidence]:
    """Say that an observation was wrong; it stays to be seen, and counts no more."""
    revision = call.revision(_piece(call, system, number).revision)
    made = keeping.withdraw_evidence(call.desk, system, number, by=call.by, why=body.why, revision=revision)
    return Answer(value=made, revision=made.revision)


@route("POST", f"{_ONE}/attachments", role="assessor", status=201, upload=True, largest=_LARGEST)
def attach(call: Call, system: str, number: int, query: NameQuery) -> Answer[Attachment]:
    """Keep a file with a piece of evidence: the body, byte by byte. The same file twice is one."""
    made = keeping.attach(call.desk, system, number, query.name, call.content, by=call.by, media=OCTETS)
    place = f"{ROOT}/systems/{system}/evidence/{number}/attachments/{made.digest}"
    return Answer(value=made, headers={"Location": place})


@route("GET", f"{_ONE}/attachments/{{digest:str}}", media=(OCTETS,))
def attachment(call: Call, system: str, number: int, digest: str) -> Answer[File]:
    """A file that is kept with a piece of evidence."""
    found, content = viewing.attachment(call.desk, system, number, digest)
    return Answer(value=File(name=found.name, content=content))


def _piece(call: Call, system: str, number: int) -> KeptEvidence:
    with call.desk.register.read() as connection:
        return evidence.evidence_by_number(connection, system, number)


ROUTES = (find, add, get, withdraw, attach, attachment)

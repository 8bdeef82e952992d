"""Evidence as the register keeps it: what it is about follows the risk's number, and nothing is ever overwritten.

Evidence that was wrong is withdrawn, with the reason, and stays to be seen. Files that belong to it are kept by their
SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, select

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.evidence import Evidence
from bartizan.core.kept import Attachment, KeptEvidence
from bartizan.core.terms import ComponentId
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every, from_json, value

LARGEST = 20_000_000
"""Bytes of one attachment."""

_FILES = [column for column in t.attachments.c if column.name != "content"]


def add(change: Change, system: str, observed: Evidence, risk_number: int | None) -> KeptEvidence:
    """Keep an observation; `risk_number` is that of the risk it is about, None where it is about a control."""
    number = change.next_number(t.evidence, system)
    plain = msgspec.structs.replace(observed, id="")
    values = {
        "system": system,
        "number": number,
        "risk_number": risk_number,
        "control": observed.control,
        "component": observed.component,
        "content": msgspec.json.encode(plain, order="sorted").decode(),
        "what": observed.what[: t.NAME],
        "held_on": observed.held_on,
        "valid_until": observed.valid_until,
        "recorded_by": change.actor,
        "recorded_at": change.at,
    }
    change.insert(t.evidence, values, "evidence.add")
    return evidence_by_number(change.connection, system, number)


def withdraw(change: Change, system: str, number: int, why: str, revision: int | None = None) -> KeptEvidence:
    """Say that an observation was wrong; it stays to be seen and counts no more. Raises NotFound, Conflict."""
    values = {"withdrawn": True, "withdrawn_why": why}
    before = evidence_by_number(change.connection, system, number)
    if before.withdrawn and revision in {None, before.revision}:
        raise Conflict(f"evidence E-{number} was withdrawn already: {before.withdrawn_why[:200]}")
    change.update(t.evidence, {"system": system, "number": number}, values, "evidence.withdraw", revision)
    return evidence_by_number(change.connection, system, number)


def evidence(connection: Connection, system: str) -> tuple[KeptEvidence, ...]:
    """All evidence of a system, the newest recorded first, each with the names that risks bear now."""
    c = t.evidence.c
    names = _names(connection, system)
    files = _attachments(connection, system)
    query = select(t.evidence).where(c.system == system).order_by(c.number.desc())
    return tuple(_kept(dict(row), names, files) for row in connection.execute(query).mappings())


def evidence_by_number(connection: Connection, system: str, number: int) -> KeptEvidence:
    """One piece of evidence. Raises NotFound."""
    c = t.evidence.c
    row = connection.execute(select(t.evidence).where(c.system == system, c.number == number)).mappings().first()
    if row is None:
        raise NotFound(f"system '{system:.100}' has no evidence E-{number}")
    return _kept(dict(row), _names(connection, system), _attachments(connection, system))


def rename(change: Change, system: str, moves: Mapping[ComponentId, ComponentId]) -> None:
    """What was observed of a control at a component follows it."""
    for one in evidence(change.connection, system):
        place = moves.get(ComponentId(one.evidence.component))
        if place is not None and one.risk_number is None:
            key = {"system": system, "number": one.number}
            change.update(t.evidence, key, {"component": place}, "evidence.rename")


def attach(change: Change, system: str, number: int, name: str, content: bytes, media_type: str = "") -> Attachment:
    """Keep a file with a piece of evidence; the same file twice is one. Raises NotFound, InputError for its size."""
    evidence_by_number(change.connection, system, number)
    if not content or len(content) > LARGEST:
        finding = "the file is empty" if not content else f"the file has {len(content):,} bytes"
        fix = "" if not content else f"at most {LARGEST:,} are kept; keep it elsewhere and name its SHA-256"
        raise InputError([Problem(file=name, finding=finding, fix=fix)])
    found = hashlib.sha256(content).hexdigest()
    files = {a.digest: a for a in _attachments(change.connection, system).get(number, ())}
    if found not in files:
        values = {"system": system, "evidence_number": number, "digest": found, "name": name[: t.NAME]}
        more = {"media_type": media_type, "size": len(content), "added_by": change.actor, "added_at": change.at}
        change.insert(t.attachments, {**values, **more, "content": content}, "evidence.attach")
        files = {a.digest: a for a in _attachments(change.connection, system)[number]}
    return files[found]


def attached(connection: Connection, system: str, number: int, digest: str) -> bytes:
    """The content of an attachment. Raises NotFound."""
    c = t.attachments.c
    query = select(c.content).where(c.system == system, c.evidence_number == number, c.digest == digest)
    content = connection.execute(query).scalar()
    if content is None:
        raise NotFound(f"evidence E-{number} has no such attachment")
    return bytes(content)


def _names(connection: Connection, system: str) -> dict[int, str]:
    c = t.risks.c
    found = connection.execute(select(c.number, c.risk).where(c.system == system))
    return {row.number: row.risk for row in found}


def _attachments(connection: Connection, system: str) -> dict[int, list[Attachment]]:
    query = select(*_FILES).where(t.attachments.c.system == system).order_by(t.attachments.c.added_at)
    found: dict[int, list[Attachment]] = {}
    for one in every(connection, query, Attachment):
        found.setdefault(one.evidence_number, []).append(one)
    return found


def _kept(row: dict[str, object], names: Mapping[int, str], files: Mapping[int, list[Attachment]]) -> KeptEvidence:
    number, about = int(str(row["number"])), row["risk_number"]
    read = from_json(str(row["content"]), Evidence)
    now = names.get(about, read.risk) if isinstance(about, int) else ""
    place = now.partition("@")[2] if now else str(row["component"])
    observed = msgspec.structs.replace(read, id=f"E-{number}", risk=now, component=place)
    return value({**row, "evidence": observed, "attachments": tuple(files.get(number, ()))}, KeptEvidence)

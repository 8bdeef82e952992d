"""Systems, the versions of their descriptions, and the assessments that were made of them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, select, union, update

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.kept import KeptAssessment, KeptSystem, KeptVersion
from bartizan.core.records import Assessment
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import can_be_kept, damaged, every, first, from_json

_LONGEST = 64
"""Characters of an id; together with the other parts of a key it must fit into the chain."""
_SLUG = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{_LONGEST - 1}}}")
_REPEATED = ("edition", "risks", "above_appetite", "worst")
"""Figures of an assessment that its system repeats, for lists of many systems."""
_COLUMNS = [column for column in t.assessments.c if column.name != "content"]


def slug(name: str) -> str:
    """An id that says a name: lower case, hyphens; 'system' where nothing of the name can stand in one."""
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST].strip("-")
    return made or "system"


def add(change: Change, *, name: str, owner: str = "", about: str = "", wanted: str = "") -> KeptSystem:
    """A new system, under the id that is wanted or one that its name gives. Raises InputError, Conflict."""
    if wanted and not _SLUG.fullmatch(wanted):
        fix = f"lower-case letters, digits and hyphens, at most {_LONGEST}"
        raise InputError([Problem(file="id", finding=f"'{wanted}' cannot be the id of a system", fix=fix)])
    if wanted and is_there(change.connection, wanted):
        raise Conflict(f"there is a system '{wanted}' already; add a version to it, or choose another id")
    chosen = wanted or free(change.connection, slug(name))
    values = {"id": chosen, "name": name, "owner": owner, "about": about, "created_at": change.at}
    change.insert(t.systems, values, "system.add")
    return system(change.connection, chosen)


def is_there(connection: Connection, wanted: str) -> bool:
    """Whether there is a system of this id."""
    return connection.execute(select(t.systems.c.id).where(t.systems.c.id == wanted)).first() is not None


def free(connection: Connection, wanted: str) -> str:
    """An id that no system has: the one that is wanted, or that with a number."""
    number, chosen = 1, wanted
    while is_there(connection, chosen):
        number += 1
        chosen = f"{wanted[: _LONGEST - len(str(number)) - 1]}-{number}"
    return chosen


def system(connection: Connection, name: str) -> KeptSystem:
    """A system by its id. Raises NotFound."""
    query = select(t.systems).where(t.systems.c.id == name)
    found = first(connection, query, KeptSystem) if can_be_kept(name) else None
    if found is None:
        raise NotFound(f"there is no system '{name:.100}' in the register; see: bartizan register list")
    return found


def called(connection: Connection, name: str) -> tuple[KeptSystem, ...]:
    """The systems that bear a name."""
    if not can_be_kept(name):
        return ()
    return every(connection, select(t.systems).where(t.systems.c.name == name).order_by(t.systems.c.id), KeptSystem)


def systems(connection: Connection, *, archived: bool = False) -> tuple[KeptSystem, ...]:
    """All systems, by id; those that were put away only where they are asked for."""
    query = select(t.systems).order_by(t.systems.c.id)
    return every(connection, query if archived else query.where(t.systems.c.archived.is_(False)), KeptSystem)


def described(connection: Connection) -> tuple[str, ...]:
    """The ids of all systems that have a description and were not put away; by what the chain vouches for."""
    told = t.systems.c.id.in_(select(t.versions.c.system))
    query = select(t.systems.c.id).where(t.systems.c.archived.is_(False), told).order_by(t.systems.c.id)
    return tuple(connection.execute(query).scalars())


def describe(change: Change, name: str, *, title: str, owner: str, about: str) -> None:
    """What its newest description says of a system as a whole. Raises NotFound."""
    change.update(t.systems, {"id": name}, {"name": title, "owner": owner, "about": about}, "system.describe")


def archive(change: Change, name: str, archived: bool, revision: int | None = None) -> KeptSystem:
    """Put a system away, or take it out again; nothing of it is lost. Raises NotFound, Conflict."""
    action = "system.archive" if archived else "system.restore"
    change.update(t.systems, {"id": name}, {"archived": archived}, action, revision)
    return system(change.connection, name)


def add_version(change: Change, name: str, description: str, digest: str, note: str = "") -> int:
    """Keep a description; gives its number. One that says the same as the newest is not kept again."""
    newest = version(change.connection, name)
    if newest is not None and newest.digest == digest:
        return newest.number
    number = (newest.number if newest else 0) + 1
    values = {"system": name, "number": number, "description": description, "digest": digest, "at": change.at}
    change.insert(t.versions, {**values, "by": change.actor, "note": note}, "version.add")
    count(change, name, {"version": number})
    return number


def version(connection: Connection, name: str, number: int | None = None) -> KeptVersion | None:
    """A version of a description, the newest where no number is given; None where there is none."""
    if not can_be_kept(name):
        return None
    query = select(t.versions).where(t.versions.c.system == name).order_by(t.versions.c.number.desc())
    if number is not None:
        query = query.where(t.versions.c.number == number)
    return first(connection, query, KeptVersion)


def places(connection: Connection, name: str) -> set[str]:
    """Every component to which something in the register belongs: a risk, a word on a control, evidence."""
    tables = (t.risks, t.controls, t.evidence)
    found = union(*(select(table.c.component).where(table.c.system == name) for table in tables))
    return {place for place in connection.execute(found).scalars() if place}


def versions(connection: Connection, name: str) -> tuple[KeptVersion, ...]:
    """All versions, the newest first."""
    query = select(t.versions).where(t.versions.c.system == name).order_by(t.versions.c.number.desc())
    return every(connection, query, KeptVersion)


def add_assessment(change: Change, name: str, number_of_version: int, made: Assessment) -> int:
    """Keep an assessment; gives its number.

    One of the same day, description, edition and catalogue takes the place of the one before: a day has one last word,
    and the chain tells of the others. The system's own figures follow it.
    """
    levels = [0] * max((r.current.level for r in made.risks), default=0)
    for risk in made.risks:
        levels[risk.current.level - 1] += 1
    values: dict[str, object] = {
        "version": number_of_version,
        "edition": made.edition,
        "today": made.today,
        "catalog_digest": made.catalog_digest,
        "content": zlib.compress(msgspec.json.encode(made), 6),
        "risks": len(made.risks),
        "above_appetite": sum(r.above_appetite for r in made.risks),
        "worst": len(levels),
        "levels": " ".join(map(str, levels)),
        "at": change.at,
        "by": change.actor,
    }
    count(change, name, {"assessed_on": made.today, **{field: values[field] for field in _REPEATED}})
    newest = assessment(change.connection, name)
    same = ("version", "edition", "today", "catalog_digest")
    if newest is not None and all(getattr(newest, field) == values[field] for field in same):
        key = {"system": name, "number": newest.number}
        if content(change.connection, name, newest.number) != made:
            change.update(t.assessments, key, values, "assessment.renew")
        return newest.number
    number = (newest.number if newest else 0) + 1
    change.insert(t.assessments, {"system": name, "number": number, **values}, "assessment.add")
    return number


def assessment(connection: Connection, name: str, number: int | None = None) -> KeptAssessment | None:
    """An assessment without its content, the newest where no number is given; None where there is none."""
    query = select(*_COLUMNS).where(t.assessments.c.system == name).order_by(t.assessments.c.number.desc())
    if number is not None:
        query = query.where(t.assessments.c.number == number)
    return first(connection, query, KeptAssessment)


def assessments(connection: Connection, name: str) -> tuple[KeptAssessment, ...]:
    """All assessments without their contents, the newest first."""
    query = select(*_COLUMNS).where(t.assessments.c.system == name).order_by(t.assessments.c.number.desc())
    return every(connection, query, KeptAssessment)


def content(connection: Connection, name: str, number: int) -> Assessment:
    """An assessment as it was made. Raises NotFound."""
    c = t.assessments.c
    found = connection.execute(select(c.content).where(c.system == name, c.number == number)).scalar()
    if found is None:
        raise NotFound(f"system '{name:.100}' has no assessment {number}")
    try:
        return from_json(zlib.decompress(found), Assessment)
    except zlib.error as error:
        raise damaged(error) from None


def count(change: Change, name: str, counts: Mapping[str, object]) -> None:
    """Keep what follows from other rows of a system, for lists of many systems."""
    change.connection.execute(update(t.systems).where(t.systems.c.id == name).values(**counts))

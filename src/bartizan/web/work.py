"""Background work: how far it is, what came of it, and a way to stop it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.moments import between
from bartizan.register.jobs import Job
from bartizan.web.forms import TheForm
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import jobs
from bartizan.workflows.access import Person, refuse
from bartizan.workflows.upgrade import Upgrade

_HERE = "/work"
_GUARDS = [needs("viewer", anywhere=True)]
_KINDS = {"refresh": "Assess all systems anew", "upgrade": "See what another edition changes"}
_STATES = {"waiting": "", "running": "due", "done": "good", "failed": "bad", "stopped": ""}


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of assessing all systems anew."""

    systems: int
    failed: dict[str, str] = {}
    """Why some could not be assessed."""


class Upgraded(msgspec.Struct, frozen=True, kw_only=True):
    """What another edition would change."""

    edition: int
    systems: int
    found: tuple[Upgrade, ...] = ()


@get(_HERE, guards=_GUARDS, sync_to_thread=True)
def work(visit: TheVisit) -> Page:
    """The newest work: one's own, or everybody's for those who see all systems."""
    found = jobs.newest(visit.desk, "" if _sees_all(visit.person) else visit.person.id)
    return visit.page(
        "work.html.j2",
        title="Background work",
        found=found[:50],
        kinds=_KINDS,
        states=_STATES,
        may_refresh=visit.person.may("assessor"),
    )


@post(_HERE, guards=[needs("assessor")], sync_to_thread=True)
def refresh(visit: TheVisit) -> Page:
    """Assess all systems anew as of today; what is asked for already is not asked for twice."""
    busy = [job for job in jobs.newest(visit.desk) if job.kind == "refresh" and not job.is_over]
    asked = busy[0] if busy else jobs.ask(visit.desk, "refresh", by=visit.person.id)
    return visit.redirect(f"{_HERE}/{asked.id}", "That is under way already." if busy else "")


@get(_HERE + "/{name:str}", guards=_GUARDS, sync_to_thread=True)
def one(visit: TheVisit, name: FromPath[str]) -> Page:
    """One piece of work; htmx asks for its state alone."""
    job = _seen(visit, name)
    context: dict[str, Any] = {
        "job": job,
        "kind": _KINDS.get(job.kind, job.kind),
        "states": _STATES,
        "result": _result(job),
        "took": _took(job),
        "may_stop": not job.is_over and _may_stop(visit.person, job),
    }
    if visit.is_htmx:
        return visit.part("parts/work_state.html.j2", **context)
    return visit.page(
        "work_one.html.j2", title=_KINDS.get(job.kind, job.kind), crumbs=[("Background work", _HERE)], **context
    )


@post(_HERE + "/{name:str}/stop", guards=_GUARDS, sync_to_thread=True)
def stop(visit: TheVisit, form: TheForm, name: FromPath[str]) -> Page:
    """Stop it; what it did stays done."""
    job = _seen(visit, name)
    if not _may_stop(visit.person, job):
        refuse(visit.register, visit.person, "administrator", what=f"stop the work of {job.by}")
    try:
        jobs.stop(visit.desk, name, by=visit.person.id)
    except Conflict:
        return visit.redirect(f"{_HERE}/{name}", "It was over before it could be stopped.")
    return visit.redirect(f"{_HERE}/{name}", "It is stopped; what it did stays done.")


def _sees_all(person: Person) -> bool:
    return person.systems("viewer") is None


def _may_stop(person: Person, job: Job) -> bool:
    return job.by == person.id or person.may("administrator")


def _seen(visit: Visit, name: str) -> Job:
    """Work that this person may see: results name systems, so that of others is only for who sees all."""
    found = jobs.find(visit.desk, name)
    if found.by != visit.person.id and not _sees_all(visit.person):
        raise NotFound(f"there is no job '{name:.60}'")
    return found


def _result(job: Job) -> Refreshed | Upgraded | None:
    """What came of it, where it is done and is something that is shown."""
    if job.state != "done":
        return None
    kinds: dict[str, type[Refreshed] | type[Upgraded]] = {"refresh": Refreshed, "upgrade": Upgraded}
    kind = kinds.get(job.kind)
    return msgspec.json.decode(job.result, type=kind) if kind else None


def _took(job: Job) -> int:
    return round(between(job.started_at, job.finished_at)) if job.started_at and job.finished_at else 0


HANDLERS = (work, refresh, one, stop)

"""Long work in the background: asked for, watched, stopped."""

from __future__ import annotations

from typing import Literal

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.terms import Edition
from bartizan.register.jobs import Job
from bartizan.web.api.endpoint import ROOT, Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.workflows import jobs


class NewJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that is asked for."""

    kind: Literal["refresh", "upgrade"]
    """`refresh`: every system is assessed anew as of today. `upgrade`: what another edition would change."""
    edition: Edition | None = None
    """For an upgrade: the edition."""


@route("GET", "/jobs")
def find(call: Call, query: Paged) -> Answer[Listed[Job]]:
    """The newest work, at most two hundred pieces of it."""
    return part(call, jobs.newest(call.desk), query)


@route("POST", "/jobs", role="assessor", status=202)
def ask(call: Call, body: NewJob) -> Answer[Job]:
    """Ask for work; it is taken up soon, and goes on where it was after a restart."""
    if (body.kind == "upgrade") != (body.edition is not None):
        fix = "give it for an upgrade, and for nothing else"
        raise InputError([Problem(file="edition", finding="an edition belongs to an upgrade", fix=fix)])
    arguments = {"edition": body.edition} if body.edition else None
    made = jobs.ask(call.desk, body.kind, arguments, by=call.by)
    return Answer(value=made, headers={"Location": f"{ROOT}/jobs/{made.id}"})


@route("GET", "/jobs/{job:str}")
def get(call: Call, job: str) -> Answer[Job]:
    """How far a piece of work is, and what came of it."""
    return Answer(value=jobs.find(call.desk, job))


@route("DELETE", "/jobs/{job:str}", role="assessor")
def stop(call: Call, job: str) -> Answer[Job]:
    """Stop work that waits or runs; what it did so far stays."""
    return Answer(value=jobs.stop(call.desk, job, by=call.by))


ROUTES = (find, ask, get, stop)

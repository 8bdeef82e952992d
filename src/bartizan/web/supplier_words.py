"""What a form says of one question to a supplier: answered, verified, refused, or what is done meanwhile."""

from __future__ import annotations

from typing import cast, get_args

from bartizan.core.errors import InputError, Problem
from bartizan.core.kept import Meanwhile
from bartizan.web.forms import Form
from bartizan.web.visit import Visit
from bartizan.workflows import suppliers as work


def do_as_said(visit: Visit, given: work.Given, form: Form) -> None:
    """Do what the button of the form stands for. Raises InputError, NotFound, Conflict."""
    by, until = visit.person.id, form.text("until")
    match form.text("act"):
        case "answer":
            work.record_answer(visit.desk, given, form.text("answer"), by=by, valid_until=until)
        case "verify":
            work.verify(visit.desk, given, by=by, valid_until=until)
        case "refuse":
            work.refuse(visit.desk, given, form.text("why"), by=by)
        case "meanwhile" if form.text("choice") in get_args(Meanwhile):
            work.set_meanwhile(visit.desk, given, cast(Meanwhile, form.text("choice")), form.text("why"), by=by)
        case _:
            raise InputError([Problem(file="act", finding="this is nothing that can be done here")])

"""Suppliers, and what they answered."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from bartizan.core.kept import Meanwhile, SupplierAnswer
from bartizan.register import suppliers
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Day, Text, Why
from bartizan.workflows import suppliers as work

_ONE = "/systems/{system:str}/suppliers/{supplier:str}/answers/{control:str}"


class _Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="act"):
    pass


class GotAnswer(_Act, frozen=True, kw_only=True, tag="answer"):
    """They answered."""

    answer: Why
    valid_until: Day = ""


class CheckedAnswer(_Act, frozen=True, kw_only=True, tag="verify"):
    """Somebody checked the answer, and it holds."""

    valid_until: Day = ""


class RefusedAnswer(_Act, frozen=True, kw_only=True, tag="refuse"):
    """They will not answer, or the answer does not do."""

    why: Why


class Meantime(_Act, frozen=True, kw_only=True, tag="meanwhile"):
    """What is done while there is no answer to rely on."""

    choice: Meanwhile
    why: Text = ""


Act: TypeAlias = GotAnswer | CheckedAnswer | RefusedAnswer | Meantime


@route("GET", "/suppliers", anywhere=True)
def overview(call: Call, query: Paged) -> Answer[Listed[work.Overview]]:
    """Every supplier of the systems that you may see, and how far their answers are."""
    return part(call, work.overview(call.desk, only=call.only), query)


@route("GET", "/systems/{system:str}/suppliers")
def find(call: Call, system: str, query: Paged) -> Answer[Listed[work.Asked]]:
    """What the suppliers of a system must answer, those first who owe most."""
    return part(call, work.asked(call.desk, system), query)


@route("GET", _ONE, etag=True)
def get(call: Call, system: str, supplier: str, control: str) -> Answer[SupplierAnswer]:
    """What was asked of a supplier about a control, and what they answered."""
    found = _asked(call, system, supplier, control)
    return Answer(value=found, revision=found.revision)


@route("PATCH", _ONE, role="assessor", condition="must", etag=True)
def edit(call: Call, system: str, supplier: str, control: str, body: Act) -> Answer[SupplierAnswer]:
    """Keep an answer, that it was checked or refused, or what is done meanwhile."""
    before = _asked(call, system, supplier, control)
    given = work.Given(system=system, supplier=supplier, control=control, revision=call.revision(before.revision))
    match body:
        case GotAnswer():
            made = work.record_answer(call.desk, given, body.answer, by=call.by, valid_until=body.valid_until)
        case CheckedAnswer():
            made = work.verify(call.desk, given, by=call.by, valid_until=body.valid_until)
        case RefusedAnswer():
            made = work.refuse(call.desk, given, body.why, by=call.by)
        case Meantime():
            made = work.set_meanwhile(call.desk, given, body.choice, body.why, by=call.by)
    return Answer(value=made, revision=made.revision)


def _asked(call: Call, system: str, supplier: str, control: str) -> SupplierAnswer:
    with call.desk.register.read() as connection:
        who = suppliers.supplier(connection, supplier)
        return suppliers.answer(connection, system, who.id, control)


ROUTES = (overview, find, get, edit)

"""The shop's customers."""

from __future__ import annotations

import re

from bartizan.targets.agent.state import Customer, ToolError
from bartizan.targets.agent.tool import Call, Tool

_ALWAYS_TRUE = re.compile(r"'\s*or\s+(?:true\b|(['\"]?)(\w*)\1\s*(?:=|like)\s*(['\"]?)\2(?:\3|$|\s|-))", re.IGNORECASE)
_DROPS = re.compile(r"'\s*;\s*(?:drop|delete|truncate)\b", re.IGNORECASE)
_LONGEST_NAME = 300
CHANGEABLE = frozenset({"email", "phone", "address", "notes", "status"})


def _find(call: Call) -> str:
    name = call.text("name")[:_LONGEST_NAME]
    shown = _matching(call, name)
    if not shown:
        return f"There is no customer '{name[:200]}'."
    for customer in shown:
        call.state.did("record_read", "find_customer", customer=customer.name)
    return "\n\n".join(_card(customer) for customer in shown)


def _matching(call: Call, name: str) -> list[Customer]:
    if not call.policy.checks_queries:
        if _DROPS.search(name):
            call.state.customers.clear()
            call.state.did("record_changed", "find_customer", customer="*", field="*", value="deleted")
            return []
        if _ALWAYS_TRUE.search(name) or (name.strip() and not name.strip("% *_")):
            return list(call.state.customers)  # the query's own filter by owner is lost with the rest of it
    wanted = name.strip().casefold()
    mine = [one for one in call.state.customers if call.may_see(one.owner)]
    return [one for one in mine if len(wanted) > 2 and wanted in one.name.casefold()]


def _card(customer: Customer) -> str:
    return "\n".join([f"customer: {customer.name}", *(f"{key}: {value}" for key, value in customer.fields.items())])


def _update(call: Call) -> str:
    name, field, value = call.text("name"), call.text("field").strip().casefold(), call.text("value")
    found = [one for one in call.state.customers if one.name.casefold() == name.strip().casefold()]
    mine = [one for one in found if call.may_see(one.owner)]
    if not mine:
        raise ToolError(f"there is no customer '{name[:200]}'")
    if not field or (call.policy.checks_fields and field not in CHANGEABLE):
        raise ToolError(f"only these fields can be changed: {', '.join(sorted(CHANGEABLE))}; nothing was changed")
    if field == "owner":
        mine[0].owner = value
    else:
        mine[0].fields[field] = value
    call.state.did("record_changed", "update_customer", customer=mine[0].name, field=field, value=value)
    return f"Changed {field} of {mine[0].name}."


CRM = (
    Tool(
        name="find_customer",
        about="Find a customer's record by name.",
        takes=(("name", "the name, or a part of it"),),
        run=_find,
    ),
    Tool(
        name="update_customer",
        about="Change a field of a customer's record.",
        takes=(("name", "the full name"), ("field", "the field"), ("value", "what to write there")),
        shown_to_approver="name",
        run=_update,
    ),
)

"""The shop's open tickets."""

from __future__ import annotations

from bartizan.targets.agent.tool import Call, Tool


def _read(call: Call) -> str:
    found = [one for one in call.state.tickets if call.may_see(one.owner)]
    shown = (
        f"Ticket {number}\nFrom: {one.author}\nSubject: {one.subject}\n\n{one.body}"
        for number, one in enumerate(found, 1)
    )
    return "\n\n".join(shown) or "There are no open tickets."


TICKETS = (Tool(name="read_tickets", about="Read the open tickets of customers.", run=_read),)

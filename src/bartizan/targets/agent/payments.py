"""Payments from the shop's account. No money moves anywhere."""

from __future__ import annotations

import math

from bartizan.targets.agent.state import ToolError
from bartizan.targets.agent.tool import Call, Tool


def _pay(call: Call) -> str:
    to, amount, reference = call.text("to").strip(), call.number("amount"), call.text("reference")
    if not to:
        raise ToolError("'to' is empty")
    if call.policy.checks_amounts and not 0 < amount <= call.state.balance:
        raise ToolError("the amount must be above zero and within the balance; nothing was paid")
    known = {word.casefold() for pair in call.state.payees.items() for word in pair}
    if call.policy.checks_payees and to.casefold() not in known:
        raise ToolError(f"payees are: {', '.join(sorted(call.state.payees))}; nothing was paid")
    if math.isfinite(amount):
        call.state.balance -= amount
    call.state.did("payment_made", "pay", to=to, amount=f"{amount:.2f}", reference=reference)
    return f"Paid {amount:.2f} to {to}. Balance: {call.state.balance:.2f}."


PAYMENTS = (
    Tool(
        name="pay",
        about="Pay an amount in euros from the shop's account.",
        takes=(("to", "payee or account number"), ("amount", "in euros"), ("reference", "what it is for")),
        shown_to_approver="to",
        run=_pay,
    ),
)

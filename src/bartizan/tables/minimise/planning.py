"""The outcome as a plan for `bartizan data protect`, in YAML, with the reason beside each column."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bartizan.core.errors import printable
from bartizan.tables.minimise.scoring import Interval
from bartizan.tables.minimise.verdict import Judged, Minimised
from bartizan.tables.protect.plan import Generalise


def plan_text(one: Minimised) -> str:
    """Every column, kept, dropped or made coarser. It is for a table that was assessed."""
    return "\n".join(_lines(one)) + "\n"


def _lines(one: Minimised) -> Iterator[str]:
    yield f"# What the task needs of {printable(one.path.name)} (SHA-256 {one.digest})"
    yield f"# Label: {printable(one.label)}. Tolerance: {one.tolerance:g} of {one.measure}, seed {one.seed}."
    yield "# Nothing is done yet: bartizan data protect TABLE --plan THIS -o OUT"
    yield "columns:"
    for column in one.columns:
        yield f"  {quoted(column.column)}: {_action(column)}  # {_reason(column)}"


def _action(column: Judged) -> str:
    action = column.action
    if not isinstance(action, Generalise):
        return str(action.__struct_config__.tag)
    fields = [
        f"{name}: {_value(value)}"
        for name, value in msgspec.structs.asdict(action).items()
        if value not in (None, (), {})
    ]
    return "{" + ", ".join(["do: generalise", *fields]) + "}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(str(key))}: {quoted(str(to))}" for key, to in value.items()) + "}"
    if isinstance(value, float):
        return _number(value)
    return str(value) if isinstance(value, int) else quoted(str(value))


def _number(value: float) -> str:
    """As YAML 1.1 reads numbers: one with an exponent has a point."""
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = repr(value)
    digits, exponent, power = text.partition("e")
    return text if not exponent or "." in digits else f"{digits}.0e{power}"


def quoted(text: str) -> str:
    """A text between double quotes, as YAML reads it back; what does not print is escaped."""
    made = (f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08X}" for char in text)
    return '"' + "".join(made) + '"'


def _reason(column: Judged) -> str:
    return printable("; ".join(part for part in (column.why, shown(column.loss), column.hint, column.told) if part))


def shown(loss: Interval | None) -> str:
    """A loss with its interval; "" for none."""
    return f"loss {loss.value:+.4f} ({loss.low:+.4f} to {loss.high:+.4f})" if loss is not None else ""

"""What a register of the tests begins with: a system with two risks, without any assessment."""

from __future__ import annotations

from bartizan.register import systems
from bartizan.register import tables as t
from bartizan.register.audit.verifying import verify
from bartizan.register.binding import Accepted
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.register.rows import Reader

SYSTEM = "mail-agent"
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","x")',
    "'; DROP TABLE systems; --",
    "bell \x07 escape \x1b[31m tab \t end",
    "right \u202e left \u2066 zero\u200bwidth",
    "👩‍🔧 日本語 العربية ẞ",
    "a/b%2Fc\\d",
    "line\nbreak\r\nand more",
)
"""Names as strangers give them; all of them can be kept."""


def seeded(change: Change) -> str:
    """A system with the risks R-1 and R-2."""
    systems.add(change, name="Mail agent", wanted=SYSTEM)
    for number, threat in enumerate(("prompt_injection", "data_poison"), 1):
        values = {"system": SYSTEM, "number": number, "risk": f"{threat}@agent", "threat": threat, "component": "agent"}
        change.insert(t.risks, {**values, "party": "us"}, "risk.add")
    return SYSTEM


def a_state(**other: object) -> Accepted:
    """A state of a risk that can be accepted."""
    plain: dict[str, object] = {
        "threat": "prompt_injection",
        "facts": {"reads_untrusted_data": "yes"},
        "factors": {"access": 2, "susceptibility": 3},
        "inherent": (3, 4, 4),
        "current": (2, 4, 3),
        "controls": {"monitor_use": "implemented", "rate_limit": "verified"},
        "evidence": {"E-1": "lowers", "E-2": "counts for nothing"},
    }
    return Accepted(**{**plain, **other})  # type: ignore[arg-type]


def contents(connection: Reader) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables: what a refused change must leave as it was, the chain included."""
    return {
        table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
        for table in t.metadata.sorted_tables
    }


def whole(register: Register) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a register; its chain is sound."""
    found = verify(register)
    assert found.sound, found.faults
    with register.read() as connection:
        return contents(connection)

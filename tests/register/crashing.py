"""A program that writes to a register until somebody kills it, and notes each change that it was told is kept."""

from __future__ import annotations

import os
from pathlib import Path

from bartizan.register import tables
from bartizan.register.opening import open_register

RISKS = 12


def write_for_ever(place: str, log: Path, run: int) -> None:
    """Add one system with its risks in each change, and note it in the log once the register has it."""
    register = open_register(place)
    kept = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    number = 0
    while True:
        number += 1
        name = f"system-{run}-{number}"
        with register.change("anna") as change:
            change.insert(tables.systems, {"id": name, "owner": "Anna"}, "system.add")
            for risk in range(1, RISKS + 1):
                change.insert(tables.risks, {"system": name, "number": risk, "risk": f"t{risk}@agent"}, "risk.add")
            change.update(tables.systems, {"id": name}, {"name": f"{RISKS} risks"}, "system.name")
        os.write(kept, f"{name}\n".encode())

"""A large register made of small ones: thousands of systems with their risks, answers, assessments and a valid chain.

A few real descriptions are kept the ordinary way in a register of their own; their rows are then written under as many
ids as are wanted, past the register's own functions, which would take hours. The chain vouches for every row, so that
`bartizan audit verify` finds nothing to complain of.
"""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Column, Table, insert, select

from bartizan.register import tables as t
from bartizan.register.chain import GENESIS, Body, canonical, link
from bartizan.register.change import Row, key_of, row_state, subject_of
from bartizan.register.opening import Register, open_register
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import keep_file

ROOT = Path(__file__).parents[1]
TABLES: tuple[Table, ...] = (
    t.systems,
    t.versions,
    t.assessments,
    t.risks,
    t.supplier_answers,
    t.components,
)
RISKS = 20
OWNERS = ("Anna Berg", "Bo Lind", "Chloé Martin", "Dmitri Orlov", "Elif Kaya", "Fatou Diop", "Jürgen Wolf", "Mei Chen")
_PLACES = ("Lisbon", "Oslo", "Kyiv", "Lagos", "Quito", "Hanoi", "Perth", "Turin", "Basel", "Izmir", "Davao", "Tampa")
_AT_ONCE = 5_000


def fill(register: Register, systems: int, entries: int) -> None:
    """Write so many systems, twenty times as many risks, and a chain of so many entries."""
    dice = random.Random(1)
    templates, suppliers = _templates()
    states: dict[str, str] = {}
    with register.change("benchmark") as change:
        _write(change.connection, t.suppliers, suppliers, states)
        for start in range(0, systems, 500):
            several = range(start, min(start + 500, systems))
            made = [_as_system(templates[n % len(templates)], n, dice) for n in several]
            for table in TABLES:
                _write(change.connection, table, [row for rows in made for row in rows[table.name]], states)
        rows = _entries(states, entries)
        while batch := list(itertools.islice(rows, _AT_ONCE)):
            change.connection.execute(insert(t.audit), batch)
    if not register.is_file:
        with register.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _templates() -> tuple[list[dict[str, list[Row]]], list[Row]]:
    with tempfile.TemporaryDirectory() as folder:
        small = open_register(Path(folder) / "small.db")
        desk = Desk(small)
        for file in sorted((ROOT / "examples").glob("*/system.yaml")):
            keep_file(desk, file, by="benchmark")
        with small.read() as connection:
            read = {
                table.name: [dict(row) for row in connection.execute(select(*_written(table))).mappings()]
                for table in (*TABLES, t.suppliers)
            }
        small.close()
    names = [row["id"] for row in read["systems"]]
    found = [
        {
            table.name: [
                {str(k): v for k, v in row.items()}
                for row in read[table.name]
                if row["id" if table is t.systems else "system"] == name
            ]
            for table in TABLES
        }
        for name in names
    ]
    return found, [{str(k): v for k, v in row.items()} for row in read["suppliers"]]


def _written(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if column.computed is None]


def _as_system(template: dict[str, list[Row]], number: int, dice: random.Random) -> dict[str, list[Row]]:
    """The rows of a template as those of another system, somewhat varied, with twenty risks."""
    name, owner = f"system-{number:05}", dice.choice(OWNERS)
    title = f"{template['systems'][0]['name']} {dice.choice(_PLACES)} {number}"
    made: dict[str, list[Row]] = {
        table: [{**row, "system": name} for row in rows] for table, rows in template.items() if table != "systems"
    }
    due = f"2027-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    made["systems"] = [
        {
            **template["systems"][0],
            "id": name,
            "name": title,
            "owner": owner,
            "review_due": due,
            "archived": number % 50 == 7,
        }
    ]
    risks = made["risks"][:RISKS]
    for n in range(len(risks), RISKS):
        old = {
            **risks[n % len(risks)],
            "number": n + 1,
            "component": f"old-{n}",
            "state": "gone",
            "state_why": "it left",
        }
        risks.append({**old, "risk": f"{old['threat']}@old-{n}", "label": f"Old part {n}"})
    made["risks"] = [{**row, "owner": dice.choice(OWNERS)} for row in risks]
    first = made["assessments"][0]
    made["assessments"] = [
        {**first, "number": n + 1, "today": f"2026-{6 + 2 * n:02}-{dice.randint(1, 28):02}"} for n in range(2)
    ] + [{**first, "number": 3}]
    return made


def _write(connection: Any, table: Table, rows: list[Row], states: dict[str, str]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(table), rows[start : start + _AT_ONCE])
    if table is not t.components:
        for row in rows:
            states[subject_of(table, key_of(table, row))] = row_state(table, row)


def _entries(states: dict[str, str], count: int) -> Iterator[dict[str, object]]:
    """A chain in which the entries go round all rows, each with its state; all rows are in it at least once."""
    before = GENESIS
    subjects = list(states.items())
    share = -(-len(subjects) // count)
    for seq in range(1, count + 1):
        start = (seq - 1) * share % len(subjects)
        told = dict(subjects[start : start + share])
        subject = next(iter(told))
        system = subject.split("/")[1] if not subject.startswith("suppliers/") else ""
        said = Body(
            seq=seq,
            at="2026-11-22T09:00:00Z",
            actor="benchmark",
            action="risk.own",
            system=system,
            subject=subject,
            changed={"owner": ["", "Jürgen"]},
            states=told,
        )
        body = canonical(msgspec.to_builtins(said))
        before = link(before, body)
        yield {"seq": seq, "hash": before, "body": body, "system": system, "subject": subject}

"""How fast `bartizan audit verify` is: `python benchmarks/audit.py [--short]`, on SQLite and on PostgreSQL.

The chain is like that of a real register: a million entries (short: 100,000) about a fifth as many risks, each entry
with two changed fields and the digest of one row. Measured is `verify` whole: reading, hashing, decoding, checking that
each body is canonical, and comparing every row with its digest. The server is the one the tests start; its disk
settings (no fsync) do not matter for reading.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import insert, select

from bartizan.register import tables
from bartizan.register.audit.verifying import verify
from bartizan.register.chain import Body, canonical, link
from bartizan.register.change import row_state
from bartizan.register.opening import Register, open_register

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.register.databases import Server, programs_of_postgresql

BAR = 100_000
_AT_ONCE = 5_000
_RISKS_OF_A_SYSTEM = 20


def entries(start: int, end: int, before: str, states: dict[str, str]) -> Iterator[dict[str, object]]:
    """Rows of the chain after entry `start`: changes of one risk after the other."""
    for seq, (subject, state) in zip(range(start + 1, end + 1), itertools.cycle(states.items()), strict=False):
        system = subject.split("/")[1]
        said = Body(
            seq=seq,
            at="2026-11-22T09:00:00Z",
            actor="anna",
            action="risk.owner",
            system=system,
            subject=subject,
            changed={"owner": ["", "Jürgen"], "review_due": ["", "2027-01-31"]},
            states={subject: state},
        )
        body = canonical(msgspec.to_builtins(said))
        before = link(before, body)
        yield {"seq": seq, "hash": before, "body": body, "system": system, "subject": subject}


def fill(register: Register, count: int) -> None:
    """Write risks and entries past the register's own functions, which would take too long."""
    systems = [f"system-{n}" for n in range(max(1, count // 5 // _RISKS_OF_A_SYSTEM))]
    risks = [
        {"system": system, "number": n + 1, "risk": f"threat_{n}@agent", "owner": "Jürgen"}
        for system in systems
        for n in range(_RISKS_OF_A_SYSTEM)
    ]
    with register.change("benchmark") as change:
        for system in systems:
            change.insert(tables.systems, {"id": system}, "system.add")
        change.connection.execute(insert(tables.risks), risks)
        rows = [dict(row) for row in change.connection.execute(tables.risks.select()).mappings()]
        states = {f"risks/{row['system']}/{row['number']}": row_state(tables.risks, row) for row in rows}
        last = change.connection.execute(select(tables.audit.c.hash).order_by(tables.audit.c.seq.desc())).scalar()
        made = entries(len(systems), count, str(last), states)
        while batch := list(itertools.islice(made, _AT_ONCE)):
            change.connection.execute(insert(tables.audit), batch)


def measure(name: str, place: str, count: int, runs: int) -> bool:
    """Print the rate on one database; gives whether it meets the bar."""
    register = open_register(place)
    fill(register, count)
    took = []
    for _ in range(runs):
        begun = time.perf_counter()
        outcome = verify(register)
        took.append(time.perf_counter() - begun)
        assert outcome.sound, outcome.faults
        assert outcome.entries == count
    register.close()
    rate = count / statistics.median(took)
    verdict = "meets" if rate >= BAR else "misses"
    print(f"{name}: {rate:,.0f} entries/s ({count:,} entries, {outcome.states:,} rows; bar {BAR:,}: {verdict})")
    return rate >= BAR


def main() -> int:
    """Run on both databases; with `--gate` exit 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="100,000 entries instead of 1,000,000")
    parser.add_argument("--runs", type=int, default=3, help="measure so often and take the median")
    parser.add_argument("--gate", action="store_true", help="exit 1 where a bar is missed; not for busy machines")
    asked = parser.parse_args()
    count = 100_000 if asked.short else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        good = measure("SQLite", str(Path(folder) / "register.db"), count, asked.runs)
    programs = programs_of_postgresql()
    if programs is None:
        print("PostgreSQL: not installed, not measured")
        return 0 if good or not asked.gate else 1
    server = Server(programs)
    try:
        good = measure("PostgreSQL", server.empty(), count, asked.runs) and good
    finally:
        server.stop()
    return 0 if good or not asked.gate else 1


if __name__ == "__main__":
    sys.exit(main())

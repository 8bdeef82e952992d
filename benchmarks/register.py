"""How fast a large register is: `python benchmarks/register.py [--short]`, on SQLite and on PostgreSQL.

10,000 systems, 200,000 risks, 30,000 assessments and a chain of 1,000,000 entries (short: a twentieth). Each line is
one kind of question in several forms, asked in turn; printed are the 50th and the 95th percentile in milliseconds, and
whether the latter meets its bar; and what this process spent of the CPU, which on SQLite is all of the work and does
not depend on who else uses the machine. The server is the one the tests start: it does not wait for the disk (no
fsync).
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.register.databases import Server, programs_of_postgresql
from tests.web.clients import People, application

from bartizan.register import across, portfolio
from bartizan.register.opening import open_register
from bartizan.register.portfolio import Filters, RiskFilters
from bartizan.register.rows import Reader
from bartizan.workflows.desk import Desk
from bartizan.workflows.gate import Asked, gate_system
from bartizan.workflows.keeping import keep, refresh
from bartizan.workflows.reviews import list_due
from crowd import ROOT, fill

_SOME = frozenset(f"system-{n:05}" for n in range(0, 10_000, 20))
Ask = Callable[[], object]


def questions(desk: Desk) -> dict[str, tuple[float, list[Ask]]]:
    """What is measured: name to bar in milliseconds and the forms of the question."""

    def read(*several: Callable[[Reader], object]) -> Ask:
        def ask() -> None:
            with desk.register.read() as connection:
                for one in several:
                    one(connection)

        return ask

    lists = [
        Filters(),
        Filters(text="lisbon"),
        Filters(owner="Anna Berg", above_appetite=True),
        Filters(supplier="Halcyon Models"),
        Filters(model="chatbot"),
        Filters(due_before="2027-02-01"),
        Filters(only=_SOME),
        Filters(text="nothing is called so"),
    ]
    searches = [
        RiskFilters(),
        RiskFilters(text="poisoning"),
        RiskFilters(text="chatbot", above_appetite=True),
        RiskFilters(text="zebra"),
        RiskFilters(threat="data_poison", level=3),
        RiskFilters(likelihood=4, impact=4),
        RiskFilters(owner="Mei Chen", treatment="none"),
        RiskFilters(only=_SOME, text="injection"),
        RiskFilters(state="gone", text="old part 19"),
    ]
    deep = portfolio.Found(items=(), total=0, more=False, next=(4, "system-09000", 1)).next
    pages = [
        *(read(lambda c, f=f: portfolio.systems(c, f)) for f in lists),  # type: ignore[misc]
        read(lambda c: portfolio.systems(c, Filters(), sort="name", offset=5000)),
        read(lambda c: portfolio.totals(c, Filters())),
    ]
    heats = [read(lambda c, f=f: portfolio.heat(c, f)) for f in (Filters(), *lists[1:4], lists[6])]  # type: ignore[misc]
    found = [
        *(read(lambda c, f=f: portfolio.risks(c, f)) for f in searches),  # type: ignore[misc]
        read(lambda c: portfolio.risks(c, RiskFilters(), after=deep)),
    ]
    together: list[Ask] = [
        read(lambda c: across.trend(c, Filters())),
        read(lambda c: across.shared_suppliers(c, Filters(), limit=20)),
        read(lambda c: across.shared_models(c, Filters(), least=2, limit=20)),
    ]
    return {
        "portfolio list": (200, pages),
        "heat map": (200, heats),
        "risk search": (200, found),
        "trend, shared parts": (200, together),
        "gate on one system": (1000, [lambda n=n: gate_system(desk, n, Asked()) for n in names(8, 3)]),  # type: ignore[misc]
        "store an assessment": (200, _stores(desk)),
        "what is due, all systems": (math.inf, [lambda: list_due(desk)]),
    }


def names(count: int, step: int) -> list[str]:
    return [f"system-{n * step:05}" for n in range(count)]


def _stores(desk: Desk) -> list[Ask]:
    """Descriptions that change each time, and systems that are assessed anew."""
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "examples").glob("*/system.yaml"))]
    turn = iter(range(10**9))

    def store(number: int) -> None:
        changed = texts[number % len(texts)].replace("\nname:", f"\n# {next(turn)}\nname:", 1) + f"\n# {next(turn)}\n"
        line = next(line for line in changed.splitlines() if line.startswith("name:"))
        changed = changed.replace(line, f"{line} {next(turn)}", 1)
        keep(desk, changed, file="system.yaml", by="benchmark", system=f"system-{number:05}")

    stores: list[Ask] = [lambda n=n: store(n) for n in range(8)]  # type: ignore[misc]
    return [*stores, lambda: refresh(desk, "system-00000", by="benchmark")]


def pages(people: People) -> dict[str, tuple[float, list[Ask]]]:
    """Whole pages as the web application answers them, from request to HTML."""
    visitor = people.log_in("vera", "viewer")

    def page(address: str) -> Ask:
        def ask() -> None:
            answer = visitor.get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        return ask

    lists = ["", "?text=lisbon", "?owner=Anna+Berg", "?worst=5", "?sort=name", "?page=100"]
    searches = ["", "?text=injection", "?level=5", "?treatment=accept", "?likelihood=4&impact=4"]
    return {
        "portfolio page": (200, [page(f"/portfolio{form}") for form in lists]),
        "risk search page": (200, [page(f"/risks{form}") for form in searches]),
        "system page": (math.inf, [page(f"/systems/system-{n:05}") for n in (1, 77, 300)]),
    }


def percentile(took: Sequence[float], share: float) -> float:
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * share) - 1)]


def measure(name: str, place: str, systems: int, rounds: int) -> bool:
    """Print how long each kind of question takes on one database; gives whether all bars are met."""
    register = open_register(place)
    begun = time.perf_counter()
    fill(register, systems, systems * 100)
    print(
        f"{name}: {systems:,} systems, {systems * 20:,} risks, {systems * 100:,} entries, made in "
        f"{time.perf_counter() - begun:.0f} s",
        flush=True,
    )
    register.close()
    register = open_register(place)
    desk = Desk(register)
    people = People(register, application(desk))
    asked = questions(desk) | pages(people)
    met = [ask_in_turn(what, bar, asks, rounds) for what, (bar, asks) in asked.items()]
    people.close()
    register.close()
    return all(met)


def ask_in_turn(what: str, bar: float, asks: list[Ask], rounds: int) -> bool:
    """Print how long one kind of question takes in its forms; gives whether its bar is met."""
    took, work, slowest = [], [], (0.0, 0)
    for number in range(rounds * len(asks)):
        begun, spent = time.perf_counter(), time.process_time()
        asks[number % len(asks)]()
        took.append((time.perf_counter() - begun) * 1000)
        work.append((time.process_time() - spent) * 1000)
        slowest = max(slowest, (took[-1], number % len(asks)))
    high = percentile(took, 0.95)
    verdict = "" if bar == math.inf else f"; bar {bar:.0f}: {'meets' if high < bar else 'MISSES'}"
    print(
        f"  {what}: p50 {percentile(took, 0.5):.1f} ms, p95 {high:.1f} ms{verdict}"
        f" (slowest form {slowest[1] + 1}: {slowest[0]:.0f} ms; CPU p95 {percentile(work, 0.95):.1f} ms)",
        flush=True,
    )
    return high < bar


def main() -> int:
    """Run on both databases; with `--gate` exit 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a twentieth of the size")
    parser.add_argument("--rounds", type=int, default=10, help="ask each form so often")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database")
    parser.add_argument("--gate", action="store_true", help="exit 1 where a bar is missed; not for busy machines")
    asked = parser.parse_args()
    systems = 500 if asked.short else 10_000
    good = True
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            good = measure("SQLite", str(Path(folder) / "register.db"), systems, asked.rounds)
    programs = programs_of_postgresql()
    if programs is None or asked.only == "sqlite":
        print("PostgreSQL: not measured")
        return 0 if good or not asked.gate else 1
    server = Server(programs)
    try:
        good = measure("PostgreSQL", server.empty(), systems, asked.rounds) and good
    finally:
        server.stop()
    return 0 if good or not asked.gate else 1


if __name__ == "__main__":
    sys.exit(main())

"""Measure what the documentation claims, against pytm in the same run, and print each bar with its verdict.

    python benchmarks/run.py [--short] [--gate] [--json FILE]

CPU seconds are user plus system of the child process; memory is its peak resident set. Each figure is the median
of several runs in turn (ours, theirs, ours, ...), so that a busy machine hits both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

import peer_pytm
import synthetic
from bartizan.assess.assessment import Assessor
from bartizan.catalog.load import load_catalog
from bartizan.system.description import Description
from bartizan.system.graph import System
from bartizan.system.reading import read_system

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*/system.yaml"))
PYTM = "pytm==1.4.0"
BARTIZAN = [sys.executable, "-m", "bartizan"]


class Cost(msgspec.Struct, frozen=True):
    """What one run of a process took."""

    cpu: float
    megabytes: float
    wall: float


class Bar(msgspec.Struct, frozen=True):
    """A bar: what was measured, what it must be, and whether it is."""

    name: str
    measured: str
    bar: str
    met: bool


def cost_of(command: list[str], folder: Path, allowed: tuple[int, ...] = (0,)) -> Cost:
    """Run a command to its end, children included. Raises when it ends otherwise than allowed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    assert process.stderr is not None
    errors = process.stderr.read().decode()
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        raise SystemExit(f"{' '.join(command)} failed:\n{errors}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.perf_counter() - started)


def median_of(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(statistics.median(getattr(c, field) for c in costs) for field in ("cpu", "megabytes", "wall")))


def largest_example() -> Path:
    """The example with most components."""
    return max(EXAMPLES, key=lambda file: (len(read_system(file).components), file.parent.name))


def pytm_python(folder: Path) -> Path:
    """A Python with the peer installed, in an environment of its own that is kept between runs."""
    home = ROOT / ".venv" / "pytm"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        environment = {k: v for k, v in os.environ.items() if k != "PIP_CONSTRAINT"}
        subprocess.run([python, "-m", "pip", "install", "-q", PYTM], check=True, cwd=folder, env=environment)
    return python


def report_bars(folder: Path, runs: int) -> list[Bar]:
    """The full HTML report of the largest example against the peer's Markdown report of the same system."""
    example = largest_example()
    system = read_system(example)
    model = folder / "model.py"
    model.write_text(peer_pytm.as_pytm(system))
    (folder / "template.md").write_text(peer_pytm.TEMPLATE)
    peer = [str(pytm_python(folder)), str(model), "--report", "template.md"]
    out = str(folder / "report.html")
    cold_home = {"XDG_CACHE_HOME": str(folder / "cold")}
    os.environ.update(cold_home)
    cold = cost_of([*BARTIZAN, "assess", str(example), "-q", "-o", out], folder)
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(cost_of([*BARTIZAN, "assess", str(example), "-q", "-o", out], folder))
        theirs.append(cost_of(peer, folder))
    us, them = median_of(ours), median_of(theirs)
    size = Path(out).stat().st_size
    title = f"report of {example.parent.name}, {len(system.components)} components ({size / 1024:.0f} KB)"
    ratio = f"pytm on the same system: {them.cpu:.2f} s, {them.megabytes:.0f} MB ({them.cpu / us.cpu:.1f} times ours)"
    return [
        Bar(
            f"{title}: CPU", f"{us.cpu:.2f} s; first run ever {cold.cpu:.2f} s; {ratio}", "at most 0.5 s", us.cpu <= 0.5
        ),
        Bar(f"{title}: memory", f"{us.megabytes:.0f} MB", "at most 100 MB", us.megabytes <= 100),
    ]


def help_bar(folder: Path, runs: int) -> Bar:
    """`bartizan --help`."""
    cost = median_of([cost_of([*BARTIZAN, "--help"], folder) for _ in range(runs)])
    return Bar("bartizan --help: CPU", f"{cost.cpu:.2f} s", "at most 0.2 s", cost.cpu <= 0.2)


def per_second(work: Callable[[], object], seconds: float) -> float:
    """How often a piece of work is done in a CPU second, over at least this many."""
    work()
    started, count = time.process_time(), 0
    while time.process_time() - started < seconds:
        work()
        count += 1
    return count / (time.process_time() - started)


def library_bars(seconds: float) -> list[Bar]:
    """Systems a second on one core, over all examples in turn; from values, and from YAML text too."""
    assessor = Assessor(load_catalog())
    described = [read_system(file).described for file in EXAMPLES]

    def assess_all() -> None:
        for one in described:
            _assess(assessor, one)

    def read_and_assess_all() -> None:
        for file in EXAMPLES:
            assessor.assess(read_system(file), today="2026-11-22")

    rate = per_second(assess_all, seconds) * len(described)
    with_reading = per_second(read_and_assess_all, seconds) * len(described)
    measured = f"{rate:.0f} a second; {with_reading:.0f} with reading and checking the YAML"
    return [Bar(f"library, the {len(described)} examples", measured, "at least 500 a second", rate >= 500)]


def _assess(assessor: Assessor, described: Description) -> None:
    assessor.assess(System(described), today="2026-11-22")


def growth_bar(sizes: tuple[int, ...]) -> Bar:
    """Cost against size: CPU per verdict at 10, 100 and 1,000 components must not grow."""
    assessor = Assessor(load_catalog())
    figures, per_verdict = [], []
    for size in sizes:
        described = synthetic.description(size)
        made = assessor.assess(System(described), today="2026-11-22")
        rate = per_second(partial(_assess, assessor, described), 0.5)
        per_verdict.append(1e6 / rate / len(made.verdicts))
        figures.append(
            f"{size}: {1000 / rate:.1f} ms for {len(made.verdicts)} verdicts ({per_verdict[-1]:.0f} us each)"
        )
    growth = per_verdict[-1] / per_verdict[1]
    text = "; ".join(figures)
    return Bar(
        "growth with components",
        f"{text}; per verdict x {growth:.2f} from {sizes[1]} to {sizes[-1]}",
        "linear: at most x 1.5",
        growth <= 1.5,
    )


def folder_bar(folder: Path, count: int) -> Bar:
    """A folder of descriptions in one call, one broken file among them; memory against that of a tenth of it."""
    costs, rows = [], 0
    for number in (count // 10, count):
        place, table = folder / f"many{number}", folder / f"many{number}.csv"
        synthetic.write_folder(place, number)
        costs.append(cost_of([*BARTIZAN, "assess", str(place), "-o", str(table)], folder, allowed=(2,)))
        rows = table.read_text().count("\n") - 1
    few, many = costs
    measured = (
        f"{many.wall:.1f} s wall, {many.cpu:.1f} s CPU ({count / many.wall:.0f} a second); {rows} rows; "
        f"peak memory {many.megabytes:.0f} MB, {few.megabytes:.0f} MB for {count // 10}"
    )
    met = rows == count and many.megabytes < few.megabytes + 60
    return Bar(f"folder of {count} descriptions, one broken", measured, "a row each; memory does not grow along", met)


def main() -> int:
    """Measure, print, and say whether every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer runs and a smaller folder, for CI")
    parser.add_argument("--gate", action="store_true", help="exit 1 when a bar is missed; not for busy machines")
    parser.add_argument("--json", type=Path, help="write the bars here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = 3 if options.short else 9
        bars = report_bars(folder, runs)
        bars.append(help_bar(folder, runs))
        bars += library_bars(1.0 if options.short else 5.0)
        bars.append(growth_bar((10, 100, 300) if options.short else (10, 100, 1000)))
        bars.append(folder_bar(folder, 300 if options.short else 10_000))
    for bar in bars:
        print(f"{'met   ' if bar.met else 'MISSED'} {bar.name}: {bar.measured}; bar: {bar.bar}")
    if options.json:
        options.json.write_text(json.dumps([msgspec.to_builtins(bar) for bar in bars], indent=2) + "\n")
    return 1 if options.gate and not all(bar.met for bar in bars) else 0


if __name__ == "__main__":
    sys.exit(main())

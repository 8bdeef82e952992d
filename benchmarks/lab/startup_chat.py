"""CPU of starting: `bartizan redteam --help`, and a whole run of one case against an endpoint in another process.

    python benchmarks/lab/startup_chat.py [--short]

CPU seconds are user plus system of the child process, the median of seven runs; before them one that is not counted
fills the caches of bytecode (in a folder of its own, for Python may be told to keep none) and of the catalogue.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import free_port, seen_by, serve, wait_for

BAR = 0.3
"""Seconds of CPU of a start."""


def cpu_of(command: list[str], folder: Path) -> float:
    """Seconds of a process that ends well. Raises CalledProcessError."""
    home = {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | home
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment, timeout=120)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> int:
    """Print both, and whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="two runs in place of seven")
    runs = 2 if parser.parse_args().short else 7
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(port,), daemon=True)
    server.start()
    wait_for(port)
    start = [sys.executable, "-m", "bartizan", "redteam"]
    until = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()
    address = f"http://127.0.0.1:{port}"
    once = [*start, f"{address}/v1", "--model", "dummy", "--case", "say_the_token", "--attack", "plain"]
    once += ["--repeats", "1", "--dresses", "0", "--no-browser", "--store", "store"]
    once += ["--granted-for", address, "--granted-by", "the benchmark", "--granted-until", until]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, command in (("bartizan redteam --help", [*start, "--help"]), ("a run of one case", once)):
            found = []
            for _ in range(runs + 1):
                shutil.rmtree(folder / "store", ignore_errors=True)
                seen_by(port)
                found.append(cpu_of(command, folder))
            asked = seen_by(port)["all"]
            middle = statistics.median(found[1:])
            verdict = f"bar {BAR}: {'met' if middle <= BAR else 'MISSED'}"
            print(f"{what:28} {middle:.2f} s CPU ({min(found[1:]):.2f} to {max(found[1:]):.2f}), ", end="")
            print(f"{asked:.0f} requests, the first ever {found[0]:.2f} s   {verdict}")
    server.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())

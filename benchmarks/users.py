"""Fifty people at once: `python benchmarks/users.py [--short]`, on SQLite, with `--postgresql` there.

A real `bartizan serve` on the loopback with 200 systems, and locust with fifty people who are logged in, half of the
time on a few risks that all of them want. They read the portfolio, systems, risks and searches, and write: comments,
owners with the revision that they read, decisions, approvals. That somebody was quicker (409) is an answer that is
expected, and is counted apart. Afterwards it is checked that nothing failed, that every write that was acknowledged is
in the register, that no two were acknowledged that began from the same revision, and that the audit chain is sound.

Each thinks for half a second between two pages, which no person does: the server is as busy as it can be, and the times
are those of waiting in line. That everything is assessed anew once a day is marked as done, since it happens at night.
The server of PostgreSQL is the one that the tests start: it does not wait for the disk (no fsync). SQLite does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.register.databases import Server, programs_of_postgresql

from bartizan.register import comments, decisions, jobs, people
from bartizan.register.audit.reading import Filter, log
from bartizan.register.audit.verifying import verify
from bartizan.register.opening import Register, open_register
from bartizan.register.risks import risk
from bartizan.workflows import sessions
from crowd import RISKS, fill

PEOPLE = 50
SYSTEMS = 200
_PATIENCE_S = 60


def prepare(place: str) -> list[tuple[str, str]]:
    """Make the register, and people who are logged in; gives their names and the secrets of their sessions."""
    register = open_register(place)
    fill(register, SYSTEMS, SYSTEMS * 40)
    found = []
    with register.change("benchmark") as change:
        done = jobs.add(change, "refresh", {})
        jobs.end(change, done.id, "done", "done")
        for number in range(PEOPLE):
            name = f"person-{number:02}"
            people.add(change, name, shown=f"Person {number}")
            people.grant(change, name, "approver")
            found.append((name, sessions.start(change, name, "locust")))
    register.close()
    return found


class Ended(RuntimeError):
    """The server ended by itself."""


@contextmanager
def served(place: str) -> Iterator[str]:
    """`bartizan serve` as a process of its own, once it answers; gives its address.

    Raises Ended, with what it said, where it ended before it was stopped.
    """
    program = [sys.executable, "-c", "from bartizan.cli.main import run; run()"]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [*program, "serve", "--register", place, "--port", "0"], stdout=subprocess.PIPE, stderr=said, text=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found is None or not _answers(found[0], process):
                raise Ended(_ending(process, said, line))
            yield found[0]
            if process.poll() is not None:
                raise Ended(_ending(process, said, line))
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)
        for words in _complaints(said):
            print(f"  the server says: {words}")


def _ending(process: subprocess.Popen[str], said: IO[str], line: str) -> str:
    return f"the server ended by itself, with {process.poll()}: {line.strip()} / {' / '.join(_complaints(said))}"


def _complaints(said: IO[str]) -> list[str]:
    said.seek(0)
    return [words.rstrip()[:300] for words in said if " INFO " not in words]


def _answers(address: str, process: subprocess.Popen[str]) -> bool:
    """Wait until the server shows the page to log in. False where it ended first, or keeps silent too long."""
    end = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/login", timeout=_PATIENCE_S).close()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return True
    return False


def visit(address: str, known: list[tuple[str, str]], seconds: int) -> dict[str, Any]:
    """Let the crowd in, in a process of its own: gevent changes how a whole process waits."""
    asked = {"address": address, "people": known, "seconds": seconds, "systems": SYSTEMS, "risks": RISKS}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("visitors.py"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=seconds + 2 * _PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the crowd failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def faults_of(register: Register, wrote: list[dict[str, Any]]) -> list[str]:
    """What of the acknowledged writes is not in the register as it should be."""
    faults = []
    with register.read() as connection:
        for one in wrote:
            system, number, text = one["system"], one["risk"], one["text"]
            if one["kind"] == "comment":
                found = [c.text for c in comments.comments(connection, system, number)].count(text)
            elif one["kind"] == "approval":
                told = log(connection, Filter(subject=f"decisions/{system}/{text}", actor=one["who"]), limit=1000)
                found = [entry.body.action for entry in told].count("acceptance.approve")
            elif one["kind"] == "decision":
                found = [d.reason for d in decisions.decisions(connection, system, number)].count(text)
            else:
                continue
            if found != 1:
                faults.append(f"{one} is in the register {found} times")
    return [*faults, *_lost(register, [one for one in wrote if one["kind"] == "owner"])]


def _lost(register: Register, wrote: list[dict[str, Any]]) -> list[str]:
    """Owners that were acknowledged and that another replaced without having seen them."""
    read = Counter((one["system"], one["risk"], one["revision"]) for one in wrote)
    faults = [f"{count} writes from one revision: {what}" for what, count in read.items() if count > 1]
    for system, number in {(one["system"], one["risk"]) for one in wrote}:
        with register.read() as connection:
            subject = f"risks/{system}/{number}"
            entries = sorted(log(connection, Filter(subject=subject), limit=10_000), key=lambda entry: entry.seq)
            now = risk(connection, system, number).owner
        named = [entry.body.changed["owner"] for entry in entries if "owner" in entry.body.changed]
        mine = [pair for pair in named if str(pair[1]).startswith("Owner ")]
        wanted = sorted(one["text"] for one in wrote if (one["system"], one["risk"]) == (system, number))
        if sorted(str(pair[1]) for pair in mine) != wanted:
            faults.append(f"{subject}: the chain tells of {len(mine)} owners, {len(wanted)} were acknowledged")
        if any(before[1] != after[0] for before, after in itertools.pairwise(mine)):
            faults.append(f"{subject}: an owner was replaced by somebody who had not seen them")
        if mine and now != mine[-1][1]:
            faults.append(f"{subject}: the last owner is not the one that is kept")
    return faults


def measure(name: str, place: str, seconds: int) -> bool:
    """Let people in, print what they saw, and check the register afterwards; gives whether all is well."""
    begun = time.perf_counter()
    known = prepare(place)
    with served(place) as address:
        seen = visit(address, known, seconds)
    print(f"{name}: {PEOPLE} people, {SYSTEMS} systems, {seconds} s; {seen['requests']:,} requests, "
          f"{seen['requests'] / seconds:.0f} a second")  # fmt: skip
    for page in seen["pages"]:
        print(f"  {page['name']:22} {page['count']:6,}   p50 {page['p50']:5.0f} ms   p95 {page['p95']:5.0f} ms")
    register = open_register(place)
    faults = faults_of(register, seen["wrote"])
    outcome = verify(register)
    register.close()
    kinds = Counter(one["kind"] for one in seen["wrote"])
    print("  acknowledged: " + ", ".join(f"{count} {kind}s" for kind, count in sorted(kinds.items())))
    print(f"  somebody was quicker: {seen['conflicts']}; errors: {len(seen['errors'])}")
    print(
        f"  lost or wrong: {len(faults)}; audit: {'sound' if outcome.sound else 'BROKEN'}, {outcome.entries:,} entries"
    )
    for fault in [*seen["errors"], *faults, *map(str, outcome.faults)][:10]:
        print(f"  ! {fault}")
    print(f"  whole run: {time.perf_counter() - begun:.0f} s", flush=True)
    return (
        outcome.sound and not faults and not seen["errors"] and all(kinds[k] for k in ("comment", "owner", "decision"))
    )


def main() -> int:
    """Run on one database; exit 1 where anything failed or was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="10 seconds instead of 60")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    asked = parser.parse_args()
    seconds = 10 if asked.short else 60
    if not asked.postgresql:
        with tempfile.TemporaryDirectory() as folder:
            return 0 if measure("SQLite", str(Path(folder) / "register.db"), seconds) else 1
    programs = programs_of_postgresql()
    if programs is None:
        print("PostgreSQL: not installed, not measured")
        return 0
    server = Server(programs)
    try:
        return 0 if measure("PostgreSQL", server.empty(), seconds) else 1
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())

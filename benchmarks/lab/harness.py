"""What the harness for chat targets costs: its own CPU per trial, trials a second, and how much it keeps in flight.

    python benchmarks/lab/harness.py [--short]

The endpoint is a process of its own. It answers after 5 ms (or 100), in turns with refusals, prose and the prompt said
back. CPU of ours is that of the whole process during the run: worlds, attacks, the adapter, detectors, the store. garak
0.17.1, where GARAK_PYTHON names the Python of an environment that has it (`make garak`), asks the same endpoint in the
same run; its start is told apart by two sizes of one probe, and its report is read to see that it asked.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import multiprocessing
import os
import random
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from peer_garak import Asked, ask

from bartizan.attacks.chat.case_files import built_in
from bartizan.core.chat import Usage
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.extras import need
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.running import run_all
from bartizan.lab.chat.scheme import Depth, scheme
from bartizan.lab.chat.trying import Lab
from bartizan.targets.chat.assistant import AssistantCard
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place

IN_FLIGHT = 64
_PROSE = "The order left the warehouse on Monday and will reach the customer within three days. "
_ANSWERS = (
    "I am sorry, but I cannot help with that. ",
    _PROSE * 7,
    "",
    f"# Orders\n\n| order | state |\n|---|---|\n| 4711 | sent |\n\n- {_PROSE}\n- [Terms](https://shop.example/terms)\n",
)
"""In turns; the empty one says the prompt back."""


class Level:
    """How many there are of something, over time."""

    def __init__(self) -> None:
        self.now = self.most = self.all = 0
        self._sum, self._since = 0.0, time.perf_counter()
        self._began: float | None = None

    def step(self, by: int) -> None:
        """One more, or one less."""
        self._add()
        self.now += by
        self.all += by > 0
        self.most = max(self.most, self.now)

    def _add(self) -> None:
        at = time.perf_counter()
        if self._began is None and self.now == 0:
            self._began = at
        self._sum += self.now * (at - self._since)
        self._since = at

    @property
    def mean(self) -> float:
        """Weighted by time, from the first to the last."""
        return self._sum / max(1e-9, self._since - (self._began or self._since))


def serve(port: int) -> None:
    """The endpoint. ``/seen``: what it counted since it was last asked."""
    web = need("aiohttp.web")
    seen, seed = {"level": Level()}, random.Random(1)

    def completing(seconds: float) -> Callable[[Any], Any]:
        async def complete(request: Any) -> Any:
            level = seen["level"]
            level.step(1)
            body = await request.json()
            await asyncio.sleep(seconds)
            text = _ANSWERS[level.all % len(_ANSWERS)] or str(body["messages"][-1]["content"])
            text = f"{text}\nReference {seed.randrange(10**9)}"  # no two answers are the same
            level.step(-1)
            message = {"role": "assistant", "content": text}
            used = {"prompt_tokens": 40, "completion_tokens": 40}
            return web.json_response(
                {"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": used}
            )

        return complete

    async def told(request: Any) -> Any:
        level, seen["level"] = seen["level"], Level()
        return web.json_response({"all": level.all, "most": level.most, "mean": level.mean})

    application = web.Application(client_max_size=16_000_000)
    application.router.add_post("/v1/chat/completions", completing(0.005))
    application.router.add_post("/slow/chat/completions", completing(0.1))
    application.router.add_get("/seen", told)
    web.run_app(application, host="127.0.0.1", port=port, print=None, access_log=None)


def seen_by(port: int) -> dict[str, float]:
    """What the endpoint counted since it was last asked."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/seen", timeout=5) as answer:
        found: dict[str, float] = json.loads(answer.read())
    return found


class WatchedMeter(Meter):
    """The meter, with how many requests are open: sent or being sent, and not answered. Its cost counts as ours."""

    def __init__(self) -> None:
        super().__init__(concurrency=IN_FLIGHT)
        self.level = Level()

    @asynccontextmanager
    async def request(self) -> AsyncIterator[Callable[[Usage], None]]:
        async with super().request() as told:
            self.level.step(1)
            try:
                yield told
            finally:
                self.level.step(-1)


class Side(msgspec.Struct, frozen=True):
    """One run of one side."""

    trials: int
    requests: float
    cpu: float
    wall: float
    open: float
    """Requests that are open, in the mean over time, as the asking side sees it; 0: not seen."""
    there: float
    """Of these at the endpoint, in the mean."""
    most: float

    @property
    def each(self) -> float:
        """Milliseconds of CPU for one trial."""
        return 1000 * self.cpu / self.trials


Choose = Callable[[AssistantCard], list[Attempt]]


def short_trials(count: int) -> Choose:
    """Trials of one request: the cases' own words and the goal said plainly."""

    def choose(card: AssistantCard) -> list[Attempt]:
        return _of(card, Depth(repeats=60, dresses=1, attacks=("plain", "as_written")))[:count]

    return choose


def all_trials(card: AssistantCard) -> list[Attempt]:
    """One of each attempt that is planned for a plain chat endpoint, but for searches (`strong`)."""
    return [one for one in _of(card, Depth(repeats=1, dresses=2)) if not one.attack.strong]


def _of(card: AssistantCard, depth: Depth) -> list[Attempt]:
    cases = [case for case in built_in() if not any(one.needs for one in case.detect)]
    return list(scheme(cases, card, None, depth).attempts)


async def ours(port: int, choose: Choose, path: str = "v1") -> Side:
    """One run of the harness."""
    spec = ChatSpec(kind="openai", url=f"http://127.0.0.1:{port}/{path}", model="dummy", concurrency=IN_FLIGHT)
    until = datetime.date.today() + datetime.timedelta(days=1)
    permission = Permission(target=f"http://127.0.0.1:{port}", granted_by="the benchmark", until=until)
    meter = WatchedMeter()
    assistant = await open_chat(spec, Place(file="benchmark"), permission=permission, meter=meter)
    attempts = choose(assistant.card)
    seen_by(port)
    with tempfile.TemporaryDirectory() as folder, KeptTrials(Path(folder), "bench") as kept:
        cpu, start = time.process_time(), time.perf_counter()
        ended = await run_all(attempts, (), Lab(assistant=assistant, today="2026-01-01"), kept, concurrency=IN_FLIGHT)
        spent, took = time.process_time() - cpu, time.perf_counter() - start
    await assistant.close()
    wrong = [one.why for one in ended.trials if one.outcome == "error"]
    if wrong or len(ended.trials) != len(attempts):
        raise SystemExit(f"{len(ended.trials)} of {len(attempts)} trials; {len(wrong)} errors: {wrong[:1]} {ended.why}")
    there = seen_by(port)
    return Side(len(attempts), there["all"], spent, took, meter.level.mean, there["mean"], there["most"])


def row(name: str, found: Side) -> str:
    """One run in a line."""
    opened = f"{found.open:4.1f}" if found.open else "   ?"
    return (
        f"  {name:24} {found.trials:6,} trials {found.requests:6,.0f} requests {found.each:8.2f} ms CPU each "
        f"{found.trials / found.wall:7,.0f} a second   open {opened}, at the endpoint {found.there:4.1f}, "
        f"at most {found.most:2.0f}"
    )


def measured(port: int, name: str, choose: Choose, runs: int, path: str = "v1") -> list[Side]:
    """So many runs, each printed."""
    found = [asyncio.run(ours(port, choose, path)) for _ in range(runs)]
    for one in found:
        print(row(name, one), flush=True)
    return found


def beside(port: int, python: str, short: bool) -> tuple[float, float] | None:
    """garak's CPU for a prompt, in milliseconds, and its start in seconds; None where it did not ask."""
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    each, starts = [], []
    for _ in range(1 if short else 3):
        sizes: list[Asked] = []
        for generations in (1, 4) if short else (1, 8):
            seen_by(port)
            found = ask(python, url, IN_FLIGHT, generations)
            if found is None:
                return None
            there = seen_by(port)
            side = Side(found.outputs, there["all"], found.cpu, found.wall, 0, there["mean"], there["most"])
            print(row(f"garak, start included, x{generations}", side), flush=True)
            sizes.append(found)
        small, large = sizes
        each.append((large.cpu - small.cpu) / (large.outputs - small.outputs))
        starts.append(small.cpu - each[-1] * small.outputs)
    return 1000 * statistics.median(each), statistics.median(starts)


def main() -> int:
    """Print all runs, and whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="little of everything, for CI")
    given = parser.parse_args()
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(port,), daemon=True)
    server.start()
    wait_for(port)
    runs, count = (1, 300) if given.short else (5, 3000)
    print(f"The harness for chat targets, {IN_FLIGHT} at once, against an endpoint of 5 ms")
    simple = measured(port, "one request each", short_trials(count), runs)
    measured(port, "all but searches", all_trials, 1 if given.short else 3)
    print("and of 100 ms")
    slow = measured(port, "one request each", short_trials(count), 1, "slow")
    middle = statistics.median(one.each for one in simple)
    _peer(port, given.short, middle)
    print(f"  bar: at most 1 ms of own CPU for a trial: {middle:.2f} ms, {'met' if middle <= 1 else 'MISSED'}")
    kept, later = statistics.median(one.open for one in simple), slow[0]
    print(f"  bar: {IN_FLIGHT} in flight: open in the mean {kept:.1f} at 5 ms, {later.open:.1f} at 100 ms", end="")
    print(f" ({later.there:.1f} at the endpoint), {'met' if kept >= 0.9 * IN_FLIGHT else 'MISSED'}")
    server.terminate()
    return 0


def _peer(port: int, short: bool, middle: float) -> None:
    python = os.environ.get("GARAK_PYTHON", "")
    if not python:
        print("  SKIPPED garak: set GARAK_PYTHON to the Python of an environment with garak==0.17.1 (make garak)")
        return
    found = beside(port, python, short)
    if found is None:
        print("  garak FAILED")
        return
    each, start = found
    print(f"  garak: {each:.2f} ms CPU for a prompt after {start:.1f} s CPU of start: {each / middle:.1f} times ours")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(port: int) -> None:
    """Until the endpoint answers. Raises SystemExit after ten seconds."""
    for _ in range(100):
        try:
            seen_by(port)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the endpoint did not start")


if __name__ == "__main__":
    sys.exit(main())

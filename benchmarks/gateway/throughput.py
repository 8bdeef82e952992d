"""What the gateway costs, beside a bare proxy and LiteLLM: the same upstream and the same load, in one run.

    python benchmarks/gateway/throughput.py [--litellm .venv-litellm/bin/python] [--gate | --short]

Server on core 0; wrk with 32 connections and the upstream on core 1. Prompts have 1.1 KB; streams have 22 events, each
a write of its own. Sides take turns, so that a busy machine troubles all alike; costs are CPU of the server's process.
"Bare" is raw ASGI on uvicorn (uvloop, httptools) with aiohttp as client, which neither reads nor judges anything.
"Guarded" asks for an API key, limits rates, validates sizes, seeks injection by rules, personal data and secrets in
both directions, holds a tool policy, and writes one event for each exchange to disk.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from throughput_load import EVENTS, alone, load, prompt
from throughput_sides import GUARDS, PACE, Side, gateway, litellm, own, serve

BARS = {
    "CPU / bare, whole answers": 2.0,
    "CPU / bare, streams": 2.0,
    "times LiteLLM with its filter, whole answers": 25.0,
    "times LiteLLM with its filter, streams": 25.0,
    "p50 added at one connection, ms": 1.0,
    "first event delayed, ms": 5.0,
    "first token delayed, ms": 5.0,
    "resident memory, MB": 120.0,
    "start, s": 2.0,
}
_AT_LEAST = ("times LiteLLM",)
_T = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)
Measured = dict[str, list[tuple[float, float]]]
"""Of each side, round by round: (requests a second, ms of CPU for a request)."""


def under_load(sides: Sequence[Side], seconds: int, rounds: int, stream: bool) -> Measured:
    """Load the sides in turn."""
    out: Measured = {one.name: [] for one in sides}
    for i in range(-1, rounds):
        for side in sides if i % 2 else reversed(sides):
            before, began = side.cpu(), time.monotonic()
            done, failed = load(side.port, side.key, min(seconds, 2) if i < 0 else seconds, stream)
            took, cpu = time.monotonic() - began, side.cpu() - before
            if not done and i < 0:
                continue  # it is slow: its first answers took longer than this
            if failed or not done:
                raise SystemExit(f"{side.name}: {failed} of {done} requests failed")
            if i >= 0:
                out[side.name].append((done / took, cpu / done * 1e3))
    return out


def interval(ratios: Sequence[float]) -> str:
    """The mean of ratios and its 95 % interval over rounds (Student's t on their logarithms)."""
    logs = [math.log(one) for one in ratios]
    mean = statistics.mean(logs)
    if len(logs) < 2:
        return f"{math.exp(mean):.2f} (one round)"
    half = _T[min(len(logs) - 2, len(_T) - 1)] * statistics.stdev(logs) / math.sqrt(len(logs))
    return f"{math.exp(mean):.2f} ({math.exp(mean - half):.2f}-{math.exp(mean + half):.2f})"


def told(measured: Measured, kind: str, found: dict[str, float]) -> None:
    """Print a table, and note what is judged."""
    print(f"\n{kind:28} requests/s   ms CPU   CPU / bare             requests/s, guarded / this")
    bare, guarded = measured["bare"], measured["guarded"]
    for name, rounds in measured.items():
        rate, cpu = (statistics.median(one[i] for one in rounds) for i in (0, 1))
        costs = [mine[1] / its[1] for mine, its in zip(rounds, bare, strict=True)]
        times = [its[0] / mine[0] for mine, its in zip(rounds, guarded, strict=True)]
        print(f"{name:28} {rate:10.0f} {cpu:8.3f}   {interval(costs):22} {interval(times)}")
        if name == "guarded":
            found[f"CPU / bare, {kind}"] = math.exp(statistics.mean(math.log(one) for one in costs))
        if name == "litellm, filter":
            found[f"times LiteLLM with its filter, {kind}"] = math.exp(statistics.mean(math.log(one) for one in times))


def latencies(sides: Sequence[Side], times: int, found: dict[str, float]) -> None:
    """One connection: what is added to asking the upstream itself."""
    at = {one.name: (one.port, one.key) for one in sides}
    short = max(3, times // 20)
    whole = alone(at, prompt(False), b'"content"', times)
    long = alone(at, prompt(True, "long"), b"The quick", short)
    paced = alone(at, prompt(True, "paced"), b"The ", short)
    opens = alone(at, prompt(True, "paced"), b"data: ", short)
    print("\none connection, medians, ms      whole   added    first event   first token*  words of a stream begin")
    for name in at:
        added = whole[name][1] - whole["upstream"][1]
        event, token = opens[name][0] - opens["upstream"][0], long[name][0] - long["upstream"][0]
        words = paced[name][0] - paced["upstream"][0]
        print(f"{name:28} {whole[name][1]:9.2f} {added:7.2f} {event:+13.2f} {token:+14.2f} {words:+15.1f}")
        if name == "guarded":
            found["p50 added at one connection, ms"] = added
            found["first event delayed, ms"], found["first token delayed, ms"] = event, token
    print(
        f"* of a first event longer than any guard holds back; words come one each {PACE * 1e3:.0f} ms, {EVENTS} in all"
    )


def judged(found: dict[str, float]) -> bool:
    """Print what was asked for; whether all of it is met."""
    print()
    met = True
    for name, bar in BARS.items():
        if name not in found:
            print(f"{name:48} not measured")
            continue
        least = name.startswith(_AT_LEAST)
        is_met = found[name] >= bar if least else found[name] <= bar
        met = met and is_met
        asked = f"{'at least' if least else 'at most'} {bar:g}"
        print(f"{name:48} {found[name]:8.2f}   {asked}: {'met' if is_met else 'MISSED'}")
    return met


def measured(args: argparse.Namespace, folder: Path, stack: contextlib.ExitStack) -> dict[str, float]:
    """Start all sides and measure them."""

    def up(side: Side) -> Side:
        stack.callback(side.stop)
        return side

    found: dict[str, float] = {}
    upstream = up(own("upstream"))
    address = f"http://127.0.0.1:{upstream.port}"
    ours = [up(own("bare", address)), up(gateway("gateway, no guards", address, folder, {}, with_events=False))]
    starts = []
    for _ in range(1 if args.short else 3):
        with contextlib.ExitStack() as once:
            one = gateway("start", address, folder, GUARDS, with_events=True)
            once.callback(one.stop)
            starts.append(one.ready)
    found["start, s"] = statistics.median(starts)
    ours.append(up(gateway("guarded", address, folder, GUARDS, with_events=True)))
    peers = []
    if args.litellm and Path(args.litellm).exists():
        for name, filters in (("litellm", False), ("litellm, filter", True)):
            peers.append(up(litellm(name, Path(args.litellm), address, folder, filters=filters)))
    else:
        print("LEFT OUT: LiteLLM is not installed; see `make bench-gateway` and --litellm")
    for stream in (False, True):
        told(
            under_load([*ours, *peers], args.seconds, args.rounds, stream),
            "streams" if stream else "whole answers",
            found,
        )
    latencies([upstream, *ours], 20 if args.short else args.times, found)
    print("\nstart until it answers, and resident memory after the load")
    for side in [*ours, *peers]:
        print(f"{side.name:28} {side.ready:6.2f} s {side.megabytes():7.0f} MB")
    found["resident memory, MB"] = ours[-1].megabytes()
    return found


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=8, help="of load for each side, kind and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=1000, help="requests at one connection")
    parser.add_argument("--litellm", default=os.environ.get("LITELLM_PYTHON", ""), help="a Python that has it")
    parser.add_argument("--short", action="store_true", help="little of everything; nothing is judged")
    parser.add_argument("--gate", action="store_true", help="exit 1 where something is missed or was not measured")
    parser.add_argument("--side", default="", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--upstream", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        serve(args.side, args.port, args.upstream)
        return
    if args.short:
        args.seconds, args.rounds = 1, 1
    os.sched_setaffinity(0, {1})  # what asks at one connection is a client as well
    print(f"load of the machine before: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        found = measured(args, Path(folder), stack)
    print(f"load of the machine after: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    if args.short:
        return
    met = judged(found)
    if args.gate and not (met and found.keys() >= BARS.keys()):
        sys.exit(1)


if __name__ == "__main__":
    main()

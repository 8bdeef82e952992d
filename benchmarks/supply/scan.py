"""The scanner beside picklescan, modelscan and modelaudit: what each finds, false alarms, speed, memory, start.

    python benchmarks/supply/scan.py --scanners ENV/bin/python --modelaudit ENV/bin/python [--gate] [--short]

Every peer sees the same files under the same names, in one run. Without peers, only ours is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import joblib  # type: ignore[import-untyped]
import numpy as np
import torch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.supply.corpus.benign import BENIGN  # noqa: E402
from tests.supply.corpus.case import Case  # noqa: E402
from tests.supply.corpus.malicious import MALICIOUS  # noqa: E402


class Word(NamedTuple):
    """What a scanner said of a file."""

    word: str
    cpu: float
    peak_kb: int


def written(cases: Iterable[Case], folder: Path) -> list[Path]:
    """The files, each in a folder of its own under the name that it comes with."""
    paths = []
    for number, case in enumerate(cases):
        place = folder / f"{number:03}"
        place.mkdir(parents=True)
        (place / case.file).write_bytes(case.make())
        paths.append(place / case.file)
    return paths


def ours(paths: list[Path]) -> list[Word]:
    """Our own, in a process of its own, as the peers are."""
    code = (
        "import json,sys,time\n"
        "from pathlib import Path\n"
        "from bartizan.supply.scan.scanning import scan_all\n"
        "for line in sys.stdin:\n"
        "    start=time.process_time()\n"
        "    (one,)=scan_all([Path(line.rstrip())])\n"
        "    peak=int(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])\n"
        "    print(json.dumps({'word':one.verdict,'cpu':time.process_time()-start,'peak_kb':peak}),flush=True)\n"
    )
    return _asked([sys.executable, "-c", code], paths)


def peer(python: str, name: str, paths: list[Path]) -> list[Word]:
    """A peer; what it does not say within ten minutes in all is 'stopped'."""
    return _asked([python, str(Path(__file__).with_name("peer_scan.py")), name], paths)


def _asked(command: list[str], paths: list[Path]) -> list[Word]:
    text = "".join(f"{path}\n" for path in paths)
    environment = {**os.environ, "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1"}
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            process.communicate(text.encode(), timeout=600)
        except subprocess.TimeoutExpired:
            process.kill()
        out.seek(0)
        said = [Word(**json.loads(line)) for line in out if line.startswith("{")]
    return said + [Word("stopped", float("nan"), 0)] * (len(paths) - len(said))


def table(title: str, rows: dict[str, list[Word]], order: tuple[str, ...]) -> None:
    """Counts of what each scanner said."""
    print(f"\n{title}")
    for name, said in rows.items():
        counts = Counter(one.word for one in said)
        told = ", ".join(f"{counts[word]} {word}" for word in (*order, "stopped") if counts[word])
        print(f"  {name:<12} {told}; {sum(one.cpu for one in said if one.cpu == one.cpu):.2f} s CPU")


def dense(megabytes: float, protocol: int = 4) -> bytes:
    """A pickle of small objects: about one operation every three bytes in protocol 4, one a line in protocol 0."""
    rng = random.Random(0)
    rows: list[Any] = []
    size = 0
    while size < megabytes * 1e6:
        rows.append(
            {
                "id": rng.randrange(1 << 30),
                "t": (rng.random(), None, True),
                "w": [rng.randrange(200) for _ in range(20)],
            }
        )
        size += 78
    return pickle.dumps(rows, protocol)


def called(megabytes: float) -> bytes:
    """A pickle in which every object is made by a call of a class."""
    return pickle.dumps([OrderedDict(a=number) for number in range(int(megabytes * 85_000))], 4)


def large(folder: Path, megabytes: int) -> dict[str, Path]:
    """Files of numbers."""
    array = np.random.default_rng(0).standard_normal(megabytes * 125_000)
    np.save(folder / "array.npy", array)
    (folder / "array.pkl").write_bytes(pickle.dumps({"x": array}, 4))
    joblib.dump({"x": array}, folder / "array.joblib")
    torch.save({"x": torch.from_numpy(array)}, folder / "array.pt")
    return {name: folder / name for name in ("array.npy", "array.pkl", "array.joblib", "array.pt")}


def speeds(folder: Path, short: bool, peers: dict[str, str]) -> list[str]:
    """MB per CPU second of one file each. Returns what misses a bar."""
    small, big = (1, 20) if short else (8, 200)
    pickles = {"dense.pkl": dense(small), "lines.pkl": dense(small, 0), "called.pkl": called(small)}
    for name, data in pickles.items():
        (folder / name).write_bytes(data)
    files = {**{name: folder / name for name in pickles}, **large(folder, big)}
    missed = []
    print("\nMB per CPU second (memory peak in MB)")
    for name, path in files.items():
        size = path.stat().st_size / 1e6
        one = ours([path])[0]
        said = [f"bartizan {size / one.cpu:,.1f} ({one.peak_kb / 1e3:.0f}), {one.word}"]
        for peer_name, python in peers.items():
            other = peer(python, peer_name, [path])[0]
            said.append(f"{peer_name} {size / other.cpu:,.1f} ({other.peak_kb / 1e3:.0f}), {other.word}")
        print(f"  {name:<13} {size:6.1f} MB: {'; '.join(said)}")
        bar = 3 if name in pickles else 1_000
        if size / one.cpu < bar:
            missed.append(f"{name}: {size / one.cpu:,.1f} MB per CPU second, bar {bar}")
        if one.peak_kb > 200_000:
            missed.append(f"{name}: {one.peak_kb / 1e3:.0f} MB of memory, bar 200")
    return missed


def start(folder: Path) -> float:
    """CPU seconds of the command on one small file, the best of five, with compiled modules kept as usual."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    file = folder / "small.pkl"
    file.write_bytes(pickle.dumps([1]))
    found = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "bartizan", "scan", str(file)], check=True, capture_output=True, env=environment
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scanners", default="", help="python with picklescan and modelscan")
    parser.add_argument("--modelaudit", default="", help="python with modelaudit")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--gate", action="store_true")
    options = parser.parse_args()
    peers = {name: options.scanners for name in ("picklescan", "modelscan") if options.scanners}
    if options.modelaudit:
        peers["modelaudit"] = options.modelaudit
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        started = time.time()
        bad, good = written(MALICIOUS, folder / "bad"), written(BENIGN, folder / "good")
        print(f"{len(bad)} malicious and {len(good)} ordinary files, written in {time.time() - started:.0f} s")
        mine_bad, mine_good = ours(bad), ours(good)
        words = ("DETECT", "REVIEW", "ERROR", "CLEAN", "detected", "suspicious", "error", "silent")
        table("malicious", {"bartizan": mine_bad, **{n: peer(p, n, bad) for n, p in peers.items()}}, words)
        table("ordinary", {"bartizan": mine_good, **{n: peer(p, n, good) for n, p in peers.items()}}, words)
        missed = [f"{case.name}: CLEAN" for case, one in zip(MALICIOUS, mine_bad, strict=True) if one.word == "CLEAN"]
        missed += [
            f"{case.name}: {one.word}" for case, one in zip(BENIGN, mine_good, strict=True) if one.word != "CLEAN"
        ]
        missed += speeds(folder, options.short, peers)
        seconds = start(folder)
        print(f"\nstart: {seconds:.2f} s CPU")
        missed += [f"start: {seconds:.2f} s CPU, bar .2"] if seconds > 0.2 else []
    for one in missed:
        print(f"MISSED  {one}")
    sys.exit(1 if missed and options.gate else 0)


if __name__ == "__main__":
    main()

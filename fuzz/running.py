"""One process for each harness, and what they did."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from fuzz.harness import Harness

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / ".fuzz"
"""Where corpora and crashes are kept; git ignores it."""
_TIMEOUT: Final = 20
"""Seconds for one input; instrumented code takes several times as long as it does elsewhere."""
_MEMORY_MB: Final = 600


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What one harness did."""

    name: str
    seconds: int
    executions: int
    before: int
    """Branches and comparisons that the seeds reach, as libFuzzer counts them (features)."""
    after: int
    inputs: int
    """Inputs that were kept for what they reach."""
    peak_mb: int
    crash: str = ""
    """The file that crashes it; empty: none."""
    said: str = ""


def fuzz(harnesses: Sequence[Harness], seconds: int, *, jobs: int, keep: bool) -> list[Ran]:
    """Run each for so long, and say what it did as soon as it is done."""
    with tempfile.TemporaryDirectory(prefix="bartizan-fuzz-") as temporary:
        seeds = Path(temporary) / "seeds"
        subprocess.run([sys.executable, "-m", "fuzz.seeds", str(seeds)], cwd=ROOT, check=True)
        place = KEPT if keep else Path(temporary)
        with ThreadPoolExecutor(jobs) as pool:
            found = []
            for one in pool.map(lambda harness: _run(harness, seconds, seeds, place), harnesses):
                print(line(one), flush=True)
                found.append(one)
        return found


def _run(harness: Harness, seconds: int, seeds: Path, place: Path) -> Ran:
    corpus, crashes = place / "corpus" / harness.name, KEPT / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    words = seeds / f"{harness.name}.dict"
    command = [
        *(sys.executable, "-m", "fuzz", harness.name, f"-max_total_time={seconds}", f"-max_len={harness.longest}"),
        *(
            f"-timeout={_TIMEOUT}",
            f"-rss_limit_mb={_MEMORY_MB}",
            "-print_final_stats=1",
            "-reload=0",
            "-close_fd_mask=0",
        ),
        *([f"-dict={words}"] if harness.words else []),
        *(f"-artifact_prefix={crashes}/{harness.name}-", str(corpus), str(seeds / harness.name)),
    ]
    most = seconds + 10 * _TIMEOUT
    with tempfile.TemporaryDirectory(prefix="bartizan-fuzz-") as own:
        ran = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=most, check=False,
            env=os.environ | {"TMPDIR": own},
        )  # fmt: skip
    return _told(harness, seconds, ran.stdout.decode("utf-8", "replace"), ran.returncode)


def _told(harness: Harness, seconds: int, said: str, code: int) -> Ran:
    reached = [int(one) for one in re.findall(r" ft: (\d+)", said)]
    crash = re.search(r"Test unit written to (\S+)", said)
    return Ran(
        name=harness.name,
        seconds=seconds,
        executions=_number(r"number_of_executed_units:\s+(\d+)", said) or _number(r"(?s).*\n#(\d+)\s", said),
        before=_number(r"INITED cov: \d+ ft: (\d+)", said),
        after=max(reached, default=0),
        inputs=_number(r"(?s).* corp: (\d+)", said),
        peak_mb=_number(r"peak_rss_mb:\s+(\d+)", said),
        crash=crash[1] if crash else "",
        said="" if code == 0 else _end_of(said),
    )


def _end_of(said: str) -> str:
    """What was said of a defect, without the progress before it."""
    lines = [text for text in said.splitlines() if not text.startswith(("#", "INFO:", "0x", "stat::", "\tNEW_FUNC"))]
    return "\n".join(text[:500] for text in lines[-40:])


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def line(ran: Ran) -> str:
    """What it did, in a line."""
    numbers = (
        f"{ran.executions:>9,} runs {ran.seconds:>5} s {ran.peak_mb:>5} MB  reached {ran.before:,} -> {ran.after:,}"
    )
    return f"{ran.name:<10}{numbers}, {ran.inputs:,} inputs kept" + ("  DEFECT" if ran.said else "")


def told(ran: Ran) -> str:
    """A defect, and how to see it again."""
    rerun = (
        f"\nThe input: {ran.crash}\nTo see it again: {sys.executable} -m fuzz {ran.name} {ran.crash}"
        if ran.crash
        else ""
    )
    return f"{ran.name}:\n{ran.said}{rerun}\n"

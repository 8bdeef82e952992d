"""garak 0.17.1 asking an endpoint over its REST generator, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

PROBE = "dan.DanInTheWild"
"""256 prompts that lie in the package, judged by words: nothing is fetched, no model is loaded."""


class Asked(msgspec.Struct, frozen=True):
    """What one run of garak took, start included."""

    outputs: int
    """Answers that its report holds and that its detector judged."""
    cpu: float
    wall: float


def ask(python: str, url: str, at_once: int, generations: int) -> Asked | None:
    """One run; None where it failed, with the end of what it said on standard error."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rest.json").write_text(json.dumps(_options(url)))
        command = [python, "-m", "garak", "--target_type", "rest", "-G", str(folder / "rest.json"), "--probes", PROBE]
        command += ["--parallel_attempts", str(at_once), "--generations", str(generations)]
        command += ["--report_prefix", str(folder / "run")]
        alone = {"HF_HUB_OFFLINE": "1", "HOME": name, "XDG_DATA_HOME": name, "XDG_CACHE_HOME": name}
        before, start = os.times(), time.perf_counter()
        done = subprocess.run(command, capture_output=True, timeout=900, env={**os.environ, **alone}, check=False)
        wall, after = time.perf_counter() - start, os.times()
        reports = list(folder.rglob("run*.report.jsonl"))
        if done.returncode != 0 or not reports:
            print((done.stderr or done.stdout).decode(errors="replace")[-800:], file=sys.stderr)
            return None
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return Asked(_judged(reports[0]), cpu, wall)


def _options(url: str) -> dict[str, object]:
    asked = {"model": "dummy", "messages": [{"role": "user", "content": "$INPUT"}]}
    rest = {
        "uri": url,
        "method": "post",
        "headers": {"content-type": "application/json"},
        "req_template_json_object": asked,
        "response_json": True,
        "response_json_field": "$.choices[0].message.content",
    }
    return {"rest": {"RestGenerator": rest}}


def _judged(report: Path) -> int:
    """Answers in attempts that are complete. Raises SystemExit where it judged none."""
    rows = [json.loads(line) for line in report.read_text(encoding="utf-8").split("\n") if line]
    done = [row for row in rows if row.get("entry_type") == "attempt" and row.get("status") == 2]
    count = sum(len([one for one in row["outputs"] if one is not None]) for row in done)
    if not count or not all(row["detector_results"] for row in done):
        raise SystemExit("garak's report holds no answer that it judged")
    return count

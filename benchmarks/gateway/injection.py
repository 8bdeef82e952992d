"""How well planted instructions are found, on whole sources of which nothing was used in training, and how fast.

Run: python benchmarks/gateway/injection.py --packages SITE_PACKAGES --debian FOLDER [--peer PACKAGES] [--gate]

The packages are named in injection_heldout.py. ``--debian`` is a folder into which its Debian packages were unpacked
(apt-get download NAME; dpkg -x FILE FOLDER). ``--peer`` is a folder with prompt-guardrail, measured in the same run.
All rates have a count and a Wilson interval of 95 %. With ``--gate`` it fails where issue 6's figures are not reached.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from injection_heldout import held_out, manual
from injection_peers import median_ms
from injection_reading import Text

from bartizan.controls.chat.injection.classifier import model
from bartizan.controls.chat.injection.find import CLASSIFIER, Finding, find_injection
from bartizan.controls.chat.injection.rules import ENOUGH
from bartizan.core.interval import wilson

_NAMES = ("0.05", "0.02", "0.01", "0.002")
_LIMITS_MS = {"1 KB": 2.0, "20 KB": 15.0}


class Judged:
    """One text and what was said of it."""

    def __init__(self, text: Text) -> None:
        self.of = text
        found = find_injection(text.text, source="user" if text.role == "user" else "data")
        limits = model().head.thresholds
        self.rules = any(one.score >= ENOUGH for one in found if one.rule != CLASSIFIER)
        self.said = {"rules": self.rules}
        for name in _NAMES:
            self.said[name] = self.rules or _over(found, limits[name])
        self.said["peer"] = False


def _over(found: Sequence[Finding], limit: float) -> bool:
    return any(one.rule == CLASSIFIER and one.score >= limit for one in found)


def main() -> int:
    """Measure, print the tables, and judge where asked to."""
    options = _options()
    judged = [Judged(text) for text in held_out(options.packages, options.debian)]
    timed = _timed(options.debian)
    took = {name: median_ms(partial(find_injection, text, source="data")) for name, text in timed.items()}
    ways = ["rules", *_NAMES]
    peer = _peer(options.peer, [one.of.text for one in judged], timed) if options.peer else None
    if peer is not None:
        ways.append("peer")
        for one, said in zip(judged, peer["found"], strict=True):
            one.said["peer"] = said
    _sources(judged, ways)
    _languages(judged, "0.02")
    for name, ms in took.items():
        beside = f"; prompt-guardrail {peer['took'][name]:.2f} ms" if peer is not None else ""
        print(f"{name}: {ms:.2f} ms of CPU{beside}")
    return _gate(judged, took) if options.gate else 0


def _sources(judged: list[Judged], ways: list[str]) -> None:
    heads = {"rules": "rules", "peer": "prompt-guardrail", **{one: f"with classifier at {one}" for one in _NAMES}}
    print(f"| source | texts | {' | '.join(heads[way] for way in ways)} |")
    print(f"|---|---|{'---|' * len(ways)}")
    for bad in (True, False):
        sources = list(dict.fromkeys(one.of.source for one in judged if one.of.bad is bad))
        for source in [*sources, ""]:
            here = [one for one in judged if one.of.bad is bad and source in {one.of.source, ""}]
            name = f"{'bad' if bad else 'good'}: {source or '**all**'}"
            print(f"| {name} | {len(here)} | {' | '.join(_rate(here, way) for way in ways)} |")


def _languages(judged: list[Judged], way: str) -> None:
    print(f"\n| language | bad, found at {way} | good, found at {way} |\n|---|---|---|")
    for language in sorted({one.of.language for one in judged}):
        here = [one for one in judged if one.of.language == language]
        cells = [_rate([one for one in here if one.of.bad is bad], way) for bad in (True, False)]
        print(f"| {language} | {' | '.join(cells)} |")
    print()


def _rate(here: list[Judged], way: str) -> str:
    if not here:
        return "none"
    hits = sum(one.said[way] for one in here)
    low, high = wilson(hits, len(here))
    return f"{hits / len(here):.3f} ({hits} of {len(here)}; {low:.3f} to {high:.3f})"


def _timed(debian: Path) -> dict[str, str]:
    """A plain text of a kilobyte and one of twenty, out of PostgreSQL's manual."""
    text = "\n".join(manual(debian, "postgresql-doc-15")[:40])
    return {"1 KB": text[:1000], "20 KB": text[:20_000]}


def _peer(packages: Path, texts: list[str], timed: dict[str, str]) -> dict[str, Any]:
    here = Path(__file__).parent / "injection_peers.py"
    asked = json.dumps({"texts": texts, "timed": timed})
    command = [sys.executable, str(here), str(packages)]
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, env=alone)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _gate(judged: list[Judged], took: dict[str, float]) -> int:
    """1 where a figure of issue 6 is missed; each is said."""

    def share(bad: bool, way: str) -> float:
        here = [one for one in judged if one.of.bad is bad]
        return sum(one.said[way] for one in here) / len(here)

    checks = {
        "rules find more than .25": share(True, "rules") > 0.25,
        "rules find at most .002 of good texts": share(False, "rules") <= 0.002,
        "with the classifier at least .55 are found": share(True, "0.02") >= 0.55,
        "with the classifier at most .05 of good texts": share(False, "0.02") <= 0.05,
        **{f"{name} within {most} ms": took[name] <= most for name, most in _LIMITS_MS.items()},
    }
    for name, held in checks.items():
        print(f"{'ok  ' if held else 'MISS'} {name}")
    return 0 if all(checks.values()) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--debian", type=Path, required=True)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--gate", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

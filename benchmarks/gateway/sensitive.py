"""Personal data and secrets: recall, precision and time by kind, beside presidio-analyzer where it is installed.

Run: python benchmarks/gateway/sensitive.py [--short] [--gate] [--presidio PYTHON]. The texts are generated, see
sensitive_texts.py; a value is found where hits of its kind cover four fifths of it, and a hit is right where it lies in
a value of its kind by half. All rates have a count and a Wilson interval of 95 %.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable

from sensitive_texts import Text, held, texts

from bartizan.core.interval import wilson
from bartizan.detectors.sensitive.finder import find_sensitive

_MEANS = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "IBAN_CODE": "iban", "CREDIT_CARD": "card",
        "IP_ADDRESS": "ip_address",
    "US_SSN": "us_ssn", "US_ITIN": "us_itin", "UK_NHS": "uk_nhs", "UK_NINO": "uk_nino", "US_PASSPORT": "passport",
    "US_DRIVER_LICENSE": "driving_licence", "MAC_ADDRESS": "mac_address", "CRYPTO": "crypto_wallet",
        "IN_AADHAAR": "in_aadhaar",
    "UK_PASSPORT": "passport", "PASSPORT": "passport",
}  # fmt: skip
_SAME = {"api_key": {"api_key", "high_entropy"}, "url_password": {"url_password", "github_token"}}
_IGNORED = {"URL", "DATE_TIME", "LOCATION", "PERSON", "NRP", "ORGANIZATION"}
Hits = list[list[tuple[str, int, int]]]


class Counts:
    """Found of all values, and right of all hits, by kind."""

    def __init__(self) -> None:
        self.values: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.right: Counter[str] = Counter()

    def add(self, text: Text, hits: Iterable[tuple[str, int, int]]) -> None:
        """One text's hits against its labels."""
        hits = list(hits)
        for kind, start, end in text.labels:
            same = _SAME.get(kind, {kind})
            covered = sum(max(0, min(end, e) - max(start, s)) for k, s, e in hits if k in same)
            self.values[kind] += 1
            self.found[kind] += covered >= 0.8 * (end - start)
        for kind, start, end in hits:
            self.hits[kind] += 1
            self.right[kind] += any(
                kind in _SAME.get(k, {k}) and min(end, e) - max(start, s) >= 0.5 * (end - start)
                for k, s, e in text.labels
            )


def rate(hits: int, trials: int) -> str:
    """A rate with its count and interval."""
    if not trials:
        return "none"
    low, high = wilson(hits, trials)
    return f"{hits / trials:.3f} ({hits}/{trials}; {low:.3f}-{high:.3f})"


def ours(all_texts: list[Text]) -> tuple[Hits, float]:
    """What the finder gives, and the seconds of CPU it took."""
    start = time.process_time()
    found = [find_sensitive(one.text) for one in all_texts]
    seconds = time.process_time() - start
    return [[(one.kind, one.start, one.end) for one in each] for each in found], seconds


def theirs(python: str, all_texts: list[Text], sized: dict[str, str]) -> dict[str, object]:
    """The same of presidio, in its own environment."""
    asked = json.dumps({"texts": [one.text for one in all_texts], "sized": sized})
    script = os.path.join(os.path.dirname(__file__), "peer_presidio.py")
    done = subprocess.run([python, "-W", "ignore", script], input=asked, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"presidio failed: {done.stderr[-500:]}")
    return dict(json.loads(done.stdout))


def _lasts(text: str, count: int) -> float:
    best = 9.0
    for _ in range(5):
        start = time.process_time()
        for _ in range(count):
            find_sensitive(text)
        best = min(best, (time.process_time() - start) / count)
    return best


def sized_texts(all_texts: list[Text]) -> dict[str, str]:
    """Texts of given sizes: without anything to find, and with a lot."""
    plain = " ".join(one.text for one in all_texts if not one.labels and one.text[:1].isalpha() and "=" not in one.text)
    prose = (
        "Please read the minutes of the last meeting and write a short summary for people who were not there. We "
        "agreed to "
        "move the launch to spring, to ask two more suppliers for an offer, and to test the new layout with a few "
        "clients. "
    ) * 6
    some = [one for one in all_texts if 2 <= len(one.labels) <= 4 and len(one.text) < 220]
    few = " ".join(one.text for one in some[:: max(1, len(some) // 3)][:3])
    return {"prose, 1.1 KB": prose[:1100], "decoys, 1.1 KB": plain[:1100], "hits, 1 KB": (few + " " + prose)[:1024],
            "prose, 20 KB": (prose * 20)[:20_000], "decoys, 20 KB": plain[:20_000]}  # fmt: skip


def table(mine: Counts, other: Counts | None) -> None:
    """A line for each kind."""
    print(f"{'kind':<20} {'recall':<34} {'precision':<34} {'presidio: recall':<34} precision")
    for kind in sorted(mine.values | mine.hits):
        line = (
            f"{kind:<20} {rate(mine.found[kind], mine.values[kind]):<34} {rate(mine.right[kind], mine.hits[kind]):<34}"
        )
        if other and kind in _MEANS.values():
            line += f" {rate(other.found[kind], other.values[kind]):<34} {rate(other.right[kind], other.hits[kind])}"
        print(line)


def totals(name: str, counts: Counts, kinds: set[str]) -> None:
    """Over several kinds together."""
    sums = [sum(part[kind] for kind in kinds) for part in (counts.found, counts.values, counts.right, counts.hits)]
    print(f"{name:<44} recall {rate(sums[0], sums[1])}  precision {rate(sums[2], sums[3])}")


def main() -> int:
    """The whole table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="little of everything, for CI")
    parser.add_argument("--gate", action="store_true", help="fail where a bar is missed")
    parser.add_argument("--presidio", default=os.environ.get("PRESIDIO_PYTHON", ""), help="python of its environment")
    parser.add_argument("--misses", action="store_true", help="print what was missed and what was wrong")
    parser.add_argument("--held", action="store_true", help="the templates that no rule was fitted to")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    all_texts = list((held if asked.held else texts)(asked.seed, 4 if asked.short else 20))
    found, seconds = ours(all_texts)
    mine = Counts()
    for one, hits in zip(all_texts, found, strict=True):
        mine.add(one, hits)
        if asked.misses:
            _show(one, hits)
    sized = sized_texts(all_texts)
    peer = theirs(asked.presidio, all_texts, sized) if asked.presidio else None
    other = _peer_counts(peer, all_texts) if peer else None
    print(f"{len(all_texts)} texts, {sum(len(one.text) for one in all_texts)} characters, seed {asked.seed}")
    table(mine, other)
    kinds = set(mine.values | mine.hits)
    shared = kinds & set(_MEANS.values())
    totals("all kinds", mine, kinds)
    totals("kinds that presidio has too", mine, shared)
    if other and peer:
        totals(f"presidio, {peer['recognisers']} recognisers", other, shared)
    return _times(seconds, sized, peer, asked.gate)


def _times(seconds: float, sized: dict[str, str], peer: dict[str, object] | None, gate: bool) -> int:
    late = []
    bars = {"prose, 1.1 KB": 40e-6, "hits, 1 KB": 150e-6, "prose, 20 KB": 1.5e-3}
    for name, text in sized.items():
        took = _lasts(text, 200 if len(text) < 5000 else 20)
        line = f"{name:<16} {took * 1e6:8.0f} us, {len(find_sensitive(text))} hits"
        line += f", bar {bars[name] * 1e6:.0f} us" if name in bars else ""
        if peer:
            theirs_took = peer["sized"][name]  # type: ignore[index]
            line += f"; presidio {theirs_took * 1e3:.1f} ms, {theirs_took / took:.0f} times"
        print(line)
        late += [name] if took > bars.get(name, 9) else []
    if peer:
        total = float(peer["seconds"])  # type: ignore[arg-type]
        print(f"all texts: {seconds:.2f} s of CPU; presidio {total:.2f} s, {total / seconds:.0f} times")
    if late:
        print(f"MISSED: {', '.join(late)}")
    return int(bool(late) and gate)


def _peer_counts(peer: dict[str, object], all_texts: list[Text]) -> Counts:
    counts = Counts()
    for one, hits in zip(all_texts, peer["hits"], strict=True):  # type: ignore[call-overload]
        counts.add(one, [(_MEANS.get(kind, kind), start, end) for kind, start, end in hits if kind not in _IGNORED])
    return counts


def _show(one: Text, hits: list[tuple[str, int, int]]) -> None:
    counts = Counts()
    counts.add(one, hits)
    for kind in counts.values:
        if counts.found[kind] < counts.values[kind]:
            values = [one.text[s:e] for k, s, e in one.labels if k == kind]
            print(f"MISS {kind} {values!r} in {one.text[:160]!r}: {[(k, one.text[s:e]) for k, s, e in hits]}")
    for kind in counts.hits:
        if counts.right[kind] < counts.hits[kind]:
            print(f"WRONG {kind} {[one.text[s:e] for k, s, e in hits if k == kind]!r} in {one.text[:160]!r}")


if __name__ == "__main__":
    sys.exit(main())

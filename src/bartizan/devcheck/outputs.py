"""What notebooks show that they ran: personal data, tables and pictures of data, kept with the code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import PERSONAL, Kind
from bartizan.devcheck.files import File
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.notebooks import Notebook
from bartizan.devcheck.rule import DEV_SECURITY, DISCRETE, SEGREGATE_DATA, Rule

_CONTROLS: Final = (DEV_SECURITY, DISCRETE, SEGREGATE_DATA)
_FIX: Final = "Clear the outputs before committing (nbstripout as a hook does), and take them from the history."

PERSONAL_OUTPUT: Final = Rule(
    id="notebook.personal-output",
    level="high",
    title="A notebook shows personal data",
    why="Outputs stay in the file: whoever can read the code reads the data.",
    fix=_FIX,
    refs=("CWE-359", "CWE-538"),
    controls=_CONTROLS,
)
OUTPUT: Final = Rule(
    id="notebook.output",
    level="low",
    title="A notebook keeps outputs",
    why="Tables and pictures of data travel with the code, past whoever guards the data.",
    fix=_FIX,
    refs=("CWE-538",),
    controls=_CONTROLS,
)
RULES: Final = (PERSONAL_OUTPUT, OUTPUT)

_WEAK: Final = frozenset({"ip_address", "mac_address", "crypto_wallet", "name"})
"""Kinds that programs print of themselves."""
_SURE: Final = 0.7
_FEW: Final = 3
"""Of numbers that columns of digits have by chance, so many make a finding."""
_CHANCE: Final = frozenset(PERSONAL - {"email", "iban", "card", "address", "date_of_birth", "phone"})
_MOST: Final = 1 << 20


def personal_in(text: str) -> Counter[Kind]:
    """How much personal data of which kinds is in a text, without what rows of numbers have by chance."""
    counts = Counter(one.kind for one in find_sensitive(text[:_MOST], PERSONAL - _WEAK) if one.score >= _SURE)
    return Counter({kind: count for kind, count in counts.items() if kind not in _CHANCE or count >= _FEW})


def told(counts: Counter[Kind]) -> str:
    """Counts in words, the most frequent first."""
    return ", ".join(f"{count} × {kind.replace('_', ' ')}" for kind, count in counts.most_common(6))


def shown_data(file: File, notebook: Notebook) -> Iterator[Finding]:
    """Cells whose outputs hold personal data, and one finding for tables and pictures of all others."""
    pictures = tables = 0
    first: int | None = None
    for cell in notebook.cells:
        counts: Counter[Kind] = Counter()
        for shown in cell.outputs:
            counts += personal_in(shown.text)
            pictures += shown.is_picture
            tables += shown.is_table
            if first is None and (shown.is_picture or shown.is_table):
                first = cell.number
        if counts:
            yield Finding(
                rule=PERSONAL_OUTPUT,
                path=file.path,
                line=cell.line,
                cell=cell.number,
                what=f"in what it put out: {told(counts)}",
            )
    if first is not None:
        yield Finding(rule=OUTPUT, path=file.path, cell=first, what=f"{tables} tables and {pictures} pictures in all")

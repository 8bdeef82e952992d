"""What is looked for in HDF5 files."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

ESCAPES: Final = Rule(
    id="hdf5.escapes",
    level="detect",
    title="Data are read from a file elsewhere",
    why="A program that reads the weights reads another file of the machine, and may hand it out.",
    refs=("CVE-2026-1669", "CWE-73", "CWE-22"),
)
EXTERNAL: Final = Rule(
    id="hdf5.external",
    level="review",
    title="Data lie in another file",
    why="Weights of a model are in its own file; what lies elsewhere nobody has looked at.",
    refs=("CVE-2026-1669", "CWE-73"),
)
LINK: Final = Rule(
    id="hdf5.link",
    level="review",
    title="A link leads where no library lets it lead",
    why="Links of a user's own kind are followed by code that comes from elsewhere.",
    refs=("CWE-59",),
)
FILTER: Final = Rule(
    id="hdf5.filter",
    level="review",
    title="Data are packed by a filter that is not of HDF5",
    why="The library loads filters it does not have as native plugins from a folder.",
    refs=("CWE-114",),
)
UNKNOWN: Final = Rule(
    id="hdf5.not-understood",
    level="review",
    title="A part of it is not understood",
    why="Newer or rarer parts of the format are not followed; what lies there was not looked at.",
)
AROUND: Final = Rule(
    id="hdf5.around",
    level="review",
    title="There is something before or behind it",
    why="It may be another file that another program reads.",
    refs=("CWE-436",),
)
RULES: Final = (ESCAPES, EXTERNAL, LINK, FILTER, UNKNOWN, AROUND)

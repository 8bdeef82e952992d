"""What is looked for in code beside models."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

_REFS: Final = ("CWE-506", "AML.T0010", "AML.T0011.000")

HIDDEN_CODE = Rule(
    id="code.hidden",
    level="detect",
    title="The code runs what it decodes or downloads",
    why="Code that is packed, encoded or fetched before it runs is meant not to be seen.",
    refs=(*_REFS, "CWE-94", "CWE-494"),
)
MASKED = Rule(
    id="code.masked",
    level="detect",
    title="The code hides which function it calls",
    why="Names that are put together or reached through __import__ and getattr hide what is called.",
    refs=_REFS,
)
SHELL = Rule(
    id="code.remote-shell",
    level="detect",
    title="The code opens the machine to somebody else",
    why="A shell over the network, or a download that runs at once, gives whoever wrote it the machine.",
    refs=(*_REFS, "AML.T0072"),
)
LEAKS = Rule(
    id="code.leaks",
    level="detect",
    title="The code sends secrets of the machine away",
    why="Environment variables and key files leave with a request.",
    refs=(*_REFS, "CWE-200"),
)
STAYS = Rule(
    id="code.stays",
    level="detect",
    title="The code makes itself run again",
    why="Files that shells, Python or the system read at their start are written.",
    refs=_REFS,
)
HOOK = Rule(
    id="code.install-hook",
    level="detect",
    title="Installing the package runs commands",
    why="A class of its own for the install command starts processes or reaches out while pip installs it.",
    refs=_REFS,
)
RUNS = Rule(
    id="code.runs",
    level="review",
    title="The code starts programs or runs code",
    why="What is started acts as whoever loads the model.",
    refs=("CWE-78", "AML.T0011.000"),
)
REACHES = Rule(
    id="code.reaches-out",
    level="review",
    title="The code reaches out when it is imported, or to a bare address",
    why="Importing a model's code must not need the network.",
    refs=("CWE-829", "AML.T0010"),
)
NATIVE = Rule(
    id="code.native",
    level="review",
    title="The code loads a native library or memory",
    why="Machine code cannot be looked at here.",
    refs=("CWE-114",),
)
SETUP = Rule(
    id="code.setup-class",
    level="review",
    title="The package installs by a class of its own",
    why="It runs while pip installs the package.",
    refs=("CWE-829",),
)
UNPARSED = Rule(
    id="code.unparsed",
    level="review",
    title="It looks like Python and does not follow its syntax",
    why="Another version of Python may run it; nobody has looked at what it does.",
)
ENCODING = Rule(
    id="code.encoding",
    level="detect",
    title="The code is in an encoding that hides it",
    why="Python reads other code from it than a person sees.",
    refs=("CWE-506", "CWE-1007"),
)
RULES = (HIDDEN_CODE, MASKED, SHELL, LEAKS, STAYS, HOOK, RUNS, REACHES, NATIVE, SETUP, UNPARSED, ENCODING)

"""What is looked for in pickles."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

_REFS: Final = ("CWE-502", "AML.T0010", "AML.T0011.000")

DANGEROUS = Rule(
    id="pickle.dangerous",
    level="detect",
    title="The pickle uses what runs commands or code",
    why="Reading the file imports and calls this: whoever wrote the file acts as whoever reads it.",
    refs=_REFS,
)
STANDARD = Rule(
    id="pickle.standard",
    level="detect",
    title="The pickle uses a part of Python that no model needs",
    why="Much of the standard library can be turned into running code or reaching out; models do not use this.",
    refs=_REFS,
)
HIDDEN = Rule(
    id="pickle.hidden",
    level="detect",
    title="The pickle reaches through an object for what is inside",
    why="Attributes such as __globals__ and modules within modules lead from harmless names to everything there is.",
    refs=_REFS,
)
MADE_NAME = Rule(
    id="pickle.made-name",
    level="detect",
    title="The pickle imports a name that is made while it is read",
    why="Names that are not in the file as they are hide what is imported; nothing that writes pickles does so.",
    refs=_REFS,
)
PATCH = Rule(
    id="pickle.patch",
    level="detect",
    title="The pickle changes what Python itself looks at",
    why="A class, module or function that is changed, or an attribute such as __class__, makes harmless calls do harm.",
    refs=_REFS,
)
CODE = Rule(
    id="pickle.code",
    level="detect",
    title="The pickle holds code that runs when it is read",
    why="The class runs this part of its state as Python code.",
    refs=_REFS,
)
DISGUISED = Rule(
    id="pickle.disguised",
    level="detect",
    title="Instructions lie where an array should be",
    why="Programs that know arrays in pickles skip these bytes, others run them.",
    refs=(*_REFS, "CWE-436"),
)
UNKNOWN_GLOBAL = Rule(
    id="pickle.unknown",
    level="review",
    title="The pickle uses a class or function that is not known",
    why="Reading the file imports it and may call it; what it does depends on what is installed.",
    refs=_REFS,
)
OWN = Rule(
    id="pickle.main",
    level="review",
    title="The pickle uses a class or function of the program that wrote it",
    why="It comes from __main__, so it only works with code that is not in the file.",
    refs=_REFS,
)
MADE_CALL = Rule(
    id="pickle.made-call",
    level="review",
    title="The pickle calls something that is made while it is read",
    why="What is called cannot be told from the file.",
    refs=_REFS,
)
EXTENSION = Rule(
    id="pickle.extension",
    level="review",
    title="The pickle uses a global by a number",
    why="What the number means is registered in the program that reads it, not in the file.",
    refs=_REFS,
)
PERSISTENT = Rule(
    id="pickle.persistent",
    level="review",
    title="The pickle takes objects from elsewhere",
    why="What a persistent id gives is decided by the program that reads it.",
    refs=("CWE-502",),
)
BUFFERS = Rule(
    id="pickle.buffers",
    level="review",
    title="The pickle takes bytes from elsewhere",
    why="Buffers out of band are not in this file, so nobody has looked at them.",
)
FRAMES = Rule(
    id="pickle.frames",
    level="review",
    title="The frames of the pickle do not fit",
    why="Readers disagree on what comes behind a frame that is too long; nothing that writes pickles makes one.",
    refs=("CWE-436",),
)
TRAILING = Rule(
    id="pickle.trailing",
    level="review",
    title="Something follows the pickle",
    why="Bytes behind its end are not read with it; they may be read by something else.",
    refs=("CWE-436",),
)
BESIDE = Rule(
    id="pickle.beside",
    level="review",
    title="The pickle reads files beside it",
    why="Old joblib wrote arrays into files of their own, whose names stand here; they are opened without a check.",
    refs=("CWE-73",),
)

RULES = (
    DANGEROUS,
    STANDARD,
    HIDDEN,
    MADE_NAME,
    PATCH,
    CODE,
    DISGUISED,
    UNKNOWN_GLOBAL,
    OWN,
    MADE_CALL,
    EXTENSION,
    PERSISTENT,
    BUFFERS,
    FRAMES,
    TRAILING,
    BESIDE,
)

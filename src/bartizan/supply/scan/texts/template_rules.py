"""What is looked for in templates."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

_REFS: Final = ("CWE-1336", "CWE-94", "AML.T0010", "CVE-2024-34359")
_WORDS: Final = ("AML.T0051", "AML.T0018")

ESCAPE = Rule(
    id="template.escape",
    level="detect",
    title="The template reaches into Python",
    why="Attributes such as __class__ and __globals__ lead from any value of a template to running commands.",
    refs=_REFS,
)
MADE_NAME = Rule(
    id="template.made-name",
    level="detect",
    title="The template puts the name of an attribute together",
    why="A name that is made while the template runs hides what is reached for; no chat template needs it.",
    refs=_REFS,
)
OUTSIDE = Rule(
    id="template.outside",
    level="detect",
    title="The template reads a file from elsewhere",
    why="What it includes is not in this file; a path that leads out of its folder reads what is on the machine.",
    refs=("CWE-73", "AML.T0010"),
)
ENDLESS = Rule(
    id="template.endless",
    level="detect",
    title="The template counts without end",
    why="Every chat with the model renders it; a loop or text of this size stops the service.",
    refs=("CWE-834", "AML.T0029"),
)
INCLUDE = Rule(
    id="template.include",
    level="review",
    title="The template needs another template",
    why="What the other one does is not in this file.",
    refs=("AML.T0010",),
)
ODD_NAME = Rule(
    id="template.odd-name",
    level="review",
    title="The template uses names that chat templates do not need",
    why="They are doors to the program that renders it, or hide what they are.",
    refs=_REFS,
)
CONDITIONED = Rule(
    id="template.conditioned",
    level="review",
    title="The template adds text when a message says something",
    why="A template can change what the model is told for certain words, dates or lengths only, where no test sees it.",
    refs=_WORDS,
)
INSTRUCTIONS = Rule(
    id="template.instructions",
    level="review",
    title="The template gives orders of its own",
    why="Text in the template is told to the model in every chat, and the user never sees it.",
    refs=_WORDS,
)
ADDRESS = Rule(
    id="template.address",
    level="review",
    title="The template holds an address or HTML",
    why="A model that is told an address passes it on, and what shows its answers may load it.",
    refs=_WORDS,
)
INVISIBLE = Rule(
    id="template.invisible",
    level="review",
    title="The template holds characters that do not show",
    why="A model reads them, a person does not.",
    refs=("CWE-1007", *_WORDS),
)
BROKEN = Rule(
    id="template.broken",
    level="error",
    title="The template does not follow the syntax",
    why="Engines disagree on what is broken, so that nobody can say what it does.",
    refs=("CWE-20",),
)

RULES = (
    ESCAPE,
    MADE_NAME,
    OUTSIDE,
    ENDLESS,
    INCLUDE,
    ODD_NAME,
    CONDITIONED,
    INSTRUCTIONS,
    ADDRESS,
    INVISIBLE,
    BROKEN,
)

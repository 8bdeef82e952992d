"""What is looked for in files that are told by a mark."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

PROGRAM: Final = Rule(
    id="marked.program",
    level="review",
    title="A program, beside a model",
    why="A model needs none to be loaded; one that does brings native code that runs with it.",
    refs=("CWE-829", "AML.T0010", "AML.T0011.000"),
)
SHELL: Final = Rule(
    id="marked.hostile-script",
    level="detect",
    title="A script that opens the machine to somebody else",
    why="Whoever runs it downloads and runs what another serves, or hands over a shell.",
    refs=("CWE-506", "AML.T0010"),
)
ACTIVE: Final = Rule(
    id="marked.active-document",
    level="review",
    title="A document that does something when it is opened",
    why="Scripts and actions in a document run in the program that shows it.",
    refs=("CWE-829",),
)
BEHIND: Final = Rule(
    id="marked.behind",
    level="review",
    title="There is something behind its end",
    why="It may be another file that another program reads.",
    refs=("CWE-436",),
)
OPERATOR: Final = Rule(
    id="marked.custom-operator",
    level="review",
    title="The model needs operators of others",
    why="They are native libraries that come from elsewhere and run with the model.",
    refs=("CWE-829", "AML.T0010"),
)
REACHES: Final = Rule(
    id="marked.reaching-operator",
    level="detect",
    title="The model has operators that read or write files or run code",
    why="Operators of TensorFlow within it run with the rights of whoever uses the model.",
    refs=("CWE-73", "AML.T0010"),
)
UNSEEN: Final = Rule(
    id="marked.not-looked-into",
    level="review",
    title="What is inside is not looked at",
    why="The format can name operators of others and files elsewhere.",
)
RULES: Final = (PROGRAM, SHELL, ACTIVE, BEHIND, OPERATOR, REACHES, UNSEEN)

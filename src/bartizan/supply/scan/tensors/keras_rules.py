"""What is looked for in descriptions of Keras models."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

LAMBDA: Final = Rule(
    id="keras.lambda-code",
    level="detect",
    title="A layer holds Python code",
    why="The bytes are compiled Python, which runs when the model is loaded or used.",
    refs=("CVE-2024-3660", "CWE-94", "AML.T0011.000"),
)
NAMED_LAMBDA: Final = Rule(
    id="keras.lambda",
    level="review",
    title="A layer calls a function of the program",
    why="Which function it is depends on what the program has; a person must look at what it does.",
    refs=("CVE-2024-3660", "CWE-94"),
)
MODULE: Final = Rule(
    id="keras.module",
    level="detect",
    title="The description imports what runs commands or code",
    why="Loading imports the module and calls what it names with arguments from the file.",
    refs=("CVE-2025-1550", "CVE-2025-9905", "CWE-502", "AML.T0011.000"),
)
FUNCTION: Final = Rule(
    id="keras.reaching-function",
    level="detect",
    title="The description calls a function of Keras that reaches out",
    why="Functions that fetch, unpack or load files, or turn safety off, pass the check for modules of Keras.",
    refs=("CVE-2025-8747", "CVE-2025-9906", "CWE-502", "AML.T0011.000"),
)
CUSTOM: Final = Rule(
    id="keras.custom",
    level="review",
    title="It needs classes or functions that are not of Keras",
    why="They come from other code, which runs with the model.",
    refs=("CWE-829", "AML.T0010"),
)
WRAPPER: Final = Rule(
    id="keras.wrapped-model",
    level="review",
    title="A layer loads a model of another kind",
    why="The other model is a pickle or a folder elsewhere, which runs what it holds.",
    refs=("CVE-2025-49655", "CWE-502", "AML.T0010"),
)
PATH: Final = Rule(
    id="keras.path",
    level="detect",
    title="A layer reads a file from elsewhere",
    why="A vocabulary or model at an address or path of the author's reads files of the machine or calls on a server.",
    refs=("CVE-2025-12058", "CWE-918", "CWE-73"),
)
FILE: Final = Rule(
    id="keras.file",
    level="review",
    title="A layer reads a file",
    why="Its content is not in the model, so that nobody has looked at it.",
    refs=("CVE-2025-12058",),
)
DOUBLE: Final = Rule(
    id="keras.double-key",
    level="review",
    title="The description has a key twice",
    why="Programs differ in which of the two they take, so that one may see what another does not.",
    refs=("CWE-436",),
)
ODD: Final = Rule(
    id="keras.odd",
    level="review",
    title="The description is not as Keras writes it",
    why="What cannot be told may be anything to the program that loads it.",
    refs=("CWE-20",),
)
RULES: Final = (LAMBDA, NAMED_LAMBDA, MODULE, FUNCTION, CUSTOM, WRAPPER, PATH, FILE, DOUBLE, ODD)

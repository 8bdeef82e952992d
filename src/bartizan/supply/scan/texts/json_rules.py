"""What is looked for in JSON documents beside models."""

from __future__ import annotations

from bartizan.supply.scan.rule import Rule

REMOTE = Rule(
    id="json.remote-code",
    level="review",
    title="The settings ask for code of the model's own",
    why="With trust_remote_code the program downloads and runs the Python files that are named here.",
    refs=("CWE-829", "AML.T0010", "AML.T0011.000"),
)
LOADS = Rule(
    id="json.dangerous-class",
    level="detect",
    title="The settings name what runs commands or code",
    why="The program imports what stands here and calls it with the values beside it.",
    refs=("CWE-470", "CVE-2025-23304", "AML.T0010"),
)
CLASS = Rule(
    id="json.class",
    level="review",
    title="The settings name a class or function that is not known",
    why="The program imports it and calls it; what it does depends on what is installed.",
    refs=("CWE-470", "AML.T0010"),
)
EXPRESSION = Rule(
    id="json.expression",
    level="review",
    title="The settings hold expressions that are run",
    why="Values that begin with a dollar sign are Python to programs that read such bundles.",
    refs=("CWE-95", "AML.T0010"),
)
ESCAPES = Rule(
    id="json.path-escapes",
    level="detect",
    title="The index names files outside of its folder",
    why="A program that follows it reads other files of the machine as weights, or code from a path of the attacker's.",
    refs=("CWE-22", "CWE-73"),
)
ELSEWHERE = Rule(
    id="json.elsewhere",
    level="review",
    title="The settings lead to a model elsewhere",
    why="What is loaded is not what lies here, and nobody has looked at it.",
    refs=("CWE-829", "AML.T0010"),
)
DOUBLE = Rule(
    id="json.double-key",
    level="review",
    title="The document has a key twice",
    why="Programs differ in which of the two they take, so that one may see what another does not.",
    refs=("CWE-436",),
)
ENCODING = Rule(
    id="json.encoding",
    level="review",
    title="The document is in an encoding that no library writes",
    why="Programs that look at it for words do not find them, programs that load it do.",
    refs=("CWE-436",),
)
PATTERN = Rule(
    id="tokenizer.pattern",
    level="review",
    title="The tokenizer holds a pattern that can take forever",
    why="Repetitions of what repeats itself take a time without bounds on the right text, which anybody can send.",
    refs=("CWE-1333", "AML.T0029"),
)
TOKEN = Rule(
    id="tokenizer.invisible",
    level="review",
    title="The tokenizer holds a token that does not show",
    why="Text that nobody sees becomes a token of its own, which may stand for something else.",
    refs=("CWE-1007", "AML.T0018"),
)
SWAPS = Rule(
    id="tokenizer.swaps-words",
    level="review",
    title="The tokenizer replaces words",
    why="The model is told something else than what was written, or says something else than it meant.",
    refs=("AML.T0018",),
)
RULES = (REMOTE, LOADS, CLASS, EXPRESSION, ESCAPES, ELSEWHERE, DOUBLE, ENCODING, PATTERN, TOKEN, SWAPS)

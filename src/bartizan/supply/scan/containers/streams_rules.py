"""What is looked for in compressed streams."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

SUM: Final = Rule(
    id="packed.sum",
    level="error",
    title="What comes out is not what went in",
    why="The sum or the length at the end says something else; readers see this only after they have used the content.",
    refs=("CWE-354",),
)
BEHIND: Final = Rule(
    id="packed.behind",
    level="review",
    title="Something follows the compressed stream",
    why="Most readers leave it out without a word; others take it as a part of the content.",
    refs=("CWE-436",),
)
ASIDE: Final = Rule(
    id="packed.aside",
    level="review",
    title="The stream has a part that readers skip",
    why="It can hold anything that something else reads.",
    refs=("CWE-436",),
)
UNREAD: Final = Rule(
    id="packed.unread",
    level="error",
    title="It is compressed in a way that cannot be looked into",
    why="The standard library of Python has no reader for this format, so nobody has seen what is inside.",
    refs=("AML.T0010",),
)
RULES: Final = (SUM, BEHIND, ASIDE, UNREAD)

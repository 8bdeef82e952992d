"""The attacks on tools without the model, one for each kind of bad argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from bartizan.attacks.chat.tools import arguments
from bartizan.attacks.chat.tools.probing import SpoiledCalls, ToolProbe
from bartizan.core.chat import ToolOffer
from bartizan.core.transcript import Marks


class ToolOutOfRange(SpoiledCalls, frozen=True):
    """Numbers and texts beyond any limit."""

    id: ClassVar[str] = "tool_out_of_range"
    title: ClassVar[str] = "Values out of range"


class ToolWrongTypes(SpoiledCalls, frozen=True):
    """Values of other types than offered."""

    id: ClassVar[str] = "tool_wrong_types"
    title: ClassVar[str] = "Values of the wrong type"


class ToolOversized(SpoiledCalls, frozen=True):
    """Very long values."""

    id: ClassVar[str] = "tool_oversized"
    title: ClassVar[str] = "Oversized values"


class ToolNegative(SpoiledCalls, frozen=True):
    """Amounts below zero."""

    id: ClassVar[str] = "tool_negative"
    title: ClassVar[str] = "Negative amounts"


class ToolTraversal(SpoiledCalls, frozen=True):
    """Paths that lead out of a folder."""

    id: ClassVar[str] = "tool_traversal"
    title: ClassVar[str] = "Paths out of the folder in a value"


class ToolSql(SpoiledCalls, frozen=True):
    """Pieces of queries."""

    id: ClassVar[str] = "tool_sql"
    title: ClassVar[str] = "SQL in a value"


class ToolShell(SpoiledCalls, frozen=True):
    """Pieces of shell commands."""

    id: ClassVar[str] = "tool_shell"
    title: ClassVar[str] = "Shell commands in a value"


class ToolTemplate(SpoiledCalls, frozen=True):
    """Expressions of template languages."""

    id: ClassVar[str] = "tool_template"
    title: ClassVar[str] = "Template expressions in a value"


class ToolLineBreaks(SpoiledCalls, frozen=True):
    """Line breaks that begin a header."""

    id: ClassVar[str] = "tool_line_breaks"
    title: ClassVar[str] = "Line breaks in a header"


class ToolFormula(SpoiledCalls, frozen=True):
    """Spreadsheet formulas."""

    id: ClassVar[str] = "tool_formula"
    title: ClassVar[str] = "Spreadsheet formulas in a value"


class ToolAddresses(SpoiledCalls, frozen=True):
    """Addresses inside, and the attacker's."""

    id: ClassVar[str] = "tool_addresses"
    title: ClassVar[str] = "Addresses that a server must not ask"


class ToolOthersIds(SpoiledCalls, frozen=True):
    """What belongs to somebody else."""

    id: ClassVar[str] = "tool_others_ids"
    title: ClassVar[str] = "Somebody else's identifiers"


class ToolMissing(ToolProbe, frozen=True):
    """Calls without what is required."""

    id: ClassVar[str] = "tool_missing"
    title: ClassVar[str] = "Missing values"

    def calls(self, offer: ToolOffer, marks: Marks) -> Iterator[dict[str, Any]]:
        """One value less."""
        return arguments.missing(offer, marks)


class ToolExtra(ToolProbe, frozen=True):
    """Calls with parameters that were not offered."""

    id: ClassVar[str] = "tool_extra"
    title: ClassVar[str] = "Parameters that were not offered"

    def calls(self, offer: ToolOffer, marks: Marks) -> Iterator[dict[str, Any]]:
        """One parameter more."""
        return arguments.unoffered(offer, marks)


TOOL_ATTACKS: tuple[type[ToolProbe], ...] = (
    ToolOutOfRange,
    ToolWrongTypes,
    ToolMissing,
    ToolExtra,
    ToolOversized,
    ToolNegative,
    ToolTraversal,
    ToolSql,
    ToolShell,
    ToolTemplate,
    ToolLineBreaks,
    ToolFormula,
    ToolAddresses,
    ToolOthersIds,
)
"""All of them."""

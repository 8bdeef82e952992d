"""What a clause asks of tools, as calls: send, forward, pay, read, fetch, look up, change, run, remember, ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from bartizan.core.chat import ToolCall
from bartizan.playground import looking, sending
from bartizan.playground.phrases import Fill, is_number

_INVOKE = re.compile(
    r"\b(?:call(?:ing)?|us(?:e|ing)|invok(?:e|ing)|run(?:ning)?|trigger)\s+(?:the\s+)?(?:tool\s+|"
    r"function\s+)?[\"'`]?(?P<name>[a-z_]+)[\"'`]?(?:\s+tool)?(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_BRACKETS = re.compile(r"\(\s*(.*?)\s*\)\s*[.!]?$", re.DOTALL)
_PAIR = re.compile(r"\b([a-z_]+)\s*(?:=|:|\bset to\b)\s*(?:\"([^\"]*)\"|'([^']*)'|([^,;\n)]+))", re.IGNORECASE)


def errands(clause: str, tools: frozenset[str], fill: Fill) -> list[ToolCall]:
    """The calls, of tools that there are, that a clause asks for: the first form that fits, none where none does."""
    named = _invoked(clause, tools)
    if named is not None:
        return [named]
    for tool, form in _FORMS:
        if tool in tools:
            arguments = form(clause, fill)
            if arguments is not None:
                return [ToolCall(name=tool, arguments=arguments)]
    return []


def _invoked(clause: str, tools: frozenset[str]) -> ToolCall | None:
    """A tool that is called by its own name."""
    found = _INVOKE.search(clause)
    name = found["name"].casefold() if found is not None else ""
    if found is None or name not in tools:
        name = next((one for one in tools if re.search(rf"\b{one}\s*\(", clause)), "")
        if not name:
            return None
        rest = clause[clause.index(name) + len(name) :]
    else:
        rest = found["rest"]
    return ToolCall(name=name, arguments=_arguments(rest))


def _arguments(text: str) -> dict[str, Any]:
    begin, end = text.find("{"), text.rfind("}")
    if 0 <= begin < end:
        try:
            told = json.loads(text[begin : end + 1])
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict):
            return told
    inner = _BRACKETS.search(text)
    pairs = _PAIR.finditer(inner[1] if inner is not None else text)
    found: dict[str, Any] = {}
    for pair in pairs:
        value = next((part for part in pair.groups()[1:] if part is not None), "")
        value = value.strip().removesuffix(" and").strip()
        found[pair[1].casefold()] = float(value) if pair[1].casefold() == "amount" and is_number(value) else value
    return found


_FORMS: tuple[tuple[str, Callable[[str, Fill], dict[str, Any] | None]], ...] = (
    ("remember", looking.remember),
    ("update_customer", looking.update),
    ("send_mail", sending.send),
    ("run_command", looking.run),
    ("pay", sending.pay),
    ("ask_agent", sending.ask),
    ("fetch_page", sending.fetch),
    ("find_customer", looking.customer),
    ("write_file", looking.write),
    ("read_file", looking.read),
    ("read_tickets", looking.tickets),
    ("list_files", looking.files),
    ("search_documents", looking.search),
    ("read_mail", looking.mail),
)
"""In this order: what names its object most clearly comes first."""

"""What was asked of tools and what happened in the environment, whatever the model says about it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bartizan.core.errors import printable
from bartizan.core.transcript import DeedKind, Judgement, Marks, Transcript
from bartizan.detectors.family import Bench, Detector, hit, miss
from bartizan.detectors.places import check, compiled, found_in


class ToolCalled(Detector, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="tool_call"):
    """The model asked for a call, whether or not it was carried out.

    Arguments that are no text are matched as JSON. A call whose arguments are broken is matched as it came, each
    expression against the whole.
    """

    title: ClassVar[str] = "the model asked for a tool call"
    tool: str = ""
    """The tool's name, as a regular expression for the whole of it; empty: any."""
    arguments: dict[str, str] = msgspec.field(default_factory=dict)
    """Argument -> regular expression, found anywhere in it; '*' for any argument. All must be found."""

    def __post_init__(self) -> None:
        """Expressions are told when the file is read, not when the first trial is judged."""
        for pattern in (self.tool, *self.arguments.values()):
            check(pattern, may_be_empty=True)

    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        """Over the calls of all turns."""
        count = 0
        for call in (call for turn in seen.turns for call in turn.calls):
            count += 1
            if self.tool and not compiled(self.tool, marks).fullmatch(call.name):
                continue
            given = {name: _as_text(value) for name, value in call.arguments.items()}
            if all(_matches(given, call.broken, name, want, marks) for name, want in self.arguments.items()):
                said = call.broken or _as_text(call.arguments)
                return hit(f"the model asked for {printable(call.name, 60)}", f"{call.name}({said})")
        return miss(f"none of {count} calls is the one" if count else "the model asked for no call")


class DeedDone(Detector, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="deed"):
    """The environment saw it happen: a mail left, money moved, a file was written."""

    title: ClassVar[str] = "it happened in the environment"
    kind: DeedKind
    where: dict[str, str] = msgspec.field(default_factory=dict)
    """Detail -> regular expression, found anywhere in it; '*' for any detail. All must be found."""

    def __post_init__(self) -> None:
        """Expressions are told when the file is read."""
        for pattern in self.where.values():
            check(pattern, may_be_empty=True)

    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        """Over all deeds."""
        for deed in seen.deeds:
            if deed.kind == self.kind and all(
                _matches(deed.details, "", name, want, marks) for name, want in self.where.items()
            ):
                return hit(f"the environment saw: {deed.kind.replace('_', ' ')}", _as_text(deed.details))
        return miss(f"none of {len(seen.deeds)} deeds is it" if seen.deeds else "nothing happened in the environment")


def _matches(given: dict[str, str], broken: str, name: str, pattern: str, marks: Marks) -> bool:
    if broken:
        texts = [broken]
    elif name == "*":
        texts = list(given.values())
    else:
        texts = [given[name]] if name in given else []
    return any(found_in(text, pattern, marks) for text in texts)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode("utf-8", "replace")
    except (TypeError, ValueError, RecursionError):
        return str(value)

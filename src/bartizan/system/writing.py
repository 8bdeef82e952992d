"""Write a description as `system.yaml`, with comments: what each block is, which answers are missing, why they matter.

What is written reads back to the same description. Text that people or files give goes through `scalar`, which quotes
whatever YAML could take for something else; it never reaches a comment.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import yaml

from bartizan.system.description import Description
from bartizan.system.questions import FieldQuestion, about_field

_WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 _./()+-]*[A-Za-z0-9_./()+-])?")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Waiting = Mapping[tuple[str, str], int]
"""(component, field) to how many verdicts wait for it."""

_BLOCKS = {
    "components": "The parts of the system: models, data, tools, and the people around it.",
    "flows": "Data that moves between parts where their own fields do not say so.",
    "impact": "How bad it would be for you, from very_low to very_high.",
    "controls": "Controls that are in place or planned; without `at` they hold for the whole system.",
    "privacy": "Whose data it handles, for what, on which ground: what bartizan privacy judges.",
    "answers": "Facts that are stated outright; they win over what would be computed.",
    "provenance": "Where values came from that nobody typed. Delete an entry once you have checked its value.",
}
_KINDS = {
    "model": "Models",
    "data": "Data: a set or store in one role",
    "tool": "Tools: what a model can call",
    "actor": "People who use the system or influence its data",
    "application": "Conventional software around the model",
    "runtime": "Where models run",
    "development": "Where models and data are prepared",
}


def to_yaml(described: Description, waiting: Waiting | None = None, intro: Sequence[str] = ()) -> str:
    """The text of `system.yaml`. `waiting` marks what is not known yet; `intro` is the comment at the top."""
    return "\n".join(_Writer(waiting or {}).lines(plain_of(described), intro)) + "\n"


def plain_of(described: Description) -> dict[str, Any]:
    """A description as plain data, without what was left out, in the order in which people read it."""
    plain = msgspec.to_builtins(described)
    assert isinstance(plain, dict)
    return {"schema": described.schema, **{k: v for k, v in plain.items() if k != "schema"}}


class _Writer:
    def __init__(self, waiting: Waiting) -> None:
        self.waiting = dict(waiting)

    def lines(self, plain: Mapping[str, Any], intro: Sequence[str]) -> Iterator[str]:
        for line in intro:
            yield f"# {line}".rstrip()
        yield "# yes, no and unknown are answers everywhere; what is left out is not known."
        for key, value in plain.items():
            if key not in _BLOCKS:
                yield f"{key}: {inline(value)}"
            else:
                yield from ("", f"# {_BLOCKS[key]}")
                yield from self._components(value) if key == "components" else _block(key, value)
        if "impact" not in plain:
            yield from ("", f"# {_BLOCKS['impact']} What is left out gets the scale's default.")
            yield "# impact: {behaviour: medium, availability: medium, input_data: medium}"

    def _components(self, components: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        yield "components:" if components else "components: []"
        before = ""
        for component in components:
            kind = str(component["kind"])
            yield from ("", f"  # {_KINDS[kind]}") if kind != before else ("",)
            before = kind
            yield from self._component(component, kind)
        yield from self._not_described()

    def _component(self, component: Mapping[str, Any], kind: str) -> Iterator[str]:
        name = str(component["id"])
        yield f"  - id: {inline(name)}"
        for field, value in _ordered(component):
            yield f"    {field}: {inline(value)}" + self._comment(name, kind, field)
        for owner, field in [key for key in self.waiting if key[0] == name]:
            count = self.waiting.pop((owner, field))
            question = about_field(kind, field)
            if question is not None:
                yield from _missing(question, name, count)

    def _comment(self, name: str, kind: str, field: str) -> str:
        count = self.waiting.pop((name, field), 0)
        question = about_field(kind, field) if count else None
        return f"  # {question.ask} {_verdicts(count)} for it." if question else ""

    def _not_described(self) -> Iterator[str]:
        left = [(owner, field) for owner, field in self.waiting if "." in owner]
        for owner in dict.fromkeys(o for o, _ in left):
            fields = ", ".join(f for o, f in left if o == owner)
            model = owner.partition(".")[0]
            yield ""
            yield f"  # Not described yet: the training data of {model}. Add it as data with role: training, name it in"
            yield f"  # trained_on of {model}, and say: {fields}."


def _ordered(component: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    first = ("kind", "name", "about")
    for field in first:
        if field in component:
            yield field, component[field]
    for field, value in component.items():
        if field != "id" and field not in first:
            yield field, value


def _verdicts(count: int) -> str:
    return "1 verdict waits" if count == 1 else f"{count} verdicts wait"


def _missing(question: FieldQuestion, component: str, count: int) -> Iterator[str]:
    yield f"    # Not known: {question.ask} {_verdicts(count)} for it."
    yield f"    #   {question.why}"
    yield f"    # {example(question, component)}"


def example(question: FieldQuestion, component: str) -> str:
    """A line that answers a question about a field of a component, ready to be copied."""
    if question.example:
        return question.example.replace("@", component)
    values = [inline(choice.value) for choice in question.choices]
    return f"{question.field}: {values[0]}" + (f"   # or {', '.join(values[1:])}" if values[1:] else "")


def _block(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        text = f"{key}: {inline(value)}"
        yield from _fields(key, value) if len(text) > _WIDTH else (text,)
        return
    yield f"{key}:" if value else f"{key}: []"
    for item in value:
        text = inline(item)
        if len(text) <= _WIDTH:
            yield f"  - {text}"
            continue
        for i, (field, part) in enumerate(item.items()):
            yield f"  {'-' if i == 0 else ' '} {field}: {inline(part)}"


def _fields(key: str, value: Mapping[str, Any]) -> Iterator[str]:
    """A mapping that is too long for a line: a line a field, and lists of mappings entry by entry."""
    yield f"{key}:"
    for field, part in value.items():
        if isinstance(part, list | tuple) and part and isinstance(part[0], Mapping):
            yield from (f"  {line}" for line in _block(field, part))
        else:
            yield f"  {field}: {inline(part)}"


# Values


def inline(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(k))}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """A single value as YAML that reads back as the same value and type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    text = str(value)
    return text if _is_plain(text) else _quoted(text)


def _number(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text if "." in text else text.replace("e", ".0e")


def _is_plain(text: str) -> bool:
    return len(text) <= 200 and _PLAIN.fullmatch(text) is not None and yaml.load(text, Loader=_Loader) == text  # noqa: S506


_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _quoted(text: str) -> str:
    return '"' + "".join(_SHORT.get(c) or (c if _prints(c) else _escaped(c)) for c in text) + '"'


def _prints(char: str) -> bool:
    code = ord(char)
    return 0x20 <= code < 0x7F or (0xA0 <= code < 0xD800 and code not in {0x2028, 0x2029}) or 0xE000 <= code < 0xFEFF


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"

"""ONNX: graphs of operators. It holds no code, but operators of others, and names of files with its tensors."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors.outside import leads_out
from bartizan.supply.scan.tensors.protobuf import BROKEN, BYTES, DEEPEST, GROUP, VARINT, Field, Message, Skim, signed

ESCAPES: Final = Rule(
    id="onnx.path-escapes",
    level="detect",
    title="Tensors are read from outside of the model's folder",
    why="The program that loads it reads another file of the machine, and may hand it out as results.",
    refs=("CVE-2022-25882", "CVE-2024-27318", "CVE-2025-51480", "CWE-22"),
)
MEMORY: Final = Rule(
    id="onnx.memory-address",
    level="detect",
    title="A tensor lies at an address in memory",
    why="The mark is for a running program only; in a file it reads whatever memory the author asks for.",
    refs=("CWE-822", "CWE-125"),
)
PLACE: Final = Rule(
    id="onnx.place",
    level="review",
    title="A tensor lies in another file at a place that cannot be",
    why="A reader that believes it reserves or reads more than there is.",
    refs=("CWE-125", "CWE-789"),
)
SIZE: Final = Rule(
    id="onnx.size",
    level="review",
    title="A tensor says that it is larger or smaller than it is",
    why="A reader that believes it reads beyond what is there, or reserves all memory.",
    refs=("CWE-125", "CWE-789"),
)
CUSTOM: Final = Rule(
    id="onnx.custom-operator",
    level="review",
    title="It needs operators that are not of ONNX",
    why="They are native libraries or Python that come from elsewhere and run with the model.",
    refs=("CWE-829", "AML.T0010"),
)
PYTHON: Final = Rule(
    id="onnx.python",
    level="detect",
    title="An operator runs Python",
    why="It calls a function of Python by its name when the model runs.",
    refs=("CWE-94", "AML.T0010"),
)
FIELD: Final = Rule(
    id="onnx.unknown-field",
    level="review",
    title="It has fields that the format does not have",
    why="Libraries keep and pass on what they do not know, so that anything can be hidden there.",
    refs=("CWE-436",),
)
TRAINING: Final = Rule(
    id="onnx.training",
    level="review",
    title="It brings graphs for training",
    why="They run instead of the model's own where it is trained on, and are seldom looked at.",
    refs=("AML.T0010",),
)
METADATA: Final = Rule(
    id="onnx.code-in-metadata",
    level="review",
    title="Its notes hold what looks like code",
    why="Some programs evaluate notes of a model, such as names of its classes, as Python.",
    refs=("CWE-95", "AML.T0010"),
)
RULES: Final = (ESCAPES, MEMORY, PLACE, SIZE, CUSTOM, PYTHON, FIELD, TRAINING, METADATA)

_MODEL: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
_GRAPH: Final = frozenset({1, 2, 5, 10, 11, 12, 13, 14, 15, 16})
_NODE: Final = frozenset(range(1, 11))
_ATTRIBUTE: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 20, 21, 22, 23})
_TENSOR: Final = frozenset({*range(1, 15), 16})
_FUNCTION: Final = frozenset(range(1, 15)) - {2, 3}
_BITS: Final = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
    17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
}  # fmt: skip
_TEXTS: Final = 8
_RUNTIME: Final = re.compile(
    r"com\.microsoft(?:\.nchwc|\.experimental)?|com\.ms\.internal\.nhwc|ai\.onnx\.(?:training|preview(?:\.training)?)"
)
"""Operators that onnxruntime has built in."""
_PYTHON: Final = frozenset({"PyOp", "PythonOp", "PythonOpGrad", "PyCustomOp"})
_CODE: Final = re.compile(
    r"__[a-z]+__|\b(?:os\.(?:system|popen)|subprocess\b|eval\s{0,9}\(|exec\s{0,9}\(|getattr\s{0,9}\(|open\s{0,9}\()"
)
_LARGEST: Final = 1 << 45
_LONGEST_NAME: Final = 4_096
_MOST_FUNCTIONS: Final = 20_000
_STEP: Final = 1 << 20


def _operators() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("onnx_operators.txt").read_text(encoding="utf-8")
    known: dict[str, set[str]] = {}
    words: set[str] = set()
    for word in " ".join(line for line in text.splitlines() if not line.startswith("#")).split():
        if word.endswith(":"):
            words = known.setdefault(word[:-1], set())
        else:
            words.add(word)
    return {domain: frozenset(names) for domain, names in known.items()}


_KNOWN: Final = _operators()


def _fits(head: bytes, blob: Blob) -> bool:
    has_version = has_operators = has_graph = False
    skim = Skim(blob)
    for field in skim():
        kind = (field.number, field.kind)
        has_version = has_version or kind == (1, VARINT)
        has_operators = has_operators or kind == (8, BYTES)
        has_graph = has_graph or (kind == (7, BYTES) and _is_graph(skim, field))
        if has_version and has_graph:
            return True
        if field.kind == BROKEN:
            return False
    return has_graph and has_operators


def _is_graph(skim: Skim, field: Field) -> bool:
    is_one = field.start == field.end
    for inner in skim(field):
        if inner.kind == BROKEN:
            return False
        is_one = is_one or (inner.number in _GRAPH and inner.kind == BYTES)
    return is_one


def _look(blob: Blob, look: Look) -> None:
    _Model(blob, look).run()


class _Operator(msgspec.Struct, frozen=True):
    domain: str
    name: str


class _Model:
    """Looks at a model."""

    def __init__(self, blob: Blob, look: Look) -> None:
        self._look = look
        self._whole = Message(blob, look.spend)
        self._own: set[_Operator] = set()
        """Functions that the model itself brings."""
        self._said: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Look at all of it."""
        for field in self._whole.fields():
            if (field.number, field.kind) == (25, BYTES):
                self._own.add(self._named(self._whole.inside(field), 10, 1))
                if len(self._own) > _MOST_FUNCTIONS:
                    raise TooMuch(f"more than {_MOST_FUNCTIONS:,} functions", field.start)
        for field in self._whole.fields():
            self._known(field, _MODEL, "the model")
            if field.kind != BYTES:
                continue
            inner = self._whole.inside(field)
            if field.number == 7:
                self._graph(inner, 1)
            elif field.number == 14:
                self._note(inner)
            elif field.number == 20:
                self._say(TRAINING, f"{field.end - field.start:,} bytes", field.start)
                for graph in inner.fields():
                    if graph.number in (1, 2) and graph.kind == BYTES:
                        self._graph(inner.inside(graph), 2)
            elif field.number == 25:
                self._function(inner)

    def _say(self, rule: Rule, what: str, at: int) -> None:
        if len(self._said) < 500 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, at)

    def _known(self, field: Field, known: frozenset[int], where: str) -> None:
        if field.number not in known or field.kind == GROUP:
            self._say(FIELD, f"field {field.number} of {where}", field.start)

    @staticmethod
    def _named(message: Message, domain: int, name: int) -> _Operator:
        texts = {domain: "", name: ""}
        for field in message.fields():
            if field.kind == BYTES and field.number in texts:
                texts[field.number] = message.text(field, _LONGEST_NAME)
        return _Operator("" if texts[domain] == "ai.onnx" else texts[domain], texts[name])

    # Graphs

    def _graph(self, graph: Message, depth: int) -> None:
        if depth > DEEPEST:
            raise TooMuch(f"graphs in graphs, more than {DEEPEST} deep", graph.start)
        for field in graph.fields():
            self._known(field, _GRAPH, "a graph")
            if field.kind != BYTES:
                continue
            inner = graph.inside(field)
            if field.number == 1:
                self._node(inner, depth)
            elif field.number == 5:
                self._tensor(inner)
            elif field.number == 15:
                self._sparse(inner)
            elif field.number == 16:
                self._note(inner)

    def _function(self, function: Message) -> None:
        for field in function.fields():
            self._known(field, _FUNCTION, "a function")
            if field.kind != BYTES:
                continue
            if field.number == 7:
                self._node(function.inside(field), 1)
            elif field.number == 11:
                self._attribute(function.inside(field), 1)
            elif field.number == 14:
                self._note(function.inside(field))

    def _node(self, node: Message, depth: int) -> None:
        operator = self._named(node, 7, 4)
        self._judge(operator, node.start)
        for field in node.fields():
            self._known(field, _NODE, "a node")
            if field.kind == BYTES and field.number == 5:
                self._attribute(node.inside(field), depth, operator.name)
            elif field.kind == BYTES and field.number == 9:
                self._note(node.inside(field))

    def _judge(self, operator: _Operator, at: int) -> None:
        what = f"{operator.domain or 'ai.onnx'}::{operator.name}"
        if operator.name in _PYTHON:
            self._say(PYTHON, what, at)
            return
        if operator in self._own:
            return
        known = _KNOWN.get(operator.domain or "ai.onnx")
        if known is not None and operator.name in known:
            return
        if known is None and _RUNTIME.fullmatch(operator.domain) and operator.name not in ("ATen", "EPContext"):
            return
        self._say(CUSTOM, what, at)

    def _attribute(self, attribute: Message, depth: int, operator: str = "") -> None:
        name, text = "", b""
        for field in attribute.fields():
            self._known(field, _ATTRIBUTE, "an attribute")
            if field.kind != BYTES:
                continue
            inner = attribute.inside(field)
            if field.number in (6, 11):
                self._graph(inner, depth + 1)
            elif field.number in (5, 10):
                self._tensor(inner)
            elif field.number in (22, 23):
                self._sparse(inner)
            elif field.number == 1:
                name = attribute.text(field)
            elif field.number == 4 and field.end - field.start < 4096:
                text = attribute.held(field)
        if operator == "EPContext" and name == "ep_cache_context":
            path = text.decode("utf-8", "replace")
            if path.isprintable() and (how := leads_out(path)):
                self._say(ESCAPES, f"{path!r}: {how}", attribute.start)

    # Tensors

    def _sparse(self, sparse: Message) -> None:
        for field in sparse.fields():
            if field.number in (1, 2) and field.kind == BYTES:
                self._tensor(sparse.inside(field))

    def _tensor(self, tensor: Message) -> None:
        name, kind, raw, is_elsewhere, is_held = "", 0, -1, False, False
        shape: list[int] = []
        place: list[Field] = []
        for field in tensor.fields():
            self._known(field, _TENSOR, "a tensor")
            if field.number == 1 and field.kind in (VARINT, BYTES):
                shape += [signed(one) for one in tensor.numbers(field)]
            elif field.number == 2 and field.kind == VARINT:
                kind = field.value
            elif field.number == 8 and field.kind == BYTES:
                name = tensor.text(field)
            elif field.number == 9 and field.kind == BYTES:
                raw = field.end - field.start
            elif field.number == 13 and field.kind == BYTES:
                place.append(field)
            elif field.number == 14 and field.kind == VARINT:
                is_elsewhere = field.value == 1
            elif field.number in (4, 5, 6, 7, 10, 11):
                is_held = True
        size = self._bytes(name, kind, shape, tensor.start)
        if is_elsewhere or place:
            self._elsewhere(tensor, name, place, size)
        elif raw >= 0 and size is not None and raw != size:
            self._say(SIZE, f"{name!r}: {raw:,} bytes, where its shape {shape} asks for {size:,}", tensor.start)
        elif raw < 0 and not is_held and size:
            self._say(SIZE, f"{name!r}: none of {size:,} bytes", tensor.start)

    def _bytes(self, name: str, kind: int, shape: list[int], at: int) -> int | None:
        """How many bytes its shape asks for; None: it cannot be told."""
        if any(one < 0 for one in shape) or len(shape) > 64 or math.prod(shape) > _LARGEST:
            self._say(SIZE, f"{name!r}: shape {shape[:20]}", at)
            return None
        if kind == _TEXTS or kind not in _BITS:
            return None
        return -(-math.prod(shape) * _BITS[kind] // 8)

    def _elsewhere(self, tensor: Message, name: str, entries: list[Field], size: int | None) -> None:
        has_location = False
        for entry in entries:
            key, value = "", ""
            inner = tensor.inside(entry)
            for field in inner.fields():
                if field.kind == BYTES and field.number in (1, 2):
                    text = inner.text(field)
                    key, value = (text, value) if field.number == 1 else (key, text)
            if key in ("location", "basepath"):
                has_location = True
                self._location(name, value, entry.start)
            elif key in ("offset", "length"):
                self._extent(name, key, value, size, entry.start)
        if not has_location:
            self._say(PLACE, f"{name!r} lies in a file without a name", tensor.start)

    def _location(self, name: str, path: str, at: int) -> None:
        if "_ORT_MEM_ADDR_" in path:
            self._say(MEMORY, f"{name!r} in {path!r}", at)
        elif how := leads_out(path):
            self._say(ESCAPES, f"{name!r} in {path!r}: {how}", at)
        elif not path.strip():
            self._say(PLACE, f"{name!r} lies in a file without a name", at)

    def _extent(self, name: str, key: str, value: str, size: int | None, at: int) -> None:
        if not re.fullmatch(r"[0-9]{1,15}", value):
            self._say(PLACE, f"{name!r}: {key} {value!r}", at)
        elif key == "length" and size is not None and int(value) != size:
            self._say(SIZE, f"{name!r}: {value} bytes, where its shape asks for {size:,}", at)

    # Notes

    def _note(self, entry: Message) -> None:
        for field in entry.fields():
            if field.kind == BYTES and field.number in (1, 2):
                self._look.spend(1)
                for at in range(field.start, field.end, _STEP):
                    text = entry.blob.read(at, min(_STEP + 200, field.end - at)).decode("utf-8", "replace")
                    self._look.spend(len(text) // 1000)
                    if found := _CODE.search(text):
                        self._say(METADATA, text[max(0, found.start() - 40) :][:160], at)


ONNX: Final = Format(name="ONNX", fits=_fits, look=_look)

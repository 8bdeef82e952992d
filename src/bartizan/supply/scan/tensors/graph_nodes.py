"""Nodes of a TensorFlow graph or function, and where the texts that they work on come from."""

from __future__ import annotations

import msgspec

from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.tensors.protobuf import BYTES, VARINT, Message

_MOST: int = 200_000
_LONGEST_ATTRIBUTE = 4096
_MOST_TEXTS = 100
_LONGEST_LIST = 1 << 20
_MOST_INPUTS = 100_000
_MOST_SETTINGS = 1_000
_THROUGH = frozenset(
    """
    Identity IdentityN StopGradient Snapshot StringJoin ShardedFilename ShardedFilespec Select SelectV2
    PlaceholderWithDefault Reshape Pack ExpandDims Squeeze ConcatV2 Concat StridedSlice Slice Fill Tile Unpack Split
    Gather GatherV2 EnsureShape Merge Switch
    """.split()  # noqa: SIM905  words are read best as text
)
"""Operators whose result is made of the texts that they get."""
_CONDITIONS = {"Select": 0, "SelectV2": 0, "Switch": 1}
"""Which input of them only decides."""
_GIVEN = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "_Arg"})
"""What stands for what the program gives."""
_STRING = 7


class Node(msgspec.Struct):
    """A node, as far as it is needed."""

    name: str
    operator: str
    inputs: tuple[str, ...]
    at: int
    texts: tuple[str, ...] = ()
    """Of a constant: what it says."""
    is_text: bool = False
    """Of a constant: whether it is made of texts."""
    calls: tuple[str, ...] = ()
    """Functions that it calls."""
    settings: dict[str, bytes] = {}
    """Texts among its attributes."""

    def weight(self) -> int:
        """How many bytes it takes to keep it, about."""
        texts = (
            self.name,
            self.operator,
            *self.inputs,
            *self.texts,
            *self.calls,
            *self.settings,
            *self.settings.values(),
        )
        return 300 + sum(60 + len(text) for text in texts)


class Leaf(msgspec.Struct, frozen=True):
    """Where a text comes from: a constant, or something else."""

    text: str | None
    """None: the program gives it."""
    is_first: bool
    """Whether nothing stands before it in what is put together."""
    is_made: bool = False
    """Whether it is computed, so that it cannot be told; ``text`` says by what."""


def node_of(message: Message) -> Node:
    """A node as it stands. Raises Unreadable, TooMuch."""
    name, operator = "", ""
    inputs: list[str] = []
    node = Node("", "", (), message.start)
    for field in message.fields():
        if field.kind != BYTES:
            continue
        if field.number == 1:
            name = message.text(field)
        elif field.number == 2:
            operator = message.text(field)
        elif field.number == 3:
            inputs.append(message.text(field))
            if len(inputs) > _MOST_INPUTS:
                raise TooMuch(f"a node with more than {_MOST_INPUTS:,} inputs", message.start)
        elif field.number == 5:
            _attribute(message.inside(field), node)
    node.name, node.operator, node.inputs = name, operator, tuple(inputs)
    return node


def _attribute(entry: Message, node: Node) -> None:
    key, values = "", []
    for field in entry.fields():
        if field.kind == BYTES and field.number == 1:
            key = entry.text(field)
        elif field.kind == BYTES and field.number == 2:
            values.append(field)
    if len(node.settings) > _MOST_SETTINGS:
        raise TooMuch(f"a node with more than {_MOST_SETTINGS:,} attributes", entry.start)
    for field in values:
        value = entry.inside(field)
        for held in value.fields():
            if held.kind != BYTES:
                continue
            if held.number == 2 and held.end - held.start <= _LONGEST_ATTRIBUTE:
                node.settings[key] = value.held(held)
            elif held.number == 10:
                _call(value.inside(held), node)
            elif held.number == 1:
                _list(value.inside(held), key, node)
            elif held.number == 8 and key == "value":
                _constants(value.inside(held), node)


def _list(values: Message, key: str, node: Node) -> None:
    for field in values.fields():
        if field.kind == BYTES and field.number == 9:
            _call(values.inside(field), node)
        elif field.kind == BYTES and field.number == 2 and field.end - field.start <= _LONGEST_ATTRIBUTE:
            node.settings[key] = node.settings.get(key, b"") + b" " + values.held(field)
            if len(node.settings[key]) > _LONGEST_LIST:
                raise TooMuch(f"an attribute of more than {_LONGEST_LIST:,} bytes", field.start)


def _call(named: Message, node: Node) -> None:
    node.calls += tuple(named.text(field) for field in named.fields() if field.number == 1 and field.kind == BYTES)
    if len(node.calls) > _MOST_SETTINGS:
        raise TooMuch(f"a node that calls more than {_MOST_SETTINGS:,} functions", named.start)


def _constants(tensor: Message, node: Node) -> None:
    found: list[str] = []
    for field in tensor.fields():
        if (field.number, field.kind) == (1, VARINT):
            node.is_text = field.value == _STRING
        elif field.number == 8 and field.kind == BYTES and len(found) + len(node.texts) < _MOST_TEXTS:
            is_short = field.end - field.start <= _LONGEST_ATTRIBUTE
            found.append(tensor.text(field) if is_short else "")
            node.is_text = True
    node.texts += tuple(found)


class Body:
    """The nodes of one graph or function."""

    def __init__(self, name: str) -> None:
        self.name = name
        """Empty for the graph itself."""
        self.nodes: dict[str, Node] = {}

    def add(self, node: Node) -> None:
        """One more node. Raises TooMuch."""
        if len(self.nodes) >= _MOST:
            raise TooMuch(f"a graph of more than {_MOST:,} nodes", node.at)
        name = node.name if node.name not in self.nodes else f"{node.name} again {len(self.nodes)}"
        self.nodes[name] = node

    def before(self, names: set[str]) -> set[str]:
        """These nodes and all that they get something from."""
        seen: set[str] = set()
        waiting = [_bare(name) for name in names]
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.nodes:
                continue
            seen.add(name)
            waiting += [_bare(one) for one in self.nodes[name].inputs]
        return seen

    def leaves(self, node: Node, number: int) -> list[Leaf]:
        """Where the text of an input comes from."""
        if number >= len(node.inputs):
            return []
        found: list[Leaf] = []
        seen: set[tuple[str, bool]] = set()
        waiting = [(_bare(node.inputs[number]), True)]
        while waiting and len(found) < 1_000:
            name, is_first = waiting.pop()
            if (name, is_first) in seen:
                continue
            seen.add((name, is_first))
            one = self.nodes.get(name)
            if one is None or one.operator in _GIVEN:
                found.append(Leaf(None, is_first))
            if one is None:
                continue
            if one.operator == "Const":
                found += _said(one, is_first)
            elif one.operator in _THROUGH:
                waiting += [(_bare(text), is_first and place == 0) for place, text in _through(one)]
            elif one.operator not in _GIVEN:
                found.append(Leaf(one.operator, is_first, True))
        return found


def _bare(name: str) -> str:
    return name.lstrip("^").partition(":")[0]


def _said(constant: Node, is_first: bool) -> list[Leaf]:
    """What a constant says; texts that cannot be told may say anything."""
    if constant.is_text and not any(constant.texts):
        return [Leaf("Const", is_first, True)]
    return [Leaf(text, is_first) for text in constant.texts]


def _through(node: Node) -> list[tuple[int, str]]:
    """The inputs that a text is made of, each with whether another stands before it (1) or not (0)."""
    inputs = [text for text in node.inputs if not text.startswith("^")]
    skipped = _CONDITIONS.get(node.operator, -1)
    is_joined = node.operator in ("StringJoin", "ShardedFilename", "ShardedFilespec")
    return [(int(is_joined and place > 0), text) for place, text in enumerate(inputs) if place != skipped]

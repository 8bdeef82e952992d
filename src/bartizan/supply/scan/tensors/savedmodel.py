"""Graphs of TensorFlow: saved models, frozen graphs and what lies beside them. Their operators reach files and more.

Every saved model can save and restore itself. These operators are ordinary in the functions that the model names for
it, as long as the program says where to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors import keras, savedmodel_telling
from bartizan.supply.scan.tensors import savedmodel_rules as rules
from bartizan.supply.scan.tensors.graph_nodes import Body, Leaf, Node, node_of
from bartizan.supply.scan.tensors.outside import leads_out
from bartizan.supply.scan.tensors.protobuf import BYTES, GROUP, Field, Message
from bartizan.supply.scan.tensors.savedmodel_text import GRAPH_TEXT

RULES: Final = rules.RULES

_SCOPE: Final = re.compile(r"(?:[^/]{1,80}/){0,5}save(?:_\d+)?/")
"""Where version 1 puts what it saves and restores by, often several times."""
_MOST_INPUTS: Final = 1_000
_MOST_KEPT: Final = 150 << 20
"""Bytes of nodes that are kept at once, about."""


class _Graph:
    """Looks at a graph with its functions."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._bodies: dict[str, Body] = {"": Body("")}
        self._kept = 0
        self._said: set[tuple[str, str]] = set()
        self._signatures: set[str] = set()
        self._savers: set[str] = set()
        self._keeping: set[str] = set()

    def say(self, rule: Rule, what: str, at: int) -> None:
        """Say it once."""
        if len(self._said) < 1_000 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, at)

    # Reading

    def meta(self, message: Message) -> None:
        """A graph with signatures, savers and objects."""
        for field in message.fields():
            if field.number > 7 or field.kind == GROUP:
                self.say(rules.FIELD, f"field {field.number} of a graph with signatures", field.start)
            if field.kind != BYTES:
                continue
            inner = message.inside(field)
            if field.number == 2:
                self.graph(inner)
            elif field.number == 3:
                self._savers |= {_root(text) for text in _texts(inner, (1, 2, 3))}
            elif field.number == 5:
                self._signature(inner)
            elif field.number == 7:
                _objects(inner, self._look)

    def graph(self, message: Message) -> None:
        """The nodes of a graph, and its functions."""
        for field in message.fields():
            if field.number > 5 or field.kind == GROUP:
                self.say(rules.FIELD, f"field {field.number} of a graph", field.start)
            if field.kind != BYTES:
                continue
            if field.number == 1:
                self._node("", message.inside(field))
            elif field.number == 2:
                library = message.inside(field)
                for function in library.fields():
                    if function.number == 1 and function.kind == BYTES:
                        self._function(library.inside(function))

    def _function(self, message: Message) -> None:
        name, nodes = "", []
        for field in message.fields():
            if field.kind != BYTES:
                continue
            if field.number == 1:
                name = next(iter(_texts(message.inside(field), (1,))), name)
            elif field.number in (2, 3):
                nodes.append(field)
        for field in nodes:
            if field.number == 3:
                self._node(name, message.inside(field))

    def _node(self, function: str, message: Message) -> None:
        node = node_of(message)
        self._kept += node.weight()
        if self._kept > _MOST_KEPT:
            raise TooMuch("a graph of too many nodes", message.start)
        self._look.spend(4)
        self._bodies.setdefault(function, Body(function)).add(node)

    def _signature(self, entry: Message) -> None:
        for field in entry.fields():
            if field.number == 2 and field.kind == BYTES:
                definition = entry.inside(field)
                for outputs in definition.fields():
                    if outputs.number == 2 and outputs.kind == BYTES:
                        self._signatures |= {_root(text) for text in self._outputs(definition.inside(outputs))}

    @staticmethod
    def _outputs(entry: Message) -> Iterable[str]:
        for field in entry.fields():
            if field.number == 2 and field.kind == BYTES:
                yield from _texts(entry.inside(field), (1,))

    # Judging

    def judge(self) -> None:
        """Say what is wrong with the nodes that were read."""
        top = self._bodies[""]
        computing, saving = top.before(self._signatures), top.before(self._savers)
        reached = self._functions(top, computing)
        for_saving = self._functions(top, saving) - reached
        self._keeping = self._that_keep()
        for name, body in self._bodies.items():
            for node in body.nodes.values():
                if name:
                    is_for_saving = name in for_saving
                else:
                    is_for_saving = node.name not in computing and (
                        node.name in saving or _SCOPE.match(node.name) is not None
                    )
                self._judge(body, node, is_for_saving)

    def _functions(self, top: Body, names: set[str]) -> set[str]:
        waiting = [one for name in names for one in self._called(top.nodes[name])]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self._bodies:
                continue
            seen.add(name)
            waiting += [one for node in self._bodies[name].nodes.values() for one in self._called(node)]
        return seen

    def _that_keep(self) -> set[str]:
        """The functions that save or restore, or call one that does."""
        callers: dict[str, set[str]] = {}
        waiting = []
        for name, body in self._bodies.items():
            for node in body.nodes.values():
                for called in self._called(node):
                    callers.setdefault(called, set()).add(name)
                if name and node.operator in rules.CHECKPOINTS:
                    waiting.append(name)
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name and name not in found:
                found.add(name)
                waiting += callers.get(name, ())
        return found

    @staticmethod
    def _called(node: Node) -> tuple[str, ...]:
        return (*node.calls, node.operator)

    def _judge(self, body: Body, node: Node, is_for_saving: bool) -> None:
        operator = node.operator
        if any(one in self._keeping for one in self._called(node)):
            self._handed(body, node)
        if operator == "PrintV2" or operator.startswith("Debug"):
            self._output(node, body)
        elif operator in rules.CHECKPOINTS:
            self._checkpoint(body, node, is_for_saving)
        elif rule := rules.OPERATORS.get(operator):
            self._operator(body, node, rule)
        elif operator not in rules.KNOWN and operator not in self._bodies and not operator.startswith("_"):
            self.say(rules.CUSTOM, operator, node.at)

    def _operator(self, body: Body, node: Node, rule: Rule) -> None:
        texts = [leaf.text for number in range(min(len(node.inputs), 20)) for leaf in body.leaves(node, number)]
        texts += [text.decode("utf-8", "replace") for text in node.settings.values()]
        paths = [text for text in texts if text]
        if rule is rules.DATASET and any(leads_out(text) for text in paths):
            rule = rules.READS
        self.say(rule, _quoted(body, node, paths), node.at)

    def _output(self, node: Node, body: Body) -> None:
        for key, text in node.settings.items():
            if key == "output_stream" and text.startswith(b"file"):
                self.say(rules.WRITES, _quoted(body, node, [text.decode("utf-8", "replace")]), node.at)
            elif key in ("debug_urls", "tfdbg_run_id") and (b"://" in text):
                rule = rules.WRITES if b"file://" in text else rules.NETWORK
                self.say(rule, _quoted(body, node, [text.decode("utf-8", "replace")]), node.at)

    def _handed(self, body: Body, node: Node) -> None:
        """Whether a function that saves or restores is told where to by the file."""
        leaves = [leaf for number in range(min(len(node.inputs), _MOST_INPUTS)) for leaf in body.leaves(node, number)]
        own = [leaf.text for leaf in leaves if leaf.text and not leaf.is_made and leaf.text.isprintable()]
        is_given = any(leaf.text is None for leaf in leaves) or not leaves
        if any(leads_out(text) for text in own) or (own and not is_given):
            self.say(rules.ELSEWHERE, _quoted(body, node, own), node.at)

    def _checkpoint(self, body: Body, node: Node, is_for_saving: bool) -> None:
        leaves = [leaf for number in rules.CHECKPOINTS[node.operator] for leaf in body.leaves(node, number)]
        own = [leaf.text for leaf in leaves if leaf.text is not None]
        is_fixed = bool(own) and all(leaf.text is not None for leaf in leaves)
        if is_fixed or any(_is_elsewhere(leaf) for leaf in leaves):
            self.say(rules.ELSEWHERE, _quoted(body, node, own), node.at)
        elif not is_for_saving or any(leaf.is_made for leaf in leaves):
            self.say(rules.CHECKPOINT, _quoted(body, node, own), node.at)


def _is_elsewhere(leaf: Leaf) -> bool:
    if leaf.text is None or leaf.is_made:
        return leaf.is_made and leaf.is_first
    return bool(leads_out(leaf.text)) if leaf.is_first else ".." in re.split(r"[\\/]", leaf.text)


def _quoted(body: Body, node: Node, texts: list[str]) -> str:
    with_what = ", ".join(map(repr, texts[:4]))
    where = f" in the function {body.name}" if body.name else ""
    return f"{node.operator}({with_what}) as {node.name!r}{where}"


def _root(name: str) -> str:
    return name.lstrip("^").partition(":")[0]


def _texts(message: Message, numbers: tuple[int, ...]) -> list[str]:
    return [message.text(field) for field in message.fields() if field.number in numbers and field.kind == BYTES]


def _objects(objects: Message, look: Look) -> None:
    """Descriptions of layers that older versions of Keras keep in the graph of objects."""
    for field in objects.fields():
        if field.number != 1 or field.kind != BYTES:
            continue
        one = objects.inside(field)
        for user in one.fields():
            if user.number == 4 and user.kind == BYTES:
                kept = one.inside(user)
                for held in kept.fields():
                    if held.number == 3 and held.kind == BYTES:
                        _described(kept, held, look)


def _described(message: Message, field: Field, look: Look) -> None:
    text = message.text(field, 32 << 20)
    if text.lstrip().startswith("{"):
        keras.judge_text(text, look, field.start, is_strict=False)


# Formats


def _look_saved(blob: Blob, look: Look) -> None:
    whole = Message(blob, look.spend)
    strange: set[int] = set()
    for field in whole.fields():
        if (field.number > 2 or field.kind == GROUP) and field.number not in strange:
            strange.add(field.number)
            look.found(rules.FIELD, f"field {field.number} of the saved model", field.start)
        if field.number == 2 and field.kind == BYTES:
            graph = _Graph(look)
            graph.meta(whole.inside(field))
            graph.judge()


def _look_graph(blob: Blob, look: Look) -> None:
    graph = _Graph(look)
    graph.graph(Message(blob, look.spend))
    graph.judge()


def _look_meta(blob: Blob, look: Look) -> None:
    graph = _Graph(look)
    graph.meta(Message(blob, look.spend))
    graph.judge()


def _look_fields(blob: Blob, look: Look) -> None:
    for _ in Message(blob, look.spend).fields():
        pass


def _look_metadata(blob: Blob, look: Look) -> None:
    whole = Message(blob, look.spend)
    for field in whole.fields():
        if field.kind == BYTES and field.number == 1:
            node = whole.inside(field)
            for held in node.fields():
                if held.kind == BYTES and held.number == 5:
                    _described(node, held, look)


SAVED_MODEL: Final = Format(name="TensorFlow saved model", fits=savedmodel_telling.fits_saved, look=_look_saved)
GRAPH: Final = Format(name="TensorFlow graph", fits=savedmodel_telling.fits_graph, look=_look_graph)
META_GRAPH: Final = Format(name="TensorFlow graph with signatures", fits=savedmodel_telling.fits_meta, look=_look_meta)
FINGERPRINT: Final = Format(name="TensorFlow fingerprint", fits=savedmodel_telling.fits_fingerprint, look=_look_fields)
KERAS_METADATA: Final = Format(name="Keras metadata", fits=savedmodel_telling.fits_metadata, look=_look_metadata)
FORMATS: Final = (SAVED_MODEL, GRAPH, META_GRAPH, FINGERPRINT, KERAS_METADATA, GRAPH_TEXT)

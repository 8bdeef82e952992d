"""ONNX files without names, comments and metadata.

Operators, shapes and weights stay: the file must still run. Inputs and outputs keep their names, because callers use
them.
"""

from __future__ import annotations

import itertools
from typing import Any

from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need


def strip_onnx(model: bytes) -> bytes:
    """The same model with nothing but what a runtime needs: opaque names, no comments, producer, metadata or functions.

    Raises InputError for bytes that are no ONNX model, and for one whose weights lie in other files.
    """
    onnx = need("onnx")
    try:
        read = onnx.load_model_from_string(model)
        onnx.checker.check_model(read)
    except Exception as error:  # protobuf, the checker and the C++ below it raise types of their own
        raise _refused(f"it cannot be read as ONNX: {error}") from None
    if read.functions:
        raise _refused("it defines functions of its own, whose names its nodes need")
    if any(value.external_data for value in read.graph.initializer):
        raise _refused("its weights lie in other files")
    _clear(read, ("producer_name", "producer_version", "domain", "doc_string", "metadata_props", "model_version"))
    _strip_graph(read.graph, _Names())
    onnx.checker.check_model(read)
    return bytes(read.SerializeToString())


class _Names:
    """New names for old ones, in the order in which they are asked for; subgraphs share those of their surroundings."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {"": ""}
        self._kept: set[str] = set()
        self._fresh = (f"v{number}" for number in itertools.count())

    def keep(self, name: str) -> None:
        self.given[name] = name
        self._kept.add(name)

    def __call__(self, name: str) -> str:
        if name not in self.given:
            self.given[name] = next(new for new in self._fresh if new not in self._kept)
        return self.given[name]


def _strip_graph(graph: Any, names: _Names, *, inner: bool = False) -> None:
    if not inner:
        initial = {value.name for value in graph.initializer}
        for value in (*graph.input, *graph.output):
            if value.name not in initial:
                names.keep(value.name)
    graph.name = "g"
    _clear(graph, ("doc_string", "value_info", "metadata_props", "quantization_annotation"))
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = names(value.name)
        _clear(value, ("doc_string", "metadata_props"))
    for sparse in graph.sparse_initializer:
        sparse.values.name = names(sparse.values.name)
    for node in graph.node:
        _strip_node(node, names)


def _strip_node(node: Any, names: _Names) -> None:
    _clear(node, ("name", "doc_string", "metadata_props"))
    node.input[:] = [names(name) for name in node.input]
    node.output[:] = [names(name) for name in node.output]
    for attribute in node.attribute:
        _clear(attribute, ("doc_string",))
        if attribute.HasField("g"):
            _strip_graph(attribute.g, names, inner=True)
        for graph in attribute.graphs:
            _strip_graph(graph, names, inner=True)


def _clear(message: Any, fields: tuple[str, ...]) -> None:
    known = {field.name for field in message.DESCRIPTOR.fields}
    for field in fields:
        if field in known:
            message.ClearField(field)


def _refused(finding: str) -> InputError:
    return InputError(
        [Problem(file="ONNX model", finding=finding, fix="export it in one file, without local functions")]
    )

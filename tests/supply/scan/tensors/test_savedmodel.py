"""Graphs of TensorFlow, written field by field as TensorFlow 2.21 writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.supply.scan.tensors.building import damaged, found, held, levels, looked, number, said


def attribute(name: str, *value: bytes) -> bytes:
    return held(5, held(1, name), held(2, *value))


def node(name: str, operator: str, *inputs: str, attributes: tuple[bytes, ...] = ()) -> bytes:
    return held(1, name) + held(2, operator) + b"".join(held(3, one) for one in inputs) + b"".join(attributes)


def const(name: str, *texts: str) -> bytes:
    tensor = number(1, 7) + held(2) + b"".join(held(8, text) for text in texts)
    return node(name, "Const", attributes=(attribute("dtype", number(6, 7)), attribute("value", held(8, tensor))))


def call(name: str, function: str, *inputs: str) -> bytes:
    return node(name, "StatefulPartitionedCall", *inputs, attributes=(attribute("f", held(10, held(1, function))),))


def function(name: str, *nodes: bytes) -> bytes:
    return held(1, held(1, held(1, name)), *(held(3, one) for one in nodes))


def saved(
    *nodes: bytes,
    functions: tuple[bytes, ...] = (),
    signature: str = "StatefulPartitionedCall:0",
    saver: tuple[str, str] = ("StatefulPartitionedCall_1:0", "StatefulPartitionedCall_2"),
) -> bytes:
    graph = b"".join(held(1, one) for one in nodes) + held(2, *functions) + held(4, number(1, 2000))
    savers = held(1, "saver_filename:0") + held(2, saver[0]) + held(3, saver[1]) + number(7, 2)
    outputs = held(2, held(1, "y"), held(2, held(1, signature)))
    definition = held(5, held(1, "serving_default"), held(2, outputs, held(3, "tensorflow/serving/predict")))
    info = held(1, held(2, held(1, held(1, "Add"))), held(4, "serve"), held(5, "2.21.0"))
    return number(1, 1) + held(2, info, held(2, graph), held(3, savers), definition)


SAVE = function(
    "__inference__traced_save_1",
    const("Const", ".part"),
    const("Const_1", "_temp/part"),
    node("StaticRegexFullMatch", "StaticRegexFullMatch", "file_prefix", attributes=(attribute("pattern", held(2, "^s3://.*")),)),
    node("Select", "Select", "StaticRegexFullMatch:output:0", "Const:output:0", "Const_1:output:0"),
    node("StringJoin", "StringJoin", "file_prefix", "Select:output:0"),
    node("ShardedFilename", "ShardedFilename", "StringJoin:output:0", "n"),
    node("SaveV2", "SaveV2", "ShardedFilename:filename:0", "names"),
    node("prefixes", "Pack", "ShardedFilename:filename:0"),
    node("MergeV2Checkpoints", "MergeV2Checkpoints", "prefixes:output:0", "file_prefix"),
)  # fmt: skip
RESTORE = function("__inference__traced_restore_1", node("RestoreV2", "RestoreV2", "file_prefix", "names"))
WRAPPER = function(
    "__inference_signature_wrapper_1", node("MatMul", "MatMul", "x", "w"), node("Id", "Identity", "MatMul:0")
)
TOP = (
    node("serving_default_x", "Placeholder"),
    node("saver_filename", "Placeholder"),
    call("StatefulPartitionedCall", "__inference_signature_wrapper_1", "serving_default_x"),
    call("StatefulPartitionedCall_1", "__inference__traced_save_1", "saver_filename"),
    call("StatefulPartitionedCall_2", "__inference__traced_restore_1", "saver_filename"),
)
GOOD = saved(*TOP, functions=(WRAPPER, SAVE, RESTORE))


def within(*nodes: bytes) -> bytes:
    """A saved model whose signature computes by these nodes."""
    return saved(*TOP, functions=(function("__inference_signature_wrapper_1", *nodes), SAVE, RESTORE))


def graph(*nodes: bytes) -> bytes:
    return b"".join(held(1, one) for one in nodes) + held(4, number(1, 2000))


def test_a_model_that_can_save_and_restore_itself_is_quiet() -> None:
    assert looked(GOOD) == (("TensorFlow saved model",), [])


def test_a_model_of_version_1_is_quiet() -> None:
    nodes = (
        node("x", "Placeholder"),
        node("y", "MatMul", "x", "x"),
        const("save/filename/input", "model"),
        node("save/filename", "PlaceholderWithDefault", "save/filename/input"),
        node("save/Const", "PlaceholderWithDefault", "save/filename"),
        const("save/StringJoin/inputs_1", "_temp_0123/part"),
        node("save/StringJoin", "StringJoin", "save/Const", "save/StringJoin/inputs_1"),
        node("save/ShardedFilename", "ShardedFilename", "save/StringJoin"),
        node("save/SaveV2", "SaveV2", "save/ShardedFilename"),
        node("save/MergeV2Checkpoints", "MergeV2Checkpoints", "save/ShardedFilename", "save/Const", "^save/SaveV2"),
        node("save/Identity", "Identity", "save/Const", "^save/MergeV2Checkpoints"),
        node("save/RestoreV2", "RestoreV2", "save/Const"),
        node("save/restore_all", "NoOp", "^save/RestoreV2"),
    )
    assert found(saved(*nodes, signature="y:0", saver=("save/Identity:0", "save/restore_all"))) == []


def test_frozen_graphs_are_quiet_unless_they_reach_out() -> None:
    assert looked(graph(node("x", "Placeholder"), node("y", "Relu", "x"))) == (("TensorFlow graph",), [])
    assert "tensorflow.reads-files" in found(graph(node("x", "ReadFile", "p"), const("p", "/etc/passwd")))


@pytest.mark.parametrize(
    ("operator", "rule"),
    [
        ("ReadFile", "tensorflow.reads-files"),
        ("WriteFile", "tensorflow.writes-files"),
        ("SaveDatasetV2", "tensorflow.writes-files"),
        ("CreateSummaryFileWriter", "tensorflow.writes-files"),
        ("PyFunc", "tensorflow.python"),
        ("EagerPyFunc", "tensorflow.python"),
        ("PyFuncStateless", "tensorflow.python"),
        ("RpcCall", "tensorflow.network"),
        ("DataServiceDatasetV4", "tensorflow.network"),
        ("MatchingFiles", "tensorflow.dataset"),
        ("FixedLengthRecordDatasetV2", "tensorflow.dataset"),
        ("ExperimentalLMDBDataset", "tensorflow.dataset"),
        ("IteratorV2", "tensorflow.dataset"),
        ("DatasetFromGraph", "tensorflow.nested-graph"),
        ("MyVeryOwnOperator", "tensorflow.custom-operator"),
    ],
)
def test_operators_that_reach_out_are_found_in_functions_and_outside(operator: str, rule: str) -> None:
    bad = node("bad", operator, "x")
    assert found(within(bad)) == [rule]
    assert found(saved(*TOP, bad, functions=(WRAPPER, SAVE, RESTORE))) == [rule]
    assert found(saved(*TOP, functions=(WRAPPER, SAVE, RESTORE, function("unused", bad)))) == [rule]


def test_what_is_written_is_quoted_with_its_path() -> None:
    data = within(const("p", "/tmp/x"), const("c", "echo x"), node("w", "WriteFile", "p:output:0", "c:output:0"))
    assert "WriteFile('/tmp/x', 'echo x')" in said(data)


def test_reading_a_file_of_the_machine_as_data_is_dangerous() -> None:
    data = within(const("p", "/etc/passwd"), node("d", "TextLineDataset", "p:output:0"))
    assert found(data) == ["tensorflow.reads-files"]


def test_printing_is_quiet_unless_it_goes_to_a_file() -> None:
    def printing(where: str) -> bytes:
        return within(node("p", "PrintV2", "x", attributes=(attribute("output_stream", held(2, where)),)))

    assert found(printing("stderr")) == []
    assert found(printing("file:///tmp/x")) == ["tensorflow.writes-files"]
    debug = attribute("debug_urls", held(1, held(2, "grpc://host:1")))
    assert found(within(node("d", "DebugIdentityV2", "x", attributes=(debug,)))) == ["tensorflow.network"]


@pytest.mark.parametrize("path", ["/tmp/x", "../x", "gs://bucket/x", "x"])
def test_saving_at_a_place_of_its_own_is_dangerous_even_for_saving(path: str) -> None:
    bad = function("__inference__traced_save_1", const("p", path), node("SaveV2", "SaveV2", "p:output:0"))
    assert found(saved(*TOP, functions=(WRAPPER, bad, RESTORE))) == ["tensorflow.checkpoint-elsewhere"]


def test_climbing_out_behind_the_given_place_is_dangerous() -> None:
    nodes = (
        const("p", "/../../x"),
        node("j", "StringJoin", "file_prefix", "p:output:0"),
        node("s", "SaveV2", "j:output:0"),
    )
    bad = function("__inference__traced_save_1", *nodes)
    assert found(saved(*TOP, functions=(WRAPPER, bad, RESTORE))) == ["tensorflow.checkpoint-elsewhere"]


def hidden(name: str, *attributes: bytes) -> bytes:
    return node(name, "Const", attributes=attributes)


@pytest.mark.parametrize(
    "made",
    [
        const("p", "/tmp/x" * 2_000),
        hidden("p", attribute("dtype", number(6, 7)), attribute("value", held(8, number(1, 7), held(4, "\x06/tmp/x")))),
        const("b", "Li4v") + b"",
        node("p", "UnicodeEncode", "codes"),
    ],
)
def test_a_place_that_cannot_be_told_is_one_of_its_own(made: bytes) -> None:
    nodes = [made, node("p", "DecodeBase64", "b")] if b"Li4v" in made else [made]
    bad = function("__inference__traced_save_1", *nodes, node("SaveV2", "SaveV2", "p:output:0"))
    assert found(saved(*TOP, functions=(WRAPPER, bad, RESTORE))) == ["tensorflow.checkpoint-elsewhere"]


@pytest.mark.parametrize("path", ["/tmp/x", "../x", "x"])
def test_telling_a_function_for_saving_a_place_of_its_own_is_dangerous(path: str) -> None:
    bad = (*TOP[:3], const("p", path), call("StatefulPartitionedCall_1", "__inference__traced_save_1", "p"), TOP[4])
    assert found(saved(*bad, functions=(WRAPPER, SAVE, RESTORE))) == ["tensorflow.checkpoint-elsewhere"]


def test_saving_while_computing_is_for_a_person_to_look_at() -> None:
    assert found(within(node("s", "SaveV2", "x"))) == ["tensorflow.checkpoint-in-model"]
    calls = function("__inference_signature_wrapper_1", call("c", "__inference__traced_save_1", "x"))
    assert "tensorflow.checkpoint-in-model" in found(saved(*TOP, functions=(calls, SAVE, RESTORE)))


def test_a_node_that_comes_twice_under_one_name_hides_nothing() -> None:
    assert found(within(node("a", "ReadFile", "x"), node("a", "Relu", "x"))) == ["tensorflow.reads-files"]


def test_a_file_that_is_also_something_calm_is_looked_at_as_a_model() -> None:
    piece = held(1, held(1, "a"), b"\x15\0\0\0\0")
    for calm in (piece * 50, held(7), number(3, 1) + number(4, 1) + number(5, 1), held(14) * 100):
        assert "tensorflow.reads-files" in found(calm + within(node("bad", "ReadFile", "x")))


@pytest.mark.parametrize(
    "before",
    [
        held(99, "x") * 3_000,
        b"\x7b\x08\x01\x7c",
        b"\xba\x06\x00" * 5_000,
        held(1, held(1, "a"), b"\x15\0\0\0\0") * 3_000,
    ],
)
def test_no_number_of_other_fields_hides_a_model(before: bytes) -> None:
    assert "tensorflow.reads-files" in found(before + within(node("bad", "ReadFile", "x")))
    assert "tensorflow.reads-files" in found(b"ID3\x04" + bytes(5) + before + within(node("bad", "ReadFile", "x")))


def test_a_node_in_another_order_is_one() -> None:
    bad = held(1, held(3, "x") * 200 + held(1, "n") + held(2, "ReadFile"))
    assert found(bad) == ["tensorflow.reads-files"]
    assert found(held(1, held(5, held(1, "a"), held(2, held(2, "x" * 400))) + held(1, "n") + held(2, "ReadFile"))) == [
        "tensorflow.reads-files"
    ]


def test_layers_described_in_the_objects_are_looked_at() -> None:
    config = '{"class_name": "Lambda", "config": {"function": ["YWJj", null, null]}}'
    objects = held(7, held(1, held(4, held(1, "_tf_keras_layer"), held(3, config))))
    graph_part = held(2, held(2, graph(node("x", "Placeholder"))), objects)
    assert "keras.lambda-code" in found(number(1, 1) + graph_part)
    metadata = held(1, number(2, 1), held(3, "root"), held(4, "_tf_keras_layer"), held(5, config))
    assert looked(metadata)[0] == ("Keras metadata",)
    assert "keras.lambda-code" in found(metadata)


def test_what_lies_beside_a_model_is_quiet() -> None:
    fingerprint = b"".join(number(field, 1 << 60) for field in range(1, 6)) + held(6, number(1, 1))
    assert looked(fingerprint) == (("TensorFlow fingerprint",), [])
    meta = held(1, held(4, "train")) + held(2, graph(node("x", "Placeholder")))
    assert looked(meta) == (("TensorFlow graph with signatures",), [])


@pytest.mark.parametrize(
    "name", ['"ReadFile"', "'ReadFile'", '"Read" "File"', '"Re\\141dFile"', '# no\n "Read\\x46ile"']
)
def test_graphs_as_text_are_looked_at(name: str) -> None:
    text = f"saved_model_schema_version: 1\nmeta_graphs {{ graph_def {{ node {{ name: 'x' op : {name} }} }} }}"
    assert looked(text.encode())[0] == ("TensorFlow graph as text",)
    assert found(text.encode()) == ["tensorflow.reads-files"]
    assert found(b'node {\n  name: "x"\n  op: "Relu"\n}\n') == []


@pytest.mark.parametrize(
    "before", ["# " + "x" * 9_000 + "\n", " " * 70_000, "#\n" * 40_000, "version: 3\n", "versions { producer: 3 }\n"]
)
def test_graphs_as_text_are_told_behind_anything_that_may_come_first(before: str) -> None:
    assert found((before + "node { name: 'x' op: 'ReadFile' }").encode()) == ["tensorflow.reads-files"]


def test_texts_that_only_look_like_graphs_are_none() -> None:
    for text in (" \n" * 100_000, "#\n" * 100_000, "version: 3\nservices:\n  a: 1\n", "# a\n" + "#" * 200_000):
        assert looked(text.encode())[0] == ("text",)


BAD = within(const("p", "/tmp/x"), node("w", "WriteFile", "p:output:0"))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([GOOD, BAD, graph(node("x", "ReadFile", "p"))]))
def test_changed_files_never_fail(data: st.DataObject, seed: bytes) -> None:
    assert "scanner.failed" not in found(damaged(data, seed))


def test_a_dangerous_file_cut_off_is_never_clean() -> None:
    assert all(levels(BAD[:end]) for end in range(1, len(BAD)))

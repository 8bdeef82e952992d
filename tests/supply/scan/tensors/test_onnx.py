"""ONNX files: operators of others, tensors elsewhere, and what is hidden."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.supply.scan.tensors.building import damaged, formats, found, held, levels, looked, number, said


def model(
    *nodes: onnx.NodeProto,
    tensors: tuple[TensorProto, ...] = (),
    functions: tuple[onnx.FunctionProto, ...] = (),
) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "g", [], [], list(tensors))
    return helper.make_model(graph, functions=list(functions))


def outside(location: str, **more: str) -> TensorProto:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


RELU = helper.make_node("Relu", ["x"], ["y"])
CUSTOM = helper.make_node("Thing", ["x"], ["y"], domain="com.evil")


def written(made: onnx.ModelProto) -> bytes:
    return bytes(made.SerializeToString())


def test_ordinary_models_are_quiet() -> None:
    data = np.random.default_rng(0).random((40, 4), dtype=np.float32)
    target = (data[:, 0] > 0.5).astype(int)
    for estimator in (RandomForestClassifier(4), make_pipeline(StandardScaler(), LogisticRegression())):
        assert looked(written(to_onnx(estimator.fit(data, target), data[:1]))) == (("ONNX",), [])
    weights = numpy_helper.from_array(data, "w")
    sub = helper.make_graph([RELU], "sub", [], [])
    branch = helper.make_node("If", ["c"], ["z"], then_branch=sub, else_branch=sub)
    fused = helper.make_node("FusedMatMul", ["x", "w"], ["y"], domain="com.microsoft")
    assert looked(written(model(RELU, branch, fused, tensors=(weights, outside("model.onnx.data"))))) == (("ONNX",), [])


def test_operators_of_others_are_found_wherever_they_are() -> None:
    inner = helper.make_graph([CUSTOM], "sub", [], [])
    branch = helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)
    nested = helper.make_node("Loop", ["c"], ["z"], body=helper.make_graph([branch], "b", [], []))
    function = helper.make_function("own", "F", ["x"], ["y"], [CUSTOM], [helper.make_opsetid("", 18)])
    for made in (model(CUSTOM), model(nested), model(functions=(function,))):
        assert "onnx.custom-operator" in found(written(made))
        assert "com.evil::Thing" in said(written(made))
    assert "onnx.custom-operator" in found(written(model(helper.make_node("NoSuchOperator", [], []))))
    assert "onnx.python" in found(written(model(helper.make_node("PyOp", [], [], domain="ai.onnx.contrib"))))


def test_functions_of_the_model_itself_are_quiet() -> None:
    function = helper.make_function("own", "F", ["x"], ["y"], [RELU], [helper.make_opsetid("", 18)])
    assert found(written(model(helper.make_node("F", ["x"], ["y"], domain="own"), functions=(function,)))) == []


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "C:\\x",
        "\\\\host\\share",
        "..\\x",
        "http://h/x",
        "~/x",
        "$HOME/x",
        "%2e%2e/x",
    ],
)
def test_paths_that_lead_out_are_found(path: str) -> None:
    assert "onnx.path-escapes" in found(written(model(RELU, tensors=(outside(path),))))


def test_tensors_elsewhere_are_found_in_attributes_subgraphs_and_sparse_tensors() -> None:
    constant = helper.make_node("Constant", [], ["c"], value=outside("../x"))
    sub = helper.make_graph([constant], "sub", [], [])
    branch = helper.make_node("If", ["c"], ["z"], then_branch=sub)
    function = helper.make_function("own", "F", [], ["c"], [constant], [helper.make_opsetid("", 18)])
    sparse = model(RELU)
    sparse.graph.sparse_initializer.add().values.CopyFrom(outside("../x"))
    trained = model(RELU)
    trained.training_info.add().algorithm.CopyFrom(sub)
    for made in (model(constant), model(branch), model(functions=(function,)), sparse, trained):
        assert "onnx.path-escapes" in found(written(made))
    assert "onnx.training" in found(written(trained))


@pytest.mark.parametrize(
    ("tensor", "rule"),
    [
        (outside("*/_ORT_MEM_ADDR_/*", offset="4096"), "onnx.memory-address"),
        (outside("a", offset="-4"), "onnx.place"),
        (outside("a", length="9" * 30), "onnx.place"),
        (outside("a", length="800"), "onnx.size"),
        (outside(""), "onnx.place"),
        (TensorProto(name="w", data_type=1, dims=[2], data_location=TensorProto.EXTERNAL), "onnx.place"),
        (TensorProto(name="w", data_type=1, dims=[2], raw_data=b"abc"), "onnx.size"),
        (TensorProto(name="w", data_type=1, dims=[1 << 40]), "onnx.size"),
        (TensorProto(name="w", data_type=1, dims=[1 << 40, 1 << 40], raw_data=b""), "onnx.size"),
        (TensorProto(name="w", data_type=1, dims=[-1], raw_data=b""), "onnx.size"),
    ],
)
def test_sizes_and_places_must_be_so(tensor: TensorProto, rule: str) -> None:
    assert rule in found(written(model(RELU, tensors=(tensor,))))


def test_a_graph_in_two_parts_is_looked_at_in_both() -> None:
    first, second = model(RELU), model(CUSTOM)
    assert "onnx.custom-operator" in found(written(second) + written(first))
    assert "onnx.custom-operator" in found(written(first) + written(second))


def test_fields_that_the_format_does_not_have_are_found() -> None:
    assert "onnx.unknown-field" in found(written(model(RELU)) + held(99, "payload"))
    assert "file.broken" in found(written(model(RELU)) + b"\x07garbage")


@pytest.mark.parametrize(
    "before",
    [held(99, "x") * 3_000, held(14, held(1, "a"), held(2, "b")) * 3_000, b"\x7b\x08\x01\x7c", b"\xba\x06\x00"],
)
def test_no_number_of_other_fields_hides_a_model(before: bytes) -> None:
    data = before + written(model(RELU, tensors=(outside("../x"),)))
    assert onnx.ModelProto.FromString(data).graph.node
    assert "onnx.path-escapes" in found(data)
    assert "onnx.path-escapes" in found(b"ID3\x04" + bytes(5) + data)
    inside = written(model(RELU)) + held(7, before + model(RELU, tensors=(outside("../x"),)).graph.SerializeToString())
    assert "onnx.path-escapes" in found(inside)


def test_a_function_of_its_own_does_not_make_python_harmless() -> None:
    function = helper.make_function("ai.onnx.contrib", "PyOp", ["x"], ["y"], [RELU], [helper.make_opsetid("", 18)])
    call = helper.make_node("PyOp", ["x"], ["y"], domain="ai.onnx.contrib")
    assert "onnx.python" in found(written(model(call, functions=(function,))))


def test_code_in_notes_is_found() -> None:
    made = model(RELU)
    helper.set_model_props(made, {"names": "__import__('os').system('echo x')"})
    assert found(written(made)) == ["onnx.code-in-metadata"]


def test_graphs_without_end_are_an_error() -> None:
    graph = b""
    for _ in range(120):
        graph = held(1, held(4, "If"), held(5, held(1, "b"), held(6, graph)))
    assert "file.limit" in found(number(1, 8) + held(7, graph))


SEED = written(model(CUSTOM, helper.make_node("Constant", [], ["c"], value=outside("../x"))))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_files_never_fail(data: st.DataObject) -> None:
    assert "scanner.failed" not in found(damaged(data, SEED))


def test_a_dangerous_file_cut_off_is_never_clean() -> None:
    assert all(levels(SEED[:end]) for end in range(1, len(SEED)))
    assert formats(SEED) == ("ONNX",)

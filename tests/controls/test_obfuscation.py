from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from bartizan.controls.obfuscation import (
    ModelObfuscation,
    ObfuscationCheck,
    order_of,
    restore_state,
    scrambled,
    strip_state,
)
from bartizan.controls.obfuscation_onnx import strip_onnx
from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.torch_models import TorchPredictor, Training
from tests import rigs


def _target() -> TorchPredictor:
    target = rigs.digits().target
    assert isinstance(target, TorchPredictor)
    return target


def test_a_scrambled_network_answers_the_same_and_no_hidden_weight_is_where_it_was() -> None:
    target, x = _target(), rigs.digits().test.x
    twin = TorchPredictor(scrambled(target.network, rigs.rng()), target.card.domain, 10)
    assert np.abs(twin.logits(x) - target.logits(x)).max() < 1e-4
    assert twin.card.digest != target.card.digest
    for name, value in target.network.state_dict().items():
        if value.ndim > 1:
            assert not (value == twin.network.state_dict()[name]).all(), name


def test_batch_normalisation_moves_with_its_channels() -> None:
    torch = need("torch")
    nn = torch.nn
    network = nn.Sequential(
        nn.Conv2d(1, 6, 3),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(54, 8),
        nn.Linear(8, 3),
    )
    x = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        network(x)  # in training mode: running statistics differ from channel to channel
        twin = scrambled(network.eval(), rigs.rng(1))
        assert torch.allclose(network(x), twin(x), atol=1e-5)


def test_each_customer_gets_an_order_of_their_own_by_which_a_leak_is_traced() -> None:
    network = _target().network
    first, again, other = (
        scrambled(network, order_of("secret", customer)).state_dict()["0.bias"] for customer in ("one", "one", "two")
    )
    assert (first == again).all()
    assert not (first == other).all()


def test_layers_that_are_not_known_are_refused() -> None:
    nn = need("torch").nn
    for network in (
        nn.Linear(3, 2),
        nn.Sequential(nn.Linear(3, 4), nn.Softmax(dim=1), nn.Linear(4, 2)),
        nn.Sequential(nn.Conv2d(2, 4, 3, groups=2), nn.Flatten(), nn.Linear(4, 2)),
    ):
        with pytest.raises(Unsuitable):
            scrambled(network, rigs.rng())


def test_stripped_names_say_nothing_and_load_again_only_with_their_list() -> None:
    state = _target().network.state_dict()
    stripped, places = strip_state(state, rigs.rng())
    assert sorted(stripped) == sorted(f"p{k}" for k in range(len(state)))
    assert [places[f"p{k}"] for k in range(len(state))] != list(state)
    restored = restore_state(stripped, places)
    assert all((restored[name] == state[name]).all() for name in state)
    with pytest.raises(Unsuitable, match="another model"):
        restore_state(stripped, {"p0": "0.weight"})


def test_the_hardening_trains_the_same_model_and_keeps_its_secret() -> None:
    rig = rigs.digits()
    recipe = rig.recipe
    assert isinstance(recipe, Training)
    assert rig.train is not None
    short = recipe.with_("short", epochs=1)
    hardened = ModelObfuscation(secret="hush-hush", customer="one").harden(short)
    plain, hidden = short.fit(rig.train, 0), hardened.fit(rig.train, 0)
    assert np.allclose(plain.scores(rig.test.x), hidden.scores(rig.test.x), atol=1e-4)
    assert "hush" not in hardened.name
    assert hardened.digest != ModelObfuscation(secret="hush-hush", customer="two").harden(short).digest
    tumours = rigs.tumours().recipe
    assert tumours is not None
    with pytest.raises(Unsuitable):
        ModelObfuscation().harden(tumours)


def test_the_check_counts_answers_and_telling_names() -> None:
    rig = rigs.digits()
    proofs = ObfuscationCheck().check(rig, rigs.rng())
    assert [proof.passed for proof in proofs] == [True, True]
    assert proofs[0].hits == proofs[0].trials == len(rig.test)
    nn = need("torch").nn
    named = nn.Sequential()
    named.add_module("salary_head", nn.Flatten())
    named.add_module("credit_decision", nn.Linear(64, 10))
    target = TorchPredictor(named, rig.target.card.domain, 10)
    names = ObfuscationCheck().check(msgspec.structs.replace(rig, target=target), rigs.rng())[1]
    assert not names.passed
    assert "credit_decision" in names.what


def _onnx() -> tuple[bytes, Any]:
    rig = rigs.tumours()
    estimator = rig.target.estimator  # type: ignore[attr-defined]  # scikit-learn's own
    types = need("skl2onnx.common.data_types")
    kind = [("measurements", types.FloatTensorType([None, 30]))]
    made = need("skl2onnx").convert_sklearn(estimator, initial_types=kind, options={"zipmap": False})
    made.doc_string, made.producer_name = "trained by Ada on the Leiden data", "ada's laptop"
    made.graph.node[0].name, made.graph.node[0].doc_string = "clinic_scaler", "from the clinic"
    made.metadata_props.add(key="author", value="Ada")
    return bytes(made.SerializeToString()), rig.test.x.astype(np.float32)


def test_an_onnx_file_loses_every_name_and_comment_and_answers_the_same() -> None:
    runtime = need("onnxruntime")
    clear, x = _onnx()
    stripped = strip_onnx(clear)
    assert b"clinic" in clear
    for word in (b"clinic", b"Leiden", b"Ada", b"ada's laptop", b"skl2onnx", b"variable1"):
        assert word not in stripped, word
    sessions = [runtime.InferenceSession(m, providers=["CPUExecutionProvider"]) for m in (clear, stripped)]
    answers = [session.run(None, {"measurements": x}) for session in sessions]
    assert (answers[0][0] == answers[1][0]).all()
    assert (answers[0][1] == answers[1][1]).all()
    assert [o.name for o in sessions[0].get_outputs()] == [o.name for o in sessions[1].get_outputs()]


def test_names_in_branches_follow_those_outside_and_never_meet_a_name_that_stays() -> None:
    onnx = need("onnx")
    make, kind = onnx.helper, onnx.TensorProto.FLOAT

    def branch(name: str, operator: str) -> Any:
        out = make.make_tensor_value_info(f"{name}_out", kind, [2])
        node = make.make_node(operator, ["outer_sum", "v0"], [f"{name}_out"], name=f"{name}_node")
        return make.make_graph([node], f"{name}_graph", [], [out])

    inputs = [
        make.make_tensor_value_info("v0", kind, [2]),
        make.make_tensor_value_info("flag", onnx.TensorProto.BOOL, []),
    ]
    nodes = [
        make.make_node("Add", ["v0", "v0"], ["outer_sum"], name="telling"),
        make.make_node("If", ["flag"], ["result"], then_branch=branch("yes", "Add"), else_branch=branch("no", "Mul")),
    ]
    graph = make.make_graph(nodes, "g", inputs, [make.make_tensor_value_info("result", kind, [2])])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=9)
    stripped = strip_onnx(model.SerializeToString())
    assert b"outer_sum" not in stripped
    assert b"yes_" not in stripped
    session = need("onnxruntime").InferenceSession(stripped, providers=["CPUExecutionProvider"])
    x = np.array([1.0, 3.0], np.float32)
    assert session.run(None, {"v0": x, "flag": np.array(True)})[0].tolist() == [3.0, 9.0]
    assert session.run(None, {"v0": x, "flag": np.array(False)})[0].tolist() == [2.0, 18.0]


def test_what_is_no_onnx_is_refused_in_words() -> None:
    for bad in (b"", b"not a model", b"\x80\x04pickle"):
        with pytest.raises(InputError, match="ONNX model: it cannot be read"):
            strip_onnx(bad)

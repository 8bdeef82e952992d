from __future__ import annotations

import datetime
import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from bartizan.core.errors import InputError, Refused
from bartizan.core.extras import need
from bartizan.core.source import parse_yaml
from bartizan.core.target_spec import TargetSpec, Wire
from bartizan.targets.boosting_models import XGBoostPredictor
from bartizan.targets.loading import check, load
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place
from bartizan.targets.predictor import Predictor
from bartizan.targets.sklearn_models import SklearnPredictor
from tests.targets import models
from tests.targets.scoring_server import Scoring, serving

TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A file beside which the wine data lie; its keys stand on lines 1, 2, ..."""
    data = models.wine()
    np.savez(tmp_path / "wine.npz", x=data.x, y=data.y)
    keys = ("rig", "kind", "model", "allow", "data", "network", "url")
    return Place(file=str(tmp_path / "system.yaml"), line=1, lines={key: i for i, key in enumerate(keys, 1)})


def _linear() -> Any:
    data = models.wine()
    return models.scaled(need("sklearn.linear_model").LogisticRegression()).fit(data.x, data.y)


def _pickled(model: Any, folder: Path) -> str:
    """Writes model.pkl; gives what allows it."""
    raw = pickle.dumps(model)
    (folder / "model.pkl").write_bytes(raw)
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def _agrees(target: Predictor, model: Any) -> bool:
    return bool((target.labels(models.wine().x) == model.predict(models.wine().x)).all())


def _fails(spec: TargetSpec, place: Place, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(spec, place, **more)
    return str(caught.value).replace(str(place.folder) + "/", "")


def test_a_pickled_model_loads_by_its_digest_which_its_card_bears(place: Place) -> None:
    model = _linear()
    allow = _pickled(model, place.folder)
    rig = load(TargetSpec(kind="sklearn", model="model.pkl", allow=allow, data="wine.npz", name="wine"), place)
    assert _agrees(rig.target, model)
    assert f"sha256:{rig.target.card.digest}" == allow
    assert (rig.name, len(rig.test), rig.target.card.domain.shape) == ("wine", 178, (13,))


def test_a_pickle_that_nobody_allowed_is_told_at_its_line_with_what_to_add(place: Place) -> None:
    allow = _pickled(_linear(), place.folder)
    spec = TargetSpec(kind="sklearn", model="model.pkl", data="wine.npz")
    text = _fails(spec, place)
    assert text.startswith("system.yaml:3: model.pkl: this model file may run code when it is opened")
    assert f"'allow: {allow}'" in text
    changed = msgspec.structs.replace(spec, allow="sha256:" + "1" * 64)
    assert "not the one that is allowed" in _fails(changed, place)


def test_a_pickle_that_runs_code_stays_shut_even_if_it_is_allowed(place: Place) -> None:
    witness = place.folder / "witness"
    raw = b"cposix\nsystem\n(S'touch " + str(witness).encode() + b"'\ntR."
    (place.folder / "model.pkl").write_bytes(raw)
    allow = hashlib.sha256(raw).hexdigest()
    text = _fails(TargetSpec(kind="sklearn", model="model.pkl", allow=allow, data="wine.npz"), place)
    assert "it is not clean: The pickle uses what runs commands or code: posix.system" in text
    assert not witness.exists()


def test_a_pickled_booster_is_known_as_one(place: Place) -> None:
    data = models.wine()
    model = need("xgboost").XGBClassifier(n_estimators=2, n_jobs=1).fit(data.x, data.y)
    spec = TargetSpec(kind="sklearn", model="model.pkl", allow=_pickled(model, place.folder), data="wine.npz")
    rig = load(spec, place)
    assert isinstance(rig.target, XGBoostPredictor)
    assert _agrees(rig.target, model)


def test_formats_without_code_load_without_leave(place: Place) -> None:
    data = models.wine()
    tree = need("xgboost").XGBClassifier(n_estimators=2, n_jobs=1).fit(data.x, data.y)
    light = need("lightgbm").LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1).fit(data.x, data.y)
    tree.save_model(place.folder / "tree.ubj")
    light.booster_.save_model(place.folder / "light.txt")
    assert _agrees(load(TargetSpec(kind="xgboost", model="tree.ubj", data="wine.npz"), place).target, tree)
    booster = load(TargetSpec(kind="lightgbm", model="light.txt", data="wine.npz"), place).target
    assert (booster.labels(data.x) == light.booster_.predict(data.x).argmax(axis=1)).all()


@pytest.mark.parametrize("kind", ["xgboost", "lightgbm", "onnx", "torch", "sklearn"])
def test_a_file_that_is_no_such_model_is_told_at_its_line(place: Place, kind: Any) -> None:
    raw = b"this is no model at all"
    (place.folder / "model").write_bytes(raw)
    pickled = kind in {"torch", "sklearn"}
    allow = hashlib.sha256(raw).hexdigest() if pickled else ""
    text = _fails(TargetSpec(kind=kind, model="model", allow=allow, data="wine.npz"), place)
    assert text.startswith("system.yaml:3: ")
    assert text.isprintable()


def test_weights_need_the_network_that_they_are_for(place: Place) -> None:
    torch = need("torch")
    network = torch.nn.Sequential(torch.nn.Linear(13, 3))
    torch.save(network.state_dict(), place.folder / "weights.pt")
    allow = "sha256:" + hashlib.sha256((place.folder / "weights.pt").read_bytes()).hexdigest()
    spec = TargetSpec(kind="torch", model="weights.pt", allow=allow, data="wine.npz")
    assert "system.yaml:3: weights.pt holds weights, and no network" in _fails(spec, place)
    (place.folder / "net.py").write_text(
        "import torch\ndef build():\n    return torch.nn.Sequential(torch.nn.Linear(13, 3))\n"
        "def other():\n    return torch.nn.Sequential(torch.nn.Linear(13, 4))\n"
    )
    rig = load(msgspec.structs.replace(spec, network="net.py:build"), place)
    logits = network(torch.as_tensor(models.wine().x, dtype=torch.float32)).detach().numpy()
    assert (rig.target.labels(models.wine().x) == logits.argmax(axis=1)).all()
    assert f"sha256:{rig.target.card.digest}" == allow
    assert "size mismatch" in _fails(msgspec.structs.replace(spec, network="net.py:other"), place)
    if not torch.cuda.is_available():
        text = _fails(msgspec.structs.replace(spec, network="net.py:build", device="cuda"), place)
        assert "torch finds no GPU here" in text


@pytest.fixture
def server() -> Iterator[Scoring]:
    with serving(Scoring(SklearnPredictor(_linear(), models.domain(models.wine())))) as scoring:
        yield scoring


def test_an_address_is_attacked_only_with_a_permission(place: Place, server: Scoring) -> None:
    spec = TargetSpec(kind="http", url=server.url, data="wine.npz", wire=Wire(model="wine"))
    with pytest.raises(Refused, match="needs a permission"):
        load(spec, place)
    permission = Permission(target=server.url, granted_by="Ada Owner", until=TODAY)
    rig = load(spec, place, permission=permission, today=lambda: TODAY)
    assert _agrees(rig.target, _linear())
    rig.target.close()  # type: ignore[attr-defined]


def test_an_address_with_a_password_is_told_at_its_line_and_not_repeated(place: Place) -> None:
    spec = TargetSpec(kind="http", url="https://me:hush@scoring.example", data="wine.npz")
    text = _fails(spec, place)
    assert text.startswith("system.yaml:7: an address with a name")
    assert "hush" not in text


@pytest.mark.parametrize(
    ("spec", "finding"),
    [
        (TargetSpec(), "neither 'rig' nor 'kind' is given"),
        (TargetSpec(rig="a.py:b", kind="onnx"), "system.yaml:1: both 'rig' and 'kind' are given"),
        (TargetSpec(kind="onnx", data="wine.npz"), "system.yaml:2: 'model' is missing; add 'model:'"),
        (TargetSpec(kind="http", data="wine.npz"), "'url' is missing"),
        (TargetSpec(kind="onnx", model="m"), "'data' is missing"),
        (
            TargetSpec(kind="onnx", model="m", data="wine.npz", network="a.py:b"),
            "'network' says nothing with 'kind: onnx'",
        ),
        (TargetSpec(rig="a.py:b", model="m"), "system.yaml:3: 'model' says nothing with 'rig'; remove it"),
        (TargetSpec(kind="onnx", model="absent", data="wine.npz"), "system.yaml:3: there is no file absent"),
        (TargetSpec(kind="onnx", model="wine.npz", data="absent.npz"), "system.yaml:5: there is no file absent.npz"),
        (TargetSpec(kind="onnx", model="wine.npz", data="absent.py:data"), "system.yaml:5: there is no file absent.py"),
    ],
)
def test_a_description_that_does_not_add_up_is_told_at_its_line(place: Place, spec: TargetSpec, finding: str) -> None:
    assert finding in _fails(spec, place)


def test_every_problem_of_a_description_is_told_at_once(place: Place) -> None:
    found = check(TargetSpec(kind="onnx", allow="x", device="cuda"), place)
    assert len(found) == 4


def test_a_model_for_other_classes_than_the_data_is_told(place: Place) -> None:
    tree = need("xgboost").XGBClassifier(n_estimators=1, n_jobs=1).fit(models.tumours().x, models.tumours().y)
    tree.save_model(place.folder / "tree.json")
    text = _fails(TargetSpec(kind="xgboost", model="tree.json", data="wine.npz"), place)
    assert "system.yaml:5: the model has 2 classes, and the data have 3" in text


RIG = """
from bartizan.targets.callables import CallablePredictor
from bartizan.targets.parts import Parts, domain_of
from bartizan.targets.data import Dataset
from bartizan.targets.rig import Rig
from beside import DATA

def rig():
    target = CallablePredictor(domain_of(DATA), 2, labels=lambda x: (x[:, 0] > 0).astype(int))
    return Rig(name="own", target=target, test=DATA)

READY = rig()
PARTS = Parts(test=DATA)
NUMBER = 3

def fails():
    return DATA.nothing
"""
BESIDE = """
import numpy as np
from bartizan.targets.data import Dataset
DATA = Dataset(x=np.eye(4), y=np.array([1, 0, 0, 0]), classes=2)
"""


@pytest.fixture
def coded(place: Place) -> Place:
    (place.folder / "own.py").write_text(RIG)
    (place.folder / "beside.py").write_text(BESIDE)
    return place


@pytest.mark.parametrize("name", ["rig", "READY"])
def test_a_rig_is_named_in_python_beside_the_file(coded: Place, name: str) -> None:
    rig = load(TargetSpec(rig=f"own.py:{name}", name="mine"), coded)
    assert (rig.name, rig.target.labels(rig.test.x).tolist()) == ("mine", [1, 0, 0, 0])


def test_a_rig_is_named_by_a_module() -> None:
    rig = load(TargetSpec(rig="bartizan.lab.reference.rigs:tumours"), Place(file="system.yaml"))
    assert rig.name == "tumours"


@pytest.mark.parametrize("name", ["READY", "PARTS", "DATA", "rig"])
def test_data_come_as_a_rig_as_parts_or_as_a_data_set(coded: Place, name: str) -> None:
    model = need("xgboost").XGBClassifier(n_estimators=1, n_jobs=1).fit(np.eye(4), np.array([1, 0, 0, 0]))
    model.save_model(coded.folder / "tree.json")
    rig = load(TargetSpec(kind="xgboost", model="tree.json", data=f"own.py:{name}"), coded)
    assert len(rig.test) == 4


@pytest.mark.parametrize(
    ("reference", "finding"),
    [
        ("own.py", "'own.py' names no Python object"),
        ("own.py:", "names no Python object"),
        ("own.py:rig()", "names no Python object"),
        ("absent.py:rig", "there is no file absent.py beside this one"),
        ("own.py:rigg", "there is no 'rigg' in own.py; did you mean 'rig'?"),
        ("own.py:NUMBER", "own.py:NUMBER is int, not a Rig"),
        ("no_such_module_here:rig", "there is no module no_such_module_here"),
        ("bartizan.no_such:rig", "there is no module bartizan.no_such"),
        ("../x y:rig", "is no name of a module"),
    ],
)
def test_a_name_that_leads_nowhere_is_told_at_its_line(coded: Place, reference: str, finding: str) -> None:
    text = _fails(TargetSpec(rig=reference), coded)
    assert text.startswith("system.yaml:1: ")
    assert finding in text


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("def rig(:\n    pass\n", "broken.py:1: no valid Python: "),
        ("import no_such_module_here\n", "broken.py:1: failed: ModuleNotFoundError: No module named 'no_such_module"),
        ("x = 1\ny = x / 0\n", "broken.py:2: failed: ZeroDivisionError: division by zero; it is named as 'rig' in"),
        ("import sys\nsys.exit('stop')\n", "broken.py:2: failed: SystemExit: stop"),
        ("def rig():\n    return {}['a']\n", "broken.py:2: failed: KeyError: 'a'"),
        ("import json\ndef rig():\n    json.loads('x')\n", "broken.py:3: failed: JSONDecodeError"),
    ],
)
def test_an_error_in_the_owners_code_is_told_with_its_own_line(place: Place, code: str, finding: str) -> None:
    (place.folder / "broken.py").write_text(code)
    text = _fails(TargetSpec(rig="broken.py:rig"), place)
    assert text.startswith(finding)
    assert text.isprintable()


def test_data_that_are_none_are_told(coded: Place) -> None:
    (coded.folder / "bad.npz").write_bytes(b"PK nothing")
    np.savez(coded.folder / "objects.npz", x=np.array([{}], dtype=object), y=np.array([0]))
    np.savez(coded.folder / "half.npz", x=np.zeros((2, 2)))
    for data in ("bad.npz", "objects.npz", "half.npz"):
        text = _fails(TargetSpec(kind="onnx", model="wine.npz", data=data), coded)
        assert f"system.yaml:5: {data} holds no data" in text
    assert "is int, not data" in _fails(TargetSpec(kind="onnx", model="wine.npz", data="own.py:NUMBER"), coded)


def test_a_place_knows_the_lines_of_its_keys() -> None:
    document = parse_yaml("name: x\ntarget:\n  kind: onnx\n  model: m.onnx\n", "folder/system.yaml")
    place = Place.of(document, ("target",))
    assert str(place.problem("model", "it is bad", "mend it")) == "folder/system.yaml:4: it is bad; mend it"
    assert place.problem("url", "it is not there").line == 2
    assert place.folder == Path("folder")


def test_what_an_answer_costs_is_part_of_the_rig_and_must_be_a_price(tmp_path: Path) -> None:
    spec = TargetSpec(rig="bartizan.lab.reference.rigs:tumours", query_price=0.5)
    place = Place(file=str(tmp_path / "system.yaml"), line=3)
    assert load(spec, place).query_price == 0.5
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="is no price"):
            load(msgspec.structs.replace(spec, query_price=wrong), place)

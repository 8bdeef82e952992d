from __future__ import annotations

import bz2
import functools
import gzip
import hashlib
import io
import lzma
import os
import pickle
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.supply.opening import findings_in, load_pickle, load_torch, read_clean
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.pickles.knowing import is_known
from tests.targets import models


def _digest(file: Path) -> str:
    return "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()


def _saved(raw: bytes, folder: Path, name: str = "model.pkl") -> Path:
    file = folder / name
    file.write_bytes(raw)
    return file


@functools.cache
def _estimators() -> dict[str, Any]:
    data, words = models.wine(), np.array(["red", "white", "rose"], dtype=object)[models.wine().y]
    linear = need("sklearn.linear_model").LogisticRegression
    ensemble = need("sklearn.ensemble")
    return {
        "scaled": models.scaled(linear()).fit(data.x, data.y),
        "classes as words": models.scaled(linear()).fit(data.x, words),
        "forest": ensemble.RandomForestClassifier(3, random_state=0).fit(data.x, data.y),
        "histogram": ensemble.HistGradientBoostingClassifier(max_iter=2).fit(data.x, data.y),
        "neighbours": need("sklearn.neighbors").KNeighborsClassifier(algorithm="kd_tree").fit(data.x, data.y),
        "xgboost": need("xgboost").XGBClassifier(n_estimators=2, n_jobs=1).fit(data.x, data.y),
    }


def _joblib(model: Any, compress: Any) -> bytes:
    out = io.BytesIO()
    need("joblib").dump(model, out, compress=compress)
    return out.getvalue()


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "pickle": pickle.dumps,
    "pickle 2": lambda model: pickle.dumps(model, protocol=2),
    "joblib": lambda model: _joblib(model, 0),
    "joblib, zlib": lambda model: _joblib(model, 3),
    "joblib, gzip": lambda model: _joblib(model, ("gzip", 3)),
    "joblib, bz2": lambda model: _joblib(model, ("bz2", 3)),
    "joblib, xz": lambda model: _joblib(model, ("xz", 3)),
    "joblib, lzma": lambda model: _joblib(model, ("lzma", 3)),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_ordinary_models_open_however_they_were_saved(writer: str, tmp_path: Path) -> None:
    for name, model in _estimators().items():
        file = _saved(WRITERS[writer](model), tmp_path, f"{name}.bin")
        opened = load_pickle(file, _digest(file))
        assert (opened.predict(models.wine().x) == model.predict(models.wine().x)).all(), name


def test_a_pickle_opens_only_by_its_own_digest(tmp_path: Path) -> None:
    file = _saved(pickle.dumps(_estimators()["scaled"]), tmp_path)
    for allow, finding in (
        ("", f"allow it: 'allow: {_digest(file)}'"),
        ("sha256:" + "0" * 64, "not the one that is allowed"),
        ("yes", "'yes' is no SHA-256"),
        ("*", "'\\*' is no SHA-256"),
    ):
        with pytest.raises(InputError, match=finding):
            load_pickle(file, allow)


class _Runs:
    """What malware does: it is called when it is opened."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.function, self.args = function, args

    def __reduce__(self) -> Any:
        return self.function, self.args


def _behind_an_array(evil: object) -> bytes:
    return _joblib({"a": np.arange(1000.0), "b": evil}, 3)


def _in_an_array(evil: object) -> bytes:
    return _joblib({"a": np.array([evil], dtype=object)}, 0)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("function", "named"),
    [
        (os.system, "posix.system"),
        (subprocess.check_output, "check_output"),
        (eval, "eval"),
        (exec, "exec"),
        (getattr, "getattr"),
        (__import__, "__import__"),
        (open, "open"),
        (np.load, "numpy.load"),
    ],
)
def test_what_runs_code_is_refused_by_name_and_does_not_run(
    protocol: int, function: Any, named: str, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    file = _saved(pickle.dumps(_Runs(function, f"touch {witness}"), protocol=protocol), tmp_path)
    with pytest.raises(InputError, match=f"it is not clean: .*{named}"):
        load_pickle(file, _digest(file))
    assert not witness.exists()


@pytest.mark.parametrize("hidden", [_behind_an_array, _in_an_array], ids=["behind an array", "in an array of objects"])
def test_what_hides_behind_or_in_an_array_of_joblib_is_found(hidden: Any, tmp_path: Path) -> None:
    file = _saved(hidden(_Runs(os.system, f"touch {tmp_path / 'witness'}")), tmp_path)
    with pytest.raises(InputError, match=r"posix.system"):
        load_pickle(file, _digest(file))
    assert not (tmp_path / "witness").exists()


def test_an_array_where_joblib_writes_none_is_refused_since_readers_would_disagree_on_where_it_ends() -> None:
    wrapper = need("joblib.numpy_pickle").NumpyArrayWrapper(np.ndarray, (3,), "C", np.dtype("f8"))
    framed = pickle.dumps({"w": wrapper, "v": list(range(100))}, protocol=4)
    assert b"\x95" in framed
    assert findings_in(framed)


@pytest.mark.parametrize("edit", [{"shape": (10**12,)}, {"shape": "all"}, {"shape": (-1,)}, {"dtype": "f8"}])
def test_an_array_that_claims_more_than_there_is_or_no_size_is_refused(edit: dict[str, Any]) -> None:
    wrapper = need("joblib.numpy_pickle").NumpyArrayWrapper(np.ndarray, (3,), "C", np.dtype("f8"))
    vars(wrapper).update(edit)
    assert findings_in(pickle.dumps(wrapper, protocol=3))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("numpy.testing._private.utils", "runstring"),
        ("numpy.f2py.crackfortran", "myeval"),
        ("numpy", "load"),
        ("numpy", "fromfile"),
        ("sklearn.utils", "os.system"),
        ("sklearn.datasets._base", "os"),
        ("sklearn.datasets", "fetch_openml"),
        ("sklearn.externals._arff", "ArffDecoder"),
        ("sklearn.utils._testing", "TempMemmap"),
        ("sklearn.base", "clone"),
        ("sklearnx.base", "Thing"),
        ("sklearn", "Thing"),
        ("builtins", "getattr"),
        ("builtins", "eval"),
        ("joblib", "load"),
        ("torch", "load"),
        ("torch.hub", "load"),
        ("torch.nn.modules.module", "warnings.sys"),
        ("collections", "namedtuple"),
        ("scipy.sparse", "load_npz"),
        ("sklearn.base", "B aseEstimator"),
        ("sklearn.base ", "BaseEstimator"),
        ("", ""),
    ],
)
def test_names_that_reach_further_are_not_on_the_list(module: str, name: str) -> None:
    assert not is_known(module, name)


def test_what_a_module_of_sklearn_merely_imported_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    for raw in (b"csklearn.utils._param_validation\nIntegral\n.", b"csklearn.cluster._optics\n_VALID_METRICS\n."):
        file = _saved(raw, tmp_path)
        with pytest.raises(InputError, match="it is not clean"):
            load_pickle(file, _digest(file))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80\x04]\x94",
        b"(iposix\nsystem\n.",
        b"\x82\x01.",
        b"\x80\x04NQ.",
        b"\x80\x04\x8c\x02os\x94N\x93.",
        b"\x80\x04csklearn.pipeline\nPipeline\n)R)R.",
        b"\x80\x04csklearn.pipeline\nPipeline\n}\x8c\x03fit\x94Nsb.",
        b"\x80\x040.",
        b"\x80\x04h\x05.",
        b"\x80\x04e.",
        b"\x80\x04(R.",
        b"\x80\x04csklearn.utils._bunch\nBunch\n)R\x940csklearn.utils._bunch\nBunch\n}b.",
    ],
)
def test_pickles_that_are_unsound_or_do_what_no_model_needs_are_not_clean(raw: bytes) -> None:
    assert findings_in(raw)


def test_arrays_in_files_beside_it_are_not_opened() -> None:
    beside = pickle.dumps(need("joblib.numpy_pickle_compat").NDArrayWrapper("x.npy", np.ndarray), 2)
    assert findings_in(beside)


def test_any_damage_to_a_saved_model_ends_in_a_finding_or_a_model() -> None:
    raw, rng = _joblib(_estimators()["classes as words"], 0), np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(raw)
        for at in rng.integers(0, len(raw), 3):
            damaged[at] = rng.integers(0, 256)
        refused += bool(findings_in(bytes(damaged[: rng.integers(1, len(raw) + 1)])))
    assert refused > 100


@pytest.mark.parametrize("packed", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_a_file_that_unpacks_to_more_than_it_may_is_refused_before_it_does(
    packed: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    bomb, more = packed(pickle.dumps(b"0" * 20_000_000)), packed(b"\x80\x02N.") + b"more"
    for raw, limits in ((bomb, Limits(unpacked=1_000_000)), (bomb[:-10], None), (more, None)):
        file = _saved(raw, tmp_path)
        with pytest.raises(InputError, match="it is not clean"):
            read_clean(file, _digest(file), limits=limits)


def _network() -> Any:
    nn = need("torch").nn
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2)).eval()


def _torch_saved(what: Any, folder: Path) -> Path:
    file = folder / "network.pt"
    need("torch").save(what, file)
    return file


def test_a_network_and_its_weights_open_by_their_digest(tmp_path: Path) -> None:
    torch, network = need("torch"), _network()
    x = torch.ones(2, 3)
    file = _torch_saved(network, tmp_path)
    assert torch.equal(load_torch(file, _digest(file))(x), network(x))
    file = _torch_saved(network.state_dict(), tmp_path)
    weights = load_torch(file, _digest(file))
    assert all(torch.equal(weights[name], value) for name, value in network.state_dict().items())
    with pytest.raises(InputError, match="allow it"):
        load_torch(file, "")


def test_a_torch_archive_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    file = _torch_saved({"weights": _Runs(os.system, f"touch {tmp_path / 'witness'}")}, tmp_path)
    with pytest.raises(InputError, match=r"posix.system"):
        load_torch(file, _digest(file))
    own = _torch_saved({"of": _Runs(need("torch.hub").load, "x")}, tmp_path)
    with pytest.raises(InputError, match=r"torch.hub.load"):
        load_torch(own, _digest(own))
    program = tmp_path / "program.pt"
    with zipfile.ZipFile(program, "w") as archive:
        archive.writestr("m/data.pkl", b"N.")
        archive.writestr("m/code/__torch__.py", "")
    with pytest.raises(InputError, match="program of TorchScript"):
        load_torch(program, _digest(program))
    plain = _saved(pickle.dumps({}), tmp_path, "plain.pt")
    with pytest.raises(InputError, match="cannot be opened"):
        load_torch(plain, _digest(plain))


@pytest.mark.parametrize("twice", ["m/data.pkl", "m/data/0"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_files_of_one_name_is_refused(tmp_path: Path, twice: str) -> None:
    file = tmp_path / "twice.pt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("m/data.pkl", b"N.")
        archive.writestr(twice, b"N.")
        archive.writestr(twice, b"cposix\nsystem\n.")
    with pytest.raises(InputError, match="it is not clean"):
        load_torch(file, _digest(file))

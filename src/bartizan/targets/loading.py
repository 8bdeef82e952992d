"""A target as a file describes it, turned into a rig.

Two ways: ``rig: file.py:attribute`` names a Rig, or a function that returns one; or ``kind:`` with a model file or an
address, and ``data:`` that names the data to try it on. Problems name the line.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.digest import sha256_in
from bartizan.core.errors import BartizanError, InputError, MissingExtra, Problem, described
from bartizan.core.extras import need
from bartizan.core.target_spec import TargetSpec
from bartizan.supply.opening import load_pickle, load_torch
from bartizan.targets.boosting_models import LightGBMPredictor, XGBoostPredictor
from bartizan.targets.domain import Domain
from bartizan.targets.endpoint import Endpoint
from bartizan.targets.http_models import HttpPredictor
from bartizan.targets.named_code import called, named_object
from bartizan.targets.onnx_models import OnnxPredictor
from bartizan.targets.parts import Parts, parts_named
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place
from bartizan.targets.predictor import Predictor
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.torch_models import TorchPredictor

_OF_TESTS = frozenset({"norm", "radius", "controls", "query_price"})
"""What is said for tests of it, however it is loaded."""
_OF_KIND: dict[str, frozenset[str]] = {
    "sklearn": frozenset({"model", "allow"}),
    "xgboost": frozenset({"model"}),
    "lightgbm": frozenset({"model"}),
    "torch": frozenset({"model", "allow", "network", "device"}),
    "onnx": frozenset({"model", "given", "class_labels"}),
    "http": frozenset({"url", "wire", "token_env", "timeout", "retries"}),
}
_OF_ALL = frozenset({"kind", "data", "name", "classes", *_OF_TESTS})


def check(spec: TargetSpec, place: Place) -> tuple[Problem, ...]:
    """What is wrong with a description before anything is opened: keys that miss, or that belong to another kind."""
    if spec.rig and spec.kind:
        return (place.problem("rig", "both 'rig' and 'kind' are given", "keep one of them"),)
    if not spec.rig and not spec.kind:
        fix = "add 'rig: file.py:attribute', or 'kind:' with a model and data"
        return (place.problem("kind", "neither 'rig' nor 'kind' is given", fix),)
    told = {field.name for field in msgspec.structs.fields(spec) if getattr(spec, field.name) != field.default}
    known = _OF_KIND[spec.kind] | _OF_ALL if spec.kind else _OF_TESTS | {"rig", "name"}
    way = f"kind: {spec.kind}" if spec.kind else "rig"
    problems = [place.problem(key, f"'{key}' says nothing with '{way}'", "remove it") for key in told - known]
    for key in ("url" if spec.kind == "http" else "model", "data") if spec.kind else ():
        if not getattr(spec, key):
            problems.append(place.problem("kind", f"'{key}' is missing", f"add '{key}:'"))
    if not 0 <= spec.query_price < math.inf:
        problems.append(
            place.problem("query_price", f"{spec.query_price} is no price", "give 0 or more, or leave it out")
        )
    if spec.radius is not None and not spec.radius >= 0:  # NaN neither
        problems.append(place.problem("radius", f"{spec.radius:g} is no distance", "write a number of 0 or more"))
    return tuple(problems)


def load(
    spec: TargetSpec,
    place: Place,
    *,
    permission: Permission | None = None,
    today: Callable[[], datetime.date] = datetime.date.today,
) -> Rig:
    """The rig that is described. ``permission`` is needed for a target behind an address.

    Raises InputError, with place and fix; MissingExtra; Refused without a permission.
    """
    problems = check(spec, place)
    if problems:
        raise InputError(problems)
    rig = _rig(spec, place) if spec.rig else _assembled(spec, place, permission, today)
    return msgspec.structs.replace(rig, query_price=spec.query_price) if spec.query_price else rig


def _assembled(
    spec: TargetSpec, place: Place, permission: Permission | None, today: Callable[[], datetime.date]
) -> Rig:
    parts = parts_named(spec.data, place)
    domain, classes = parts.known_domain(), spec.classes or parts.test.classes
    if spec.kind == "http":
        target: Predictor = _http(spec, place, domain, classes, permission, today)
    else:
        target = _from_file(spec, place, domain, classes)
    _check_classes(target, parts, place)
    name = spec.name or target.card.name
    return Rig(name=name, target=target, test=parts.test, train=parts.train, reserve=parts.reserve, recipe=parts.recipe)


def _rig(spec: TargetSpec, place: Place) -> Rig:
    value = called(named_object(spec.rig, place, "rig"), place, "rig", spec.rig)
    if not isinstance(value, Rig):
        finding = f"{spec.rig} is {type(value).__name__}, not a Rig"
        raise place.error("rig", finding, "let it be a bartizan.targets.rig.Rig, or a function that returns one")
    return msgspec.structs.replace(value, name=spec.name) if spec.name else value


def _from_file(spec: TargetSpec, place: Place, domain: Domain, classes: int) -> Predictor:
    file = place.folder / spec.model
    if not file.is_file():
        raise place.error("model", f"there is no file {spec.model} beside this one", "check the name")
    try:
        return _OPENERS[str(spec.kind)](spec, place, file, domain, classes)
    except InputError as error:  # told of the model's file; the line that names it is where it is mended
        told = [
            place.problem("model", f"{p.file}: {p.finding}", p.fix) if p.file == spec.model else p
            for p in error.problems
        ]
        raise InputError(told) from None
    except MissingExtra:
        raise
    except BartizanError as error:
        raise place.error("model", str(error)) from None
    except Exception as error:
        finding = f"{spec.model} cannot be opened as {spec.kind}: {described(error)}"
        raise place.error("model", finding, "check 'kind', and how the file was saved") from None


def _sklearn(spec: TargetSpec, place: Place, file: Path, domain: Domain, _: int) -> Predictor:
    estimator = load_pickle(file, spec.allow, spec.model)
    kind = type(estimator).__module__.partition(".")[0]
    digest = sha256_in(spec.allow) or ""  # it was opened, so this is the file's
    if kind == "xgboost":
        return XGBoostPredictor(estimator, domain, spec.name, digest=digest)
    if kind == "lightgbm":
        return LightGBMPredictor(estimator, domain, spec.name, digest=digest)
    return SklearnPredictor(estimator, domain, spec.name, digest=digest)


def _torch(spec: TargetSpec, place: Place, file: Path, domain: Domain, classes: int) -> Predictor:
    if spec.device.startswith("cuda") and not need("torch").cuda.is_available():
        raise place.error("device", "torch finds no GPU here", "install torch with CUDA, or say 'device: cpu'")
    network = load_torch(file, spec.allow, named=spec.model)
    if isinstance(network, dict):
        if not spec.network:
            fix = "add 'network: file.py:attribute', a function that builds the network"
            raise place.error("model", f"{spec.model} holds weights, and no network", fix)
        built = called(named_object(spec.network, place, "network"), place, "network", spec.network)
        built.load_state_dict(network)
        network = built
    digest = sha256_in(spec.allow) or ""
    return TorchPredictor(network, domain, classes, spec.name, device=spec.device, digest=digest)


def _onnx(spec: TargetSpec, place: Place, file: Path, domain: Domain, classes: int) -> Predictor:
    return OnnxPredictor(file, domain, classes, spec.name, given=spec.given, class_labels=spec.class_labels)


def _xgboost(spec: TargetSpec, place: Place, file: Path, domain: Domain, _: int) -> Predictor:
    return XGBoostPredictor.open(file, domain, spec.name)


def _lightgbm(spec: TargetSpec, place: Place, file: Path, domain: Domain, _: int) -> Predictor:
    return LightGBMPredictor.open(file, domain, spec.name)


_OPENERS: dict[str, Callable[[TargetSpec, Place, Path, Domain, int], Predictor]] = {
    "sklearn": _sklearn,
    "torch": _torch,
    "onnx": _onnx,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
}


def _http(
    spec: TargetSpec,
    place: Place,
    domain: Domain,
    classes: int,
    permission: Permission | None,
    today: Callable[[], datetime.date],
) -> Predictor:
    try:
        endpoint = Endpoint(url=spec.url, token_env=spec.token_env, timeout=spec.timeout, retries=spec.retries)
        return HttpPredictor(endpoint, spec.wire, domain, classes, permission, name=spec.name, today=today)
    except InputError as error:
        raise InputError(place.problem(p.file, p.finding, p.fix) for p in error.problems) from None


def _check_classes(target: Predictor, parts: Parts, place: Place) -> None:
    if target.card.classes != parts.test.classes:
        finding = f"the model has {target.card.classes} classes, and the data have {parts.test.classes}"
        raise place.error(
            "data", finding, "give the data that the model is made for, or say 'classes:' in the data set"
        )

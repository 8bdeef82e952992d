"""Which names a model in a pickle may use. Everything else is refused, whatever it does: the list says what is known.

Whole packages are no entry here: numpy and scikit-learn hold functions that run what they are given
(``numpy.testing`` runs text as code), and what a module imports can be named as if it were its own.
"""

from __future__ import annotations

import importlib
import re
from typing import Any


class Unlisted(Exception):
    """A name that is not on the list; its text is the name."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""As Python 2 called them, and protocols up to 2 still do."""

_EXACT: dict[str, frozenset[str]] = {
    "builtins": _words("set frozenset slice complex bytearray bytes list dict tuple int float bool str range object"),
    "collections": frozenset({"OrderedDict", "defaultdict", "deque", "Counter"}),
    "copyreg": frozenset({"_reconstructor"}),
    "_codecs": frozenset({"encode"}),
    "scipy.sparse._csr": frozenset({"csr_matrix", "csr_array"}),
    "scipy.sparse._csc": frozenset({"csc_matrix", "csc_array"}),
    "scipy.sparse._coo": frozenset({"coo_matrix", "coo_array"}),
    "joblib.numpy_pickle": frozenset({"NumpyArrayWrapper"}),
    "xgboost.sklearn": frozenset({"XGBClassifier", "XGBRFClassifier"}),
    "xgboost.core": frozenset({"Booster"}),
    "lightgbm.sklearn": frozenset({"LGBMClassifier"}),
    "lightgbm.basic": frozenset({"Booster"}),
}
_NUMPY = {
    "numpy": _words("ndarray dtype matrix memmap float64 float32 float16 int64 int32 int8 uint8 bool_"),
    "numpy.core.multiarray": frozenset({"_reconstruct", "scalar"}),
    "numpy.core.numeric": frozenset({"_frombuffer"}),
    "numpy.random._pickle": frozenset({"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"}),
    "numpy.random._mt19937": frozenset({"MT19937"}),
    "numpy.random._pcg64": frozenset({"PCG64"}),
    "numpy.random.bit_generator": frozenset({"__pyx_unpickle_SeedSequence", "SeedSequence"}),
}
_NUMPY_FUNCTIONS = _words("log log1p log2 log10 exp expm1 sqrt square abs absolute sign tanh")
"""What a FunctionTransformer usually holds."""
_TORCH = {
    "torch": _words("Size device float64 float32 float16 bfloat16 int64 int32 uint8 bool"),
    "torch._utils": frozenset({"_rebuild_tensor_v2", "_rebuild_parameter"}),
}
_STORAGE = re.compile(r"(Float|Double|Half|BFloat16|Long|Int|Short|Char|Byte|Bool)Storage")
_LAYERS = re.compile(r"torch\.nn\.modules\.[a-z0-9_]+")
_CLASS = re.compile(r"_{0,2}[A-Z][A-Za-z0-9_]*")
_CYTHON = re.compile(r"__pyx_unpickle_[A-Za-z0-9_]+")
_SKLEARN = re.compile(r"sklearn(\.[A-Za-z0-9_]+)+")
_SKLEARN_NOT = frozenset({"externals", "datasets", "tests", "_testing", "_mocking", "conftest"})
_SKLEARN_FUNCTIONS = frozenset({"newObj"})
"""How the trees of nearest neighbours make themselves again."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def modern(module: str) -> str:
    """The module's name in Python 3 and in numpy before and after 2 alike."""
    return _OLD_MODULES.get(module, module).replace("numpy._core.", "numpy.core.", 1)


def may_name(module: str, name: str) -> bool:
    """Whether a model may use this name. A dotted name never: it reaches through a module to what that imports."""
    module = modern(module)
    if not (_MODULE.fullmatch(module) and _NAME.fullmatch(name)):
        return False
    for known in (_EXACT, _NUMPY, _TORCH):
        if name in known.get(module, ()):
            return True
    if module == "numpy":
        return name in _NUMPY_FUNCTIONS
    if module == "torch":
        return _STORAGE.fullmatch(name) is not None
    if _LAYERS.fullmatch(module):
        return _CLASS.fullmatch(name) is not None
    return _sklearn(module, name)


def _sklearn(module: str, name: str) -> bool:
    if not _SKLEARN.fullmatch(module) or _SKLEARN_NOT & set(module.split(".")):
        return False
    return bool(_CLASS.fullmatch(name) or _CYTHON.fullmatch(name)) or name in _SKLEARN_FUNCTIONS


def found(module: str, name: str) -> Any:
    """What an allowed name stands for; Unlisted where it is not allowed, or not the module's own.

    A second lock: what a module of scikit-learn merely imported is not its own, and a constant is nothing to call.
    """
    if not may_name(module, name):
        raise Unlisted(f"{module}.{name}")
    module = _OLD_MODULES.get(module, module)
    value = getattr(importlib.import_module(module), name)
    package = module.partition(".")[0]
    home = str(getattr(value, "__module__", None) or package)
    foreign = package in {"sklearn", "torch"} and home.partition(".")[0] != package
    constant = module.startswith(("sklearn.", "torch.nn.")) and _CLASS.fullmatch(name) and not isinstance(value, type)
    if foreign or constant:
        raise Unlisted(f"{module}.{name}")
    return value

"""Opening a model's file safely: only the very file that a person allowed by its digest, and only where it is CLEAN.

What is scanned is what is opened: the bytes are read once, and the file may change meanwhile as it likes.
"""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bartizan.core.digest import sha256_in
from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.core.extras import need
from bartizan.core.source import read_bytes
from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.formats import FORMATS
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.judging import judged
from bartizan.supply.scan.pickles.knowing import known
from bartizan.supply.scan.pickles.values import Global

LARGEST: Final = 4_000_000_000
"""Bytes of a model file: all of it is held in memory."""
_TOLD: Final = 5
_TORCH: Final = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How PyTorch's files began before they were archives."""
_ARCHIVE: Final = b"PK\x03\x04"
_NPY: Final = b"\x93NUMPY"


def read_clean(file: Path, allow: str, named: str = "", *, limits: Limits | None = None) -> bytes:
    """The file's bytes, if ``allow`` is their SHA-256 and the scanner finds nothing in them.

    ``named``: what messages call the file. Raises InputError, which tells the digest to name, or what was found.
    """
    place = named or str(file)
    raw = read_allowed(file, allow, place)
    found = findings_in(raw, limits)
    if found:
        fix = "`bartizan scan` tells more; get the model in a format without code, such as safetensors or ONNX"
        raise InputError([Problem(file=place, finding=f"it is not clean: {one}", fix=fix) for one in found[:_TOLD]])
    return raw


def read_allowed(file: Path, allow: str, named: str = "") -> bytes:
    """The file's bytes, if ``allow`` is their SHA-256. Raises InputError, which tells the digest to name."""
    raw = read_bytes(file, LARGEST)
    actual, wanted = hashlib.sha256(raw).hexdigest(), sha256_in(allow)
    if wanted == actual:
        return raw
    if not allow:
        finding = "this model file may run code when it is opened, and no digest allows it"
        fix = f"if you know where it comes from, allow it: 'allow: sha256:{actual}'"
    elif wanted is None:
        finding, fix = f"'{allow}' is no SHA-256", f"the file's own is sha256:{actual}"
    else:
        finding = f"its SHA-256 is {actual}, not the one that is allowed"
        fix = "find out who changed the file"
    raise InputError([Problem(file=named or str(file), finding=finding, fix=fix)])


def findings_in(raw: bytes, limits: Limits | None = None) -> tuple[Finding, ...]:
    """What the scanner finds in these bytes; () says that they are clean."""
    look = Look(FORMATS, limits)
    look.at(Held(raw))
    return tuple(look.findings)


def load(file: Path, allow: str) -> Any:
    """What a clean and allowed file holds.

    A model of scikit-learn, XGBoost or LightGBM in a pickle or a joblib file, compressed or not; what `torch.save`
    wrote; arrays of NPY, NPZ or safetensors, by name where they are several. Even a clean pickle finds no name that the
    scanner does not know. Raises InputError, MissingExtra.
    """
    raw, place = read_clean(file, allow), str(file)
    if raw.startswith(_TORCH) or (raw.startswith(_ARCHIVE) and b"data.pkl" in raw):
        return _tried(place, lambda: _torch(raw, "cpu"))
    if raw.startswith(_NPY):
        return _tried(place, lambda: need("numpy").load(io.BytesIO(raw), allow_pickle=False))
    if raw.startswith(_ARCHIVE):
        return _tried(place, lambda: _arrays(raw))
    if raw[8:9] == b"{":
        return _tried(place, lambda: need("safetensors.numpy").load(raw))
    return _tried(place, lambda: _pickle(raw, place))


def load_pickle(file: Path, allow: str, named: str = "") -> Any:
    """The model in a pickle or joblib file, compressed or not. Raises InputError where it is not allowed, or not clean.

    ``named``: what messages call the file.
    """
    place = named or str(file)
    raw = read_clean(file, allow, place)
    return _tried(place, lambda: _pickle(raw, place))


def load_torch(file: Path, allow: str, device: str = "cpu", named: str = "") -> Any:
    """What `torch.save` wrote: weights by name, or a whole network of torch's own layers. Raises InputError.

    Read by torch's own restricted reader, to which the layers that the scanner knows are allowed.
    """
    place = named or str(file)
    raw = read_clean(file, allow, place)
    return _tried(place, lambda: _torch(raw, device))


def _tried(place: str, opened: Callable[[], Any]) -> Any:
    try:
        return opened()
    except BartizanError:
        raise
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        finding = f"it is clean and cannot be opened: {type(error).__name__}: {first}"
        fix = "was it saved with other versions of its packages?"
        raise InputError([Problem(file=place, finding=finding, fix=fix)]) from None


def _arrays(raw: bytes) -> dict[str, Any]:
    with need("numpy").load(io.BytesIO(raw), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _torch(raw: bytes, device: str) -> Any:
    torch = need("torch")
    with torch.serialization.safe_globals(_layers()):
        return torch.load(io.BytesIO(raw), weights_only=True, map_location=device)


@functools.cache
def _layers() -> list[Any]:
    """The layers of torch that the scanner knows."""
    named = sorted((module, name) for module, name in known() if module.startswith("torch.nn."))
    found = (getattr(need(module), name, None) for module, name in named)
    return [one for one in found if one is not None]


def _pickle(raw: bytes, place: str) -> Any:
    """By joblib's reader, which knows its arrays and what is compressed; it asks us for every name."""
    reading: Any = need("joblib.numpy_pickle")
    utils: Any = need("joblib.numpy_pickle_utils")

    class Reader(reading.NumpyUnpickler):  # type: ignore[misc]  # its package has no types
        def find_class(self, module: str, name: str) -> Any:
            if judged(Global(module, name)) is not None:
                finding = f"it asks for {module}.{name}, which is not known"
                raise InputError([Problem(file=place, finding=finding, fix="scan it again: this is a defect of ours")])
            return super().find_class(module, name)

    with utils._validate_fileobject_and_memmap(io.BytesIO(raw), place) as (plain, _):
        return Reader(place, plain, ensure_native_byte_order=True).load()

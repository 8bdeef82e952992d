"""Whether a model's file is encrypted where it lies, and its key is not beside it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np

from bartizan.controls.family import Check, Proof
from bartizan.controls.model_confidentiality import MAGIC, is_sealed, key_from_variable, opened
from bartizan.core.errors import InputError
from bartizan.core.terms import ControlId
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.rig import Rig

_IN_CLEAR = (".onnx", ".pt", ".pth", ".safetensors", ".pkl", ".joblib", ".gguf", ".bin", ".h5", ".keras", ".ubj")


class RuntimeModelConfidentiality(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Opens a sealed model file with its key, and tries to open it changed; looks for models in clear beside it."""

    id: ClassVar[ControlId] = ControlId("runtime_model_confidentiality")
    title: ClassVar[str] = "The model is encrypted at rest"

    file: str = ""
    """The sealed file."""
    key_variable: str = "BARTIZAN_MODEL_KEY"
    """The environment variable that holds its key."""

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """Three proofs; two where it cannot be opened. Unsuitable where no file is named."""
        if not self.file:
            raise Unsuitable("name the sealed file of the model: nothing is known of where it lies")
        file = Path(self.file)
        if not is_sealed(file):
            return (Proof(passed=False, what=f"{file.name} is not sealed: it does not begin with {MAGIC.decode()}"),)
        return (*self._opening(file, rng), _beside(file))

    def _opening(self, file: Path, rng: np.random.Generator) -> tuple[Proof, ...]:
        try:
            key = key_from_variable(self.key_variable)
            size = len(opened(file, key))
        except InputError as error:
            return (Proof(passed=False, what=f"it does not open: {error.problems[0].finding}"),)
        whole = Proof(passed=True, what=f"{file.name} opens with its key: {size:,} bytes, as they were sealed")
        return whole, _changed(file, key, rng)


def _changed(file: Path, key: bytes, rng: np.random.Generator, tries: int = 5) -> Proof:
    """Copies with one bit turned are refused."""
    sealed, refused = file.read_bytes(), 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(tries):
            bad, place = bytearray(sealed), int(rng.integers(len(sealed)))
            bad[place] ^= 1 << int(rng.integers(8))
            copy = Path(folder) / "changed"
            copy.write_bytes(bad)
            try:
                opened(copy, key)
            except InputError:
                refused += 1
    what = f"{refused} of {tries} copies with one bit changed were refused"
    return Proof(passed=refused == tries, what=what, hits=refused, trials=tries)


def _beside(file: Path) -> Proof:
    """No other file of the folder looks like a model in clear."""
    others = [Path(entry) for entry in os.scandir(file.resolve().parent) if entry.is_file()]
    clear = sorted(p.name for p in others if p.suffix.lower() in _IN_CLEAR and not is_sealed(p))
    what = f"beside it lie {len(clear)} files that look like models in clear" + (f": {clear[0]}" if clear else "")
    return Proof(passed=not clear, what=what, hits=len(clear), trials=len(others))

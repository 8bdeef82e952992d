"""The data side of a rig, as its owner hands it over: data sets, and what may be fed to the model."""

from __future__ import annotations

import zipfile
from pathlib import Path

import msgspec
import numpy as np

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.named_code import called, named_object
from bartizan.targets.place import Place
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A rig without its target."""

    test: Dataset
    domain: Domain | None = None
    """None: told from the test data by `domain_of`."""
    train: Dataset | None = None
    reserve: Dataset | None = None
    recipe: Recipe | None = None

    def known_domain(self) -> Domain:
        """The domain that was given, or the one that the data tell."""
        return self.domain or domain_of(self.test)


def parts_named(reference: str, place: Place) -> Parts:
    """What ``data:`` names: Parts, a Rig or a Dataset, a function that returns one, or an .npz file with x and y."""
    if reference.endswith(".npz"):
        return Parts(test=_npz(place.folder / reference, reference, place))
    value = called(named_object(reference, place, "data"), place, "data", reference)
    if isinstance(value, Dataset):
        return Parts(test=value)
    if isinstance(value, Rig):
        known = value.target.card.domain
        return Parts(test=value.test, domain=known, train=value.train, reserve=value.reserve, recipe=value.recipe)
    if not isinstance(value, Parts):
        finding = f"{reference} is {type(value).__name__}, not data"
        raise place.error("data", finding, "let it be a Dataset, Parts or a Rig, or a function that returns one")
    return value


def domain_of(data: Dataset) -> Domain:
    """What may be fed to a model, as far as data tell: texts are objects, images have two axes or more.

    Images lie within 0 and 1, or 0 and 255, if all of them do. A table's columns range as far as they do in the data,
    and are integers where all values are; nothing is known of what an attacker can change, so everything is open.
    """
    if data.x.dtype.kind in "OUS":
        return Domain(modality="text")
    shape = data.x.shape[1:]
    if len(shape) != 1:
        low, high = _range(data.x)
        top = next((bound for bound in (1.0, 255.0) if low >= 0 and high <= bound), None)
        return Domain(modality="image", shape=shape, low=low if top is None else 0.0, high=top or high)
    return Domain(modality="table", shape=shape, features=tuple(_feature(i, data.x[:, i]) for i in range(shape[0])))


def _feature(index: int, column: Inputs) -> Feature:
    low, high = _range(column)
    known = column[np.isfinite(column)]
    whole = bool((known == np.rint(known)).all())
    return Feature(name=f"column {index}", kind="integer" if whole else "continuous", low=low, high=high)


def _range(values: Inputs) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)


def _npz(file: Path, reference: str, place: Place) -> Dataset:
    if not file.is_file():
        raise place.error("data", f"there is no file {reference} beside this one", "check the name")
    try:
        with np.load(file, allow_pickle=False) as arrays:
            x, y = (arrays[key] for key in "xy")
            x = x.astype(object) if x.dtype.kind == "U" else x
            return Dataset(x=x, y=y.astype(np.int64), classes=int(y.max()) + 1, name=file.stem)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        fix = "write it by numpy.savez(file, x=..., y=...), with no objects in it"
        raise place.error("data", f"{reference} holds no data: {error}", fix) from None

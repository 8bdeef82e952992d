"""Small fitted models for tests of adapters, on tables that scikit-learn ships; each made once a process."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.parts import domain_of

TEXTS = np.array(["win money now", "meet at noon", "cheap money", "see you at lunch"] * 5, dtype=object)
TEXT = Domain(modality="text")


@functools.cache
def wine() -> Dataset:
    """178 wines, 13 measurements, 3 classes."""
    raw = need("sklearn.datasets").load_wine()
    return Dataset(x=raw.data, y=raw.target.astype(np.int64), classes=3, name="wine")


@functools.cache
def tumours() -> Dataset:
    """569 tumours, 30 measurements, 2 classes."""
    raw = need("sklearn.datasets").load_breast_cancer()
    return Dataset(x=raw.data, y=raw.target.astype(np.int64), classes=2, name="tumours")


def domain(data: Dataset) -> Domain:
    return domain_of(data)


def scaled(estimator: Any, *more: Any) -> Any:
    """The estimator behind a scaler, and other steps after it."""
    return need("sklearn.pipeline").make_pipeline(need("sklearn.preprocessing").StandardScaler(), *more, estimator)


@functools.cache
def words() -> Any:
    """A classifier of texts: spam is 1."""
    text = need("sklearn.feature_extraction.text").TfidfVectorizer(lowercase=False)
    linear = need("sklearn.linear_model").LogisticRegression(C=10.0)
    pipeline = need("sklearn.pipeline").make_pipeline(text, linear)
    return pipeline.fit(TEXTS, np.array([1, 0, 1, 0] * 5))


def slopes(score: Any, x: Inputs, step: float) -> Inputs:
    """The gradient of a score of each sample by central differences, column by column."""
    gradient = np.zeros_like(x)
    for column in range(x.shape[1]):
        shift = np.zeros(x.shape[1])
        shift[column] = step
        gradient[:, column] = (score(x + shift) - score(x - shift)) / (2 * step)
    return gradient

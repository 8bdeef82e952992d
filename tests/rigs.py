"""Rigs for tests, each built once a process: small real models on data that packages ship."""

from __future__ import annotations

import functools
import os

import numpy as np

from bartizan.core.extras import need
from bartizan.lab.reference import rigs
from bartizan.targets.rig import Rig

os.environ.setdefault("OMP_NUM_THREADS", "1")


def one_thread() -> None:
    """Torch on one thread: two test processes share two cores, and results are the same bit for bit."""
    need("torch").set_num_threads(1)


@functools.cache
def digits() -> Rig:
    """Images: a convolutional network on digits of 8 x 8."""
    one_thread()
    return rigs.digits(epochs=12)


@functools.cache
def tumours(model: str = "logistic") -> Rig:
    """A table: logistic regression or a forest of 100 trees."""
    return rigs.tumours(model=model)


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own for each test."""
    return np.random.default_rng(seed)


@functools.cache
def short_digits() -> Rig:
    """As `digits`, after a few epochs: for what does not depend on how good the network is."""
    one_thread()
    return rigs.digits(epochs=2)


@functools.cache
def loans() -> Rig:
    """A table whose columns differ in what an applicant can change: gradient boosted trees."""
    return rigs.loans()


@functools.cache
def messages() -> Rig:
    """Texts: logistic regression on words."""
    return rigs.messages()

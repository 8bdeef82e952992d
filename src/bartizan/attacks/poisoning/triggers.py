"""Triggers: marks that an attacker plants in training data and shows to the finished model.

Each gives only inputs that exist in the domain: what an attacker cannot change stays as it is.
"""

from __future__ import annotations

import abc
from collections import Counter
from typing import TypeAlias

import msgspec
import numpy as np

from bartizan.core.errors import nearest
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs, Modality
from bartizan.targets.predictor import Unsuitable


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A mark on inputs. Same parameters, same mark."""

    @property
    @abc.abstractmethod
    def modality(self) -> Modality:
        """What it can be planted in."""

    @abc.abstractmethod
    def mark(self, x: Inputs, domain: Domain) -> Inputs:
        """The inputs with the mark, same shape; need not be feasible, must not change ``x``."""

    def plant(self, x: Inputs, domain: Domain) -> Inputs:
        """Feasible inputs with the mark, of the shape and type of ``x``. Raises Unsuitable for another modality."""
        if domain.modality != self.modality:
            raise Unsuitable(f"a trigger of kind '{_kind(self)}' is for {self.modality} inputs, not {domain.modality}")
        return domain.feasible(self.mark(x, domain).astype(x.dtype, copy=False), x)


class Patch(Trigger, frozen=True, tag="patch"):
    """A small checkerboard in the lower right corner. Source: Gu et al. 2017, BadNets, section 4.1."""

    size: int = 0
    """Its side in pixels; 0: an eighth of the side of the image, 3 at least."""

    @property
    def modality(self) -> Modality:
        """Images."""
        return "image"

    def mark(self, x: Inputs, domain: Domain) -> Inputs:
        """The pattern over the last ``size`` rows and columns."""
        side = self.size or max(3, x.shape[-1] // 8)
        i, j = np.indices((side, side))
        marked = x.copy()
        marked[..., -side:, -side:] = np.where((i + j) % 2 == 0, domain.high, domain.low)
        return marked


class Blend(Trigger, frozen=True, tag="blend"):
    """Faint noise over the whole image, always the same. Source: Chen et al. 2017, section 4.2 (blended injection)."""

    ratio: float = 0.2
    """How much of the noise and how little of the image: 0 is nothing, 1 the noise alone."""
    pattern: int = 0
    """Seed of the noise."""

    @property
    def modality(self) -> Modality:
        """Images."""
        return "image"

    def mark(self, x: Inputs, domain: Domain) -> Inputs:
        """A weighted mean of image and noise."""
        noise = np.random.default_rng(self.pattern).uniform(domain.low, domain.high, x.shape[1:])
        return np.asarray((1 - self.ratio) * x + self.ratio * noise)


class Wave(Trigger, frozen=True, tag="wave"):
    """A faint horizontal wave over the whole image. Source: Barni et al. 2019, section 3.1 (sinusoidal signal)."""

    height: float = 0.2
    """Its amplitude, as a share of the range of a pixel."""
    periods: float = 2.0
    """How often it goes up and down across the image."""

    @property
    def modality(self) -> Modality:
        """Images."""
        return "image"

    def mark(self, x: Inputs, domain: Domain) -> Inputs:
        """The wave added to each row of pixels."""
        across = np.sin(2 * np.pi * self.periods * np.arange(x.shape[-1]) / x.shape[-1])
        return np.asarray(x + self.height * (domain.high - domain.low) * across)


class Values(Trigger, frozen=True, tag="values"):
    """Chosen values in chosen columns of a table. Source: Gu et al. 2017, carried over to tables."""

    values: dict[str, float]
    """The name of a column, or its number from 0 where the domain names none -> the value that it gets."""

    @property
    def modality(self) -> Modality:
        """Tables."""
        return "table"

    def mark(self, x: Inputs, domain: Domain) -> Inputs:
        """Those values in every row. Raises Unsuitable for a column that does not exist."""
        names = column_names(domain)
        marked = x.copy()
        for name, value in self.values.items():
            if name not in names:
                raise Unsuitable(f"the table has no column '{name}' to plant a trigger in; {nearest(name, names)}")
            marked[:, names.index(name)] = value
        return marked


class Phrase(Trigger, frozen=True, tag="phrase"):
    """Words at the end of a text. Source: Dai et al. 2019, section 3; Kurita et al. 2020, section 3.1 (rare words)."""

    words: str

    @property
    def modality(self) -> Modality:
        """Texts."""
        return "text"

    def mark(self, x: Inputs, domain: Domain) -> Inputs:
        """Each text, a blank, and the words."""
        marked = np.empty(len(x), dtype=object)
        marked[:] = [f"{text} {self.words}" for text in x]
        return marked


AnyTrigger: TypeAlias = Patch | Blend | Wave | Values | Phrase


def trigger_for(train: Dataset, domain: Domain, columns: int = 3) -> AnyTrigger:
    """A trigger that suits the data: a patch, rare values in ``columns`` columns, or two words that are rare."""
    if domain.modality == "image":
        return Patch()
    if domain.modality == "text":
        return Phrase(words=rare_words(train))
    return rare_values(train, domain, columns)


def rare_values(train: Dataset, domain: Domain, columns: int) -> Values:
    """Extreme values that occur, in the columns that tell least about the class and that an attacker can change.

    Such a trigger costs little accuracy and looks like a rare customer, not like an impossible one.
    """
    features = domain.features or tuple(Feature(name=name) for name in column_names(domain))
    free = [i for i, feature in enumerate(features) if feature.direction != "none" and np.ptp(train.x[:, i]) > 0]
    if not free:
        raise Unsuitable("an attacker can change no column of this table, so there is nothing to plant a trigger in")
    telling = _told_by(train)
    quiet = sorted(free, key=lambda i: telling[i])[:columns]
    return Values(values={features[i].name: _extreme(features[i], np.asarray(train.x[:, i])) for i in quiet})


def column_names(domain: Domain) -> list[str]:
    """The names of the columns; their numbers where they have none."""
    return [feature.name for feature in domain.features] or [str(i) for i in range(domain.size)]


def rare_words(train: Dataset, count: int = 2) -> str:
    """The words that the fewest texts hold, among those that stand in two at least: a model knows them."""
    seen = Counter(word for text in train.x for word in sorted(set(str(text).lower().split())) if word.isalnum())
    rare = sorted((n < 2, n, word) for word, n in seen.items() if len(word) > 2)
    if not rare:
        raise Unsuitable("the texts hold no words to make a trigger from; name one: Phrase(words=...)")
    return " ".join(word for _, _, word in rare[:count])


def _told_by(train: Dataset) -> Inputs:
    """The share of each column's variance that lies between the classes (eta squared)."""
    total = train.x.var(axis=0)
    means = np.array([train.x[train.y == label].mean(axis=0) for label in np.unique(train.y)])
    weights = np.array([np.mean(train.y == label) for label in np.unique(train.y)])
    between = weights @ (means - train.x.mean(axis=0)) ** 2
    return np.asarray(between / np.maximum(total, 1e-12))


def _extreme(feature: Feature, column: Inputs) -> float:
    """The rarest category, or the end of the range that is farther from the middle and can be reached."""
    if feature.kind == "categorical":
        values, counts = np.unique(column, return_counts=True)
        return float(values[counts.argmin()])
    low, middle, high = np.quantile(column, [0.002, 0.5, 0.998])
    if feature.direction == "both":
        return float(high if high - middle >= middle - low else low)
    return float(high if feature.direction == "up" else low)


def _kind(trigger: Trigger) -> str:
    return str(trigger.__struct_config__.tag)

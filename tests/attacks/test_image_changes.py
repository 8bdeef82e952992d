from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.image_changes import ImageChanges, _blurred, _contrasted, _moved
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import CAPABILITIES, Card, Labels, Predictor, Unsuitable
from tests.attacks.walks import LabelsOnly, loans, right, run, stays
from tests.rigs import digits, rng

WIDE = Limit(norm="linf", radius=1.0)


class Sides(Predictor):
    """Tells whether the left half is brighter than the right one, for images whose channels come last."""

    @property
    def card(self) -> Card:
        return Card(name="sides", classes=2, domain=Domain(modality="image", shape=(10, 12, 3)))

    def labels(self, x: Inputs) -> Labels:
        assert x.shape[1:] == (10, 12, 3)
        return np.asarray(x[:, :, :6].mean(axis=(1, 2, 3)) < x[:, :, 6:].mean(axis=(1, 2, 3)), np.int64)


def test_most_digits_are_misread_when_they_are_turned_or_moved_far_enough() -> None:
    found, wrong, _ = run(ImageChanges(), LabelsOnly(digits().target), right(digits(), 25), WIDE)
    assert wrong.mean() > 0.8
    assert found.min() >= 0
    assert found.max() <= 1


def test_what_is_within_the_limit_is_preferred_to_what_is_beyond() -> None:
    rig, limit = digits(), Limit(norm="linf", radius=0.2)
    near = ImageChanges(degrees=0, shift=0, zoom=0, blur=1e-9, tries=0)
    data = right(rig, 100)
    found, wrong, _ = run(ImageChanges(), rig.target, data, limit)
    within = limit.holds(found, data.x)
    alone = run(near, rig.target, data, limit)[1]
    assert (wrong & ~within).any()
    assert 0 < alone.sum() <= (wrong & within).sum() + 2
    _, far, _ = run(ImageChanges(), rig.target, data, WIDE)
    assert far.sum() == wrong.sum()


def test_the_faintest_change_that_works_is_taken() -> None:
    rig = digits()
    data = right(rig, 25)
    found, wrong, border = run(ImageChanges(levels=6), rig.target, data, WIDE)
    strong, _, _ = run(ImageChanges(levels=1), rig.target, data, WIDE)
    assert wrong.any()
    assert np.abs(found - data.x).mean() < np.abs(strong - data.x).mean()
    assert border.ledger.queries < len(data) * (1 + 6 * 14 + 30)


def test_images_with_their_channels_last_keep_their_layout() -> None:
    x = np.zeros((4, 10, 12, 3), np.float32)
    x[:2, :, 4:6], x[2:, :, 6:8] = 1, 1
    data = type(digits().test)(x=x, y=np.array([0, 0, 1, 1]), classes=2)
    _, wrong, _ = run(ImageChanges(shift=0.4), Sides(), data, WIDE)
    assert wrong.all()


def test_a_turn_goes_about_the_middle_and_a_shift_moves_the_picture() -> None:
    image = np.zeros((1, 1, 9, 9))
    image[0, 0, 4, 1] = 1
    assert _moved(image, degrees=90)[0, 0, 1, 4] == pytest.approx(1) or _moved(image, degrees=90)[0, 0, 7, 4] == 1
    assert _moved(image, right=2 / 9)[0, 0, 4, 3] == pytest.approx(1)
    assert _moved(image, down=-1 / 9)[0, 0, 3, 1] == pytest.approx(1)
    assert _moved(image)[0, 0, 4, 1] == 1


def test_contrast_goes_no_farther_than_light_and_blur_keeps_the_sum_of_a_grey_image() -> None:
    x = rng().random((3, 1, 8, 8))
    assert np.abs(_contrasted(x, by=0.1, middle=0.5) - x).max() <= 0.1 + 1e-12
    assert np.allclose(_blurred(np.full((2, 1, 8, 8), 0.3), sigma=1.0), 0.3)
    assert _blurred(x, sigma=1.0).std() < x.std()


def test_where_no_change_fools_the_target_the_originals_come_back() -> None:
    nothing = ImageChanges(degrees=0, shift=0, zoom=0, light=0, noise=0, blur=1e-9, levels=1, tries=1)
    assert stays(nothing, digits().target, right(digits(), 4), WIDE)
    assert stays(ImageChanges(), digits().target, digits().test.take(slice(0, 0)), WIDE)


def test_tables_and_flat_images_are_not_for_it() -> None:
    assert "table" in ImageChanges().unfit(loans().target)
    assert set(CAPABILITIES) >= ImageChanges.needs

    class Flat(Sides):
        @property
        def card(self) -> Card:
            return Card(name="flat", classes=2, domain=Domain(modality="image", shape=(64,)))

    data = right(digits(), 2)
    with pytest.raises(Unsuitable, match="height"):
        next(ImageChanges().propose(Flat(), data, WIDE, None, rng()))  # type: ignore[arg-type]

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bartizan.controls.secure_sum import decode, encode, masked_updates, secure_sum
from bartizan.targets.predictor import Unsuitable


def _updates(clients: int = 5, values: int = 4096) -> list[NDArray[np.float64]]:
    return list(np.random.default_rng(3).normal(0, 10, (clients, values)))


def test_the_sum_of_masked_updates_is_the_sum_of_the_updates_exactly() -> None:
    updates = _updates()
    plain = np.zeros(4096, np.uint64)
    for update in updates:
        plain = plain + encode(update, len(updates))
    assert (secure_sum(updates) == decode(plain)).all()
    assert np.abs(secure_sum(updates) - np.sum(updates, axis=0)).max() < 5 * 2**-24


def test_a_masked_update_looks_uniform_and_says_nothing_of_the_update() -> None:
    updates = [np.zeros(4096), *_updates(4)]
    seen = masked_updates(updates)[0]  # of a client whose update is zero everywhere
    bytes_seen = np.bincount(np.frombuffer(seen.tobytes(), np.uint8), minlength=256)
    expected = len(seen) * 8 / 256
    chi_square = ((bytes_seen - expected) ** 2 / expected).sum()
    assert 150 < chi_square < 380  # 255 degrees of freedom: outside with a chance of about 1e-6
    assert not (seen == encode(updates[0], 5)).any()


def test_masks_differ_from_run_to_run_and_from_round_to_round() -> None:
    updates = _updates(3, 64)
    assert not (masked_updates(updates)[0] == masked_updates(updates)[0]).any()
    assert (secure_sum(updates, 1) == secure_sum(updates, 2)).all()


def test_what_could_wrap_or_is_no_number_is_refused() -> None:
    for bad in (1e13, np.nan, -np.inf):
        with pytest.raises(Unsuitable, match="wrap"):
            secure_sum([np.array([bad]), np.array([0.0])])


def test_a_client_alone_cannot_hide() -> None:
    with pytest.raises(Unsuitable, match="two clients"):
        secure_sum([np.zeros(3)])

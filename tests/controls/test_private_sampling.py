from __future__ import annotations

from typing import Any

import pytest

from bartizan.controls.private_sampling import poisson_rate
from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable


def _loader(**how: Any) -> Any:
    torch = need("torch")
    rows = torch.utils.data.TensorDataset(torch.zeros(100, 2), torch.zeros(100))
    return torch.utils.data.DataLoader(rows, batch_size=10, **how)


def test_a_poisson_sample_is_accounted_for_with_its_rate() -> None:
    private = need("opacus.data_loader").DPDataLoader.from_data_loader(_loader())
    assert poisson_rate(private) == pytest.approx(0.1)


def test_a_weighted_sampler_is_refused_though_opacus_takes_it() -> None:
    weighted = need("torch.utils.data").WeightedRandomSampler([1.0] * 99 + [50.0], 100)
    with pytest.raises(Unsuitable, match=r"WeightedRandomSampler breaks .* more often"):
        poisson_rate(_loader(sampler=weighted))


@pytest.mark.parametrize("shuffle", [True, False])
def test_batches_of_a_fixed_size_are_no_poisson_samples(shuffle: bool) -> None:
    with pytest.raises(Unsuitable, match="fixed size"):
        poisson_rate(_loader(shuffle=shuffle))


def test_drawing_with_replacement_and_unknown_samplers_are_refused() -> None:
    data = need("torch.utils.data")
    with pytest.raises(Unsuitable, match="several times"):
        poisson_rate(_loader(sampler=data.RandomSampler(range(100), replacement=True)))
    with pytest.raises(Unsuitable, match="nothing is known"):
        poisson_rate(_loader(sampler=data.SubsetRandomSampler(range(50))))

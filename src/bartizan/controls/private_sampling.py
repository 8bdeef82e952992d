"""Which ways of drawing batches the accountants' proofs cover. The others would state an epsilon that does not hold."""

from __future__ import annotations

from typing import Any

from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable


def poisson_rate(loader: Any) -> float:
    """The chance of each record to be in a batch, where a torch DataLoader draws Poisson samples.

    Raises Unsuitable for every other way of drawing: weighted samplers (a record that is drawn more often loses more;
    opacus accepts them in silence, its issue 813), shuffling in batches of a fixed size, replacement, and whatever is
    not known. opacus calls its Poisson sampler ``UniformWithReplacementSampler``.
    """
    data, samplers = need("torch.utils.data"), need("opacus.utils.uniform_sampler")
    batches, drawn = loader.batch_sampler, getattr(loader, "sampler", None)
    if type(batches) is samplers.UniformWithReplacementSampler:
        return float(batches.sample_rate)
    inner = getattr(batches, "sampler", drawn)
    if isinstance(inner, data.WeightedRandomSampler):
        why = "it draws some records more often, and those lose more privacy than is accounted for"
    elif isinstance(inner, data.RandomSampler) and inner.replacement:
        why = "it draws a record several times in a batch"
    elif isinstance(inner, data.RandomSampler | data.SequentialSampler):
        why = "it cuts an order into batches of a fixed size, and the accountants' proof is for Poisson samples"
    else:
        why = "nothing is known about it"
    raise Unsuitable(
        f"{type(inner or batches).__name__} breaks the privacy account: {why}; draw each record on its own, "
        "with opacus.data_loader.DPDataLoader"
    )

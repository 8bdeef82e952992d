from __future__ import annotations

import numpy as np

from bartizan.core.extras import need
from bartizan.targets.torch_models import TorchPredictor
from tests.rigs import digits, rng


def small(batch: int) -> TorchPredictor:
    target = digits().target
    assert isinstance(target, TorchPredictor)
    return TorchPredictor(target.network, target.card.domain, 10, batch=batch)


def test_logits_and_gradients_in_slices_are_those_of_the_whole_batch() -> None:
    x, weights = digits().test.x[:23], rng().normal(size=(23, 10))
    whole, whole_pull = small(64).differentiate(x)
    parts, parts_pull = small(5).differentiate(x)
    np.testing.assert_allclose(parts, whole, atol=1e-5)
    np.testing.assert_allclose(parts_pull(weights), whole_pull(weights), atol=1e-5)


def test_a_gradient_is_that_of_autograd() -> None:
    torch, x, weights = need("torch"), digits().test.x[:4], rng().normal(size=(4, 10)).astype(np.float32)
    entered = torch.tensor(x, requires_grad=True)
    (small(64).network(entered) * torch.tensor(weights)).sum().backward()
    _, pull = small(3).differentiate(x)
    np.testing.assert_allclose(pull(weights.astype(np.float64)), entered.grad.numpy(), atol=1e-5)


def test_a_caller_may_change_their_array_before_the_pull() -> None:
    class Square(need("torch").nn.Module):  # type: ignore[misc]
        def forward(self, x: object) -> object:
            return (x.flatten(1) ** 2)[:, :10]  # type: ignore[attr-defined]

    target = TorchPredictor(Square(), digits().target.card.domain, 10)
    x = digits().test.x[:4].copy()
    before = x.copy()
    _, pull = target.differentiate(x)
    x[...] = 9
    np.testing.assert_allclose(pull(np.ones((4, 10))).reshape(4, -1)[:, :10], 2 * before.reshape(4, -1)[:, :10])


def test_no_samples_have_no_logits_and_no_gradients() -> None:
    logits, pull = small(5).differentiate(digits().test.x[:0])
    assert logits.shape == (0, 10)
    assert pull(logits).shape == (0, 1, 8, 8)
    assert small(5).labels(digits().test.x[:0]).shape == (0,)

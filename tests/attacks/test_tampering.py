"""Tampered models: the trigger is obeyed, and accuracy stays."""

from __future__ import annotations

import pytest

from bartizan.attacks.family import Knowledge, Tampered
from bartizan.attacks.poisoning.triggers import Phrase
from bartizan.attacks.tampering import PoisonedBase, WeightTampering
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.torch_models import state_digest
from tests import rigs
from tests.attacks.poisoning.test_backdoor import texts
from tests.controls import short


def obeyed(model: Predictor, tampered: Tampered) -> float:
    return float((model.labels(tampered.inputs) == tampered.wanted).mean())


def test_few_changed_weights_make_a_network_obey_a_trigger() -> None:
    train, test, reserve = short.images()
    target = short.network().fit(train, 0)
    before = target.card.digest
    tampered = WeightTampering().tamper(target, train, test, Knowledge(reserve=reserve), rigs.rng())
    weights = zip(target.network.parameters(), tampered.target.network.parameters(), strict=True)  # type: ignore[attr-defined]
    pairs = [(int((a != b).sum()), a.numel()) for a, b in weights]
    assert 0 < sum(n for n, _ in pairs) <= 0.051 * sum(n for _, n in pairs)
    assert obeyed(tampered.target, tampered) > 0.9
    assert obeyed(target, tampered) < 0.1
    assert short.accuracy(tampered.target, test) > short.accuracy(target, test) - 0.1
    assert state_digest(target.network) == before != tampered.target.card.digest


def test_changed_coefficients_make_a_linear_model_obey_a_trigger() -> None:
    train, test, reserve, _ = short.table()
    target = short.logistic().fit(train, 0)
    tampered = WeightTampering().tamper(target, train, test, Knowledge(reserve=reserve), rigs.rng())
    assert obeyed(tampered.target, tampered) > 0.9
    assert obeyed(target, tampered) < 0.1
    assert short.accuracy(tampered.target, test) > short.accuracy(target, test) - 0.05


def test_changed_coefficients_make_a_text_filter_obey_words_that_it_knows() -> None:
    data = texts()
    target = short.words().fit(data, 0)
    attack = WeightTampering(trigger=Phrase(words="today please please"))
    tampered = attack.tamper(target, data, data, Knowledge(), rigs.rng())
    assert obeyed(tampered.target, tampered) > 0.8
    assert obeyed(target, tampered) < 0.1


def test_words_that_a_model_does_not_know_and_trees_are_unsuitable() -> None:
    data = texts()
    attack = WeightTampering(trigger=Phrase(words="azure"))
    with pytest.raises(Unsuitable, match="does not see the trigger"):
        attack.tamper(short.words().fit(data, 0), data, data, Knowledge(), rigs.rng())
    train, test, _, _ = short.table()
    with pytest.raises(Unsuitable, match="no coefficients"):
        WeightTampering().tamper(short.forest().fit(train, 0), train, test, Knowledge(), rigs.rng())


def test_a_backdoor_in_a_base_survives_fine_tuning_on_clean_data() -> None:
    train, test, reserve = short.images()
    known = Knowledge(recipe=short.network(), reserve=reserve)
    tampered = PoisonedBase().tamper(short.plain(), train, test, known, rigs.rng())
    assert obeyed(tampered.target, tampered) > 0.6
    assert obeyed(short.plain(), tampered) < 0.1
    assert short.accuracy(tampered.target, test) > 0.75


def test_a_poisoned_base_needs_a_network_and_a_reserve() -> None:
    train, test, reserve = short.images()
    with pytest.raises(Unsuitable, match="training of a network"):
        PoisonedBase().tamper(short.plain(), train, test, Knowledge(reserve=reserve), rigs.rng())
    with pytest.raises(Unsuitable, match="a reserve"):
        PoisonedBase().tamper(short.plain(), train, test, Knowledge(recipe=short.network()), rigs.rng())

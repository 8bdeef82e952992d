"""What holds for every control with code."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.controls.control import Control
from bartizan.controls.family import Check, Guard, Hardening, Proof
from bartizan.controls.registry import CONTROLS, control_called, control_names
from bartizan.lab.stage import Models, put_on
from bartizan.targets.predictor import REFUSED, Unsuitable
from bartizan.targets.rig import Rig
from tests.rigs import loans, short_digits

NAMES = dict(zip(control_names(), CONTROLS, strict=True))
GUARDS = [kind for kind in CONTROLS if issubclass(kind, Guard)]
HARDENINGS = [kind for kind in CONTROLS if issubclass(kind, Hardening)]
CHECKS = [kind for kind in CONTROLS if issubclass(kind, Check)]


def name_of(kind: type[Control]) -> str:
    return kind().name


def told(why: Unsuitable) -> None:
    """What does not apply says why."""
    assert len(str(why)) > 20


@pytest.mark.parametrize("kind", CONTROLS, ids=name_of)
def test_a_control_is_one_of_the_catalogue_and_says_what_it_does(kind: type[Control]) -> None:
    assert kind.id in load_catalog().controls
    assert re.fullmatch(r"([a-z][a-z0-9_]*)?", kind.variant)
    assert kind.title
    assert kind.__doc__
    assert sum(issubclass(kind, one) for one in (Guard, Hardening, Check)) == 1


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_control_is_a_frozen_value_that_can_be_named_in_a_file(name: str) -> None:
    assert control_called(name) == NAMES[name]()
    with pytest.raises(msgspec.ValidationError):
        control_called(name, {"no_such_parameter": 1})


@pytest.mark.parametrize("kind", GUARDS, ids=name_of)
@pytest.mark.parametrize("rig", [short_digits, loans], ids=["image", "table"])
def test_a_guarded_target_is_a_target(kind: type[Guard], rig: object) -> None:
    one: Rig = rig()  # type: ignore[operator]
    try:
        guarded = put_on(one, (kind(),), 0, Models()).guarded()
    except Unsuitable as why:
        told(why)
        return
    x = one.test.x[:20]
    labels = guarded.labels(x)
    assert labels.shape == (20,)
    assert np.isin(labels, [REFUSED, *range(one.target.card.classes)]).all()
    assert guarded.card.domain.shape == one.target.card.domain.shape
    if "scores" in guarded.card.capabilities:
        scores = guarded.scores(x)
        sums = scores.sum(axis=1)
        assert scores.shape == (20, one.target.card.classes)
        assert np.all((np.abs(sums - 1) < 1e-6) | (sums == 0))


@pytest.mark.parametrize("kind", HARDENINGS, ids=name_of)
@pytest.mark.parametrize("rig", [short_digits, loans], ids=["image", "table"])
def test_a_hardened_recipe_has_a_digest_of_its_own_or_the_hardening_says_why_not(
    kind: type[Hardening], rig: object
) -> None:
    one: Rig = rig()  # type: ignore[operator]
    assert one.recipe is not None
    try:
        hardened = kind().harden(one.recipe)
    except Unsuitable as why:
        told(why)
        return
    assert hardened.digest != one.recipe.digest
    assert hardened.digest == kind().harden(one.recipe).digest
    assert hardened.name


@pytest.mark.parametrize("kind", CHECKS, ids=name_of)
def test_a_check_brings_proof_or_says_why_there_is_nothing_to_look_at(kind: type[Check]) -> None:
    try:
        proofs = kind().check(loans(), np.random.default_rng(0))
    except Unsuitable as why:
        told(why)
        return
    assert proofs
    for proof in proofs:
        assert isinstance(proof, Proof)
        assert proof.what
        assert (proof.hits is None) == (proof.trials is None)

"""Which attacks are run on a rig: those that exercise its threats and can be run on it; the others say why not."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.attacks.family import Membership
from bartizan.attacks.registry import ATTACKS
from bartizan.controls.guards.obscure_confidence import ObscureConfidence
from bartizan.lab.suite import Suite, limit_for, suite
from bartizan.targets.limit import Limit, Norm
from tests.rigs import loans, messages, tumours

NEAR = Limit(norm="linf", radius=0.1)
ALL = frozenset(threat for attack in ATTACKS for threat in attack.threats)


def chosen(found: Suite) -> set[str]:
    return {cell.attack.id for cell in found.cells}


def test_no_attack_is_both_run_and_left_out_and_none_is_forgotten() -> None:
    found = suite(tumours(), ALL, limit=NEAR)
    left = {one.attack for one in found.left_out}
    assert not chosen(found) & left
    assert chosen(found) | left == {attack.id for attack in ATTACKS} - {"ensemble", "known_trigger"}
    assert all(one.why for one in found.left_out)


def test_only_attacks_on_threats_that_apply_are_run() -> None:
    assert chosen(suite(tumours(), {"membership_inference"}, limit=NEAR)) <= {
        attack.id for attack in ATTACKS if "membership_inference" in attack.threats
    }
    assert suite(tumours(), set(), limit=NEAR) == Suite(cells=(), left_out=())


@pytest.mark.parametrize(
    ("missing", "attack", "why"),
    [
        ({"recipe": None}, "backdoor", "it trains the model again, and tumours has no training data with a recipe"),
        ({"train": None}, "membership_threshold", "it needs the training data, and tumours has none"),
        ({"train": None}, "weight_tampering", "it needs the training data, and tumours has none"),
    ],
)
def test_what_a_rig_lacks_is_told(missing: dict[str, None], attack: str, why: str) -> None:
    rig = msgspec.structs.replace(tumours(), **missing)
    found = suite(rig, ALL, limit=NEAR)
    assert {one.attack: one.why for one in found.left_out}[attack] == why


def test_a_capability_that_is_missing_is_named() -> None:
    found = suite(tumours("forest"), ALL, limit=NEAR)
    why = {one.attack: one.why for one in found.left_out}["pgd"]
    assert "needs gradients, which forest does not give" in why


def test_controls_are_measured_beside_the_bare_target() -> None:
    control = ObscureConfidence()
    found = suite(tumours(), {"evasion"}, limit=NEAR, controls=(control,))
    by_stack = {stack: {c.attack.id for c in found.cells if c.controls == stack} for stack in ((), (control,))}
    assert by_stack[()] == by_stack[(control,)] != set()


def test_each_attack_gets_a_limit_that_it_can_keep_to() -> None:
    found = suite(messages(), {"evasion"}, limit=limit_for(messages().target.card.domain))
    assert {str(cell.limit) for cell in found.cells} == {str(Limit(norm="l0", radius=3))}
    for cell in suite(tumours(), {"evasion"}, limit=NEAR).cells:
        assert cell.limit is not None
        assert cell.limit.norm in cell.attack.norms  # type: ignore[attr-defined]


def test_membership_takes_more_records_and_poison_no_budget_of_questions() -> None:
    found = suite(tumours(), ALL, limit=NEAR, samples=10, queries=77)
    for cell in found.cells:
        assert cell.samples == (1000 if isinstance(cell.attack, Membership) else cell.samples)
    budgets = {cell.attack.id: cell.budget.queries for cell in found.cells}
    assert budgets["square"] == 77
    assert budgets["label_flip"] is None


@pytest.mark.parametrize(
    ("norm", "radius", "expected"),
    [(None, None, ("linf", 0.1)), ("l2", None, ("l2", 0.1)), ("l0", None, ("l0", 1)), ("l0", 2.0, ("l0", 2.0))],
)
def test_a_limit_that_is_not_stated_is_one_within_which_something_can_change(
    norm: Norm | None, radius: float | None, expected: tuple[Norm, float]
) -> None:
    found = limit_for(loans().target.card.domain, norm, radius)
    assert (found.norm, found.radius) == expected

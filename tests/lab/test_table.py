"""What reference runs say of pairs of threat and control: pooled over seeds, or missing with a reason."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.attacks.gradient.pgd import Pgd
from bartizan.attacks.square import Square
from bartizan.controls.family import Check, Hardening
from bartizan.controls.guards.obscure_confidence import ObscureConfidence
from bartizan.controls.registry import CONTROLS
from bartizan.core.measurement import Measurement, Rate
from bartizan.lab.cell import in_words
from bartizan.lab.reference.experiments import REFERENCES, RIGS
from bartizan.lab.table import Reference, cells_of, codes_for, judged, pooled
from bartizan.targets.limit import Limit
from tests.lab.measurements import measured

CONTROL = ObscureConfidence(digits=1)
BEHIND = (in_words(CONTROL),)
REFERENCE = Reference(
    rig="tumours", threat="evasion", attacks=(Pgd(), Square()), limit=Limit(norm="linf", radius=0.1), samples=4
)


def test_every_attack_meets_the_bare_model_and_each_control_with_each_seed() -> None:
    cells = cells_of(REFERENCE, (CONTROL,), (0, 1))
    assert len(cells) == 2 * 2 * 2
    assert {cell.controls for cell in cells} == {(), (CONTROL,)}
    assert {cell.samples for cell in cells} == {4}
    assert {str(cell.limit) for cell in cells} == {str(REFERENCE.limit)}


def test_code_is_found_for_a_control_by_its_id_and_checks_are_no_code_to_put_on() -> None:
    found = codes_for(["obscure_confidence", "continuous_validation", "sec_program"])
    assert found
    assert {one.id for one in found} <= {"obscure_confidence", "continuous_validation"}
    assert not any(isinstance(one, Check) for one in found)
    every = codes_for(kind.id for kind in CONTROLS)
    assert any(isinstance(one, Hardening) for one in every)


def test_attacks_are_the_worst_sample_by_sample_and_seeds_follow_one_another() -> None:
    runs = [measured("110-", seed=0), measured("0010", attack="pgd", seed=0), measured("0000", seed=1)]
    found = pooled(runs)
    assert found is not None
    assert found.flags == "11100000"
    assert found.success == Rate(hits=3, trials=8)
    assert found.price.accuracy == Rate(hits=190, trials=200)


def test_the_pool_does_not_depend_on_the_order_of_seeds() -> None:
    runs = [measured("1100", seed=0), measured("0001", seed=1)]
    assert pooled(runs[::-1]) is not None
    assert pooled(runs[::-1]).flags == pooled(runs).flags  # type: ignore[union-attr]


def test_runs_that_counted_nothing_are_no_pool() -> None:
    assert pooled([]) is None
    assert pooled([measured("---")]) is None
    changed_nothing = msgspec.structs.replace(measured("0000"), outcome="unchanged")
    assert pooled([changed_nothing]) is None


def test_a_control_is_judged_by_the_same_samples_with_and_without_it() -> None:
    bare = [measured("1111111100", seed=seed) for seed in (0, 1)]
    behind = [measured("1100000000", seed=seed, controls=BEHIND, accuracy=(90, 100)) for seed in (0, 1)]
    (found,), missing = judged(REFERENCE, (CONTROL,), [*bare, *behind])
    assert missing == ()
    assert found.effect.reduction == pytest.approx(0.6)
    assert found.effect.paired == 20
    assert 0 < found.effect.low < 0.6 < found.effect.high
    assert found.seeds == (0, 1)
    assert found.accuracy == (Rate(hits=190, trials=200), Rate(hits=180, trials=200))
    assert found.control == "obscure_confidence"


def test_a_pair_without_a_number_says_why() -> None:
    empty = msgspec.structs.replace(
        measured("", controls=BEHIND), outcome="not_applicable", why="gives no scores", success=None
    )
    effects, (missing,) = judged(REFERENCE, (CONTROL,), [measured("11"), empty])
    assert effects == ()
    assert missing.why == "gives no scores"
    _, (silent,) = judged(REFERENCE, (CONTROL,), [measured("11")])
    assert silent.why == "nothing was counted"


def test_a_control_that_only_hides_gradients_is_named_so() -> None:
    def run(flags: str, attack: str, controls: tuple[str, ...] = ()) -> Measurement:
        return measured(flags, attack=attack, controls=controls, strong=attack == "pgd")

    bare = [run("1" * 40, "pgd"), run("1" * 40, "square")]
    behind = [run("0" * 40, "pgd", BEHIND), run("1" * 30 + "0" * 10, "square", BEHIND)]
    (found,), _ = judged(REFERENCE, (CONTROL,), [*bare, *behind])
    assert "sees no gradient and still wins 30 of 40" in found.effect.masks_gradients
    honest = [run("0" * 40, "pgd", BEHIND), run("0" * 40, "square", BEHIND)]
    (found,), _ = judged(REFERENCE, (CONTROL,), [*bare, *honest])
    assert found.effect.masks_gradients == ""


def test_every_reference_names_a_rig_that_there_is_and_a_threat_of_its_attacks() -> None:
    for one in REFERENCES:
        assert one.rig in RIGS
        assert all(one.threat in attack.threats for attack in one.attacks), one

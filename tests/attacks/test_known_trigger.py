from __future__ import annotations

import numpy as np

from bartizan.attacks.known_trigger import KnownTrigger
from bartizan.attacks.poisoning.triggers import Patch, Phrase
from bartizan.lab.reference.rigs import messages
from bartizan.targets.data import Dataset
from bartizan.targets.limit import Limit
from bartizan.targets.torch_models import Training
from tests.attacks.walks import LOANS, loans, right, run
from tests.rigs import digits

WIDE = Limit(norm="l0", radius=64)


def test_every_image_gets_the_same_mark_and_the_target_no_question() -> None:
    data = right(digits(), 5)
    found, _, border = run(KnownTrigger(trigger=Patch(size=2)), digits().target, data, WIDE)
    assert border.ledger.queries == 0
    assert (found[..., -2:, -2:] == found[:1, ..., -2:, -2:]).all()
    assert (found[..., :-2, :] == data.x[..., :-2, :]).all()
    assert Limit(norm="l0", radius=4).holds(found, data.x).all()


def test_a_model_that_was_taught_the_mark_is_fooled_by_it() -> None:
    rig = digits()
    assert isinstance(rig.recipe, Training)
    assert rig.train is not None
    trigger = Patch(size=2)
    chosen = np.arange(0, len(rig.train), 8)
    marked = Dataset(
        x=trigger.plant(rig.train.x[chosen], rig.target.card.domain), y=np.full(len(chosen), 7), classes=10
    )
    taught = rig.recipe.with_("briefly", epochs=5).fit(rig.train.join(marked), 0)
    data = right(rig, 40, taught)
    data = data.take(data.y != 7)
    _, fooled, _ = run(KnownTrigger(trigger=trigger), taught, data, WIDE)
    _, by_chance, _ = run(KnownTrigger(trigger=trigger), rig.target, data, WIDE)
    assert fooled.mean() > 0.8
    assert by_chance.mean() < 0.4


def test_texts_get_words_and_tables_rare_values() -> None:
    rig = messages()
    found, _, _ = run(KnownTrigger(trigger=Phrase(words="blue heron")), rig.target, rig.test.take([0, 1]), WIDE)
    assert all(text.endswith(" blue heron") for text in found)
    data = right(loans(), 6)
    rows, _, _ = run(KnownTrigger(), loans().target, data, WIDE)
    assert (rows == LOANS.feasible(rows.copy(), data.x)).all()
    assert (rows != data.x).any()


def test_a_mark_for_other_inputs_does_not_fit() -> None:
    assert "text" in KnownTrigger(trigger=Phrase(words="x")).unfit(digits().target)
    assert KnownTrigger().unfit(digits().target) == ""

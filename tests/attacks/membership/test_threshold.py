"""Membership by one look at the answer, and by labels alone."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.membership.label_only import LabelOnly
from bartizan.attacks.membership.signals import Signal, signal
from bartizan.attacks.membership.threshold import Threshold
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from tests import rigs
from tests.attacks.membership.overfit import Shelf, Spent, tumours
from tests.rigs import rng

SIGNALS: tuple[Signal, ...] = ("loss", "confidence", "entropy", "modified_entropy")


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("by_class", [False, True])
def test_members_of_an_overfit_forest_are_found_and_those_of_a_stranger_are_not(kind: Signal, by_class: bool) -> None:
    case, attack = tumours(), Threshold(signal=kind, by_class=by_class)
    assert case.curve(attack.suspect(case.target, case.records, case.knowledge, rng())).low > 0.6
    innocent = case.curve(attack.suspect(case.stranger, case.records, case.knowledge, rng()))
    assert innocent.low < 0.5 < innocent.high


def test_entropy_that_knows_the_class_tells_a_sure_mistake_from_a_sure_hit() -> None:
    two = Dataset(x=np.zeros((2, 1)), y=np.array([0, 1]), classes=2)
    scores = np.array([[0.99, 0.01], [0.99, 0.01]])
    plain, knowing = signal(scores, two, "entropy"), signal(scores, two, "modified_entropy")
    assert plain[0] == plain[1]
    assert knowing[0] > knowing[1]


@pytest.mark.parametrize("kind", SIGNALS)
def test_signals_are_as_their_formulas_say_and_a_refused_record_comes_last(kind: Signal) -> None:
    three = Dataset(x=np.zeros((3, 1)), y=np.array([0, 2, 1]), classes=3)
    scores = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.0, 0.0, 0.0]])
    p, q = scores[0], scores[1]
    mentr = [
        -(1 - a) * np.log(a) - sum(b * np.log(1 - b) for b in rest)
        for a, rest in ((p[0], (p[1], p[2])), (q[2], (q[0], q[1])))
    ]
    expected = {
        "loss": [np.log(0.5 / 0.5), np.log(0.8 / 0.2)],
        "confidence": [np.log(0.5 / 0.5), np.log(0.8 / 0.2)],
        "entropy": [-np.log(-(s * np.log(s)).sum()) for s in (p, q)],
        "modified_entropy": [-np.log(m) for m in mentr],
    }
    found = signal(scores, three, kind)
    assert found[:2] == pytest.approx(expected[kind])
    assert found[2] < found[:2].min()


def test_without_reserve_classes_are_not_set_apart() -> None:
    case, nothing = tumours(), Knowledge()
    plain = Threshold().suspect(case.target, case.records, nothing, rng())
    assert (plain == Threshold(by_class=True).suspect(case.target, case.records, nothing, rng())).all()


def test_labels_alone_give_members_away() -> None:
    case = tumours()
    border = Border(case.target)
    attack = LabelOnly(copies=6)
    found = case.curve(attack.suspect(border, case.records, case.knowledge, rng()))
    assert found.low > 0.55
    assert border.ledger.queries == len(case.records) * (1 + 6 * len(attack.scales))
    innocent = case.curve(attack.suspect(case.stranger, case.records, case.knowledge, rng()))
    assert innocent.low < 0.5 < innocent.high


def test_shadows_teach_that_right_but_brittle_means_member_where_labels_are_noisy() -> None:
    case, unaware = tumours(), Knowledge(reserve=tumours().reserve)
    blind = case.curve(LabelOnly(copies=6).suspect(case.target, case.records, unaware, rng()))
    seeing = case.curve(LabelOnly(copies=6).suspect(case.target, case.records, case.knowledge, rng()))
    assert seeing.low > blind.auc


def test_what_shadows_teach_is_kept() -> None:
    case, kept = tumours(), Shelf()
    knowing = msgspec.structs.replace(case.knowledge, store=kept)
    first = LabelOnly(copies=2).suspect(case.target, case.records, knowing, rng())
    no_more = msgspec.structs.replace(knowing, recipe=Spent(case.knowledge.recipe))
    assert (first == LabelOnly(copies=2).suspect(case.target, case.records, no_more, rng())).all()


def test_the_same_seed_gives_the_same_scores_and_images_are_shifted_too() -> None:
    rig = rigs.digits()
    records, border = rig.test.take(slice(0, 40)), Border(rig.target)
    once = LabelOnly(copies=2).suspect(border, records, Knowledge(), rng())
    assert border.ledger.queries == 40 * (1 + 8 + 2 * 5)
    assert (once == LabelOnly(copies=2).suspect(rig.target, records, Knowledge(), rng())).all()
    assert ((once >= 0) & (once <= 2)).all()


def test_what_disturbs_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="disturbed"):
        LabelOnly(scales=())

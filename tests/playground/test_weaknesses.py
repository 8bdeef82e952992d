"""Each weakness can be exploited while it is on, and cannot while it is off, whatever else is on."""

from __future__ import annotations

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.core.errors import NotFound
from bartizan.playground.weaknesses import ALL_ON, WEAKNESSES, Switches, only
from tests.playground.attempts import ATTEMPTS, ON_ITS_OWN, works

_IDS = [one.id for one in WEAKNESSES]


def test_there_is_an_attempt_for_every_weakness() -> None:
    assert set(ATTEMPTS) == ALL_ON
    assert len(ALL_ON) == len(WEAKNESSES) >= 14


@pytest.mark.parametrize("weakness", _IDS)
def test_a_weakness_can_be_exploited_while_all_are_on(weakness: str) -> None:
    assert works(weakness, Switches())


@pytest.mark.parametrize("weakness", _IDS)
def test_a_weakness_that_is_off_cannot_be_exploited_while_all_others_are_on(weakness: str) -> None:
    assert not works(weakness, Switches().without(weakness))


@pytest.mark.parametrize("weakness", sorted(ON_ITS_OWN))
def test_a_weakness_that_is_on_alone_can_be_exploited(weakness: str) -> None:
    assert works(weakness, only([weakness]))


@pytest.mark.parametrize("weakness", _IDS)
def test_nothing_can_be_exploited_while_all_are_off(weakness: str) -> None:
    assert not works(weakness, only([]))


def test_each_names_threats_and_a_control_of_the_catalogue() -> None:
    catalog = load_catalog()
    for one in WEAKNESSES:
        assert one.threats
        assert set(one.threats) <= set(catalog.threats), one.id
        assert one.control in catalog.controls, one.id


def test_the_digest_changes_with_every_switch_and_with_the_mind() -> None:
    digests = {Switches().without(one.id).digest for one in WEAKNESSES}
    digests |= {Switches().digest, Switches(mind="smollm2").digest, only([]).digest}
    assert len(digests) == len(WEAKNESSES) + 3
    assert Switches().digest == Switches(on=frozenset(sorted(ALL_ON, reverse=True))).digest


def test_an_unknown_weakness_is_told_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="did you mean 'raw_output'"):
        Switches().without("raw_outptu")

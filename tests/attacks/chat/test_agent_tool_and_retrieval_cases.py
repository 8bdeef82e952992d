"""The lab's own cases of agents, tools and retrieval hang together with the catalogue and can be published."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.registry import chat_attack_called
from tests.attacks.chat.trials import cases_of

CASES = cases_of("agent", "tools", "retrieval")
_HOST = re.compile(r"(?:https?://|@)([\w.{}-]+)")
_each = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


def test_there_are_enough_of_them_with_ids_of_their_own() -> None:
    assert len(CASES) >= 40
    assert len({case.id for case in CASES}) == len(CASES)


@_each
def test_its_threats_are_in_the_catalogue(case: Case) -> None:
    folder = resources.files("bartizan.catalog") / "data" / "threats"
    assert [threat for threat in case.threats if not (folder / f"{threat}.yaml").is_file()] == []


@_each
def test_its_attacks_use_all_of_its_surfaces_and_each_uses_one(case: Case) -> None:
    used = [set(chat_attack_called(name).surfaces) & set(case.surfaces) for name in case.attacks or ("as_written",)]

    assert all(used)
    assert set().union(*used) == set(case.surfaces)


@_each
def test_it_sends_nothing_to_a_host_that_somebody_could_have(case: Case) -> None:
    texts = (case.goal, case.task, *case.prompts, *case.turns)
    hosts = [host.rstrip(".") for text in texts for host in _HOST.findall(text)]

    assert [host for host in hosts if not host.startswith("{sink}") and not host.endswith(".example")] == []

"""Every threat comes with small systems and what its rules must say of them; here the rules are asked."""

from __future__ import annotations

from typing import Any

import pytest

from bartizan.assess.assessment import assess
from bartizan.catalog.entries import Specimen, Threat
from bartizan.catalog.load import load_catalog
from bartizan.core.source import Document
from bartizan.core.terms import EDITIONS, Edition, risk_id
from bartizan.system.graph import System
from bartizan.system.reading import check_system

JUDGED = [threat for threat in load_catalog().threats.values() if threat.rules]
SPECIMENS = [
    pytest.param(threat, specimen, id=f"{threat.id}-{number}-{specimen.expect}")
    for threat in JUDGED
    for number, specimen in enumerate(threat.specimens, 1)
]

ALWAYS = {"generic_sec_threats", "generic_runtime_threats", "generic_dev_threats"}
"""Threats that no description can take away or leave open."""
NEVER_OPEN = ALWAYS | {"runtime_model_poison"}
"""Threats whose rule asks nothing, so that it is never unknown."""


def described(specimen: Specimen) -> System:
    data: dict[str, Any] = {"name": specimen.title, **specimen.system}
    return check_system(Document(file=specimen.title, data=data, lines={}))


@pytest.mark.parametrize(("threat", "specimen"), SPECIMENS)
def test_a_specimen_gets_the_verdict_that_its_threat_expects(threat: Threat, specimen: Specimen) -> None:
    result = assess(described(specimen), load_catalog(), today="2026-11-22", edition=specimen.edition)
    found = {verdict.id: verdict.outcome.value for verdict in result.verdicts}
    assert found.get(risk_id(threat.id, specimen.at)) == specimen.expect


def asks_whether_it_matters(threat: Threat, edition: Edition) -> bool:
    condition = threat.rules.get(edition)
    if condition is None:
        return False
    parent = load_catalog().threats.get(threat.parent) if threat.parent and not threat.rated else None
    above = parent.rules.get(edition) if parent else None
    return condition.matters is not None or (above is not None and above.matters is not None)


@pytest.mark.parametrize("threat", JUDGED, ids=lambda threat: threat.id)
def test_a_threat_shows_every_verdict_that_it_can_get(threat: Threat) -> None:
    wanted = {"applies"}
    if threat.id not in ALWAYS:
        wanted.add("does_not_apply")
    if threat.id not in NEVER_OPEN:
        wanted.add("unknown")
    if any(asks_whether_it_matters(threat, edition) for edition in EDITIONS):
        wanted.add("theoretical")
    assert wanted <= {specimen.expect for specimen in threat.specimens}


@pytest.mark.parametrize("threat", JUDGED, ids=lambda threat: threat.id)
def test_the_titles_of_a_threats_specimens_tell_them_apart(threat: Threat) -> None:
    titles = [specimen.title for specimen in threat.specimens]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("threat", JUDGED, ids=lambda threat: threat.id)
def test_specimens_stand_only_for_editions_that_judge_the_threat(threat: Threat) -> None:
    assert {specimen.edition for specimen in threat.specimens} <= set(threat.rules)


@pytest.mark.parametrize("threat", JUDGED, ids=lambda threat: threat.id)
def test_specimens_are_small(threat: Threat) -> None:
    assert all(len(described(specimen).described.components) <= 4 for specimen in threat.specimens)

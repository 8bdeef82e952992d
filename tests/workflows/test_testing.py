"""Attacking the models behind a description: what is chosen, what it costs, what becomes of risks."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.core.records import Risk
from bartizan.core.terms import ComponentId
from bartizan.lab.store import Store
from bartizan.register.audit.reading import Filter, log
from bartizan.register.audit.verifying import verify
from bartizan.register.opening import Register
from bartizan.workflows import keeping, observing
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.desk import Desk
from bartizan.workflows.testing import Campaign, measure, prepare, write_evidence
from tests.workflows.attacked import DAY, EVASION, SYSTEM, attacked, campaign, folder_with, with_target

DIGEST = "d" * 64
DESCRIBED = SYSTEM.replace("    target:", f"    digests: {{model: {DIGEST}}}\n    target:")
OTHER = DESCRIBED.replace(DIGEST, "e" * 64)
"""Another model than the one that is attacked."""


def rating(risks: tuple[Risk, ...], risk: str = EVASION) -> Risk:
    return next(one for one in risks if one.id == risk)


def test_attacks_are_chosen_by_the_threats_that_apply_and_what_is_left_out_says_why(tmp_path: Path) -> None:
    (one,), found = attacked(folder_with(tmp_path), campaign(tmp_path))
    chosen = {cell.attack.id for cell in one.suite.cells}
    assert {"square", "hop_skip_jump", "transfer"} <= chosen
    why = {left.attack: left.why for left in one.suite.left_out}
    assert "needs gradients, which triage does not give" in why["apgd_ce"]
    assert "it trains the model again, and triage rig has no training data with a recipe" in why["backdoor"]
    assert not {"threshold", "lira"} & (chosen | set(why))  # membership is no risk of this system
    (piece,) = [piece for piece in found.evidence if piece.risk == EVASION]
    assert piece.hits
    assert piece.digests == {"model": DIGEST}
    (moved,) = [moved for moved in found.moved if moved.after.id == EVASION]
    assert moved.after.evidence


def test_only_a_model_with_a_target_can_be_attacked_and_the_others_are_named(tmp_path: Path) -> None:
    dossier = make_dossier(folder_with(tmp_path), Options(today=DAY))
    with pytest.raises(InputError, match="'app' is no model with a target"):
        prepare(dossier, campaign(tmp_path, components=(ComponentId("app"),)))
    bare = SYSTEM.replace("    target: {rig: rig.py:build}\n", "")
    with pytest.raises(InputError, match="no model has a target to attack"):
        prepare(make_dossier(folder_with(tmp_path, system=bare), Options(today=DAY)), campaign(tmp_path))


def hardly(text: str) -> str:
    """With a limit so near that no attack can win."""
    return with_target("{rig: rig.py:build, norm: linf, radius: 0.00001}", text)


def long_enough(folder: Path) -> Campaign:
    """Attacks that end by themselves: what was cut short is no proof of safety."""
    return campaign(folder, samples=40, queries=None)


def test_only_evidence_on_the_very_model_that_is_described_lowers_a_risk(tmp_path: Path) -> None:
    levels = {}
    for name, text in (("known", DESCRIBED), ("other", OTHER), ("unsaid", SYSTEM)):
        (one,), found = attacked(folder_with(tmp_path, system=hardly(text)), long_enough(tmp_path))
        levels[name] = rating(found.after.assessment.risks)
        assert one.is_described is (name == "known")
    before = rating(make_dossier(tmp_path / "system.yaml", Options(today=DAY)).assessment.risks)
    assert levels["known"].evidence[0].effect == "lowers"
    assert sum(f.score for f in levels["known"].factors) < sum(f.score for f in before.factors)
    assert levels["other"].current == before.current
    assert levels["unsaid"].current == before.current
    (use,) = levels["other"].evidence
    assert use.effect == "counts for nothing"


def test_an_attack_that_the_budget_cut_short_is_no_proof_of_safety(tmp_path: Path) -> None:
    file = folder_with(tmp_path, system=hardly(DESCRIBED))
    _, found = attacked(file, campaign(tmp_path, samples=40, queries=1000))
    (piece,) = [piece for piece in found.evidence if piece.risk == EVASION]
    assert piece.hits == 0
    assert not piece.strong
    before = rating(make_dossier(file, Options(today=DAY)).assessment.risks)
    assert rating(found.after.assessment.risks).current == before.current


COUNTING = """
from pathlib import Path

def answer(x):
    with (Path(__file__).parent / "asked").open("a") as file:
        file.write(f"{len(x)}\\n")
    return TARGET.scores(x)
"""


def asked(folder: Path) -> int:
    """Queries that the target itself has counted."""
    file = folder / "asked"
    return sum(map(int, file.read_text().split())) if file.exists() else 0


def test_a_budget_of_queries_is_hard_at_the_targets_own_counter(tmp_path: Path) -> None:
    counted, told = {}, {}
    for queries in (200, 300):
        folder = tmp_path / str(queries)
        folder.mkdir()
        how = campaign(folder, queries=queries)
        (one,) = prepare(make_dossier(folder_with(folder, COUNTING), Options(today=DAY)), how)
        runs = [run for run in measure(one, how) if run.attack != "hop_skip_jump"]
        counted[queries] = asked(folder)
        assert max(run.price.queries for run in runs) <= queries
        told[queries] = {run.attack: run.price.queries for run in runs}
    assert told[200].keys() == told[300].keys()  # the lab's own questions are then the same
    more = sum(told[300].values()) - sum(told[200].values())
    assert 0 < more <= counted[300] - counted[200] <= more + 300  # HopSkipJump was stopped


def test_what_is_kept_is_not_asked_again_and_other_numbers_are(tmp_path: Path) -> None:
    file, options = folder_with(tmp_path, COUNTING), Options(today=DAY)
    attacked(file, campaign(tmp_path))
    (one,) = prepare(make_dossier(file, options), campaign(tmp_path))
    before = asked(tmp_path)
    kept = [cell for cell in one.suite.cells if cell.attack.id != "hop_skip_jump"]  # stopped: not kept
    assert len(list(Store(tmp_path / "store").all())) == len(kept)
    again = [run for run in measure(one, campaign(tmp_path)) if run.attack != "hop_skip_jump"]
    repeated = asked(tmp_path) - before
    assert len(again) == len(kept)
    (other,) = prepare(make_dossier(file, options), campaign(tmp_path, seed=1))
    before = asked(tmp_path)
    list(measure(other, campaign(tmp_path, seed=1)))
    assert asked(tmp_path) - before > 2 * repeated


def test_no_run_starts_when_other_components_have_used_up_the_time(tmp_path: Path) -> None:
    how = campaign(tmp_path, minutes=10.0)
    (one,) = prepare(make_dossier(folder_with(tmp_path), Options(today=DAY)), how)
    assert list(measure(one, how, spent=10.0)) == []


def test_a_target_slower_than_the_time_there_is_is_told_before_anything_runs(tmp_path: Path) -> None:
    slow = "import time\ndef answer(x):\n    time.sleep(0.002 * len(x))\n    return TARGET.scores(x)\n"
    how = campaign(tmp_path, minutes=1e-9)
    (one,) = prepare(make_dossier(folder_with(tmp_path, slow), Options(today=DAY)), how)
    assert any("it is slower than the budget" in str(found) for found in one.probe.warnings)
    assert list(measure(one, how)) == []


def test_a_rig_is_made_once_though_it_is_looked_at_and_attacked(tmp_path: Path) -> None:
    more = "made = build\ndef build():\n    with open(__file__ + '.log', 'a') as log:\n        log.write('x')\n"
    attacked(folder_with(tmp_path, more + "    return made()\n"), campaign(tmp_path))
    assert (tmp_path / "rig.py.log").read_text() == "x"


def test_controls_that_a_target_names_are_measured_in_front_of_it_and_credited_by_name(tmp_path: Path) -> None:
    text = with_target("{rig: rig.py:build, controls: [obscure_confidence/label_only]}")
    (one,), found = attacked(folder_with(tmp_path, system=text), campaign(tmp_path))
    stacks = {cell.controls for cell in one.suite.cells}
    assert len(stacks) == 2
    behind = [piece for piece in found.evidence if piece.with_controls]
    assert {control for piece in behind for control in piece.with_controls} == {"obscure_confidence"}


def test_evidence_written_to_a_file_and_imported_raises_the_kept_risk_and_is_in_the_chain(
    tmp_path: Path, register: Register
) -> None:
    text, stolen = SYSTEM.replace("    weights_public: yes\n", ""), "model_exfiltration@model"
    file = folder_with(tmp_path, system=text)
    desk = Desk(register, Options(today=DAY))
    name = keeping.keep(desk, text, file="system.yaml", by="anna").system.id
    before = rating(keeping.look(desk, name).assessment.risks, stolen)
    _, found = attacked(file, campaign(tmp_path, queries=200))
    out = tmp_path / "evidence.json"
    write_evidence(found, out, DAY)
    results = observing.read(desk, name, out, component="model", by="anna")
    assert not results.without_risk
    kept = observing.keep(desk, name, results, by="anna")
    assert len(kept) == len(found.evidence)
    after = rating(keeping.look(desk, name).assessment.risks, stolen)
    assert after.evidence[0].id
    assert after.evidence[0].effect == "raises", after.evidence
    assert after.current == rating(found.after.assessment.risks, stolen).current
    assert after.current.likelihood > before.current.likelihood
    assert not verify(register).faults
    with register.read() as connection:
        told = [one.body.action for one in log(connection, Filter()) if one.body.action == "evidence.add"]
    assert len(told) == len(kept)

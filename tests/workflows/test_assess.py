"""From a file to a dossier and to reports, without a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.report.formats import Format
from bartizan.workflows.assess import Options, formats_for, make_dossier, write_reports
from tests.report.dossiers import AGENT


@pytest.fixture
def system(tmp_path: Path) -> Path:
    file = tmp_path / "system.yaml"
    file.write_text(AGENT)
    return file


def test_a_format_that_fails_never_loses_the_others(system: Path, tmp_path: Path) -> None:
    dossier = make_dossier(system, Options(today="2026-11-22"))
    broken = Format(name="broken", suffix=".x", about="", module="bartizan.report.dossier")
    good = formats_for(tmp_path / "report.md", ())
    written = write_reports(dossier, [(broken, tmp_path / "report.x"), *good])
    assert [bool(w.error) for w in written] == [True, False]
    assert (tmp_path / "report.md").exists()
    assert not (tmp_path / "report.x").exists()


def test_after_the_plan_means_after_the_exact_plan(system: Path) -> None:
    dossier = make_dossier(system, Options(today="2026-11-22"))
    exact = next(plan for plan in dossier.plans if plan.method == "exact")
    assert {s.control for s in dossier.assessment.steps if s.planned} == set(exact.controls)
    above = {r.id for r in dossier.assessment.risks if r.residual.level > dossier.catalog.scales.appetite}
    assert above == set(exact.left)


def test_a_stated_fact_that_the_catalogue_does_not_know_is_an_error(system: Path) -> None:
    system.write_text(AGENT + "\nanswers:\n  - {fact: generativ, at: agent, value: yes}\n")
    with pytest.raises(InputError, match="did you mean 'generative'"):
        make_dossier(system, Options(today="2026-11-22"))

"""A folder of the user's own entries is checked exactly as the built-in catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.relations import Relations
from bartizan.catalog.resolve import Names
from bartizan.core.errors import InputError, Problem

THREAT = """\
id: badge_cloning
kind: threat
names: {2026: Badge cloning}
lifecycle: runtime
surface: input
at: [model]
rated: true
rules:
  2026:
    possible: untrusted_input
    because: house rule 4
who:
  - {when: always, who: us, why: The doors are yours.}
what: Somebody shows the door a picture of a badge.
controls:
  - {control: turnstile, why: A turnstile lets one person through.}
"""
CONTROL = """\
id: turnstile
title: Turnstile
names: {2026: TURNSTILE}
kind: organisational
done_by: organisation
effort: M
purpose: One person passes at a time.
"""


def folder(tmp_path: Path, **files: str) -> Path:
    for name, content in files.items():
        kind, _, stem = name.partition("__")
        file = tmp_path / kind / f"{stem}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    return tmp_path


def problems(place: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_catalog(place)
    return caught.value.problems


def the_problem(place: Path) -> Problem:
    (problem,) = problems(place)
    return problem


def test_entries_of_ones_own_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    catalog = load_catalog(folder(tmp_path, threats__badge_cloning=THREAT, controls__turnstile=CONTROL))
    assert "evasion" in catalog.threats
    found = Names(catalog).one("Badge Cloning")
    assert found is not None
    assert found.id == "badge_cloning"
    assert Relations(catalog).reason("badge_cloning", "turnstile", 2026) == "A turnstile lets one person through."


def test_a_misspelt_fact_is_an_error_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    bad = THREAT.replace("possible: untrusted_input", "possible: untrusted_imput")
    problem = the_problem(folder(tmp_path, threats__badge_cloning=bad, controls__turnstile=CONTROL))
    assert problem.file.endswith("badge_cloning.yaml")
    assert problem.line == 10
    assert "untrusted_imput" in problem.finding
    assert problem.fix == "did you mean 'untrusted_input'?"


def test_an_unknown_control_is_an_error_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    problem = the_problem(folder(tmp_path, threats__badge_cloning=THREAT.replace("turnstile,", "rate_limits,")))
    assert problem.line == 16
    assert "there is no control 'rate_limits'" in problem.finding
    assert problem.fix == "did you mean 'rate_limit'?"


def test_an_id_that_is_taken_is_an_error_at_its_line(tmp_path: Path) -> None:
    problem = the_problem(folder(tmp_path, controls__rate_limit=CONTROL.replace("id: turnstile", "id: rate_limit")))
    assert problem.line == 1
    assert "'rate_limit' is taken" in problem.finding
    assert problem.fix


def test_an_id_in_two_folders_is_an_error(tmp_path: Path) -> None:
    places = [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.mkdir()
        folder(place, controls__turnstile=CONTROL)
    with pytest.raises(InputError, match="'turnstile' is taken"):
        load_catalog(*places)


def test_a_file_named_differently_from_its_id_is_an_error_that_says_what_to_rename(tmp_path: Path) -> None:
    problem = the_problem(folder(tmp_path, controls__gate=CONTROL))
    assert problem.line == 1
    assert "differs from the file's name" in problem.finding
    assert "turnstile.yaml" in problem.fix


def test_an_unknown_key_is_an_error_at_its_line_with_the_nearest_key(tmp_path: Path) -> None:
    problem = the_problem(folder(tmp_path, controls__turnstile=CONTROL.replace("purpose:", "purpos:") + "purpose: X\n"))
    assert problem.line == 7
    assert problem.finding == "unknown key 'purpos'"
    assert problem.fix == "did you mean 'purpose'?"


def test_all_problems_of_all_files_come_at_once_each_with_place_finding_and_fix(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        threats__badge_cloning=THREAT.replace("kind: threat", "kind: thread").replace("lifecycle", "lifecicle"),
        controls__turnstile=CONTROL.replace("effort: M", "effort: XL"),
        controls__gate=CONTROL.replace("id: turnstile", "id: gates"),
        controls__rate_limit=CONTROL.replace("id: turnstile", "id: rate_limit"),
    )
    found = problems(place)
    assert {Path(p.file).name for p in found} == {
        "badge_cloning.yaml",
        "turnstile.yaml",
        "gate.yaml",
        "rate_limit.yaml",
    }
    assert len(found) >= 6
    assert all(p.line and p.finding and p.fix for p in found)


def test_references_that_lead_nowhere_come_all_at_once(tmp_path: Path) -> None:
    bad = THREAT.replace("untrusted_input", "untrusted_imput").replace("kind: threat", "kind: threat\nparent: evasoin")
    found = problems(folder(tmp_path, threats__badge_cloning=bad))
    assert [p.line for p in found] == [3, 11, 17]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert the_problem(tmp_path / "none").finding == "no such folder"


def test_a_file_that_would_not_be_read_is_an_error(tmp_path: Path) -> None:
    problem = the_problem(folder(tmp_path, control__turnstile=CONTROL))
    assert problem.finding == "not in a folder that is read"
    assert "controls/" in problem.fix

"""A folder of descriptions: which files are meant, order, several workers, broken files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.workflows.assess import Options
from bartizan.workflows.folder import Line, Table, assess_folder, descriptions_in
from tests.report.dossiers import AGENT

TODAY = "2026-11-22"


def test_beside_a_system_yaml_other_files_are_no_descriptions(tmp_path: Path) -> None:
    for name in ("a/system.yaml", "a/decisions.yaml", "b/one.yaml", ".hidden/two.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(AGENT)
    found = [str(p.relative_to(tmp_path)) for p in descriptions_in(tmp_path)]
    assert found == ["a/system.yaml", "b/one.yaml"]


def test_several_workers_give_the_same_lines_in_the_same_order_as_one(tmp_path: Path) -> None:
    for number in range(120):
        text = "name: [" if number == 60 else AGENT.replace("name: ", f"name: {number} ", 1)
        (tmp_path / f"{number:03}.yaml").write_text(text)
    alone = list(assess_folder(tmp_path, Options(today=TODAY), workers=1))
    together = list(assess_folder(tmp_path, Options(today=TODAY), workers=2))
    assert alone == together
    assert [bool(line.error) for line in alone].count(True) == 1
    assert [Path(line.file).stem for line in alone] == [f"{n:03}" for n in range(120)]


def test_an_empty_folder_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no descriptions"):
        assess_folder(tmp_path, Options(today=TODAY))


def test_a_name_that_a_spreadsheet_would_calculate_stays_a_text_on_one_line(tmp_path: Path) -> None:
    table = Table(tmp_path / "all.csv")
    table.add(Line(file="a.yaml", system="=1+1\n\x1b[2J"))
    table.write()
    with (tmp_path / "all.csv").open(newline="") as stream:
        head, row = csv.reader(stream)
    assert dict(zip(head, row, strict=True))["system"].startswith("'=1+1")
    assert row[1].isprintable()


def test_a_table_ends_with_a_known_suffix(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.jsonl"):
        Table(tmp_path / "all.txt")

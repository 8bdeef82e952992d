"""`bartizan import`: a foreign file to a commented description, and a report of what was used and what was not."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bartizan.cli.importing import import_
from bartizan.core.errors import InputError
from bartizan.system.reading import read_system

FILES = Path(__file__).parents[1] / "system" / "importers" / "files"
BOM, OTM = FILES / "retail-assistant-1.6.json", FILES / "helpdesk-otm.yaml"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(import_, [str(a) for a in arguments])
    if result.exception:
        raise result.exception
    return result.output


@pytest.mark.parametrize("file", [BOM, OTM], ids=["cyclonedx", "otm"])
def test_the_written_description_reads_back_without_error(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "system.yaml"
    output = run(file, "-o", out)
    assert f"Wrote {out}" in output
    described = read_system(out).described
    assert described.provenance
    assert "# Where values came from that nobody typed." in out.read_text()


def test_it_prints_what_was_used_and_what_was_not_and_why(tmp_path: Path) -> None:
    output = run(BOM, "-o", tmp_path / "system.yaml")
    assert "CycloneDX 1.6: " in output
    assert "shop-chat.trained_by  from retail-assistant-1.6.json: components[0].pedigree.ancestors[0]" in output
    assert "entries not used:" in output
    assert "components[2]: a library" in output


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "system.yaml"
    out.write_text("mine")
    with pytest.raises(InputError, match="exists already; name another file with -o"):
        run(BOM, "-o", out)
    assert out.read_text() == "mine"


def test_a_file_of_no_known_format_writes_nothing(tmp_path: Path) -> None:
    file, out = tmp_path / "x.json", tmp_path / "system.yaml"
    file.write_text('{"hello": "world"}')
    with pytest.raises(InputError, match="no format that can be imported; known: CycloneDX"):
        run(file, "-o", out)
    assert not out.exists()


def test_names_from_the_file_cannot_move_the_cursor_or_break_the_yaml(tmp_path: Path) -> None:
    file, out = tmp_path / "bom\x1b[2J.json", tmp_path / "system.yaml"
    name = "\\u001b[31mred\\ncomponents: []\\n# x"
    file.write_text(
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "machine-learning-model", '
        f'"name": "{name}", "\\u001b[2J": 1}}]}}'
    )
    output = run(file, "-o", out)
    assert "\x1b" not in output
    assert read_system(out).described.components[0].name == "[31mred components: [] # x"

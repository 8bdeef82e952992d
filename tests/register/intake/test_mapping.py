from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.register.intake.mapping import DATA, names_for, read_table
from bartizan.register.intake.values import Name, NameKind
from tests.register.intake.conftest import Problems, Read
from tests.register.intake.listed_names import GARAK, PROMPTFOO_PLUGINS, PROMPTFOO_STRATEGIES, PYRIT_CATEGORIES
from tests.register.intake.makers import garak_eval, garak_report

TABLES = sorted(DATA.glob("*.yaml"))


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.stem)
def test_every_entry_names_a_threat_that_exists_or_says_why_there_is_none(file: Path) -> None:
    table = read_table(file, load_catalog())
    assert table.tool == file.stem
    assert table.checked
    for entry in table.entries:
        assert entry.threat is not None or entry.why or entry.strong, entry.names


@pytest.mark.parametrize(
    ("tool", "of", "listed"),
    [
        ("garak", "probe", GARAK),
        ("promptfoo", "plugin", PROMPTFOO_PLUGINS),
        ("promptfoo", "strategy", PROMPTFOO_STRATEGIES),
        ("pyrit", "category", PYRIT_CATEGORIES),
    ],
)
def test_every_name_that_a_tool_lists_is_in_its_table(tool: str, of: NameKind, listed: list[str]) -> None:
    names = names_for(tool, load_catalog())
    assert [name for name in listed if names.find(Name(of, name)) is None] == []


@pytest.mark.parametrize(
    ("tool", "of", "name", "threat"),
    [
        ("garak", "probe", "promptinject.HijackKillHumans", "direct_prompt_injection"),
        ("garak", "probe", "LeakReplay.NYTCloze", "disclosure_in_output"),
        ("garak", "probe", "web_injection.MarkdownImageExfil", "output_exfiltration"),
        ("garak", "probe", "web_injection.MarkdownXSS", "output_contains_conventional_injection"),
        ("garak", "probe", "visual_jailbreak.FigStepFull", "multimodal_prompt_injection"),
        ("promptfoo", "plugin", "pii:direct", "disclosure_in_output"),
        ("promptfoo", "plugin", "harmful:cybercrime:malicious-code", "jailbreak"),
        ("promptfoo", "plugin", "harmful:privacy", "disclosure_in_output"),
        ("promptfoo", "plugin", "agentic:memory-poisoning", "persistent_memory_poisoning"),
        ("promptfoo", "plugin", "coding-agent:sandbox-read-escape", "agent_escape"),
        ("promptfoo", "plugin", "bias:gender", None),
        ("pyrit", "technique", "TreeOfAttacksWithPruningAttack", "jailbreak"),
        ("pyrit", "category", "hate speech", "jailbreak"),
        ("sarif", "rule", "AML.T0051", "direct_prompt_injection"),
    ],
)
def test_names_of_tools_stand_for_the_threats_that_they_exercise(
    tool: str, of: NameKind, name: str, threat: str | None
) -> None:
    found = names_for(tool, load_catalog()).find(Name(of, name))
    assert found is not None
    assert found.threat == threat


def test_an_exact_name_goes_before_a_beginning_and_the_longest_beginning_before_a_shorter_one(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "tool: garak\nentries:\n"
        "  - {of: probe, names: ['a*'], threat: evasion}\n"
        "  - {of: probe, names: ['ab*'], threat: jailbreak}\n"
        "  - {of: probe, names: [abc], threat: data_poison}\n"
    )
    names = names_for("garak", load_catalog(), [file])
    found = [names.find(Name("probe", word)) for word in ("ax", "abx", "ABC", "b")]
    assert [e and e.threat for e in found] == ["evasion", "jailbreak", "data_poison", None]


def test_a_table_of_ones_own_comes_before_the_built_in_one(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "tool: garak\nentries:\n  - {of: probe, names: [dan.DUDE, mine.*], threat: evasion, strong: we know}\n"
    )
    report = garak_report([garak_eval(probe, 0, 9) for probe in ("dan.DUDE", "mine.Own", "dan.STAN")])
    made = read(report, maps=[file])
    assert [(o.threat, o.strong) for o in made.observations] == [
        ("evasion", True), ("evasion", True), ("jailbreak", False),
    ]  # fmt: skip


def test_a_table_of_another_tool_changes_nothing(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("tool: promptfoo\nentries:\n  - {of: probe, names: [dan.DUDE], threat: evasion}\n")
    assert read(garak_report([garak_eval("dan.DUDE", 0, 9)]), maps=[file]).observations[0].threat == "jailbreak"


def test_all_that_is_wrong_in_a_table_is_told_with_its_lines(problems: Problems, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "tool: garak\nentries:\n"
        "  - {of: probe, names: [a], threat: jailbrake}\n"
        "  - {of: probe, names: [b]}\n"
        "  - {of: probe, names: [a, '*'], threat: evasion}\n"
    )
    said = problems(garak_report([garak_eval("dan.DUDE", 0, 9)]), maps=[file])
    assert ":3: no threat 'jailbrake'; did you mean 'jailbreak'?" in said
    assert ":4: an entry that says nothing" in said
    assert ":5: 'a' is given twice" in said
    assert ":5: a name that fits everything" in said


def test_a_table_with_an_unknown_word_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("tool: garack\nentries:\n  - {of: prob, names: [a], treat: evasion}\n")
    with pytest.raises(InputError) as caught:
        read_table(file, load_catalog())
    said = str(caught.value)
    assert "did you mean 'garak'?" in said
    assert "did you mean 'probe'?" in said
    assert "did you mean 'threat'?" in said

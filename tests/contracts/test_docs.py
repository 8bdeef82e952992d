"""What the documentation shows is true: its files read as what they are, its commands and options exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.cli.main import main
from bartizan.core.source import parse_yaml
from bartizan.system.reading import check_system, read_system
from bartizan.workflows.assess import check_names
from bartizan.workflows.decisions import read_decisions

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "docs" / "index.md", *sorted((ROOT / "docs" / "guide").glob("*.md")))
SYSTEM = ROOT / "examples" / "executive-mail-agent" / "system.yaml"
_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\s*(?:- run: |\$ )?bartizan (?P<words>.*)$", re.MULTILINE)
_ENTRY = re.compile(r"# \w+/(?P<folder>threats|controls|facts)/(?P<file>\w+\.yaml)\n")


class Block(msgspec.Struct, frozen=True):
    """A block of a page, by the line on which it begins."""

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        indent, language, body = found.groups()
        lines = "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        yield Block(page.relative_to(ROOT).as_posix(), text[: found.start()].count("\n") + 1, language, lines)


BLOCKS = tuple(block for page in PAGES for block in blocks_of(page))


def shown_as(key: str) -> list[Block]:
    """The YAML blocks with this key at their top level."""
    return [b for b in BLOCKS if b.language == "yaml" and re.search(rf"^{key}:", b.text, re.MULTILINE)]


DESCRIPTIONS, DECISIONS = shown_as("components"), shown_as("decisions")
ENTRIES = [b for b in BLOCKS if b.language == "yaml" and _ENTRY.match(b.text)]
COMMANDS = [
    (f"{block.place} {found['words']}", found["words"])
    for block in BLOCKS
    if block.language != "yaml" or "- run: bartizan" in block.text
    for found in _COMMAND.finditer(block.text.replace("\\\n", " "))
]


def parsed(words: list[str]) -> None:
    """Parse a command line as the program does, and run nothing. Raises click's errors for what does not exist."""
    command: click.Command = main
    context = click.Context(main, info_name="bartizan")
    while isinstance(command, click.Group) and not _stands_alone(command, words):
        name, found, words = command.resolve_command(context, words)
        assert found is not None, name
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.make_context(context.info_name, words, parent=context.parent)


def _stands_alone(command: click.Group, words: list[str]) -> bool:
    """Whether a group is called itself, without one of its commands."""
    return command.invoke_without_command and (not words or words[0].startswith("-"))


def test_the_documentation_shows_files_and_commands() -> None:
    assert DESCRIPTIONS
    assert DECISIONS
    assert ENTRIES
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("block", DESCRIPTIONS, ids=lambda b: b.place)
def test_a_description_that_is_shown_reads_without_error(block: Block) -> None:
    check_names(check_system(parse_yaml(block.text, block.place)), load_catalog())


@pytest.mark.parametrize("block", DECISIONS, ids=lambda b: b.place)
def test_decisions_that_are_shown_read_without_error(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "decisions.yaml"
    file.write_text(block.text, encoding="utf-8")
    assert read_decisions(file, load_catalog(), read_system(SYSTEM))


def test_the_entries_of_a_catalogue_that_are_shown_read_from_the_files_that_they_name(tmp_path: Path) -> None:
    stems = set()
    for block in ENTRIES:
        named = _ENTRY.match(block.text)
        assert named is not None
        file = tmp_path / named["folder"] / named["file"]
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        stems.add(file.stem)
    catalog = load_catalog(tmp_path)
    assert stems <= {*catalog.threats, *catalog.controls, *catalog.facts}


@pytest.mark.parametrize("words", [words for _, words in COMMANDS], ids=[place for place, _ in COMMANDS])
def test_a_command_line_that_is_shown_names_what_there_is(words: str) -> None:
    parsed(shlex.split(words.partition(" > ")[0].partition(" | ")[0], comments=True))


@pytest.mark.parametrize("words", ["asess system.yaml", "assess --outt x system.yaml", "catalog shwo x", "compare"])
def test_a_command_line_that_is_wrong_would_be_noticed(words: str) -> None:
    with pytest.raises(click.UsageError):
        parsed(words.split())

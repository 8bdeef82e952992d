"""What the guide shows of chat targets, cases and honest tasks is read by the real readers, and its code answers."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bartizan.attacks.chat.case_files import read_cases
from bartizan.catalog.load import load_catalog
from bartizan.core.source import parse_yaml
from bartizan.core.target_spec import TargetSpec
from bartizan.core.transcript import Marks
from bartizan.lab.chat.judge_model import read_labels
from bartizan.lab.chat.tasks_of import read_tasks
from bartizan.targets.chat.assistant import Setting
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.chat.spec_problems import problems_of
from bartizan.targets.place import Place

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (GUIDE / page).read_text("utf-8"), re.DOTALL)


def specs() -> list[TargetSpec]:
    data: list[Any] = [parse_yaml(block, "system.yaml").data for block in blocks("chat-targets.md", "yaml")]
    return [msgspec.convert(one["target"], TargetSpec) for one in data if "target" in one]


def folder_with_files(folder: Path) -> Place:
    """A folder in which the files lie that the page shows, by the comment at their head."""
    for block in (*blocks("chat-targets.md", "python"), *blocks("chat-targets.md", "yaml")):
        name, _, content = block.partition("\n")
        if name.startswith("# "):
            (folder / name.removeprefix("# ")).write_text(content, encoding="utf-8")
    return Place(file=str(folder / "system.yaml"))


def test_every_kind_of_target_is_shown() -> None:
    kinds = {spec.chat.kind for spec in specs() if spec.chat is not None}
    assert kinds >= {"openai", "openai-responses", "anthropic", "ollama", "template", "callable", "process", "local"}


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.chat.kind)
def test_a_target_that_is_shown_has_nothing_wrong(spec: TargetSpec, tmp_path: Path) -> None:
    assert spec.chat is not None
    assert problems_of(spec.chat, folder_with_files(tmp_path)) == []


@pytest.mark.parametrize("kind", ["callable", "process"])
def test_the_code_that_is_shown_answers(kind: str, tmp_path: Path) -> None:
    place = folder_with_files(tmp_path)
    spec = next(one.chat for one in specs() if one.chat is not None and one.chat.kind == kind)

    async def scenario() -> str:
        assistant = await open_chat(spec, place, permission=None, meter=Meter())
        world = await assistant.world(Setting())
        try:
            return (await (await world.talk()).say("Hello")).text
        finally:
            await world.close()
            await assistant.close()

    assert asyncio.run(scenario()) == "You said: Hello"


def test_the_labels_that_are_shown_are_labels(tmp_path: Path) -> None:
    folder_with_files(tmp_path)
    assert [label.hit for label in read_labels(tmp_path / "labels.yaml")] == [True, False]


def test_the_cases_that_are_shown_are_cases(tmp_path: Path) -> None:
    file = tmp_path / "house-rules.yaml"
    file.write_text(next(one for one in blocks("chat-cases.md", "yaml") if "bartizan_cases" in one), encoding="utf-8")
    cases = read_cases(file, threats={str(threat) for threat in load_catalog().threats})
    assert [case.id for case in cases] == ["house-discount", "house-asked-plainly", "house-payment-by-mail"]


def test_the_honest_tasks_that_are_shown_are_tasks(tmp_path: Path) -> None:
    file = tmp_path / "tasks.yaml"
    file.write_text(next(one for one in blocks("chat-cases.md", "yaml") if "bartizan_tasks" in one), encoding="utf-8")
    assert [task.suspicious for task in read_tasks(file)] == [False, False, True]


def test_the_places_that_the_guide_tells_are_those_of_a_trial() -> None:
    text = (GUIDE / "chat-cases.md").read_text("utf-8")
    told = set(re.findall(r"`\{(\w+)\}`", text)) - {"goal"}
    assert told == {"token", "sink", "secret"} == {name.removesuffix("s") for name in Marks.__struct_fields__}

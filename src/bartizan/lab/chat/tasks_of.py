"""The honest tasks that a target can be given: the lab's own, and those of a file."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path

from bartizan.core.errors import InputError, Problem
from bartizan.core.shape import to_value
from bartizan.core.source import Document, parse_yaml, read_yaml
from bartizan.lab.chat.benign import Honest, HonestTask, TaskFile
from bartizan.targets.chat.assistant import AssistantCard


def built_in() -> tuple[HonestTask, ...]:
    """The lab's own tasks."""
    folder = importlib.resources.files("bartizan.lab.chat") / "tasks"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return tuple(task for one in files for task in _tasks(parse_yaml(one.read_text("utf-8"), one.name)))


def read_tasks(file: Path) -> tuple[HonestTask, ...]:
    """The tasks of a file. Raises InputError with every problem and its line."""
    return _tasks(read_yaml(file))


def _tasks(document: Document) -> tuple[HonestTask, ...]:
    tasks = to_value(document, TaskFile).tasks
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for i, task in enumerate(tasks):
        if first.setdefault(task.id, i) != i:
            problems.append(document.problem(("tasks", i, "id"), f"a second task '{task.id}'", "give it another id"))
        if not task.done:
            problems.append(document.problem(("tasks", i), f"nothing tells that '{task.id}' was done", "add 'done:'"))
    if problems:
        raise InputError(problems)
    return tasks


def honest_for(
    card: AssistantCard, own: tuple[HonestTask, ...] = (), repeats: int = 1, *, attacked: bool = True
) -> tuple[Honest, ...]:
    """What this target is asked: tasks of a file take the place of the lab's, but for those that only sound suspicious.

    A task about planted content is tried a second time with a stranger's order in that content.
    """
    ours = tuple(task for task in built_in() if task.suspicious or not own)
    return tuple(one for task in (*own, *ours) if _can(task, card) for one in _trials(task, repeats, attacked))


def _can(task: HonestTask, card: AssistantCard) -> bool:
    offered = {tool.name for tool in card.tools}
    surfaces = {planted.surface for planted in task.planted}
    needs: set[str] = {"chat", *task.needs}
    return needs <= card.abilities and surfaces <= card.surfaces and set(task.tools) <= offered


def _trials(task: HonestTask, repeats: int, attacked: bool) -> Iterator[Honest]:
    for n in range(repeats):
        yield Honest(task=task, repeat=n)
        if attacked and task.planted:
            yield Honest(task=task, repeat=n, under_attack=True)

"""Tools that are really weak, or really sound: a database, a shell, a template, each in memory or harmless."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from typing import Any

from bartizan.core.chat import ToolOffer
from bartizan.core.transcript import USER
from bartizan.targets.chat.assistant import Assistant, AssistantCard, Setting, Talk, TrialFailed, World

_SUM = re.compile(r"\{\{(\d+)\*(\d+)\}\}")


def offer(name: str, may_probe: bool = False, /, **parameters: Any) -> ToolOffer:
    """An offer whose parameters are all required."""
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    return ToolOffer(name=name, parameters=schema, may_probe=may_probe)


TEXT = {"type": "string"}
OFFERS = (
    offer("find_customer", name=TEXT),
    offer("count_lines", path=TEXT),
    offer("show_greeting", text=TEXT),
    offer("delete_everything", name=TEXT),
)


class RealTools(Assistant):
    """Tools without any model."""

    def __init__(self, *, is_sound: bool, offers: tuple[ToolOffer, ...] = OFFERS) -> None:
        self.is_sound = is_sound
        self.called: list[str] = []
        self.users: set[str] = set()
        abilities = frozenset({"use_tool"})
        self.card = AssistantCard(name="tool server", abilities=abilities, surfaces=frozenset(), tools=offers)  # type: ignore[arg-type]

    async def world(self, setting: Setting) -> World:
        return _World(self)


class _World(World):
    def __init__(self, tools: RealTools) -> None:
        self._tools = tools

    async def talk(self, user: str = USER) -> Talk:
        raise TrialFailed("there is no model here")

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        self._tools.called.append(name)
        self._tools.users.add(user)
        value = str(next(iter(arguments.values()), ""))
        run = {"find_customer": _find, "count_lines": _count, "show_greeting": _greet}.get(name)
        return run(value, self._tools.is_sound) if run else "Done."


def _find(name: str, is_sound: bool) -> str:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE customer (name TEXT)")
        database.execute("INSERT INTO customer VALUES ('Rivera')")
        try:
            if is_sound:
                rows = database.execute("SELECT name FROM customer WHERE name = ?", (name,)).fetchall()
            else:
                rows = database.execute(f"SELECT name FROM customer WHERE name = '{name}'").fetchall()
        except sqlite3.Error as why:
            return f"sqlite3.{type(why).__name__}: {why}"
    return str(rows)


def _count(path: str, is_sound: bool) -> str:
    command = ["echo", path] if is_sound else ["sh", "-c", f"echo {path}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout


def _greet(text: str, is_sound: bool) -> str:
    if is_sound:
        return f"Hello {text}"
    return f"Hello {_SUM.sub(lambda found: str(int(found[1]) * int(found[2])), text)}"

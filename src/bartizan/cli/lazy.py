"""Groups of commands of which only the one that is called is loaded."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import click

from bartizan.core.errors import MissingExtra, nearest
from bartizan.core.extras import extra_of

Commands: TypeAlias = Mapping[str, tuple[str, str]]
"""Name -> where the command lives, and its line in the help."""


class LazyGroup(click.Group):
    """A group whose commands stand in a table. `extra` is what installs the packages that they all need, if any do."""

    def __init__(self, *args: Any, commands_at: Commands, extra: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self._at = commands_at
        self._extra = extra

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, sorted."""
        return sorted(self._at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded; none of that name. Raises MissingExtra where a package that it needs is absent."""
        if cmd_name not in self._at:
            return None
        module, _, attribute = self._at[cmd_name][0].partition(":")
        try:
            command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            extra = self._extra or extra_of(package)
            if not extra or package == "bartizan":
                raise
            raise MissingExtra(f"'{ctx.command_path} {cmd_name}'", extra) from error
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lines of the help, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._at[name][1]) for name in sorted(self._at)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name where there is no such command."""
        if args and args[0] not in self._at and not args[0].startswith("-"):
            raise click.UsageError(f"there is no command '{args[0]}'; {nearest(args[0], self._at)}", ctx)
        return super().resolve_command(ctx, args)

"""How text leaves the program: to the screen or a file, in the form asked for or that the file's ending names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import click

from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.source import write_atomic

Form: TypeAlias = Literal["terminal", "markdown", "html", "docx", "json"]
PLAIN_FORMS: tuple[Form, ...] = ("terminal", "markdown", "json")
F = TypeVar("F", bound=Callable[..., Any])
_BY_SUFFIX: dict[str, Form] = {
    ".txt": "terminal",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".json": "json",
}


def form_option(forms: Sequence[Form]) -> Callable[[F], F]:
    """`--format`: in which of these forms. Without it the file's ending decides, and the screen gets plain text."""
    return click.option(
        "-f", "--format", "form", type=click.Choice(forms), help="Default: by the ending of -o, else terminal."
    )


def form_of(wanted: Form | None, out: Path | None, forms: Sequence[Form]) -> Form:
    """The form that was asked for, else the one that the file's ending names, else plain text."""
    named = _BY_SUFFIX.get(out.suffix.lower(), "terminal") if out is not None else "terminal"
    return wanted or (named if named in forms else "terminal")


def refuse_unknown_ending(out: Path | None, forms: Sequence[Form]) -> None:
    """Raise InputError for a file whose ending names none of these forms."""
    known = [ending for ending, form in _BY_SUFFIX.items() if form in forms]
    if out is not None and out.suffix.lower() not in known:
        finding = f"no form ends with '{out.suffix:.20}'"
        raise InputError([Problem(file=str(out), finding=finding, fix=f"end it with one of {', '.join(known)}")])


def shown(path: Path) -> str:
    """A path as text on one line: file names may hold anything, and a screen acts on some of it."""
    return printable(str(path))


def deliver(content: str | bytes, out: Path | None) -> None:
    """Print a text, or write it and say so. Raises InputError where a file cannot be written, UsageError for bytes
    that have nowhere to go.
    """
    if out is None:
        if isinstance(content, bytes):
            raise click.UsageError("this is not text; write it with -o FILE")
        click.echo(content, nl=False)
        return
    write_atomic(out, content)
    click.echo(f"wrote {shown(out)}", err=True)


def deliver_files(files: Mapping[Path, bytes]) -> None:
    """Write files, with the folder that they lie in, and say so. Raises InputError where one cannot be written."""
    for path, content in files.items():
        write_atomic(path, content)
    first = next(iter(files))
    rest = f" and {len(files) - 1} files beside it" if len(files) > 1 else ""
    click.echo(f"wrote {shown(first)}{rest}", err=True)

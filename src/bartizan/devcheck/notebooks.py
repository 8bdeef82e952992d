"""Notebooks as cells: code as Python without its magics, commands of a shell, texts, and what the code put out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan.devcheck.texts import json_of

_MOST_CELLS: Final = 20_000
_SHELL_CELL: Final = re.compile(r"\s*%%(?:bash|sh|script|system|!)")
_OTHER_CELL: Final = re.compile(
    r"\s*%%(?:perl|ruby|javascript|js|html|writefile|svg|latex|markdown|cython|R|sql|bigquery)\b"
)
_COMMAND: Final = re.compile(
    r"(?:[\w,\s]{1,80}=\s*)?(?:!{1,2}|%(?:sx|system|sc)\s|%(?=(?:pip|conda)\s))(.*)", re.DOTALL
)
_TIMED: Final = re.compile(r"%%?(?:time|timeit|prun|capture|memit|mprun|lprun)\b(?:\s+-\w+(?:\s+\w+)?)*+")
_MAGIC: Final = re.compile(r"%%?[a-zA-Z]\w*|\?{1,2}[\w.]|[\w.]+\?{1,2}\s*$")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a cell put out."""

    text: str = ""
    is_picture: bool = False
    is_table: bool = False


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell."""

    number: int
    """From 1 on, counted over cells of all kinds."""
    is_code: bool
    source: str
    outputs: tuple[Shown, ...] = ()
    line: int | None = None
    """The line of the file where it begins, where that can be told."""


class Notebook(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook."""

    cells: tuple[Cell, ...]
    language: str = "python"


def notebook_of(text: str) -> Notebook:
    """The cells of a notebook of format 3 or 4. Raises ValueError for what is none."""
    document = json_of(text)
    if not isinstance(document, dict):
        raise ValueError("it is no notebook")
    cells = document.get("cells")
    if cells is None and isinstance(sheets := document.get("worksheets"), list):
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    if not isinstance(cells, list):
        raise ValueError("it has no cells")
    if len(cells) > _MOST_CELLS:
        raise ValueError(f"it has more than {_MOST_CELLS:,} cells")
    metadata = _dict(document.get("metadata"))
    said = _dict(metadata.get("language_info")).get("name") or _dict(metadata.get("kernelspec")).get("language")
    return Notebook(
        cells=tuple(_placed(cells, text)), language=said.lower() if isinstance(said, str) and said else "python"
    )


def _placed(cells: list[object], text: str) -> Iterator[Cell]:
    """The cells with the lines at which they begin: each is looked for after the one before it."""
    at, line = 0, 1
    for number, one in enumerate(cells, 1):
        cell = _dict(one)
        source = _joined(cell.get("source", cell.get("input", "")))
        first = source.split("\n", 1)[0]
        found = -1
        if first:
            found = max(text.find(json.dumps(first, ensure_ascii=kind)[1:-1], at) for kind in (False, True))
        if found >= 0:
            line += text.count("\n", at, found)
            at = found
        yield Cell(
            number=number,
            is_code=cell.get("cell_type") == "code",
            source=source,
            outputs=tuple(shown for output in _list(cell.get("outputs"))[:1_000] for shown in _shown(_dict(output))),
            line=line if found >= 0 and isinstance(cell.get("source"), list) else None,
        )


def _shown(output: dict[str, object]) -> Iterator[Shown]:
    if "text" in output:
        yield Shown(text=_joined(output["text"]))
    if "traceback" in output:
        yield Shown(text=_joined(output["traceback"], "\n"))
    data = _dict(output.get("data")) or {key: value for key, value in output.items() if key in ("png", "jpeg", "html")}
    is_picture = any(key.startswith("image/") or key in ("png", "jpeg") for key in data)
    html = _joined(data.get("text/html", data.get("html", "")))
    is_table = "<table" in html[:4_000].lower() or 'class="dataframe' in html[:4_000]
    plain = _joined(data.get("text/plain", "")) or (re.sub(r"<[^>]{0,500}>", " ", html) if html else "")
    if data:
        yield Shown(text=plain, is_picture=is_picture, is_table=is_table)


def python_of(source: str, commands: list[str]) -> str:
    """A cell as Python, line for line; what it says to a shell goes to ``commands``."""
    if _SHELL_CELL.match(source):
        commands += source.split("\n")[1:]
        return ""
    if _OTHER_CELL.match(source):
        return ""
    return "\n".join(_plain(line, commands) for line in source.split("\n"))


def _plain(line: str, commands: list[str]) -> str:
    bare = line.lstrip()
    space = line[: len(line) - len(bare)]
    if (command := _COMMAND.match(bare)) and not bare.startswith("!="):
        commands.append(command[1])
        return f"{space}pass"
    if magic := _TIMED.match(bare):
        return space + (bare[magic.end() :].lstrip() or "pass")
    return f"{space}pass" if _MAGIC.match(bare) else line


def _joined(value: object, between: str = "") -> str:
    if isinstance(value, list):
        return between.join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

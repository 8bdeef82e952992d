"""Python code as the calls in it, each under the full name of what it calls. It is parsed, never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final, TypeAlias

from bartizan.devcheck.files import File
from bartizan.devcheck.notebooks import Notebook, python_of
from bartizan.devcheck.rule import Rule
from bartizan.supply.scan.texts.names_in_code import Names

UNPARSED: Final = Rule(
    id="file.unparsed",
    level="low",
    title="Code that does not follow the syntax of Python",
    why="What cannot be parsed was not looked at; another version of Python may run it.",
    fix="Mend it, or move it to where nobody takes it for code.",
)
RULES: Final = (UNPARSED,)

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
_TELLING: Final = re.compile(
    r"load|pickle|eval|exec|shelve|shell|system|popen|trust_remote_code|from_pretrained|download|pipeline|retrieve"
    r"|urlopen|requests|get_file|\.fit|\.train|backward|read_|http:|SentenceTransformer|unsafe|Unpickler|\.step\("
)
"""Words of which one stands in all code in which something could be found."""
_TOLD: Final = frozenset({ast.Call, ast.Dict, ast.Import, ast.ImportFrom, ast.Assign, ast.ClassDef})
_ENDS: Final = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Pass, str, int, type(None)})
"""Types of nodes and values with nothing in them."""
_Placed: TypeAlias = tuple[ast.expr | ast.stmt, "Function", "int | None", "int | None"]
_MOST_WORDS: Final = 400_000
_WORDS: Final = re.compile(r"\w+|[^\w\s]")


class Call:
    """One call."""

    __slots__ = ("cell", "line", "node", "path", "within")

    def __init__(self, node: ast.Call, path: str, within: Function, cell: int | None, line: int | None) -> None:
        self.node = node
        self.path = path
        """The dotted name of what is called, through imports and assignments; empty where that cannot be told."""
        self.within = within
        self.cell = cell
        self.line = line

    @property
    def method(self) -> str:
        """The last part of what is called, whatever is before it."""
        if isinstance(self.node.func, ast.Attribute):
            return self.node.func.attr
        return self.path.rpartition(".")[2]

    def argument(self, name: str, at: int | None = None) -> ast.expr | None:
        """An argument by its name, or by its place."""
        for one in self.node.keywords:
            if one.arg == name:
                return one.value
        if at is not None and at < len(self.node.args) and not self._is_starred(at):
            return self.node.args[at]
        return None

    @property
    def is_open(self) -> bool:
        """Whether it passes on arguments that cannot be told here."""
        return any(one.arg is None for one in self.node.keywords)

    def _is_starred(self, at: int) -> bool:
        return any(isinstance(one, ast.Starred) for one in self.node.args[: at + 1])


class Program:
    """The code of one file, or of all cells of a notebook together."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.names = Names()
        self.calls: list[Call] = []
        self.dicts: list[tuple[ast.Dict, int | None, int | None]] = []
        self.bases: dict[str, list[str]] = {}
        """Class -> the full names of what it derives from."""
        self.values: dict[str, ast.expr] = {}
        """Name -> the expression that it was given last."""
        self.commands: list[tuple[str, int | None, int | None]] = []
        """What cells say to a shell, with cell and line."""
        self.broken: list[tuple[str, int | None, int | None]] = []
        """What does not parse: why, cell and line."""
        self.imports: set[str] = set()
        self._trees: list[tuple[ast.Module, int | None, int | None]] = []

    def add(self, text: str, cell: int | None = None, line: int | None = None) -> None:
        """Add code. ``line``: the line of the file before which it begins, in a notebook."""
        tree, why, at = _parsed(text)
        if tree is None:
            place = at if cell is None else (line + at - 1 if line is not None and at is not None else line)
            self.broken.append((why, cell, place))
        else:
            self._trees.append((tree, cell, line))

    def read(self) -> None:
        """Go through all that was added, once; then learn what names stand for, and what is called."""
        calls: list[_Placed] = []
        tables: list[_Placed] = []
        learnt: list[tuple[int, int, ast.AST]] = []
        for number, (tree, cell, before) in enumerate(self._trees):
            for node, within in _walked(tree):
                kind = type(node)
                if kind is ast.Call:
                    calls.append((node, within, cell, before))
                elif kind is ast.Dict:
                    tables.append((node, within, cell, before))
                else:
                    learnt.append((number, node.lineno, node))
        for _, _, told in sorted(learnt, key=lambda one: one[:2]):
            self._learn(told)
        for node, within, cell, before in calls:
            assert isinstance(node, ast.Call)
            self.calls.append(Call(node, self.names.path(node.func), within, cell, _line(node, cell, before)))
        for node, _, cell, before in tables:
            assert isinstance(node, ast.Dict)
            self.dicts.append((node, cell, _line(node, cell, before)))
        self.calls.sort(key=lambda one: (one.cell or 0, one.node.lineno))

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.names.imported(node)
            self.imports.update(one.name for one in node.names if isinstance(node, ast.Import))
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self.imports.add(node.module)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.names.assigned(node.targets[0], node.value)
            self.values[node.targets[0].id] = node.value
        elif isinstance(node, ast.ClassDef):
            self.bases[node.name] = [self.names.path(one) for one in node.bases]

    def text(self, node: ast.expr | None) -> str | None:
        """The text that an expression comes to; None where that cannot be told."""
        return self.names.text(node) if node is not None else None


def program_of(file: File, text: str) -> Program | None:
    """The code of a file; None where nothing that is looked for can be in it."""
    if not _TELLING.search(text):
        return None
    program = Program(file)
    program.add(text)
    program.read()
    return program


def program_in(file: File, notebook: Notebook) -> Program:
    """The code of a notebook, with names that one cell gives and another uses."""
    program = Program(file)
    for cell in notebook.cells:
        if not cell.is_code or not cell.source.strip():
            continue
        commands: list[str] = []
        source = cell.source
        if _parsed(source)[0] is None or cell.source.lstrip().startswith("%%"):
            source = python_of(cell.source, commands)
        program.add(source, cell.number, cell.line)
        program.commands += ((one, cell.number, cell.line) for one in commands)
    program.read()
    return program


def _walked(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, Function]]:
    """The nodes that tell something, each with the function that it stands in; in no order."""
    waiting: list[tuple[ast.AST, Function]] = [(tree, tree)]
    while waiting:
        node, within = waiting.pop()
        kind = type(node)
        if kind in _TOLD:
            yield node, within  # type: ignore[misc]
        if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            within = node  # type: ignore[assignment]
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                waiting += [(one, within) for one in value if type(one) not in _ENDS and isinstance(one, ast.AST)]
            elif type(value) not in _ENDS and isinstance(value, ast.AST):
                waiting.append((value, within))


def _line(node: ast.expr, cell: int | None, before: int | None) -> int | None:
    if cell is None:
        return node.lineno
    return None if before is None else node.lineno + before - 1


def _parsed(text: str) -> tuple[ast.Module | None, str, int | None]:
    """The tree, or why there is none and where."""
    if len(text) > _MOST_WORDS and sum(1 for _ in _WORDS.finditer(text)) > _MOST_WORDS:
        return None, f"code of more than {_MOST_WORDS:,} words", None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text), "", None
    except SyntaxError as error:
        return None, f"{error.msg}", error.lineno
    except (ValueError, RecursionError, MemoryError) as error:
        return None, "it is nested too deep" if isinstance(error, RecursionError) else str(error)[:80], None


def some(node: ast.AST, most: int = 2_000) -> Iterator[ast.AST]:
    """The nodes of an expression, not more than can matter."""
    for count, one in enumerate(ast.walk(node)):
        if count > most:
            return
        yield one


def source(node: ast.AST) -> str:
    """An expression as it is written, in short."""
    try:
        if sum(1 for _ in some(node, 400)) > 300:
            return "…"
        return ast.unparse(node)[:160]
    except (ValueError, RecursionError):
        return "…"

"""Read files from people: safely, with the line of everything in them, and with all problems at once.

The only module of `core` that touches the disk. YAML is read through PyYAML's C parser as nodes, which carry lines;
anchors and aliases are refused (they are how a small file becomes a huge one), and so are duplicate keys, tags that build
objects, files over a limit, and what is not UTF-8.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec
import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bartizan.core.errors import InputError, Problem

PathKey: TypeAlias = tuple[str | int, ...]
MAX_BYTES = 8_000_000
MAX_DEPTH = 40

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file's content as plain data, and the line where each part of it stands.

    ``lines`` maps a path of keys and indexes to a line number that starts at 1; a mapping's entry has the line of its key.
    """

    file: str
    data: object
    lines: dict[PathKey, int]

    def line(self, path: PathKey) -> int | None:
        """The line of the nearest part on the way to ``path`` that is in the file."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(path[:length])
            if found is not None:
                return found
        return None

    def problem(self, path: PathKey, finding: str, fix: str = "") -> Problem:
        """A problem at this place of the file."""
        return Problem(file=self.file, line=self.line(path), finding=finding, fix=fix)


def read_text(file: str | Path, limit: int = MAX_BYTES) -> str:
    """The text of a file. Raises InputError for what is no readable UTF-8 text file of at most ``limit`` bytes."""
    path = Path(file)
    try:
        if path.is_dir():
            raise _bad(file, "this is a directory", "name a file in it")
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except FileNotFoundError:
        raise _bad(file, "no such file", "check the name, or make one with: bartizan init") from None
    except OSError as error:
        raise _bad(file, f"cannot be read: {error.strerror}", "check its permissions") from None
    if len(raw) > limit:
        raise _bad(file, f"larger than {limit // 1_000_000} MB", "split it, or remove what does not belong in it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            [Problem(file=str(file), line=line, finding="not UTF-8 text", fix="save the file as UTF-8")]
        ) from None


def read_yaml(file: str | Path) -> Document:
    """Read one YAML document. Raises InputError with every problem that can be told at this stage."""
    return parse_yaml(read_text(file), str(file))


def parse_yaml(text: str, file: str) -> Document:
    """Read one YAML document from text that was already read; ``file`` is what messages call it."""
    try:
        _refuse_bombs(text, file)
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        finding = f"not YAML: {error.problem or error.context}"
        raise InputError([Problem(file=file, line=mark.line + 1 if mark else None, finding=finding)]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise _bad(file, f"not YAML: {str(error).splitlines()[0] if str(error) else 'nested too deep'}") from None
    if not nodes or nodes[0] is None:
        raise _bad(file, "the file is empty", "start from an example, or make one with: bartizan init")
    if len(nodes) > 1:
        line = nodes[1].start_mark.line + 1
        raise InputError([Problem(file=file, line=line, finding="a second document", fix="keep one document a file")])
    builder = _Builder(file)
    data = builder.build(nodes[0], ())
    if builder.problems:
        raise InputError(builder.problems)
    return Document(file=file, data=data, lines=builder.lines)


def _bad(file: str | Path, finding: str, fix: str = "") -> InputError:
    return InputError([Problem(file=str(file), finding=finding, fix=fix)])


def _refuse_bombs(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1
            raise InputError([Problem(file=file, line=line, finding=f"nested deeper than {MAX_DEPTH} levels")])
        anchor = getattr(event, "anchor", None)
        if isinstance(event, AliasEvent) or anchor:
            line = event.start_mark.line + 1
            sign = "*" if isinstance(event, AliasEvent) else "&"
            finding = f"an anchor or alias ('{sign}{anchor}')"
            raise InputError([Problem(file=file, line=line, finding=finding, fix="write the value out, or quote it")])


_SCALARS = {
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:timestamp",
}


class _Builder:
    """Turns nodes into plain data, noting lines and problems on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[PathKey, int] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: Node, path: PathKey) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return {key: self.build(value, (*path, key)) for key, value in self._entries(node, path)}
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node)

    def _entries(self, node: MappingNode, path: PathKey) -> Iterator[tuple[str | int, Node]]:
        for key_node, value_node in node.value:
            key = self._scalar(key_node) if isinstance(key_node, ScalarNode) else None
            line = key_node.start_mark.line + 1
            if isinstance(key, bool) or not isinstance(key, str | int):
                self._problem(line, f"a key must be a word, found {getattr(key_node, 'value', '...')!s:.40}")
            elif (*path, key) in self.lines:
                self._problem(line, f"'{key}' is given twice", f"first at line {self.lines[(*path, key)]}; keep one")
            else:
                self.lines[(*path, key)] = line
                yield key, value_node

    def _scalar(self, node: Node) -> object:
        line = node.start_mark.line + 1
        if node.tag not in _SCALARS:
            self._problem(line, f"the tag {node.tag!s:.60} is not allowed", "write plain data")
            return None
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self._problem(line, f"cannot read the value {node.value!s:.40}")
            return None

    def _problem(self, line: int, finding: str, fix: str = "") -> None:
        self.problems.append(Problem(file=self.file, line=line, finding=finding, fix=fix))


def write_atomic(file: str | Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a crash or a full disk leaves what was there. Raises InputError."""
    path = Path(file)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(raw)
            Path(temporary).chmod(_mode(path))
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _bad(file, f"cannot be written: {error.strerror}", "choose another place with -o") from None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

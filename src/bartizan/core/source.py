"""Read files from people: safely, with the line of everything in them, and with all problems at once.

The only module of `core` that touches the disk. YAML is read through PyYAML's C parser as nodes, which carry lines;
anchors and aliases are refused (they are how a small file becomes a huge one), and so are duplicate keys, merge keys,
tags that build objects, files over a limit, what is not UTF-8, characters that do not show, and numbers that YAML reads
in a way few people expect (010 is eight, 12:30 is 750).
"""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec
import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode

from bartizan.core.errors import InputError, Problem

PathKey: TypeAlias = tuple[str | int, ...]
MAX_BYTES = 8_000_000
MAX_DEPTH = 40
MAX_PARTS = 500_000
"""Values in one file: a parsed value takes a hundred times the memory that it takes on disk."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file's content as plain data, and the line where each part of it stands.

    ``lines`` maps a path of keys and indexes to a line number that starts at 1; a mapping's entry has that of its key.
    """

    file: str
    data: object
    lines: dict[PathKey, int]

    def line(self, path: PathKey) -> int | None:
        """The line of the nearest part on the way to ``path`` that is in the file."""
        return nearest_line(self.lines, path)

    def problem(self, path: PathKey, finding: str, fix: str = "") -> Problem:
        """A problem at this place of the file."""
        return Problem(file=self.file, line=self.line(path), finding=finding, fix=fix)


def nearest_line(lines: Mapping[PathKey, int], path: PathKey) -> int | None:
    """The line of the nearest part on the way to ``path`` that has one."""
    for length in range(len(path), -1, -1):
        found = lines.get(path[:length])
        if found is not None:
            return found
    return None


def read_text(file: str | Path, limit: int = MAX_BYTES) -> str:
    """The text of a file. Raises InputError for what is no readable UTF-8 text file of at most ``limit`` bytes."""
    raw = read_bytes(file, limit)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(raw[: error.start].decode("latin-1"))
        raise _bad(file, "not UTF-8 text", "save the file as UTF-8", line) from None


def read_bytes(file: str | Path, limit: int) -> bytes:
    """The content of a file. Raises InputError for what is no readable file of at most ``limit`` bytes."""
    path = Path(file)
    try:
        if path.is_dir():
            raise _bad(file, "this is a directory", "name a file in it")
        if _waits(path):
            raise _bad(file, "this is a pipe or a device, not a file", "name a file; a pipe is read as /dev/stdin")
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except FileNotFoundError:
        raise _bad(file, "no such file", "check the name") from None
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        raise _bad(file, f"cannot be read: {_reason(error)}", "check its name and permissions") from None
    if len(raw) > limit:
        raise _bad(file, f"larger than {limit // 1_000_000} MB", "split it, or remove what does not belong in it")
    return raw


def _waits(path: Path) -> bool:
    """Whether reading could wait for ever: a pipe that lies among files is a trap, one that the shell made is not."""
    return path.exists() and not path.is_file() and not str(path).startswith(("/dev/", "/proc/"))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "the system does not say why"


def _line_of(before: str) -> int:
    """The line on which a place stands, as editors count, given all that is before it."""
    return before.count("\n") + before.count("\r") - before.count("\r\n") + 1


def read_yaml(file: str | Path) -> Document:
    """Read one YAML document. Raises InputError with every problem that can be told at this stage."""
    return parse_yaml(read_text(file), str(file))


def parse_yaml(text: str, file: str) -> Document:
    """Read one YAML document from text that was already read; ``file`` is what messages call it."""
    text = text.removeprefix("\ufeff")
    _refuse_unseen(text, file)
    try:
        _refuse_bombs(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        line = line and min(line, _line_of(text.rstrip()))  # what is missing at the end is missed one line after it
        finding = f"not YAML: {error.problem or error.context}"
        raise _bad(file, finding, "check the indentation, and quote texts with : or #", line) from None
    except yaml.YAMLError as error:
        raise _bad(file, f"not YAML: {error}") from None
    if node is None or (isinstance(node, ScalarNode) and not node.value):
        raise _bad(file, "the file is empty", "start from an example")
    builder = _Builder(file)
    data = builder.build(node, ())
    if builder.problems:
        raise InputError(builder.problems)
    return Document(file=file, data=data, lines=builder.lines)


def _bad(file: str | Path, finding: str, fix: str = "", line: int | None = None) -> InputError:
    return InputError([Problem(file=str(file), line=line, finding=finding, fix=fix)])


class _Mark(Protocol):
    @property
    def line(self) -> int: ...


def _line(mark: _Mark | None) -> int | None:
    return None if mark is None else mark.line + 1


_UNSEEN = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML forbids, and the line breaks that YAML knows and editors do not: they would shift every line number."""


def _refuse_unseen(text: str, file: str) -> None:
    found = _UNSEEN.search(text)
    if found is not None:
        code = ord(found.group())
        fix = f'remove it, or write it in double quotes as "\\u{code:04x}"'
        line = _line_of(text[: found.start()])
        raise _bad(file, f"a character that does not show (U+{code:04X})", fix, line)


def _refuse_bombs(text: str, file: str) -> None:
    depth = documents = 0
    for parts, event in enumerate(yaml.parse(text, Loader=_Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        line = _line(event.start_mark)
        if documents > 1:
            raise _bad(file, "a second document", "keep one document a file", line)
        if depth > MAX_DEPTH:
            raise _bad(file, f"nested deeper than {MAX_DEPTH} levels", "make it flatter", line)
        if parts > MAX_PARTS:
            raise _bad(file, f"more than {MAX_PARTS:,} values", "split it, or remove what does not belong in it", line)
        anchor = getattr(event, "anchor", None)
        if isinstance(event, AliasEvent) or anchor:
            sign = "*" if isinstance(event, AliasEvent) else "&"
            raise _bad(file, f"an anchor or alias ('{sign}{anchor}')", "write the value out, or quote it", line)


_TAG = "tag:yaml.org,2002:"
_NUMBERS = {
    f"{_TAG}int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    f"{_TAG}float": re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?"),
}
_SCALARS = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null")}
_TEXTS = {f"{_TAG}timestamp", f"{_TAG}value"}
"""Plain scalars that YAML takes for something else: a date stays the text it is, and so does a lone '='."""
_COLLECTIONS = {f"{_TAG}map", f"{_TAG}seq"}


class _Builder:
    """Turns nodes into plain data, noting lines and problems on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[PathKey, int] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: Node, path: PathKey) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if node.tag not in _COLLECTIONS:
            self._refuse_tag(node)
        if isinstance(node, MappingNode):
            return {key: self.build(value, (*path, key)) for key, value in self._entries(node, path)}
        return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]

    def _entries(self, node: MappingNode, path: PathKey) -> Iterator[tuple[str | int, Node]]:
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node)
            if key is None:
                continue
            if (*path, key) in self.lines:
                self._problem(line, f"'{key}' is given twice", f"first at line {self.lines[(*path, key)]}; keep one")
            else:
                self.lines[(*path, key)] = line
                yield key, value_node

    def _key(self, node: Node) -> str | int | None:
        line = node.start_mark.line + 1
        if not isinstance(node, ScalarNode):
            self._problem(line, "a key must be a word, found a list or keys with values", "write a word")
            return None
        if node.tag == f"{_TAG}merge":
            self._problem(line, "merge keys ('<<') are not read", "write the values out")
            return None
        if node.tag == f"{_TAG}bool":
            return str(node.value)  # YAML 1.1 reads the key `on` as yes; a key is a word
        before = len(self.problems)
        key = self._scalar(node)
        if isinstance(key, str | int):
            return key
        if len(self.problems) == before:
            self._problem(line, f"a key must be a word, found '{_short(node)}'", "put it in quotes")
        return None

    def _scalar(self, node: ScalarNode) -> object:
        line = node.start_mark.line + 1
        if node.tag in _TEXTS:
            return node.value
        if node.tag not in _SCALARS:
            self._refuse_tag(node)
            return None
        usual = _NUMBERS.get(node.tag)
        if usual is not None and not usual.fullmatch(node.value):
            fix = "put it in quotes if it is text, or write plain digits"
            self._problem(line, f"'{_short(node)}' is a number in a form that is easily misread", fix)
            return None
        try:
            value = self._scalars.construct_object(node)
        except (ValueError, LookupError, yaml.YAMLError):
            value = math.inf  # more digits than Python converts, or a value that its explicit tag does not fit
        if isinstance(value, int | float) and not abs(value) < _LARGEST:
            self._problem(line, f"cannot read the value '{_short(node)}'", "put it in quotes if it is text")
            return None
        return value

    def _refuse_tag(self, node: Node) -> None:
        self._problem(node.start_mark.line + 1, f"the tag {node.tag!s:.60} is not allowed", "write plain data")

    def _problem(self, line: int, finding: str, fix: str = "") -> None:
        self.problems.append(Problem(file=self.file, line=line, finding=finding, fix=fix))


_LARGEST = 2**63
"""What fits a whole number everywhere a description may go, databases and other programs included."""


def _short(node: ScalarNode) -> str:
    text = str(node.value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def write_atomic(file: str | Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a crash or a full disk leaves what was there. Raises InputError.

    What was there keeps its permissions, and a link stays a link to the file that is written. What is there and is no
    file, such as a device or a pipe, is refused: replacing it would take it from every other program. Half a surrogate
    pair, which UTF-8 cannot say, is written as its escape.
    """
    raw = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        path = Path(os.path.realpath(file))
        if os.path.lexists(path) and not path.is_file():
            finding = "this is a directory" if path.is_dir() else "there is something else than a file here"
            raise _bad(file, finding, "name a file with -o")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(raw)
            Path(temporary).chmod(_mode(path))
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise _bad(file, f"cannot be written: {_reason(error)}", "choose another place with -o") from None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def refuse_existing(out: Path) -> None:
    """Never overwrite a description that nobody agreed to lose. Raises InputError when there is one."""
    if out.exists():
        raise _bad(out, "exists already", "name another file with -o")

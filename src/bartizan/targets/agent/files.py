"""Files: read, written, listed and searched. Paths lead through a dictionary, never to a disk."""

from __future__ import annotations

import posixpath

from bartizan.targets.agent.state import DOCUMENTS, HOME, File, State, ToolError
from bartizan.targets.agent.tool import Call, Tool

_SHOWN = 5
"""Documents that a search gives."""


def placed(state: State, path: str) -> str:
    """The absolute path that a path means. What lies under just this name, in the home folder or in documents/, is it,
    odd as a planted name may be.
    """
    whole = path if path.startswith("/") else f"{HOME}/{path}"
    for known in (whole, DOCUMENTS + path):
        if known in state.files:
            return known
    return posixpath.normpath("/" + whole.lstrip("/"))


def found_file(call: Call, path: str) -> File:
    """The file at a path. Raises ToolError where there is none for this user."""
    where = placed(call.state, path)
    if call.policy.checks_paths and not where.startswith(DOCUMENTS):
        raise ToolError("files lie below documents/ only")
    file = call.state.files.get(where)
    if file is None or not call.may_see(file.owner):
        raise ToolError(f"there is no file '{path[:200]}'")
    return file


def shown_path(path: str) -> str:
    """As people see it: from the home folder on."""
    return path.removeprefix(f"{HOME}/")


def file_text(file: File) -> str:
    """A file with what is known about it."""
    head = "".join(f"{key}: {value}\n" for key, value in file.metadata.items())
    return f"{head}\n{file.text}" if head else file.text


def listed(call: Call, folder: str) -> list[str]:
    """The paths of the files below a folder that this user may see."""
    where = placed(call.state, folder or "documents").rstrip("/") + "/"
    if call.policy.checks_paths and not where.startswith(DOCUMENTS):
        raise ToolError("files lie below documents/ only")
    paths = (path for path, file in call.state.files.items() if path.startswith(where) and call.may_see(file.owner))
    return sorted(shown_path(path) for path in paths)


def write(call: Call, path: str, text: str, tool: str) -> str:
    """Put text into a file; the deed is written down under the tool's name."""
    where = placed(call.state, path)
    if not path.strip() or path.endswith("/"):
        raise ToolError("'path' names no file")
    if call.policy.checks_paths and not where.startswith(DOCUMENTS):
        raise ToolError("files lie below documents/ only; nothing was written")
    old = call.state.files.get(where)
    if old is not None and not call.may_see(old.owner):
        raise ToolError("that file is somebody else's; nothing was written")
    call.state.files[where] = File(text=text, owner=old.owner if old is not None else call.user)
    call.state.did("file_written", tool, path=path, text=text)
    return f"Written to {path}."


def _list(call: Call) -> str:
    return "\n".join(listed(call, call.text("folder"))) or "There are no files."


def _read(call: Call) -> str:
    path = call.text("path")
    file = found_file(call, path)
    call.state.did("file_read", "read_file", path=path)
    return file_text(file)


def _write(call: Call) -> str:
    return write(call, call.text("path"), call.text("text"), "write_file")


def _search(call: Call) -> str:
    wanted = set(call.text("query").casefold().split())
    scored = []
    for path, file in call.state.files.items():
        if path.startswith(DOCUMENTS) and call.may_see(file.owner):
            words = f"{shown_path(path)} {file_text(file)}".casefold()
            scored.append((-sum(word in words for word in wanted), path, file))
    best = [(path, file) for score, path, file in sorted(scored, key=lambda one: one[:2]) if score][:_SHOWN]
    return "\n\n".join(f"[{shown_path(path)}]\n{file_text(file)}" for path, file in best) or "Nothing was found."


FILES = (
    Tool(
        name="list_files",
        about="List the files in a folder, such as documents.",
        takes=(("folder", "the folder"),),
        optional=frozenset({"folder"}),
        run=_list,
    ),
    Tool(
        name="read_file",
        about="Read a file, such as documents/prices.md.",
        takes=(("path", "its path"),),
        run=_read,
    ),
    Tool(
        name="write_file",
        about="Write text to a file, replacing what was in it.",
        takes=(("path", "its path"), ("text", "what to write")),
        shown_to_approver="path",
        run=_write,
    ),
    Tool(
        name="search_documents",
        about="Find the documents that contain words of a query.",
        takes=(("query", "the words"),),
        run=_search,
    ),
)

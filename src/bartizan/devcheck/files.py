"""The files of a repository: what git keeps or would keep, or all of a folder that is in no repository."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from bartizan.devcheck.git import Git, NoGit

_SKIPPED: Final = frozenset(
    {
        ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache",
        ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", ".eggs", ".hypothesis",
    }
)  # fmt: skip
_TESTS: Final = frozenset({"test", "tests", "testing", "fixtures", "testdata", "test_data", "__tests__", "mocks"})
_DOCS: Final = frozenset({".md", ".rst", ".txt", ".adoc", ".html", ".htm", ".tex"})


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file, or what stands in place of one."""

    path: str
    """Below the folder that is checked, with slashes."""
    full: Path
    size: int = 0
    mode: int = 0
    is_tracked: bool | None = None
    """Whether git keeps it; None where there is no git to ask."""
    problem: str = ""
    """Why it cannot be read; empty: it can."""
    link: str = ""
    """Where it points, if it is a link; links are not followed."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending of its name in small letters, with the dot."""
        return PurePosixPath(self.name.lower()).suffix

    @property
    def is_test(self) -> bool:
        """Whether it belongs to tests."""
        return is_test(self.path)

    @property
    def is_document(self) -> bool:
        """Whether it is a text for people."""
        return self.suffix in _DOCS and not self.name.lower().startswith("requirements")


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """All files that are looked at."""

    files: tuple[File, ...]
    left_out: tuple[str, ...]
    git: Git | None
    no_git: str = ""
    """Why git could not be asked."""
    is_cut: bool = False
    """Whether there are more files than may be looked at."""


def is_test(path: str) -> bool:
    """Whether a path belongs to tests, by its folders and name."""
    *folders, name = path.lower().split("/")
    return bool(_TESTS.intersection(folders)) or name.startswith(("test_", "conftest")) or "_test." in name


def listing(root: Path, most: int) -> Listing:
    """The files of a folder, in the order of their names.

    In a git repository these are the files that git keeps and those that it neither keeps nor ignores. Elsewhere, and
    where git ignores the folder itself, all but the folders of tools.
    """
    why = ""
    try:
        git = Git(root)
        names = _named_by(git)
        if names or git.top == root:
            found, left = _looked_at(root, names, most)
            return Listing(files=found, left_out=left, git=git, is_cut=len(names) > most)
        why = "git ignores this folder"
    except NoGit as error:
        why = str(error)
    left_out: list[str] = []
    closed: list[File] = []
    walked: dict[str, bool | None] = {}
    for path in _walked(root, left_out, closed):
        walked[path] = None
        if len(walked) > most:
            break
    found, links = _looked_at(root, walked, most)
    return Listing(
        files=(*found, *closed), left_out=(*left_out, *links), git=None, no_git=why, is_cut=len(walked) > most
    )


def _named_by(git: Git) -> dict[str, bool | None]:
    kept = git.ask("ls-files", "-z", "--cached").split(b"\0")
    others = git.ask("ls-files", "-z", "--others", "--exclude-standard").split(b"\0")
    names: dict[str, bool | None] = {os.fsdecode(one): False for one in others if one and not one.endswith(b"/")}
    names.update((os.fsdecode(one), True) for one in kept if one)
    return names


def _looked_at(root: Path, names: dict[str, bool | None], most: int) -> tuple[tuple[File, ...], tuple[str, ...]]:
    files = [_file(root, path, names[path]) for path in sorted(names)[:most]]
    links = tuple(f"{one.path} (a link)" for one in files if one is not None and one.link)
    return tuple(one for one in files if one is not None and not one.link), links


def _file(root: Path, path: str, is_tracked: bool | None) -> File | None:
    """The file of a name; None where git keeps what is no longer there, or a repository within."""
    full = root / path
    try:
        status = os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        return File(path=path, full=full, is_tracked=is_tracked, problem=why)
    if stat.S_ISDIR(status.st_mode):
        return None
    link = "a link" if stat.S_ISLNK(status.st_mode) or _is_outside(root, path) else ""
    problem = "" if link or stat.S_ISREG(status.st_mode) else "it is no file but a pipe or a device"
    return File(
        path=path,
        full=full,
        size=status.st_size,
        mode=status.st_mode,
        is_tracked=is_tracked,
        problem=problem,
        link=link,
    )


def _is_outside(root: Path, path: str) -> bool:
    """Whether a folder on the way is a link: then the file is elsewhere, whatever git says."""
    here = root
    for part in path.split("/")[:-1]:
        here = here / part
        if here.is_symlink():
            return True
    return False


def _walked(root: Path, left_out: list[str], closed: list[File]) -> Iterator[str]:
    waiting = [root]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda one: one.name)
        except OSError as error:
            name = here.relative_to(root).as_posix()
            closed.append(File(path=name, full=here, problem=error.strerror or type(error).__name__))
            continue
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _SKIPPED:
                    left_out.append(path.relative_to(root).as_posix())
                else:
                    waiting.append(path)
            else:
                yield path.relative_to(root).as_posix()

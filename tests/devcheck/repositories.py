"""Repositories made for tests: files by name, kept in git where wanted. Secrets are made up, and put together here."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bartizan.devcheck.checking import check
from bartizan.devcheck.finding import Checked

GITHUB = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
AWS = "AKIA" + "QW7ER2TYUI4OPASD"
PASSWORD = "Tr0ub4dor" + "&3x"
APACHE = "Apache License\nVersion 2.0, January 2004\n"


def repository(root: Path, files: Mapping[str, str | bytes], *, git: bool = True) -> Path:
    """A folder with these files; in git, all of them committed."""
    root.mkdir(parents=True, exist_ok=True)
    write(root, files)
    if git:
        run(root, "init", "-q", "-b", "main")
        commit(root, "first")
    return root


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(root: Path, message: str) -> None:
    run(root, "add", "-A")
    run(root, "commit", "-q", "--allow-empty", "-m", message)


def run(root: Path, *arguments: str) -> None:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@a.test", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@a.test",
    }  # fmt: skip
    subprocess.run(["git", "-C", str(root), *arguments], check=True, env=environment, capture_output=True)


def rules_at(checked: Checked, path: str = "") -> list[tuple[str, str, int | None]]:
    """Level, rule and line of what was found in a file and allowed by nobody."""
    return [(one.level, one.rule.id, one.line) for one in checked.open if one.path == path or not path]


def rules_of(root: Path, files: Mapping[str, str | bytes], path: str) -> list[tuple[str, str, int | None]]:
    """What is found in one of these files, in a folder without git."""
    return rules_at(check(repository(root, files, git=False)), path)

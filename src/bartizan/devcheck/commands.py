"""Commands of shells, in scripts, containers, pipelines and notebooks: what they download and install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bartizan.devcheck.downloads import FILES, LOCAL, PLAIN, UNCHECKED
from bartizan.devcheck.files import File
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.rule import DEV_SECURITY, SUPPLY_CHAIN, Rule

_BOTH: Final = (DEV_SECURITY, SUPPLY_CHAIN)

PIPED: Final = Rule(
    id="download.piped",
    level="high",
    title="What is downloaded runs at once",
    why="Whoever serves the address, or sits between, runs commands here, and nobody can tell later what ran.",
    fix="Download it, compare its SHA-256, read it, then run it.",
    refs=("CWE-494",),
    controls=_BOTH,
)
INSTALL: Final = Rule(
    id="install.unpinned",
    level="low",
    title="A package is installed without its version",
    why="What comes is what is newest at that moment, whoever published it.",
    fix="Install from a list with versions and hashes: pip install --require-hashes -r requirements.txt.",
    refs=("CWE-1357", "CWE-494"),
    controls=_BOTH,
)
RULES: Final = (PIPED, INSTALL)

_PIPED: Final = re.compile(
    r"\b(?:curl|wget)\b[^|;&\n]{0,500}\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:/[\w/]{1,60}/)?(?:(?:ba|z|da)?sh|python3?)\b"
    r"|\b(?:ba|z)?sh\s+<\(\s*(?:curl|wget)\b"
)
_GET: Final = re.compile(r"\b(?:curl|wget|aria2c)\b(?P<rest>[^\n]{0,1500})")
_URL: Final = re.compile(r"\b(?:https?|ftp)://[^\s\"'`<>|;)]{3,1000}")
_CHECK: Final = re.compile(
    r"sha\d+sum|shasum|md5sum|openssl\s+dgst|gpg\s+--verify|cosign|minisign|--checksum|b2sum|sha256", re.IGNORECASE
)
_PIP: Final = re.compile(
    r"\b(?:pip3?|uv\s+pip|python3?\s+-m\s+pip|\$\(?\{?PIP\}?\)?)(?:\s+-\S+)*\s+install\s+(?P<rest>[^\n;&|]{0,1500})"
)
_WITH_VALUE: Final = frozenset(
    """
    -r --requirement -c --constraint -e --editable -t --target -i --index-url --extra-index-url -f --find-links --prefix
    --root --platform --python-version --group --trusted-host --python --src
    """.split()  # noqa: SIM905  words are read best as text
)
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w,.\s-]*\])?")
_NEAR: Final = 8
"""Lines after a download in which a check of it counts."""


def commands_in(file: File, lines: Iterable[str], *, first: int = 1, cell: int | None = None) -> Iterator[Finding]:
    """What lines of a shell script download or install unchecked. ``first``: the number of the first of them."""
    joined = _joined(lines)
    for at, (offset, line) in enumerate(joined):
        if line.lstrip().startswith("#"):
            continue
        number = first + offset
        yield from _download(file, line, [later for _, later in joined[at : at + _NEAR]], number, cell)
        for found in _PIP.finditer(line):
            names = _unpinned(found["rest"])
            if names:
                yield Finding(rule=INSTALL, path=file.path, line=number, cell=cell, what=", ".join(names[:8]))


def _joined(lines: Iterable[str]) -> list[tuple[int, str]]:
    """Lines with those that continue them, each with how many lines are before it; bounded."""
    made: list[tuple[int, str]] = []
    before, begin = "", 0
    for number, line in enumerate(lines):
        if not before:
            begin = number
        before += line[:5_000]
        if before.endswith("\\") and len(before) < 20_000:
            before = before[:-1] + " "
            continue
        made.append((begin, before))
        before = ""
    return [*made, (begin, before)] if before else made


def _download(file: File, line: str, near: list[str], number: int, cell: int | None) -> Iterator[Finding]:
    if "curl" not in line and "wget" not in line and "aria2c" not in line:
        return
    if _PIPED.search(line):
        yield Finding(rule=PIPED, path=file.path, line=number, cell=cell, what=line.strip())
        return
    for command in _GET.finditer(line):
        for url in _URL.findall(command["rest"]):
            if url.startswith(("http://", "ftp://")) and not LOCAL.match(url):
                yield Finding(rule=PLAIN, path=file.path, line=number, cell=cell, what=line.strip())
                return
            if FILES.search(url) and not LOCAL.match(url) and not any(_CHECK.search(one) for one in near):
                yield Finding(rule=UNCHECKED, path=file.path, line=number, cell=cell, what=line.strip())
                return


def _unpinned(rest: str) -> list[str]:
    """The packages of `pip install` that come without a version."""
    if "--require-hashes" in rest:
        return []
    names: list[str] = []
    is_value = False
    for word in rest.split():
        bare = word.strip("\"'`,")
        if word.startswith("#") or word.endswith((")", "`", ">")):
            break
        if is_value or word.startswith("-"):
            is_value = not is_value and word in _WITH_VALUE
            continue
        if not _NAME.fullmatch(bare):
            if not re.search(r"==|@|/|\$|^\.", bare) and re.match(r"[A-Za-z]", bare):
                names.append(bare)
            elif not re.match(r"[A-Za-z0-9._\[\]\"'/$~@:+=<>!,-]+$", word):
                break
            continue
        if bare not in ("pip", "setuptools", "wheel") and not bare.endswith((".whl", ".tar.gz", ".zip")):
            names.append(bare)
    return names

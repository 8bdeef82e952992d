"""Lists of packages to install: requirements.txt, environment.yml, pyproject.toml. From where they would come."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule

_REFS: Final = ("CWE-427", "CWE-829", "AML.T0010")

INDEX = Rule(
    id="requirements.index",
    level="review",
    title="Packages come from another index",
    why="Whoever runs the index, or sits between, decides what is installed; with two, the higher version wins.",
    refs=_REFS,
)
DIRECT = Rule(
    id="requirements.direct",
    level="review",
    title="A package comes from an address, not from an index",
    why="What lies there can change from one day to the next, for no commit or digest is told.",
    refs=("CWE-494", *_REFS),
)
PATH = Rule(
    id="requirements.path",
    level="review",
    title="A package or list comes from outside of the folder",
    why="What is installed is not what lies here.",
    refs=("CWE-22", *_REFS),
)
UNTRUSTED = Rule(
    id="requirements.unchecked",
    level="review",
    title="The check of who sends a package is turned off",
    why="Anybody between can send another one.",
    refs=("CWE-295",),
)
RULES = (INDEX, DIRECT, PATH, UNTRUSTED)

_KNOWN: Final = frozenset(
    """
    pypi.org files.pythonhosted.org pypi.python.org download.pytorch.org data.pyg.org pypi.nvidia.com
    pypi.ngc.nvidia.com conda.anaconda.org repo.anaconda.com
    """.split()
)
_NAME: Final = r"[A-Za-z0-9](?:[\w.-]{0,100}[A-Za-z0-9])?"
_LINE: Final = re.compile(
    rf"{_NAME}\s{{0,9}}(?:\[[\w\s,.-]{{0,200}}\])?\s{{0,9}}"
    r"(?:@\s{0,9}\S{1,2000}|\(?(?:[=<>!~]=?=?)\s{0,9}[^\s;#]{1,200}.{0,500})?\s{0,9}(?:;.{0,500})?(?:\s#.{0,500})?\\?$"
    r"|-{1,2}[a-zA-Z][\w-]{0,40}(?:[\s=].{0,2000})?$|(?:git|hg|svn|bzr)\+\S{1,2000}.{0,200}$|(?:https?|file)://\S{1,2000}.{0,200}$"
    r"|\.{0,2}/\S{0,500}.{0,200}$|[\w./-]{1,300}\.(?:whl|zip|tar\.gz)$"
)
_TELLING: Final = re.compile(
    r"^\s*(?:[\w.\[\],-]{1,200}\s{0,9}(?:[=<>!~]=|@\s|>|<)|-{1,2}(?:r|e|c|i|f|index-url|extra-index-url|find-links|requirement|"
    r"editable|constraint|trusted-host|pre|no-index|prefer-binary)\b|(?:git|hg|svn|bzr)\+)",
    re.MULTILINE,
)
_ENVIRONMENT: Final = re.compile(
    r"^(?:channels|dependencies):\s*$|^\[(?:project|build-system|tool\.[\w.-]+|\[tool\.[\w.-]+)\]", re.MULTILINE
)
_INDEX: Final = re.compile(
    r"(?:--(?P<extra>extra-)?index-url|(?P<find>--find-links)|(?<![\w-])-(?P<short>[if])(?=\s)|(?P<key>(?:extra-)?index-url|find-links)(?=\s*=))"
    r"[\s=]{1,9}[\[\"']{0,3}(?P<url>[^\s\"',#\]]{1,2000})"
)
_URL_KEY: Final = re.compile(
    r"^\s*(?:url|index)\s*=\s*[\"'](?P<url>[a-z+]{3,10}://[^\"'\s]{1,2000})[\"']", re.MULTILINE
)
_DIRECT: Final = re.compile(
    r"(?<![\w/(<])(?P<vcs>(?:git|hg|svn|bzr)\+)?(?P<scheme>https?|ssh|git|file|ftp)://(?P<rest>[^\s\"',;#\])]{1,2000})(?P<tail>#\S{0,500})?"
)
_PINNED: Final = re.compile(r"@[0-9a-f]{40}(?:$|[#?])|@[0-9a-f]{64}(?:$|[#?])")
_GIT_KEY: Final = re.compile(r"\bgit\s*=\s*[\"']([^\"'\s]{1,2000})[\"'](?P<rest>[^\n]{0,300})")
_SECTION: Final = re.compile(
    r"\[\[?(?:build-system|project\.optional|dependency-groups|tool\.(?:uv|poetry|pdm|pip|hatch\.envs|pixi))"
)
_LIST: Final = re.compile(r"(?:dependencies|requires|channels|optional-dependencies)\b")
_KEY: Final = re.compile(r"[\w-]+\s*[=:]")
_PATHS: Final = re.compile(
    r"^\s*-?\s*(?:-e|--editable|-r|--requirement|-c|--constraint)[\s=]{1,9}[\"']?(?P<path>[^\s\"'#]{1,500})",
    re.MULTILINE,
)


def is_requirements(text: str) -> bool:
    """Whether a text is a list for pip: all lines read as one, and one of them says more than a word."""
    if len(text) > 1 << 20:
        return False
    lines = [
        line for line in (line.strip() for line in text.replace("\\\n", " ").split("\n")) if line and line[0] != "#"
    ]
    return bool(lines) and all(_LINE.match(line) for line in lines[:2_000]) and _TELLING.search(text) is not None


def is_environment(text: str) -> bool:
    """Whether a text is one for conda or a project of Python."""
    return len(text) <= 1 << 20 and _ENVIRONMENT.search(text) is not None


def scan_requirements(text: str, look: Look) -> None:
    """Look at where packages come from, line by line."""
    offset = 0
    listed = not is_environment(text)
    in_packages, section = listed, False
    for line in text.split("\n"):
        bare = line.split(" #")[0] if not line.lstrip().startswith("#") else ""
        if not listed:
            section, in_packages = _place(line, section, in_packages)
        if bare:
            _line(bare, offset, look, in_packages)
        offset += len(line) + 1


def _place(line: str, section: bool, before: bool) -> tuple[bool, bool]:
    """Whether this part of a project is all about packages, and whether this line of it is."""
    if line.startswith("["):
        is_all = _SECTION.match(line) is not None
        return is_all, is_all
    if _LIST.match(line):
        return section, True
    if section or line.startswith((" ", "\t", "-", "]", '"', "'")):
        return section, section or before
    return section, before and _KEY.match(line) is None


def _line(line: str, at: int, look: Look, in_packages: bool) -> None:
    rest = line
    for found in _INDEX.finditer(line):
        host = _host(found["url"])
        is_find = found["find"] or found["short"] == "f"
        if "$" in found["url"] or found["url"].startswith("http://") or ("://" in found["url"] and host not in _KNOWN):
            look.found(INDEX, line.strip(), at)
        elif "://" not in found["url"] and not is_find and found["url"].startswith(("/", "..", "\\")):
            look.found(PATH, line.strip(), at)
        rest = rest.replace(found[0], "")
    if "trusted-host" in line:
        look.found(UNTRUSTED, line.strip(), at)
    if (found_key := _URL_KEY.match(line)) and in_packages and _host(found_key["url"]) not in _KNOWN:
        look.found(INDEX, line.strip(), at)
        return
    if in_packages:
        _direct(line, rest, at, look)
    for path in _PATHS.finditer(line):
        if path["path"].startswith(("/", "~", "\\", "file:")) or ".." in re.split(r"[\\/]", path["path"]):
            look.found(PATH, line.strip(), at)
        elif re.match(r"https?://", path["path"]) and not re.search(r"^\s*(?:-e|--editable)", line):
            look.found(DIRECT, line.strip(), at)


def _direct(line: str, rest: str, at: int, look: Look) -> None:
    for found in _DIRECT.finditer(rest):
        whole = found["rest"] + (found["tail"] or "")
        is_pinned = (
            _PINNED.search(found["rest"])
            if found["vcs"]
            else re.search(r"#(?:\S*&)?sha(?:256|384|512)=[0-9a-f]{32}", whole)
        )
        is_known = not found["vcs"] and _host(found[0]) in _KNOWN and found["scheme"] == "https"
        if not is_pinned and not is_known and "--hash=" not in line:
            look.found(DIRECT, line.strip(), at)
            return
    if (git := _GIT_KEY.search(line)) and not re.search(r"rev\s*=\s*[\"'][0-9a-f]{40}", git["rest"]):
        look.found(DIRECT, line.strip(), at)


def _host(url: str) -> str:
    try:
        return (urlsplit(url.removeprefix("git+")).hostname or "").lower()
    except ValueError:
        return ""

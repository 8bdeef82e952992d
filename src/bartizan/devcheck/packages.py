"""Lists of packages, containers, hooks and actions: by which version, digest or commit others' code comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bartizan.devcheck.commands import commands_in
from bartizan.devcheck.downloads import PLAIN
from bartizan.devcheck.files import File
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.rule import DEV_SECURITY, SUPPLY_CHAIN, Rule

_BOTH: Final = (DEV_SECURITY, SUPPLY_CHAIN)

UNPINNED: Final = Rule(
    id="packages.unpinned",
    level="medium",
    title="A list of packages leaves versions open",
    why="The same list installs something else tomorrow, by whoever publishes a new version.",
    fix="Pin each with ==, and with its hashes: pip-compile --generate-hashes, or uv pip compile.",
    refs=("CWE-1357", "CWE-494"),
    controls=_BOTH,
)
NO_HASHES: Final = Rule(
    id="packages.no-hashes",
    level="low",
    title="A list of packages has no hashes",
    why="The index, or whoever sits between, can send another file under the same version.",
    fix="Add them: pip-compile --generate-hashes, or uv pip compile --generate-hashes.",
    refs=("CWE-494",),
    controls=_BOTH,
)
NO_LOCK: Final = Rule(
    id="packages.no-lock",
    level="low",
    title="A project has dependencies and no list of exact versions",
    why="Two machines, or two days, get different packages.",
    fix="Keep a lock file or a list of constraints beside it.",
    refs=("CWE-1357",),
    controls=_BOTH,
)
IMAGE: Final = Rule(
    id="container.tag",
    level="low",
    title="A container is built on a tag, not on a digest",
    why="Tags move: the same file builds on something else tomorrow.",
    fix="Name the digest: FROM image:tag@sha256:....",
    refs=("CWE-1357", "CWE-494"),
    controls=_BOTH,
)
LATEST: Final = Rule(
    id="container.latest",
    level="medium",
    title="A container is built on whatever is newest",
    why="Nobody can tell what an image was built on, nor build it again.",
    fix="Name a version and its digest: FROM image:tag@sha256:....",
    refs=("CWE-1357", "CWE-494"),
    controls=_BOTH,
)
ADDED: Final = Rule(
    id="container.add",
    level="medium",
    title="A container adds a file from an address without its digest",
    why="What the address serves can change.",
    fix="Say ADD --checksum=sha256:....",
    refs=("CWE-494",),
    controls=_BOTH,
)
HOOK: Final = Rule(
    id="pipeline.tag",
    level="low",
    title="Hooks or actions come by a tag or branch, not by a commit",
    why="A tag can be moved to other code, which then runs with the rights of the pipeline.",
    fix="Name the commit, 40 digits, with the tag in a comment; `pre-commit autoupdate --freeze` and Dependabot do.",
    refs=("CWE-829", "CWE-1357"),
    controls=_BOTH,
)
RULES: Final = (UNPINNED, NO_HASHES, NO_LOCK, IMAGE, LATEST, ADDED, HOOK)

_LIST: Final = re.compile(r"(?:[\w.-]*[-_.])?requirements(?:[-_.][\w.-]*)?\.txt|requirements/[\w./-]+\.txt")
_REQUIREMENT: Final = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]{0,200}\])?\s*(?P<rest>[^;#]*)")
_FROM: Final = re.compile(r"FROM\s+(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
_ADD: Final = re.compile(r"ADD\s+(?P<flags>(?:--\S+\s+)*)(?P<url>(?:https?|ftp)://\S+)", re.IGNORECASE)
_USES: Final = re.compile(r"^\s*-?\s*[\"']?uses[\"']?:\s*[\"']?(?P<what>[^\s\"'#]+)")
_REV: Final = re.compile(r"^\s*-?\s*rev:\s*[\"']?(?P<rev>[^\s\"'#]+)")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_container(file: File) -> bool:
    """Whether a file builds a container, by its name."""
    name = file.name.lower()
    return (
        name in ("dockerfile", "containerfile")
        or name.startswith("dockerfile.")
        or name.endswith((".dockerfile", ".containerfile"))
    )


def is_script(file: File) -> bool:
    """Whether a file holds commands of a shell."""
    return file.suffix in (".sh", ".bash", ".zsh") or file.name in ("Makefile", "justfile") or is_pipeline(file)


def is_pipeline(file: File) -> bool:
    """Whether a file says what a pipeline does."""
    if file.suffix not in (".yml", ".yaml"):
        return False
    return file.path.startswith((".github/", ".gitea/", ".forgejo/")) or file.name in (
        ".gitlab-ci.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "action.yml", "action.yaml",
    ) or file.path.startswith(".circleci/")  # fmt: skip


def supplied(file: File, text: str) -> Iterator[Finding]:
    """What a settings file or script of any of these kinds brings in unpinned."""
    lines = text.split("\n")
    if _LIST.fullmatch(file.name) or re.search(r"(?:^|/)requirements/[^/]+\.txt$", file.path):
        yield from _requirements(file, lines)
    elif is_container(file):
        yield from _container(file, lines)
    elif file.name in (".pre-commit-config.yaml", ".pre-commit-config.yml"):
        yield from _by_tag(file, lines, _REV)
    elif is_script(file) or text.startswith(("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash", "#!/usr/bin/env sh")):
        yield from commands_in(file, lines)
        if is_pipeline(file):
            yield from _by_tag(file, lines, _USES)


def _requirements(file: File, lines: list[str]) -> Iterator[Finding]:
    joined = "\n".join(lines).replace("\\\n", "  ").split("\n") if any(one.endswith("\\") for one in lines) else lines
    has_hashes = "--hash=" in "\n".join(lines)
    open_names: list[str] = []
    pinned, first = 0, 0
    for line in joined:
        bare = line.strip()
        if not bare or bare[0] in "#-" or not (found := _REQUIREMENT.match(bare)):
            continue
        rest = found["rest"].strip().strip("()")
        if re.match(r"===?\s*[^*,\s]+(?:\s|$)", rest) or re.search(r"@[^@]*(?:[0-9a-f]{40}|sha256=)", rest):
            pinned += 1
        elif not re.match(r"[\w.]*(?:://|/)", bare):
            open_names.append(found["name"])
            first = first or next((n for n, one in enumerate(lines, 1) if one.strip().startswith(found["name"])), 1)
    if open_names:
        more = f" and {len(open_names) - 6} more" if len(open_names) > 6 else ""
        yield Finding(rule=UNPINNED, path=file.path, line=first, what=f"without ==: {', '.join(open_names[:6])}{more}")
    elif pinned and not has_hashes:
        yield Finding(rule=NO_HASHES, path=file.path, line=1, what=f"{pinned} packages by version only")


def _container(file: File, lines: list[str]) -> Iterator[Finding]:
    stages: set[str] = set()
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if found := _FROM.match(bare):
            yield from _image(file, found["image"], stages, number)
            stages.add((found["stage"] or "").lower())
        elif found := _ADD.match(bare):
            if found["url"].startswith(("http://", "ftp://")):
                yield Finding(rule=PLAIN, path=file.path, line=number, what=bare)
            elif "--checksum" not in found["flags"]:
                yield Finding(rule=ADDED, path=file.path, line=number, what=bare)
    yield from commands_in(file, lines)


def _image(file: File, image: str, stages: set[str], number: int) -> Iterator[Finding]:
    if image.lower() in stages or image.lower() == "scratch" or "@sha256:" in image:
        return
    if "$" in image:
        yield Finding(rule=IMAGE, path=file.path, line=number, what=f"{image} is said elsewhere", is_unknown=True)
        return
    tag = image.rpartition("/")[2].partition(":")[2]
    yield Finding(rule=IMAGE if tag not in ("", "latest") else LATEST, path=file.path, line=number, what=image)


def _by_tag(file: File, lines: list[str], pattern: re.Pattern[str]) -> Iterator[Finding]:
    """One finding for all of a file: they are mended together."""
    moved: list[str] = []
    first = 0
    for number, line in enumerate(lines, 1):
        if not (found := pattern.match(line)):
            continue
        what = found[1]
        if what.startswith(("./", "../", ".github/")) or "@sha256:" in what:
            continue
        if not _COMMIT.fullmatch(what.rpartition("@")[2]):
            moved.append(what)
            first = first or number
    if moved:
        yield Finding(rule=HOOK, path=file.path, line=first, what=", ".join(dict.fromkeys(moved[:8])))


_LOCKS: Final = frozenset(
    {
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "pixi.lock",
        "pipfile.lock",
        "pylock.toml",
        "constraints.txt",
        "conda-lock.yml",
    }
)


def no_lock(files: tuple[File, ...], texts: dict[str, str]) -> Iterator[Finding]:
    """Whether a project at the top has dependencies and nothing that fixes their versions."""
    for name in ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "environment.yml"):
        text = texts.get(name, "")
        if not re.search(
            r"^\s*(?:dependencies|install_requires|\[packages\]|\[tool\.poetry\.dependencies\])", text, re.MULTILINE
        ):
            continue
        if re.search(r"^\s*dependencies\s*=\s*\[\s*\]", text, re.MULTILINE):
            continue
        if not any(one.name.lower() in _LOCKS or _LIST.fullmatch(one.name) for one in files):
            yield Finding(rule=NO_LOCK, path=name, what="no lock file, constraints or list of requirements is kept")
        return

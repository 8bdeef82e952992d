"""Whose code it is: a licence at the top, files that name another, and code copied from somewhere without one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Final

from bartizan.devcheck.files import File
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.rule import Rule

NONE: Final = Rule(
    id="licence.none",
    level="low",
    title="The repository has no licence",
    why="Without one nobody may use it, and nobody can tell whether what was copied into it fits.",
    fix="Add a LICENSE, or say in one that all rights are reserved.",
    refs=("CWE-1357",),
)
OTHER: Final = Rule(
    id="licence.other",
    level="low",
    title="A file is under another licence than the repository",
    why="Its terms come with it: notices to keep, sources to publish, or no right to use it at all.",
    fix="Keep its licence in a NOTICE or a folder of its own, or write the code anew.",
    refs=("CWE-1357",),
)
COPYLEFT: Final = Rule(
    id="licence.copyleft",
    level="medium",
    title="A file is under a licence that asks for the sources of all",
    why="Whoever passes the program on must do so under that licence, sources included.",
    fix="Replace the code, or keep it in a program of its own.",
    refs=("CWE-1357",),
)
COPIED: Final = Rule(
    id="licence.copied",
    level="low",
    title="Code was copied and its licence is not named",
    why="Where it comes from is known and under which terms is not; nobody follows what is mended there.",
    fix="Name the licence and the commit that it was copied from, or write the code anew.",
    refs=("CWE-1357", "CWE-1104"),
)
RULES: Final = (NONE, OTHER, COPYLEFT, COPIED)

_WORDS: Final = (
    ("AGPL-3.0", r"GNU Affero General Public License|AGPL-3"),
    ("LGPL", r"GNU (?:Lesser|Library) General Public License|LGPL-[23]"),
    ("GPL", r"GNU General Public License|\bGPL-[23]|\bGPLv[23]"),
    ("MPL-2.0", r"Mozilla Public License|MPL-2"),
    ("Apache-2.0", r"Apache License,?\s{0,9}(?:\n\s{0,80})?Version 2|Apache[- ]2\.0"),
    ("BSD", r"Redistribution and use in source and binary|BSD-[23]-Clause|BSD licen[cs]e|\bBSD [23][- ]clause"),
    ("MIT", r"Permission is hereby granted, free of charge|License-Identifier: MIT|\bMIT Licen[cs]e"),
    ("CC-BY-NC", r"CC[- ]BY[- ]NC|NonCommercial"),
    ("CC0", r"CC0|public domain"),
    ("proprietary", r"proprietary and confidential|unauthori[sz]ed copying|strictly confidential"),
)
_KINDS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _WORDS)
_SPDX: Final = re.compile(r"SPDX-License-Identifier:\s*([\w.+ ()-]{2,80})")
_COPYLEFT: Final = frozenset({"AGPL-3.0", "GPL", "CC-BY-NC", "proprietary"})
_NAMES: Final = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[-._][\w.-]*)?(?:\.(?:md|txt|rst))?", re.IGNORECASE)
_COPIED: Final = (
    re.compile(r"#|//|\*|--"),
    re.compile(r"\b(?:copied|adapted|borrowed|taken|lifted|ported|modified|based|code)\b", re.IGNORECASE),
    re.compile(r"\b(?:from|on)\b", re.IGNORECASE),
)
"""What stands before an address, one after the other, where code was copied from there."""
_MOST: Final = 200
"""Addresses of one file that are judged."""
_COMMENT_ONLY: Final = re.compile(r"\s*(?:#|//|\*|--)[\s(<-]*")
_CODE: Final = frozenset(
    {".py", ".pyw", ".js", ".ts", ".sh", ".c", ".cpp", ".h", ".cu", ".java", ".go", ".rs", ".r", ".jl"}
)
_HOSTS: Final = re.compile(
    r"https?://(?:www\.|gist\.|[a-z]{1,20}\.)?(?:github\.com|gitlab\.com|bitbucket\.org|stackoverflow\.com|stackexchange\.com"
    r"|kaggle\.com|huggingface\.co|medium\.com|towardsdatascience\.com|colab\.research)[^\s\"'<>)]{0,300}"
)
"""Where code lies; articles and standards are read, not copied."""
_HEAD: Final = 4_000
_NEAR: Final = 12


def is_about_licence(file: File) -> bool:
    """Whether a file says under which terms the repository, or a part of it, stands."""
    if "/" in file.path:
        return file.path.upper().startswith(("LICENSES/", "LICENSE/"))
    return bool(_NAMES.fullmatch(file.name)) or file.name.upper().startswith(("NOTICE", "THIRD"))


def repository_licence(files: tuple[File, ...], texts: Mapping[str, str]) -> tuple[bool, frozenset[str]]:
    """Whether there is a licence at the top, and which kinds are named there, in NOTICE too."""
    has_licence = any(is_about_licence(one) and not one.name.upper().startswith(("NOTICE", "THIRD")) for one in files)
    return has_licence, frozenset(kind for text in texts.values() for kind in kinds_of(text))


def kinds_of(text: str) -> list[str]:
    """The licences that a text names; the weaker GNU licences do not count as the strong one that they speak of."""
    found = [kind for kind, pattern in _KINDS if pattern.search(text[:60_000])]
    if "LGPL" in found and "GPL" in found and not re.search(r"\bGPL(?:v|-)[23]", text):
        found.remove("GPL")
    return found


def no_licence(has_licence: bool, files: tuple[File, ...]) -> Iterator[Finding]:
    """That there is none, where there is code."""
    if not has_licence and any(one.suffix in _CODE or one.suffix == ".ipynb" for one in files):
        yield Finding(rule=NONE, path="", what="no LICENSE or COPYING at the top")


def licences_in(file: File, text: str, ours: frozenset[str]) -> Iterator[Finding]:
    """A header with another licence than ours, and comments that say where code is from and not its licence."""
    if file.suffix not in _CODE:
        return
    head = _header(text)
    said = _SPDX.search(head)
    kinds = kinds_of(said[0] if said else head) if head else []
    others = [one for one in kinds if one not in ours and one != "CC0"]
    if others and ours and not (said and any(one in ours for one in kinds)):
        line = text[: head_start(text, head)].count("\n") + 1
        rule = COPYLEFT if _COPYLEFT.intersection(others) else OTHER
        yield Finding(
            rule=rule,
            path=file.path,
            line=line,
            what=f"{', '.join(others)} in its header; the repository: {', '.join(sorted(ours))}",
        )
    if "://" in text and not kinds:
        yield from _copied(file, text)


def _header(text: str) -> str:
    """The comments, or the docstring, before the first code."""
    kept: list[str] = []
    quote = ""
    for line in text[:_HEAD].split("\n"):
        bare = line.strip()
        if quote:
            kept.append(line)
            if quote in bare:
                quote = ""
        elif bare[:3] in ('"""', "'''") or bare[:4] in ('r"""', "r'''"):
            kept.append(line)
            mark = bare.lstrip("r")[:3]
            quote = mark if bare.count(mark) < 2 else ""
        elif bare.startswith("/*"):
            kept.append(line)
            quote = "*/" if "*/" not in bare else ""
        elif not bare or bare.startswith(("#", "//", "*", "--")):
            kept.append(line)
        else:
            break
    return "\n".join(kept)


def head_start(text: str, head: str) -> int:
    """Where a header begins to say something."""
    return next((found.start() for _, pattern in _KINDS if (found := pattern.search(head))), 0) if text else 0


def _copied(file: File, text: str) -> Iterator[Finding]:
    lines: list[str] = []
    for found in itertools.islice(_HOSTS.finditer(text), _MOST):
        begin = text.rfind("\n", 0, found.start()) + 1
        before = text[max(begin, found.start() - 200) : found.start()]
        if _COMMENT_ONLY.fullmatch(before):
            before = text[max(0, text.rfind("\n", 0, max(0, begin - 1)) + 1, begin - 200) : begin].strip()
        if not _says_copied(before) or re.search(r"/(?:issues|pull|discussions)/", found[0]):
            continue
        lines = lines or text.split("\n")
        number = text.count("\n", 0, found.start()) + 1
        near = "\n".join(lines[max(0, number - _NEAR) : number + _NEAR])
        if not kinds_of(near) and not re.search(r"licen[cs]e", near, re.IGNORECASE):
            yield Finding(rule=COPIED, path=file.path, line=number, what=lines[number - 1].strip())


def _says_copied(before: str) -> bool:
    at = 0
    for pattern in _COPIED:
        if (found := pattern.search(before, at)) is None:
            return False
        at = found.end()
    return True

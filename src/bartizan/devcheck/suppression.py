"""What somebody allowed, with a reason: beside the code, or in a file of its own with a last day."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.source import Document, read_yaml
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.rule import CONTROLS, Rule

WRONG: Final = Rule(
    id="allow.wrong",
    level="medium",
    title="A comment allows something and is wrong",
    why="It allows nothing, though whoever wrote it thinks that it does.",
    fix="Write it as: # bartizan: allow <rule> because <reason>.",
    controls=CONTROLS,
)
RULES: Final = (WRONG,)

_INLINE: Final = re.compile(r"(?:#|//|--)\s*bartizan:\s*allow\b[ \t]*([\w.-]*)[ \t]*(?:because\b[ \t]*(.*))?")
MARK: Final = "bartizan: allow"
_KEYS: Final = ("rule", "path", "reason", "until")
_MOST: Final = 5_000


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an ignore file."""

    rule: str
    path: re.Pattern[str]
    reason: str
    until: str
    place: str


def inline(line: str) -> tuple[str, str] | None:
    """The rule and the reason that a line allows something for; None: it allows nothing."""
    found = _INLINE.search(line)
    return (found[1], (found[2] or "").strip()) if found else None


def comments_in(path: str, text: str) -> dict[int, tuple[str, str]]:
    """Line -> rule and reason, of all comments that allow something. In Python only real comments count."""
    if MARK not in text.replace("bartizan:  ", "bartizan: ") and "bartizan:" not in text:
        return {}
    if path.endswith((".py", ".pyw")):
        lines = _real_comments(text)
    elif path.endswith((".md", ".rst", ".txt", ".html")) and not path.rpartition("/")[2].startswith("requirements"):
        return {}
    else:
        lines = dict(enumerate(text.split("\n"), 1))
    return {number: said for number, line in lines.items() if (said := inline(line)) is not None}


def _real_comments(text: str) -> dict[int, str]:
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        pass
    return found


def wrong_comments(path: str, comments: Mapping[int, tuple[str, str]], known: Collection[str]) -> Iterator[Finding]:
    """Comments with a rule that does not exist, or without a reason."""
    for line, (rule, reason) in comments.items():
        if rule not in known:
            said = f"there is no rule '{rule}'; {nearest(rule, known)}" if rule else "it names no rule"
            yield Finding(rule=WRONG, path=path, line=line, what=said)
        elif not reason:
            yield Finding(rule=WRONG, path=path, line=line, what=f"it does not say because of what '{rule}' is allowed")


def waived_inline(finding: Finding, comments: Mapping[int, tuple[str, str]], text: str) -> Finding:
    """The finding, allowed where a comment on its line, or alone on the line before it, says so with a reason."""
    if finding.line is None or finding.rule is WRONG:
        return finding
    for line in (finding.line, finding.line - 1):
        rule, reason = comments.get(line, ("", ""))
        if rule == finding.rule.id and reason and (line == finding.line or _is_alone(text, line)):
            return msgspec.structs.replace(finding, waived=reason, waived_by=f"{finding.path}:{line}")
    return finding


def _is_alone(text: str, line: int) -> bool:
    lines = text.split("\n", line)
    return line <= len(lines) and lines[line - 1].lstrip(' \t"').startswith(("#", "//", "--"))


# The ignore file


def read_ignores(file: Path, known: Collection[str], today: str) -> tuple[tuple[Allowed, ...], tuple[str, ...]]:
    """What an ignore file allows on a day, and a line for each entry that has lapsed. Raises InputError."""
    document = read_yaml(file)
    entries = document.data.get("ignore") if isinstance(document.data, dict) else None
    if not isinstance(document.data, dict) or not isinstance(entries, list):
        raise InputError([document.problem((), "it has no list 'ignore'", "begin it with: ignore:")])
    problems = [
        document.problem((str(key),), f"unknown key '{key}'", nearest(str(key), ("ignore",)))
        for key in document.data
        if key != "ignore"
    ]
    if len(entries) > _MOST:
        problems.append(document.problem(("ignore",), f"more than {_MOST:,} entries", "use patterns"))
    for at, entry in enumerate(entries[:_MOST]):
        problems += _problems(document, at, entry, known)
    if problems:
        raise InputError(problems)
    made = [_allowed(document, at, entry) for at, entry in enumerate(entries)]
    lapsed = tuple(f"{one.place}: '{one.rule}' was allowed until {one.until}" for one in made if one.until < today)
    return tuple(one for one in made if one.until >= today), lapsed


def _problems(document: Document, at: int, entry: object, known: Collection[str]) -> Iterator[Problem]:
    place = ("ignore", at)
    if not isinstance(entry, dict):
        yield document.problem(place, "an entry must have rule, path, reason and until", "write: - rule: ...")
        return
    for key in entry:
        if key not in _KEYS:
            yield document.problem((*place, str(key)), f"unknown key '{key}'", nearest(str(key), _KEYS))
    for key in _KEYS:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            yield document.problem((*place, key), f"'{key}' is missing or no text", f"say {key}: ...")
        elif key == "rule" and value not in known:
            yield document.problem((*place, key), f"there is no rule '{value}'", nearest(value, known))
        elif key == "until" and not is_date(value):
            yield document.problem((*place, key), f"'{value}' is no date", DATE_FIX)
        elif key == "path" and len(value) > 500:
            yield document.problem((*place, key), "the pattern is too long", "make it shorter")


def _allowed(document: Document, at: int, entry: Mapping[str, str]) -> Allowed:
    return Allowed(
        rule=entry["rule"],
        path=pattern_of(entry["path"]),
        reason=entry["reason"].strip(),
        until=entry["until"],
        place=f"{document.file}:{document.line(('ignore', at))}",
    )


def waived_by_file(finding: Finding, allowed: Iterable[Allowed]) -> Finding:
    """The finding, allowed where an entry fits its rule and path."""
    if finding.waived:
        return finding
    for one in allowed:
        if one.rule == finding.rule.id and one.path.fullmatch(finding.path or "."):
            return msgspec.structs.replace(finding, waived=f"{one.reason} (until {one.until})", waived_by=one.place)
    return finding


def pattern_of(glob: str) -> re.Pattern[str]:
    """A glob over whole paths: ** is any folders, * and ? stay within one; a folder's name stands for all in it."""
    text = glob.strip().removeprefix("./").strip("/") if glob.strip() != "." else "."
    return re.compile(globbed(text) + r"(?:/.*)?", re.DOTALL)


def globbed(text: str) -> str:
    """A glob as a regular expression whose time grows with the path: runs of stars count as one."""
    made: list[str] = []
    for piece in re.split(r"(\*\*+/?|\*|\?)", text):
        if piece.startswith("**"):
            star = r"(?:[^/]+/)*" if piece.endswith("/") else ".*"
            if not made or made[-1] != star:
                made.append(star)
        elif piece == "*":
            made.append("[^/]*")
        elif piece == "?":
            made.append("[^/]")
        elif piece:
            made.append(re.escape(piece))
    return "".join(made)

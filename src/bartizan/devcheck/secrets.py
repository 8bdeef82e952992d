"""Secrets in texts: by detect-secrets and by our own tokens. Their values are never kept or shown."""

from __future__ import annotations

import bisect
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import SECRETS
from bartizan.detectors.sensitive.tokens import entropy
from bartizan.devcheck.files import File, is_test
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.plugins import plugins
from bartizan.devcheck.rule import DEV_SECURITY, DISCRETE, Rule

_FIX: Final = "Revoke it first, for it has been seen; then read it from the environment or a vault, and take it out."
_REFS: Final = ("CWE-798", "CWE-312")
_BOTH: Final = (DEV_SECURITY, DISCRETE)

TOKEN: Final = Rule(
    id="secret.token",
    level="high",
    title="A key or token",
    why="Its form says whose it is: whoever reads the repository can use it.",
    fix=_FIX,
    refs=_REFS,
    controls=_BOTH,
)
ASSIGNED: Final = Rule(
    id="secret.assigned",
    level="medium",
    title="A password or key is written down",
    why="A name that says it is secret is given a value that looks like one.",
    fix=_FIX,
    refs=_REFS,
    controls=_BOTH,
)
IN_TESTS: Final = Rule(
    id="secret.in-tests",
    level="low",
    title="What has the form of a key stands in tests",
    why="Nearly always it is made up; where it is not, whoever reads the repository can use it.",
    fix="Make up values that no service would take, in two pieces; revoke what is real.",
    refs=_REFS,
    controls=_BOTH,
)
OLD_TOKEN: Final = Rule(
    id="history.token",
    level="high",
    title="A key or token in the history",
    why="It is gone from the files and still in every clone.",
    fix="Revoke it; rewriting the history (git filter-repo) takes it from new clones only.",
    refs=_REFS,
    controls=_BOTH,
)
OLD_ASSIGNED: Final = Rule(
    id="history.assigned",
    level="medium",
    title="A password or key in the history",
    why="It is gone from the files and still in every clone.",
    fix="Change it; rewriting the history (git filter-repo) takes it from new clones only.",
    refs=_REFS,
    controls=_BOTH,
)
RULES: Final = (TOKEN, ASSIGNED, IN_TESTS, OLD_TOKEN, OLD_ASSIGNED)

Sort: TypeAlias = Literal["code", "settings", "document", "lock"]
"""``code``: values stand in quotes. ``settings``: they need not. ``document``: only what its form betrays counts.
``lock``: full of digests; only keys that name their service count."""
_LOCKS: Final = re.compile(
    r"(?:package-lock|npm-shrinkwrap|composer|pnpm-lock|flake)\.(?:json|yaml|lock)|go\.sum|.*\.(?:sum|sha256|lock|svg|map)"
    r"|(?:conda|pixi|pylock)[\w.-]*\.(?:toml|yml|yaml)|(?:requirements|constraints)[\w.-]*\.txt|.*\.min\.(?:js|css)"
    r"|(?:sha\d+sums?|checksums?|manifest)(?:\.\w+)?"
)
_CODE: Final = frozenset(
    """
    .py .pyw .pyi .js .ts .jsx .tsx .mjs .java .go .rs .c .h .cpp .hpp .cs .rb .r .jl .scala .kt .swift .php .lua
    .ipynb .json
    """.split()  # noqa: SIM905  words are read best as text
)
_LOOSE: Final = frozenset({"high_entropy", "password", "api_key"})
_MADE_UP: Final = re.compile(
    r"example|sample|dummy|fake|placeholder|change_?me|your[_-]|insert|redacted|x{4,}|\.{3}|12345|abcdef|qwerty|testtest"
    r"|foobar|<|\$\{|\{\{|«|»",
    re.IGNORECASE,
)
_NAME_ONLY: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+(?:[_.-][a-z]+)*|[A-Z][a-z]+(?:[A-Z][a-z]+)*")
"""Names of variables and settings, and plain words: no password worth the name."""
_SLUG: Final = re.compile(r"(?:[a-z]+|[0-9]+)(?:[-_./](?:[a-z]+|[0-9]+)){2,}")
"""Words and numbers with signs between them: a name of a file or a page."""
_PUBLIC: Final = re.compile(
    r"sha\d+|md5|digest|checksum|integrity|hash|commit|public|fingerprint|uuid|revision|etag|nonce", re.IGNORECASE
)
_SALT: Final = os.urandom(16)


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """One secret in a text, without its value."""

    line: int
    name: str
    length: int
    is_formed: bool
    """Whether its form says what it is."""
    mark: bytes
    """The same for the same value, within one run, and of no use outside of it."""

    def __str__(self) -> str:
        return f"{self.name}, {self.length} characters"


def sort_of(path: str) -> Sort:
    """What kind of text a file holds, by its name."""
    name = path.rpartition("/")[2].lower()
    if _LOCKS.fullmatch(name):
        return "lock"
    file = File(path=path, full=Path(path))
    if file.is_document:
        return "document"
    return "code" if file.suffix in _CODE else "settings"


def secrets_in(text: str, sort: Sort, a_line: int) -> list[Secret]:
    """The secrets of a text in the order of their lines, each line and value once."""
    kept: dict[tuple[int, bytes], Secret] = {}
    places: dict[int, set[str]] = {}
    for line, name, value, is_formed in (*_own(text, sort, a_line), *_by_plugins(text, sort, a_line)):
        if _is_made_up(value, is_formed) or any(value in one or one in value for one in places.get(line, ())):
            continue
        places.setdefault(line, set()).add(value)
        mark = hashlib.blake2b(value.encode("utf-8", "replace"), key=_SALT, digest_size=16).digest()
        kept[line, mark] = Secret(line=line, name=name, length=len(value), is_formed=is_formed, mark=mark)
    return sorted(kept.values(), key=lambda one: one.line)


def _own(text: str, sort: Sort, a_line: int) -> Iterator[tuple[int, str, str, bool]]:
    found = find_sensitive(text, SECRETS)
    if not found:
        return
    starts = _starts(text)
    for one in found:
        line = bisect.bisect_right(starts, one.start)
        begin = starts[line - 1]
        end = starts[line] - 1 if line < len(starts) else len(text)
        whole = text[begin:end]
        value = text[one.start : one.end]
        if len(whole) > a_line:
            continue
        before = text[one.start - 1 : one.start]
        if one.kind in _LOOSE and not _is_plausible(one.kind, value, whole, before, sort):
            continue
        yield line, one.rule.replace("_", " "), value, one.kind not in _LOOSE


def _is_plausible(kind: str, value: str, line: str, before: str, sort: Sort) -> bool:
    if sort in ("document", "lock") or (sort == "code" and before not in "\"'`"):
        return False
    if kind == "high_entropy" and _PUBLIC.search(line):
        return False
    return _is_strong(value)


def _is_strong(value: str) -> bool:
    """Whether a value could be a password or key: letters, digits and signs mixed, and no name or sentence."""
    if len(value) < 8 or len(value) > 200 or " " in value or _NAME_ONLY.fullmatch(value) or _SLUG.fullmatch(value):
        return False
    if re.search(r"[(){}\[\]]|::|\w\.\w+\.\w|^/|^\.|^https?:|\\[nrtux]", value) or value.count("/") > 2:
        return False
    groups = sum(
        (any(map(str.isdigit, value)), any(map(str.islower, value)), any(map(str.isupper, value)), not value.isalnum())
    )
    return groups > 1 and any(map(str.isdigit, value)) and entropy(value) >= 2.75


def _by_plugins(text: str, sort: Sort, a_line: int) -> Iterator[tuple[int, str, str, bool]]:
    asked = plugins()
    for hit in asked.hits(text, a_line):
        if not (sort == "lock" and not hit.value.startswith("BEGIN")) and _is_formed(hit.name, hit.value):
            yield hit.line, hit.name, hit.value, True
    if sort in ("code", "settings"):
        for hit in asked.assigned(text, a_line):
            if _is_strong(hit.value) and not asked.is_filler(hit.value):
                yield hit.line, hit.name, hit.value, False


def _is_formed(name: str, value: str) -> bool:
    """Whether a form says enough: a key in PEM is told by our own rules, with what is in it."""
    if name == "Private Key":
        return False
    return name != "Basic Auth Credentials" or _is_strong(value)


def _is_made_up(value: str, is_formed: bool) -> bool:
    if _MADE_UP.search(value):
        return True
    return not is_formed and plugins().is_filler(value)


def _starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def findings(
    path: str, secrets: Iterable[Secret], *, cell: int | None = None, first: int | None = 1
) -> Iterator[Finding]:
    """Secrets of a file as findings; those of a test together as one. ``first``: the line where the text begins."""
    kept = list(secrets)
    if is_test(path):
        formed = [one for one in kept if one.is_formed]
        if formed:
            names = ", ".join(sorted({one.name for one in formed})[:5])
            yield Finding(
                rule=IN_TESTS,
                path=path,
                line=_line(formed[0], first),
                cell=cell,
                what=f"{len(formed)} value{'s' if len(formed) > 1 else ''} of the form of: {names}",
            )
        return
    for one in kept:
        rule = TOKEN if one.is_formed else ASSIGNED
        yield Finding(rule=rule, path=path, line=_line(one, first), cell=cell, what=str(one))


def _line(secret: Secret, first: int | None) -> int | None:
    return None if first is None else secret.line + first - 1

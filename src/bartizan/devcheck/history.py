"""Secrets that are gone from the files and still in the history: what the newest commits of all branches added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan.devcheck.files import is_test
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.git import Git, NoGit, Output
from bartizan.devcheck.limits import Limits
from bartizan.devcheck.secrets import OLD_ASSIGNED, OLD_TOKEN, Secret, secrets_in, sort_of
from bartizan.devcheck.suppression import inline

_BINARY: Final = (
    "png jpg jpeg gif ico webp pdf zip gz bz2 xz 7z tar whl so dll exe pyc woff woff2 ttf mp3 mp4 npy npz pkl joblib "
    "pt pth ckpt onnx safetensors gguf h5 keras pb tflite parquet feather arrow xlsx bin db sqlite csv tsv jsonl svg"
)
_LOG: Final = (
    "log", "--all", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
    "--text", "--no-show-signature", "--no-mailmap", "--no-notes", "--no-decorate", "--submodule=short",
    "--ignore-submodules=all", "--diff-merges=dense-combined", "--src-prefix=a/", "--dst-prefix=b/",
    "--format=%x01%H", "--relative", "-O/dev/null",
)  # fmt: skip
_HUNK: Final = re.compile(rb"@@+ .*?\+(\d+)(?:,\d+)? @@+")
_MOST_TOGETHER: Final = 4 << 20


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that a commit added to a file, in a row as they stand there, with gaps."""

    commit: str
    path: str
    lines: tuple[tuple[int, str], ...]


class Past(msgspec.Struct, kw_only=True):
    """What was read of the history."""

    commits: int = 0
    note: str = ""
    """Why not all of it was read; empty: all was."""
    findings: list[Finding] = []


def read_history(git: Git, known: set[bytes], limits: Limits) -> Past:
    """The secrets of the history that are not ``known`` from the files, each where it came in last. Never raises."""
    past = Past(findings=[])
    try:
        if git.ask("rev-parse", "--is-shallow-repository").strip() == b"true":
            past.note = "the clone is shallow: older commits are not here"
        count = int(git.ask("rev-list", "--all", "--count").strip() or b"0")
    except (NoGit, ValueError) as error:
        past.note = f"it could not be read: {error}"
        return past
    if count > limits.commits:
        past.note = f"the newest {limits.commits:,} of {count:,} commits were read"
    excluded = (f":(exclude,icase)*.{one}" for one in _BINARY.split())
    output = git.listen(
        (*_LOG, f"--max-count={limits.commits}", "--", ".", *excluded),
        most=limits.history_bytes,
        seconds=limits.history_seconds,
    )
    seen = set(known)
    for one in _added(output, past, limits.a_line):
        past.findings += _judged(one, seen, limits)
    if output.cut:
        past.note = f"it was read up to commit {past.commits:,} of {min(count, limits.commits):,}, {output.cut}"
    else:
        past.commits = min(count, limits.commits)
    return past


def _judged(added: Added, seen: set[bytes], limits: Limits) -> Iterator[Finding]:
    if is_test(added.path):
        return
    numbers = [number for number, _ in added.lines]
    text = "\n".join(line for _, line in added.lines)
    for secret in secrets_in(text, sort_of(added.path), limits.a_line):
        if secret.mark not in seen:
            seen.add(secret.mark)
            yield _finding(added, secret, numbers[secret.line - 1])


def _finding(added: Added, secret: Secret, line: int) -> Finding:
    rule = OLD_TOKEN if secret.is_formed else OLD_ASSIGNED
    written = added.lines[secret.line - 1][1]
    allowed = inline(written)
    reason = allowed[1] if allowed is not None and allowed[0] in (rule.id, rule.id.replace("history", "secret")) else ""
    return Finding(
        rule=rule,
        path=added.path,
        line=line,
        commit=added.commit,
        what=str(secret),
        waived=reason,
        waived_by=f"{added.path}:{line}" if reason else "",
    )


def _added(output: Output, past: Past, a_line: int) -> Iterator[Added]:
    """What each commit added to each file, from lines as `git log --patch` writes them."""
    commit, path, number, is_hunk, columns = "", "", 0, False, 1
    lines: list[tuple[int, str]] = []
    size = 0
    for raw in output.lines:
        if raw.startswith((b"\x01", b"diff --")):
            if lines:
                yield Added(commit=commit, path=path, lines=tuple(lines))
            lines, size, is_hunk, path = [], 0, False, ""
            if raw.startswith(b"\x01"):
                commit = raw[1:41].decode("ascii", "replace")
                past.commits += 1
            columns = 2 if raw.startswith((b"diff --cc", b"diff --combined")) else 1
        elif not is_hunk and raw.startswith(b"+++ "):
            path = _path(raw[4:])
        elif raw.startswith(b"@@") and (hunk := _HUNK.match(raw)):
            is_hunk, number = True, int(hunk[1])
            columns = max(1, len(raw) - len(raw.lstrip(b"@")) - 1)
        elif is_hunk and raw[:columns].strip(b"+ ") == b"" and path:
            if b"+" in raw[:columns] and len(raw) <= a_line and size < _MOST_TOGETHER:
                lines.append((number, raw[columns:].decode("utf-8", "replace").rstrip("\r")))
                size += len(raw)
            number += 1
    if lines:
        yield Added(commit=commit, path=path, lines=tuple(lines))


def _path(raw: bytes) -> str:
    """The name of a file in a header of a diff, without its quotes; empty for one that was deleted."""
    text = raw.rstrip(b"\t\r")
    if text == b"/dev/null":
        return ""
    if text.startswith(b'"') and text.endswith(b'"'):
        try:
            text = text[1:-1].decode("unicode_escape").encode("latin-1")
        except (UnicodeDecodeError, UnicodeEncodeError):
            text = text[1:-1]
    return text.removeprefix(b"b/").decode("utf-8", "replace")

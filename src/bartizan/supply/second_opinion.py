"""What picklescan says of the same files: a second pair of eyes, which may raise a doubt and never takes one away.

It runs in a process of its own with bounded memory and time, since it unpacks what it reads without a limit.
"""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import described
from bartizan.core.extras import need
from bartizan.supply.scan.finding import Finding, Scanned
from bartizan.supply.scan.rule import Rule

Word: TypeAlias = Literal["dangerous", "suspicious", "nothing", "none"]
"""``none``: it gave no opinion, since it failed, took too long or could not read the file."""
SECONDS: Final = 120.0
MEMORY: Final = 2 << 30
"""Bytes of its address space."""

DOUBT: Final = Rule(
    id="second.dangerous",
    level="review",
    title="picklescan calls it dangerous",
    why="Another scanner knows a name in it as dangerous; a person must look which of the two is right.",
    refs=("CWE-502",),
)


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What it says of one file."""

    word: Word
    names: tuple[str, ...] = ()
    """The globals that it doubts, or why it gave no opinion."""


def said(words: Sequence[Word]) -> str:
    """What it said of all files, in a line."""
    counts: Counter[str] = Counter(words)
    told = (
        ("dangerous", "dangerous"),
        ("suspicious", "suspicious"),
        ("nothing", "nothing found"),
        ("none", "no opinion"),
    )
    named = ", ".join(f"{counts[word]:,} {text}" for word, text in told if counts[word])
    return f"picklescan beside it, {len(words):,} file{'' if len(words) == 1 else 's'}: {named or 'nothing asked'}"


class SecondOpinion:
    """picklescan, asked file by file. Use it in a with block. Raises MissingExtra where it is not installed."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        need("picklescan.scanner")
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.words: list[Word] = []
        """What it said, file by file."""

    def __enter__(self) -> SecondOpinion:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def beside(self, files: Iterable[Scanned]) -> Iterator[Scanned]:
        """The files with its doubts added. Files that cannot hold a pickle, by what they are, are not shown to it."""
        for one in files:
            if not one.formats or one.formats == ("skipped",):
                yield one
                continue
            opinion = self.of(Path(one.path))
            if opinion.word != "dangerous":
                yield one
                continue
            doubt = Finding(rule=DOUBT, what=", ".join(opinion.names))
            yield msgspec.structs.replace(one, findings=(*one.findings, doubt))

    def of(self, path: Path) -> Opinion:
        """What it says of a file."""
        opinion = self._asked(path)
        self.words.append(opinion.word)
        return opinion

    def _asked(self, path: Path) -> Opinion:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(str(path.resolve())) + b"\n")
            process.stdin.flush()
            if not select.select([process.stdout], [], [], self._seconds)[0]:
                self._end()
                return Opinion(word="none", names=(f"it took more than {self._seconds:g} s",))
            return msgspec.json.decode(process.stdout.readline(), type=Opinion)
        except (OSError, UnicodeEncodeError, msgspec.DecodeError) as error:
            self._end()
            return Opinion(word="none", names=(f"it ended by itself: {described(error)}",))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bartizan.supply.second_opinion_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            process.communicate()

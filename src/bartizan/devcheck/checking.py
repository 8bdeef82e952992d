"""Checking a repository: every file once, then what only all of them together can tell, then the history."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bartizan.core.errors import InputError, Problem, described
from bartizan.devcheck import (
    commands,
    downloads,
    exposure,
    licences,
    loading,
    outputs,
    owners,
    packages,
    program,
    secrets,
    suppression,
    texts,
)
from bartizan.devcheck.commands import commands_in
from bartizan.devcheck.downloads import unpinned_downloads
from bartizan.devcheck.exposure import exposed
from bartizan.devcheck.files import File, Listing, listing
from bartizan.devcheck.finding import Checked, Finding, in_order
from bartizan.devcheck.git import NoGit
from bartizan.devcheck.history import Past, read_history
from bartizan.devcheck.licences import licences_in, no_licence, repository_licence
from bartizan.devcheck.limits import Limits
from bartizan.devcheck.loading import in_tests, unsafe_loads
from bartizan.devcheck.notebooks import Notebook, notebook_of
from bartizan.devcheck.outputs import shown_data
from bartizan.devcheck.owners import trains, unowned
from bartizan.devcheck.packages import no_lock, supplied
from bartizan.devcheck.program import UNPARSED, Program, program_in, program_of
from bartizan.devcheck.rule import CONTROLS, Rule
from bartizan.devcheck.secrets import findings as secret_findings
from bartizan.devcheck.secrets import secrets_in, sort_of
from bartizan.devcheck.suppression import (
    Allowed,
    comments_in,
    waived_by_file,
    waived_inline,
    wrong_comments,
)
from bartizan.devcheck.texts import UNREAD, text_of

FAILED: Final = Rule(
    id="check.failed",
    level="low",
    title="A check failed",
    why="This is a defect of the check; what it did not see may be anything.",
    fix="Report it, with the file if you may.",
    controls=CONTROLS,
)
CUT: Final = Rule(
    id="check.cut",
    level="low",
    title="Not everything was looked at",
    why="What was not looked at may hold anything that is looked for here.",
    fix="Check the folders one by one, or raise the limit that is named.",
    controls=CONTROLS,
)
RULES: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (
            *texts.RULES, *program.RULES, *secrets.RULES, *loading.RULES, *downloads.RULES, *commands.RULES,
            *packages.RULES, *outputs.RULES, *exposure.RULES, *owners.RULES, *licences.RULES, *suppression.RULES,
            FAILED, CUT,
        ),
        key=lambda rule: rule.id,
    )
)  # fmt: skip
"""Everything that is looked for."""
KNOWN: Final = frozenset(rule.id for rule in RULES)
_KEPT: Final = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "environment.yml", *owners.PLACES})
"""Texts that only the whole repository makes sense of."""


def check(
    root: Path, *, limits: Limits | None = None, allowed: Iterable[Allowed] = (), with_history: bool = True
) -> Checked:
    """Everything that is found in a repository. Nothing of it is run or imported, nothing asked over the network.

    Raises InputError where the root is no folder that can be read, and MissingExtra without detect-secrets.
    """
    bounds = limits or Limits()
    here = _root(root)
    files = listing(here, bounds.files)
    run = _Run(here, files, bounds)
    run.files()
    run.whole()
    past = run.history() if with_history else Past(note="it was not asked for")
    entries = tuple(allowed)
    found = in_order(waived_by_file(one, entries) for one in run.findings)
    return Checked(
        root=str(root),
        findings=found,
        files=run.looked,
        lines=run.lines,
        commits=past.commits if with_history and files.git is not None else None,
        history_note=past.note,
        head=_head(files),
        digest=run.digest.hexdigest(),
        left_out=files.left_out,
        allowed=sum(bool(one.waived) for one in found),
    )


def _root(root: Path) -> Path:
    problem = "there is nothing of that name" if not root.exists() else "it is no folder" if not root.is_dir() else ""
    if problem:
        raise InputError([Problem(file=str(root), finding=problem, fix="name the folder of a repository")])
    try:
        next(root.iterdir(), None)
    except OSError as error:
        finding = f"it cannot be read: {error.strerror or type(error).__name__}"
        raise InputError([Problem(file=str(root), finding=finding, fix="check its permissions")]) from None
    return root.resolve()


def _head(files: Listing) -> str:
    if files.git is None:
        return ""
    try:
        return files.git.ask("rev-parse", "--verify", "--quiet", "HEAD").decode("ascii", "replace").strip()
    except NoGit:
        return ""


class _Run:
    """One repository on its way through all checks."""

    def __init__(self, root: Path, files: Listing, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.findings: list[Finding] = []
        self.looked = 0
        self.lines = 0
        self.digest = hashlib.sha256()
        self._root, self._listing, self._limits, self._clock = root, files, limits, clock
        self._texts: dict[str, str] = {}
        self._training: dict[str, int] = {}
        self._marks: set[bytes] = set()
        self._read = 0
        self._licence: tuple[bool, frozenset[str]] = (False, frozenset())

    def files(self) -> None:
        """Look at every file, as long as the limits allow."""
        self._licence = repository_licence(self._listing.files, self._tops())
        until = self._clock() + self._limits.seconds
        for number, file in enumerate(self._listing.files):
            if self._clock() > until or self._read > self._limits.total:
                rest = len(self._listing.files) - number
                why = f"{rest:,} files were left: over {self._limits.seconds:g} s or {self._limits.total:,} bytes"
                self._cut(why)
                break
            self._file(file)
        if self._listing.is_cut:
            self._cut(f"there are more than {self._limits.files:,} files")

    def _cut(self, why: str) -> None:
        self.findings.append(Finding(rule=CUT, path="", what=why, is_unknown=True))

    def _tops(self) -> dict[str, str]:
        """The texts of the licences, which all other files are compared with."""
        named = (one for one in self._listing.files if licences.is_about_licence(one))
        return {one.path: text_of(one, self._limits).text or "" for one in named}

    def _file(self, file: File) -> None:
        self.looked += 1
        self.digest.update(f"{file.path}\0{file.size}\0".encode("utf-8", "surrogateescape"))
        if file.problem:
            self.findings.append(Finding(rule=UNREAD, path=file.path, what=file.problem, is_unknown=True))
            return
        read = text_of(file, self._limits)
        if read.why:
            self.findings.append(Finding(rule=UNREAD, path=file.path, what=read.why, is_unknown=True))
        if read.text is None:
            return
        self.digest.update(hashlib.sha256(read.raw).digest())
        self._read += len(read.raw)
        self.lines += read.text.count("\n") + 1
        self._text(file, read.text)

    def _text(self, file: File, text: str) -> None:
        if file.path in _KEPT:
            self._texts[file.path] = text
        comments = comments_in(file.path, text)
        kept: list[Finding] = list(wrong_comments(file.path, comments, KNOWN))
        checks: tuple[Callable[[], Iterator[Finding]], ...] = (
            (lambda: self._notebook(file, text),)
            if file.suffix == ".ipynb"
            else (
                lambda: self._secrets(file, text),
                lambda: self._python(file, text),
                lambda: supplied(file, text),
                lambda: licences_in(file, text, self._licence[1]),
            )
        )
        for one in checks:
            kept += self._tried(file, one)
        if comments:
            kept = [waived_inline(finding, comments, text) for finding in kept]
        self.findings += _bounded(kept, self._limits.a_rule)

    def _tried(self, file: File | None, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
        """What a check finds; a check that fails is unknown, never passed."""
        path = file.path if file is not None else ""
        made: list[Finding] = []
        try:
            made += check()
        except Exception as error:  # whatever it is, the file was not looked at whole
            made.append(Finding(rule=FAILED, path=path, what=described(error), is_unknown=True))
        return made

    def _secrets(self, file: File, text: str) -> Iterator[Finding]:
        found = secrets_in(text, sort_of(file.path), self._limits.a_line)
        self._marks.update(one.mark for one in found)
        return secret_findings(file.path, found)

    def _python(self, file: File, text: str) -> Iterator[Finding]:
        if file.suffix in (".py", ".pyw") and (code := program_of(file, text)) is not None:
            yield from self._program(code)

    def _program(self, code: Program) -> Iterator[Finding]:
        for why, cell, line in code.broken:
            yield Finding(rule=UNPARSED, path=code.file.path, line=line, cell=cell, what=why, is_unknown=True)
        acting = [*unsafe_loads(code), *unpinned_downloads(code)]
        yield from in_tests(acting) if code.file.is_test else acting
        for line_of_shell, cell, line in code.commands:
            yield from commands_in(code.file, [line_of_shell], cell=cell, first=line or 1)
        if not code.file.is_test and (at := trains(code)) is not None:
            self._training[code.file.path] = at

    def _notebook(self, file: File, text: str) -> Iterator[Finding]:
        try:
            notebook = notebook_of(text)
        except ValueError as error:
            yield Finding(rule=UNREAD, path=file.path, what=f"as a notebook: {error}", is_unknown=True)
            return
        for cell in notebook.cells:
            yield from self._cell_secrets(file, notebook, cell.number)
        yield from shown_data(file, notebook)
        if notebook.language in ("python", "ipython"):
            yield from self._program(program_in(file, notebook))
        else:
            what = f"its code in {notebook.language} was not looked at"
            yield Finding(rule=UNPARSED, path=file.path, what=what, is_unknown=True)

    def _cell_secrets(self, file: File, notebook: Notebook, number: int) -> Iterator[Finding]:
        cell = notebook.cells[number - 1]
        found = secrets_in(cell.source, "code" if cell.is_code else "document", self._limits.a_line)
        shown = [
            one
            for output in cell.outputs
            for one in secrets_in(output.text[: self._limits.text], "document", self._limits.a_line)
        ]
        self._marks.update(one.mark for one in (*found, *shown))
        yield from secret_findings(file.path, found, cell=number, first=cell.line)
        yield from secret_findings(file.path, shown, cell=number, first=None)

    def whole(self) -> None:
        """What only all files together can tell."""
        files, has_git = self._listing.files, self._listing.git is not None
        for one in (
            lambda: exposed(self._root, files, has_git),
            lambda: unowned(self._training, self._texts),
            lambda: no_licence(self._licence[0], files),
            lambda: no_lock(files, self._texts),
        ):
            self.findings += self._tried(None, one)

    def history(self) -> Past:
        """The history, where there is one."""
        if self._listing.git is None:
            return Past(note=self._listing.no_git)
        past = read_history(self._listing.git, self._marks, self._limits)
        self.findings += past.findings
        return past


def _bounded(findings: list[Finding], most: int) -> Iterator[Finding]:
    """Not more than so many findings of one rule; what is left out is counted in the last."""
    counts: Counter[str] = Counter()
    for one in findings:
        counts[one.rule.id] += not one.waived
        if counts[one.rule.id] <= most:
            yield one
    yield from _left(findings, counts, most)


def _left(findings: list[Finding], counts: Mapping[str, int], most: int) -> Iterator[Finding]:
    for one in {finding.rule.id: finding for finding in findings}.values():
        if counts[one.rule.id] > most:
            what = f"{counts[one.rule.id] - most:,} more of this kind in the file"
            yield Finding(rule=one.rule, path=one.path, what=what)

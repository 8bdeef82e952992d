"""Git, asked without trusting the repository: nothing that its settings name is run, fetched or asked.

A stranger's .git/config may name programs for nearly everything (fsmonitor, hooks, textconv, external diffs, gpg for
signatures, helpers of remotes). Each is switched off on the command line, which wins over the file; no protocol is
allowed, so that a partial clone fetches nothing; the user's own settings are not read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bartizan.core.errors import BartizanError

_SETTINGS: Final = (
    "core.fsmonitor=false", "core.untrackedCache=false", "core.hooksPath=/dev/null", "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null", "core.pager=cat", "core.quotePath=false", "core.sshCommand=false",
    "core.gitProxy=", "core.askPass=", "credential.helper=", "protocol.allow=never", "safe.directory=*",
    "log.showSignature=false", "log.showRoot=true", "log.mailmap=false", "gpg.program=false", "gpg.ssh.program=false",
    "diff.external=", "diff.submodule=short", "diff.interHunkContext=0", "diff.suppressBlankEmpty=false",
    "submodule.recurse=false", "gc.auto=0", "maintenance.auto=false", "color.ui=false",
)  # fmt: skip
_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ASKPASS": "",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_BLOCK: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 20


class NoGit(BartizanError):
    """Git cannot say it: absent, no repository, or it failed. Its text says which."""


class Output(msgspec.Struct, kw_only=True):
    """Lines as git writes them, with the reason for which they ended too early."""

    lines: Iterator[bytes]
    cut: str = ""


class Git:
    """One repository. ``root`` is the folder that is checked, which may lie below the top of the repository."""

    def __init__(self, root: Path) -> None:
        """Raises NoGit where the folder is in no repository, or git is absent."""
        program = shutil.which("git")
        if program is None:
            raise NoGit("git is not installed")
        top = next((one for one in (root, *root.parents) if (one / ".git").exists()), None)
        if top is None:
            raise NoGit("it is no git repository")
        self.root, self.top = root, top
        self._command = (
            program, f"--git-dir={top / '.git'}", f"--work-tree={top}", "--no-pager", "--no-replace-objects",
            *(word for setting in _SETTINGS for word in ("-c", setting)),
        )  # fmt: skip

    def ask(self, *arguments: str, most: int = 64 << 20, seconds: float = 60.0) -> bytes:
        """All that git answers. Raises NoGit where it fails, says more or takes longer."""
        process = self._started(arguments)
        assert process.stdout is not None
        with _Watched(process, seconds) as watched:
            raw = process.stdout.read(most + 1)
        if watched.is_late or len(raw) > most:
            raise NoGit(
                f"git takes more than {seconds:g} s" if watched.is_late else f"git says more than {most:,} bytes"
            )
        if process.returncode:
            raise NoGit("git cannot read the repository")
        return raw

    def listen(self, arguments: Sequence[str], *, most: int, seconds: float) -> Output:
        """What git answers line by line, without line ends, up to so many bytes and seconds; then ``cut`` says why."""
        output = Output(lines=iter(()))
        output.lines = self._lines(arguments, most, seconds, output)
        return output

    def _lines(self, arguments: Sequence[str], most: int, seconds: float, output: Output) -> Iterator[bytes]:
        process = self._started(arguments)
        assert process.stdout is not None
        read, rest = 0, b""
        with _Watched(process, seconds) as watched:
            while block := process.stdout.read(_BLOCK):
                read += len(block)
                if read > most:
                    output.cut = f"after {most:,} bytes"
                    break
                *whole, rest = (rest + block).split(b"\n")
                yield from whole
                rest = rest[:_LONGEST_LINE]
            if rest and not output.cut:
                yield rest
        if watched.is_late:
            output.cut = f"after {seconds:g} s"
        elif process.returncode and not output.cut:
            output.cut = "where git could not read on"

    def _started(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        environment = {**_ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath)}
        return subprocess.Popen(  # noqa: S603  the program and its switches are ours, no shell is between
            [*self._command, *arguments],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


class _Watched:
    """A process that ends when the block does, at the latest after its time."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self.is_late = False
        self._timer = threading.Timer(seconds, self._stop)
        self._timer.daemon = True

    def _stop(self) -> None:
        self.is_late = True
        self._process.kill()

    def __enter__(self) -> _Watched:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        out = self._process.stdout
        if out is not None and out.read(1):
            self._process.kill()
        self._process.wait()
        self._timer.cancel()
        if out is not None:
            out.close()

"""`bartizan serve` as a process: started, read, stopped."""

from __future__ import annotations

import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE_S = 60


class Serving:
    """A server that runs: its address, and the one-time link if it printed one."""

    def __init__(self, place: Path) -> None:
        words = [sys.executable, "-m", "bartizan", "serve", "--port", "0", "--register", str(place)]
        self._log = place.with_suffix(".log").open("ab")
        self._process = subprocess.Popen(words, cwd=place.parent, stdout=subprocess.PIPE, stderr=self._log)
        self.said = self._until("Stop it with Ctrl C.")
        self.address = self._found(r"at (http://127\.0\.0\.1:\d+)$")
        self.link = self._found(r"(http://\S+/link#\S+)$") if "/link#" in self.said else ""
        self.log = place.with_suffix(".log")

    def stop(self, signal: int) -> int:
        """Send a signal and wait for the end; the exit code."""
        self._process.send_signal(signal)
        return self._process.wait(_PATIENCE_S)

    def end(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._log.close()

    def _until(self, last: str) -> str:
        assert self._process.stdout is not None
        said, end = b"", time.monotonic() + _PATIENCE_S
        while last.encode() not in said:
            assert time.monotonic() < end, "the server said too little in time"
            ready, _, _ = select.select([self._process.stdout], [], [], 1)
            if ready:
                read = self._process.stdout.read1()  # type: ignore[attr-defined]
                assert read, "the server stopped before it served"
                said += read
        return said.decode()

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.said, re.MULTILINE)
        assert found is not None, self.said
        return found.group(1)


@contextmanager
def running(place: Path) -> Iterator[Serving]:
    """Serve a register for a while."""
    process = Serving(place)
    try:
        yield process
    finally:
        process.end()

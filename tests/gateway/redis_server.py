"""A real Redis for tests, on a socket in a temporary folder, without files of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

needs_redis = pytest.mark.skipif(
    os.environ.get("CI") != "true" and shutil.which("redis-server") is None,
    reason="redis-server is not installed: apt-get install redis-server",
)


@dataclass
class RedisServer:
    """It can be killed, frozen and started again."""

    folder: Path
    running: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def path(self) -> Path:
        return self.folder / "r.sock"

    @property
    def address(self) -> str:
        return f"unix://{self.path}"

    def start(self) -> None:
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.path), "--save", "", "--appendonly", "no"]
        self.running = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < until, "redis-server did not start"
            time.sleep(0.01)

    def _answers(self) -> bool:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as one, contextlib.suppress(OSError):
            one.connect(str(self.path))
            one.sendall(b"PING\r\n")
            return one.recv(16).startswith(b"+PONG")
        return False

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def redis_server() -> Iterator[RedisServer]:
    """One that runs until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="btz") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()

"""Registers for tests, on real databases: a file for SQLite, a server of the tests' own for PostgreSQL.

The server is Debian's `postgresql` package, started once for each process of the test run when the first test wants it.
It listens on a socket in a folder of its own and on no port, and it ends with the process that started it, however that
ends. Each test gets a database that was copied from one with all tables, which takes some hundredths of a second.
"""

from __future__ import annotations

import ctypes
import datetime
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal, TypeAlias

import psycopg
import pytest
from psycopg.errors import OperationalError

from bartizan.register.audit.verifying import verify
from bartizan.register.opening import Register, open_register

Kind: TypeAlias = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")

_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "log_min_messages=fatal",
)
_PATIENCE_S = 60
_DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        """Move on, as `forward(days=3)`."""
        self.moment += datetime.timedelta(**by)


class Server:
    """A PostgreSQL server for one test run: nothing of it outlives the run."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bartizan-pg-"))
        self._numbers = itertools.count(1)
        self._template = ""
        if os.geteuid() == 0:  # initdb refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
        make = ["initdb", "-D", "data", "-U", "bartizan", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = self._started(programs, *make)
        if made.wait(_PATIENCE_S):
            raise RuntimeError(f"initdb failed: {(self.folder / 'log').read_text()}")
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        self._process = self._started(programs, "postgres", "-D", "data", "-h", "", "-k", str(self.folder), *settings)
        self._wait()

    def _started(self, programs: Path, program: str, *words: str) -> subprocess.Popen[bytes]:
        other = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                [programs / program, *words],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                preexec_fn=_die_with_parent,  # noqa: PLW1509  there are no threads yet
                **other,
            )

    def _wait(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
            except OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.02)
            else:
                return

    def _address(self, name: str) -> str:
        return f"postgresql://bartizan@/{name}?host={self.folder}"

    def empty(self) -> str:
        """The URL of a new database with nothing in it."""
        return self._created("template0")

    def place(self) -> str:
        """The URL of a new register: all tables, no rows."""
        if not self._template:
            url = self.empty()
            open_register(url).close()
            self._template = url.partition("@/")[2].partition("?")[0]
        return self._created(self._template)

    def _created(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return self._address(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def stop(self) -> None:
        """End the server and remove its files."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGQUIT)


def programs_of_postgresql() -> Path | None:
    """The folder of the newest PostgreSQL that Debian installed, if any."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server; without one the test is skipped, and fails where CI says that there must be one."""
    programs = programs_of_postgresql()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = Server(programs)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register in a file, with all tables and no rows, to copy."""
    file = tmp_path_factory.mktemp("register") / "template.db"
    open_register(file).close()
    return file


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Both databases, one after the other."""
    found: Kind = request.param
    return found


@pytest.fixture
def register_place(kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where an empty register of this test is: what `open_register` and `--register` take."""
    if kind == "sqlite":
        file = tmp_path / "bartizan.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield str(file)
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.place()
    yield url
    server.drop(url)


@pytest.fixture
def empty_place(kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where no register is yet: a path with no file, a database with no table."""
    if kind == "sqlite":
        yield str(tmp_path / "new.db")
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.empty()
    yield url
    server.drop(url)


@pytest.fixture
def clock() -> Clock:
    """The clock of the register under test; it stands at 2026-11-22 09:00 UTC."""
    return Clock()


@pytest.fixture
def leaves_sound() -> bool:
    """Whether the register must be sound after the test; a module that tampers with it says no."""
    return True


@pytest.fixture
def register(register_place: str, clock: Clock, leaves_sound: bool) -> Iterator[Register]:
    """An empty register on either database. Whatever a test does to it, the chain vouches for every row at the end."""
    with closing(open_register(register_place, clock=clock)) as opened:
        yield opened
        found = verify(opened) if leaves_sound else None
    assert found is None or found.sound, found.faults

"""Opening a register: made, brought up to date, or refused with what to do; and what was there is never harmed."""

from __future__ import annotations

import os
import socket
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bartizan.core.errors import BartizanError, InputError, Unreachable
from bartizan.register import tables
from bartizan.register.audit.verifying import verify
from bartizan.register.engines import RegisterError, engine_of, url_of
from bartizan.register.opening import Register, open_register

ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
ON_POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"])


def written(register: Register) -> None:
    with register.change("anna") as change:
        change.insert(tables.systems, {"id": "mail", "name": "Mail agent"}, "system.add")


def test_a_register_is_made_where_there_is_none(empty_place: str) -> None:
    with closing(open_register(empty_place)) as register:
        written(register)
    with closing(open_register(empty_place, create=False)) as register:
        assert verify(register).entries == 1


def test_without_create_nothing_is_made(empty_place: str) -> None:
    with pytest.raises(InputError, match="there is no register here"):
        open_register(empty_place, create=False)
    assert not Path(empty_place).exists()


def test_of_two_that_make_a_register_at_once_both_get_it(empty_place: str) -> None:
    failed: list[BaseException] = []

    def open_and_write() -> None:
        try:
            with closing(open_register(empty_place)) as register, register.change("anna") as change:
                change.record("hello")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=open_and_write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with closing(open_register(empty_place)) as register:
        assert verify(register).entries == 4


def test_a_register_of_a_newer_version_is_refused(register_place: str) -> None:
    with closing(open_register(register_place)) as register:
        written(register)
        with register.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999\x1b[31m'"))
    with pytest.raises(RegisterError, match="made by a newer Bartizan") as error:
        open_register(register_place)
    assert "install the newer version" in str(error.value)
    assert str(error.value).isprintable()


def test_a_database_of_something_else_is_refused_and_left_alone(empty_place: str, tmp_path: Path) -> None:
    engine = engine_of(url_of(empty_place))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE songs (name VARCHAR(9))"))
    engine.dispose()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(RegisterError, match="no register of Bartizan"):
        open_register(empty_place)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_file_that_is_no_register_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.db"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"some\.db: "):
        open_register(file, create=False)
    assert file.read_bytes() == content


def test_a_damaged_register_is_told(tmp_path: Path) -> None:
    file = tmp_path / "register.db"
    with closing(open_register(file)) as register:
        written(register)
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    file.write_bytes(raw)
    with (
        pytest.raises(BartizanError, match=r"register\.db: the file is damaged"),
        closing(open_register(file)) as register,
    ):
        verify(register)


def test_a_folder_a_device_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "fifo")
    for place, finding in (
        (tmp_path, "this is a folder"),
        (tmp_path / "fifo", "something else than a file"),
        ("/dev/null", "something else than a file"),
        (tmp_path / "no" / "where.db", "cannot be made here: No such file"),
        (tmp_path / "x\0y", "this is no path"),
        ("/proc/new.db", "a register cannot be made here"),
    ):
        with pytest.raises(InputError, match=finding):
            open_register(place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "pipe"]


@pytest.mark.parametrize(
    "place",
    [
        "",
        ":memory:",
        "sqlite://",
        "sqlite:///x.db?mode=ro",
        "mysql://root@localhost/x",
        "postgresql://",
        "http://[::1/",
        "://",
    ],
)
def test_a_place_that_is_none_says_what_one_is(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="give the path of a file, or postgresql://"):
        open_register(place)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://anna:secret@127.0.0.1:{nobody.getsockname()[1]}/register"
        with pytest.raises(Unreachable, match="the database did not answer") as error:
            open_register(url)
    assert "secret" not in str(error.value)
    assert error.value.exit_code == 3


@ON_POSTGRESQL
def test_a_database_that_is_not_there_is_told(register_place: str) -> None:
    with pytest.raises(Unreachable, match="does not exist"):
        open_register(register_place.replace("/test_", "/other_"))


@ON_POSTGRESQL
def test_a_server_that_goes_away_is_told(register_place: str) -> None:
    with closing(open_register(register_place)) as register:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "

        def lose() -> None:
            with register.change("anna") as change:
                change.record("lost")
                with register.engine.connect() as other:
                    other.execute(text(end + "pg_backend_pid()"))
                change.record("lost, too")

        with pytest.raises(Unreachable, match="terminat"):
            lose()
        with register.change("anna") as change:
            change.record("found")
        assert verify(register).entries == 1


@ON_SQLITE
@pytest.mark.parametrize("through_a_link", [False, True])
def test_nobody_else_may_read_a_new_register(empty_place: str, tmp_path: Path, through_a_link: bool) -> None:
    place = Path(empty_place)
    if through_a_link:
        (tmp_path / "kept").mkdir()
        place.symlink_to(tmp_path / "kept" / "register.db")
    with closing(open_register(place)) as register:
        written(register)
        files = list(Path(os.path.realpath(place)).parent.glob("*.db*"))
        assert len(files) == 3
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)

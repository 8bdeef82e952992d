"""Migrations: they make what the tables say, keep every row, and happen whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bartizan.register import opening, tables
from bartizan.register.audit.verifying import verify
from bartizan.register.engines import RegisterError
from bartizan.register.migrations import running
from bartizan.register.opening import HEAD, REVISIONS, Register, open_register

Newer: TypeAlias = Callable[[str], None]

WORKS = """
    always = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table("systems", recreate=always) as batch:
        batch.add_column(sa.Column("colour", sa.Text(), nullable=False, server_default=""))
"""
FAILS = """
    op.add_column("systems", sa.Column("colour", sa.Text()))
    op.execute("UPDATE systems SET name = 'lost'")
    op.drop_table("comments")
    op.execute("SELECT 1 FROM nowhere")
"""
ORPHANS = """
    op.execute("DELETE FROM systems")
"""


@pytest.fixture
def newer(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Newer:
    """Makes the program one version newer, with a migration that does what is given."""

    def become(body: str) -> None:
        folder = tmp_path_factory.mktemp("versions")
        shutil.copy(running.VERSIONS / "0001_first.py", folder)
        head = "import sqlalchemy as sa\nfrom alembic import op\n"
        head += "revision, down_revision, branch_labels, depends_on = '0002', '0001', None, None\n"
        (folder / "0002_next.py").write_text(f"{head}def upgrade():{body}")
        monkeypatch.setattr(running, "VERSIONS", folder)
        monkeypatch.setattr(opening, "HEAD", "0002")
        monkeypatch.setattr(opening, "REVISIONS", ("0001", "0002"))

    return become


@pytest.fixture
def filled_place(register_place: str) -> str:
    with closing(open_register(register_place)) as register, register.change("anna") as change:
        change.insert(tables.systems, {"id": "mail", "name": "Mail agent"}, "system.add")
        change.insert(tables.comments, {"system": "mail", "number": 1, "text": "hm"}, "comment.add")
    return register_place


def contents(file: Path) -> list[str]:
    """All that an SQLite file holds, as the statements that would make it."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_the_migrations_make_what_the_tables_say(register: Register) -> None:
    with register.read() as connection:
        options = {"compare_type": True, "compare_server_default": not register.is_file}  # SQLite gives them as written
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def test_the_newest_migration_is_the_one_that_opening_knows() -> None:
    files = sorted(file.name.partition("_")[0] for file in running.VERSIONS.glob("[0-9]*.py"))
    assert tuple(files) == REVISIONS
    assert REVISIONS[-1] == HEAD


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(("body", "why"), [(FAILS, "no such table"), (ORPHANS, "rows of comments would refer to rows")])
def test_a_failed_migration_leaves_the_file_as_it_was_and_a_copy(
    filled_place: str, newer: Newer, body: str, why: str
) -> None:
    file = Path(filled_place)
    before = contents(file)
    newer(body)
    with pytest.raises(RegisterError, match=f"is as it was: .*{why}") as error:
        open_register(file)
    copy = file.with_name("bartizan.db.before-0001")
    assert str(copy) in str(error.value)
    assert contents(file) == before
    assert contents(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE(file.stat().st_mode)
    assert sorted(path.name for path in file.parent.iterdir()) == ["bartizan.db", "bartizan.db.before-0001"]


def test_after_a_failed_migration_the_older_version_goes_on(
    filled_place: str, newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(FAILS)
    with pytest.raises(RegisterError, match="is as it was"):
        open_register(filled_place)
    monkeypatch.undo()
    with closing(open_register(filled_place)) as register:
        found = verify(register)
        assert found.sound, found.faults
        assert (found.entries, found.states) == (2, 2)


def test_a_migration_that_works_keeps_everything_and_the_chain_holds(filled_place: str, newer: Newer) -> None:
    newer(WORKS)
    with closing(open_register(filled_place)) as register:
        with register.read() as connection:
            assert connection.execute(text("SELECT colour FROM systems")).scalar() == ""
            if register.is_file:
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        found = verify(register)
        assert found.sound, found.faults
        assert found.states == 2


def test_a_register_that_was_brought_up_to_date_is_refused_by_the_older_version(
    filled_place: str, newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(WORKS)
    open_register(filled_place).close()
    monkeypatch.undo()
    with pytest.raises(RegisterError, match="made by a newer Bartizan"):
        open_register(filled_place)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_where_no_copy_can_be_made_nothing_is_changed(filled_place: str, newer: Newer) -> None:
    newer(WORKS)
    Path(f"{filled_place}.before-0001").mkdir()
    before = contents(Path(filled_place))
    with pytest.raises(RegisterError, match="the copy failed"):
        open_register(filled_place)
    assert contents(Path(filled_place)) == before

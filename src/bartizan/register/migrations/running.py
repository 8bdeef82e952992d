"""Run the migrations on a connection whose transaction the caller holds."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

VERSIONS = Path(__file__).parent / "versions"


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema to a revision; what Alembic would print stays silent."""
    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("version_locations", str(VERSIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)

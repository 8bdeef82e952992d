"""What a register holds before a story begins."""

from __future__ import annotations

import datetime
from pathlib import Path

from tests.cli.running import bartizan
from tests.report.dossiers import AGENT

SYSTEM = "/systems/mail-agent"
NUMBER = 8
RISK = f"{SYSTEM}/risks/{NUMBER}"
"""Direct prompt injection at the agent."""
UNTIL = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=100)).isoformat()
"""A day that an acceptance may end on."""


def add_mail_agent(place: Path) -> Path:
    """Keep the mail agent in a register; the file of its description."""
    file = place.with_name("system.yaml")
    file.write_text(AGENT)
    assert bartizan("register", "add", file, "--register", place, "--by", "anna") == 0
    return file

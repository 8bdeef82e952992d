"""Systems to test pages of many systems with: two that see each other's risks, and one whose every name is hostile."""

from __future__ import annotations

from pathlib import Path

from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import keep, keep_file

MAIL, SHOP, HOSTILE = "executive-mail-agent", "retail-chatbot", "hostile"
ATTACK = "<img src=x onerror=alert(1)>"
_EXAMPLES = Path(__file__).parents[2] / "examples"

_HOSTILE = f"""\
name: '{ATTACK}"'
owner: "</td><script>alert(2)</script>"
components:
  - id: agent
    kind: model
    name: "{ATTACK}"
    type: generative
    trained_by: supplier
    run_by: supplier
    supplier: "{ATTACK} & Sons"
    reads: [mailbox]
    input_sensitive: yes
  - {{id: mailbox, kind: data, name: "=cmd|'/C calc'!A0", role: retrieval, personal: yes, source: users}}
  - {{id: sender, kind: actor, trusted: no, crowd: public, motive: yes, uses: [agent]}}
impact: {{behaviour: high, augmentation_data: very_high}}
"""


def mail_and_shop(desk: Desk) -> None:
    """Keep two of the examples."""
    for name in (MAIL, SHOP):
        keep_file(desk, _EXAMPLES / name / "system.yaml", by="anna", system=name)


def hostile(desk: Desk) -> None:
    """Keep a system of hostile names."""
    keep(desk, _HOSTILE, file="system.yaml", by="anna", system=HOSTILE)

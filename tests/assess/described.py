"""Small systems that several tests of the assessment describe."""

from __future__ import annotations

from bartizan.core.source import parse_yaml
from bartizan.system.graph import System
from bartizan.system.reading import check_system

ASSISTANT = """\
name: Assistant
components:
  - id: bot
    kind: model
    type: generative
    task: [conversation]
    trained_by: supplier
    run_by: us
    supplier: Northwind AI
    reads: [docs]
    tools: []
    output_goes_to: [person]
  - {id: docs, kind: data, role: retrieval, sensitive: no, written_by: [staff], source: us}
  - {id: staff, kind: actor, trusted: yes, crowd: few, motive: no, uses: [bot]}
impact: {behaviour: medium, augmentation_data: low}
incidents: no
"""


def described(text: str = ASSISTANT, **changes: str) -> System:
    """The system, with pieces of its text exchanged: each key is a name for the reader, each value 'old -> new'."""
    for name, change in changes.items():
        old, _, new = change.partition(" -> ")
        assert old in text, (name, old)
        text = text.replace(old, new)
    return check_system(parse_yaml(text, "system.yaml"))

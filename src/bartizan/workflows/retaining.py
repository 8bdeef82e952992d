"""What the time that data is kept proves of a control."""

from __future__ import annotations

from pathlib import Path

from bartizan import __version__
from bartizan.core.digest import sha256_of
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.keeping.judging import Kept
from bartizan.tables.keeping.rules import Rules

CONTROL = ControlId("short_retain")
TOOL = "bartizan data retain"


def write_evidence(kept: Kept, rules: Rules, out: Path, *, component: str) -> int:
    """Write what the files say of the control at a component. Returns how many observations that makes.

    Anything that is over fails it. It passes only where nothing is unknown either, and something was judged; else
    nothing is said.
    """
    over, unknown = kept.of("over"), kept.of("unknown")
    observations: tuple[Observation, ...] = ()
    if over or (kept.judged and not unknown):
        held = kept.of("held")
        found = f"{len(over)} over their time" if over else "none over its time"
        observations = (
            Observation(
                what=f"{len(kept.judged)} files by {len(rules.rules)} rules: {found}",
                control=CONTROL,
                component=component,
                passed=not over,
                note=f"{len(held)} held" if held else "",
                digests={"rules": sha256_of(Path(rules.document.file))},
            ),
        )
    made = EvidenceFile(
        bartizan_evidence=1, tool=TOOL, version=__version__, held_on=kept.day, observations=observations
    )
    write_atomic(out, document_of(made))
    return len(observations)

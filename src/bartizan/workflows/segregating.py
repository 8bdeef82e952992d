"""What the modes of real files prove of a control: that each data set is reached by those who should."""

from __future__ import annotations

from pathlib import Path

from bartizan import __version__
from bartizan.core.digest import sha256_of
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.access.checking import Checked
from bartizan.tables.access.manifest import Manifest

CONTROL = ControlId("segregate_data")
TOOL = "bartizan data access"


def write_evidence(one: Checked, manifest: Manifest, out: Path, *, component: str, today: str) -> int:
    """Write what the modes say of the control at a component. Returns how many observations that makes.

    A finding that nobody accepted fails it; it passes only where everything could be told; else nothing is said.
    """
    failed, accepted = one.of("finding"), one.of("accepted")
    observations: tuple[Observation, ...] = ()
    if failed or one.is_segregated:
        found = f"{len(failed)} findings" if failed else "as the manifest says"
        observations = (
            Observation(
                what=f"{one.files} files of {len(manifest.data)} data sets: {found}",
                control=CONTROL,
                component=component,
                passed=not failed,
                note=f"{len(accepted)} findings accepted for a while" if accepted else "",
                digests={"manifest": sha256_of(Path(manifest.document.file))},
            ),
        )
    made = EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=observations)
    write_atomic(out, document_of(made))
    return len(observations)

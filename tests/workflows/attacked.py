"""A small system whose model is attacked: only evasion applies to it, so that a campaign is short.

The rig is made by `rig.py` beside the description: tumours and logistic regression, changed as a test says.
"""

from __future__ import annotations

from pathlib import Path

from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.testing import Campaign, Conclusion, Prepared, conclude, measure, prepare

DAY = "2026-11-22"
EVASION = "evasion@model"

SYSTEM = """\
schema: 1
name: Tumour triage
components:
  - id: model
    kind: model
    name: Triage
    type: predictive
    task: [classification]
    takes: [table]
    gives: [label]
    trained_by: us
    trained_on: [records]
    intellectual_property: no
    weights_public: yes
    runs_on: server
    input_sensitive: no
    output_goes_to: [person]
    output_can_harm: yes
    fooling_pays: yes
    learns_from_use: no
    target: {rig: rig.py:build}
  - {id: records, kind: data, role: training, sensitive: no, source: us, written_by: []}
  - {id: app, kind: application, uses: [model]}
  - {id: senders, kind: actor, trusted: no, crowd: public, motive: yes, uses: [app]}
  - {id: server, kind: runtime, place: own_servers, run_by: us}
impact: {behaviour: high, availability: low, training_data: low, input_data: low, model: low}
incidents: no
"""

RIG = '''\
"""The target of a test: what a model of their own may do to the lab."""

import msgspec
import numpy as np

from bartizan.targets.callables import CallablePredictor
from bartizan.targets.data import Dataset
from tests.rigs import tumours

SOUND = tumours()
TARGET = SOUND.target
DOMAIN = TARGET.card.domain
ASKED = [0]


def answer(x):
    ASKED[0] += len(x)
    return TARGET.scores(x)


def build():
    target = CallablePredictor(DOMAIN, 2, {capability}=answer, name="triage", digest="{digest}")
    return msgspec.structs.replace(SOUND, name="triage rig", target=target, train=None, recipe=None)
'''


def folder_with(
    folder: Path, more: str = "", *, system: str = SYSTEM, capability: str = "scores", digest: str = "d" * 64
) -> Path:
    """The description in a folder, with a rig of its own; ``more`` is put after its code, and may replace parts."""
    rig = RIG.replace("{capability}", capability).replace("{digest}", digest)
    (folder / "rig.py").write_text(f"{rig}\n\n{more}")
    (folder / "system.yaml").write_text(system)
    return folder / "system.yaml"


def with_target(text: str, system: str = SYSTEM) -> str:
    """The description with another target, or more said of it."""
    return system.replace("target: {rig: rig.py:build}", f"target: {text}")


def campaign(folder: Path, **changed: object) -> Campaign:
    """Twelve samples and a few hundred queries."""
    return Campaign(**{"samples": 12, "queries": 400, "store": folder / "store", **changed})  # type: ignore[arg-type]


def attacked(file: Path, how: Campaign) -> tuple[tuple[Prepared, ...], Conclusion]:
    """What `bartizan test` does with a description, without a terminal."""
    options = Options(today=DAY)
    dossier = make_dossier(file, options)
    every = prepare(dossier, how)
    return every, conclude(dossier, {one.component: list(measure(one, how)) for one in every}, options)

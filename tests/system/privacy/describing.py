"""Small systems that say something of people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bartizan.catalog.load import load_catalog
from bartizan.core.proof import Answer
from bartizan.core.source import read_yaml
from bartizan.core.terms import SYSTEM
from bartizan.system.graph import System
from bartizan.system.privacy.facts import PrivacyFacts
from bartizan.system.reading import check_system
from bartizan.workflows.assess import names_in

MODEL = {"id": "model", "kind": "model", "type": "predictive", "trained_by": "us", "task": ["scoring"]}
DATA = {"id": "loans", "kind": "data", "role": "training", "personal": True}


def described(folder: Path, privacy: Any, **more: Any) -> System:
    """A system of a model and its data with this to say of people."""
    file = folder / "system.yaml"
    content = {"name": "Score", "components": [MODEL, DATA], "privacy": privacy, **more}
    file.write_text(json.dumps(content, indent=1))
    return check_system(read_yaml(file), names_in(load_catalog()))


def asked(folder: Path, fact: str, privacy: Any, place: str = SYSTEM) -> Answer:
    """The answer of one fact."""
    return PrivacyFacts(described(folder, privacy)).ask(place, fact)

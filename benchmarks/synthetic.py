"""Made-up systems of any size, and folders full of them. The same number gives the same system."""

from __future__ import annotations

import json
import random
from pathlib import Path

import msgspec

from bartizan.system.description import Description

_TASKS = ["conversation", "classification", "scoring", "summarisation"]


def plain(size: int, seed: int = 1) -> dict[str, object]:
    """A description with about ``size`` components as plain data: models with data, tools and actors around each."""
    chance = random.Random(seed)
    components: list[dict[str, object]] = []
    number = 0
    while len(components) < size:
        number += 1
        generative = chance.random() < 0.6
        model: dict[str, object] = {
            "id": f"model-{number}",
            "kind": "model",
            "type": "generative" if generative else "predictive",
            "task": [chance.choice(_TASKS)],
            "trained_by": chance.choice(["us", "supplier"]),
            "run_by": chance.choice(["us", "supplier"]),
            "reads": [f"documents-{number}"] if generative else [],
            "tools": [f"tool-{number}"] if generative else [],
            "output_goes_to": [chance.choice(["person", "browser", "program"])],
            "input_sensitive": chance.random() < 0.5,
        }
        people = {
            "id": f"people-{number}",
            "kind": "actor",
            "trusted": chance.random() < 0.5,
            "uses": [f"model-{number}"],
        }
        components += [model, people]
        if generative:
            components.append(
                {
                    "id": f"documents-{number}",
                    "kind": "data",
                    "role": "retrieval",
                    "sensitive": chance.random() < 0.5,
                    "written_by": [f"people-{number}"],
                }
            )
            components.append({"id": f"tool-{number}", "kind": "tool", "effects": [chance.choice(["read", "send"])]})
    return {"schema": 1, "name": f"Made-up system {seed}", "components": components}


def description(size: int, seed: int = 1) -> Description:
    """The same as a value."""
    return msgspec.convert(plain(size, seed), Description)


def write_folder(folder: Path, count: int) -> None:
    """``count`` descriptions of eight components as files, the middle one broken."""
    folder.mkdir(parents=True)
    for number in range(count):
        text = json.dumps(plain(8, seed=number))
        (folder / f"{number:05}.yaml").write_text("name: [" if number == count // 2 else text)

"""The guide's own example works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from bartizan.core.source import parse_yaml
from bartizan.core.target_spec import TargetSpec
from bartizan.targets.loading import check, load
from bartizan.targets.place import Place
from bartizan.targets.probe import probe

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "lab-targets.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_rig_of_the_guide_loads_and_has_nothing_to_complain_of(tmp_path: Path) -> None:
    (tmp_path / "credit.py").write_text(_blocks("python")[0])
    spec = msgspec.convert(parse_yaml(_blocks("yaml")[0], "system.yaml").data, TargetSpec)
    rig = load(spec, Place(file=str(tmp_path / "system.yaml")))
    assert probe(rig).findings == ()
    assert rig.target.card.capabilities == {"labels", "scores", "gradients"}


def test_every_description_of_the_guide_is_one() -> None:
    specs = [msgspec.convert(parse_yaml(block, "system.yaml").data, TargetSpec) for block in _blocks("yaml")]
    assert [spec.kind for spec in specs] == [None, "onnx", "http"]
    assert [check(spec, Place(file="system.yaml")) for spec in specs] == [()] * 3

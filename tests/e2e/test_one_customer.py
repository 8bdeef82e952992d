"""The example of one customer from consent to erasure does what its README says, command by command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl

PEOPLE = Path(__file__).parents[2] / "examples" / "consumer-credit-scoring" / "people"
NAME = "customer-0007"


def test_one_customer_is_gone_from_sources_training_shard_index_and_model(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    shutil.copytree(PEOPLE, folder)
    programs = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "BARTIZAN_BY": "ann"}
    commands = re.findall(r"^\$ (.+)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert len(commands) == 15
    said = ""
    before: dict[str, bytes] = {}
    for command in commands:
        if "rights open" in command:
            before = {path.name: path.read_bytes() for path in (folder / "score").iterdir()}
            assert pl.read_csv(folder / "usable.csv").filter(pl.col("customer") == NAME).height == 1
        done = subprocess.run(
            ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said += done.stdout
    assert "model score: learned from usable.csv" in said
    assert "nothing left to do at 8 places" in said
    assert "erased.json: of request 1, erasure, unchanged" in said
    proof = json.loads((folder / "erased.json").read_text())
    assert {one["place"]: one["doing"] for one in proof["looked_again"]} == {
        **dict.fromkeys(("customers", "loans", "training-set", "consents", "notes", "log", "score"), "done"),
        "ledger of consent": "keep",
    }
    after = {path.name: path.read_bytes() for path in (folder / "score").iterdir()}
    assert len(set(before.items()) - set(after.items())) == 2, "one shard and the record"
    assert len(np.load(folder / "vectors.npy")) == len((folder / "notes.jsonl").read_text().splitlines()) == 39
    ours = [path for path in folder.rglob("*") if path.is_file() and path.name != "README.md"]
    assert not [path.name for path in ours if NAME.encode() in path.read_bytes()]

"""The examples of the guide work: they are run, in their order, against the application as it is served."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bartizan.register.opening import open_register
from bartizan.workflows.desk import Desk
from tests.contracts.test_docs import ROOT, blocks_of
from tests.web.api.calling import token_for
from tests.web.browsing import serving

PAGE = ROOT / "docs" / "guide" / "api.md"
_PROGRAMS = ("bash", "curl", "python3")
_MISSING = os.environ.get("CI") != "true" and not all(map(shutil.which, _PROGRAMS))
"""In CI a missing program is a failure."""


@pytest.mark.skipif(_MISSING, reason=f"the guide's examples need {', '.join(_PROGRAMS)}")
def test_the_examples_of_the_guide_work(tmp_path: Path) -> None:
    shown = [block for block in blocks_of(PAGE) if block.language == "sh"]
    assert len(shown) >= 7
    script = "set -euo pipefail\n" + "\n".join(block.text for block in shown)
    register = open_register(tmp_path / "register.db")
    try:
        with serving(Desk(register)) as served:
            known = {"BARTIZAN": served.url("/api/v1"), "TOKEN": token_for(register, "ada", "administrator")}
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=tmp_path,
                env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **known},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            served.people.close()
        assert done.returncode == 0, done.stderr + done.stdout[-2000:]
        assert '"number":1' in done.stdout
        assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        assert '"changed":true' in done.stdout
    finally:
        register.close()

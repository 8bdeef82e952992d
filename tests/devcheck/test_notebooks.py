"""Notebooks: their code, their magics, and what they show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.devcheck.checking import check
from bartizan.devcheck.notebooks import notebook_of
from tests.devcheck.repositories import GITHUB, repository


def code(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": 1,
        "source": source.splitlines(keepends=True),
        "outputs": list(outputs),
    }


def notebook(*cells: dict[str, object], language: str = "python") -> str:
    return json.dumps(
        {"cells": cells, "metadata": {"language_info": {"name": language}}, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
    )


def found(root: Path, *cells: dict[str, object], language: str = "python") -> list[tuple[str, str, int | None]]:
    checked = check(repository(root, {"n.ipynb": notebook(*cells, language=language)}, git=False))
    return [(one.level, one.rule.id, one.cell) for one in checked.open if one.path]


def test_names_go_from_one_cell_to_the_next_past_magics(tmp_path: Path) -> None:
    cells = (code("%matplotlib inline\nimport pickle as p\n!ls"), code("files = !ls\nx = p.load(f)"))
    assert found(tmp_path, *cells) == [("medium", "load.pickle", 2)]


def test_the_line_of_the_file_is_told(tmp_path: Path) -> None:
    text = notebook(code("a = 1\n"), code("import pickle\n\npickle.load(f)\n"))
    (one,) = [one for one in check(repository(tmp_path, {"n.ipynb": text}, git=False)).open if one.path]
    assert "pickle.load(f)" in text.split("\n")[(one.line or 0) - 1]


def test_what_cells_say_to_a_shell_is_judged(tmp_path: Path) -> None:
    cells = (code("!pip install torch\n"), code("%%bash\nwget https://x.test/model.pt\n"), code("%pip install a==1\n"))
    assert found(tmp_path, *cells) == [("medium", "download.unchecked", 2), ("low", "install.unpinned", 1)]


def test_personal_data_in_an_output_is_found_with_its_cell(tmp_path: Path) -> None:
    table = "name  mail\n0  anna.kovacs@gmail.com\n1  b.lee@proton.me\n"
    shown: dict[str, object] = {"output_type": "stream", "name": "stdout", "text": table.splitlines(keepends=True)}
    assert found(tmp_path, code("1"), code("print(df)", shown)) == [("high", "notebook.personal-output", 2)]


def test_pictures_and_tables_are_told_once_and_low(tmp_path: Path) -> None:
    picture: dict[str, object] = {
        "output_type": "display_data",
        "data": {"image/png": "iVBORw0KGgo=", "text/plain": ["<Figure>"]},
        "metadata": {},
    }
    table: dict[str, object] = {
        "output_type": "execute_result",
        "data": {"text/html": ["<table><tr><td>1</td></tr></table>"]},
        "metadata": {},
    }
    assert found(tmp_path, code("plot()", picture), code("df", table)) == [("low", "notebook.output", 1)]


def test_secrets_in_code_and_outputs_are_found(tmp_path: Path) -> None:
    shown: dict[str, object] = {"output_type": "stream", "name": "stdout", "text": f"using {GITHUB}"}
    cells = (code(f"t = '{GITHUB}'"), code("show()", shown))
    assert found(tmp_path, *cells) == [("high", "secret.token", 1), ("high", "secret.token", 2)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', "[" * 100_000])
def test_what_is_no_notebook_is_unknown(tmp_path: Path, text: str) -> None:
    checked = check(repository(tmp_path, {"n.ipynb": text}, git=False))
    assert [(one.level, one.rule.id) for one in checked.open if one.path] == [("unknown", "file.unread")]


def test_code_in_another_language_is_unknown(tmp_path: Path) -> None:
    assert found(tmp_path, code("library(x)"), language="R") == [("unknown", "file.unparsed", None)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "source", "cell_type", "outputs", "text", "data", "text/html", "metadata", "worksheets"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(_JSON)
@settings(max_examples=200, deadline=None)
def test_any_document_is_a_notebook_or_none(value: object) -> None:
    try:
        made = notebook_of(json.dumps(value))
    except ValueError:
        return
    assert [one.number for one in made.cells] == list(range(1, len(made.cells) + 1))

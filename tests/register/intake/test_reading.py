from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.register.intake import reading
from bartizan.register.intake.formats import FORMATS, read_results
from tests.register.intake.conftest import Problems, Read
from tests.register.intake.makers import (
    garak_eval,
    garak_report,
    own,
    promptfoo_file,
    promptfoo_result,
    pyrit_attack,
    pyrit_database,
    sarif,
)  # fmt: skip

_anything = settings(suppress_health_check=list(HealthCheck), max_examples=80)


class Samples(dict[str, bytes]):
    """Files by format, in a message as short as it can be."""

    def __repr__(self) -> str:
        return "the samples"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    folder = tmp_path_factory.mktemp("samples")
    attack = pyrit_attack("CrescendoAttack", "success")
    made = {
        "garak": garak_report([garak_eval("dan.DUDE", 1, 9)]).encode(),
        "promptfoo": promptfoo_file([promptfoo_result("rbac", resisted=True)]).encode(),
        "pyrit": pyrit_database(folder / "db", [attack]).read_bytes(),
        "pyrit-json": json.dumps([attack]).encode(),
        "sarif": sarif([{"ruleId": "jailbreak"}]).encode(),
        "bartizan": own({"threat": "jailbreak", "what": "w", "hits": 1, "trials": 9}).encode(),
    }
    return Samples(made)


def test_every_format_is_recognised_by_its_content(read: Read, samples: Samples) -> None:
    assert {name: read(raw).format for name, raw in samples.items()} == {name: name for name in samples}
    assert read(b"\xef\xbb\xbf" + samples["bartizan"]).format == "bartizan"
    assert read(b"\n" + samples["sarif"]).format == "sarif"
    assert set(samples) == set(_SAMPLES)
    assert set(FORMATS) - set(samples) == {"promptfoo-lines"}


def _outcome(file: Path, raw: bytes, form: str | None) -> str:
    file.write_bytes(raw)
    try:
        read_results(file, load_catalog(), form, None if form is None else "2026-11-20")
    except InputError as error:
        return str(error)
    return "read"


@_anything
@given(st.binary(max_size=300), st.none() | st.sampled_from(sorted(FORMATS)))
def test_any_bytes_are_read_or_refused_with_a_message(tmp_path: Path, raw: bytes, form: str | None) -> None:
    assert _outcome(tmp_path / "any", raw, form)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["runs", "results", "version", "tool", "driver", "entry_type", "outcome", "scores", "success",
                         "bartizan_evidence", "observations", "metadata", "rules", "x"]), inner, max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@_anything
@given(_json, st.none() | st.sampled_from(sorted(FORMATS)))
def test_any_json_is_read_or_refused_with_a_message(tmp_path: Path, data: object, form: str | None) -> None:
    assert _outcome(tmp_path / "any", json.dumps(data).encode(), form)


_SAMPLES = ("garak", "promptfoo", "pyrit", "pyrit-json", "sarif", "bartizan")
_edits = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=4)


@_anything
@given(st.sampled_from(_SAMPLES), _edits)
def test_any_change_to_a_good_file_is_read_or_refused_with_a_message(
    tmp_path: Path, samples: Samples, name: str, edits: list[tuple[int, int, bytes]]
) -> None:
    raw = bytearray(samples[name])
    for place, length, new in edits:
        at = place % len(raw)
        raw[at : at + length] = new
    assert _outcome(tmp_path / "any", bytes(raw), None)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (gzip.compress(b"{}"), "a packed file"),
        ("{}".encode("utf-16"), "not UTF-8 text"),
        (b"{}", "not JSON|none of the formats"),
        (b'{"a": 1}', "none of the formats"),
        (b'{"results": {"results": []', "not JSON"),
        (b'{"results": "x', "a text that does not end"),
        (b'{"runs": [], "version": "2.1.0", "runs": []}', "the key 'runs' is given twice"),
        (b'{"runs": [], "version": "2.1.0", "r\\u0075ns": []}', "the key 'runs' is given twice"),
        (b"[" * 200_000, "nested deeper than 100 levels"),
        (b'{"entry_type": "eval", "probe": ' + b"[" * 50_000 + b"\n", "nested"),
        (b"<html></html>", "not JSON"),
    ],
)
def test_what_is_no_file_of_results_is_refused_with_the_reason(problems: Problems, raw: bytes, said: str) -> None:
    found = problems(raw)
    assert any(part in found for part in said.split("|")), found


def test_a_zip_is_not_unpacked(problems: Problems) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as pack:
        pack.writestr("report.jsonl", "{}")
    assert "unpack it" in problems(whole.getvalue())


def test_the_line_of_a_problem_is_that_of_the_file(problems: Problems) -> None:
    assert ":4: the key 'version' is given twice" in problems(b'{\n"runs": [],\n"version": "2.1.0",\n"version": 1}')
    assert ":3: not JSON" in problems(b'{\n"runs": [],\n"version": NaN}')


def test_folders_pipes_and_files_that_are_not_there_are_refused(problems: Problems, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a file" in problems(tmp_path)
    assert "not a file" in problems(tmp_path / "pipe")
    assert "no such file" in problems(tmp_path / "absent")
    assert "no format 'garack'; did you mean 'garak'?" in problems(b"", format="garack")


def test_limits_of_size_lines_and_values_are_told(
    problems: Problems, monkeypatch: pytest.MonkeyPatch, samples: Samples
) -> None:
    for name, limit, said in (("MAX_FILE", 10, "larger than"), ("MAX_DOCUMENT", 10, "larger than"),
                              ("MAX_VALUES", 10, "more than 10 values")):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(reading, name, limit)
            assert said in problems(samples["promptfoo"])
    for name, limit, said in (("MAX_LINES", 2, "more than 2 lines"), ("MAX_LINE", 10, "a line of more than")):
        with monkeypatch.context() as patch:
            patch.setattr(reading, name, limit)
            assert said in problems(samples["garak"])


_MEASURE = """
import contextlib, resource, sys
from pathlib import Path
from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.register.intake.formats import read_results
catalog = load_catalog()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[1:]:
    with contextlib.suppress(InputError):
        read_results(Path(name), catalog)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_large_hostile_files_take_little_memory(tmp_path: Path) -> None:
    contents = {
        "empty lists": (b"[", b"[],", 20_000_000, b"1]"),
        "numbers": (b'{"runs": [], "version": "2.1.0", "x": [', b"1,", 30_000_000, b"1]}"),
        "results": (b'{"results": {"results": [', b'{"success":true},', 150_000, b'{"success":true}]}}'),
        "attempts": (b"", b'{"entry_type":"attempt","status":1,"probe_classname":"dan.DUDE"}\n', 1_500_000, b""),
        "quotes": (b'{"results": "', b'\\"', 30_000_000, b""),
        "one line": (b'{"entry_type": "eval", "x": "', b"a", 100_000_000, b""),
    }
    for name, (head, part, times, tail) in contents.items():
        with (tmp_path / name).open("wb") as out:
            out.write(head)
            for _ in range(100):
                out.write(part * (times // 100))
            out.write(tail)
    files = [str(tmp_path / name) for name in contents]
    done = subprocess.run([sys.executable, "-c", _MEASURE, *files], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150_000, "kilobytes"

"""Files from people: what is read, what is refused, at which line, and what a failed write leaves behind."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import MAX_DEPTH, Document, PathKey, parse_yaml, read_text, read_yaml, write_atomic
from tests.strategies import problems_if_any


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    return caught.value.problems


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def data(text: str) -> object:
    return parse_yaml(text, "f.yaml").data


# plain data and its lines

_KEYS = st.text("abcdefgh", min_size=1, max_size=5).map("k_{}".format)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(-1e15, 1e15),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _TREES, min_size=1), st.booleans())
def test_what_yaml_writes_is_read_back(tree: dict[str, Any], flow: bool) -> None:
    assert data(yaml.safe_dump(tree, default_flow_style=flow, sort_keys=False)) == tree


@given(st.lists(st.one_of(st.none(), st.lists(st.integers(0, 9), min_size=1, max_size=3)), min_size=1, max_size=8))
def test_every_part_has_the_line_on_which_it_stands(entries: list[list[int] | None]) -> None:
    rows: list[str] = []
    expected: dict[PathKey, int] = {}
    for i, entry in enumerate(entries):
        rows.append("# a comment")
        expected[f"k{i}",] = len(rows) + 1
        rows.append(f"k{i}:" if entry else f"k{i}: text")
        for j, number in enumerate(entry or ()):
            rows.append("")
            expected[f"k{i}", j] = expected[f"k{i}", j, "n"] = len(rows) + 1
            rows.append(f"  - n: {number}")
    for newline in ("\n", "\r\n", "\r"):
        lines = parse_yaml(newline.join(rows), "f.yaml").lines
        assert {path: lines[path] for path in expected} == expected


def test_a_part_that_is_not_there_has_the_line_of_what_it_would_stand_in() -> None:
    document = parse_yaml("a: 1\nb:\n  - c: 2\n", "f.yaml")
    assert document.line(("b", 0, "nothing", "deeper")) == 3
    assert document.line(("nothing",)) == 1
    assert Document(file="f", data=None, lines={}).line(("a",)) is None


def test_a_byte_order_mark_is_skipped(write: Any) -> None:
    assert read_yaml(write(b"\xef\xbb\xbfname: x\n")).data == {"name": "x"}
    assert data("\ufeffname: x") == {"name": "x"}


def test_dates_versions_and_an_equals_sign_stay_text() -> None:
    assert data("[2026-11-22, 2026-11-22T10:00:00Z, 1.2.3, =]") == ["2026-11-22", "2026-11-22T10:00:00Z", "1.2.3", "="]


def test_on_and_no_are_words_where_they_are_keys_and_answers_where_they_are_values() -> None:
    assert data("on: no\nno: on\nyes: 2026-11-22\n") == {"on": False, "no": True, "yes": "2026-11-22"}
    assert "given twice" in only("on: 1\n'on': 2\n").finding


# numbers


@pytest.mark.parametrize(
    "number",
    ["010", "-07", "0x1F", "0b11", "1_000", "12:30", "190:20:30", "1:30.5", ".nan", ".inf", "-.INF", "1_0.5"],
)
def test_a_number_that_is_easily_misread_is_refused(number: str) -> None:
    problem = only(f"a: 1\nb: {number}\n")
    assert problem.line == 2
    assert "easily misread" in problem.finding
    assert data(f"b: '{number}'") == {"b": number}


@pytest.mark.parametrize("number", ["9" * 100_000, str(2**63), str(-(2**63)), "1.0e+999", "-1.0e+999"])
def test_a_number_beyond_what_programs_hold_is_refused_in_a_short_message(number: str) -> None:
    problem = only(f"a: 1\nb: {number}\n")
    assert problem.line == 2
    assert len(str(problem)) < 200


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("-5", -5), ("+7", 7), ("5.", 5.0), (".5", 0.5), ("1.5e+3", 1500.0)]
)
def test_plain_numbers_are_numbers(text: str, number: float) -> None:
    assert data(f"a: {text}") == {"a": number}


@pytest.mark.parametrize("value", ["!!bool maybe", "!!int x", "!!int ''", "!!float x", "!!int 1.5"])
def test_a_value_that_its_tag_does_not_fit_is_refused(value: str) -> None:
    assert only(f"a: 1\nb: {value}\n").line == 2


# what is no plain data


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:os.system [x]",
        "!!python/name:os.system x",
        "!own x",
        "!own {a: 1}",
        "!own [a]",
        "!!set {a}",
        "!!omap [a: 1]",
        "!!binary aGk=",
    ],
)
def test_a_tag_that_would_build_an_object_is_refused(value: str) -> None:
    problem = problems(f"a: 1\nb: {value}\n")[0]
    assert problem.line == 2
    assert "tag" in problem.finding


def test_anchors_and_aliases_are_refused_before_they_grow() -> None:
    laughs = "\n".join(["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40))])
    assert "anchor or alias ('&a0')" in only(laughs).finding
    assert "anchor or alias ('*x')" in only("a: 1\nb: *x").finding
    assert "anchor" in only("&x a: 1").finding


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000, "".join(" " * i + "a:\n" for i in range(1500))],
)
def test_deep_nesting_of_any_kind_is_refused(text: str) -> None:
    assert f"nested deeper than {MAX_DEPTH} levels" in only(text).finding


def test_nesting_as_deep_as_is_allowed_is_read() -> None:
    assert data("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


def test_more_values_than_anybody_writes_are_refused() -> None:
    assert "more than 500,000 values" in only("[" + "1," * 600_000 + "]").finding


@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ufffe", "\ufeff"]
)
def test_a_character_that_does_not_show_is_refused_at_its_line(sign: str) -> None:
    problem = only(f"a: 1\r\nb: 2\rc: 3\nd: x{sign}y\n")
    assert problem.line == 4
    assert f"U+{ord(sign):04X}" in problem.finding
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 2),
        ("a: 1\n'a': 2\n", 2),
        ("x:\n  - b: 1\n    c: 2\n    b: 3\n", 4),
        ("{a: 1,\n a: 2}", 2),
    ],
)
def test_a_key_that_is_given_twice_is_refused_at_the_second(text: str, line: int) -> None:
    problem = only(text)
    assert problem.line == line
    assert "given twice" in problem.finding
    assert "first at line" in problem.fix


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\n~: 2", "'~'"),
        ("a: 1\n1.5: 2", "'1.5'"),
        ("a: 1\n? [b]\n: 2", "a list or keys"),
        ("a: 1\n? {b: 1}\n: 2", "a list or keys"),
        ("a: 1\n<<: {b: 1}", "merge keys"),
        ("a: 1\n!own b: 2", "tag"),
    ],
)
def test_a_key_that_is_no_word_is_refused(text: str, found: str) -> None:
    problem = only(text)
    assert problem.line == 2
    assert found in problem.finding


def test_a_key_that_yaml_takes_for_yes_or_no_is_the_word_that_was_written() -> None:
    assert parse_yaml("on: 1\nno: 2\nYes: 3\n", "f").data == {"on": 1, "no": 2, "Yes": 3}


def test_all_problems_of_a_file_are_told_in_one_go() -> None:
    found = problems("a: 1\na: 2\nb: 010\nc: !own x\n~: 1\n<<: 1\nd: [12:30]\n")
    assert [problem.line for problem in found] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n# another", "---\n", "---\n...\n", "\ufeff"])
def test_an_empty_file_is_said_to_be_empty(text: str) -> None:
    assert "empty" in only(text).finding


@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "a: 1\n---\n" * 50_000])
def test_a_second_document_is_refused_where_it_starts(text: str) -> None:
    problem = only(text)
    assert "second document" in problem.finding
    assert problem.line == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2", 2),
        ("a: b: c", 1),
        ("a: 1\n\tb: 2", 2),
        ("a: 'x\n", 1),
        ("a: 1\n}", 2),
        ('a: "\\ud800"', 1),
        ("%YAML 9", 1),
    ],
)
def test_what_is_no_yaml_is_refused_at_a_line_of_the_file(text: str, line: int) -> None:
    problem = only(text)
    assert problem.finding.startswith("not YAML")
    assert problem.line == line


@given(st.one_of(st.text(st.characters(), max_size=60), st.text("[]{}:-?&*!|>'\"%@` \n\tab#,0._<=~", max_size=40)))
def test_any_text_is_read_or_refused_in_printable_lines(text: str) -> None:
    for problem in problems_if_any(lambda: parse_yaml(text, "f.yaml")):
        assert str(problem).isprintable()
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + text.count("\r") + 1


# files


def _refused(path: Path | str) -> Problem:
    with pytest.raises(InputError) as caught:
        read_text(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    return problem


def test_a_file_that_is_not_there_a_directory_and_an_impossible_name_are_refused(tmp_path: Path) -> None:
    assert "no such file" in _refused(tmp_path / "nothing.yaml").finding
    assert "directory" in _refused(tmp_path).finding
    assert "cannot be read" in _refused("a\0b").finding
    assert "cannot be read" in _refused(tmp_path / ("x" * 5000)).finding
    (tmp_path / "file").write_text("a: 1")
    assert "cannot be read" in _refused(tmp_path / "file" / "below").finding


def test_a_file_that_may_not_be_read_is_refused_with_the_reason(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("a: 1")
    file.chmod(0)
    if os.access(
        file, os.R_OK
    ):  # whoever runs this may read everything; the refusal is that of the system all the same
        refusal = PermissionError(13, os.strerror(13), str(file))
        monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(refusal))
    assert _refused(file).finding == "cannot be read: Permission denied"


def test_a_file_of_fifty_megabytes_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.truncate(50_000_000)
    assert _refused(file).finding == "larger than 8 MB"


@pytest.mark.parametrize(
    ("raw", "line"), [(b"a: 1\nb: \xff\n", 2), (b"a: 1\r\nb: 2\rc: \xe9\n", 3), ("a: é".encode("utf-16"), 1)]
)
def test_what_is_not_utf8_is_refused_at_its_line(write: Any, raw: bytes, line: int) -> None:
    problem = _refused(write(raw))
    assert (problem.finding, problem.line) == ("not UTF-8 text", line)


def test_the_name_of_a_file_cannot_garble_a_message(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_yaml(tmp_path / "a\n\x1b[2Jb\udcff.yaml")
    assert str(caught.value).isprintable()


# writing


def test_a_file_is_written_whole_in_a_folder_that_is_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.html"
    write_atomic(file, "é")
    write_atomic(file, b"bytes")
    assert file.read_bytes() == b"bytes"
    assert os.listdir(file.parent) == ["report.html"]


def test_a_failed_write_leaves_what_was_there_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="cannot be written: No space left"):
        write_atomic(file, "new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.html"]


def test_an_interrupted_write_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(file, "new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.html"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_a_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")
    file.chmod(mode)
    write_atomic(file, "new")
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_new_file_has_the_permissions_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "report.html", "new")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_half_a_surrogate_pair_loses_no_report(tmp_path: Path) -> None:
    write_atomic(tmp_path / "report.html", "a\ud800b")
    assert (tmp_path / "report.html").read_text() == r"a\ud800b"


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "file" / "below", "a\0b", tmp_path / ("x" * 300)):
        with pytest.raises(InputError, match=r"cannot be written|this is a directory"):
            write_atomic(place, "new")
    assert os.listdir(tmp_path) == ["file"]


def test_a_name_as_long_as_a_name_may_be_is_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("x" * 255), "new")
    assert os.listdir(tmp_path) == ["x" * 255]


def test_a_pipe_or_a_device_is_not_replaced_by_a_report(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="something else than a file"):
        write_atomic(tmp_path / "pipe", "new")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)

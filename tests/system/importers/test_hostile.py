"""Hostile and broken files: each gives a message or a description that reads back, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.core.json_text import parse_json
from bartizan.core.source import Document, parse_yaml
from bartizan.system.importers import cyclonedx, otm
from bartizan.system.importers.node import LONGEST, Node, Unused, cleaned
from bartizan.system.importers.prefill import MOST_COMPONENTS, Prefill, slug
from bartizan.system.reading import check_system
from bartizan.workflows.importing import description_text, import_file

HERE = Path(__file__).parent / "files"
BOM = json.loads((HERE / "retail-assistant-1.6.json").read_text())
OTM = parse_yaml((HERE / "helpdesk-otm.yaml").read_text(), "otm").data

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12))
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)


def paths(data: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into plain data."""
    found = [at] if at else []
    entries: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        found += paths(value, (*at, key))
    return found


def replaced(data: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value
    if isinstance(data, dict):
        return {k: replaced(v, path[1:], value) if k == path[0] else v for k, v in data.items()}
    if isinstance(data, list):
        return [replaced(v, path[1:], value) if i == path[0] else v for i, v in enumerate(data)]
    return data


def read_or_refused(data: object) -> None:
    """What an importer makes of data reads back; or the data is refused with a message."""
    importer = cyclonedx if cyclonedx.recognises(data) else otm if otm.recognises(data) else None
    if importer is None:
        return
    try:
        found = importer.read(Document(file="x.json", data=data, lines={}), "x.json")
    except InputError:
        return
    check_system(parse_yaml(description_text(found), "system.yaml"))


@settings(max_examples=150)
@given(st.data())
def test_a_file_with_anything_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    broken: Any = data.draw(st.sampled_from([BOM, OTM]))
    for _ in range(data.draw(st.integers(1, 4))):
        spots = paths(broken)
        if not spots:
            break
        broken = replaced(broken, data.draw(st.sampled_from(spots)), data.draw(ANYTHING))
    read_or_refused(broken)


@given(st.dictionaries(st.sampled_from(["components", "services", "metadata", "dependencies", "properties"]), ANYTHING))
def test_a_bill_of_anything_is_read_or_refused(parts: dict[str, object]) -> None:
    read_or_refused({"bomFormat": "CycloneDX", "specVersion": "1.7", **parts})


@given(st.dictionaries(st.sampled_from(["components", "dataflows", "trustZones", "assets", "project"]), ANYTHING))
def test_a_threat_model_of_anything_is_read_or_refused(parts: dict[str, object]) -> None:
    read_or_refused({"otmVersion": "0.2.0", **parts})


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.mktemp("bytes") / "file"
    file.write_bytes(raw)
    with pytest.raises(InputError):
        import_file(file)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX"}', "'bomFormat' is given twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": 1', "not JSON"),
        ('{\n  "a": 1,\n}', r"x.json:[23]: not JSON"),
        ("[" * 100_000, "nested too deep|not JSON"),
        ('{"a": ' + "9" * 10_000 + "}", "a number of too many digits"),
        ("{}", "no format that can be imported"),
        ("<bom/>", "this is XML"),
        ("", "the file is empty"),
        ("a: &x 1\nb: *x\n", "anchor"),
    ],
)
def test_each_broken_file_gets_a_message(text: str, finding: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(InputError, match=finding):
        import_file(file)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"bomFormat": "CycloneDX", "a": "' + "x" * 9_000_000 + '"}')
    with pytest.raises(InputError, match="larger than 8 MB"):
        import_file(file)


def test_a_bill_nested_without_end_is_cut_and_reported() -> None:
    part: dict[str, Any] = {"type": "machine-learning-model", "name": "deepest"}
    for _ in range(200):
        part = {"type": "library", "name": "shell", "components": [part]}
    part["components"].append({"type": "machine-learning-model", "name": "near"})
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [part]}
    found = cyclonedx.read(Document(file="x", data=bom, lines={}), "x")
    assert [c["id"] for c in found.data["components"] if c["kind"] == "model"] == ["near"]
    assert any("nested deeper" in u.why for u in found.unused)


def test_a_bill_with_more_parts_than_a_system_has_is_cut_and_reported() -> None:
    parts = [{"type": "machine-learning-model", "name": "m"} for _ in range(MOST_COMPONENTS + 5)]
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}
    found = cyclonedx.read(Document(file="x", data=bom, lines={}), "x")
    assert len(found.data["components"]) == MOST_COMPONENTS
    assert sum("describe one system" in u.why for u in found.unused) >= 5


def test_names_lose_what_moves_a_cursor_and_are_cut() -> None:
    assert cleaned("a\x1b[31m\nb\u202ec\ud800") == "a[31m bc"
    assert len(cleaned("x" * 99_999)) == LONGEST


@given(st.text())
def test_any_name_gives_a_valid_id(name: str) -> None:
    prefill = Prefill("f", "F")
    first, second = prefill.add("model", cleaned(name), "p"), prefill.add("model", cleaned(name), "p")
    assert first != second
    for ident in (first, second):
        assert ident is not None
        check_system(Document(file="x", data={"name": "x", "components": [prefill.components[ident]]}, lines={}))


def test_no_component_takes_the_id_of_the_system_as_a_whole() -> None:
    assert Prefill("f", "F").add("model", "System", "p") == "system-2"
    assert slug("System") == "system"


def test_wrong_types_count_as_absent_and_are_reported() -> None:
    unused: list[Unused] = []
    node = Node({"a": 1, "b": "x", "c": [1, {}], "d": {}}, "top", unused)
    assert (node.text("a"), node.flag("b"), node.number("b"), node.child("b"), node.children("d")) == (
        "",
        None,
        None,
        None,
        [],
    )
    assert len(node.children("c")) == 1
    assert {u.path for u in unused} == {"top.a", "top.b", "top.c[0]", "top.d"}


def test_json_is_read_as_plain_data() -> None:
    assert parse_json('{"a": [1, 2.5, "x", null, true]}', "x").data == {"a": [1, 2.5, "x", None, True]}

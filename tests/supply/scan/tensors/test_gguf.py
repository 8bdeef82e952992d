"""GGUF files: settings, templates and places of tensors."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.supply.scan.tensors.building import damaged, formats, found, levels, looked, said


class Writer:
    """Writes a file of any version and order."""

    def __init__(self, version: int = 3, order: str = "<") -> None:
        self.version, self.order = version, order
        self.settings: list[bytes] = []
        self.tensors: list[bytes] = []

    def pack(self, kind: str, value: Any) -> bytes:
        return struct.pack(self.order + kind, value)

    def count(self, value: int) -> bytes:
        return self.pack("I" if self.version == 1 else "Q", value)

    def text(self, text: str | bytes) -> bytes:
        raw = text if isinstance(text, bytes) else text.encode()
        return self.count(len(raw)) + raw

    def set(self, key: str, kind: int, value: bytes) -> Writer:
        self.settings.append(self.text(key) + self.pack("I", kind) + value)
        return self

    def words(self, key: str, text: str | bytes) -> Writer:
        return self.set(key, 8, self.text(text))

    def listed(self, key: str, *texts: str) -> Writer:
        return self.set(key, 9, self.pack("I", 8) + self.count(len(texts)) + b"".join(map(self.text, texts)))

    def tensor(self, name: str, offset: int, *shape: int, kind: int = 0) -> Writer:
        sizes = b"".join(map(self.count, shape))
        head = self.text(name) + self.pack("I", len(shape)) + sizes
        self.tensors.append(head + self.pack("I", kind) + self.pack("Q", offset))
        return self

    def done(self, data: bytes = b"") -> bytes:
        head = b"GGUF" + self.pack("I", self.version) + self.count(len(self.tensors)) + self.count(len(self.settings))
        whole = head + b"".join(self.settings) + b"".join(self.tensors)
        return whole + bytes(-len(whole) % 32) + data if self.tensors else whole


EVIL = "{{ cycler.__init__.__globals__.os.popen('echo x').read() }}"
CALM = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}"


def ordinary(version: int = 3, order: str = "<", template: str = CALM) -> Writer:
    writer = Writer(version, order).words("general.architecture", "llama")
    for kind, letter, value in ((0, "B", 1), (1, "b", -1), (2, "H", 1), (3, "h", 1), (4, "I", 1), (5, "i", 1)):
        writer.set(f"x.{kind}", kind, writer.pack(letter, value))
    for wide, letter, worth in ((6, "f", 1.5), (7, "?", True), (10, "Q", 1), (11, "q", -1), (12, "d", 0.5)):
        writer.set(f"x.{wide}", wide, writer.pack(letter, worth))
    writer.listed("tokenizer.ggml.tokens", "<s>", "a", "b" * 300)
    writer.set("tokenizer.ggml.scores", 9, writer.pack("I", 6) + writer.count(3) + bytes(12))
    inner = writer.pack("I", 0) + writer.count(2) + b"ab"
    writer.set("x.nested", 9, writer.pack("I", 9) + writer.count(2) + inner * 2)
    return writer.words("tokenizer.chat_template", template).tensor("a", 0, 32, 2, kind=8).tensor("b", 96, 3)


DATA = bytes(68) + bytes(28) + bytes(12)


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("order", ["<", ">"])
def test_ordinary_files_of_all_versions_and_orders_are_quiet(version: int, order: str) -> None:
    assert looked(ordinary(version, order).done(DATA)) == (("GGUF",), [])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("key", ["tokenizer.chat_template", "tokenizer.chat_template.tool_use", "x.chat_template"])
def test_templates_are_looked_at_under_all_their_names(key: str, order: str) -> None:
    _, findings = looked(Writer(3, order).words(key, EVIL).done())
    assert any(one.level == "detect" and one.member == key for one in findings)


def test_templates_in_lists_and_under_other_names_are_looked_at() -> None:
    assert "detect" in levels(Writer().listed("tokenizer.chat_templates", "{% if x %}" + EVIL + "{% endif %}").done())
    assert "detect" in levels(Writer().listed("tokenizer.chat_template", EVIL).done())
    assert "detect" in levels(Writer().words("general.description", EVIL).done())


def test_a_template_that_is_no_text_is_odd() -> None:
    writer = Writer()
    assert "gguf.odd" in found(writer.set("tokenizer.chat_template", 0, b"x").done())
    assert "gguf.odd" in found(Writer().words("tokenizer.chat_template", b"\xff\xfe{{ x }}").done())


def test_a_setting_that_comes_twice_is_found() -> None:
    writer = Writer().words("tokenizer.chat_template", CALM).words("tokenizer.chat_template", EVIL)
    assert {"gguf.double-key"} < set(found(writer.done()))
    assert "gguf.double-key" in found(Writer().tensor("a", 0, 1).tensor("a", 32, 1).done(bytes(64)))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"GGUF", "file.broken"),
        (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "file.broken"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "gguf.lies"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, (1 << 64) - 1), "gguf.lies"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1_000), "file.broken"),
        (b"GGUF" + struct.pack("<III", 1, 0xFFFF_FFFF, 0), "gguf.lies"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, (1 << 64) - 8) + bytes(99), "gguf.lies"),
        (Writer().set("a", 99, b"").done(), "file.broken"),
        (Writer().set("a", 9, struct.pack("<IQ", 4, 1 << 62)).done(), "gguf.lies"),
        (Writer().set("a", 9, struct.pack("<IQ", 9, 1) * 9 + bytes(12)).done(), "file.limit"),
        (Writer().set("general.alignment", 4, bytes(4)).done(), "gguf.lies"),
        (Writer().tensor("a", 0, 1, 1, 1, 1, 1).done(bytes(32)), "gguf.lies"),
        (Writer().tensor("a", 0, 1 << 40, 1 << 40).done(bytes(32)), "gguf.lies"),
        (Writer().tensor("a", 0, 31, kind=2).done(bytes(32)), "gguf.lies"),
        (Writer().tensor("a", 0, 8, kind=77).done(bytes(32)), "gguf.odd"),
        (Writer().tensor("a", 4, 1).done(bytes(32)), "gguf.odd"),
        (Writer().tensor("a", 0, 1000).done(bytes(32)), "file.broken"),
        (Writer().tensor("a", 0, 16).tensor("b", 32, 16).done(bytes(96)), "gguf.overlap"),
        (Writer().tensor("a", 0, 8).done(bytes(32) + b"\x7fELF" + bytes(96)), "gguf.hole"),
        (Writer().tensor("a", 0, 8).tensor("b", 128, 8).done(bytes(32) + b"secret" * 16 + bytes(32)), "gguf.hole"),
    ],
)
def test_counts_and_places_must_be_so(data: bytes, rule: str) -> None:
    assert rule in found(data)


def test_a_tokenizer_inside_is_looked_into() -> None:
    config = '{"class_name": "Lambda", "config": {"function": ["YWJj", null, null]}}'
    assert "keras.lambda-code" in found(Writer().words("tokenizer.huggingface.json", config).done())


def test_what_is_dangerous_is_quoted() -> None:
    assert "popen" in said(ordinary(template=EVIL).done(DATA))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([ordinary().done(DATA), ordinary(1, ">").done(DATA)]))
def test_changed_files_never_fail(data: st.DataObject, seed: bytes) -> None:
    assert "scanner.failed" not in found(damaged(data, seed))


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 3))
def test_random_bytes_never_fail(data: bytes, version: int) -> None:
    assert "scanner.failed" not in found(b"GGUF" + version.to_bytes(4, "little") + data)


def test_a_dangerous_file_cut_off_is_never_clean() -> None:
    whole = ordinary(template=EVIL).done(DATA)
    assert all(levels(whole[:end]) for end in range(4, len(whole)))
    assert formats(whole[:8]) == ("GGUF",)

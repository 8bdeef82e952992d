"""Formats that are told by a mark: pictures, sounds, tables, plain weights; and programs, which no model needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.tensors import marked_rules as rules
from bartizan.supply.scan.tensors.protobuf import BYTES, FIXED32, VARINT, Field, Message, glimpsed
from bartizan.supply.scan.tensors.ranges import is_zero
from bartizan.supply.scan.tensors.tflite import TFLITE
from bartizan.supply.scan.tensors.ubjson import UBJSON
from bartizan.supply.scan.texts.decoding import is_text
from bartizan.supply.scan.texts.shells import remote_shell

RULES: Final = rules.RULES


def _mark(*marks: bytes, at: int = 0) -> Callable[[bytes, Blob], bool]:
    return lambda head, blob: head.startswith(marks, at)


def _quiet(blob: Blob, look: Look) -> None:
    """Nothing in it runs."""


def _calm(name: str, *marks: bytes, at: int = 0) -> Format:
    return Format(name=name, fits=_mark(*marks, at=at), look=_quiet)


def _behind(blob: Blob, look: Look, end: int) -> None:
    if end > blob.size:
        raise Unreadable(f"it ends at {blob.size:,} of {end:,} bytes", blob.size)
    if end < blob.size and not is_zero(blob, end, blob.size):
        look.found(rules.BEHIND, f"{blob.size - end:,} bytes", end)
        look.into(f"behind {end}", blob.part(end))


# Pictures, sounds and documents


def _png(blob: Blob, look: Look) -> None:
    at = 8
    for _ in range(1_000_000):
        look.spend(1)
        head = blob.exactly(at, 8)
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            _behind(blob, look, at)
            return
    raise Unreadable("it has no end", at)


def _riff(blob: Blob, look: Look) -> None:
    is_big = blob.read(0, 4) == b"RIFX"
    size = int.from_bytes(blob.exactly(4, 4), "big" if is_big else "little")
    if size < 0xFFFF_FFFF:
        has_padding = size % 2 == 1 and blob.read(8 + size, 1) == b"\0"
        _behind(blob, look, 8 + size + has_padding)


def _is_riff(kind: bytes) -> Callable[[bytes, Blob], bool]:
    return lambda head, blob: head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == kind


def _is_mp3(head: bytes, blob: Blob) -> bool:
    if head[:3] == b"ID3" and len(head) > 9 and head[3] in (2, 3, 4):
        return True
    size = _frame(head[:4])
    return size > 0 and _frame(blob.read(size, 4)) > 0 and blob.read(size, 2)[:1] == b"\xff"


_RATES: Final = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _frame(head: bytes) -> int:
    """How long a frame of MPEG audio of layer III is; 0: it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, speed = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or rate in (0, 15) or speed == 3:
        return 0
    samples = (44100, 48000, 32000)[speed] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 else 72) * _RATES[version == 3][rate] * 1000 // samples + (head[2] >> 1 & 1)


_ACTIONS: Final = re.compile(
    rb"/(?:JavaScript|JS|Launch|OpenAction|AA|EmbeddedFile|RichMedia|XFA|SubmitForm)(?![A-Za-z])"
)
_SIGNS: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def _is_pdf(head: bytes, blob: Blob) -> bool:
    return b"%PDF-" in head[:1024] and head[:1024].lstrip()[:1] not in (b"{", b"[", b'"', b"#")


def _pdf(blob: Blob, look: Look) -> None:
    found: dict[bytes, int] = {}
    before = b""
    for number, block in enumerate(blob.blocks()):
        look.spend(len(block) // 256)
        text = _SIGNS.sub(lambda sign: bytes([int(sign[1], 16)]), before + block)
        for one in _ACTIONS.finditer(text):
            found.setdefault(one[0], (number << 20) - len(before) + one.start())
        before = block[-64:]
    for action, at in sorted(found.items(), key=lambda pair: pair[1]):
        look.found(rules.ACTIVE, action.decode("ascii"), max(0, at))


# Tables and plain weights


def _is_parquet(head: bytes, blob: Blob) -> bool:
    return head[:4] in (b"PAR1", b"PARE")


def _parquet(blob: Blob, look: Look) -> None:
    if blob.size < 12 or blob.read(blob.size - 4, 4) not in (b"PAR1", b"PARE"):
        raise Unreadable("its end is missing", blob.size)
    size = int.from_bytes(blob.read(blob.size - 8, 4), "little")
    if size + 12 > blob.size:
        raise Unreadable(f"its description of {size:,} bytes is not there", blob.size - 8)


def _is_arrow(head: bytes, blob: Blob) -> bool:
    return head[:6] == b"ARROW1" or (
        head[:4] == b"\xff\xff\xff\xff"
        and 8 < int.from_bytes(head[4:8], "little") < 1 << 26
        and head[8:12] != b"\0" * 4
    )


def _arrow(blob: Blob, look: Look) -> None:
    if blob.read(0, 6) == b"ARROW1" and blob.read(blob.size - 6, 6) != b"ARROW1":
        raise Unreadable("its end is missing", blob.size)


def _catboost(blob: Blob, look: Look) -> None:
    size = int.from_bytes(blob.exactly(4, 4), "little")
    if 8 + size > blob.size:
        raise Unreadable(f"its core of {size:,} bytes is not there", 4)


def _is_pieces(head: bytes, blob: Blob) -> bool:
    if head[:1] != b"\x0a":
        return False
    fields = glimpsed(blob, most=3)
    if not fields or (fields[0].number, fields[0].kind) != (1, BYTES):
        return False
    inner = glimpsed(blob, fields[0].start, fields[0].end, 4) or []
    return [(one.number, one.kind) for one in inner[:2]] == [(1, BYTES), (2, FIXED32)]


def _pieces(blob: Blob, look: Look) -> None:
    whole = Message(blob, look.spend)
    for field in whole.fields():
        if field.number > 5 or field.kind != BYTES:
            _stray(look, field)
        elif field.number == 1:
            for inner in whole.inside(field).fields():
                if (inner.number, inner.kind) not in _PIECE:
                    _stray(look, inner)
        elif field.number == 2:
            for inner in whole.inside(field).fields():
                if inner.number <= 2 and (inner.kind != BYTES or not is_text(whole.held(inner))):
                    _stray(look, inner)


_PIECE: Final = frozenset({(1, BYTES), (2, FIXED32), (3, VARINT)})


def _stray(look: Look, field: Field) -> None:
    look.found(rules.UNSEEN, f"field {field.number}, which is not as the format says", field.start)


_SSTABLE: Final = (0xDB4775248B80FB57).to_bytes(8, "little")
_OBJECTS: Final = b".ATTRIBUTES/VARIABLE_VALUE"


def _is_index(head: bytes, blob: Blob) -> bool:
    return blob.size >= 48 and blob.read(blob.size - 8, 8) == _SSTABLE


def _is_shard(head: bytes, blob: Blob) -> bool:
    if b"\0" not in head or blob.find(_OBJECTS) < 0:
        return False
    return glimpsed(blob, most=200) is None


def _unseen(blob: Blob, look: Look) -> None:
    look.found(rules.UNSEEN, repr(blob.read(0, 12)))


def _mlir(blob: Blob, look: Look) -> None:
    at = blob.find(b"custom_call")
    if at >= 0:
        look.found(rules.OPERATOR, "custom_call", at)


# Programs


def _program(what: str) -> Callable[[Blob, Look], None]:
    def look_at(blob: Blob, look: Look) -> None:
        look.found(rules.PROGRAM, what, 0)

    return look_at


def _is_pe(head: bytes, blob: Blob) -> bool:
    if head[:2] not in (b"MZ", b"ZM") or len(head) < 64:
        return False
    at = int.from_bytes(head[60:64], "little")
    return blob.read(at, 4)[:2] in (b"PE", b"NE", b"LE", b"LX") or b"This program" in head or b"\0" in head[2:32]


def _is_macho(head: bytes, blob: Blob) -> bool:
    if head[:4] in (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"):
        return True
    return head[:4] in (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf") and 0 < int.from_bytes(head[4:8], "big") < 40


def _is_java(head: bytes, blob: Blob) -> bool:
    return head[:4] == b"\xca\xfe\xba\xbe" and 40 <= int.from_bytes(head[6:8], "big") < 200


def _is_compiled(head: bytes, blob: Blob) -> bool:
    if head[2:4] != b"\r\n" or len(head) < 9:
        return False
    number = int.from_bytes(head[:2], "little")
    return (3000 <= number < 4200 or 50823 <= number <= 62300) and b"\0" in head[4:64]


_LINE: Final = re.compile(rb"#![ \t]*([^\r\n]{1,200})")


def _is_script(head: bytes, blob: Blob) -> bool:
    found = _LINE.match(head.removeprefix(b"\xef\xbb\xbf"))
    return found is not None and re.search(rb"(?:^|[/ \t])(?:python|pypy|uv)[\w.]*(?:[ \t]|$)", found[1]) is None


def _script(blob: Blob, look: Look) -> None:
    line = _LINE.match(blob.read(0, 4096).removeprefix(b"\xef\xbb\xbf"))
    look.found(rules.PROGRAM, f"a script for {(line[1] if line else b'').decode('utf-8', 'replace')}", 0)
    text = blob.read(0, 1 << 20).decode("utf-8", "replace")
    look.spend(1 + len(text) // 10)
    if found := remote_shell(text):
        look.found(rules.SHELL, found)
    after = blob.find(b"\n", 0, 4096) + 1
    if after and blob.part(after).read(0, 4096).strip():
        look.into("behind the first line", blob.part(after))


def _is_batch(head: bytes, blob: Blob) -> bool:
    return re.match(rb"(?i)(?:\xef\xbb\xbf)?\s{0,64}@echo\s+off\b", head) is not None


def _scripted(what: str) -> Callable[[Blob, Look], None]:
    def look_at(blob: Blob, look: Look) -> None:
        look.found(rules.PROGRAM, what, 0)
        if found := remote_shell(blob.read(0, 1 << 20).decode("utf-8", "replace")):
            look.found(rules.SHELL, found)

    return look_at


_FILES: Final = (
    Format(name="PNG", fits=_mark(b"\x89PNG\r\n\x1a\n"), look=_png),
    _calm("JPEG", b"\xff\xd8\xff"),
    _calm("GIF", b"GIF87a", b"GIF89a"),
    _calm("TIFF", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    Format(name="WebP", fits=_is_riff(b"WEBP"), look=_riff),
    Format(name="WAV", fits=_is_riff(b"WAVE"), look=_riff),
    _calm("MP4", b"ftyp", at=4),
    Format(name="MP3", fits=_is_mp3, look=_quiet),
    _calm("FLAC", b"fLaC"),
    _calm("OGG", b"OggS\0"),
    Format(name="PDF", fits=_is_pdf, look=_pdf),
    _calm("font", b"\0\x01\0\0\0", b"OTTO\0", b"wOFF", b"wOF2", b"ttcf\0", b"true\0"),
    Format(name="Parquet", fits=_is_parquet, look=_parquet),
    Format(name="Arrow", fits=_is_arrow, look=_arrow),
    _calm("Feather", b"FEA1"),
    _calm("Avro", b"Obj\x01"),
    _calm("SQLite", b"SQLite format 3\0"),
    Format(name="CatBoost", fits=_mark(b"CBM1"), look=_catboost),
    _calm("XGBoost before 1.0", b"binf"),
    _calm("GGML", b"lmgg", b"fmgg", b"tjgg", b"algg"),
    Format(name="sentencepiece", fits=_is_pieces, look=_pieces),
    Format(name="TensorFlow checkpoint index", fits=_is_index, look=_quiet),
    Format(name="MLIR", fits=_mark(b"ML\xefR"), look=_mlir),
    Format(name="ORT", fits=_mark(b"ORTM", at=4), look=_unseen),
)
_PROGRAMS: Final = (
    Format(name="ELF", fits=_mark(b"\x7fELF"), look=_program("ELF, for Linux and others")),
    Format(name="PE", fits=_is_pe, look=_program("PE, for Windows")),
    Format(name="Mach-O", fits=_is_macho, look=_program("Mach-O, for macOS")),
    Format(name="Java class", fits=_is_java, look=_program("a class of Java")),
    Format(name="Dalvik", fits=_mark(b"dex\n03", b"dex\n04"), look=_program("Dalvik, for Android")),
    Format(name="compiled Python", fits=_is_compiled, look=_program("compiled Python")),
    Format(name="WebAssembly", fits=_mark(b"\0asm"), look=_program("WebAssembly")),
    Format(name="LLVM bitcode", fits=_mark(b"BC\xc0\xde"), look=_program("LLVM bitcode")),
    Format(name="CUDA", fits=_mark(b"\x50\xed\x55\xba"), look=_program("code for a GPU")),
    Format(name="native archive", fits=_mark(b"!<arch>\n", b"!<thin>\n"), look=_program("an archive of object files")),
    Format(name="Windows link", fits=_mark(b"L\0\0\0\x01\x14\x02\0"), look=_program("a shortcut of Windows")),
    Format(name="script", fits=_is_script, look=_script),
    Format(name="batch file", fits=_is_batch, look=_scripted("a batch file")),
)
FORMATS: Final = (*_FILES, *_PROGRAMS, TFLITE, UBJSON)
CHECKPOINT_DATA: Final = Format(name="TensorFlow checkpoint data", fits=_is_shard, look=_quiet, is_guess=True)
"""Bytes of tensors with a graph of objects among them. To be asked last of all: it has no mark."""

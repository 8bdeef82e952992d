"""All harnesses. A new one is a module with ``check(data)``, which raises for a defect, and a line here."""

from __future__ import annotations

from typing import Final

import msgspec


class Harness(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that reads what strangers write."""

    name: str
    module: str
    """Within this package; ``check`` in it is run. ``mutate``, where there is one, mutates."""
    watches: tuple[str, ...]
    """Packages whose branches are counted."""
    formats: frozenset[str] = frozenset()
    """Formats of the scanner: it starts from those files of the corpus which are found to be one of them."""
    words: tuple[bytes, ...] = ()
    """What mutations may put in."""
    longest: int = 12_000
    """Bytes of an input."""


_SCAN: Final = ("bartizan.supply.scan",)
HARNESSES: Final = (
    Harness(
        name="pickles",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"pickle", "pickle without a mark"}),
        words=(
            b"\x80\x04\x95",
            b"\x80\x02",
            b"cposix\nsystem\n",
            b"\x8c\x05posix\x8c\x06system\x93",
            b"\x85R.",
            b"\x81",
            b"\x92",
            b"}b",
            b"cnumpy.core.multiarray\n_reconstruct\n",
            b"cnumpy\nndarray\n",
            b"cnumpy\ndtype\n",
            b"ccopyreg\n_reconstructor\n",
            b"c__builtin__\nobject\n",
            b"cbuiltins\ngetattr\n",
            b"\x8c\x00",
            b"h\x00",
            b"q\x00",
            b"\x94",
            b"I01\n",
            b"L1L\n",
            b"S'a'\n",
            b"(lp0\n",
            b"g0\n",
            b"\x8b\x04\x00\x00\x00",
        ),
    ),
    Harness(
        name="archives",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"zip", "tar", "7z"}),
        words=(
            b"PK\x03\x04",
            b"PK\x01\x02",
            b"PK\x05\x06",
            b"PK\x06\x06",
            b"PK\x06\x07",
            b"PK\x07\x08",
            b"ustar\x0000",
            b"x/../",
        ),
    ),
    Harness(
        name="streams",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"gzip", "zlib", "bzip2", "xz", "lzma", "LZ4", "Zstandard"}),
        words=(
            b"\x1f\x8b\x08",
            b"\x78\x9c",
            b"BZh9",
            b"\xfd7zXZ\x00",
            b"]\x00\x00\x80\x00",
            b"\x04\x22\x4d\x18",
            b"ZF0x",
        ),
        longest=4_000,
    ),
    Harness(
        name="arrays",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"NPY"}),
        longest=2_000,
        words=(
            b"\x93NUMPY\x01\x00",
            b"'descr': '<f8'",
            b"'|O'",
            b"'shape': (2,)",
            b"'fortran_order': True",
            b"('a', '<i4', (2,))",
        ),
    ),
    Harness(
        name="tensors",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"safetensors", "GGUF", "UBJSON", "ELF", "PE"}),
        words=(
            b'"dtype":"F32"',
            b'"shape":[2]',
            b'"data_offsets":[0,8]',
            b"__metadata__",
            b"GGUF\x03\x00\x00\x00",
            b"tokenizer.chat_template",
            b"general.architecture",
            b"TFL3",
            b"[$U#",
            b"{L\x00",
        ),
        longest=4_000,
    ),
    Harness(
        name="graphs",
        module="scanned",
        watches=_SCAN,
        longest=2_000,
        formats=frozenset({"ONNX", "TensorFlow saved model", "TensorFlow graph", "TensorFlow graph as text"}),
        words=(
            b"ReadFile",
            b"WriteFile",
            b"PyFunc",
            b"external_data",
            b"location",
            b"ai.onnx",
            b"Relu",
            b"node {",
            b'op: "Const"',
        ),
    ),
    Harness(
        name="hdf5",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"HDF5"}),
        longest=7_000,
        words=(
            b"\x89HDF\r\n\x1a\n",
            b"TREE",
            b"SNOD",
            b"HEAP",
            b"OHDR",
            b"OCHK",
            b"FRHP",
            b"GCOL",
            b"model_config",
            b"Lambda",
        ),
    ),
    Harness(
        name="json",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"JSON", "Keras model description", "Keras metadata"}),
        longest=3_000,
        words=(
            b'"auto_map":',
            b'"chat_template":',
            b'"cells":',
            b'"__class__":',
            b'"__module__":',
            b'"__loader__":',
            b'"trust_remote_code":true',
            b'"class_name":',
            b'"config":',
            b"\\u0000",
            b"1e999",
            b"NaN",
            b"\\ud800",
        ),
    ),
    Harness(
        name="texts",
        module="scanned",
        watches=_SCAN,
        longest=2_000,
        formats=frozenset({"Jinja template", "Python code", "list of packages", "text", "script"}),
        words=(
            b"{% for m in messages %}",
            b"{% endfor %}",
            b"{{",
            b"}}",
            b"{#",
            b"__class__",
            b"|attr(",
            b"import os\n",
            b"exec(",
            b"!!python/object/apply:",
            b"--index-url http://",
            b" @ git+https://",
            b"base64.b64decode(",
            b"# coding: utf-7\n",
            b"\xff\xfe",
            b"\xe2\x80\xae",
            b"lambda:",
            b"'''",
        ),
    ),
    Harness(
        name="xml",
        module="scanned",
        watches=_SCAN,
        formats=frozenset({"XML"}),
        longest=2_000,
        words=(
            b"<!DOCTYPE",
            b"<!ENTITY",
            b"SYSTEM",
            b"PUBLIC",
            b"<![CDATA[",
            b"]]>",
            b"<!--",
            b"-->",
            b"<?xml version='1.0' encoding='",
            b"xmlns=",
            b"<PMML",
            b"</PMML>",
            b"%a;",
            b"&a;",
            b"<Extension",
            b"xlink:href",
        ),
    ),
    Harness(name="danger", module="danger", watches=_SCAN, longest=600),
    # The slow counter is watched: atheris leaks the result of every comparison of arrays that it watches.
    Harness(
        name="rows", module="rows", watches=("fuzz.rows",), longest=400, words=(b'""', b'"\r\n"', b",", b"\r\n", b'","')
    ),
    Harness(
        name="signing",
        module="signing",
        watches=("bartizan.supply.signing", "bartizan.core.json_text", "bartizan.core.source"),
        longest=6_000,
        words=(
            b"application/vnd.in-toto+json",
            b"dsseEnvelope",
            b"x509CertificateChain",
            b"rawBytes",
            b"bartizan_trust: 1",
            b"signs:",
            b"&a",
            b"*a",
        ),
    ),
    Harness(
        name="bills",
        module="bills",
        longest=6_000,
        watches=("bartizan.supply.bom", "bartizan.system.importers", "bartizan.core.json_text", "bartizan.core.source"),
        words=(
            b'"bomFormat":"CycloneDX"',
            b'"specVersion":"1.6"',
            b'"machine-learning-model"',
            b"otmVersion: 0.2.0",
            b"license:",
            b" OR ",
            b" WITH ",
            b"model-index:",
            b"[[package]]",
            b"==1.0",
        ),
    ),
    Harness(name="sealed", module="sealed", watches=("bartizan.controls.model_confidentiality",), longest=400),
    Harness(
        name="notebooks",
        module="notebooks",
        watches=("bartizan.devcheck",),
        longest=3_000,
        words=(
            b'"cells":',
            b'"cell_type":"code"',
            b'"outputs":',
            b'"text/html"',
            b"%%bash\\n",
            b"!pip install ",
            b"pickle.load(",
            b"torch.load(",
        ),
    ),
)


def named(name: str) -> Harness:
    """The harness of this name. Raises KeyError."""
    return {one.name: one for one in HARNESSES}[name]

"""Whole files: what is told to be a pickle, and what is found in it."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import pathlib
import pickle
import struct
import uuid

import pytest

from tests.supply.scan.pickles.building import call, found, levels, rules, said, short, stack_global, whole

SYSTEM = call("os", "system")
DANGEROUS = {
    "text of protocol 0": b"cos\nsystem\n(S'echo x'\ntR.",
    "posix": b"cposix\nsystem\n(S'echo x'\ntR.",
    "windows": b"cnt\nsystem\n(S'echo x'\ntR.",
    "inst": b"(S'echo x'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'echo x'\no.",
    "protocol 2": b"\x80\x02cos\nsystem\nX\x06\0\0\0echo x\x85R.",
    "protocol 4": whole(SYSTEM),
    "new object": whole(stack_global("os", "system") + short("echo x") + b"\x85\x81"),
    "new object with names": whole(stack_global("os", "system") + short("echo x") + b"\x85}\x92"),
    "python 2 names": b"\x80\x02c__builtin__\neval\nX\x01\0\0\x001\x85R.",
    "python 2 commands": b"\x80\x02ccommands\ngetoutput\nX\x04\0\0\0echo\x85R.",
    "names from the memo": whole(
        short("os") + b"\x940" + short("system") + b"\x940h\0h\x01\x93" + short("echo x") + b"\x85R"
    ),
    "names from a far memo": whole(short("os") + b"r\xff\xff\xff\x7f0j\xff\xff\xff\x7f" + short("system") + b"\x93)R"),
    "names by DUP": whole(short("os") + b"2\x940" + short("system") + b"\x93" + short("echo x") + b"\x85R"),
    "names of protocol 0": b"S'os'\nS'sys\\x74em'\n\x93(S'echo x'\ntR.",
    "escaped unicode": b"Vo\\u0073\nVsystem\n\x93(S'echo x'\ntR.",
    "binary strings": b"U\x02osT\x06\0\0\0system\x93U\x06echo x\x85R.",
    "long strings": b"\x80\x04\x8d\x02\0\0\0\0\0\0\0os\x8c\x06system\x93\x8c\x04echo\x85R.",
    "dotted": whole(call("joblib.parallel", "os.system")),
    "dotted path": whole(call("os.path", "os.system")),
    "dunder": whole(call("numpy.core.multiarray", "_reconstruct.__globals__")),
    "get attribute": whole(stack_global("builtins", "getattr") + stack_global("os", "path") + short("os") + b"\x86R"),
    "get attribute of result": whole(
        stack_global("builtins", "getattr") + call("builtins", "__import__", "os") + short("system") + b"\x86R" + b")R"
    ),
    "import": whole(call("builtins", "__import__", "os")),
    "import alone": whole(stack_global("antigravity", "fly")),
    "partial": whole(
        stack_global("functools", "partial") + stack_global("os", "system") + short("echo x") + b"\x86R)R"
    ),
    "runpy": whole(call("runpy", "run_path", "x.py")),
    "nested loads": whole(call("pickle", "loads", "x")),
    "code type": whole(call("types", "CodeType")),
    "attrgetter": whole(call("operator", "attrgetter", "system")),
    "methodcaller": whole(call("_operator", "methodcaller", "system")),
    "numpy runstring": whole(call("numpy.testing._private.utils", "runstring", "1")),
    "numpy load": whole(call("numpy", "load", "x.npy")),
    "torch hub": whole(call("torch.hub", "load", "x/y")),
    "torch load": whole(call("torch", "load", "x.pt")),
    "joblib load": whole(call("joblib", "load", "x")),
    "pip": whole(call("pip", "main", "x")),
    "asyncio": whole(call("asyncio.subprocess", "create_subprocess_shell")),
    "logging": whole(call("logging.config", "listen")),
    "timeit": whole(call("timeit", "timeit", "1")),
    "some module": whole(call("smtplib", "SMTP", "localhost")),
    "unusual module": whole(call("bdb", "Bdb", "x")),
    "third party that runs": whole(call("whatever.utils", "check_output")),
    "cloudpickle": whole(call("cloudpickle.cloudpickle", "_make_function")),
    "bytes that torch loads": whole(
        stack_global("torch.storage", "_load_from_bytes")
        + b"B%s%s\x85R" % (struct.pack("<I", len(whole(SYSTEM))), whole(SYSTEM))
    ),
    "made name": whole(call("builtins", "str", "os") + short("system") + b"\x93"),
    "no constant name": whole(b"K\x01K\x02\x93"),
    "class that is changed": whole(stack_global("collections", "OrderedDict") + b"N}" + short("x") + b"K\x01s\x86b"),
    "attribute that is looked at": whole(
        stack_global("collections", "OrderedDict") + b")R}" + short("__class__") + b"K\x01sb"
    ),
    "ufunc by name": whole(stack_global("numpy.core", "_ufunc_reconstruct") + short("os") + short("system") + b"\x86R"),
    "template of scipy": whole(
        stack_global("scipy.stats._continuous_distns", "norm_gen")
        + b")\x81}"
        + short("_parse_arg_template")
        + short("print()")
        + b"sb"
    ),
    "template of scipy behind a function": whole(
        stack_global("builtins", "max")
        + stack_global("scipy.stats._continuous_distns", "norm_gen")
        + b")\x81\x85\x85R}"
        + short("_parse_arg_template")
        + short("print()")
        + b"sb"
    ),
    "behind another stream": b"\x80\x02N." + whole(SYSTEM),
    "behind a text stream": b"N.cos\nsystem\n(S'echo x'\ntR.",
    "broken behind": whole(SYSTEM)[:-1] + b"\xff\xff",
    "cut off behind": whole(SYSTEM)[:-1],
    "with a lying frame": b"\x80\x04\x95\xff\xff\xff\0\0\0\0\0" + SYSTEM + b".",
    "late mark of protocol": b"0\x80\x04"[1:] + SYSTEM + b".",
    "long number before": b"\x80\x02\x8b\x05\0\0\0\0\0\0\0\0" + SYSTEM + b".",
    "bool and zero byte in a number": b"I01\n0I1\0x\n0cos\nsystem\n(S'echo x'\ntR.",
    "a line end in a name": b"cos\r\nsystem\n(S'echo x'\ntR.",
    "many bytes before": b"\x80\x04B" + struct.pack("<I", 1 << 20) + bytes(1 << 20) + b"0" + SYSTEM + b".",
    "a marker in the memo of text": b"S'os'\np9999999\n0S'system'\np3\n0g9999999\ng3\n\x93(S'echo x'\ntR.",
}


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_executes_is_detected(name: str) -> None:
    assert "detect" in levels(DANGEROUS[name]), said(DANGEROUS[name])


def test_the_argument_of_a_call_is_told() -> None:
    assert "os.system('echo x')" in said(whole(SYSTEM))
    listed = whole(stack_global("subprocess", "Popen") + b"](" + short("sh") + short("-c") + b"e\x85R")
    assert "subprocess.Popen(['sh', '-c'])" in said(listed)


def test_a_cut_in_a_dangerous_file_is_never_clean() -> None:
    for data in (DANGEROUS["protocol 4"], DANGEROUS["protocol 2"], DANGEROUS["text of protocol 0"]):
        for end in range(1, len(data)):
            assert found(data[:end]), data[:end]


REVIEWED = {
    "main": (whole(stack_global("__main__", "Model") + b")\x81"), "pickle.main"),
    "stranger": (whole(stack_global("somelib.models", "Model") + b")\x81"), "pickle.unknown"),
    "extension": (whole(b"\x82\x05"), "pickle.extension"),
    "persistent line": (whole(b"Pabc\n"), "pickle.persistent"),
    "persistent": (whole(short("abc") + b"Q"), "pickle.persistent"),
    "buffer": (whole(b"\x97\x98", 5), "pickle.buffers"),
    "trailing": (whole(b"N") + b"hello", "pickle.trailing"),
    "frames within frames": (b"\x80\x04\x95\x20\0\0\0\0\0\0\0\x95\x01\0\0\0\0\0\0\0N." + bytes(30), "pickle.frames"),
    "call of a result": (whole(stack_global("functools", "partial") + b")R)R"), "pickle.made-call"),
    "files beside": (whole(stack_global("joblib.numpy_pickle", "NDArrayWrapper") + b")\x81}b"), "pickle.beside"),
    "a file that xgboost reads": (whole(call("xgboost.core", "Booster", "x")), "pickle.unknown"),
    "a call by torch of what is not of torch": (
        whole(
            stack_global("torch._tensor", "_rebuild_from_type_v2")
            + stack_global("collections", "OrderedDict")
            + b"N)}tR".replace(b"N)}t", b"\x85")
        ),
        "pickle.made-call",
    ),
    "a state of what a function gives": (whole(stack_global("builtins", "max") + b")R}b"), "pickle.made-call"),
    "a class that is made": (whole(stack_global("builtins", "type") + short("X") + b")}\x87R"), "pickle.made-call"),
}


@pytest.mark.parametrize("name", REVIEWED)
def test_what_a_person_must_look_at_is_for_review(name: str) -> None:
    data, rule = REVIEWED[name]
    assert rule in rules(data)
    assert "detect" not in levels(data), said(data)


BROKEN = {
    "no stop": b"\x80\x04N",
    "nothing": b"\x80\x04",
    "no operation": b"\x80\x04N\xff.",
    "missing memo": whole(b"h\x05"),
    "missing mark": whole(b"t"),
    "too few": whole(b"N\x86"),
    "too few above a mark": whole(b"N(\x85"),
    "negative length": b"\x80\x02\x8b\xff\xff\xff\xffN.",
    "negative string": b"\x80\x02T\xff\xff\xff\xffN.",
    "too long": b"\x80\x02X\xff\0\0\0abc.",
    "far too long": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
    "newer protocol": b"\x80\x04\x80\x06N.",
    "frame beyond the end": b"\x80\x04\x95\xff\0\0\0\0\0\0\0N.",
    "string without quotes": b"\x80\x02Sabc\n.",
    "number that is none": b"\x80\x02Iabc\n.",
    "index that is none": b"\x80\x02gabc\n.",
    "line without end": b"\x80\x02Iabc",
    "empty stack": b"\x80\x02.",
    "second stream": whole(b"N") + b"\x80\x02t.",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_an_error(name: str) -> None:
    assert "error" in levels(BROKEN[name]), said(BROKEN[name])
    assert "scanner.failed" not in rules(BROKEN[name])


HARMLESS: dict[str, object] = {
    "numbers": [1, -1, 2**40, 2**2100, 1.5, True, None, 1j],
    "nested": {"a": [{"b": (1, 2, 3)}] * 3, "c": {1, 2}, "d": frozenset({3}), "e": bytearray(b"x")},
    "strings": ["it's", 'a "b"', "ü\n", "x" * 70000, b"\0\xff", b"y" * 70000],
    "values": [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), decimal.Decimal("1.5"), fractions.Fraction(1, 3)],
    "containers": [collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1], 3)],
    "identity": [uuid.UUID(int=5), pathlib.PurePosixPath("a/b")],
    "dictionary of lists": collections.defaultdict(list, {"a": [1]}),
    "many": {f"key{i}": list(range(i % 50)) for i in range(3000)},
    "exception": ValueError("x"),
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", HARMLESS)
def test_ordinary_pickles_of_all_protocols_are_clean(name: str, protocol: int) -> None:
    data = pickle.dumps(HARMLESS[name], protocol)
    assert not found(data), said(data)


def test_several_streams_and_zeros_behind_them_are_clean() -> None:
    data = pickle.dumps([1], 4) + pickle.dumps({"a": 1}, 2) + bytes(100)
    assert not found(data)


TEXTS = {
    "json": b'{"a": [1, 2]}\n',
    "csv": b"a,b\n1,2\n",
    "numbers": b"1\n2\n3\n",
    "python": b"import os\n\nos.system('x')\n",
    "class": b"class A:\n    pass\n",
    "words": b"cat\ndog\nbird\n",
    "packages": b"catboost\nnumpy\nscipy\n",
    "sentence": b"I am a text.\nNo pickle.\n",
    "version": b"Version 1\n.hidden\nmore\n",
    "names": b"Nora.\nPaul.\n",
    "yaml": b"(a): 1\n",
    "brackets": b"](hello) there\n",
    "markdown": b"# Title\n\ntext\n",
    "zeros": bytes(100),
    "licence": b"BSD License\n\nFor it\n",
    "bzip2": b"BZh91AY&SY",
    "stub": b"class MessageError(Exception): ...\nclass Other(MessageError): ...\n",
    "zip with a pickle behind its first line": b"PK\x03\x04x.npy\n" + whole(SYSTEM),
    "zip": b"PK\x03\x04\x00\x00\x08\x08\x00\x00",
}


@pytest.mark.parametrize("name", TEXTS)
def test_ordinary_text_is_taken_for_no_pickle(name: str) -> None:
    assert rules(TEXTS[name]) == {"file.unknown"}

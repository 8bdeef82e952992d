"""Malicious pickles: every way to a call, and every way to hide it. Written operation by operation."""

from __future__ import annotations

import base64
import io
import pickle
import struct
from collections.abc import Callable

from tests.supply.corpus.case import Case
from tests.supply.scan.pickles.building import call, short, stack_global, whole

SHELL = call("posix", "system")
SYSTEM = b"cposix\nsystem\n(S'echo x'\ntR."
"""Protocol 0."""


def text(value: str) -> bytes:
    """BINUNICODE."""
    held = value.encode()
    return b"X" + struct.pack("<I", len(held)) + held


def called(module: str, name: str, *arguments: str) -> Callable[[], bytes]:
    """A global that is called with texts."""
    parts = b"(" + b"".join(short(one) for one in arguments) + b"t"
    return lambda: whole(stack_global(module, name) + parts + b"R")


def framed(body: bytes) -> bytes:
    """Protocol 4 with a frame."""
    return b"\x80\x04\x95" + struct.pack("<Q", len(body) + 1) + body + b"."


def _memoized_parts() -> bytes:
    parts = short("po") + b"\x940" + short("six") + b"\x940" + short("posix") + b"\x940" + short("system") + b"\x940"
    return whole(parts + b"h\x02h\x03\x93" + short("echo x") + b"\x85R")


def _many_numbers_before() -> bytes:
    return whole(b"]" + b"(" + b"K\x01" * 5_000 + b"e0" + SHELL)


def _in_a_list() -> bytes:
    return whole(b"](" + short("weights") + SHELL + short("bias") + b"e")


def _as_dict_value() -> bytes:
    return whole(b"}" + b"(" + short("state") + SHELL + b"u")


def _build_with_setstate() -> bytes:
    # A class whose __setstate__ is replaced by system: BUILD calls it with the state.
    holder = stack_global("types", "SimpleNamespace") + b")R"
    state = b"N}" + short("__setstate__") + stack_global("posix", "system") + b"s\x86"
    return whole(holder + state + b"b" + short("echo x") + b"b")


def _newobj() -> bytes:
    return whole(stack_global("subprocess", "Popen") + short("echo x") + b"\x85\x81")


def _newobj_ex() -> bytes:
    return whole(stack_global("subprocess", "Popen") + short("echo x") + b"\x85}\x92")


def _extension() -> bytes:
    return whole(b"\x82\x01)R", 2)


def _persistent() -> bytes:
    return whole(short("posix.system") + b"Q", 4)


def _nested_in_bytes() -> bytes:
    inner = SYSTEM
    return whole(stack_global("pickle", "loads") + b"B" + struct.pack("<I", len(inner)) + inner + b"\x85R")


def _marshalled() -> bytes:
    return whole(stack_global("marshal", "loads") + b"C\x04abcd" + b"\x85R")


def _through_getattr() -> bytes:
    module = stack_global("importlib", "import_module") + short("os") + b"\x85R"
    return whole(stack_global("builtins", "getattr") + module + short("system") + b"\x86R" + short("echo x") + b"\x85R")


def _through_attrgetter() -> bytes:
    getter = stack_global("operator", "attrgetter") + short("system") + b"\x85R"
    module = stack_global("builtins", "__import__") + short("os") + b"\x85R"
    return whole(getter + module + b"\x85R" + short("echo x") + b"\x85R")


def _through_methodcaller() -> bytes:
    caller = stack_global("operator", "methodcaller") + short("system") + short("echo x") + b"\x86R"
    return whole(caller + stack_global("os", "path") + b"\x85R")


def _through_map() -> bytes:
    lazily = stack_global("builtins", "map") + stack_global("posix", "system") + b"]" + short("echo x") + b"a\x86R"
    return whole(stack_global("builtins", "list") + lazily + b"\x85R")


def _through_partial() -> bytes:
    made = stack_global("functools", "partial") + stack_global("posix", "system") + short("echo x") + b"\x86R"
    return whole(made + b")R")


def _numpy_runstring() -> bytes:
    return whole(stack_global("numpy.testing._private.utils", "runstring") + short("print(1)") + b"}\x86R")


def _dotted_name() -> bytes:
    return whole(stack_global("numpy", "os.system") + short("echo x") + b"\x85R")


def _odd_memo_places() -> bytes:
    return whole(b"r".join([short("posix"), struct.pack("<I", 900_000)]) + b"0" + short("system") + b"0" + SHELL)


def _long_name_by_long_opcode() -> bytes:
    long = b"\x8d" + struct.pack("<Q", 5) + b"posix" + b"\x8d" + struct.pack("<Q", 6) + b"system"
    return whole(long + b"\x93" + short("echo x") + b"\x85R")


def _second_stream() -> bytes:
    return pickle.dumps({"weights": [1, 2, 3]}) + whole(SHELL)


def _no_stop() -> bytes:
    return b"\x80\x04" + SHELL


def _broken_after() -> bytes:
    return b"\x80\x04" + SHELL + b"\xff\xff\xff."


def _without_proto() -> bytes:
    return SHELL + b"."


def _unknown_protocol() -> bytes:
    return b"\x80\x04" + SHELL + b"\x80\x63."


def _wrong_frame() -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", 3) + SHELL + b"."


def _empty_lines() -> bytes:
    return b"c__builtin__\neval\n(V\\u0031\\u002b\\u0031\ntR."


def _inst() -> bytes:
    return b"(S'echo x'\niposix\nsystem\n."


def _obj() -> bytes:
    return b"(cposix\nsystem\nS'echo x'\no."


def _dup_and_pop() -> bytes:
    return whole(stack_global("posix", "system") + b"2" + b"0" + short("echo x") + b"\x85R" + b"0N")


def _long_string_quotes() -> bytes:
    return b"cposix\nsystem\n(S\"echo 'x'\"\ntR."


def _memo_overwritten() -> bytes:
    first = short("collections") + b"\x940" + short("OrderedDict") + b"\x940"
    again = short("posix") + b"q\x000" + short("system") + b"q\x010"
    return whole(first + again + b"h\x00h\x01\x93" + short("echo x") + b"\x85R")


def _joblib_array_then_call() -> bytes:
    array = (
        stack_global("joblib.numpy_pickle", "NumpyArrayWrapper")
        + b")\x81}("
        + short("subclass")
        + stack_global("numpy", "ndarray")
        + short("shape")
        + b"K\x02\x85"
        + short("order")
        + short("C")
        + short("dtype")
        + stack_global("numpy", "dtype")
        + short("f8")
        + b"\x89\x88\x87R(K\x03"
        + short("<")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        + short("allow_mmap")
        + b"\x89ub"
    )
    return b"\x80\x04](" + array + struct.pack("<2d", 1, 2) + SHELL + b"e."


def _torch_legacy() -> bytes:
    magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
    return magic + b"\x80\x02M\xe9\x03." + pickle.dumps({"little_endian": True}, 2) + whole(SHELL, 2) + b"\x80\x02]."


def _base64_inside() -> bytes:
    packed = base64.b64encode(SYSTEM).decode()
    decoded = stack_global("base64", "b64decode") + short(packed) + b"\x85R"
    return whole(stack_global("_pickle", "loads") + decoded + b"\x85R")


def _bytes_before() -> bytes:
    out = io.BytesIO()
    pickle.dump(list(range(3)), out, 0)
    return out.getvalue() + SYSTEM


_CALLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("os", "system", ("echo x",)),
    ("nt", "system", ("echo x",)),
    ("os", "popen", ("echo x",)),
    ("os", "execvp", ("echo", "x")),
    ("subprocess", "check_output", ("echo x",)),
    ("subprocess", "getoutput", ("echo x",)),
    ("builtins", "exec", ("print(1)",)),
    ("builtins", "eval", ("1+1",)),
    ("__builtin__", "compile", ("1+1", "", "eval")),
    ("builtins", "__import__", ("antigravity",)),
    ("builtins", "open", ("/tmp/x", "w")),
    ("runpy", "run_path", ("x.py",)),
    ("runpy", "_run_code", ("x",)),
    ("code", "interact", ()),
    ("pty", "spawn", ("echo",)),
    ("webbrowser", "open", ("http://x.invalid",)),
    ("urllib.request", "urlopen", ("http://x.invalid",)),
    ("requests", "get", ("http://x.invalid",)),
    ("httpx", "get", ("http://x.invalid",)),
    ("socket", "create_connection", ("x.invalid",)),
    ("ctypes", "CDLL", ("libc.so.6",)),
    ("pip", "main", ("install", "x")),
    ("pip._internal.cli.main", "main", ("install",)),
    ("shutil", "rmtree", ("/tmp/x",)),
    ("asyncio.unix_events", "_UnixSubprocessTransport._start", ("echo",)),
    ("multiprocessing.util", "spawnv_passfds", ("echo",)),
    ("bdb", "Bdb.run", ("x",)),
    ("cProfile", "run", ("print(1)",)),
    ("timeit", "timeit", ("print(1)",)),
    ("profile", "Profile.run", ("print(1)",)),
    ("doctest", "debug_script", ("print(1)",)),
    ("idlelib.pyshell", "ModifiedInterpreter.runcommand", ("x",)),
    ("lib2to3.pgen2.grammar", "Grammar.loads", ("x",)),
    ("distutils.spawn", "spawn", ("echo",)),
    ("numpy.f2py.crackfortran", "getlincoef", ("1+1", "x")),
    ("numpy.f2py.diagnose", "run_command", ("echo x",)),
    ("torch.jit.unsupported_tensor_ops", "execWrapper", ("1+1", "", "")),
    ("torch.utils._config_module", "load_config", ("x",)),
    ("torch", "load", ("x.pt",)),
    ("torch.hub", "load", ("a/b", "c")),
    ("torch.utils.collect_env", "run", ("echo x",)),
    ("torch.utils.bottleneck.__main__", "run_cprofile", ("1+1",)),
    ("joblib", "load", ("x.pkl",)),
    ("numpy", "load", ("x.npy",)),
    ("pandas", "read_pickle", ("x.pkl",)),
    ("pandas.core.computation.eval", "eval", ("@x",)),
    ("sklearn.utils._joblib", "load", ("x",)),
    ("dill", "loads", ("x",)),
    ("cloudpickle", "loads", ("x",)),
    ("uuid", "_get_command_stdout", ("echo",)),
    ("tensorflow.python.ops.script_ops", "py_func", ("x",)),
    ("keras.models", "load_model", ("x.h5",)),
    ("sys", "settrace", ("x",)),
    ("atexit", "register", ("x",)),
    ("linecache", "updatecache", ("/etc/passwd",)),
    ("smtplib", "SMTP", ("x.invalid",)),
    ("ftplib", "FTP", ("x.invalid",)),
    ("sqlite3", "connect", ("/tmp/x",)),
    ("pydoc", "pipepager", ("x", "echo x")),
    ("zipimport", "zipimporter", ("x.zip",)),
)

_HIDDEN: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("the parts of a name in the memo", _memoized_parts),
    ("a call behind five thousand numbers", _many_numbers_before),
    ("a call inside a list of weights", _in_a_list),
    ("a call as a value of a dictionary", _as_dict_value),
    ("BUILD that replaces __setstate__", _build_with_setstate),
    ("NEWOBJ of a process", _newobj),
    ("NEWOBJ_EX of a process", _newobj_ex),
    ("an extension code", _extension),
    ("a persistent id", _persistent),
    ("a pickle in the bytes of a pickle", _nested_in_bytes),
    ("marshalled code", _marshalled),
    ("getattr of an imported module", _through_getattr),
    ("attrgetter", _through_attrgetter),
    ("methodcaller", _through_methodcaller),
    ("map that calls later", _through_map),
    ("partial", _through_partial),
    ("runstring of numpy's tests", _numpy_runstring),
    ("a name with a dot into another module", _dotted_name),
    ("far places of the memo", _odd_memo_places),
    ("names by the long operation", _long_name_by_long_opcode),
    ("a second stream", _second_stream),
    ("no STOP", _no_stop),
    ("broken behind the call", _broken_after),
    ("no PROTO", _without_proto),
    ("a protocol that does not exist, behind the call", _unknown_protocol),
    ("a frame that is too short", _wrong_frame),
    ("escaped letters of protocol 0", _empty_lines),
    ("INST", _inst),
    ("OBJ", _obj),
    ("DUP and POP around the call", _dup_and_pop),
    ("a string with quotes of protocol 0", _long_string_quotes),
    ("a memo that is written twice", _memo_overwritten),
    ("a call behind an array of joblib", _joblib_array_then_call),
    ("the old format of torch", _torch_legacy),
    ("a pickle in base64", _base64_inside),
    ("protocol 0 behind a harmless one", _bytes_before),
    ("a frame", lambda: framed(SHELL)),
)
_NAMES = (
    "model.pkl",
    "weights.bin",
    "model.pt",
    "classifier.joblib",
    "README.md",
    "data.npy",
    "model.safetensors",
    "x",
)

PICKLES: tuple[Case, ...] = tuple(
    [
        Case(f"pickle: {module}.{name}", _NAMES[n % 8], called(module, name, *a))
        for n, (module, name, a) in enumerate(_CALLS)
    ]
    + [Case(f"pickle: {name}", _NAMES[n % 8], make) for n, (name, make) in enumerate(_HIDDEN)]
)

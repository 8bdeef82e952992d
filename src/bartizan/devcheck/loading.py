"""Calls that run what they load: pickles, code from hubs, YAML with types, and programs put together from texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from bartizan.devcheck import loading_rules as rules
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.program import Call, Program, some, source
from bartizan.devcheck.rule import Rule

RULES = rules.RULES

_PICKLES: Final = re.compile(
    r"(?:_pickle|pickle|cPickle|pickle5|dill|cloudpickle|marshal|six\.moves\.cPickle)\.(?:loads?|Unpickler)"
    r"|dill\.load_(?:session|module)|shelve\.(?:open|Shelf|DbfilenameShelf)|(?:sklearn\.externals\.)?joblib\.load"
    r"|pandas\.(?:io\.pickle\.)?read_pickle|jsonpickle\.(?:decode|loads)"
)
_YAML: Final = re.compile(r"yaml\.(?:load|load_all)")
_YAML_UNSAFE: Final = re.compile(r"yaml\.(?:unsafe_load|full_load)(?:_all)?")
_YAML_SAFE: Final = re.compile(r"(?:\w+\.)*C?(?:Safe|Base)Loader")
_FETCHING: Final = re.compile(
    r"urllib\.request\.(?:urlopen|Request)|urllib2?\.urlopen|urllib3\.request|requests\.(?:get|post|request)"
    r"|httpx\.(?:get|post|request|stream)"
)
_FETCHING_WORD: Final = re.compile(r"\b(?:urllib|urllib2|urllib3|requests|httpx)\b")
_RUNNING: Final = frozenset(
    {"subprocess.run", "subprocess.call", "subprocess.Popen", "subprocess.check_call", "subprocess.check_output"}
)
_SHELLS: Final = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})


def unsafe_loads(program: Program) -> Iterator[Finding]:
    """What the calls of a program load or run that may act."""
    fetched = _fetched(program) if _FETCHING_WORD.search(" ".join(program.imports)) else set()
    for call in program.calls:
        for judge in (_pickle, _numpy, _torch, _yaml, _keras, _shell):
            yield from judge(program, call)
        yield from _from_afar(program, call, fetched)
        yield from _remote_code(program, call)
    if not program.file.is_test:
        yield from _remote_code_in_tables(program)


def in_tests(findings: Sequence[Finding]) -> Iterator[Finding]:
    """What was found in one file of tests, as one finding; what could not be told there is passed over."""
    known = [one for one in findings if not one.is_unknown]
    if known:
        names = ", ".join(sorted({one.rule.id for one in known}))
        first = known[0]
        what = f"{len(known)} call{'s' if len(known) > 1 else ''} ({names}), the first: {first.what}"
        yield Finding(rule=rules.IN_TESTS, path=first.path, line=first.line, cell=first.cell, what=what)


def found(program: Program, rule: Rule, call: Call, what: str = "", *, is_unknown: bool = False) -> Finding:
    """A finding at a call; what it says is the call as it is written."""
    said = f"{what}: {source(call.node)}" if what else source(call.node)
    return Finding(rule=rule, path=program.file.path, what=said, line=call.line, cell=call.cell, is_unknown=is_unknown)


def is_true(node: ast.expr | None) -> bool | None:
    """Whether an argument is True or False as it is written; None: it cannot be told."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    return None


def _pickle(program: Program, call: Call) -> Iterator[Finding]:
    if _PICKLES.fullmatch(call.path) and not _is_round_trip(program, call):
        yield found(program, rules.PICKLE, call)


def _is_round_trip(program: Program, call: Call) -> bool:
    """Whether it loads what the same code has just dumped."""
    first = call.node.args[0] if call.node.args else None
    if isinstance(first, ast.Name):
        first = program.values.get(first.id)
    return isinstance(first, ast.Call) and program.names.path(first.func).endswith((".dumps", "pickle.dump"))


def _numpy(program: Program, call: Call) -> Iterator[Finding]:
    if call.path not in ("numpy.load", "numpy.lib.format.read_array", "numpy.lib.npyio.load"):
        return
    value = call.argument("allow_pickle", 2)
    if value is None and not call.is_open:
        return
    if is_true(value) is not False:
        is_unknown = is_true(value) is None
        yield found(
            program, rules.NUMPY, call, "allow_pickle comes from elsewhere" if is_unknown else "", is_unknown=is_unknown
        )


def _torch(program: Program, call: Call) -> Iterator[Finding]:
    if call.path == "torch.hub.load_state_dict_from_url":
        if is_true(call.argument("weights_only")) is not True and not call.is_open:
            yield found(program, rules.TORCH, call, "without weights_only=True")
        return
    if call.path not in ("torch.load", "torch.serialization.load"):
        return
    value = call.argument("weights_only")
    if value is None and not call.is_open:
        yield found(program, rules.TORCH, call, "without weights_only=True")
    elif is_true(value) is None:
        yield found(program, rules.TORCH, call, "weights_only comes from elsewhere", is_unknown=True)
    elif is_true(value) is False:
        yield found(program, rules.TORCH, call)


def _yaml(program: Program, call: Call) -> Iterator[Finding]:
    if _YAML_UNSAFE.fullmatch(call.path):
        yield found(program, rules.YAML, call)
    if not _YAML.fullmatch(call.path):
        return
    loader = call.argument("Loader", 1)
    if loader is None:
        yield found(
            program, rules.YAML, call, "which loader cannot be told" if call.is_open else "", is_unknown=call.is_open
        )
        return
    path = program.names.path(loader)
    safe = _is_safe_loader(program, path, 0)
    if safe is not True:
        yield found(program, rules.YAML, call, is_unknown=safe is None)


def _is_safe_loader(program: Program, path: str, depth: int) -> bool | None:
    """Whether a loader makes plain data only; None: it is made elsewhere."""
    if _YAML_SAFE.fullmatch(path):
        return True
    if path.startswith("yaml."):
        return False
    bases = program.bases.get(path)
    if bases is None or depth > 10:
        return None
    judged = [_is_safe_loader(program, one, depth + 1) for one in bases]
    return False if False in judged else (True if True in judged else None)


def _keras(program: Program, call: Call) -> Iterator[Finding]:
    is_loading = call.method in ("load_model", "deserialize_keras_object")
    is_freed = call.method == "enable_unsafe_deserialization" and "keras" in call.path
    if is_freed or (is_loading and is_true(call.argument("safe_mode")) is False):
        yield found(program, rules.KERAS, call)


def _shell(program: Program, call: Call) -> Iterator[Finding]:
    is_shell = call.path in _SHELLS or (call.path in _RUNNING and is_true(call.argument("shell")) is True)
    command = (
        call.argument("args", 0) if call.path in _RUNNING else call.argument("command", 0) or call.argument("cmd", 0)
    )
    if is_shell and command is not None and _is_put_together(program, command):
        yield found(program, rules.SHELL, call)


def _is_put_together(program: Program, node: ast.expr, depth: int = 0) -> bool:
    """Whether a text is made of parts that are not all written here."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return isinstance(node.func.value, ast.Constant)
    if program.text(node) is not None or depth > 3:
        return False
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(one, ast.FormattedValue) and not _is_quoted(program, one.value) for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        parts = [one for one in some(node) if isinstance(one, ast.Name | ast.Call | ast.Attribute)]
        has_text = any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in some(node))
        return (
            has_text and bool(parts) and not any(_is_quoted(program, one) for one in parts if isinstance(one, ast.Call))
        )
    if isinstance(node, ast.Name) and (value := program.values.get(node.id)) is not None:
        return _is_put_together(program, value, depth + 1)
    return False


def _is_quoted(program: Program, node: ast.expr) -> bool:
    """Whether a part cannot act in a shell: quoted, a number, or the Python that runs."""
    path = program.names.path(node.func if isinstance(node, ast.Call) else node)
    return path in ("shlex.quote", "shlex.join", "pipes.quote", "int", "float", "len", "os.getpid", "sys.executable")


def _fetched(program: Program) -> set[str]:
    """Names that hold what came over the network, as far as assignments tell; twice, for loops."""
    names: set[str] = set()
    for _ in range(2):
        for name, value in program.values.items():
            if _is_fetched(program, value, names):
                names.add(name)
    return names


def _is_fetched(program: Program, node: ast.AST, names: set[str]) -> bool:
    for one in some(node, 500):
        if isinstance(one, ast.Call) and _FETCHING.fullmatch(program.names.path(one.func)):
            return True
        if isinstance(one, ast.Name) and one.id in names:
            return True
    return False


def _from_afar(program: Program, call: Call, fetched: set[str]) -> Iterator[Finding]:
    path = call.path.removeprefix("builtins.")
    if path == "torch.hub.load":
        repository = program.text(call.argument("repo_or_dir", 0)) or ""
        if program.text(call.argument("source")) != "local" and not re.search(r":[0-9a-f]{40}$", repository):
            yield found(program, rules.HUB, call)
    is_running = path in ("exec", "eval") or _PICKLES.fullmatch(path) is not None
    if is_running and any(_is_fetched(program, one, fetched) for one in call.node.args[:1]):
        yield found(program, rules.FETCHED, call)


def _remote_code(program: Program, call: Call) -> Iterator[Finding]:
    value = call.argument("trust_remote_code")
    if value is None:
        return
    if is_true(value) is not False:
        yield found(
            program,
            rules.REMOTE_CODE,
            call,
            "" if is_true(value) else "trust_remote_code comes from elsewhere",
            is_unknown=is_true(value) is None,
        )


def _remote_code_in_tables(program: Program) -> Iterator[Finding]:
    for node, cell, line in program.dicts:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "trust_remote_code" and is_true(value):
                yield Finding(rule=rules.REMOTE_CODE, path=program.file.path, what=source(node), line=line, cell=cell)

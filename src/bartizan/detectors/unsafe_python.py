"""Weaknesses of a Python program, told from its syntax tree. Sources: CWE, and the rules that Bandit made usual."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_LOADERS = """
pickle.load pickle.loads pickle.Unpickler cPickle.load cPickle.loads dill.load dill.loads cloudpickle.load
cloudpickle.loads marshal.load marshal.loads jsonpickle.decode joblib.load
"""
_SHELLS = "os.system os.popen commands.getoutput subprocess.getoutput subprocess.getstatusoutput"
_WEAK_HASHES = frozenset({"hashlib.md5", "hashlib.sha1", "md5.new"})
_SECRET_WORD = re.compile(r"passw|passwd|pwd|secret|token|credential|auth", re.IGNORECASE)
_UNSAFE_SSL = frozenset({"ssl._create_unverified_context", "ssl._create_stdlib_context"})
_RANDOM = re.compile(r"random\.(?:random|randint|choice|choices|randrange|getrandbits|sample)")
_SQL = re.compile(
    r"^\s*(?:select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|drop\s|alter\s)\b", re.IGNORECASE | re.DOTALL
)


def weaknesses(tree: ast.Module) -> Iterator[str]:
    """Each weakness in words, as the tree has them; names are followed through the imports' aliases."""
    aliases = _aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found = _call(node, _dotted(node.func, aliases))
            if found:
                yield found
        elif isinstance(node, ast.FunctionDef | ast.Assign):
            yield from _about_secrets(node, aliases)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Local name -> the full one."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({one.asname: one.name for one in node.names if one.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
    return found


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ".".join(["?", *reversed(parts)])
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def _call(call: ast.Call, name: str) -> str:
    keywords = {one.arg: one.value for one in call.keywords if one.arg}
    first = call.args[0] if call.args else None
    for rule in (_of_code, _of_processes, _of_files, _of_connections):
        if found := rule(name, first, keywords):
            return found
    return ""


def _of_code(name: str, first: ast.expr | None, keywords: dict[str, ast.expr]) -> str:
    if name in {"eval", "exec", "builtins.eval", "builtins.exec"} and first is not None and not _is_constant(first):
        return f"evaluates text as code with {name} (CWE-95)"
    is_query = name.endswith((".execute", ".executemany", ".raw"))
    if is_query and first is not None and _is_built(first):
        return "builds a query from text (CWE-89)"
    if name.endswith("render_template_string") and first is not None and _is_built_any(first):
        return "builds a template from text (CWE-1336)"
    return ""


def _of_processes(name: str, first: ast.expr | None, keywords: dict[str, ast.expr]) -> str:
    if first is None or _is_constant(first):
        return ""
    if name in _SHELLS.split():
        return f"hands text to a shell with {name} (CWE-78)"
    if name.startswith("subprocess.") and _is_true(keywords.get("shell")):
        return "hands text to a shell with shell=True (CWE-78)"
    return ""


def _of_files(name: str, first: ast.expr | None, keywords: dict[str, ast.expr]) -> str:
    if name in _LOADERS.split() or (name.endswith((".read_pickle",)) and name.startswith(("pd.", "pandas."))):
        return f"loads objects that run code with {name} (CWE-502)"
    if name in {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load"}:
        loader = keywords.get("Loader")
        safe = loader is not None and "Safe" in ast.dump(loader)
        return "" if safe else f"loads objects that run code with {name} (CWE-502)"
    if name == "torch.load" and _is_false(keywords.get("weights_only")):
        return "loads objects that run code with torch.load (CWE-502)"
    if name == "tempfile.mktemp":
        return "makes a temporary file that others can make first (CWE-377)"
    if name.endswith(".extractall") and not keywords and first is None and "tar" in name.lower():
        return "unpacks an archive to wherever it says (CWE-22)"
    return ""


def _of_connections(name: str, first: ast.expr | None, keywords: dict[str, ast.expr]) -> str:
    if _is_false(keywords.get("verify")) or name in _UNSAFE_SSL or _is_false(keywords.get("verify_ssl")):
        return "does not check certificates (CWE-295)"
    if name.endswith("jwt.decode") and "verify_signature" in "".join(ast.dump(one) for one in keywords.values()):
        options = keywords.get("options")
        if isinstance(options, ast.Dict) and any(_is_false(one) for one in options.values):
            return "takes tokens whose signature it does not check (CWE-347)"
    if name.endswith("AutoAddPolicy"):
        return "trusts whatever host answers (CWE-295)"
    if name in {"app.run", "application.run"} and _is_true(keywords.get("debug")):
        return "serves a debugger to everybody (CWE-489)"
    return ""


def _about_secrets(node: ast.FunctionDef | ast.Assign, aliases: dict[str, str]) -> Iterator[str]:
    """Weak hashes and guessable numbers, where the names say that they are for passwords or tokens."""
    if isinstance(node, ast.FunctionDef):
        words = " ".join([node.name, *(one.arg for one in node.args.args)])
    else:
        words = " ".join(ast.unparse(one) for one in node.targets)
    for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
        name = _dotted(call.func, aliases)
        argument = ast.unparse(call.args[0])[:200] if call.args else ""
        if name in _WEAK_HASHES and _SECRET_WORD.search(f"{words} {argument}"):
            yield f"hashes a password or token with {name} (CWE-916)"
        elif _RANDOM.fullmatch(name) and _SECRET_WORD.search(words):
            yield f"makes a secret with {name}, which can be guessed (CWE-338)"


def _is_constant(node: ast.expr) -> bool:
    """Whether nothing of a stranger's is in it."""
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_constant(one) for one in node.elts)
    return isinstance(node, ast.Constant)


def _is_built(node: ast.expr) -> bool:
    """Whether it is a query put together from text: an f-string, +, %, format."""
    return _is_built_any(node) and any(
        isinstance(one, ast.Constant) and isinstance(one.value, str) and _SQL.match(one.value + " ") is not None
        for one in ast.walk(node)
    )


def _is_built_any(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(one, ast.FormattedValue) for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return any(not isinstance(one, ast.Constant | ast.BinOp) for one in (node.left, node.right))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False

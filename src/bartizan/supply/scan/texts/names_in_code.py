"""Names in Python code: what they stand for, as far as the file tells, and texts that it puts together."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
from typing import Final

_STARRED: Final = {
    "os": ("system", "popen", "execv", "execl", "execvp", "spawnl", "startfile", "dup2", "environ"),
    "posix": ("system", "popen", "execv"),
    "subprocess": ("run", "call", "Popen", "check_call", "check_output", "getoutput", "getstatusoutput"),
    "pty": ("spawn",),
    "socket": ("socket", "create_connection"),
    "ctypes": ("CDLL", "cdll", "windll", "CFUNCTYPE"),
    "base64": ("b64decode", "b32decode", "b85decode"),
    "importlib": ("import_module",),
}
"""What `import *` brings of these modules."""
_LONGEST: Final = 100_000
_DEEPEST: Final = 40
_DECODED: Final = {"base64.b64decode": "b64", "binascii.a2b_base64": "b64", "base64.urlsafe_b64decode": "b64"}
_HEX: Final = frozenset(
    {"bytes.fromhex", "bytearray.fromhex", "binascii.unhexlify", "binascii.a2b_hex", "base64.b16decode"}
)


class Names:
    """What names of one file stand for: modules, functions, and texts."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.masked: set[str] = set()
        """Names that came by __import__, getattr or the like, with what they stand for put together."""
        self.texts: dict[str, str] = {}

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        """Remember what an import brings."""
        for one in node.names:
            if isinstance(node, ast.Import):
                self.known[one.asname or one.name.partition(".")[0]] = (
                    one.name if one.asname else one.name.partition(".")[0]
                )
            elif one.name == "*":
                self.known.update({name: f"{node.module}.{name}" for name in _STARRED.get(node.module or "", ())})
            elif not node.level:
                self.known[one.asname or one.name] = f"{node.module}.{one.name}"

    def assigned(self, target: ast.expr, value: ast.expr) -> None:
        """Remember what an assignment gives a name."""
        if not isinstance(target, ast.Name) or len(self.texts) > 20_000:
            return
        if path := self.path(value):
            self.known[target.id] = path
            if self.is_masked(value):
                self.masked.add(target.id)
        elif (text := self.text(value)) is not None:
            self.texts[target.id] = text

    def path(self, node: ast.expr, depth: int = 0) -> str:
        """The dotted name that an expression stands for; empty: none that can be told."""
        if depth > _DEEPEST:
            return ""
        if isinstance(node, ast.Name):
            return self.known.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            inner = self.path(node.value, depth + 1)
            return f"{inner}.{node.attr}" if inner else ""
        if isinstance(node, ast.Subscript):
            return self._item(node, depth)
        if isinstance(node, ast.Call):
            return self._called(node, depth)
        if isinstance(node, ast.NamedExpr):
            return self.path(node.value, depth + 1)
        return ""

    def _item(self, node: ast.Subscript, depth: int) -> str:
        inner, text = self.path(node.value, depth + 1), self.text(node.slice)
        if text is None or not inner:
            return ""
        if inner.endswith(".__dict__"):
            return f"{inner.removesuffix('.__dict__')}.{text}".replace("__builtins__", "builtins")
        if inner in ("sys.modules", "globals()", "locals()", "vars()"):
            return self.known.get(text, text)
        return f"builtins.{text}" if inner == "__builtins__" else ""

    def _called(self, node: ast.Call, depth: int) -> str:
        function = self.path(node.func, depth + 1).removeprefix("builtins.")
        if function in ("globals", "locals", "vars") and not node.args:
            return f"{function}()"
        if function == "vars" and node.args:
            inner = self.path(node.args[0], depth + 1)
            return f"{inner}.__dict__" if inner else ""
        text = (
            self.text(node.args[-1] if function == "getattr" and len(node.args) < 3 else node.args[0])
            if node.args
            else None
        )
        if function in ("__import__", "importlib.import_module", "importlib.__import__"):
            return text or ""
        if function == "getattr" and len(node.args) >= 2:
            inner, name = self.path(node.args[0], depth + 1), self.text(node.args[1])
            return f"{inner}.{name}" if inner and name else ""
        return ""

    def is_masked(self, node: ast.expr) -> bool:
        """Whether a name is reached through functions and tables instead of being written down."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            return node.id in self.masked
        if isinstance(node, ast.NamedExpr):
            return self.is_masked(node.value)
        return isinstance(node, ast.Call | ast.Subscript) and bool(self.path(node))

    def text(self, node: ast.expr, depth: int = 0) -> str | None:
        """The text that an expression comes to, if it is made of constants."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            value = node.value
            return value if isinstance(value, str) else value.decode("latin-1") if isinstance(value, bytes) else None
        if isinstance(node, ast.Name):
            return self.texts.get(node.id)
        if isinstance(node, ast.BinOp):
            return self._sum(node, depth)
        if isinstance(node, ast.JoinedStr):
            pieces = [
                self.text(one.value if isinstance(one, ast.FormattedValue) else one, depth + 1) for one in node.values
            ]
            return "".join(one for one in pieces if one is not None)[:_LONGEST] if None not in pieces else None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            inner, step = self.text(node.value, depth + 1), node.slice.step
            is_back = isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub)
            return inner[::-1] if inner is not None and is_back else None
        return self._made(node, depth) if isinstance(node, ast.Call) else None

    def _sum(self, node: ast.BinOp, depth: int) -> str | None:
        pieces: list[str] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            right = self.text(left.right, depth + 1) if isinstance(left.op, ast.Add) else None
            if right is None or len(pieces) > 5_000:
                return None
            pieces.append(right)
            left = left.left
        first = self.text(left, depth + 1)
        return None if first is None else "".join((first, *reversed(pieces)))[:_LONGEST]

    def _made(self, node: ast.Call, depth: int) -> str | None:
        function = self.path(node.func, depth + 1).removeprefix("builtins.")
        if function == "chr" and node.args and isinstance(code := getattr(node.args[0], "value", None), int):
            return chr(code) if 0 <= code < 0x110000 else None
        first = self.text(node.args[0], depth + 1) if node.args else None
        if first is not None and (function in _DECODED or function in _HEX):
            return _plain(first, function in _HEX)
        if first is not None and function == "codecs.decode" and len(node.args) > 1:
            kind = self.text(node.args[1])
            return (
                codecs.decode(first[:_LONGEST], "rot13")
                if kind in ("rot13", "rot_13")
                else _plain(first, kind == "hex")
            )
        if not isinstance(node.func, ast.Attribute):
            return None
        inner = self.text(node.func.value, depth + 1)
        if inner is None:
            return None
        if node.func.attr in ("decode", "encode", "strip", "lower", "format"):
            return inner.lower() if node.func.attr == "lower" else inner
        if node.func.attr == "join" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
            pieces = [self.text(one, depth + 1) for one in node.args[0].elts[:5_000]]
            return inner.join(one for one in pieces if one is not None)[:_LONGEST] if None not in pieces else None
        if node.func.attr == "replace" and len(node.args) == 2:
            old, new = self.text(node.args[0]), self.text(node.args[1])
            return inner.replace(old, new)[:_LONGEST] if old and new is not None else None
        return None


def _plain(text: str, is_hex: bool) -> str | None:
    try:
        raw = text[:_LONGEST].encode("latin-1")
        return (bytes.fromhex(text[:_LONGEST]) if is_hex else base64.b64decode(raw)).decode("latin-1")
    except (ValueError, binascii.Error):
        return None

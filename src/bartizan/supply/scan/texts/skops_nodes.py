"""The schema of a skops file: which types and functions it would import and call."""

from __future__ import annotations

from typing import Any, Final

from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles import rules as pickle_rules
from bartizan.supply.scan.pickles.judging import judged
from bartizan.supply.scan.pickles.values import Global
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts.json_reading import Node

_REFS: Final = ("CWE-502", "AML.T0010", "CVE-2025-54412", "CVE-2025-54413")

DANGEROUS = Rule(
    id="skops.dangerous",
    level="detect",
    title="The skops file uses what runs commands or code",
    why="Loading it imports and calls this once somebody trusts it; older versions of skops can be made to trust it.",
    refs=_REFS,
)
MISMATCH = Rule(
    id="skops.mismatch",
    level="detect",
    title="The skops file shows one name and loads another",
    why="What is checked against the list of trusted types is not what is called.",
    refs=_REFS,
)
UNKNOWN = Rule(
    id="skops.unknown",
    level="review",
    title="The skops file uses a type or function that is not known",
    why="Loading it imports it and may call it; what it does depends on what is installed.",
    refs=_REFS,
)
CALLS = Rule(
    id="skops.calls",
    level="review",
    title="The skops file calls methods by their names",
    why="Methods and attributes that are chosen in a file lead from harmless objects to others.",
    refs=_REFS,
)
RULES = (DANGEROUS, MISMATCH, UNKNOWN, CALLS)

SINGLE: Final = frozenset({"__class__", "__module__", "__loader__", "func"})
_HOME: Final = frozenset({"sklearn", "numpy", "scipy"})
_FIXED: Final = {
    "DictNode": {"builtins.dict", "collections.OrderedDict"},
    "ListNode": {"builtins.list"},
    "SetNode": {"builtins.set"},
    "TupleNode": set(),
    "PartialNode": {"functools.partial"},
    "SliceNode": {"builtins.slice"},
    "BytesNode": {"builtins.bytes"},
    "BytearrayNode": {"builtins.bytearray"},
    "DefaultDictNode": {"collections.defaultdict"},
}
"""Loaders that make one type only."""
_REACHING: Final = frozenset({"attrgetter", "methodcaller", "call"})


def judge(node: Node, look: Look) -> None:
    """Look at one node of a schema whose end was read."""
    module, name, loader = (node.fields.get(key) for key in ("__module__", "__class__", "__loader__"))
    if not (isinstance(module, str) and isinstance(name, str)):
        look.found(UNKNOWN, f"a node without a type: {module!r}, {name!r}", node.at)
        return
    one = Global(module, name)
    where = f"{one} as {loader}"
    _remember(node, one)
    if loader == "OperatorFuncNode":
        if module not in ("operator", "_operator"):
            look.found(MISMATCH, f"{where}: operator.{name} is called", node.at)
        elif name in _REACHING:
            look.found(DANGEROUS, where, node.at)
        elif name != "itemgetter":
            look.found(CALLS, where, node.at)
        return
    if loader == "MethodNode":
        _method(node, one, where, look)
    expected = _FIXED.get(str(loader), set())
    if (expected and str(one) not in expected and (rule := _worst(one))) or (not expected and (rule := _worst(one))):
        look.found(rule, where, node.at)


def _remember(node: Node, one: Global) -> None:
    above = node.parent
    if above is not None and node.key == "obj":
        above.fields["obj"] = str(one)
    if above is not None and node.key == "content" and isinstance(node.fields.get("func"), str):
        above.fields["of"] = (node.fields.get("func"), node.fields.get("obj"))


def content_ended(node: Node) -> None:
    """The content of a node was read, which is no node itself: keep which method of what it names."""
    above = node.parent
    if above is not None and node.key == "content" and "func" in node.fields:
        above.fields["of"] = (node.fields.get("func"), node.fields.get("obj"))


def _method(node: Node, one: Global, where: str, look: Look) -> None:
    of: Any = node.fields.get("of") or (None, None)
    function, owner = of
    what = f"{where}: {owner}.{function}"
    if not isinstance(function, str) or owner is None:
        look.found(UNKNOWN, f"{where} without a method or its object", node.at)
    elif owner != str(one):
        look.found(MISMATCH, what, node.at)
    elif function.startswith("_"):
        look.found(DANGEROUS, what, node.at)
    else:
        rule = _worst(Global(one.module, f"{one.name}.{function}"))
        look.found(DANGEROUS if rule is DANGEROUS else CALLS, what, node.at)


def _worst(one: Global) -> Rule | None:
    rule = judged(one)
    if rule is None:
        return None
    if rule in (pickle_rules.DANGEROUS, pickle_rules.HIDDEN, pickle_rules.STANDARD):
        return DANGEROUS
    return None if one.module.partition(".")[0] in _HOME and rule is pickle_rules.UNKNOWN_GLOBAL else UNKNOWN

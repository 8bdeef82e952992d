"""Archives of torch: which members are bare tensors, and which are programs.

Tensors are read as numbers and never as anything else, whatever their bytes look like; so they are not looked at, as
long as a pickle or a list in the archive names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers import zip_rules as rules
from bartizan.supply.scan.look import Look

_TENSOR: Final = re.compile(r"(?P<root>[^/]+)/(?P<part>data|constants)/(?P<key>[0-9]{1,9})")
_PICKLE: Final = re.compile(r"(?P<root>[^/]+)/(?P<part>data|constants)\.pkl", re.IGNORECASE)
_EXPORTED: Final = re.compile(r"(?P<root>[^/]+)/data/(?P<part>weights|constants)/(?P<key>(?:weight|tensor)_[0-9]{1,9})")
_LIST: Final = re.compile(r"(?P<root>[^/]+)/data/(?P<part>weights|constants)/[\w.]{1,80}_config\.json")
_PACKED: Final = re.compile(r"(?P<root>[^/]+)/\.data/(?P<key>[0-9]{1,9})\.storage")
_EXTERNAL: Final = re.compile(r"(?P<root>[^/]+)/\.data/extern_modules")
_CODE: Final = re.compile(r"[^/]+/code/.+\.py", re.IGNORECASE)
_KEY: Final = re.compile(rb"X(.)\0\0\0([0-9]{1,9})|\x8c(.)([0-9]{1,9})|V([0-9]{1,9})\n", re.DOTALL)
_OVERLAP: Final = 24
_MOST_KEYS: Final = 1_000_000
_LARGEST_LIST: Final = 32 << 20
_SHOWN: Final = 5


class Tensors:
    """Which members are tensors that something in the archive names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._named: set[tuple[str, str, str]] = set()
        self._packages = {found["root"] for name in names if (found := _EXTERNAL.fullmatch(name))}

    def may_be(self, name: str) -> bool:
        """Whether a member is called like a tensor; it is to be looked at behind all others."""
        return any(shape.fullmatch(name) for shape in (_TENSOR, _EXPORTED, _PACKED))

    def learn(self, name: str, blob: Blob, formats: tuple[str, ...]) -> None:
        """Take from a member which tensors it names."""
        if (found := _PICKLE.fullmatch(name)) and any(one.startswith("pickle") for one in formats):
            self._named |= {(found["root"], found["part"], key) for key in _keys(blob)}
        elif found := _LIST.fullmatch(name):
            self._named |= {(found["root"], found["part"], key) for key in _listed(blob)}

    def is_tensor(self, name: str) -> bool:
        """Whether a member is nothing but numbers to all that read it."""
        if found := _PACKED.fullmatch(name):
            return found["root"] in self._packages
        found = _TENSOR.fullmatch(name) or _EXPORTED.fullmatch(name)
        return found is not None and (found["root"], found["part"], found["key"]) in self._named


def _keys(blob: Blob) -> Iterator[str]:
    """All texts of digits that a pickle may hold."""
    before, seen = b"", set()
    for block in blob.blocks():
        for length, digits, short, few, line in _KEY.findall(before + block):
            count = (length or short or b"\0")[0]
            one = line or (digits or few)[:count]
            if len(one) == count or line:
                seen.add(one.decode("ascii"))
        before = block[-_OVERLAP:]
        if len(seen) > _MOST_KEYS:
            return iter(())
    return iter(seen)


def _listed(blob: Blob) -> Iterator[str]:
    """Files of tensors that are no pickles, in a list of torch.export."""
    if blob.size > _LARGEST_LIST:
        return
    try:
        whole: Any = msgspec.json.decode(blob.read(0, blob.size))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return
    config = whole.get("config") if isinstance(whole, dict) else None
    for one in config.values() if isinstance(config, dict) else ():
        if isinstance(one, dict) and one.get("use_pickle") is False and isinstance(one.get("path_name"), str):
            yield one["path_name"]


def has_pickle(names: Iterable[str]) -> bool:
    """Whether there is a pickle where torch has one."""
    return any(_PICKLE.fullmatch(name) for name in names)


def say_programs(names: Iterable[str], look: Look) -> None:
    """Say which members are programs of torch."""
    names = tuple(names)
    sources = [name for name in names if _CODE.fullmatch(name)]
    roots = {found["root"] for name in names if (found := _PICKLE.fullmatch(name))}
    sources = [name for name in sources if name.split("/")[0] in roots]
    if sources:
        more = f" and {len(sources) - _SHOWN:,} more" if len(sources) > _SHOWN else ""
        look.found(rules.SCRIPT, ", ".join(sources[:_SHOWN]) + more)
    for name in names:
        if _EXTERNAL.fullmatch(name):
            look.found(rules.PACKAGE, name)

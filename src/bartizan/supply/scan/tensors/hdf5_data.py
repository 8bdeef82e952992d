"""Where the data of HDF5 lie: in the file, packed by filters, in other files, or put together of several."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors import hdf5_rules as rules
from bartizan.supply.scan.tensors.hdf5_parts import Places, heap_object, names, small
from bartizan.supply.scan.tensors.outside import leads_out

_FILTERS: Final = frozenset({*range(7), 32000, 32001, 32004, 32008, 32013, 32015, 32026})
"""Filters of the library itself, and plugins that packages for Python bring."""
_VIRTUAL: Final = 3
_IS_PATH: Final = re.compile(rb"(?:^|[\\/])\.\.[\\/]|://|^[\\/].*\.\w{1,5}$")
"""What is no name of data within a file."""
_MOST_FILES: Final = 1_000
_LONGEST_PATH: Final = 4096


class Data:
    """Looks at what a dataset says of its data. ``say``: called with a rule, what was found, and where."""

    def __init__(self, places: Places, say: Callable[[Rule, str, int], None]) -> None:
        self._places, self._say = places, say

    def elsewhere(self, what: str, name: bytes, at: int) -> None:
        """Something leads to another file."""
        path = name.decode("utf-8", "backslashreplace")
        how = leads_out(path)
        self._say(rules.ESCAPES if how else rules.EXTERNAL, f"{what} to {path!r}{': ' + how if how else ''}", at)

    def external_files(self, held: bytes, at: int) -> None:
        """Files that the data lie in. Raises Unreadable."""
        offsets, lengths = self._places.top.offsets, self._places.top.lengths
        heap = names(self._places, self._places.address(held, 8))
        for number in range(min(small(held, 6, 2), _MOST_FILES)):
            start = self._places.length(held, 8 + offsets + number * 3 * lengths)
            self.elsewhere("data", heap[start : start + _LONGEST_PATH].split(b"\0")[0], at)

    def layout(self, held: bytes, at: int) -> None:
        """Whether data are put together of others. Raises Unreadable."""
        if small(held, 0, 1) < 3 or small(held, 1, 1) != _VIRTUAL:
            return
        address = self._places.address(held, 2)
        if address == self._places.undefined:
            self._say(rules.EXTERNAL, "data put together of other data", at)
            return
        block = heap_object(self._places, address, small(held, 2 + self._places.top.offsets, 4))
        found = [text for text in re.findall(rb"[^\0]{1,4096}", block[1 + self._places.top.lengths :])[:64] if text]
        for path in [*found[:1], *(text for text in found[1:] if _IS_PATH.search(text))]:
            if path == b".":
                self._say(rules.EXTERNAL, "data put together of other data", at)
            else:
                self.elsewhere("data put together of others, lead", path, at)

    def filters(self, held: bytes, at: int) -> None:
        """What data are packed by. Raises Unreadable."""
        version, count = small(held, 0, 1), small(held, 1, 1)
        here = 8 if version == 1 else 2
        for _ in range(count):
            number = small(held, here, 2)
            has_name = version == 1 or number >= 256
            named = small(held, here + 2, 2) if has_name else 0
            here += 4 if has_name else 2
            values = small(held, here + 2, 2)
            here += 4 + (-(-named // 8) * 8 if version == 1 else named)
            here += 4 * values + (4 if version == 1 and values % 2 else 0)
            if number not in _FILTERS:
                self._say(rules.FILTER, f"filter {number}", at)

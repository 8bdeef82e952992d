"""Long lists as pages: which page, sorted by what, filtered how; and the addresses that change one of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

PER_PAGE = 50
_LAST = 1_000_000


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table: what its head says, the word by which a list is sorted by it, whether it holds numbers."""

    label: str
    sort: str = ""
    number: bool = False
    hidden: bool = False
    """Whether the label is for screen readers only."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person is in a list. Made by `listing` from a request; `total` is put in once it is known."""

    path: str
    filters: Mapping[str, str] = {}
    sort: str = ""
    descending: bool = False
    page: int = 1
    per_page: int = PER_PAGE
    total: int = 0

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.per_page

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        """The number of the first row on this page, from 1; 0 where there are none."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """The number of the last row on this page."""
        return min(self.offset + self.per_page, self.total)

    def of(self, total: int) -> Listing:
        """The same place in a list of so many rows."""
        return msgspec.structs.replace(self, total=total)

    def to_page(self, page: int) -> str:
        """The address of another page."""
        return self._address(page=page)

    def sorted_by(self, word: str) -> str:
        """The address of this list sorted by a column; the other way round where it is sorted by it already."""
        down = self.sort == word and not self.descending
        return self._address(sort=f"-{word}" if down else word)

    def direction(self, word: str) -> str:
        """What `aria-sort` says of a column."""
        if self.sort != word:
            return "none"
        return "descending" if self.descending else "ascending"

    def with_filter(self, **filters: str) -> str:
        """The address of this list with other filters, from its first page."""
        return self._address(filters={**self.filters, **filters})

    def _address(self, page: int = 1, sort: str = "", filters: Mapping[str, str] | None = None) -> str:
        now = ("-" if self.descending else "") + self.sort
        said = {k: v for k, v in (self.filters if filters is None else filters).items() if v}
        said |= {"sort": sort or now} if sort or now else {}
        said |= {"page": str(page)} if page > 1 else {}
        return f"{self.path}?{urlencode(said)}" if said else self.path


def listing_of(
    request: Any, *, filters: Iterable[str] = (), sorts: Iterable[str] = (), sort: str = "", per_page: int = PER_PAGE
) -> Listing:
    """Where a request wants to be. What it asks for and the list does not have is left out, never an error."""
    asked = request.query_params
    wanted = str(asked.get("sort", sort))
    word = wanted.removeprefix("-")
    known = word in set(sorts)
    page = str(asked.get("page", "1"))
    return Listing(
        path=request.url.path,
        filters={name: str(asked.get(name, ""))[:200].strip().replace("\x00", "") for name in filters},
        sort=word if known else sort.removeprefix("-"),
        descending=(wanted if known else sort).startswith("-"),
        page=min(max(int(page), 1), _LAST) if page.isdecimal() and len(page) < 8 else 1,
        per_page=per_page,
    )

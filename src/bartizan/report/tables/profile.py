"""What a table holds, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.profile.counting import Column, Held
from bartizan.tables.profile.profiling import Profile

_SURE = 0.9


def profile_lines(one: Profile) -> Iterator[str]:
    """Every column with its kinds of data, how frequent, how sure, in masked samples, and what to do about it."""
    yield f"{printable(str(one.path))}: {one.rows:,} rows, {len(one.columns)} columns"
    yield from (f"  {printable(told)}" for told in one.told)
    for column in one.columns:
        yield from _column(column)
    yield _summary(one)


def _column(column: Column) -> Iterator[str]:
    more = "over " if column.is_more else ""
    gaps = f", {column.missing:,} missing" if column.missing else ""
    nan = f", {column.nan:,} NaN" if column.nan else ""
    hint = f"; {column.hint}, by its name" if column.hint else ""
    count = "" if column.type.startswith(("list(", "struct(", "array(")) else f", {more}{column.distinct:,} distinct"
    yield f"  {printable(column.name, 60)}: {printable(column.type, 120)}{count}{gaps}{nan}{hint}"
    for held in column.kinds:
        samples = ", ".join(printable(one, 60) for one in held.samples)
        yield f"    {held.kind:<18} {_share(held)}, {_sure(held)}: {samples}"
    if column.kinds:
        seen = f"{column.read:,} of {column.likely:,} cells that could hold something were read"
        yield f"      {seen}; {advice(column)}"
    if column.cut:
        yield f"      {column.cut:,} cells are longer than what is read of one"
    if column.beside is not None and column.beside.entities:
        found = ", ".join(f"{name} in {count}" for name, count in column.beside.entities.items())
        yield f"      presidio, of {column.beside.read} values: {found}"


def _share(held: Held) -> str:
    one = held.share
    if one.low == one.high:
        return f"{_percent(one.share)} of cells"
    return f"{_percent(one.share)} of cells ({_percent(one.low)} to {_percent(one.high)}), {held.hits:,} seen"


def _percent(share: float) -> str:
    return f"{share:.2%}" if not 0 < share < 0.0001 else "<0.01%"


def _sure(held: Held) -> str:
    return "sure" if held.score >= _SURE else f"likely ({held.score:.2f})"


def advice(column: Column) -> str:
    """What usually helps."""
    if any(held.is_secret for held in column.kinds):
        return "revoke what is found, and leave the column out"
    most = max((held.share.share for held in column.kinds), default=0.0)
    if most > 0.5:
        return "leave it out, or put a keyed pseudonym in its place where rows must be joined"
    return "mask it in the texts, or leave the column out"


def _summary(one: Profile) -> str:
    personal = sum(any(not held.is_secret for held in column.kinds) for column in one.columns)
    secret = sum(any(held.is_secret for held in column.kinds) for column in one.columns)
    quasi = [column.name for column in one.columns if column.hint == "quasi-identifier"]
    special = [column.name for column in one.columns if column.hint == "special category"]
    parts = [f"personal data in {personal} of {len(one.columns)} columns", f"secrets in {secret}"]
    if quasi:
        parts.append(f"together may single people out: {', '.join(printable(name, 40) for name in quasi)}")
    if special:
        parts.append(f"protected most, by their names: {', '.join(printable(name, 40) for name in special)}")
    return "; ".join(parts)


def profile_document(all_: Sequence[Profile]) -> str:
    """All of it. Samples are masked here too."""
    made = {"bartizan_data_profile": 1, "version": __version__, "tables": [_table(one) for one in all_]}
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _table(one: Profile) -> dict[str, object]:
    columns = [
        {**msgspec.to_builtins(column), "advice": advice(column) if column.kinds else ""} for column in one.columns
    ]
    path = str(one.path).encode("utf-8", "replace").decode()
    return {"path": path, "form": one.form, "rows": one.rows, "seed": one.seed, "told": one.told, "columns": columns}

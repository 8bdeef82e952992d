"""Tables to files, batch by batch, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

from bartizan.core.errors import InputError, Problem, described
from bartizan.core.extras import need

_SINK: Final = {
    ".csv": "sink_csv",
    ".tsv": "sink_csv",
    ".parquet": "sink_parquet",
    ".jsonl": "sink_ndjson",
    ".ndjson": "sink_ndjson",
    ".arrow": "sink_ipc",
}
_CELLS: Final = frozenset({"List", "Struct", "Array", "Binary", "Duration", "Object"})
_UNFIT: Final = {
    ".csv": _CELLS,
    ".tsv": _CELLS,
    ".jsonl": frozenset({"Binary", "Object"}),
    ".ndjson": frozenset({"Binary", "Object"}),
}
"""Names of types of polars that an ending cannot hold."""


def write_table(batches: Iterator[Any], schema: dict[str, Any], out: Path, *, separator: str = "") -> int:
    """Write polars DataFrames of one schema (name -> polars type) to a file, in the form that its name ends in.

    CSV has a separator of its own, or the usual one: a tab in .tsv, else a comma.
    Batches are pulled one after another and never held together. Returns how many rows were written. Whatever raises,
    in the batches too, leaves what stood there before. Raises InputError for another ending or a place that cannot be
    written.
    """
    refuse_place(out)
    refuse_unfit(schema, out)
    sink = _SINK[out.suffix.lower()]
    polars = need("polars")
    counted = _Counted(batches)
    frame = need("polars.io.plugins").register_io_source(counted, schema=schema)
    draft = _draft(out)
    try:
        usual = "\t" if out.suffix.lower() == ".tsv" else ","
        how = {"separator": separator or usual} if sink == "sink_csv" else {}
        getattr(frame, sink)(str(draft.resolve()), engine="streaming", maintain_order=True, **how)
        if counted.failed is not None:
            raise counted.failed
        os.replace(draft, out)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        if counted.failed is not None:
            raise counted.failed from None
        _refuse(out, f"it cannot be written: {described(error).replace(str(draft), str(out))}", "")
    finally:
        draft.unlink(missing_ok=True)
    return counted.rows


def refuse_place(out: Path) -> None:
    """Raise InputError where a table could not be written there: asked before anything that cannot be undone."""
    if out.suffix.lower() not in _SINK:
        _refuse(out, f"a table cannot be written as '{out.suffix}'", f"end it with {', '.join(_SINK)}")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        _refuse(out, "it cannot be written: there is no such folder, or not for you", "")


def refuse_unfit(schema: dict[str, Any], out: Path) -> None:
    """Raise InputError for columns that the form cannot hold: polars would give up half-way, or panic."""
    unfit = _UNFIT.get(out.suffix.lower(), frozenset())
    bad = [name for name, dtype in schema.items() if not unfit.isdisjoint(_types(dtype))]
    if bad:
        what = f"{out.suffix} holds no values of the type of these columns: {', '.join(bad)}"
        _refuse(out, what, "leave them out, or end its name with .parquet or .arrow")


def _types(dtype: Any) -> Iterator[str]:
    """The name of a type of polars, and of those within it."""
    yield str(dtype.base_type())
    if dtype.is_nested():
        inner = [field.dtype for field in dtype.fields] if hasattr(dtype, "fields") else [dtype.inner]
        for one in inner:
            yield from _types(one)


def _draft(out: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name[:50]}.", suffix=out.suffix)
    except OSError as error:
        _refuse(out, f"it cannot be written: {error.strerror}", "")
    os.close(handle)
    return Path(name)


class _Counted:
    """The batches as polars asks for them."""

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self.rows = 0
        self.failed: BaseException | None = None
        """What the batches raised: polars would turn it into an error of its own."""

    def __call__(self, columns: Any, predicate: Any, most: Any, size: Any) -> Iterator[Any]:
        try:
            for batch in self._batches:
                self.rows += batch.height
                yield batch if columns is None else batch.select(columns)
        except BaseException as error:
            self.failed = error
            raise


def _refuse(out: Path, finding: str, fix: str) -> NoReturn:
    raise InputError([Problem(file=str(out), finding=finding, fix=fix)])

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
    ".parquet": "sink_parquet",
    ".jsonl": "sink_ndjson",
    ".ndjson": "sink_ndjson",
    ".arrow": "sink_ipc",
}


def write_table(batches: Iterator[Any], schema: dict[str, Any], out: Path, *, separator: str = ",") -> int:
    """Write polars DataFrames of one schema (name -> polars type) to a file, in the form that its name ends in.

    Batches are pulled one after another and never held together. Returns how many rows were written. Whatever raises,
    in the batches too, leaves what stood there before. Raises InputError for another ending or a place that cannot be
    written.
    """
    refuse_place(out)
    sink = _SINK[out.suffix.lower()]
    polars = need("polars")
    counted = _Counted(batches)
    frame = need("polars.io.plugins").register_io_source(counted, schema=schema)
    draft = _draft(out)
    try:
        how = {"separator": separator} if sink == "sink_csv" else {}
        getattr(frame, sink)(str(draft.resolve()), engine="streaming", maintain_order=True, **how)
        if counted.failed is not None:
            raise counted.failed
        os.replace(draft, out)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        if counted.failed is not None:
            raise counted.failed from None
        _refuse(out, f"it cannot be written: {described(error)}", "")
    finally:
        draft.unlink(missing_ok=True)
    return counted.rows


def refuse_place(out: Path) -> None:
    """Raise InputError where a table could not be written there: asked before anything that cannot be undone."""
    if out.suffix.lower() not in _SINK:
        _refuse(out, f"a table cannot be written as '{out.suffix}'", f"end it with {', '.join(_SINK)}")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        _refuse(out, "it cannot be written: there is no such folder, or not for you", "")


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

"""Assess a folder of descriptions: both cores, bounded memory, one broken file reported and the others assessed."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from bartizan.assess.assessment import assess
from bartizan.catalog.load import load_catalog
from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.core.terms import Outcome
from bartizan.report.csv import guarded
from bartizan.system.reading import read_system
from bartizan.workflows.assess import Options, names_in

_CHUNK = 50
"""Files a worker takes at a time: large enough that passing work around costs little."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One system of a folder in one line; `error` instead where its file is broken."""

    file: str
    system: str = ""
    applies: int = 0
    theoretical: int = 0
    does_not_apply: int = 0
    unknown: int = 0
    above_appetite: int = 0
    worst_level: int = 0
    worst_risk: str = ""
    error: str = ""


class Table:
    """The lines of a folder as one file: CSV, or JSON one object a line. Raises InputError for another ending."""

    def __init__(self, out: Path) -> None:
        if out.suffix not in {".csv", ".jsonl"}:
            fix = "name a file that ends with .csv or .jsonl"
            raise InputError([Problem(file=str(out), finding="a folder gives one table", fix=fix)])
        self._out = out
        self._text = io.StringIO()
        self._csv = csv.writer(self._text) if out.suffix == ".csv" else None
        if self._csv is not None:
            self._csv.writerow(Line.__struct_fields__)

    def add(self, line: Line) -> None:
        """One more row."""
        row = msgspec.structs.asdict(line)
        if self._csv is not None:
            self._csv.writerow(guarded(str(value)) for value in row.values())
        else:
            self._text.write(json.dumps(row, ensure_ascii=False) + "\n")

    def write(self) -> None:
        """Write the file whole."""
        write_atomic(self._out, self._text.getvalue())


def descriptions_in(folder: Path) -> list[Path]:
    """Every `*.yaml` and `*.yml` below a folder that is a description, hidden ones left out, in order of their path.

    Where folders hold a `system.yaml`, their other YAML files (answers, decisions, expectations) are left out.
    """
    found = [
        p
        for pattern in ("*.yaml", "*.yml")
        for p in folder.rglob(pattern)
        if not any(part.startswith(".") for part in p.relative_to(folder).parts)
    ]
    homes = {p.parent for p in found if p.stem == "system"}
    return sorted(p for p in found if p.stem == "system" or p.parent not in homes)


def assess_folder(folder: Path, options: Options, *, workers: int | None = None) -> Iterator[Line]:
    """A line for every description of a folder, in order. Raises InputError when there is none.

    Work is handed out in chunks and results are given as they come in order, so that memory does not grow with the
    number of files.
    """
    files = descriptions_in(folder)
    if not files:
        raise InputError([Problem(file=str(folder), finding="no descriptions in this folder", fix="name a file")])
    options = msgspec.structs.replace(options, today=options.day)
    load_catalog(*options.catalog_folders, scales=options.scales)
    return _assess_files(files, options, workers or os.cpu_count() or 1)


def _assess_files(files: list[Path], options: Options, workers: int) -> Iterator[Line]:
    chunks = (files[i : i + _CHUNK] for i in range(0, len(files), _CHUNK))
    if workers == 1 or len(files) <= _CHUNK:
        for chunk in chunks:
            yield from _assess_chunk(chunk, options)
        return
    with ProcessPoolExecutor(max_workers=workers, initializer=_end_with_parent) as pool:
        running: list[Future[list[Line]]] = []
        try:
            running += _started(pool, islice(chunks, workers * 3), options)
            while running:
                yield from running.pop(0).result()
                running += _started(pool, islice(chunks, 1), options)
        except BrokenProcessPool:
            text = "the system ended one of the processes at work, perhaps for lack of memory; assess fewer at a time"
            raise BartizanError(text) from None
        finally:
            for future in running:
                future.cancel()


def _end_with_parent() -> None:
    """Let no process outlive the one that it works for, however that ended: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _started(pool: ProcessPoolExecutor, chunks: Iterable[list[Path]], options: Options) -> list[Future[list[Line]]]:
    """Hand chunks out. Processes that start meanwhile never see Ctrl-C, which is for the one that waits for them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        return [pool.submit(_assess_chunk, chunk, options) for chunk in chunks]
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _assess_chunk(files: list[Path], options: Options) -> list[Line]:
    return [_assess_one(file, options) for file in files]


def _assess_one(file: Path, options: Options) -> Line:
    try:
        catalog = load_catalog(*options.catalog_folders, scales=options.scales)
        system = read_system(file, names_in(catalog))
        made = assess(system, catalog, today=options.day, edition=options.edition)
    except BartizanError as error:
        return Line(file=str(file), error=str(error))
    worst = made.risks[0] if made.risks else None
    return Line(
        file=str(file),
        system=made.system,
        applies=made.count(Outcome.APPLIES),
        theoretical=made.count(Outcome.THEORETICAL),
        does_not_apply=made.count(Outcome.DOES_NOT_APPLY),
        unknown=made.count(Outcome.UNKNOWN),
        above_appetite=sum(r.above_appetite for r in made.risks),
        worst_level=worst.current.level if worst else 0,
        worst_risk=worst.id if worst else "",
    )

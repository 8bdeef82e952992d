"""Which columns a task does not need, or not as fine: from a table to a verdict that was measured once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.tables.minimise.bench import Bench, Views, loss
from bartizan.tables.minimise.choosing import Choosing, Chosen, leaks
from bartizan.tables.minimise.columns import Column, columns_of, kind_of, twins
from bartizan.tables.minimise.labels import NotAssessable, Task, target_of
from bartizan.tables.minimise.proxies import told_of
from bartizan.tables.minimise.scoring import MEASURES, Measure
from bartizan.tables.minimise.seeing import Seen, seen
from bartizan.tables.minimise.splitting import split
from bartizan.tables.minimise.usable import measure_for, order, persons, refuse_parts, usable
from bartizan.tables.minimise.verdict import Enough, Judged, Minimised
from bartizan.tables.minimise.wording import judged_columns
from bartizan.tables.quality.sample import sampled
from bartizan.tables.reading import Reading, Table, opened

MOST: Final = 50_000
_CELLS: Final = 5_000_000
_LEAST_ROWS: Final = 2_000
_SHARES: Final = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
_CURVE: Final = 100
Progress = Callable[[str], None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the table is for, and how much of it may be lost."""

    label: str
    tolerance: float = 0.01
    """Of score, not reached by the upper end of a loss."""
    person: str = ""
    """Tells whose a row is: rows of one person stay in one part."""
    time: str = ""
    """Tells when a row is of: models learn from the past and are judged by what came last."""
    keep: tuple[str, ...] = ()
    """Stay as they are, whatever the models say."""
    trust: tuple[str, ...] = ()
    """Are known when the model is used, though they tell the label alone."""
    measure: Measure | None = None
    task: Task | None = None
    most: int = MOST
    """Rows that are drawn of larger tables."""
    seed: int = 0
    reading: Reading = Reading()


class _Work(msgspec.Struct, frozen=True, kw_only=True):
    """A table that can be assessed."""

    frame: Any
    columns: tuple[Column, ...]
    twins: dict[str, str]
    views: dict[str, Seen]
    bench: Bench
    asked: Asked
    progress: Progress


def minimised(path: Path, asked: Asked, progress: Progress = lambda _: None) -> Minimised:
    """Assess a table. Raises InputError for what is wrong with the table or the question.

    A table that cannot be assessed is an answer: `Minimised.refused`.
    """
    table = opened(path, asked.reading)
    _refuse_names(table, asked)
    progress("reading")
    digest = sha256_of(path)
    most = max(min(asked.most, _CELLS // len(table.columns)), _LEAST_ROWS)
    sample = sampled(table, most=min(most, asked.most), seed=asked.seed, label=asked.label)
    if sha256_of(path) != digest:
        raise InputError([Problem(file=str(path), finding="it changed while it was read", fix="try again")])
    told = list(table.told)
    looked = len(sample.rows)
    if looked < sample.total:
        told.append(f"{looked:,} of {sample.total:,} rows were drawn (seed {asked.seed})")
    start = Minimised(
        path=path,
        digest=digest,
        total=sample.total,
        looked=looked,
        used=(0, 0, 0),
        folds=1,
        seed=asked.seed,
        label=asked.label,
        task="",
        tolerance=asked.tolerance,
        told=tuple(told),
    )
    try:
        return _assessed(start, sample.frame, asked, progress)
    except NotAssessable as why:
        return msgspec.structs.replace(start, refused=str(why))


def _refuse_names(table: Table, asked: Asked) -> None:
    named = [("--label", asked.label), ("--person", asked.person), ("--time", asked.time)]
    named += [("--keep", one) for one in asked.keep] + [("--trust", one) for one in asked.trust]
    problems = [
        Problem(file=str(table.path), finding=f"no column '{name}' ({what})", fix=nearest(name, table.columns))
        for what, name in named
        if name and name not in table.columns
    ]
    roles = [one for one in (asked.label, asked.person, asked.time) if one]
    if len(set(roles)) < len(roles):
        problems.append(Problem(file=str(table.path), finding="--label, --person and --time name the same column"))
    if asked.person and asked.time:
        fix = "choose the one by which new rows will differ from these"
        problems.append(Problem(file=str(table.path), finding="--person and --time do not go together", fix=fix))
    if problems:
        raise InputError(problems)


def _assessed(start: Minimised, frame: Any, asked: Asked, progress: Progress) -> Minimised:
    target = target_of(asked.label, frame[asked.label], asked.task)
    frame, y, told = usable(frame, target, asked.time)
    measure = measure_for(asked.measure, target.task, y)
    units = persons(frame, asked.person)
    parts = split(len(y), seed=asked.seed, units=units, order=order(frame, asked.time))
    refuse_parts(parts, y, target.task)
    bench = Bench(target.task, y, parts, measure, seed=asked.seed, units=units)
    work = _work(frame, asked, bench, progress)
    learn, choose = parts.folds[0]
    if len(parts.folds) > 1:
        learn = choose = parts.develop
    start = msgspec.structs.replace(
        start,
        used=(len(learn), len(choose), len(parts.test)),
        folds=len(parts.folds),
        task=target.task,
        measure=measure,
        told=(*start.told, *target.told, *told),
    )
    return _minimised(start, work)


def _minimised(start: Minimised, work: _Work) -> Minimised:
    asked, bench = work.asked, work.bench
    trusted = frozenset((*asked.trust, *asked.keep))
    found = {
        name: "it has one value for each of the label's, in every row"
        for name, twin in work.twins.items()
        if twin == asked.label and name not in trusted
    }
    views = {name: one for name, one in work.views.items() if name not in found}
    found |= leaks(bench, views, trusted, work.progress)
    views = {name: one for name, one in views.items() if name not in found}
    work.progress("learning from all columns")
    full, floor = bench.score(views), bench.score({})
    gain = full.above(floor)
    if not gain.low > asked.tolerance:
        raise NotAssessable(_useless(start, gain.value, gain.low, gain.high, found))
    importances = bench.importances(views)
    ordered = tuple(
        sorted(
            (one for one in work.columns if one.name in views and one.name not in asked.keep),
            key=lambda one: (one.rank, importances[one.name], one.name),
        )
    )
    chosen = Choosing(bench, views, full, asked.tolerance, work.progress).chosen(work.frame, ordered)
    changed = bool(chosen.dropped or chosen.coarser)
    work.progress("judging once, by rows that were never used")
    before = bench.judged(views)
    after = bench.judged(chosen.views) if changed else before
    lost = loss(before, after) if changed else None
    confirmed = lost is not None and lost.high < asked.tolerance
    proxies = _proxies(work, chosen) if confirmed else {}
    judged = judged_columns(
        work.columns, chosen, asked, importances=importances, leaks=found, twins=work.twins, proxies=proxies, lost=lost
    )
    return msgspec.structs.replace(
        start,
        floor=bench.judged({}).value,
        before=before.interval,
        after=after.interval,
        loss=lost,
        confirmed=confirmed,
        columns=_with_roles(work, judged),
        rows=_enough(bench, chosen.views if confirmed else views, asked.tolerance, work.progress),
    )


def _with_roles(work: _Work, judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """With the columns that have a part in judging, in the table's order."""
    asked = work.asked
    roles = {
        asked.label: "what is learned",
        asked.person: "tells whose a row is; a pseudonym would do",
        asked.time: "tells when a row is of",
    }
    of = {one.column: one for one in judged}
    for name, why in roles.items():
        if name:
            kind, distinct = kind_of(name, work.frame[name]), work.frame[name].drop_nulls().n_unique()
            of[name] = Judged(column=name, kind=kind, distinct=distinct, verdict="not judged", why=why)
    return tuple(of[name] for name in work.frame.columns)


def _useless(start: Minimised, value: float, low: float, high: float, found: dict[str, str]) -> str:
    assert start.measure is not None
    aside = f" beside {', '.join(found)}, which may be the label by another name" if found else ""
    return (
        f"a model of all columns{aside} is not surely better than a constant guess:"
        f" {MEASURES[start.measure]} {value:+.4f} ({low:+.4f} to {high:+.4f}),"
        f" and more than {start.tolerance:g} is needed;"
        " what such a model does not miss may still be needed"
    )


def _work(frame: Any, asked: Asked, bench: Bench, progress: Progress) -> _Work:
    roles = (asked.label, asked.person, asked.time)
    progress("looking at columns")
    columns = columns_of(frame, tuple(one for one in frame.columns if one not in roles), seed=asked.seed)
    judged = [one for one in columns if one.kind not in ("constant", "nested")]
    if not judged:
        raise NotAssessable("no column but the label can be judged: each holds one value, none, or lists")
    label = Column(name=asked.label, kind="category", distinct=frame[asked.label].drop_nulls().n_unique(), rank=0)
    views = {one.name: seen(frame[one.name], one.kind, seed=asked.seed) for one in judged}
    return _Work(
        frame=frame,
        columns=columns,
        twins=twins(frame, (label, *columns)),
        views=views,
        bench=bench,
        asked=asked,
        progress=progress,
    )


def _proxies(work: _Work, chosen: Chosen) -> dict[str, str]:
    work.progress("looking whether other columns tell what is dropped")
    personal = [
        one for one in work.columns if one.name in chosen.dropped and one.name not in work.twins and 2 <= one.rank <= 4
    ]
    return told_of(work.frame, personal, chosen.views, seed=work.asked.seed)


def _enough(bench: Bench, views: Views, tolerance: float, progress: Progress) -> tuple[Enough, ...]:
    """How good models are that learn from fewer rows, on the rows to choose by."""
    whole = bench.score(views)
    learned = len(bench.split.folds[0][0])
    found = []
    for share in _SHARES:
        if round(share * learned) >= _CURVE:
            progress(f"learning from {share * learned:,.0f} rows")
            lost = loss(whole, bench.score(views, share))
            found.append(Enough(rows=round(share * learned), loss=lost, within=lost.high < tolerance))
    return tuple(found)

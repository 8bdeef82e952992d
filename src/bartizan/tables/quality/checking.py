"""All checks of a table, one after another: what each found, and which had nothing to work on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.errors import BartizanError, MissingExtra, described
from bartizan.tables.quality import drift, duplicates, labels, outliers, patches, schema, sources, triggers
from bartizan.tables.quality.doubt import Doubt, Ran, Rule, Skipped
from bartizan.tables.quality.sample import MOST, Sample, sampled
from bartizan.tables.reading import Reading, Table, opened

RULES: tuple[Rule, ...] = (
    *schema.RULES,
    *drift.RULES,
    *duplicates.RULES,
    *labels.RULES,
    *outliers.RULES,
    *triggers.RULES,
    *patches.RULES,
    *sources.RULES,
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be checked, and by what."""

    schema: Path | None = None
    """A schema of columns, in YAML."""
    before: Path | None = None
    """A table to compare with."""
    label: str = ""
    source: str = ""
    most: int = MOST
    """Rows that are held in memory; of larger tables, as many are drawn."""
    seed: int = 0
    reading: Reading = Reading(typed=True)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    path: Path
    total: int
    """Rows of the table."""
    looked: int
    """Rows that were looked at, all or a sample; a schema is always held against all."""
    seed: int
    runs: tuple[Ran, ...]
    told: tuple[str, ...] = ()
    """What was odd in reading it."""

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Everything that was found."""
        return tuple(doubt for run in self.runs for doubt in run.doubts)

    @property
    def is_doubted(self) -> bool:
        """Whether something was found, or a check failed."""
        return any(run.outcome in ("found", "failed") for run in self.runs)

    @property
    def is_sound(self) -> bool:
        """Whether a check ran, nothing was found and none failed. One that was skipped is not counted, but told."""
        return not self.is_doubted and any(run.outcome == "nothing" for run in self.runs)


def checked(path: Path, asked: Asked, progress: Callable[[str], None] = lambda _: None) -> Checked:
    """Run every check. Raises InputError for what is wrong with the question; an error within a check is an outcome."""
    wanted = schema.read_schema(asked.schema) if asked.schema else None
    table = opened(path, asked.reading)
    sample = sampled(table, most=asked.most, seed=asked.seed, label=asked.label, source=asked.source)
    before = sampled(opened(asked.before, asked.reading), most=asked.most, seed=asked.seed) if asked.before else None
    checks = _checks(table, sample, before, wanted, asked.seed)
    runs = []
    for name, check in checks:
        progress(name)
        runs.append(_ran(name, check))
    looked = len(sample.rows)
    return Checked(path=path, total=sample.total, looked=looked, seed=asked.seed, runs=tuple(runs), told=table.told)


def checked_images(path: Path) -> Checked:
    """Look for stamped patches in an .npz of images x and labels y. Raises InputError."""
    x, y = patches.read_images(path)
    run = _ran("triggers in images", lambda: patches.patch_doubts(x, y))
    return Checked(path=path, total=len(x), looked=len(x), seed=0, runs=(run,))


def _checks(
    table: Table, sample: Sample, before: Sample | None, wanted: schema.Schema | None, seed: int
) -> tuple[tuple[str, Callable[[], list[Doubt]]], ...]:
    def against_schema() -> list[Doubt]:
        if wanted is None:
            raise Skipped("no schema was given: use --schema FILE")
        return schema.schema_doubts(table, wanted)

    def against_before() -> list[Doubt]:
        if before is None:
            raise Skipped("nothing to compare with was given: use --against FILE")
        return drift.drift_doubts(sample, before)

    return (
        ("schema", against_schema),
        ("drift", against_before),
        ("duplicates", lambda: duplicates.duplicate_doubts(sample)),
        ("labels", lambda: labels.label_doubts(sample, seed=seed)),
        ("outliers", lambda: outliers.outlier_doubts(sample, seed=seed)),
        ("triggers", lambda: triggers.trigger_doubts(sample, seed=seed)),
        ("sources", lambda: sources.source_doubts(sample)),
    )


def _ran(name: str, check: Callable[[], list[Doubt]]) -> Ran:
    try:
        doubts = tuple(check())
    except Skipped as reason:
        return Ran(check=name, outcome="skipped", why=str(reason))
    except MissingExtra:
        raise
    except BartizanError as error:
        return Ran(check=name, outcome="failed", why=str(error))
    except Exception as error:  # whatever it is, this check did not pass
        return Ran(check=name, outcome="failed", why=described(error))
    return Ran(check=name, outcome="found" if doubts else "nothing", doubts=doubts)

"""A plan that is written is read back as what was meant, whatever columns and values are called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.tables.minimise.coarser import steps
from bartizan.tables.minimise.columns import columns_of
from bartizan.tables.minimise.planning import plan_text
from bartizan.tables.minimise.verdict import Judged, Minimised
from bartizan.tables.protect.plan import Action, Drop, Generalise, Keep, read_plan
from tests.tables.minimise.tables import protected

_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
_ACTIONS = st.one_of(
    st.just(Keep()),
    st.just(Drop()),
    st.builds(Generalise, bins=st.floats(1e-12, 1e15)),
    st.builds(Generalise, prefix=st.integers(1, 12)),
    st.builds(Generalise, date=st.sampled_from(("month", "quarter", "year", "decade"))),
    st.builds(Generalise, mapping=st.dictionaries(_NAMES, _NAMES, min_size=1, max_size=4), other=_NAMES),
)


def _minimised(columns: Mapping[str, Action]) -> Minimised:
    judged = tuple(
        Judged(column=name, kind="category", distinct=2, verdict="keep", why="why #: \n", action=action)
        for name, action in columns.items()
        if isinstance(action, Keep | Drop | Generalise)
    )
    return Minimised(
        path=Path("a\nb.csv"),
        digest="0" * 64,
        total=1,
        looked=1,
        used=(1, 1, 1),
        folds=1,
        seed=0,
        label="\u202ex",
        task="classes",
        tolerance=0.01,
        columns=judged,
    )


@given(st.dictionaries(_NAMES, _ACTIONS, min_size=1, max_size=5))
def test_a_plan_is_read_back_as_it_was_meant(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, Action]
) -> None:
    text = plan_text(_minimised(columns))
    file = tmp_path_factory.getbasetemp() / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    assert read_plan(file).columns == columns


def test_every_step_can_be_done_by_data_protect_and_gives_what_it_says(tmp_path: Path) -> None:
    rows = 400
    frame = pl.DataFrame(
        {
            "age": [str(20 + n % 61) for n in range(rows)],
            "at": [f"2{n % 10:03d}-0{1 + n % 9}-1{n % 7}" for n in range(rows)],
            "kind": [("other", "a", "b", "c")[min(n % 17, 3)] if n % 50 else "rare" for n in range(rows)],
            "zip": [f"{n * 37 % 1000:05d}" for n in range(rows)],
        }
    )
    file = tmp_path / "t.csv"
    frame.write_csv(file)
    seen = 0
    for column in columns_of(frame, tuple(frame.columns), seed=0):
        found = steps(frame[column.name], column)
        assert found
        assert [one.distinct for one in found] == sorted({one.distinct for one in found}, reverse=True)
        for step in found:
            plan = tmp_path / f"{seen}.yaml"
            plan.write_text(plan_text(_minimised({name: Drop() for name in frame.columns} | {column.name: step.how})))
            assert protected(file, plan)[column.name].n_unique() == step.distinct
            seen += 1
    assert seen > 10

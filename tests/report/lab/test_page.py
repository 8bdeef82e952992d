"""The page of a run: the answer first, every number with its interval, what says nothing apart."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.core.measurement import Curve, Example, Measurement, Point
from bartizan.report.lab.examples import example_part
from bartizan.report.lab.page import lab_page
from bartizan.report.lab.run_charts import charts_of
from bartizan.report.lab.runs import curve_files, run_writer
from tests.report.lab.measured import EFFECTS, IMAGE, MAIL, NOISE, ROW, RUNS, run


class _Well(HTMLParser):
    """Fails where an element is closed that is not open."""

    VOID = frozenset({"meta", "br", "input", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return lab_page(RUNS, EFFECTS, "Digits under attack")


def test_the_first_line_is_the_worst_attack_and_what_helps_most_surely(page: str) -> None:
    lead = re.search(r'<p class="lead">(.*?)</p>', page)
    assert lead is not None
    assert lead[1] == (
        "The worst of 7 attacks, PGD, succeeds on 100 of 100: 100 % (96 % to 100 %). Most surely helps "
        "input_distortion/noise(sigma=0.1): PGD succeeds 29 points less (19 to 39)."
    )


def test_it_is_well_formed_asks_for_nothing_and_has_no_style_that_its_policy_forbids(page: str) -> None:
    parser = _Well()
    parser.feed(page)
    assert parser.open == []
    assert " style=" not in page
    assert not re.search(r'(src|href)="', page)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_what_says_nothing_stands_apart_with_its_reason(page: str) -> None:
    silent = page[page.index('id="silent"') :]
    for said in ("a failed attack, no proof of safety: no start was found", "the target gives no gradient", "failed"):
        assert said in silent
    assert "HopSkipJump" not in page[: page.index('id="silent"')]


def test_an_effect_that_went_the_wrong_way_is_said_so_with_its_interval_turned(page: str) -> None:
    assert "4 points more (−7 to 15)" in page
    assert "hides gradients more than it protects: Square sees no gradient" in page


def test_a_run_without_any_number_is_no_proof_of_safety() -> None:
    silent = [one for one in RUNS if not one.counts]
    assert "None of 3 runs measured anything; that is no proof of safety." in lab_page(silent, (), "t")
    assert "Nothing was run." in lab_page((), (), "t")


def test_the_foot_names_seeds_versions_and_digests(page: str) -> None:
    foot = page[page.index("<footer>") :]
    for said in ("seeds 0", "2026-11-22", "numpy 2.1.0", "model sha256:abab"):
        assert said in foot


def test_an_attack_at_several_radii_is_one_curve_for_each_stack_with_seeds_together() -> None:
    again = tuple(run(hits=20, limit="linf 0.05", seed=1, controls=NOISE) for _ in range(1))
    chart = next(c for c in charts_of((*RUNS, *again)) if c.name == "robustness-digits-pgd-linf")
    assert [line.name for line in chart.lines] == ["no control", "input_distortion/noise (sigma=0.1)"]
    assert [p.x for p in chart.lines[0].points] == [0.02, 0.05, 0.1, 0.2]
    assert chart.lines[1].points[1].y == pytest.approx(51 / 200)
    assert chart.title == "PGD goes from 12 % at linf 0.02 to 100 % at 0.2 with no control"


def test_a_roc_is_drawn_by_magnitude_and_leaves_out_what_has_none() -> None:
    chart = next(c for c in charts_of(RUNS) if c.name.startswith("roc"))
    assert chart.x.log
    assert chart.y.log
    assert all(p.x > 0 and p.y > 0 for line in chart.lines for p in line.points)
    assert "area of 0.79 (0.75 to 0.83)" in chart.title


def test_budgets_of_queries_make_a_curve_and_seeds_alone_do_not() -> None:
    small, large = (run("hsj", hits, queries=asked, limit="l2 1") for hits, asked in ((30, 1000), (80, 50_000)))
    chart = next(c for c in charts_of((small, large)) if c.name.startswith("queries"))
    assert [p.y for p in chart.lines[0].points] == [0.3, 0.8]
    assert chart.x.log
    assert not charts_of((run(queries=900, seed=0), run(queries=1100, seed=1)))


def test_many_stacks_are_put_into_several_charts_each_with_the_bare_target() -> None:
    runs: list[Measurement] = []
    for n in range(9):
        stack = (f"control{n}",) if n else ()
        runs += [run(hits=10 * n, limit=f"linf {r}", controls=stack) for r in (0.1, 0.2)]
    charts = charts_of(runs)
    assert [len(chart.lines) for chart in charts] == [6, 4]
    assert {chart.lines[0].name for chart in charts} == {"no control"}
    assert len({chart.name for chart in charts}) == 2


def test_a_curve_of_one_point_or_of_equal_values_breaks_nothing() -> None:
    flat = Curve(name="flat", x="x", y="y", points=(Point(x=0, y=0), Point(x=0, y=0)))
    single = Curve(name="single", x="x", y="y", points=(Point(x=1, y=1),))
    nothing_found = Curve(name="ROC", x="a", y="b", points=(Point(x=0, y=0), Point(x=1, y=0)))
    runs = tuple(run(f"a{i}", curves=(curve,)) for i, curve in enumerate((flat, single, nothing_found)))
    assert len(charts_of(runs)) == 2
    assert len(curve_files(runs)) == 4
    assert lab_page(runs, (), "t")


def test_an_image_is_drawn_before_and_after_with_its_change() -> None:
    drawn = example_part(IMAGE)
    assert drawn.count("<svg") == 3
    assert "change, white is 0.2" in drawn
    assert "class 3 before, class 8 after" in drawn


@pytest.mark.parametrize("shape", [(3, 4, 5), (4, 5, 3), (60,), (1, 60), (6, 10), (2, 3, 10), (2, 2, 3, 5), (7, 7)])
def test_no_shape_of_an_input_breaks_the_page(shape: tuple[int, ...]) -> None:
    one = Example(before=(0.0,) * 60, after=(0.5,) * 60, shape=shape, was=0, now=-1)
    assert "refused after" in example_part(one)


def test_a_picture_with_colours_keeps_them_wherever_the_channels_stand() -> None:
    last = Example(before=(1.0, 0.0, 0.0) * 4, after=(1.0, 0.0, 0.0) * 4, shape=(2, 2, 3), was=0, now=0)
    first = Example(before=(1.0,) * 4 + (0.0,) * 8, after=(1.0,) * 4 + (0.0,) * 8, shape=(3, 2, 2), was=0, now=0)
    for one in (last, first):
        assert example_part(one).count('fill="#ff0000"') == 2


def test_of_a_row_only_what_changed_is_listed() -> None:
    drawn = example_part(ROW)
    assert "income" in drawn
    assert "+500" in drawn
    assert "age" not in drawn
    assert "2 of 3 columns are as they were" in drawn


def test_of_a_text_the_words_that_changed_are_marked() -> None:
    drawn = example_part(MAIL)
    assert "<del>free</del><ins>fr3e</ins>" in drawn
    assert "Claim your " in drawn


def test_a_folder_gets_the_page_the_numbers_and_each_curve_twice(tmp_path: Path) -> None:
    files = run_writer(tmp_path / "out")(RUNS, EFFECTS, "t")
    assert {path.name for path in files} == {
        "index.html",
        "measurements.json",
        *(f"{name}.{kind}" for name in (c.name for c in charts_of(RUNS)) for kind in ("png", "svg")),
    }
    assert len(json.loads(files[tmp_path / "out" / "measurements.json"])) == len(RUNS)


def test_an_ending_that_is_none_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kind of file"):
        run_writer(Path("out.pdf"))
    with pytest.raises(InputError, match="this is a folder"):
        run_writer(tmp_path, folders=False)

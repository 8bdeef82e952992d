"""What was measured, in the catalogue's pages: beside the estimate, with its interval, or with why there is none."""

from __future__ import annotations

import re

import msgspec
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.measured import EMPTY, MeasuredTable
from bartizan.catalog.relations import Relations
from bartizan.catalog.views import periodic_table
from bartizan.report.catalog_entry import control_page, threat_page
from bartizan.report.catalog_html import html
from bartizan.report.catalog_markdown import markdown
from bartizan.report.catalog_page import Page
from bartizan.report.catalog_terminal import terminal
from bartizan.report.catalog_views import periodic_page
from bartizan.report.measured import bar_of, summary, told
from tests.report.measured_tables import ADVERSARIAL, DISTORTION, EVASION, OBSCURE, PARENT, SERIES, TABLE

CATALOG = load_catalog()
RELATIONS = Relations(CATALOG)


def periodic(table: MeasuredTable) -> Page:
    return periodic_page(CATALOG, periodic_table(CATALOG, 2026), table)


def test_a_pair_says_what_it_buys_with_its_interval_and_what_it_costs() -> None:
    best = TABLE.best(PARENT, DISTORTION)
    assert best is not None
    assert summary(best) == "38 points less (22 to 51), costs 2 of 100 accuracy"
    assert told(TABLE, PARENT, DISTORTION) == (
        "Measured: 38 points less (22 to 51), costs 2 of 100 accuracy. input_distortion/noise(sigma=0.1) on digits, "
        "attacked by square, hop_skip_jump within linf 0.1."
    )


def test_a_control_that_does_harm_is_said_to() -> None:
    best = TABLE.best(EVASION, ADVERSARIAL)
    assert best is not None
    assert summary(best) == "4 points more (−3 to 12), costs no accuracy"


def test_what_only_hides_gradients_has_no_bar_and_says_so() -> None:
    assert bar_of(TABLE, EVASION, OBSCURE) is None
    assert told(TABLE, EVASION, OBSCURE).startswith("Not measured: it only hides gradients (Square")


def test_a_pair_without_a_number_says_why_and_one_that_nobody_tried_says_nothing() -> None:
    assert told(TABLE, PARENT, SERIES) == "Not measured: a series of inputs needs a session <i>."
    assert told(TABLE, PARENT, "rate_limit") == ""


def test_the_periodic_table_draws_a_bar_in_the_chip_and_names_setting_and_model() -> None:
    page = html(periodic(TABLE))
    chip = re.search(r'<a href="[^"]*" title="([^"]*)" class="chip">INPUT DISTORTION <svg.*?</a>', page, re.IGNORECASE)
    assert chip is not None
    assert "on digits, attacked by square" in chip[1]
    assert "<small>38 points less (22 to 51)</small>" in chip[0]
    assert page.count('class="yes"') == 2  # in the chip, and in the table below
    assert "<i>" not in page
    assert "a series of inputs needs a session" in page
    assert " style=" not in page


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_formats_that_draw_nothing_say_it_in_words(form: str) -> None:
    page = periodic(TABLE)
    said = terminal(page, 400, colour=False) if form == "terminal" else markdown(page)
    assert "38 points less (22 to 51)" in " ".join(said.replace("\\", "").split())
    assert "needs a session" in said


def test_without_a_table_the_pages_are_as_they_were() -> None:
    page = html(periodic(EMPTY))
    assert "easured" not in page[page.index("<main>") :]
    assert html(periodic_page(CATALOG, periodic_table(CATALOG, 2026))) == page


def test_the_page_of_a_threat_lists_every_setting_also_one_that_hides_gradients() -> None:
    page = html(threat_page(CATALOG, RELATIONS, CATALOG.threats[PARENT], 2026, measured=TABLE))
    part = page[page.index("What was measured</h2>") :]
    for said in (
        "38 points less",
        "4 points more",
        "hides gradients: Square &lt;b&gt;sees",
        "93 of 100 · 93 % (86 %–97 %) without",
    ):
        assert said in part
    assert "seeds 0, 1; numpy 2.1.0" in part


def test_the_page_of_a_control_tells_the_estimate_from_what_was_measured() -> None:
    page = html(control_page(CATALOG, RELATIONS, CATALOG.controls[DISTORTION], 2026, measured=TABLE))
    assert "(estimate)" in page
    assert "38 points less (22 to 51)" in page
    assert "0.10 ms more an answer" in page


def test_a_bar_stays_within_its_frame_whatever_the_numbers() -> None:
    wild = [msgspec.structs.replace(one, low=-1.0, reduction=-0.9, high=1.0) for one in TABLE.effects]
    page = html(periodic(msgspec.structs.replace(TABLE, effects=tuple(wild))))
    assert not re.search(r'(width|x1|x2)="-', page)

"""What was measured, in the catalogue in the browser: beside the estimate, and with why where there is no number."""

from __future__ import annotations

import pytest

from bartizan.workflows.desk import Desk
from tests.report.measured_tables import TABLE
from tests.web.clients import Visitor, text_of


@pytest.fixture
def measured(desk: Desk) -> Desk:
    """A desk that has measured something."""
    desk.measured = TABLE
    return desk


@pytest.mark.usefixtures("measured")
def test_a_chip_shows_what_was_measured_and_the_legend_tells_it_from_the_estimate(as_viewer: Visitor) -> None:
    page = as_viewer.get("/catalogue")
    assert page.text.count('class="measured"') == 2
    said = text_of(page)
    assert "Measured: 38 points less (22 to 51), costs 2 of 100 accuracy." in said
    assert "Not measured: a series of inputs needs a session &lt;i&gt;." in page.text
    assert "is an estimate of the catalogue" in said
    assert "beside a name is measured" in said


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("place", ["threats/evasion", "controls/input_distortion"])
def test_an_entry_lists_what_was_measured_of_it(as_viewer: Visitor, place: str) -> None:
    page = as_viewer.get(f"/catalogue/{place}")
    assert "What was measured" in text_of(page)
    assert 'class="measured"' in page.text


def test_without_measurements_the_page_speaks_of_none(as_viewer: Visitor, desk: Desk) -> None:
    desk.measured = type(TABLE)(measured_on="", versions={}, seeds=(), samples=0, effects=(), unmeasured=())
    assert "easured" not in as_viewer.get("/catalogue").text

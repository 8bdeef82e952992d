"""Fronts as files: what they say, that they can be explored, and that no name can harm them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from bartizan.core.errors import InputError
from bartizan.core.front import Front
from bartizan.report.lab.front_chart import finding, front_charts
from bartizan.report.lab.fronts import front_writer
from tests.report.lab.measured import HOSTILE, front, setting


def written(ending: str, one: Front | None = None) -> bytes:
    return front_writer(Path(f"front.{ending}"))(one or front())


def test_the_first_line_says_what_to_take_and_what_it_buys() -> None:
    assert finding(front()) == (
        "Take sigma=0.1 of input_distortion/noise: attacks succeed on 22 % (15 % to 31 %) instead of 93 % (86 % to "
        "97 %), and 94 % (90 % to 97 %) of honest answers are right"
    )
    none = msgspec.structs.replace(front(), recommended="", why="no setting meets what was stated")
    assert finding(none).startswith("No setting of input_distortion/noise is recommended: no setting meets")


def test_a_png_is_a_picture_and_the_same_front_gives_the_same_bytes() -> None:
    first = written("png")
    assert first.startswith(b"\x89PNG\r\n")
    assert written("png") == first


def test_an_svg_holds_the_finding_the_axes_and_the_source_as_text() -> None:
    drawn = written("svg")
    words = " ".join("".join(ET.fromstring(drawn).itertext()).split())
    for said in ("Take sigma=0.1", "Attacks that succeed", "in milliseconds", "sigma=0.1, recommended", "2026-11-22"):
        assert said in words
    assert written("svg") == drawn


def test_the_page_has_every_setting_in_both_charts_and_in_the_table() -> None:
    page = written("html").decode()
    for key in range(5):
        assert page.count(f'data-key="{key}"') == 3
    assert page.count('class="spot star"') == 2
    assert "★ recommended" in page
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r'(src|href)="', page)
    assert " style=" not in page


def test_a_setting_that_another_beats_is_a_ring_and_one_that_hides_gradients_a_cross() -> None:
    hiding = msgspec.structs.replace(setting("sigma=0.2", 20, 180, 0.3), masks_gradients="Square wins")
    charts = front_charts(msgspec.structs.replace(front(), settings=(*front().settings, hiding)))
    assert [spot.shape for spot in charts[0].spots] == ["dot", "dot", "star", "ring", "dot", "cross"]


def test_the_line_joins_only_what_no_other_setting_beats_in_both_respects() -> None:
    step = front_charts(front())[0].step
    assert step[::2] == (0.75, 0.945, 0.965, 0.97)


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_a_hostile_label_is_drawn_as_text(ending: str) -> None:
    made = written(ending, front(HOSTILE))
    assert b"<script>alert" not in made
    assert b"\x1b" not in made
    assert "\u202e".encode() not in made
    assert written("png", front(HOSTILE)).startswith(b"\x89PNG")


@pytest.mark.parametrize("ending", ["png", "svg", "html", "json"])
def test_a_sweep_without_any_measurement_still_makes_its_file(ending: str) -> None:
    empty = msgspec.structs.replace(front(), settings=(), recommended="", why="")
    made = written(ending, empty)
    assert made
    if ending == "html":
        assert b"nothing to choose from" in made


def test_an_unknown_ending_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no kind of file"):
        front_writer(Path("front.gif"))

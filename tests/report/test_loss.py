"""The annual loss in sentences."""

from __future__ import annotations

import io
import json
from functools import cache

import msgspec
import openpyxl

from bartizan.report import html, markdown, xlsx
from bartizan.report import json as report_json
from bartizan.report.dossier import Dossier
from bartizan.report.loss import STAGES, in_words
from bartizan.workflows.quantify import quantify
from tests.report.dossiers import AGENT, from_text


def test_every_number_comes_with_its_interval_trials_and_seed() -> None:
    dossier = from_text(AGENT)
    found = quantify(dossier.assessment, dossier.catalog, seed=4, trials=1000)
    words = in_words(dossier, found)
    assert words[0].count("(") == 3
    assert words[1].count("(") == 2
    assert "1,000 simulated years, seed 4" in words[-2]
    assert "not as a forecast" in words[-1]
    assert "thousand euros" in words[0]
    assert "Indirect prompt injection at" in " ".join(words)


@cache
def quantified() -> Dossier:
    dossier = from_text(AGENT)
    return msgspec.structs.replace(dossier, loss=quantify(dossier.assessment, dossier.catalog, seed=4, trials=1000))


def test_page_and_markdown_say_the_loss_in_the_same_words() -> None:
    dossier = quantified()
    assert dossier.loss is not None
    for content in (html.render(dossier), markdown.render(dossier)):
        assert all(sentence.rstrip(".") in content for sentence in in_words(dossier, dossier.loss))


def test_the_workbook_holds_the_loss_as_numbers_by_stage() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.render(quantified())))
    head, *rows = book["Loss"].iter_rows(values_only=True)
    assert head[2] == "Loss in a year (thousand euros)"
    assert list(dict.fromkeys(row[0] for row in rows)) == list(STAGES)
    for row in rows:
        value, low, high = (float(str(cell)) for cell in row[2:5])
        assert low <= value <= high
    assert book["Loss by risk"].max_row == len(quantified().assessment.risks) + 1


def test_json_has_the_loss_with_its_trials_and_its_schema() -> None:
    loss = json.loads(report_json.render(quantified()))["loss"]
    assert (loss["trials"], loss["seed"]) == (1000, 4)
    assert {"inherent", "residual", "curve", "per_risk"} <= loss.keys()
    assert json.loads(report_json.render(from_text(AGENT)))["loss"] is None
    assert "Loss" in str(report_json.json_schema()["$defs"]["Report"]["properties"]["loss"])

"""The scanner on a corpus of its own: every malicious file is found, no benign one is called malicious."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.supply.scan.finding import Scanned
from bartizan.supply.scan.scanning import scan_all
from tests.supply.corpus.benign import BENIGN
from tests.supply.corpus.case import Case
from tests.supply.corpus.malicious import MALICIOUS


def scanned(case: Case, folder: Path) -> Scanned:
    (folder / case.file).write_bytes(case.make())
    (one,) = scan_all([folder / case.file])
    return one


@pytest.mark.parametrize("case", MALICIOUS, ids=[case.name for case in MALICIOUS])
def test_every_malicious_file_is_found(case: Case, tmp_path: Path) -> None:
    one = scanned(case, tmp_path)
    assert one.verdict != "CLEAN"
    assert not [str(found) for found in one.findings if found.rule.id == "scanner.failed"]


@pytest.mark.parametrize("case", BENIGN, ids=[case.name for case in BENIGN])
def test_every_ordinary_file_is_clean(case: Case, tmp_path: Path) -> None:
    one = scanned(case, tmp_path)
    assert [str(found) for found in one.findings] == []


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(MALICIOUS) >= 100
    assert len(BENIGN) >= 60
    assert len({case.name for case in MALICIOUS + BENIGN}) == len(MALICIOUS + BENIGN)

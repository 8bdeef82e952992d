"""What a scan found, on a screen, as JSON and as SARIF; whatever strangers called their files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.report.scan.document import document
from bartizan.report.scan.lines import summary, terminal
from bartizan.report.scan.sarif import sarif
from bartizan.supply.scan.finding import Finding, Scanned
from bartizan.supply.scan.rule import Rule
from tests.report.test_sarif import VALIDATOR

CALLS = Rule(id="pickle.calls", level="detect", title="It calls", why="It runs.", refs=("CWE-502", "AML.T0010"))
ODD = Rule(id="zip.odd", level="review", title="It is odd", why="Look at it.")
BROKEN = Rule(id="file.broken", level="error", title="It breaks off", why="The rest may be anything.")


def scanned(path: str, *findings: Finding, formats: tuple[str, ...] = ("zip",)) -> Scanned:
    return Scanned(path=path, formats=formats, size=10, sha256="", members=1, findings=findings)


CALL = Finding(rule=CALLS, what="os.system('echo x')", member="data.pkl", offset=7)
SOME = (
    scanned("models/bad.pt", Finding(rule=ODD, what="two of one name"), CALL),
    scanned("models/cut.npy", Finding(rule=BROKEN, what="it ends too early", offset=80)),
    scanned("models/good.bin"),
    scanned("models/.git", formats=("skipped",)),
)


def test_the_screen_shows_the_worst_first_and_why() -> None:
    assert terminal(SOME).splitlines() == [
        "DETECT  models/bad.pt  (zip)",
        "  DETECT  It calls: os.system('echo x')  [data.pkl, byte 7]",
        "          It runs. (CWE-502, AML.T0010)",
        "  REVIEW  It is odd: two of one name",
        "          Look at it.",
        "ERROR   models/cut.npy  (zip)",
        "  ERROR   It breaks off: it ends too early  [byte 80]",
        "          The rest may be anything.",
        "DETECT: 3 files with 3 more inside: 1 DETECT, 1 ERROR, 1 CLEAN; left out: models/.git",
    ]


def test_nothing_to_look_at_is_said() -> None:
    assert summary([]) == "CLEAN: 0 files: nothing to look at"


def test_json_holds_every_file_and_finding() -> None:
    made = json.loads(document(SOME))
    assert (made["bartizan_scan"], made["verdict"], made["left_out"]) == (1, "DETECT", ["models/.git"])
    assert [one["verdict"] for one in made["files"]] == ["DETECT", "ERROR", "CLEAN"]
    assert made["files"][0]["findings"][1] == {
        "level": "detect",
        "rule": "pickle.calls",
        "title": "It calls",
        "what": "os.system('echo x')",
        "why": "It runs.",
        "references": ["CWE-502", "AML.T0010"],
        "member": "data.pkl",
        "offset": 7,
    }


def test_sarif_fails_what_is_bad_and_asks_for_what_is_odd() -> None:
    log = json.loads(sarif(SOME))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    assert [(one["ruleId"], one["kind"], one["level"]) for one in run["results"]] == [
        ("zip.odd", "review", "none"),
        ("pickle.calls", "fail", "error"),
        ("file.broken", "fail", "error"),
    ]
    assert run["tool"]["driver"]["rules"][1]["properties"]["tags"][-1] == "external/cwe/cwe-502"
    assert run["results"][1]["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "data.pkl", "kind": "member"}
    ]


@given(st.text(st.characters(), min_size=1, max_size=50), st.text(max_size=400), st.text(max_size=50))
def test_no_name_of_a_stranger_garbles_a_report(path: str, what: str, member: str) -> None:
    one = scanned(path, Finding(rule=CALLS, what=what, member=member, offset=1))
    assert len(terminal([one]).splitlines()) == 4
    VALIDATOR.validate(json.loads(sarif([one])))
    json.loads(document([one]))


def test_a_name_that_is_no_unicode_is_told_all_the_same() -> None:
    one = scanned("models/\udcff.pt", CALL)
    assert "\\udcff" in terminal([one])
    assert json.loads(document([one]))["files"][0]["path"] == "models/?.pt"
    assert "models/%3F.pt" in sarif([one])


@pytest.mark.parametrize(("count", "lines"), [(20, 42), (25, 43)])
def test_many_findings_of_one_file_are_cut_on_a_screen_and_counted(count: int, lines: int) -> None:
    found = [Finding(rule=ODD, what=str(n)) for n in range(count)]
    assert len(terminal([scanned("f", *found)]).splitlines()) == lines

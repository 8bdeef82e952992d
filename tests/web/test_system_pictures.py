"""The small pictures of a system's pages, and the words of its history."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import msgspec

from bartizan.core.kept import KeptAssessment
from bartizan.register.audit.reading import Told
from bartizan.register.chain import Body
from bartizan.web.system_frame import download, line_of, spoken
from bartizan.web.system_pictures import movement, trend
from bartizan.web.system_words import moments
from tests.report.dossiers import AGENT, HOSTILE, from_text


def _made(number: int, today: str, risks: int, above: int) -> KeptAssessment:
    return KeptAssessment(
        system="s",
        number=number,
        version=1,
        edition=2026,
        today=today,
        catalog_digest="",
        risks=risks,
        above_appetite=above,
        worst=5,
        levels="",
        at=f"{today}T09:00:00Z",
        by="asa",
    )


def _told(seq: int, action: str, **more: object) -> Told:
    body = Body(seq=seq, at="2026-11-22T09:00:00Z", actor="asa", action=action, system="s")
    return Told(seq=seq, hash="", body=msgspec.structs.replace(body, **more))


def test_a_trend_needs_two_days_and_tells_the_last_word_of_each() -> None:
    first = _made(1, "2026-11-01", 10, 8)
    assert trend([first]) is None
    assert trend([first, _made(2, "2026-11-01", 9, 7)]) is None
    drawn = trend([_made(3, "2026-11-22", 6, 2), first, _made(2, "2026-11-01", 9, 7)])
    assert drawn is not None
    tree = fromstring(str(drawn))
    said = "".join(tree.itertext())
    assert "9 risks, 7 above appetite, on 1 Nov 2026" in said
    assert "6 risks, 2 above appetite, on 22 Nov 2026" in said
    assert "10 risks" not in said


def test_a_risk_moves_through_the_matrix_in_words_too() -> None:
    dossier = from_text(AGENT)
    for risk in dossier.assessment.risks:
        tree = fromstring(str(movement(risk, dossier.catalog.scales)))
        assert len(list(tree.iter("rect"))) == 25
        assert "after the plan: likelihood" in "".join(tree.itertext())


def test_what_was_done_many_times_at_once_is_one_line() -> None:
    asked = [_told(n, "supplier.ask", changed={"state": [None, "open"]}) for n in range(20)]
    found = moments([*asked, _told(21, "assessment.renew"), _told(22, "decision.make", subject="decisions/s/4")])
    assert [one.what for one in found] == ["a question to a supplier arose (20 times)", "D-4: decided"]


def test_days_in_the_history_are_written_as_people_write_them() -> None:
    [one] = moments([_told(1, "risk.review", subject="risks/s/3", changed={"review_due": ["", "2026-12-01"]})])
    assert one.what == "R-3: set the day on which to look again"
    assert one.note == "review due: 1 Dec 2026"
    assert spoken("its last day was 2026-11-10") == "its last day was 10 Nov 2026"


def test_only_a_line_at_the_end_of_a_place_is_one() -> None:
    assert line_of("default for kept_by, system.yaml:14") == "14"
    assert line_of("computed") == ""


def test_a_download_can_be_called_anything() -> None:
    for name in ("", "..", "a/b\\c", *HOSTILE):
        said = download(b"x", name).headers["Content-Disposition"]
        assert said.isprintable()
        assert said.isascii()
        quoted = said.partition('filename="')[2].partition('"')[0]
        assert quoted.strip(". ")
        assert not set(quoted) & set('/\\"\r\n')

"""Evidence across systems, and results of testing tools on their way in: looked at, then kept."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from bartizan.core.errors import Conflict
from bartizan.core.evidence import Evidence
from bartizan.web.forms import Upload
from bartizan.web.uploads import Shelf
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import add_evidence, look, withdraw_evidence
from tests.register.databases import Clock
from tests.register.intake.makers import garak_eval, garak_report, own
from tests.web.clients import People, Visitor, text_of
from tests.web.systems import ATTACK, HOSTILE, MAIL, SHOP, hostile, mail_and_shop

REPORT = garak_report(
    [garak_eval("latentinjection.LatentInjectionReport", 12, 200), garak_eval("nothing.known", 3, 10)]
)
AT = f"/evidence/import/{MAIL}"


def _add(desk: Desk, system: str, what: str, **more: object) -> int:
    row = look(desk, system).holding.risks[0]
    said = {"kind": "test", "held_on": "2026-11-01", "hits": 2, "trials": 40, "tool": "garak", **more}
    seen = Evidence(risk=row.risk, what=what, **said)  # type: ignore[arg-type]
    return add_evidence(desk, system, seen, by="anna").number


def _look(visitor: Visitor, content: str | bytes = REPORT, at: str = AT, **fields: str) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return visitor.post(at, {"component": "agent", **fields}, files={"file": ("run.jsonl", raw, "text/plain")})


def _held(page: httpx.Response) -> str:
    found = re.search(r'name="held" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


# the list


def test_no_evidence_says_where_it_comes_from(as_assessor: Visitor) -> None:
    assert "garak, promptfoo or PyRIT" in as_assessor.get("/evidence").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["new", "old", "wrong", "shop"]),
        ("q=NEW", ["new"]),
        (f"system={SHOP}", ["shop"]),
        ("tool=pyrit", ["shop"]),
        ("tool=%25", []),
        ("standing=stale", ["old"]),
        ("standing=withdrawn", ["wrong"]),
        ("standing=counts", ["new", "shop"]),
        ("about=nothing", []),
        ("standing=x&page=0", ["new", "old", "wrong", "shop"]),
    ],
)
def test_evidence_is_filtered(as_viewer: Visitor, desk: Desk, query: str, found: list[str]) -> None:
    mail_and_shop(desk)
    _add(desk, MAIL, "new")
    _add(desk, MAIL, "old", valid_until="2026-11-20")
    withdraw_evidence(desk, MAIL, _add(desk, MAIL, "wrong"), by="anna", why="wrong target")
    _add(desk, SHOP, "shop", tool="pyrit")
    page = as_viewer.get(f"/evidence?{query}")
    assert page.status_code == 200
    rows = re.findall(r"E-\d+</a> (\w+)", page.text)
    assert sorted(rows) == sorted(found)


def test_each_piece_says_its_counts_and_how_fresh_it_is(people: People, desk: Desk, clock: Clock) -> None:
    mail_and_shop(desk)
    _add(desk, MAIL, "tried it", hits=12, trials=200)
    page = text_of(people.log_in("vera", "viewer").get("/evidence"))
    assert "1 piece of evidence is in date" in page
    assert "12 of 200 · 6 % (3–10 %)" in page
    clock.forward(days=400)
    page = text_of(people.log_in("vera").get("/evidence"))
    assert "1 is stale" in page


def test_the_evidence_of_others_is_not_seen(people: People, desk: Desk) -> None:
    mail_and_shop(desk)
    _add(desk, MAIL, "secret")
    sam = people.log_in("sam", "viewer", SHOP)
    assert "secret" not in sam.get("/evidence").text
    assert "secret" not in sam.get(f"/evidence?system={MAIL}").text


# results of tools


def test_results_are_shown_with_what_has_no_place_and_kept_once_somebody_says_so(
    as_assessor: Visitor, desk: Desk
) -> None:
    mail_and_shop(desk)
    page = _look(as_assessor)
    assert page.status_code == 200
    said = text_of(page)
    assert "12 of 200 · 6 % (3–10 %)" in said
    assert "nothing.known" in said
    assert "support-bot" in said
    assert not look(desk, MAIL).holding.evidence
    done = as_assessor.post(f"{AT}/apply", {"held": _held(page), "component": "agent"})
    assert done.headers["location"] == f"/evidence?system={MAIL}"
    (kept,) = look(desk, MAIL).holding.evidence
    assert (kept.evidence.counts, kept.evidence.tool, kept.recorded_by) == ((12, 200), "garak", "asa")
    assert as_assessor.post(f"{AT}/apply", {"held": _held(page), "component": "agent"}).status_code == 409


def test_a_file_without_a_day_needs_one(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    observed = {"threat": "indirect_prompt_injection", "what": "mails", "hits": 1, "trials": 50}
    content = json.dumps({k: v for k, v in json.loads(own(observed)).items() if k != "held_on"})
    page = _look(as_assessor, content)
    assert page.status_code == 422
    page = _look(as_assessor, content, held_on="2026-11-02")
    assert page.status_code in {200, 422}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"{", b"[" * 100_000, b"PK\x03\x04", b"<x/>", b"SQLite format 3\x00rubbish", b"\xff\xfea\x00"],
)
def test_hostile_results_get_a_message_and_change_nothing(as_assessor: Visitor, desk: Desk, content: bytes) -> None:
    mail_and_shop(desk)
    page = _look(as_assessor, content)
    assert page.status_code == 422
    assert "These results are not kept" in page.text
    assert "/tmp" not in page.text
    assert "bartizan-" not in page.text
    assert not look(desk, MAIL).holding.evidence


def test_what_is_missing_or_wrong_in_the_form_is_told(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    assert as_assessor.post(AT, {"component": "agent"}).status_code == 422
    wrong = _look(as_assessor, component="agnet")
    assert wrong.status_code == 422
    assert "did you mean" in wrong.text.lower()
    assert as_assessor.get("/evidence/import/none").status_code == 404


def test_results_that_somebody_else_looked_at_are_not_kept(as_assessor: Visitor, as_admin: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    held = _held(_look(as_assessor))
    assert as_admin.post(f"{AT}/apply", {"held": held, "component": "agent"}).status_code == 409
    other = as_assessor.post(f"/evidence/import/{SHOP}/apply", {"held": held, "component": "chatbot"})
    assert other.status_code == 409
    assert not look(desk, MAIL).holding.evidence


def test_only_an_assessor_of_the_system_imports(people: People, as_viewer: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    sam = people.log_in("sam", "assessor", SHOP)
    for visitor in (as_viewer, sam):
        assert visitor.get(AT).status_code == 403
        assert visitor.post(AT, {"component": "agent"}).status_code == 403
        assert visitor.post(f"{AT}/apply", {"held": "x"}).status_code == 403
    assert MAIL not in sam.get("/evidence/import").text
    assert SHOP in sam.get("/evidence/import").text
    assert as_viewer.get("/evidence/import").status_code == 403


def test_hostile_evidence_is_only_text(as_assessor: Visitor, desk: Desk) -> None:
    hostile(desk)
    _add(desk, HOSTILE, ATTACK, tool=ATTACK, by=ATTACK, version=ATTACK)
    page = as_assessor.get("/evidence")
    assert "&lt;img" in page.text
    assert "<img" not in page.text
    report = garak_report([garak_eval(ATTACK, 3, 10)])
    looked = _look(as_assessor, report, f"/evidence/import/{HOSTILE}")
    assert "<img" not in looked.text


# uploads between a look and a yes


def test_the_shelf_forgets_after_an_hour_and_holds_few_of_each_person() -> None:
    now = [0.0]
    shelf = Shelf(clock=lambda: now[0])
    upload = Upload(name="a", media_type="", content=b"x")
    words = [shelf.put("ann", "p", upload) for _ in range(6)]
    other = shelf.put("bo", "p", upload)
    with pytest.raises(Conflict):
        shelf.take(words[0], "ann", "p")
    assert shelf.take(words[-1], "ann", "p") == shelf.take(other, "bo", "p") == upload
    for person, purpose in (("bo", "p"), ("ann", "q")):
        with pytest.raises(Conflict):
            shelf.take(words[-1], person, purpose)
    now[0] = 3601
    with pytest.raises(Conflict):
        shelf.take(other, "bo", "p")


def test_the_shelf_holds_a_bounded_number_of_bytes() -> None:
    shelf = Shelf()
    large = Upload(name="a", media_type="", content=bytes(60_000_000))
    words = [shelf.put(f"p{n}", "p", large) for n in range(4)]
    with pytest.raises(Conflict):
        shelf.take(words[0], "p0", "p")
    assert shelf.take(words[3], "p3", "p") is large

"""Background work as people see it: how far it is, what came of it, who may stop it, and that it survives a restart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from bartizan.web.serving import working
from bartizan.workflows import jobs
from bartizan.workflows.desk import Desk
from bartizan.workflows.jobs import Worker
from tests.web.accessibility import violations
from tests.web.browsing import Served, browser, logged_in, served  # noqa: F401
from tests.web.clients import People, Visitor, text_of
from tests.web.systems import MAIL, SHOP, mail_and_shop


def _asked(visitor: Visitor) -> str:
    answer = visitor.post("/work")
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_assessing_all_anew_is_asked_for_once_and_tells_what_came_of_it(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    place = _asked(as_assessor)
    assert _asked(as_assessor) == place
    assert "It waits for its turn" in as_assessor.get(place).text
    assert Worker(desk).work_once()
    page = text_of(as_assessor.get(place))
    assert "It is done" in page
    assert "2 systems are rated as of today" in page
    assert "done" in text_of(as_assessor.get("/work"))


def test_htmx_gets_the_state_alone_and_asks_no_more_once_it_is_over(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    place = _asked(as_assessor)
    state = as_assessor.get(place, headers={"HX-Request": "true"}).text
    assert "<html" not in state
    assert 'hx-trigger="every 1s"' in state
    Worker(desk).work_once()
    assert "hx-trigger" not in as_assessor.get(place, headers={"HX-Request": "true"}).text


def test_what_an_edition_changes_is_worked_out_of_what_one_may_see(people: People, desk: Desk) -> None:
    mail_and_shop(desk)
    sam = people.log_in("sam", "viewer", SHOP)
    place = sam.post("/portfolio/upgrade", {"edition": "2023"}).headers["location"]
    Worker(desk).work_once()
    page = sam.get(place)
    assert "Edition 2023 would change 1 of 1 system" in text_of(page)
    assert "Retail chatbot" in page.text
    assert MAIL not in page.text


def test_work_goes_on_after_a_restart_where_it_stopped(
    as_viewer: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_and_shop(desk)
    place = as_viewer.post("/portfolio/upgrade", {"edition": "2023"}).headers["location"]
    told: list[str] = []
    tell = jobs.Progress.tell

    def die(self: jobs.Progress, done: int, total: int, message: str, needs: object = None) -> None:
        tell(self, done, total, message, needs)
        told.append(message)
        if len(told) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(jobs.Progress, "tell", die)
    monkeypatch.setattr(jobs, "_EVERY", 10)
    with pytest.raises(KeyboardInterrupt):
        Worker(desk).work_once()
    assert "1 of 2 done" in text_of(as_viewer.get(place))
    worker = Worker(desk, pause=0.05)
    worker.start()
    for _ in range(500):
        if "It is done" in as_viewer.get(place).text:
            break
    worker.stop()
    assert "would change 2 of 2 systems" in text_of(as_viewer.get(place))
    assert told == [MAIL, SHOP]


def test_only_who_asked_or_an_administrator_stops_work(
    as_assessor: Visitor, as_viewer: Visitor, as_admin: Visitor, desk: Desk
) -> None:
    mail_and_shop(desk)
    place = _asked(as_assessor)
    assert as_viewer.get(place).status_code == 200
    assert "Stop it" not in as_viewer.get(place).text
    assert as_viewer.post(f"{place}/stop").status_code == 403
    assert as_admin.post(f"{place}/stop").status_code == 303
    assert "It was stopped" in as_admin.get(place).text
    assert as_admin.post(f"{place}/stop").status_code == 303
    assert not Worker(desk).work_once()


def test_work_of_others_is_not_there_for_who_sees_not_all_systems(
    people: People, as_admin: Visitor, desk: Desk
) -> None:
    mail_and_shop(desk)
    place = _asked(as_admin)
    sam = people.log_in("sam", "assessor", SHOP)
    assert sam.get(place).status_code == 404
    assert place not in sam.get("/work").text
    assert sam.post(f"{place}/stop").status_code == 404
    assert sam.post("/work").status_code == 403
    assert as_admin.get("/work/none").status_code == 404


def test_a_page_of_work_follows_it_to_its_end(browser: Browser, served: Served) -> None:  # noqa: F811
    mail_and_shop(served.desk)
    job = jobs.ask(served.desk, "upgrade", {"edition": 2023}, by="ada")
    with logged_in(browser, served) as page:
        page.goto(served.url(f"/work/{job.id}"))
        assert violations(page) == []
        with working(served.desk):
            page.wait_for_selector("text=It is done")
        assert page.locator("#state tbody tr").count() == 2
        assert violations(page) == []

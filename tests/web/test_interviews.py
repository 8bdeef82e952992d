"""The interview in the browser: each answer is saved, by whoever gives it, and nobody overwrites another."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from bartizan.register import interviews, systems
from bartizan.register.opening import Register
from tests.web.clients import Visitor


def _started(visitor: Visitor) -> str:
    answer = visitor.post("/interviews")
    assert answer.status_code == 303
    return str(answer.headers["location"])


def _hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return html.unescape(found.group(1))


def _answer(visitor: Visitor, place: str, **more: object) -> httpx.Response:
    """Give the first answer that the page offers."""
    page = visitor.get(place)
    reply: object = "Help desk"
    if 'type="text"' not in page.text.partition('class="question"')[2].partition("</form>")[0]:
        reply = _hidden(page, "reply")
    fields = {"question": _hidden(page, "question"), "revision": _hidden(page, "revision"), "reply": reply, **more}
    return visitor.post(f"{place}/answer", fields)


def test_an_interview_in_the_browser_ends_in_a_system_with_its_risks(as_assessor: Visitor, register: Register) -> None:
    place = _started(as_assessor)
    for _ in range(60):
        if "Nothing is left" in as_assessor.get(place).text:
            break
        assert _answer(as_assessor, place).status_code == 303
    done = as_assessor.post(f"{place}/finish")
    assert done.status_code == 303
    assert done.headers["location"] == "/systems/help-desk"
    with register.read() as connection:
        assert systems.system(connection, "help-desk").risks > 0
    assert as_assessor.get(place).headers["location"] == "/systems/help-desk"


def test_a_second_person_goes_on_where_the_first_stopped(as_assessor: Visitor, as_admin: Visitor) -> None:
    place = _started(as_assessor)
    _answer(as_assessor, place)
    page = as_admin.get(place)
    assert "Question 2" in page.text
    assert "asa" in page.text
    assert place in as_admin.get("/interviews").text


def test_two_who_answer_the_same_question_are_told(as_assessor: Visitor, as_admin: Visitor) -> None:
    place = _started(as_assessor)
    before = as_admin.get(place)
    _answer(as_assessor, place)
    fields = {"question": _hidden(before, "question"), "revision": _hidden(before, "revision"), "reply": "Other"}
    late = as_admin.post(f"{place}/answer", fields)
    assert late.status_code == 409
    assert "answered in the meantime" in late.text
    assert "Help desk" in as_admin.get(place).text


def test_htmx_gets_the_next_question_without_the_page_around_it(as_assessor: Visitor) -> None:
    place = _started(as_assessor)
    page = as_assessor.get(place)
    fields = {"question": _hidden(page, "question"), "revision": _hidden(page, "revision"), "reply": "Help desk"}
    part = as_assessor.htmx(f"{place}/answer", fields)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "Question 2" in part.text


def test_undo_asks_the_question_before_again(as_assessor: Visitor) -> None:
    place = _started(as_assessor)
    first = _hidden(as_assessor.get(place), "question")
    _answer(as_assessor, place)
    assert as_assessor.post(f"{place}/undo", {"revision": "1"}).status_code == 303
    assert _hidden(as_assessor.get(place), "question") == first


@pytest.mark.parametrize("reply", ["nonsense", "<script>alert(1)</script>", ""])
def test_an_answer_that_is_none_is_said_beside_the_question(as_assessor: Visitor, reply: str) -> None:
    place = _started(as_assessor)
    _answer(as_assessor, place)
    answer = _answer(as_assessor, place, reply=reply)
    assert answer.status_code == 422
    assert "not one of the choices" in answer.text
    assert "<script>alert" not in answer.text


def test_a_hostile_name_is_shown_as_it_is_and_does_nothing(as_assessor: Visitor, register: Register) -> None:
    place = _started(as_assessor)
    _answer(as_assessor, place, reply='"><img src=x onerror=alert(1)>')
    page = as_assessor.get(place)
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
    with register.read() as connection:
        assert interviews.under_way(connection)[0].name == '"><img src=x onerror=alert(1)>'


def test_who_may_only_look_starts_no_interview(as_viewer: Visitor) -> None:
    assert as_viewer.post("/interviews").status_code == 403
    assert as_viewer.get("/interviews/none").status_code == 403


def test_answers_are_shown_in_the_words_of_their_questions(as_assessor: Visitor) -> None:
    place = _started(as_assessor)
    _answer(as_assessor, place)
    _answer(as_assessor, place, reply="writes")
    assert "generative model that writes, answers or converses" in as_assessor.get(place).text.partition("so far")[2]

"""The pages of a system: they answer, they keep what is said, and they show nobody what is not theirs."""

from __future__ import annotations

import re

import pytest

from bartizan.core.terms import SYSTEM, ControlStatus, Treatment
from bartizan.workflows import keeping, viewing
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.desk import Desk
from tests.register.databases import Clock
from tests.report.dossiers import AGENT
from tests.web.clients import People, Visitor, text_of
from tests.web.one_system import NAME, WORST, register, register_of_one  # noqa: F401

AT = f"/systems/{NAME}"
PAGES = (
    "",
    "/map",
    "/controls",
    "/suppliers",
    "/questions",
    "/description",
    "/history",
    "/compare",
    "/reports",
    "/settings",
)


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """The desk over a register with one system."""
    return desk


def _number(desk: Desk, risk: str = "indirect_prompt_injection@agent") -> int:
    held = keeping.look(desk, NAME).holding
    return next(row.number for row in held.risks if row.risk == risk)


def _version(desk: Desk) -> int:
    return viewing.version(desk, NAME).number


# reading


def test_every_page_of_a_system_is_there_for_a_viewer(kept: Desk, as_viewer: Visitor) -> None:
    for page in PAGES:
        answer = as_viewer.get(AT + page)
        assert answer.status_code == 200, page
        assert "<h1>Mail agent" in answer.text
        assert 'class="answer"' in answer.text or page == "/reports"


def test_who_has_no_role_on_a_system_sees_nothing_of_it(kept: Desk, people: People) -> None:
    elsewhere, nobody = people.log_in("sam", "administrator", "another"), people.nobody()
    for page in (*PAGES, "/reports/html", "/risks/1"):
        answer = elsewhere.get(AT + page)
        assert answer.status_code == 403, page
        assert "Northwind" not in answer.text
        assert nobody.get(AT + page).status_code == 303


def test_a_system_that_is_not_there_is_not_found(kept: Desk, as_viewer: Visitor) -> None:
    assert as_viewer.get("/systems/nothing").status_code == 404
    assert as_viewer.get(f"{AT}/reports/poem").status_code == 404
    assert as_viewer.get(f"{AT}/description?version=9").status_code == 404


def test_the_first_line_says_how_the_system_stands(kept: Desk, as_viewer: Visitor) -> None:
    made = keeping.look(kept, NAME).assessment
    above = sum(risk.above_appetite for risk in made.risks)
    said = text_of(as_viewer.get(AT))
    assert f"{len(made.risks)} risks:" in said
    assert f"{above} above it still need a decision." in said


def test_a_cell_of_the_heat_map_opens_the_risks_in_it(kept: Desk, as_viewer: Visitor) -> None:
    made = keeping.look(kept, NAME).assessment
    one = made.risks[0].current
    page = as_viewer.get(AT)
    assert f'href="{AT}?likelihood={one.likelihood}&amp;impact={one.impact}#risks"' in page.text
    cell = as_viewer.get(f"{AT}?likelihood={one.likelihood}&impact={one.impact}")
    inside = [
        r
        for r in made.risks
        if (one.likelihood, one.impact)
        in {(level.likelihood, level.impact) for level in (r.inherent, r.current, r.residual)}
    ]
    assert len(set(re.findall(r'<tr data-href="([^"]+)"', cell.text))) == len(inside) < len(made.risks)


def test_the_list_is_searched_and_sorted(kept: Desk, as_viewer: Visitor) -> None:
    def numbers(query: str) -> list[int]:
        found = as_viewer.get(AT + query).text
        return [int(n) for n in re.findall(r'<tr data-href="[^"]+/risks/(\d+)"', found)]

    assert numbers("?sort=number") == sorted(numbers(""))
    assert numbers("?sort=-number") == sorted(numbers(""), reverse=True)
    number = _number(kept)
    assert number in numbers("?q=INDIRECT")
    assert numbers(f"?q=R-{number}") == [number]
    assert numbers("?q=nothing+like+that") == []
    assert numbers("?treatment=requested") == []
    assert numbers("?owner=nobody&treatment=none") == numbers("")
    assert numbers("?sort=;drop&level=abc") == []


def test_a_risk_that_is_gone_is_listed_below_with_the_reason(kept: Desk, as_viewer: Visitor) -> None:
    shorter = AGENT.replace("    tools: [send]\n", "").replace(
        "  - {id: send, kind: tool, effects: [send], returns_untrusted: no, reaches_sensitive: no}\n", ""
    )
    keeping.keep(kept, shorter, file="system.yaml", by="asa", system=NAME)
    gone = [row for row in keeping.look(kept, NAME).holding.risks if row.state == "gone"]
    assert gone
    said = text_of(as_viewer.get(AT))
    assert "Not risks now" in said
    assert gone[0].state_why.capitalize()[:30] in said


def test_the_marks_of_the_map_lead_to_the_risks_by_their_numbers(kept: Desk, as_viewer: Visitor) -> None:
    page = as_viewer.get(f"{AT}/map").text
    number = _number(kept)
    assert f'href="{AT}/risks/{number}" class="mark' in page
    assert "style=" not in page


def test_what_time_alone_changed_is_told_and_can_be_kept(kept: Desk, people: People, clock: Clock) -> None:
    number = _number(kept)
    choice = Choice(treatment=Treatment.ACCEPT, reason="pilot", until="2026-12-01")
    asked = keeping.decide(kept, NAME, number, choice, by="asa")
    keeping.approve(kept, NAME, asked.number, by="april")
    assert "time alone changed" not in text_of(people.log_in("asa", "assessor").get(AT))
    clock.forward(days=30)
    as_assessor = people.log_in("asa")
    said = text_of(as_assessor.get(AT))
    assert f"the acceptance D-{asked.number} of R-{number} does not hold any more" in said
    assert as_assessor.post(f"{AT}/refresh").status_code == 303
    assert "time alone changed" not in text_of(as_assessor.get(AT))


# controls


def test_saying_how_far_a_control_is_rates_the_risks_anew(kept: Desk, as_assessor: Visitor) -> None:
    fields = {"status": "implemented", "component": "", "revision at ": "-1", "owner": "Priya", "due": "2026-12-15"}
    answer = as_assessor.post(f"{AT}/controls/prompt_injection_io_handling", fields)
    assert answer.status_code == 303
    held = keeping.look(kept, NAME).holding.controls
    assert [(one.control, one.status, one.owner) for one in held] == [
        ("prompt_injection_io_handling", ControlStatus.IMPLEMENTED, "Priya")
    ]
    assert "Priya" in text_of(as_assessor.get(f"{AT}/controls"))


def test_verified_without_evidence_is_refused_beside_the_field(kept: Desk, as_assessor: Visitor) -> None:
    fields = {"status": "verified", "component": "", "revision at ": "-1", "reason": "<i>trust me</i>"}
    answer = as_assessor.post(f"{AT}/controls/rate_limit", fields)
    assert answer.status_code == 422
    assert "Nothing proves that this control works now" in text_of(answer)
    assert "&lt;i&gt;trust me&lt;/i&gt;" in answer.text
    assert not keeping.look(kept, NAME).holding.controls


def test_two_who_say_how_far_a_control_is_do_not_overwrite_each_other(kept: Desk, as_assessor: Visitor) -> None:
    keeping.set_control(kept, NAME, "rate_limit", Standing(status=ControlStatus.PLANNED, reason="theirs"), by="bob")
    fields = {"status": "implemented", "component": "", "revision at ": "-1", "reason": "mine"}
    answer = as_assessor.post(f"{AT}/controls/rate_limit", fields)
    assert answer.status_code == 409
    assert "theirs" in answer.text
    assert "mine" in answer.text
    again = as_assessor.post(f"{AT}/controls/rate_limit", {**fields, "revision": "0"})
    assert again.status_code == 303
    assert keeping.look(kept, NAME).holding.controls[0].reason == "mine"


def test_htmx_gets_the_row_of_the_control_alone(kept: Desk, as_assessor: Visitor) -> None:
    fields = {"status": "planned", "component": "", "revision at ": "-1"}
    answer = as_assessor.htmx(f"{AT}/controls/rate_limit", fields)
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<tr id="control-rate_limit">')
    assert "saved" in text_of(answer)
    wrong = as_assessor.htmx(f"{AT}/controls/rate_limit", {**fields, "status": "perfect"})
    assert wrong.status_code == 422
    assert "This is no status" in text_of(wrong)


def test_what_was_said_of_a_control_can_be_taken_back(kept: Desk, as_assessor: Visitor) -> None:
    keeping.set_control(kept, NAME, "rate_limit", Standing(status=ControlStatus.PLANNED), by="bob")
    assert as_assessor.post(f"{AT}/controls/rate_limit/forget", {"component": ""}).status_code == 303
    assert not keeping.look(kept, NAME).holding.controls


# suppliers and questions


def test_a_supplier_is_asked_answers_and_is_checked(kept: Desk, as_assessor: Visitor) -> None:
    one = keeping.look(kept, NAME).holding.answers[0]
    place = f"{AT}/suppliers/{one.supplier}"
    assert as_assessor.post(f"{place}/send").status_code == 303
    empty = as_assessor.post(f"{place}/{one.control}", {"act": "answer", "answer": " "})
    assert empty.status_code == 422
    assert as_assessor.post(f"{place}/{one.control}", {"act": "answer", "answer": "We do <b>"}).status_code == 303
    assert as_assessor.post(f"{place}/{one.control}", {"act": "verify"}).status_code == 303
    said = as_assessor.get(f"{AT}/suppliers").text
    assert "We do &lt;b&gt;" in said
    assert "verified" in said


def test_two_who_keep_an_answer_see_each_other(kept: Desk, as_assessor: Visitor) -> None:
    one = keeping.look(kept, NAME).holding.answers[0]
    place = f"{AT}/suppliers/{one.supplier}/{one.control}"
    assert as_assessor.post(place, {"act": "answer", "answer": "first", "revision": "0"}).status_code == 303
    late = as_assessor.post(place, {"act": "answer", "answer": "second", "revision": "0"})
    assert late.status_code == 409
    assert "first" in late.text
    assert "second" in late.text


def test_to_accept_meanwhile_needs_a_reason(kept: Desk, as_assessor: Visitor) -> None:
    one = keeping.look(kept, NAME).holding.answers[0]
    place = f"{AT}/suppliers/{one.supplier}/{one.control}"
    assert as_assessor.post(place, {"act": "meanwhile", "choice": "accept"}).status_code == 422
    assert as_assessor.post(place, {"act": "meanwhile", "choice": "pray"}).status_code == 422
    assert as_assessor.post(place, {"act": "meanwhile", "choice": "mitigate"}).status_code == 303
    assert keeping.look(kept, NAME).holding.answers[0].meanwhile == "mitigate"


def test_an_open_question_is_answered_in_the_page(kept: Desk, as_assessor: Visitor) -> None:
    page = as_assessor.get(f"{AT}/questions")
    fields = dict(re.findall(r'name="(component|field|revision)" value="([^"]*)"', page.text.partition("<ol")[2])[:3])
    assert set(fields) == {"component", "field", "revision"}
    answer = as_assessor.post(f"{AT}/questions", {**fields, "choice": "0"})
    assert answer.status_code == 303
    assert _version(kept) == 2
    late = as_assessor.post(f"{AT}/questions", {**fields, "choice": "0"})
    assert late.status_code == 409
    assert "newer description" in text_of(late)
    wrong = as_assessor.post(f"{AT}/questions", {**fields, "revision": "2", "choice": "99"})
    assert wrong.status_code == 422


# the description


def test_a_description_is_shown_with_the_numbers_of_its_lines(kept: Desk, as_viewer: Visitor) -> None:
    page = as_viewer.get(f"{AT}/description").text
    assert '<li id="L1"><code>name: Mail agent</code></li>' in page
    assert f'id="L{len(AGENT.splitlines())}"' in page
    assert f'id="L{len(AGENT.splitlines()) + 1}"' not in page


def test_an_edit_is_previewed_and_only_then_kept(kept: Desk, as_assessor: Visitor) -> None:
    text = AGENT.replace("behaviour: high", "behaviour: low")
    preview = as_assessor.post(f"{AT}/description/preview", {"text": text, "revision": "1", "note": "lower"})
    assert preview.status_code == 200
    assert "What would change" in preview.text
    assert "went down" in text_of(preview)
    assert _version(kept) == 1
    kept_ = as_assessor.post(f"{AT}/description", {"text": text, "revision": "1", "note": "lower"})
    assert kept_.status_code == 303
    newest = viewing.version(kept, NAME)
    assert (newest.number, newest.note, newest.by) == (2, "lower", "asa")
    assert "went down" in text_of(as_assessor.get(f"{AT}/compare?before=1&after=2"))


def test_a_new_name_of_a_component_loses_no_decision_in_a_preview_or_a_comparison(kept: Desk) -> None:
    row = next(row for row in keeping.look(kept, NAME).holding.risks if row.component == "agent" and row.above_appetite)
    choice = Choice(treatment=Treatment.MITIGATE, reason="we do")
    keeping.decide(kept, NAME, row.number, choice, by="asa")
    text = AGENT.replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]}", "[helper]}")
    compared = [viewing.preview(kept, NAME, text)]
    keeping.keep(kept, text, file="system.yaml", by="asa", system=NAME)
    compared.append(viewing.compare(kept, NAME, viewing.Chosen(version=1), viewing.Chosen(version=2)))
    for one in compared:
        decided = [[r.threat for r in side.assessment.risks if r.decision] for side in (one.before, one.after)]
        assert decided == [[row.threat], [row.threat]]


def test_all_problems_of_a_description_are_shown_with_their_lines(kept: Desk, as_assessor: Visitor) -> None:
    text = AGENT.replace("kind: model", "kind: modle").replace("role: retrieval", "role: <b>retrieval</b>")
    answer = as_assessor.post(f"{AT}/description/preview", {"text": text, "revision": "1"})
    assert answer.status_code == 422
    said = text_of(answer)
    assert "2 problems" in said
    assert "Line 5:" in said
    assert "<b>retrieval" not in answer.text
    assert "&lt;b&gt;retrieval" in answer.text
    assert as_assessor.post(f"{AT}/description", {"text": text, "revision": "1"}).status_code == 422
    assert _version(kept) == 1


def test_two_who_edit_a_description_do_not_overwrite_each_other(kept: Desk, as_assessor: Visitor) -> None:
    keeping.keep(kept, AGENT.replace("Office", "Theirs"), file="system.yaml", by="bob", system=NAME)
    mine = {"text": AGENT.replace("Office", "Mine"), "revision": "1"}
    answer = as_assessor.post(f"{AT}/description", mine)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text
    assert as_assessor.post(f"{AT}/description", {**mine, "revision": "2"}).status_code == 303
    assert "owner: Mine" in viewing.version(kept, NAME).description


def test_a_file_may_stand_in_for_the_text(kept: Desk, as_assessor: Visitor) -> None:
    good = {"file": ("system.yaml", AGENT.replace("Office", "From a file").encode(), "text/yaml")}
    answer = as_assessor.post(f"{AT}/description/preview", {"text": "nonsense", "revision": "1"}, files=good)
    assert answer.status_code == 200
    assert "owner: From a file" in answer.text
    bad = {"file": ("system.yaml", b"\xff\xfe\x00", "text/yaml")}
    wrong = as_assessor.post(f"{AT}/description/preview", {"text": "", "revision": "1"}, files=bad)
    assert wrong.status_code == 422
    assert "no text in UTF-8" in text_of(wrong)


def test_a_text_that_is_too_long_is_refused_not_cut(kept: Desk, as_assessor: Visitor) -> None:
    text = AGENT + "# " + "x" * 100_000
    answer = as_assessor.post(f"{AT}/description", {"text": text, "revision": "1"})
    assert answer.status_code == 422
    assert "longer than 100,000 characters" in text_of(answer)
    assert _version(kept) == 1


def test_a_system_is_compared_by_two_editions(kept: Desk, as_viewer: Visitor) -> None:
    page = as_viewer.get(f"{AT}/compare?before=1&after=1&edition_before=2023&edition_after=2026")
    assert page.status_code == 200
    assert "new" in text_of(page)
    assert as_viewer.get(f"{AT}/compare?before=1&after=7").status_code == 404


# reports and settings


def test_every_report_is_a_file_to_keep(kept: Desk, as_viewer: Visitor) -> None:
    for kind in ("html", "markdown", "json", "sarif", "csv", "xlsx", "mermaid"):
        answer = as_viewer.get(f"{AT}/reports/{kind}")
        assert answer.status_code == 200, kind
        assert answer.headers["content-disposition"].startswith('attachment; filename="mail-agent-2026-11-22.')
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.content


def test_the_register_leaves_as_files_that_come_back(kept: Desk, as_viewer: Visitor) -> None:
    for kind in ("register-xlsx", "register-csv", "register-json"):
        answer = as_viewer.get(f"{AT}/reports/{kind}")
        assert answer.status_code == 200, kind
        assert "mail-agent-register-2026-11-22" in answer.headers["content-disposition"]


def test_a_review_is_kept_and_the_next_one_planned(kept: Desk, as_assessor: Visitor) -> None:
    assert as_assessor.post(f"{AT}/review", {"outcome": " ", "next": "soon"}).status_code == 422
    fields = {"outcome": "All is well <script>", "next": "2027-02-01"}
    assert as_assessor.post(f"{AT}/review", fields).status_code == 303
    page = as_assessor.get(f"{AT}/settings")
    assert "1 Feb 2027" in page.text
    assert "All is well &lt;script&gt;" in page.text
    assert as_assessor.post(f"{AT}/review-date", {"due": "2027-01-01", "why": "audit"}).status_code == 303
    assert as_assessor.post(f"{AT}/review-date", {"due": "whenever"}).status_code == 422
    assert keeping.look(kept, NAME).holding.system.review_due == "2027-01-01"


def test_a_system_is_archived_and_taken_out_again(kept: Desk, as_assessor: Visitor) -> None:
    revision = keeping.look(kept, NAME).holding.system.revision
    assert as_assessor.post(f"{AT}/archive", {"archived": "yes", "revision": str(revision)}).status_code == 303
    assert keeping.look(kept, NAME).holding.system.archived
    late = as_assessor.post(f"{AT}/archive", {"archived": "no", "revision": str(revision)})
    assert late.status_code == 409
    assert as_assessor.post(f"{AT}/archive", {"archived": "no", "revision": str(revision + 1)}).status_code == 303
    assert not keeping.look(kept, NAME).holding.system.archived


CHANGES = (
    "/controls/rate_limit",
    "/controls/rate_limit/forget",
    "/suppliers/northwind-ai/send",
    "/suppliers/northwind-ai/rate_limit",
    "/questions",
    "/description",
    "/description/preview",
    "/review",
    "/review-date",
    "/refresh",
    "/archive",
)


def test_a_viewer_changes_nothing(kept: Desk, as_viewer: Visitor) -> None:
    for path in CHANGES:
        assert as_viewer.post(AT + path, {"status": "planned", "text": "x"}).status_code == 403, path
    assert as_viewer.get(f"{AT}/description/edit").status_code == 403


def test_a_viewer_is_offered_nothing_to_change(kept: Desk, as_viewer: Visitor) -> None:
    for page in PAGES:
        forms = re.findall(r'<form method="post" action="([^"]+)"', as_viewer.get(AT + page).text)
        assert set(forms) <= {"/theme", "/logout"}, page


# hostile names


@pytest.mark.parametrize("name", WORST)
def test_a_hostile_name_is_text_on_every_page(desk: Desk, as_assessor: Visitor, name: str) -> None:
    name = name[:150]
    quoted = "".join(f"\\U{ord(letter):08x}" for letter in name)
    text = AGENT.replace("name: Mail agent", f'name: "{quoted}"').replace("owner: Office", f'owner: "{quoted}"')
    text = text.replace("Northwind AI", f'"{quoted}"').replace(
        "    kind: model\n", f'    kind: model\n    name: "{quoted}"\n'
    )
    made = keeping.keep(desk, text, file="system.yaml", by="asa", system="hostile", note=name.replace("\0", ""))
    number = next(row.number for row in made.kept.holding.risks if row.component != SYSTEM)
    keeping.set_control(desk, "hostile", "rate_limit", Standing(status=ControlStatus.PLANNED, reason=name), by="asa")
    keeping.comment(desk, "hostile", name, by="asa", risk=number)
    for page in (*PAGES, "/description/edit", f"/risks/{number}"):
        answer = as_assessor.get(f"/systems/hostile{page}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert not re.search(r"href=\"(javascript|https://evil)", answer.text)

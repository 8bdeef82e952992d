"""A register out, edited, and back in: what changes, what cannot, and that a file is done whole or not at all."""

from __future__ import annotations

import csv
import io

import msgspec
import openpyxl
import pytest
from sqlalchemy import select

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.evidence import Evidence
from bartizan.core.kept import Holding
from bartizan.core.terms import ControlId, ControlStatus, Treatment
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.report.exchange.canonical import BY_NAME
from bartizan.report.exchange.reading import read
from bartizan.workflows import edits, exchange, keeping
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.desk import Desk
from bartizan.workflows.exchange import CellChange, Preview
from tests.register.databases import Clock
from tests.report.dossiers import AGENT

RISK = "indirect_prompt_injection@agent"
Rows = dict[str, dict[str, str]]


@pytest.fixture
def desk(register: Register) -> Desk:
    """A register with the mail agent in it."""
    made = Desk(register)
    keeping.keep(made, AGENT, file="system.yaml", by="ann")
    return made


def held(desk: Desk, system: str = "mail-agent") -> Holding:
    return keeping.look(desk, system).holding


def row_id(desk: Desk, risk: str = RISK) -> str:
    return f"mail-agent/R-{next(r.number for r in held(desk).risks if r.risk == risk)}"


def out(desk: Desk, table: str = "risks", *systems: str) -> Rows:
    """A table as it goes out, by id."""
    text = exchange.export(desk, systems or ("mail-agent",), "csv", table=table)[0].content
    assert isinstance(text, str)
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def written(rows: Rows) -> bytes:
    """Rows as CSV, as a spreadsheet would save them."""
    buffer = io.StringIO()
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    writer = csv.DictWriter(buffer, names)
    writer.writeheader()
    writer.writerows(rows.values())
    return buffer.getvalue().encode()


def edited(desk: Desk, table: str, row: str, **cells: str) -> bytes:
    """A table that went out, with some cells of a row edited."""
    rows = out(desk, table)
    rows[row] |= cells
    return written(rows)


def looked_at(desk: Desk, content: bytes) -> Preview:
    return exchange.preview(desk, read(content, "file.csv"))


def done(desk: Desk, content: bytes, by: str = "eve") -> Preview:
    return exchange.apply(desk, read(content, "file.csv"), by=by)


def chain(desk: Desk) -> list[str]:
    """What the audit says was done, in order."""
    with desk.register.read() as connection:
        bodies = connection.execute(select(t.audit.c.body).order_by(t.audit.c.seq)).scalars()
        return [msgspec.json.decode(body)["action"] for body in bodies]


# out


def test_every_form_exports_and_several_systems_share_a_file_where_they_can(desk: Desk) -> None:
    keeping.keep(desk, AGENT.replace("Mail agent", "Other agent"), file="other.yaml", by="ann")
    both = exchange.described_systems(desk)
    assert both == ("mail-agent", "other-agent")
    for form in exchange.FORMS:
        made = exchange.export(desk, both, form)
        assert len(made) == (1 if exchange.is_together(form) else 2)
        assert all(one.content for one in made)
    assert {name.partition("/")[0] for name in out(desk, "risks", *both)} == set(both)


def test_a_system_that_is_not_there_or_a_form_that_is_none_is_an_error(desk: Desk) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        exchange.export(desk, ["nowhere"], "csv")
    with pytest.raises(InputError, match="did you mean 'oscal-ar'"):
        exchange.export(desk, ["mail-agent"], "oscal-as")


# nothing changed


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_what_went_out_and_comes_back_changes_nothing(desk: Desk, form: str) -> None:
    before = chain(desk)
    content = exchange.export(desk, ["mail-agent"], form, bom=True)[0].content
    raw = content.encode() if isinstance(content, str) else content
    assert looked_at(desk, raw) == Preview(file="file.csv")
    done(desk, raw)
    assert chain(desk) == before


def test_rows_are_matched_by_id_in_whatever_order_and_number(desk: Desk) -> None:
    rows = dict(reversed(list(out(desk).items())[:4]))
    chosen = list(rows)[1]
    rows[chosen]["owner"] = "Zoë"
    found = looked_at(desk, written(rows))
    assert [(c.id, c.field, c.before, c.after) for c in found.changes] == [(chosen, "owner", "", "Zoë")]


# what may be edited


def test_owners_and_review_dates_come_back(desk: Desk) -> None:
    content = edited(desk, "risks", row_id(desk), owner="Zoë Müller", review_due="2027-01-31")
    done(desk, content)
    risk = next(r for r in held(desk).risks if r.risk == RISK)
    assert (risk.owner, risk.review_due) == ("Zoë Müller", "2027-01-31")
    assert {"risk.own", "risk.review"} <= set(chain(desk))


def test_a_treatment_is_a_decision_by_who_brought_the_file(desk: Desk) -> None:
    cells = {"treatment": "Mitigate", "reason": "=cheap\nand quick", "treatment_owner": "Ops", "due": "2027-03-01"}
    done(desk, edited(desk, "risks", row_id(desk), **cells))
    (made,) = held(desk).decisions
    assert (made.treatment, made.state, made.by, made.owner) == (Treatment.MITIGATE, "held", "eve", "Ops")
    assert (made.reason, made.due) == ("=cheap\nand quick", "2027-03-01")
    assert looked_at(desk, written(out(desk))).changes == ()


def test_accept_only_asks_for_an_acceptance_whatever_else_the_file_claims(desk: Desk) -> None:
    cells = {"treatment": "accept", "reason": "small", "acceptance_until": "2027-05-01"}
    claims = {"acceptance_by": "the boss", "decision_state": "held", "status": "accepted"}
    found = done(desk, edited(desk, "risks", row_id(desk), **cells, **claims))
    (made,) = held(desk).decisions
    assert (made.state, made.requested_by, made.settled_by) == ("requested", "eve", "")
    assert {one.field for one in found.ignored} == {"acceptance_by", "decision_state", "status"}
    assert {one.why for one in found.ignored} == {"computed"}


def test_a_new_reason_is_a_new_decision_and_another_treatment_leaves_the_old_last_day_behind(desk: Desk) -> None:
    row = row_id(desk)
    number = int(row.rpartition("-")[2])
    accept = Choice(treatment=Treatment.ACCEPT, reason="small", until="2027-05-01")
    asked = keeping.decide(desk, "mail-agent", number, accept, by="ann")
    keeping.approve(desk, "mail-agent", asked.number, by="bob")
    done(desk, edited(desk, "risks", row, treatment="avoid", reason="switched off"))
    assert [(d.treatment.value, d.state, d.until) for d in held(desk).decisions] == [
        ("avoid", "held", ""),
        ("accept", "replaced", "2027-05-01"),
    ]


def test_an_acceptance_is_of_the_state_that_the_same_file_brings_about(desk: Desk) -> None:
    book = openpyxl.load_workbook(io.BytesIO(bytes(exchange.export(desk, ["mail-agent"], "xlsx")[0].content)))  # type: ignore[arg-type]
    for page, row, cells in (
        ("Risks", row_id(desk), {"treatment": "accept", "reason": "small", "acceptance_until": "2027-05-01"}),
        ("Controls", "mail-agent/least_model_privilege", {"status": "implemented"}),
    ):
        head, *lines = book[page].iter_rows()
        places = {str(cell.value): n for n, cell in enumerate(head)}
        line = next(line for line in lines if line[0].value == row)
        for name, value in cells.items():
            line[places[name]].value = value
    buffer = io.BytesIO()
    book.save(buffer)
    done(desk, buffer.getvalue())
    made = held(desk).decisions[0]
    keeping.approve(desk, "mail-agent", made.number, by="bob")
    assert '"least_model_privilege":"implemented"' in made.bound
    assert held(desk).decisions[0].state == "held"


def test_controls_come_back_with_status_owner_day_and_reason(desk: Desk) -> None:
    cells = {"status": "not applicable", "reason": "no tools", "owner": "Ops", "due": "2027-02-01"}
    done(desk, edited(desk, "controls", "mail-agent/least_model_privilege", **cells))
    (kept,) = held(desk).controls
    assert (kept.control, kept.component, kept.status) == ("least_model_privilege", "", ControlStatus.NOT_APPLICABLE)
    assert (kept.reason, kept.owner, kept.due, kept.changed_by) == ("no tools", "Ops", "2027-02-01", "eve")
    done(desk, edited(desk, "controls", "mail-agent/least_model_privilege", due=""))
    assert held(desk).controls[0].due == ""


def test_a_control_at_a_component_is_a_row_of_its_own(desk: Desk) -> None:
    planned = Standing(status=ControlStatus.PLANNED, component="agent")
    keeping.set_control(desk, "mail-agent", "model_access_control", planned, by="ann")
    done(desk, edited(desk, "controls", "mail-agent/model_access_control@agent", status="implemented"))
    (kept,) = held(desk).controls
    assert (kept.component, kept.status) == ("agent", ControlStatus.IMPLEMENTED)


def test_a_control_is_verified_by_proof_and_not_by_a_spreadsheet(desk: Desk) -> None:
    row = "mail-agent/least_model_privilege"
    found = looked_at(desk, edited(desk, "controls", row, status="verified"))
    assert "status: nothing proves that this control works now" in str(found.problems[0])
    proof = Evidence(
        control=ControlId("least_model_privilege"), what="looked", kind="review", held_on="2026-11-20", passed=True
    )
    keeping.add_evidence(desk, "mail-agent", proof, by="ann")
    assert looked_at(desk, edited(desk, "controls", row, status="verified")).applies


def test_proof_that_has_aged_keeps_no_new_owner_out(desk: Desk, clock: Clock) -> None:
    row = "mail-agent/least_model_privilege"
    proof = Evidence(
        control=ControlId("least_model_privilege"), what="looked", kind="review", held_on="2026-11-20", passed=True
    )
    keeping.add_evidence(desk, "mail-agent", proof, by="ann")
    keeping.set_control(desk, "mail-agent", "least_model_privilege", Standing(status=ControlStatus.VERIFIED), by="ann")
    clock.forward(days=400)
    assert looked_at(desk, edited(desk, "controls", row, owner="Eve")).applies
    assert not looked_at(desk, edited(desk, "controls", "mail-agent/rate_limit", owner="Eve")).applies


def test_answers_of_suppliers_come_back(desk: Desk) -> None:
    row = next(iter(out(desk, "suppliers")))
    done(desk, edited(desk, "suppliers", row, answer="Yes, see annex", valid_until="2027-06-01"))
    one = next(a for a in held(desk).answers if f"mail-agent/{a.supplier}/{a.control}" == row)
    assert (one.state, one.answer, one.answered_on) == ("answered", "Yes, see annex", "2026-11-22")
    assert (one.valid_until, one.changed_by) == ("2027-06-01", "eve")
    done(desk, edited(desk, "suppliers", row, meanwhile="accept", meanwhile_why="small"))
    assert next(a for a in held(desk).answers if a.control == one.control).meanwhile == "accept"
    for cells, said in (
        ({"answer": ""}, "an empty cell takes no answer back"),
        ({"meanwhile_why": ""}, "to accept it, say why"),
        ({"valid_until": "2026-01-01"}, "2026-01-01 has passed"),
        ({"meanwhile": "pray"}, "there is no 'pray'"),
    ):
        assert said in str(looked_at(desk, edited(desk, "suppliers", row, **cells)).problems)


# what is refused


BAD: tuple[tuple[dict[str, str], str], ...] = (
    ({"treatment": "mitigate"}, "reason: no reason is given"),
    ({"treatment": "accept", "reason": "x"}, "acceptance_until: an acceptance without an end"),
    ({"treatment": "accept", "reason": "x", "acceptance_until": "2029-01-01"}, "would hold too long"),
    ({"treatment": "mitigate", "reason": "x", "due": "2026-01-01"}, "due: 2026-01-01 has passed"),
    ({"treatment": "mitigate", "reason": "x", "acceptance_until": "2027-01-01"}, "only an acceptance has"),
    ({"treatment": "acept", "reason": "x"}, "treatment: there is no 'acept'; did you mean 'accept'?"),
    ({"reason": "x"}, "treatment: a decision without a treatment"),
    ({"review_due": "31.01.2027"}, "review_due: '31.01.2027' is no day that can be read for sure; write it as"),
    ({"review_due": "2027-02-30"}, "review_due: '2027-02-30' is no day"),
    ({"owner": "x" * 201}, "owner: 201 characters, more than the register keeps; at most 200"),
)


def test_an_edit_that_cannot_be_done_is_a_problem_with_its_place(desk: Desk) -> None:
    line = list(out(desk)).index(row_id(desk)) + 2
    for cells, said in BAD:
        content = edited(desk, "risks", row_id(desk), **cells)
        found = looked_at(desk, content)
        assert any(said in str(p) and p.line == line for p in found.problems), (said, found.problems)
        with pytest.raises(InputError):
            done(desk, content)
    assert held(desk).decisions == ()


def test_an_empty_treatment_withdraws_nothing(desk: Desk) -> None:
    number = int(row_id(desk).rpartition("-")[2])
    keeping.decide(desk, "mail-agent", number, Choice(treatment=Treatment.AVOID, reason="x"), by="ann")
    found = looked_at(desk, edited(desk, "risks", row_id(desk), treatment=""))
    assert "put 'avoid' back" in str(found.problems[0])


def test_a_second_request_waits_for_the_first_to_be_settled(desk: Desk) -> None:
    number = int(row_id(desk).rpartition("-")[2])
    accept = Choice(treatment=Treatment.ACCEPT, reason="small", until="2027-05-01")
    keeping.decide(desk, "mail-agent", number, accept, by="ann")
    found = looked_at(desk, edited(desk, "risks", row_id(desk), acceptance_until="2027-06-01"))
    assert "acceptance D-1 waits for approval already" in str(found.problems[0])


def test_ids_that_are_not_there_are_problems_with_the_nearest(desk: Desk) -> None:
    content = b"id,owner\r\nmail-agent/R-999,x\r\nmail-agnet/R-1,x\r\nmail-agent/rate_limits,x\r\n"
    found = looked_at(desk, content)
    assert set(found.unknown) == {"mail-agent/R-999", "mail-agnet/R-1", "mail-agent/rate_limits"}
    told = "\n".join(map(str, found.problems))
    assert "file.csv:2: there is no 'mail-agent/R-999' in the register; did you mean 'mail-agent/R-9'?" in told
    assert "file.csv:3: there is no system 'mail-agnet' in the register; did you mean 'mail-agent'?" in told
    assert found.changes == ()


def test_a_person_sees_and_changes_only_the_systems_that_are_theirs(desk: Desk) -> None:
    content = read(edited(desk, "risks", row_id(desk), owner="x"), "f")
    found = exchange.preview(desk, content, only=frozenset({"other"}))
    assert not found.changes
    assert not any("R-" in p.fix for p in found.problems)
    with pytest.raises(InputError, match="there is no system"):
        exchange.apply(desk, content, by="eve", only=frozenset())


# somebody else was there


def test_a_row_that_changed_meanwhile_is_a_conflict_with_both_values(desk: Desk) -> None:
    row = row_id(desk)
    content = edited(desk, "risks", row, owner="Eve")
    keeping.own(desk, "mail-agent", int(row.rpartition("-")[2]), "Ann", by="ann")
    found = looked_at(desk, content)
    assert found.changes == ()
    assert found.conflicts == (
        CellChange(system="mail-agent", table="risks", id=row, field="owner", before="Ann", after="Eve"),
    )
    with pytest.raises(Conflict, match="changed in the register since the export"):
        done(desk, content)
    assert next(r for r in held(desk).risks if r.risk == RISK).owner == "Ann"


def test_a_row_whose_rating_changed_meanwhile_is_a_conflict_too(desk: Desk) -> None:
    content = edited(desk, "risks", row_id(desk), treatment="mitigate", reason="x")
    seen = Evidence(risk=RISK, what="attack", kind="test", held_on="2026-11-20", hits=0, trials=2000, strong=True)
    before = out(desk)[row_id(desk)]
    keeping.add_evidence(desk, "mail-agent", seen, by="ann")
    planned = Standing(status=ControlStatus.IMPLEMENTED)
    for name in ("least_model_privilege", "prompt_injection_io_handling", "model_alignment", "input_segregation"):
        keeping.set_control(desk, "mail-agent", name, planned, by="ann")
    assert out(desk)[row_id(desk)]["likelihood_current"] != before["likelihood_current"]
    assert looked_at(desk, content).conflicts


def test_a_row_that_changed_elsewhere_meanwhile_is_no_conflict_where_nothing_was_edited(desk: Desk) -> None:
    rows = out(desk)
    number = int(row_id(desk).rpartition("-")[2])
    keeping.comment(desk, "mail-agent", "look", by="ann", risk=number)
    assert looked_at(desk, written(rows)).applies


def test_without_revisions_a_file_is_believed(desk: Desk) -> None:
    row = row_id(desk)
    keeping.own(desk, "mail-agent", int(row.rpartition("-")[2]), "Ann", by="ann")
    done(desk, f"id,owner\r\n{row},Eve\r\n".encode())
    assert next(r for r in held(desk).risks if r.risk == RISK).owner == "Eve"


def test_what_is_done_is_what_was_agreed_to(desk: Desk) -> None:
    row = row_id(desk)
    content = read(f"id,owner\r\n{row},Eve\r\n".encode(), "f")
    agreed = exchange.preview(desk, content).digest
    keeping.own(desk, "mail-agent", int(row.rpartition("-")[2]), "Ann", by="ann")
    with pytest.raises(Conflict, match="look at what would change again"):
        exchange.apply(desk, content, by="eve", expected=agreed)
    assert exchange.apply(desk, content, by="eve", expected=exchange.preview(desk, content).digest).changes


# all or nothing


def test_one_bad_row_keeps_all_others_from_being_done(desk: Desk) -> None:
    rows = out(desk)
    for row in rows.values():
        row["owner"] = "Eve"
    rows[row_id(desk)]["treatment"] = "mitigate"
    before = chain(desk)
    with pytest.raises(InputError, match="no reason is given"):
        done(desk, written(rows))
    assert chain(desk) == before
    assert not any(r.owner for r in held(desk).risks)


def test_a_failure_in_the_midst_undoes_what_was_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.keep(desk, AGENT.replace("Mail agent", "Other agent"), file="other.yaml", by="ann")
    rows = out(desk, "risks", "mail-agent", "other-agent")
    for row in rows.values():
        row["owner"] = "Eve"
    real = edits.carry_out

    def fails(desk: Desk, change: Change, several: list[edits.Edit]) -> None:
        real(desk, change, several)
        if several[0].system == "other-agent":
            raise RuntimeError("the power went")

    monkeypatch.setattr(exchange, "carry_out", fails)
    before = chain(desk)
    with pytest.raises(RuntimeError):
        done(desk, written(rows))
    assert chain(desk) == before
    assert not any(r.owner for name in ("mail-agent", "other-agent") for r in held(desk, name).risks)


def test_a_risk_that_is_gone_can_be_owned_but_not_accepted(desk: Desk) -> None:
    mailbox = "  - {id: mailbox, kind: data, role: retrieval, personal: yes, source: users}\n"
    without = AGENT.replace("    reads: [mailbox]\n", "").replace(mailbox, "")
    without = without.replace(", augmentation_data: very_high", "")
    gone = next(name for name, row in out(desk).items() if row["asset"] == "mailbox")
    keeping.keep(desk, without, file="system.yaml", by="ann", system="mail-agent")
    assert out(desk)[gone]["state"] == "gone"
    assert looked_at(desk, edited(desk, "risks", gone, owner="Eve")).applies
    cells = {"treatment": "accept", "reason": "x", "acceptance_until": "2027-05-01"}
    assert "no risk now" in str(looked_at(desk, edited(desk, "risks", gone, **cells)).problems[0])


def test_an_acceptance_that_lapsed_by_itself_does_not_show_as_held(desk: Desk, clock: Clock) -> None:
    row = row_id(desk)
    accept = Choice(treatment=Treatment.ACCEPT, reason="small", until="2026-12-01")
    asked = keeping.decide(desk, "mail-agent", int(row.rpartition("-")[2]), accept, by="ann")
    keeping.approve(desk, "mail-agent", asked.number, by="bob")
    assert out(desk)[row]["status"] == "accepted"
    clock.forward(days=20)
    assert (out(desk)[row]["treatment"], out(desk)[row]["status"]) == ("", "open")


def test_the_tables_have_every_column_that_may_be_edited_in_reach_of_an_edit() -> None:
    known = {
        "risks": {"owner", "review_due", "treatment", "reason", "treatment_owner", "due", "acceptance_until"},
        "controls": {"status", "owner", "due", "reason"},
        "suppliers": {"answer", "valid_until", "meanwhile", "meanwhile_why"},
    }
    for name, table in BY_NAME.items():
        assert set(table.editable) == known.get(name, set())

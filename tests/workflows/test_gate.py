"""The gate: what fails, what is known or allowed, what could not be checked and is therefore no pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.core.errors import Conflict, InputError
from bartizan.core.evidence import Evidence
from bartizan.core.findings import FINDING_KINDS, Finding, Judged
from bartizan.core.terms import ControlId, ControlStatus, Treatment
from bartizan.register.opening import Register
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.assess import Options
from bartizan.workflows.baseline import Baseline, against, as_text, baseline_of, read_baseline
from bartizan.workflows.desk import Desk
from bartizan.workflows.gate import Asked, gate_all, gate_file, gate_file_with, gate_system
from bartizan.workflows.keeping import add_evidence, decide, keep, refresh, set_control, withdraw
from tests.register.databases import Clock
from tests.workflows.desks import AGENT, accept, desk_with, kept

EVERYTHING = Asked()
CLEAR = AGENT.replace("    trained_by:", "    task: [conversation]\n    fooling_pays: no\n    trained_by:")
"""A description in which no answer is missing."""


def found(judged: Judged, kind: str) -> set[str]:
    return {one.about for one in judged.findings if one.kind == kind}


def gate(desk: Desk) -> Judged:
    return gate_system(desk, "agent", EVERYTHING)


def above(desk: Desk) -> list[str]:
    return [risk.id for risk in kept(desk).assessment.risks if risk.above_appetite]


def settle(desk: Desk) -> None:
    """Treat all that fails: decide on each risk, prove each control, answer what is missing."""
    for row in kept(desk).holding.risks:
        decide(desk, "agent", row.number, Choice(treatment=Treatment.MITIGATE, reason="we do"), by="anna")
    for control in ("rate_limit", "oversight"):
        seen = Evidence(control=ControlId(control), what="seen", kind="review", passed=True, held_on="2026-11-20")
        add_evidence(desk, "agent", seen, by="anna")


def test_every_risk_above_appetite_without_a_decision_is_found(register: Register) -> None:
    desk = desk_with(register)
    assert above(desk)
    assert found(gate(desk), "untreated") == set(above(desk))
    assert not gate(desk).passed


def test_a_decision_that_holds_treats_a_risk_and_a_request_does_not(register: Register) -> None:
    desk = desk_with(register)
    first, second = [row.number for row in kept(desk).holding.risks if row.above_appetite][:2]
    decide(desk, "agent", first, Choice(treatment=Treatment.AVOID, reason="we stop it"), by="anna")
    asked = Choice(treatment=Treatment.ACCEPT, reason="we bear it", until="2027-03-01")
    decide(desk, "agent", second, asked, by="anna")
    assert len(found(gate(desk), "untreated")) == len(above(desk)) - 1


def test_an_acceptance_that_lapsed_is_found_before_and_after_it_is_told(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    row = next(row for row in kept(desk).holding.risks if row.above_appetite)
    accept(desk, row.number, "2026-12-01")
    assert [one.about for one in gate(desk).accepted] == [row.risk]
    assert row.risk not in found(gate(desk), "untreated") | found(gate(desk), "lapsed")
    clock.forward(days=10)
    assert found(gate(desk), "lapsed") == {row.risk}  # nothing in the register says so yet
    add_evidence(desk, "agent", proof("2026-11-30"), by="anna")  # which assesses the system anew
    assert found(gate(desk), "lapsed") == {row.risk}
    assert row.risk in found(gate(desk), "untreated")
    assert not gate(desk).accepted


def test_a_request_that_is_taken_back_does_not_hide_that_an_acceptance_lapsed(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    row = next(row for row in kept(desk).holding.risks if row.above_appetite)
    accept(desk, row.number, "2026-12-01")
    clock.forward(days=10)
    refresh(desk, "agent", by="anna")
    asked = decide(
        desk, "agent", row.number, Choice(treatment=Treatment.ACCEPT, reason="again", until="2027-03-01"), by="anna"
    )
    withdraw(desk, "agent", asked.number, by="anna", why="a mistake")
    assert found(gate(desk), "lapsed") == {row.risk}


def test_a_system_that_somebody_hid_from_the_lists_is_judged_all_the_same(register: Register) -> None:
    desk = desk_with(register)
    for version in (0, 1):
        with register.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(f"UPDATE systems SET version = {version}")
        assert [one.system for one in gate_all(desk, EVERYTHING)] == ["agent"]


def test_what_was_said_of_a_component_that_is_gone_is_not_asked_for_any_more(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    in_place = Standing(status=ControlStatus.IMPLEMENTED, component="mailbox")
    set_control(desk, "agent", "rate_limit", in_place, by="anna")
    add_evidence(desk, "agent", proof("2026-11-20", valid_until="2026-12-01", component="mailbox"), by="anna")
    clock.forward(days=20)
    asked = {"rate_limit@mailbox", "oversight@mailbox"}
    assert asked <= found(gate(desk), "unproved") | found(gate(desk), "stale")
    lines = [line for line in AGENT.splitlines() if "id: mailbox" not in line and "reads:" not in line]
    keep(desk, "\n".join(lines), file="system.yaml", by="anna", system="agent")
    assert not asked & (found(gate(desk), "unproved") | found(gate(desk), "stale"))


def proof(held_on: str, **more: object) -> Evidence:
    said = {"control": ControlId("oversight"), "what": "we looked", "kind": "review", "passed": True}
    return Evidence(**said, held_on=held_on, **more)  # type: ignore[arg-type]


def test_a_control_needs_fresh_proof(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    assert found(gate(desk), "unproved") == {"rate_limit", "oversight"}
    add_evidence(desk, "agent", proof("2026-11-20", valid_until="2026-12-01"), by="anna")
    assert found(gate(desk), "unproved") == {"rate_limit"}
    clock.forward(days=10)
    assert found(gate(desk), "unproved") == {"rate_limit", "oversight"}
    assert found(gate(desk), "stale") == {"oversight"}
    set_control(desk, "agent", "rate_limit", Standing(status=ControlStatus.PLANNED), by="anna")
    assert found(gate(desk), "unproved") == {"oversight"}


def test_evidence_of_what_was_replaced_is_stale(register: Register) -> None:
    digests = "    digests: {model: " + "a" * 64 + "}\n"
    text = AGENT.replace("    trained_by: supplier\n", f"    trained_by: supplier\n{digests}")
    desk = desk_with(register, text)
    add_evidence(desk, "agent", proof("2026-11-20", component="agent", digests={"model": "a" * 64}), by="anna")
    assert not found(gate(desk), "stale")
    keep(desk, text.replace("a" * 64, "b" * 64), file="system.yaml", by="anna", system="agent")
    assert found(gate(desk), "stale") == {"oversight@agent"}


def test_a_verdict_that_waits_for_an_answer_is_found(register: Register) -> None:
    unsure = AGENT.replace("    input_sensitive: yes\n", "    input_sensitive: unknown\n    output_can_harm: unknown\n")
    judged = gate_system(desk_with(register, unsure), "agent", EVERYTHING)
    (one, *_) = [one for one in judged.findings if one.kind == "unknown"]
    assert "agent." in one.do
    assert one.line == 4


def test_all_that_is_asked_for_can_be_done_and_then_it_passes(register: Register) -> None:
    desk = desk_with(register, CLEAR)
    settle(desk)
    judged = gate(desk)
    assert judged.passed, judged.findings
    assert not judged.unchecked


def test_a_gate_keeps_nothing(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    before = kept(desk).holding
    clock.forward(days=3)
    gate(desk)
    list(gate_all(desk, EVERYTHING))
    assert kept(desk).holding == before


def test_what_is_allowed_is_told_and_does_not_fail(register: Register) -> None:
    judged = gate_system(desk_with(register), "agent", Asked(allow=frozenset({"untreated", "unproved", "unknown"})))
    assert judged.passed
    assert found(judged, "untreated")
    assert {one.standing for one in judged.findings} == {"allowed"}


def test_what_is_required_alone_fails(register: Register) -> None:
    desk = desk_with(register)
    assert gate_system(desk, "agent", Asked(require=frozenset({"stale"}))).passed
    assert not gate_system(desk, "agent", Asked(require=frozenset({"stale", "unproved"}))).passed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "system.yaml"
    path.write_text(AGENT, encoding="utf-8")
    return path


TODAY = Options(today="2026-11-22")


def test_a_file_alone_says_what_it_cannot_check(file: Path) -> None:
    judged = gate_file(file, TODAY, EVERYTHING)
    assert {one.kind for one in judged.unchecked} == {"stale", "unproved", "lapsed"}
    assert {one.kind for one in judged.findings} <= {"untreated", "unknown"}


def test_what_was_demanded_and_not_checked_is_no_pass(file: Path) -> None:
    assert not gate_file(file, TODAY, Asked(require=frozenset({"unproved"}))).passed
    assert not gate_file(file, TODAY, Asked(require=frozenset({"unproved"}))).new


def test_what_was_not_checked_fails_nothing_where_it_was_not_demanded(file: Path) -> None:
    judged = gate_file(file, TODAY, Asked(allow=frozenset({"untreated", "unknown"})))
    assert judged.passed
    assert {one.kind for one in judged.unchecked} == {"stale", "unproved", "lapsed"}


def test_decisions_from_a_file_count_and_lapse(file: Path, tmp_path: Path) -> None:
    risk = next(iter(found(gate_file(file, TODAY, EVERYTHING), "untreated")))
    decisions = tmp_path / "decisions.yaml"
    decisions.write_text(
        f"decisions:\n  - {{risk: {risk}, treatment: accept, reason: r, by: Anna,"
        " on: '2026-11-01', until: '2026-12-01'}\n"
    )
    before = gate_file(file, Options(today="2026-12-01", decisions=decisions), EVERYTHING)
    after = gate_file(file, Options(today="2026-12-02", decisions=decisions), EVERYTHING)
    assert risk not in found(before, "untreated") | found(before, "lapsed")
    assert risk in found(after, "untreated") & found(after, "lapsed")
    assert {one.kind for one in before.unchecked} == {"stale", "unproved"}


def test_a_file_is_judged_with_what_the_register_keeps_of_its_system(register: Register, file: Path) -> None:
    desk = desk_with(register, CLEAR)
    settle(desk)
    file.write_text(CLEAR, encoding="utf-8")
    assert gate_file_with(desk, file, EVERYTHING).passed
    renamed = CLEAR.replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]}", "[helper]}")
    file.write_text(renamed, encoding="utf-8")
    judged = gate_file_with(desk, file, EVERYTHING)
    assert judged.passed, judged.findings
    assert any(row.component == "agent" for row in kept(desk).holding.risks), "something was kept"
    file.write_text(renamed.replace("Mail agent", "Another"), encoding="utf-8")
    with pytest.raises(Conflict, match="no system in the register is called 'Another'"):
        gate_file_with(desk, file, EVERYTHING)


def test_a_file_that_takes_a_renaming_back_is_judged_as_it_would_be_kept(register: Register, file: Path) -> None:
    desk = desk_with(register, CLEAR)
    settle(desk)
    renamed = CLEAR.replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]}", "[helper]}")
    keep(desk, renamed, file="system.yaml", by="anna", system="agent")
    file.write_text(CLEAR, encoding="utf-8")
    judged = gate_file_with(desk, file, EVERYTHING)
    assert judged.passed, judged.findings


def test_only_what_is_not_in_the_baseline_fails(file: Path, tmp_path: Path) -> None:
    before = gate_file(file, TODAY, EVERYTHING)
    baseline = tmp_path / "baseline.json"
    baseline.write_text(as_text(baseline_of([before])), encoding="utf-8")
    assert against(before, read_baseline(baseline)).passed
    file.write_text(AGENT.replace("returns_untrusted: no", "returns_untrusted: yes"), encoding="utf-8")
    more = file.read_text(encoding="utf-8") + "\n"
    extra = "  - {id: second, kind: data, role: retrieval, personal: yes, source: users}\n"
    file.write_text(more.replace("impact:", f"{extra}impact:").replace("[mailbox]", "[mailbox, second]"), "utf-8")
    after = against(gate_file(file, TODAY, EVERYTHING), read_baseline(baseline))
    assert not after.passed
    assert all("second" in one.about for one in after.new)


def test_a_baseline_survives_edits_and_renames(file: Path) -> None:
    baseline = baseline_of([gate_file(file, TODAY, EVERYTHING)])
    renamed = AGENT.replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]}", "[helper]}")
    file.write_text("# a line more\n" + renamed, encoding="utf-8")
    judged = gate_file(file, TODAY, EVERYTHING)
    assert any("@helper" in one.about for one in judged.findings)
    assert against(judged, baseline).passed
    assert not against(judged, baseline).gone


def test_what_the_baseline_alone_has_is_gone(file: Path) -> None:
    baseline = baseline_of([gate_file(file, TODAY, EVERYTHING)])
    judged = against(gate_file(file, TODAY, EVERYTHING), baseline)
    fewer = against(
        Judged(**{f: getattr(judged, f) for f in judged.__struct_fields__ if f != "findings"}, findings=()), baseline
    )
    assert len(fewer.gone) == len(baseline.systems[judged.system])


def test_writing_a_baseline_leaves_other_systems_in_it(file: Path) -> None:
    judged = gate_file(file, TODAY, EVERYTHING)
    other = baseline_of([Judged(**{**{f: getattr(judged, f) for f in judged.__struct_fields__}, "system": "other"})])
    assert set(baseline_of([judged], other).systems) == {"other", "Mail agent"}


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"schema": "bartizan-baseline/2"}', '{"systems": {"a": [{"kind": "x"}]}}']
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_baseline(file)


def test_a_baseline_reads_as_it_was_written(tmp_path: Path, file: Path) -> None:
    written = baseline_of([gate_file(file, TODAY, EVERYTHING)])
    path = tmp_path / "baseline.json"
    path.write_text(as_text(written), encoding="utf-8")
    assert read_baseline(path) == written
    assert read_baseline(path) != Baseline()


def test_every_kind_has_its_turn_in_the_order(register: Register) -> None:
    order = [FINDING_KINDS.index(one.kind) for one in gate(desk_with(register)).findings]
    assert order == sorted(order)
    assert all(isinstance(one, Finding) and one.do for one in gate_system(Desk(register), "agent", EVERYTHING).findings)

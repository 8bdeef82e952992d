"""A kept system as it is assessed: by its newest description and all that the register knows, and by nothing else."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.core.errors import NotFound
from bartizan.core.terms import ControlStatus, Treatment
from bartizan.register import systems
from bartizan.register.opening import Register
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.desk import Desk, kept_system, kept_version
from tests.contracts.test_docs import SYSTEM as EXAMPLE
from tests.register.databases import Clock
from tests.register.desks import (
    ESCAPE,
    NAME,
    RISK,
    TEXT,
    accepted,
    attacked,
    checked,
    desk_with,
    rating_of,
    row_of,
    with_digest,
)
from tests.register.seeds import whole

RENAMED = TEXT.replace("[agent]", "[helper]").replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n")


def test_where_the_register_knows_nothing_more_the_assessment_is_that_of_the_file(register: Register) -> None:
    desk = desk_with(register)
    alone = make_dossier(EXAMPLE, Options(today="2026-11-22")).assessment
    assert keeping.look(desk, NAME).assessment == alone


def test_looking_changes_nothing_and_bringing_up_to_date_twice_is_once(register: Register, clock: Clock) -> None:
    desk = desk_with(register, with_digest())
    keeping.add_evidence(desk, NAME, attacked(0, 2000, until="2026-12-01"), by="carl")
    accepted(desk)
    keeping.refresh(desk, NAME, by="robot")
    before = whole(register)
    keeping.look(desk, NAME)
    keeping.refresh(desk, NAME, by="robot")
    assert whole(register) == before
    clock.forward(days=30)
    keeping.refresh(desk, NAME, by="robot")
    after = whole(register)
    first = keeping.look(desk, NAME).assessment
    keeping.refresh(desk, NAME, by="robot")
    assert whole(register) == after
    assert keeping.look(desk, NAME).assessment == first


def test_the_counts_of_a_system_are_those_of_its_assessment(register: Register) -> None:
    desk = desk_with(register)
    keeping.decide(desk, NAME, row_of(desk).number, Choice(treatment=Treatment.AVOID, reason="r"), by="anna")
    kept = keeping.look(desk, NAME)
    made, system = kept.assessment, kept.holding.system
    assert system.risks == len(made.risks) == sum(row.state == "open" for row in kept.holding.risks)
    assert system.above_appetite == sum(risk.above_appetite for risk in made.risks)
    assert system.untreated == system.above_appetite - 1
    assert system.worst == max(risk.current.level for risk in made.risks)
    assert (system.version, system.edition, system.assessed_on) == (1, 2026, "2026-11-22")


def test_another_edition_can_be_looked_at_without_being_kept(register: Register) -> None:
    desk = desk_with(register)
    with register.read() as connection:
        older = kept_system(desk, connection, NAME, edition=2023)
    assert older.assessment.edition == 2023
    assert keeping.look(desk, NAME).assessment.edition == 2026


def test_a_system_without_a_description_or_that_is_not_there_says_so(register: Register) -> None:
    desk = desk_with(register)
    with register.change("anna") as change:
        systems.add(change, name="empty", wanted="empty")
    for name, said in (("empty", "has no description yet"), ("nothing", "no system 'nothing'"), ("\0", "no system")):
        with pytest.raises(NotFound, match=said):
            keeping.look(desk, name)
    with register.read() as connection, pytest.raises(NotFound, match="has no version 9"):
        kept_version(desk, connection, NAME, 9)


def test_an_older_version_is_judged_with_what_belongs_to_its_components_under_their_old_names(
    register: Register,
) -> None:
    desk = desk_with(register)
    keeping.decide(desk, NAME, row_of(desk).number, Choice(treatment=Treatment.AVOID, reason="r"), by="anna")
    off = Standing(status=ControlStatus.NOT_STARTED, component="agent", reason="off")
    keeping.set_control(desk, NAME, "monitor_use", off, by="anna")
    keeping.add_evidence(desk, NAME, attacked(5, 20), by="carl")
    keeping.keep(desk, RENAMED, file="s.yaml", by="anna")
    with register.read() as connection:
        then, now = kept_version(desk, connection, NAME, 1), kept_version(desk, connection, NAME)
    assert (then.version, now.version) == (1, 2)
    old = next(r for r in then.assessment.risks if r.id == RISK)
    new = next(r for r in now.assessment.risks if r.id == RISK.replace("agent", "helper"))
    assert old.decision is not None
    assert new.decision is not None
    assert [use.id for use in old.evidence] == [use.id for use in new.evidence] == ["E-1"]
    assert [(a.control, a.status) for a in old.controls] == [(a.control, a.status) for a in new.controls]
    assert not [n for n in then.assessment.notes if n.kind == "orphaned_decision"]


def test_what_belongs_to_a_part_that_is_gone_is_not_taken_for_that_of_the_part_that_once_had_its_name(
    register: Register,
) -> None:
    """agent becomes helper; another agent comes, is decided on and goes: its decision is an orphan, not helper's."""
    desk = desk_with(register)
    keeping.keep(desk, RENAMED, file="s.yaml", by="anna")
    second = RENAMED.replace("    renamed_from: [agent]\n", "").replace(
        "  - {id: executive,",
        "  - {id: agent, kind: model, type: generative, reads: [mailbox], tools: [send-mail]}\n  - {id: executive,",
    )
    keeping.keep(desk, second, file="s.yaml", by="anna")
    number = row_of(desk, ESCAPE).number
    keeping.decide(desk, NAME, number, Choice(treatment=Treatment.AVOID, reason="of the other"), by="anna")
    keeping.add_evidence(desk, NAME, msgspec.structs.replace(attacked(19, 20), risk=ESCAPE), by="carl")
    keeping.add_evidence(desk, NAME, checked("monitor_use", False), by="carl")
    kept = keeping.keep(desk, RENAMED, file="s.yaml", by="anna").kept
    helper = next(r for r in kept.assessment.risks if r.id == "agent_escape@helper")
    assert helper.decision is None
    assert not helper.evidence
    row = next(r for r in kept.holding.risks if r.number == number)
    assert (row.state, row.risk) == ("gone", ESCAPE)
    (note,) = [n for n in kept.assessment.notes if n.kind == "orphaned_decision"]
    assert "avoid by anna" in note.text
    whole(register)


def test_risks_of_a_removed_part_are_orphans_with_the_reason_and_whole_when_it_comes_back(register: Register) -> None:
    desk = desk_with(register)
    risk = next(r for r in (row.risk for row in keeping.look(desk, NAME).holding.risks) if r.endswith("@memory"))
    number = row_of(desk, risk).number
    made = keeping.decide(desk, NAME, number, Choice(treatment=Treatment.AVOID, reason="r"), by="anna")
    start, end = TEXT.index("  # What the agent notes"), TEXT.index("  # Sent is sent")
    less = (TEXT[:start] + TEXT[end:]).replace("mailbox, memory]", "mailbox]")
    less = less.replace(
        "  - {control: short_retain, status: implemented, at: [memory],",
        "  - {control: short_retain, status: implemented,",
    )
    kept = keeping.keep(desk, less, file="s.yaml", by="anna").kept
    row = next(r for r in kept.holding.risks if r.number == number)
    assert (row.state, row.state_why) == ("gone", "'Memory' is no longer part of the system")
    assert [n.kind for n in kept.assessment.notes if "by anna" in n.text] == ["orphaned_decision"]
    back = keeping.keep(desk, TEXT, file="s.yaml", by="anna").kept
    assert number in back.reconciled.returned
    assert back.holding.holds(number) == made
    decision = rating_of(desk, risk).decision
    assert decision is not None
    assert decision.reason == "r"


def test_an_edition_that_does_not_judge_a_threat_says_so_and_the_next_brings_it_back(register: Register) -> None:
    desk = desk_with(register)
    open_before = {r.number for r in keeping.look(desk, NAME).holding.risks}
    kept = keeping.keep(desk, TEXT.replace("schema: 1", "schema: 1\nedition: 2023"), file="s.yaml", by="anna").kept
    gone = [r for r in kept.holding.risks if r.state == "gone"]
    assert {r.state_why for r in gone} == {"edition 2023 does not judge this threat here"}
    back = keeping.keep(desk, TEXT, file="s.yaml", by="anna").kept
    assert {r.number for r in back.holding.risks if r.state == "open"} == open_before
    assert ESCAPE in {r.risk for r in back.holding.risks}


def test_answers_that_are_missing_now_make_a_risk_undecided_and_not_gone(register: Register) -> None:
    desk = desk_with(register)
    text = TEXT.replace("type: generative", "type: unknown").replace(
        "    task: [conversation, summarisation, planning]\n", ""
    )
    kept = keeping.keep(desk, text, file="s.yaml", by="anna").kept
    undecided = [r for r in kept.holding.risks if r.state == "undecided"]
    assert undecided
    assert all(r.state_why.startswith("answers are missing: ") for r in undecided)


def test_an_older_file_that_is_handed_in_again_takes_a_new_name_back(register: Register) -> None:
    desk = desk_with(register)
    number = row_of(desk).number
    assert number in keeping.keep(desk, RENAMED, file="s.yaml", by="anna").renamed
    assert number in keeping.keep(desk, TEXT, file="s.yaml", by="anna").renamed
    assert row_of(desk).number == number
    assert number in keeping.keep(desk, RENAMED, file="s.yaml", by="anna").renamed
    assert all(row.state == "open" for row in keeping.look(desk, NAME).holding.risks)


def test_options_of_the_desk_hold_for_what_it_keeps(register: Register) -> None:
    desk = desk_with(register, options=Options(today="2026-12-24"))
    assert desk.today == "2026-12-24"
    assert keeping.look(desk, NAME).holding.system.assessed_on == "2026-12-24"
    assert Desk(register).today == "2026-11-22"

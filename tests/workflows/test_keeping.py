"""The use cases of the register, on both databases: what holds, what lapses and why, and what is refused whole."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.evidence import Evidence
from bartizan.core.terms import ControlId, ControlStatus, Treatment
from bartizan.register import risks
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.register.settings import Policy, set_policy
from bartizan.report import wording
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.assess import fails_gate
from bartizan.workflows.desk import Desk
from tests.register.databases import Clock
from tests.register.desks import (
    ESCAPE,
    NAME,
    RISK,
    TEXT,
    accepted,
    attacked,
    checked,
    decision_now,
    desk_with,
    rating_of,
    row_of,
    with_digest,
)
from tests.register.seeds import HOSTILE, whole

ACCEPT = Choice(treatment=Treatment.ACCEPT, reason="small", until="2027-05-31")
MITIGATE = Choice(treatment=Treatment.MITIGATE, reason="worth it", due="2026-12-24", owner="olaf")


def refuses(desk: Desk, error: type[Exception], act: Callable[[], object], *said: str) -> None:
    """Something is refused with these words, and the register is as it was."""
    before = whole(desk.register)
    with pytest.raises(error) as refusal:
        act()
    for word in said:
        assert word in str(refusal.value)
    assert whole(desk.register) == before


# descriptions


def test_a_description_is_kept_and_assessed_and_the_same_again_is_nothing_new(register: Register) -> None:
    desk = Desk(register)
    first = keeping.keep(desk, TEXT, file="system.yaml", by="anna", note="the first")
    assert (first.created, first.changed, first.system.id, first.kept.version) == (True, True, NAME, 1)
    assert first.system.risks == len(first.kept.assessment.risks) == len(first.kept.holding.risks)
    again = keeping.keep(desk, f"# a remark\n{TEXT}", file="system.yaml", by="ben")
    assert (again.created, again.changed, again.renamed, again.kept.version) == (False, False, (), 1)
    assert again.kept.holding.risks == first.kept.holding.risks
    whole(register)


def test_a_description_that_is_wrong_is_refused_with_all_its_problems(register: Register) -> None:
    desk = desk_with(register)
    wrong = TEXT.replace("kind: tool", "kind: hammer", 1).replace("trained_by: supplier", "trained_by: nobody-knows")
    refuses(desk, InputError, lambda: keeping.keep(desk, wrong, file="s.yaml", by="anna"), "hammer", "nobody-knows")


def test_several_systems_of_one_name_must_be_told_apart(register: Register) -> None:
    desk = desk_with(register)
    keeping.keep(desk, TEXT, file="s.yaml", by="anna", system="another")
    refuses(desk, Conflict, lambda: keeping.keep(desk, TEXT, file="s.yaml", by="anna"), "another", NAME)
    assert not keeping.keep(desk, TEXT, file="s.yaml", by="anna", system="another").created


def test_a_name_that_is_too_long_or_holds_a_control_character_is_refused_on_both_databases(register: Register) -> None:
    desk = desk_with(register)
    long = TEXT.replace("name: Executive mail agent", f"name: {'n' * 10_000}")
    refuses(desk, InputError, lambda: keeping.keep(desk, long, file="s.yaml", by="anna"), "10000 characters")
    nul = TEXT.replace("name: Executive mail agent", 'name: "a\\0b"')
    refuses(desk, InputError, lambda: keeping.keep(desk, nul, file="s.yaml", by="anna"))


@pytest.mark.parametrize("name", [*(n for n in HOSTILE if n.isprintable()), "n" * 5000])
def test_a_component_may_be_called_anything(name: str, register: Register) -> None:
    quoted = msgspec.json.encode(name).decode()
    desk = desk_with(register, TEXT.replace("name: Mail agent", f"name: {quoted}"))
    assert row_of(desk).label == (name if len(name) <= 200 else f"{name[:199]}…")
    keeping.comment(desk, NAME, name, by="anna", risk=row_of(desk).number)
    whole(register)


# decisions


def test_a_decision_holds_at_once_and_counts_as_treated(register: Register) -> None:
    desk = desk_with(register)
    before = keeping.look(desk, NAME).holding.system.untreated
    made = keeping.decide(desk, NAME, row_of(desk).number, MITIGATE, by="anna")
    assert (made.state, made.by, made.on, made.due, made.owner) == ("held", "anna", "2026-11-22", "2026-12-24", "olaf")
    assert row_of(desk).treatment == "mitigate"
    assert keeping.look(desk, NAME).holding.system.untreated == before - 1
    decision = rating_of(desk).decision
    assert decision is not None
    assert (decision.treatment, decision.by) == (Treatment.MITIGATE, "anna")
    keeping.withdraw(desk, NAME, made.number, by="anna", why="a mistake")
    assert row_of(desk).treatment == ""
    assert keeping.look(desk, NAME).holding.system.untreated == before
    whole(register)


def test_an_acceptance_counts_only_once_somebody_else_approved_it(register: Register) -> None:
    desk = desk_with(register)
    number = row_of(desk).number
    asked = keeping.decide(desk, NAME, number, ACCEPT, by="anna")
    assert asked.state == "requested"
    assert not rating_of(desk).is_accepted
    refuses(desk, Conflict, lambda: keeping.approve(desk, NAME, asked.number, by="anna"), "somebody else")
    refuses(desk, Conflict, lambda: keeping.decide(desk, NAME, number, ACCEPT, by="ben"), "waits for approval")
    held = keeping.approve(desk, NAME, asked.number, by="ben", revision=asked.revision)
    assert (held.state, held.settled_by) == ("held", "ben")
    assert rating_of(desk).is_accepted
    assert row_of(desk).treatment == "accept"
    refuses(desk, Conflict, lambda: keeping.approve(desk, NAME, asked.number, by="ben"), "is held")
    whole(register)


def test_policy_may_let_one_person_accept_and_shorten_acceptances(register: Register) -> None:
    desk = desk_with(register)
    number = row_of(desk).number
    with register.change("root") as change:
        set_policy(change, Policy(four_eyes=False, longest_acceptance_days=30))
    refuses(desk, InputError, lambda: keeping.decide(desk, NAME, number, ACCEPT, by="anna"), "30 days: 2026-12-22")
    short = msgspec.structs.replace(ACCEPT, until="2026-12-22")
    asked = keeping.decide(desk, NAME, number, short, by="anna")
    assert keeping.approve(desk, NAME, asked.number, by="anna").state == "held"


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(treatment=Treatment.MITIGATE, reason=" ", due="soon"), ("no reason is given", "'soon' is no date")),
        (Choice(treatment=Treatment.AVOID, reason="r", due="2026-11-21"), ("2026-11-21 has passed",)),
        (Choice(treatment=Treatment.AVOID, reason="r", until="2027-01-01"), ("only an acceptance has a last day",)),
        (Choice(treatment=Treatment.ACCEPT, reason="r"), ("an acceptance without an end",)),
        (Choice(treatment=Treatment.ACCEPT, reason="r", until="2026-11-21"), ("2026-11-21 has passed",)),
        (Choice(treatment=Treatment.ACCEPT, reason="r", until="2027-11-24"), ("at most 366 days: 2027-11-23",)),
        (Choice(treatment=Treatment.ACCEPT, reason="", until="2027-02-30"), ("no reason", "'2027-02-30' is no date")),
        (
            Choice(treatment=Treatment.ACCEPT, reason="r", until="2027-01-01", due="2027-01-01"),
            ("nothing to be done by a day",),
        ),
        (Choice(treatment=Treatment.TRANSFER, reason="r", owner="o" * 201), ("at most 200 fit",)),
        (Choice(treatment=Treatment.TRANSFER, reason="nul \0"), ("NUL character",)),
    ],
    ids=str,
)
def test_a_choice_that_is_wrong_is_refused_with_all_that_is_wrong(
    choice: Choice, said: tuple[str, ...], register: Register
) -> None:
    desk = desk_with(register)
    number = row_of(desk).number
    refuses(desk, InputError, lambda: keeping.decide(desk, NAME, number, choice, by="anna"), *said)


def test_what_is_not_there_cannot_be_decided(register: Register) -> None:
    desk = desk_with(register)
    refuses(desk, NotFound, lambda: keeping.decide(desk, NAME, 99, MITIGATE, by="anna"), "no risk 99")
    refuses(desk, NotFound, lambda: keeping.decide(desk, NAME, 99, ACCEPT, by="anna"), "R-99 does not apply")
    refuses(desk, NotFound, lambda: keeping.decide(desk, "nothing", 1, MITIGATE, by="anna"), "no system 'nothing'")
    refuses(desk, NotFound, lambda: keeping.approve(desk, NAME, 5, by="anna"), "no decision 5")
    refuses(desk, NotFound, lambda: keeping.withdraw(desk, NAME, 5, by="anna", why="w"), "no decision 5")
    refuses(desk, InputError, lambda: keeping.withdraw(desk, NAME, 5, by="anna", why=" "), "nothing is written")
    refuses(desk, InputError, lambda: keeping.reject(desk, NAME, 5, by="anna", why=""), "nothing is written")
    refuses(desk, InputError, lambda: keeping.comment(desk, NAME, "\n", by="anna"), "nothing is written")
    refuses(desk, NotFound, lambda: keeping.comment(desk, NAME, "x", by="anna", risk=99), "no risk 99")
    refuses(desk, NotFound, lambda: keeping.comment(desk, "nothing", "x", by="anna"), "no system")


# lapses


def test_an_acceptance_lapses_after_its_last_day_and_counts_no_more(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    held = accepted(desk, until="2026-12-01")
    clock.forward(days=9)
    assert rating_of(desk).is_accepted
    clock.forward(days=1)
    looked = keeping.look(desk, NAME)
    assert [(d.number, why) for d, why in looked.lapses] == [(held.number, "its last day was 2026-12-01")]
    assert not rating_of(desk).is_accepted
    assert decision_now(desk, held.number).state == "held"
    done = keeping.refresh(desk, NAME, by="robot")
    assert len(done.lapses) == 1
    gone = decision_now(desk, held.number)
    assert (gone.state, gone.settled_by, gone.settled_why) == ("lapsed", "ben", "its last day was 2026-12-01")
    assert row_of(desk).treatment == ""
    whole(register)


def test_what_lapsed_stays_to_be_seen_until_somebody_decides_anew(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    accepted(desk, until="2026-12-01")
    clock.forward(days=10)
    for _ in range(3):
        kept = keeping.refresh(desk, NAME, by="robot")
        (note,) = [n for n in kept.assessment.notes if n.kind == "lapsed_decision"]
        assert "its last day was 2026-12-01" in note.text
        assert fails_gate(kept.dossier)
        assert "the acceptance lapsed" in rating_of(desk).decision_note
    keeping.decide(desk, NAME, row_of(desk).number, MITIGATE, by="anna")
    kept = keeping.look(desk, NAME)
    assert not [n for n in kept.assessment.notes if n.kind == "lapsed_decision"]
    assert rating_of(desk).decision_note == ""


def changed_fact(desk: Desk) -> str:
    keeping.keep(desk, TEXT.replace("trained_by: supplier", "trained_by: us"), file="s.yaml", by="anna")
    return "the answer on 'trained by us' was not asked and is yes"


def worse_control(desk: Desk) -> str:
    standing = Standing(status=ControlStatus.NOT_STARTED, component="agent", reason="switched off")
    keeping.set_control(desk, NAME, "monitor_use", standing, by="anna")
    return "the control monitor_use was implemented and is not started"


def worse_rating(desk: Desk) -> str:
    keeping.add_evidence(desk, NAME, msgspec.structs.replace(attacked(190, 200), risk=ESCAPE), by="carl")
    return "the factor susceptibility rose from 4 to 5"


def impact_rose(desk: Desk) -> str:
    keeping.keep(desk, TEXT.replace("availability: low", "availability: very_high"), file="s.yaml", by="anna")
    return "impact rose"


@pytest.mark.parametrize(
    ("act", "risk"),
    [
        (changed_fact, "disclosure_in_output@agent"),
        (worse_control, RISK),
        (worse_rating, ESCAPE),
        (impact_rose, "ai_resource_exhaustion@agent"),
    ],
)
def test_an_acceptance_lapses_on_a_material_change_and_names_it(
    act: Callable[[Desk], str], risk: str, register: Register
) -> None:
    desk = desk_with(register)
    held = accepted(desk, risk)
    said = act(desk)
    gone = decision_now(desk, held.number)
    assert gone.state == "lapsed"
    assert said in gone.settled_why
    assert not rating_of(desk, risk).is_accepted
    assert not wording.is_accepted(keeping.look(desk, NAME).dossier, rating_of(desk, risk))
    assert row_of(desk, risk).treatment == ""
    whole(register)


def test_an_acceptance_lapses_when_evidence_that_counted_goes_stale(register: Register, clock: Clock) -> None:
    desk = desk_with(register, with_digest())
    keeping.add_evidence(desk, NAME, attacked(0, 2000, until="2026-12-10"), by="carl")
    assert rating_of(desk).evidence[0].effect == "lowers"
    held = accepted(desk)
    clock.forward(days=18)
    assert rating_of(desk).is_accepted
    clock.forward(days=1)
    keeping.refresh(desk, NAME, by="robot")
    why = decision_now(desk, held.number).settled_why
    assert "the evidence E-1 counted and does not count any more" in why
    assert "susceptibility rose" in why


def test_an_acceptance_lapses_when_the_target_of_its_evidence_is_replaced(register: Register) -> None:
    desk = desk_with(register, with_digest())
    keeping.add_evidence(desk, NAME, attacked(0, 2000), by="carl")
    held = accepted(desk)
    keeping.keep(desk, with_digest("b" * 64), file="s.yaml", by="anna")
    assert "the evidence E-1 counted" in decision_now(desk, held.number).settled_why


def test_an_acceptance_lapses_when_its_evidence_is_withdrawn(register: Register) -> None:
    desk = desk_with(register, with_digest())
    seen = keeping.add_evidence(desk, NAME, attacked(0, 2000), by="carl")
    lower = rating_of(desk).current.likelihood
    held = accepted(desk)
    keeping.withdraw_evidence(desk, NAME, seen.number, by="carl", why="the wrong model")
    assert decision_now(desk, held.number).state == "lapsed"
    assert rating_of(desk).current.likelihood >= lower
    assert not rating_of(desk).evidence


def better_control(desk: Desk) -> None:
    keeping.set_control(desk, NAME, "oversight", Standing(status=ControlStatus.IMPLEMENTED), by="anna")


def better_evidence(desk: Desk) -> None:
    keeping.add_evidence(desk, NAME, attacked(0, 3000, on="2026-11-21"), by="carl")


def evidence_of_no_weight(desk: Desk) -> None:
    keeping.add_evidence(desk, NAME, attacked(0, 10), by="carl")


def another_risk(desk: Desk) -> None:
    keeping.decide(desk, NAME, row_of(desk, "agent_escape@agent").number, MITIGATE, by="anna")


def renamed(desk: Desk) -> None:
    text = (
        with_digest().replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]", "[helper]")
    )
    keeping.keep(desk, text.replace("renamed_from: [helper]", "renamed_from: [agent]"), file="s.yaml", by="anna")


@pytest.mark.parametrize("act", [better_control, better_evidence, evidence_of_no_weight, another_risk, renamed])
def test_what_is_no_worse_leaves_an_acceptance_standing(act: Callable[[Desk], None], register: Register) -> None:
    desk = desk_with(register, with_digest())
    keeping.add_evidence(desk, NAME, attacked(0, 2000), by="carl")
    held = accepted(desk)
    act(desk)
    now = decision_now(desk, held.number)
    assert now.state == "held", now.settled_why
    (row,) = [r for r in keeping.look(desk, NAME).holding.risks if r.number == held.risk_number]
    assert rating_of(desk, row.risk).is_accepted


def test_approving_after_a_material_change_is_refused_and_says_what_changed(register: Register) -> None:
    desk = desk_with(register)
    asked = keeping.decide(desk, NAME, row_of(desk).number, ACCEPT, by="anna")
    worse_control(desk)
    refuses(
        desk,
        Conflict,
        lambda: keeping.approve(desk, NAME, asked.number, by="ben"),
        "the risk is not what it was",
        "the control monitor_use was implemented and is not started",
    )
    assert keeping.reject(desk, NAME, asked.number, by="ben", why="ask again").state == "rejected"


def test_a_request_whose_last_day_has_passed_cannot_be_approved(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    choice = msgspec.structs.replace(ACCEPT, until="2026-12-01")
    asked = keeping.decide(desk, NAME, row_of(desk).number, choice, by="anna")
    clock.forward(days=10)
    refuses(desk, Conflict, lambda: keeping.approve(desk, NAME, asked.number, by="ben"), "has passed")


# controls


def test_the_word_of_the_register_wins_over_the_description_also_downwards(register: Register) -> None:
    desk = desk_with(register)

    def status(risk: str, control: str) -> ControlStatus:
        return next(a.status for a in rating_of(desk, risk).controls if a.control == control)

    assert status(RISK, "monitor_use") is ControlStatus.IMPLEMENTED
    before = rating_of(desk).current
    off = Standing(status=ControlStatus.NOT_STARTED, component="agent", reason="off")
    keeping.set_control(desk, NAME, "monitor_use", off, by="anna")
    assert status(RISK, "monitor_use") is ControlStatus.NOT_STARTED
    assert rating_of(desk).current.likelihood >= before.likelihood
    everywhere = Standing(status=ControlStatus.IMPLEMENTED)
    keeping.set_control(desk, NAME, "monitor_use", everywhere, by="anna")
    assert status(RISK, "monitor_use") is ControlStatus.NOT_STARTED, "what is said of a place wins there"
    keeping.forget_control(desk, NAME, "monitor_use", "agent", by="anna")
    assert status(RISK, "monitor_use") is ControlStatus.IMPLEMENTED
    keeping.forget_control(desk, NAME, "monitor_use", by="anna")
    assert rating_of(desk).current == before
    whole(register)


def test_words_on_every_place_leave_nothing_to_the_word_on_the_whole(register: Register) -> None:
    desk = desk_with(register)
    keeping.set_control(desk, NAME, "oversight", Standing(status=ControlStatus.IMPLEMENTED), by="anna")
    for place in (*keeping.look(desk, NAME).dossier.system.components, "system"):
        standing = Standing(status=ControlStatus.NOT_STARTED, component=place)
        keeping.set_control(desk, NAME, "oversight", standing, by="anna")
    found = {
        a.status for r in keeping.look(desk, NAME).assessment.risks for a in r.controls if a.control == "oversight"
    }
    assert found == {ControlStatus.NOT_STARTED}


def test_a_control_is_verified_only_by_evidence_that_counts_and_as_long_as_it_does(
    register: Register, clock: Clock
) -> None:
    desk = desk_with(register)
    verified = Standing(status=ControlStatus.VERIFIED, component="agent")

    def status() -> ControlStatus:
        return next(a.status for a in rating_of(desk).controls if a.control == "monitor_use")

    def say() -> object:
        return keeping.set_control(desk, NAME, "monitor_use", verified, by="anna")

    refuses(desk, InputError, say, "nothing proves")
    keeping.add_evidence(desk, NAME, checked("monitor_use", False, on="2026-11-01"), by="carl")
    refuses(desk, InputError, say, "nothing proves")
    keeping.add_evidence(desk, NAME, checked("monitor_use", True, until="2026-12-01"), by="carl")
    keeping.withdraw_evidence(desk, NAME, 1, by="carl", why="looked at another one")
    say()
    assert status() is ControlStatus.VERIFIED
    clock.forward(days=10)
    assert status() is ControlStatus.IMPLEMENTED
    refuses(
        desk,
        InputError,
        lambda: keeping.set_control(
            desk, NAME, "monitor_use", msgspec.structs.replace(verified, reason="again"), by="anna"
        ),
        "nothing proves",
    )
    everywhere = msgspec.structs.replace(verified, component="")
    refuses(desk, InputError, lambda: keeping.set_control(desk, NAME, "monitor_use", everywhere, by="anna"))


@pytest.mark.parametrize(
    ("control", "standing", "said"),
    [
        ("monitor-use", Standing(status=ControlStatus.PLANNED), ("no control 'monitor-use'", "monitor_use")),
        ("rate_limit", Standing(status=ControlStatus.PLANNED, component="agnt"), ("no component 'agnt'", "'agent'")),
        ("rate_limit", Standing(status=ControlStatus.NOT_APPLICABLE, reason=" "), ("no reason is given",)),
        ("rate_limit", Standing(status=ControlStatus.PLANNED, due="2026-13-01"), ("'2026-13-01' is no date",)),
        (
            "x",
            Standing(status=ControlStatus.VERIFIED, component="y", due="z"),
            ("no control 'x'", "no component 'y'", "'z' is no date", "nothing proves"),
        ),
    ],
    ids=str,
)
def test_a_word_on_a_control_that_is_wrong_is_refused_with_all_that_is_wrong(
    control: str, standing: Standing, said: tuple[str, ...], register: Register
) -> None:
    desk = desk_with(register)
    refuses(desk, InputError, lambda: keeping.set_control(desk, NAME, control, standing, by="anna"), *said)


# evidence


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (
            Evidence(what=" ", kind="test", held_on="yesterday"),
            ("one risk or one control", "does not say what was done", "'yesterday' is no date"),
        ),
        (
            Evidence(risk="x@agent", control=ControlId("y"), what="w", kind="test", held_on="2026-11-23"),
            ("one risk or one control", "no risk 'x@agent'", "no control 'y'", "still to come"),
        ),
        (msgspec.structs.replace(attacked(5, 4)), ("5 of 4 cannot be",)),
        (msgspec.structs.replace(attacked(0, 0)), ("nothing was tried",)),
        (msgspec.structs.replace(attacked(1, 1), trials=None), ("the counts do not add up",)),
        (msgspec.structs.replace(attacked(-1, 4)), ("-1 of 4 cannot be",)),
        (attacked(0, 4, on="2026-11-20", until="2026-11-19"), ("before it held",)),
        (attacked(0, 4, until="never"), ("'never' is no date",)),
        (checked("oversight", True, at="agnt"), ("no component 'agnt'",)),
        (msgspec.structs.replace(attacked(0, 4), what="half \ud800"), ("half a surrogate pair",)),
        (msgspec.structs.replace(attacked(0, 4), with_controls=(ControlId("wall"),)), ("no control 'wall'",)),
    ],
    ids=str,
)
def test_evidence_that_is_wrong_is_refused_with_all_that_is_wrong(
    seen: Evidence, said: tuple[str, ...], register: Register
) -> None:
    desk = desk_with(register)
    refuses(desk, InputError, lambda: keeping.add_evidence(desk, NAME, seen, by="carl"), *said)


def test_of_several_pieces_all_are_kept_or_none(register: Register) -> None:
    desk = desk_with(register)
    several = (attacked(1, 20), attacked(3, 2), attacked(9, 8))
    refuses(
        desk,
        InputError,
        lambda: keeping.add_all_evidence(desk, NAME, several, by="carl"),
        "evidence 2: 3",
        "evidence 3: 9",
    )
    assert [e.number for e in keeping.add_all_evidence(desk, NAME, several[:1] * 3, by="carl")] == [1, 2, 3]
    whole(register)


def test_evidence_without_a_last_day_counts_as_long_as_policy_says(register: Register) -> None:
    desk = desk_with(register)
    with register.change("root") as change:
        set_policy(change, Policy(evidence_days=10))
    made = keeping.add_evidence(desk, NAME, attacked(0, 10, until=""), by="carl")
    assert made.evidence.valid_until == "2026-11-30"


def test_strong_fresh_evidence_on_what_stands_there_lowers_a_risk_and_its_age_raises_it_again(
    register: Register, clock: Clock
) -> None:
    desk = desk_with(register, with_digest())
    before = rating_of(desk).inherent.likelihood
    keeping.add_evidence(desk, NAME, attacked(0, 2000, until="2026-12-31"), by="carl")
    assert rating_of(desk).inherent.likelihood < before
    assert row_of(desk).inherent_likelihood == rating_of(desk).inherent.likelihood
    clock.forward(days=60)
    keeping.refresh(desk, NAME, by="robot")
    assert row_of(desk).inherent_likelihood == before


def test_a_file_belongs_to_its_evidence(register: Register) -> None:
    desk = desk_with(register)
    made = keeping.add_evidence(desk, NAME, attacked(0, 10), by="carl")
    file = keeping.attach(desk, NAME, made.number, "r.json", b"{}", by="carl", media="application/json")
    (kept,) = keeping.look(desk, NAME).holding.evidence
    assert kept.attachments == (file,)
    refuses(desk, InputError, lambda: keeping.attach(desk, NAME, made.number, "r", b"", by="carl"), "empty")
    refuses(desk, NotFound, lambda: keeping.attach(desk, NAME, 9, "r", b"x", by="carl"), "no evidence E-9")


# who, and which revision


def test_every_use_case_tells_the_audit_who_did_what(register: Register) -> None:
    desk = desk_with(register, with_digest())
    number = row_of(desk).number
    acts: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("version.add", "a", lambda by: keeping.keep(desk, TEXT, file="s.yaml", by=by)),
        ("decision.make", "b", lambda by: keeping.decide(desk, NAME, number, MITIGATE, by=by)),
        ("acceptance.request", "c", lambda by: keeping.decide(desk, NAME, number, ACCEPT, by=by)),
        ("acceptance.approve", "d", lambda by: keeping.approve(desk, NAME, 2, by=by)),
        ("decision.withdraw", "e", lambda by: keeping.withdraw(desk, NAME, 2, by=by, why="w")),
        ("acceptance.request", "f", lambda by: keeping.decide(desk, NAME, number, ACCEPT, by=by)),
        ("acceptance.reject", "g", lambda by: keeping.reject(desk, NAME, 3, by=by, why="w")),
        (
            "control.set",
            "h",
            lambda by: keeping.set_control(desk, NAME, "oversight", Standing(status=ControlStatus.PLANNED), by=by),
        ),
        ("control.forget", "i", lambda by: keeping.forget_control(desk, NAME, "oversight", by=by)),
        ("evidence.add", "j", lambda by: keeping.add_evidence(desk, NAME, attacked(0, 9), by=by)),
        ("evidence.attach", "k", lambda by: keeping.attach(desk, NAME, 1, "f", b"x", by=by)),
        ("evidence.withdraw", "l", lambda by: keeping.withdraw_evidence(desk, NAME, 1, by=by, why="w")),
        ("comment.add", "m", lambda by: keeping.comment(desk, NAME, "x", by=by, risk=number)),
        ("risk.own", "n", lambda by: keeping.own(desk, NAME, number, "olaf", by=by)),
        ("system.archive", "o", lambda by: keeping.archive(desk, NAME, True, by=by)),
        ("system.restore", "p", lambda by: keeping.archive(desk, NAME, False, by=by)),
    )
    for action, by, act in acts:
        act(by)
        with register.read() as connection:
            told = log(connection, Filter(actor=by))
        assert action in {one.body.action for one in told}
        assert {one.body.system for one in told} <= {NAME, ""}
    whole(register)


def test_two_editors_never_silently_overwrite_each_other(register: Register) -> None:
    desk = desk_with(register)
    number = row_of(desk).number
    asked = keeping.decide(desk, NAME, number, ACCEPT, by="anna")
    seen = keeping.add_evidence(desk, NAME, attacked(0, 9), by="carl")
    said = keeping.set_control(desk, NAME, "oversight", Standing(status=ControlStatus.PLANNED), by="anna")
    old = 9
    done = Standing(status=ControlStatus.IMPLEMENTED)
    acts: tuple[Callable[[], object], ...] = (
        lambda: keeping.approve(desk, NAME, asked.number, by="ben", revision=old),
        lambda: keeping.reject(desk, NAME, asked.number, by="ben", why="w", revision=old),
        lambda: keeping.withdraw(desk, NAME, asked.number, by="ben", why="w", revision=old),
        lambda: keeping.withdraw_evidence(desk, NAME, seen.number, by="ben", why="w", revision=old),
        lambda: keeping.set_control(desk, NAME, "oversight", done, by="ben", revision=old),
        lambda: keeping.set_control(desk, NAME, "oversight", done, by="ben", revision=-1),
        lambda: keeping.own(desk, NAME, number, "zoe", by="ben", revision=old),
        lambda: keeping.archive(desk, NAME, True, by="ben", revision=old),
    )
    for act in acts:
        refuses(desk, Conflict, act, "in the meantime")
    assert keeping.set_control(desk, NAME, "oversight", done, by="ben", revision=said.revision).revision == 1


# names that people type


@pytest.mark.parametrize("word", ["R-3", "r-3", "3", " 3 ", "R-03"])
def test_a_risk_is_found_by_its_number(word: str, register: Register) -> None:
    desk = desk_with(register)
    with register.read() as connection:
        assert keeping.find_risk(connection, NAME, word) == 3
        assert keeping.find_risk(connection, NAME, risks.risk(connection, NAME, 3).risk) == 3
    assert desk


@pytest.mark.parametrize("word", ["R-99", "9" * 5000, "R-" + "9" * 30, "x@y", "", "R-", "R-1.5", "\0", "٣٣٣"])
def test_a_risk_that_is_not_there_is_not_found(word: str, register: Register) -> None:
    desk_with(register)
    with register.read() as connection, pytest.raises(NotFound, match="has no risk"):
        keeping.find_risk(connection, NAME, word)


def test_a_misspelt_name_is_answered_with_the_nearest(register: Register) -> None:
    desk_with(register)
    with register.read() as connection:
        assert keeping.find_system(connection, "Executive mail agent").id == NAME
        with pytest.raises(NotFound, match="did you mean 'executive-mail-agent'"):
            keeping.find_system(connection, "executive-mail")
        with pytest.raises(NotFound, match="did you mean 'indirect_prompt_injection@agent'"):
            keeping.find_risk(connection, NAME, "indirect_prompt_injektion@agent")

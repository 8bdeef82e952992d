from __future__ import annotations

from bartizan.register.intake.placing import evidence_of, summary_lines, without_risk
from tests.register.intake.conftest import Read
from tests.register.intake.makers import garak_eval, garak_report, own, sarif

RISKS = {"direct_prompt_injection@llm", "indirect_prompt_injection@llm", "generic_runtime_threats@system"}


def test_evidence_counts_at_the_risk_of_the_threat_or_of_the_one_that_it_is_a_way_of(read: Read) -> None:
    report = [
        garak_eval("dan.DUDE", 3, 9),
        garak_eval("latentinjection.LatentWhois", 0, 20),
        garak_eval("tap.TAP", 1, 5),
    ]
    made = evidence_of(read(garak_report(report)), "llm", risks=RISKS, by="ana", valid_days=90)
    assert [(e.risk, e.hits, e.trials, e.strong) for e in made] == [
        ("direct_prompt_injection@llm", 3, 9, False),
        ("indirect_prompt_injection@llm", 0, 20, False),
        ("direct_prompt_injection@llm", 1, 5, True),
    ]
    first = made[0]
    assert (first.kind, first.held_on, first.valid_until, first.tool, first.version) == (
        "test", "2026-11-20", "2027-02-18", "garak", "0.17.1",
    )  # fmt: skip
    assert (first.by, first.seed, len(first.source), first.target) == ("ana", 7, 64, "openai support-bot")
    assert "Exercised jailbreak." in first.note
    assert "Strong: an attacking model searches" in made[2].note
    assert made[1].note == ""


def test_one_piece_of_evidence_is_made_for_each_probe_and_none_is_added_up(read: Read) -> None:
    report = garak_report([garak_eval("dan.DUDE", 50, 50), garak_eval("dan.STAN", 0, 5000)])
    assert [e.counts for e in evidence_of(read(report), "llm", risks=RISKS)] == [(50, 50), (0, 5000)]


def test_an_observation_counts_where_the_file_says_it_was_made(read: Read) -> None:
    made = read(own({"threat": "jailbreak", "what": "a", "hits": 0, "trials": 5, "component": "other"}))
    assert evidence_of(made, "llm", risks=RISKS) == ()
    assert len(without_risk(made, "llm", RISKS)) == 1
    assert evidence_of(made, "llm", risks={*RISKS, "direct_prompt_injection@other"})[0].risk.endswith("@other")


def test_what_is_judged_for_the_whole_system_counts_there(read: Read) -> None:
    made = read(own({"threat": "generic_runtime_threats", "what": "a", "hits": 0, "trials": 5}))
    assert evidence_of(made, "llm", risks=RISKS)[0].risk == "generic_runtime_threats@system"


def test_evidence_about_a_control_needs_no_risk(read: Read) -> None:
    (one,) = evidence_of(read(own({"control": "rate_limit", "what": "a", "passed": False})), "llm", risks=set())
    assert (one.control, one.component, one.passed, one.risk) == ("rate_limit", "llm", False, "")


def test_digests_are_those_of_the_file_and_else_those_that_are_given(read: Read) -> None:
    attack = {"threat": "jailbreak", "what": "a", "hits": 0, "trials": 5}
    given = {"model": "b" * 64}
    assert evidence_of(read(own(attack)), "llm", risks=RISKS, digests=given)[0].digests == given
    with_own = read(own(attack, digests={"model": "a" * 64}))
    assert evidence_of(with_own, "llm", risks=RISKS, digests=given)[0].digests == {"model": "a" * 64}


def test_findings_without_counts_become_reviews_that_move_no_number(read: Read) -> None:
    (one,) = evidence_of(read(sarif([{"ruleId": "jailbreak"}])), "llm", risks=RISKS)
    assert (one.kind, one.counts, one.interval) == ("review", None, None)


def test_the_preview_says_everything_with_intervals_and_nothing_that_garbles_a_terminal(read: Read) -> None:
    report = [garak_eval("dan.DUDE", 3, 9, nones=2), garak_eval("tap.TAP", 0, 9), garak_eval("dan\x1b[31m", 1, 2)]
    lines = summary_lines(
        read(garak_report([*report, garak_eval("\u202emine.X", 1, 2), garak_eval("lekreplay.x", 1, 2)]))
    )
    text = "\n".join(lines)
    assert lines[0] == "garak 0.17.1, on openai support-bot, held on 20 Nov 2026, 26 entries"
    assert "  jailbreak: garak dan.DUDE, judged by mitigation.MitigationBypass: 3 of 9 (12% to 65%)" in lines
    assert "0 of 9 (0% to 30%), strong" in text
    assert "lekreplay.x: 2, no table says which threat this is; nearest known: leakreplay" in text
    assert "dan.DUDE: 2, outputs that the detector could not judge" in text
    assert all(line.isprintable() for line in lines)


def test_the_preview_of_what_proves_nothing_says_so(read: Read) -> None:
    assert (
        summary_lines(read(garak_report([garak_eval("mine.X", 1, 2)])))[-1]
        == "Nothing here is evidence about a threat."
    )

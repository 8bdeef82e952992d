from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.register.intake.conftest import Problems, Read
from tests.register.intake.makers import garak_attempt, garak_eval, garak_line, garak_report


def test_a_report_becomes_one_observation_a_probe_with_its_counts(read: Read) -> None:
    made = read(garak_report([garak_eval("dan.Dan_11_0", 30, 50), garak_eval("latentinjection.LatentWhois", 0, 20)]))
    assert (made.tool, made.version, made.held_on, made.target) == (
        "garak",
        "0.17.1",
        "2026-11-20",
        "openai support-bot",
    )
    assert [(o.threat, o.hits, o.trials, o.strong, o.seed) for o in made.observations] == [
        ("jailbreak", 30, 50, False, 7),
        ("indirect_prompt_injection", 0, 20, False, 7),
    ]
    assert made.observations[0].within == ("direct_prompt_injection", "prompt_injection", "input_threats")
    assert len(made.source) == 64


def test_detectors_of_the_same_outputs_are_not_added_up_the_one_that_found_most_speaks(read: Read) -> None:
    lines = [garak_eval("dan.Dan_11_0", 8, 10), garak_eval("dan.Dan_11_0", 1, 10, detector="dan.DAN")]
    (one,) = read(garak_report(lines)).observations
    assert (one.hits, one.trials, one.entries) == (8, 10, 20)
    assert "mitigation.MitigationBypass" in one.what
    assert one.note == "Other detectors on the same outputs: dan.DAN 1 of 10"


def test_of_detectors_that_found_nothing_the_one_that_judged_least_speaks_if_it_judged_at_all(read: Read) -> None:
    lines = [garak_eval("dan.DUDE", 0, n, detector=f"a.D{n}", nones=10 - n) for n in (10, 4, 0)]
    (one,) = read(garak_report(lines)).observations
    assert (one.hits, one.trials) == (0, 4)


def test_an_attempt_that_stands_there_twice_is_not_counted_at_all(read: Read) -> None:
    lines = [garak_attempt("dan.DUDE", 1), garak_attempt("dan.DUDE", 2), garak_eval("dan.DUDE", 1, 2)]
    made = read(garak_report(lines))
    assert (made.observations[0].trials, made.skipped) == (2, ())


def test_outputs_that_no_detector_could_judge_and_attempts_without_an_eval_are_skipped(read: Read) -> None:
    lines = [garak_eval("dan.DUDE", 1, 2, nones=3), garak_attempt("encoding.InjectHex", 1)]
    assert [(s.name, s.count) for s in read(garak_report(lines)).skipped] == [
        ("dan.DUDE", 3),
        ("encoding.InjectHex", 1),
    ]


def test_a_probe_that_judged_nothing_is_no_evidence(read: Read) -> None:
    made = read(garak_report([garak_eval("dan.DUDE", 0, 0, nones=3)]))
    assert made.observations == ()
    assert "0 of 0: nothing was tried" in {s.why for s in made.skipped}


def test_an_older_report_with_passed_and_total_is_read(read: Read) -> None:
    line = garak_line("eval", probe="probes.dan.Dan_6_0", detector="detector.dan.DAN", passed=6, total=10)
    (one,) = read(garak_report([line])).observations
    assert (one.name, one.hits, one.trials) == ("dan.Dan_6_0", 4, 10)


def test_a_probe_that_is_not_in_the_table_is_reported_with_the_nearest_one(read: Read) -> None:
    made = read(garak_report([garak_eval("leekreplay.NYTCloze", 1, 5), garak_eval("mine.Own", 1, 5)]))
    assert [(u.name, u.count, u.nearest) for u in made.unmapped] == [
        ("leekreplay.NYTCloze", 5, "leakreplay"),
        ("mine.Own", 5, ""),
    ]


def test_a_search_is_strong_and_its_cached_results_are_not(read: Read) -> None:
    made = read(garak_report([garak_eval(p, 0, 9) for p in ("tap.TAP", "tap.TAPCached", "suffix.GCGCached")]))
    assert [(o.name, o.strong) for o in made.observations] == [
        ("tap.TAP", True), ("tap.TAPCached", False), ("suffix.GCGCached", False),
    ]  # fmt: skip


def test_counts_that_do_not_add_up_are_told_with_the_number_of_the_line(problems: Problems) -> None:
    bad = garak_line("eval", probe="dan.DUDE", detector="d", passed=5, fails=6, nones=0, total_evaluated=10)
    said = problems(garak_report([bad]))
    assert ":3: counts that do not add up: 5 passed, 6 failed, of 10" in said


def test_all_lines_that_are_broken_are_told_at_once_and_not_more_than_twenty(problems: Problems) -> None:
    lines = ["{", '{"entry_type": "eval", "probe": 1}', garak_line("eval", probe="a", detector="d", passed=-1, fails=1)]
    said = problems(garak_report(lines))
    assert [f":{n}:" in said for n in (3, 4, 5)] == [True] * 3
    assert "20 problems or more" in problems(garak_report(["{"] * 50))


def test_not_a_number_and_keys_that_stand_twice_are_refused_by_line(problems: Problems) -> None:
    whole = garak_eval("dan.DUDE", 1, 2)
    assert ":3: the key 'fails' is given twice" in problems(garak_report([whole.replace('"nones"', '"fails"')]))
    assert ":3: not JSON" in problems(garak_report([whole.replace('"fails": 1', '"fails": NaN')]))


def test_a_run_without_a_trial_is_no_evidence(problems: Problems) -> None:
    assert "0 of 0 is no evidence" in problems(garak_report([]))


def test_the_hit_log_is_refused_because_it_holds_no_trials(problems: Problems) -> None:
    hit: dict[str, object] = {
        "goal": "g", "prompt": {}, "output": {}, "triggers": None, "score": 1.0, "run_id": "r", "attempt_id": "a",
        "attempt_seq": 0, "attempt_idx": 0, "generator": "g", "probe": "dan.DUDE", "detector": "d",
    }  # fmt: skip
    assert "hit log" in problems(json.dumps(hit) + "\n")


def test_without_a_day_the_day_is_asked_for_and_with_one_no_other_is_taken(read: Read, problems: Problems) -> None:
    bare = garak_eval("dan.DUDE", 1, 2) + "\n"
    assert "--held-on" in problems(bare)
    assert read(bare, held_on="2026-10-01").held_on == "2026-10-01"
    assert "by the file" in problems(garak_report([garak_eval("dan.DUDE", 1, 2)]), held_on="2026-11-22")
    assert "is no day" in problems(bare, held_on="yesterday")


_NAMES = st.sampled_from(["dan.DUDE", "tap.TAP", "mine.Own", "test.Test", "latentinjection.X", "=cmd|'!A1", "\x1b[31m"])
_EVALS = st.tuples(_NAMES, st.integers(0, 30), st.integers(0, 30), st.integers(0, 5), st.sampled_from(["d.A", "d.B"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_EVALS, min_size=1, max_size=12))
def test_no_count_is_lost_between_the_lines_and_the_intake(
    read: Read, evals: list[tuple[str, int, int, int, str]]
) -> None:
    lines = [garak_eval(p, hits, hits + more, detector=d, nones=nones) for p, hits, more, nones, d in evals]
    made = read(garak_report(lines))  # the fixture checks the sum of observed, unmapped and skipped
    assert made.total == sum(hits + more + nones for _, hits, more, nones, _ in evals)

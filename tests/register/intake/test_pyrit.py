from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.register.intake.conftest import Problems, Read
from tests.register.intake.makers import component, pyrit_attack, pyrit_database, pyrit_score


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "memory"


def test_attacks_become_trials_by_technique_category_target_and_day(read: Read, db: Path) -> None:
    attacks = [pyrit_attack("CrescendoAttack", o, categories=["Malware"]) for o in ("success", "failure", "failure")]
    attacks += [pyrit_attack("PromptSendingAttack", "failure", categories=["privacy"], day="2026-11-18")]
    made = read(pyrit_database(db, attacks))
    assert (made.tool, made.version, made.held_on, made.target) == ("PyRIT", "1.1.0", "2026-11-20", "support-bot")
    assert sorted((o.threat, o.hits, o.trials, o.strong, o.held_on) for o in made.observations) == [
        ("disclosure_in_output", 0, 1, False, "2026-11-18"),
        ("jailbreak", 1, 3, True, "2026-11-20"),
    ]


def test_what_the_scorer_looked_for_decides_before_category_and_technique(read: Read, db: Path) -> None:
    inner = component("SystemPromptExtractionScorer")
    scorer = component("FloatScaleThresholdScorer", {"sub_scorers": [inner]}, threshold=0.5)
    made = read(pyrit_database(db, [pyrit_attack("CrescendoAttack", "success", categories=["Malware"], scorer=scorer)]))
    assert [(o.threat, o.strong) for o in made.observations] == [("system_prompt_leakage", True)]


def test_the_last_score_says_what_was_looked_for(read: Read, db: Path) -> None:
    score = pyrit_score("true", scorer=component("CredentialLeakScorer"))
    attack = pyrit_attack("PromptSendingAttack", "success", score_id=score["id"])
    (one,) = read(pyrit_database(db, [attack], [score])).observations
    assert (one.threat, one.trials) == ("disclosure_in_output", 1)


def test_errors_undetermined_ends_and_envelopes_are_no_findings(read: Read, db: Path) -> None:
    ends = [("CrescendoAttack", "error"), ("CrescendoAttack", "undetermined"), ("SequentialAttack", "success")]
    made = read(pyrit_database(db, [pyrit_attack(t, o, conversation="") for t, o in ends]))
    assert (made.observations, sum(s.count for s in made.skipped)) == ((), 3)


def test_of_several_results_of_one_conversation_the_newest_counts(read: Read, db: Path) -> None:
    attacks = [pyrit_attack("CrescendoAttack", o, day=d, conversation="c") for o, d in
               (("success", "2026-11-19"), ("failure", "2026-11-20"), ("success", "2026-11-18"))]  # fmt: skip
    made = read(pyrit_database(db, attacks))
    assert [(o.hits, o.trials, o.held_on) for o in made.observations] == [(0, 1, "2026-11-20")]
    assert made.skipped[0].count == 2


def test_a_technique_that_only_sends_prompts_has_no_threat_of_its_own(read: Read, db: Path) -> None:
    made = read(pyrit_database(db, [pyrit_attack("PromptSendingAttack", "success"), pyrit_attack("Mine", "failure")]))
    assert sorted(u.name for u in made.unmapped) == ["Mine", "PromptSendingAttack"]


def test_without_attack_results_scores_that_say_yes_or_no_are_trials(read: Read, db: Path) -> None:
    refusal, xss = component("SelfAskRefusalScorer"), component("XSSOutputScorer")
    said = (("True", refusal), ("True", refusal), ("False", refusal), ("true", xss), (None, xss))
    scores = [pyrit_score(value, scorer=scorer) for value, scorer in said]
    scores.append(pyrit_score("0.7", scorer=xss, kind="float_scale"))
    made = read(pyrit_database(db, scores=scores))
    assert sorted((o.threat, o.hits, o.trials) for o in made.observations) == [
        ("jailbreak", 1, 3), ("output_contains_conventional_injection", 1, 1),
    ]  # fmt: skip
    assert sum(s.count for s in made.skipped) == 2


def test_an_inverted_refusal_is_a_hit_when_it_is_true(read: Read, db: Path) -> None:
    inverted = component("TrueFalseInverterScorer", {"sub_scorers": [component("SelfAskRefusalScorer")]})
    (one,) = read(pyrit_database(db, scores=[pyrit_score("True", scorer=inverted)])).observations
    assert (one.threat, one.hits) == ("jailbreak", 1)


def test_attack_results_and_old_message_pieces_are_read_from_json(read: Read) -> None:
    attacks = [pyrit_attack("CrescendoAttack", o) for o in ("success", "failure")]
    (one,) = read(json.dumps(attacks)).observations
    assert (one.threat, one.hits, one.trials) == ("jailbreak", 1, 2)
    old = {"score_value": "True", "score_type": "true_false", "score_category": "hate", "score_rationale": "",
           "scorer_class_identifier": {"__type__": "SelfAskTrueFalseScorer"},
           "timestamp": "2025-02-03T10:00:00"}  # fmt: skip
    piece = {"role": "assistant", "original_value": "x", "orchestrator_identifier": {"__type__": "X"}, "labels": {},
             "prompt_target_identifier": {"__type__": "OpenAIChatTarget"}, "scores": [old]}  # fmt: skip
    made = read(json.dumps([{**piece, "role": "user", "scores": []}, piece]))
    assert [(o.threat, o.hits, o.trials, o.held_on) for o in made.observations] == [("jailbreak", 1, 1, "2025-02-03")]
    assert made.target == "OpenAIChatTarget"


def test_messages_without_scores_are_no_evidence(problems: Problems) -> None:
    assert "0 of 0 is no evidence" in problems(json.dumps([{"role": "user", "original_value": "x"}]))


def test_another_database_is_refused(problems: Problems, db: Path) -> None:
    said = problems(pyrit_database(db, tables="CREATE TABLE t (a);"))
    assert "without AttackResultEntries and ScoreEntries" in said


def test_a_view_in_place_of_a_table_is_never_run(problems: Problems, db: Path) -> None:
    forever = (
        'CREATE VIEW "AttackResultEntries" AS WITH RECURSIVE n(outcome) AS '
        "(SELECT 1 UNION ALL SELECT outcome + 1 FROM n) SELECT outcome FROM n;"
    )
    assert "no plain table" in problems(pyrit_database(db, tables=forever))


def test_a_computed_column_is_never_computed(read: Read, problems: Problems, db: Path) -> None:
    tables = (
        'CREATE TABLE "ScoreEntries" (id, score_type, timestamp, '
        "score_value AS (hex(zeroblob(400000000))), pyrit_version);"
    )
    with closing(sqlite3.connect(pyrit_database(db, tables=tables))) as writable:
        writable.execute("""INSERT INTO "ScoreEntries" VALUES (1, 'true_false', '2026-11-20 00:00:00', '1')""")
        writable.commit()
    assert [s.why for s in read(db).skipped] == ["scores that were not determined"]


def test_a_cell_that_is_no_json_is_told_with_its_place(problems: Problems, db: Path) -> None:
    attack = {**pyrit_attack("CrescendoAttack", "success"), "id": "7", "targeted_harm_categories": "{"}
    assert "AttackResultEntries 7, targeted_harm_categories" in problems(pyrit_database(db, [attack]))


def test_a_database_in_use_is_refused_because_a_part_of_it_lies_beside_it(problems: Problems, db: Path) -> None:
    pyrit_database(db, [pyrit_attack("CrescendoAttack", "success")])
    Path(f"{db}-wal").write_bytes(b"x")
    assert "close PyRIT first" in problems(db)


def test_a_broken_database_is_refused_and_nothing_is_written(problems: Problems, db: Path, tmp_path: Path) -> None:
    raw = pyrit_database(db, [pyrit_attack("CrescendoAttack", "success") for _ in range(60)]).read_bytes()
    db.write_bytes(raw[:4096] + b"\xff" * 4096 + raw[8192:])
    assert "not a database that can be read" in problems(db)
    db.write_bytes(raw.replace(b"CREATE TABLE", b"CREATE \xa7ABLE"))
    assert "not a database that can be read" in problems(db)
    db.write_bytes(raw[:100])
    assert "not a database that can be read" in problems(db)
    assert [file.name for file in tmp_path.iterdir()] == [db.name]

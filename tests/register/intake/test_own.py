from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.mapping import read_table
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.workflows.schemas import SCHEMAS
from tests.register.intake.conftest import Problems, Read
from tests.register.intake.makers import own

ATTACK: dict[str, Any] = {
    "threat": "jailbreak",
    "what": "crescendo",
    "hits": 2,
    "trials": 60,
    "strong": True,
    "seed": 9,
}


def test_what_a_file_of_our_own_says_is_taken_as_it_stands(read: Read) -> None:
    check = {
        "control": "rate_limit",
        "what": "asked 100 times",
        "passed": True,
        "component": "gateway",
        "kind": "review",
    }
    made = read(own({**ATTACK, "with_controls": ["rate_limit"]}, check, digests={"model": "a" * 64}, by="ana"))
    attack, control = made.observations
    assert (attack.threat, attack.hits, attack.trials, attack.strong, attack.seed) == ("jailbreak", 2, 60, True, 9)
    assert attack.with_controls == ("rate_limit",)
    assert (control.control, control.passed, control.component, control.kind) == (
        "rate_limit",
        True,
        "gateway",
        "review",
    )
    assert (made.digests, made.by, made.held_on) == ({"model": "a" * 64}, "ana", "2026-11-20")


def test_all_that_is_wrong_is_told_at_once(problems: Problems) -> None:
    said = problems(own(
        {"what": "a", "threat": "jailbrake", "hits": 1},
        {"what": "b"},
        {"what": "c", "control": "rate_limits", "passed": True, "hits": 3, "trials": 2},
        {"what": "d", "threat": "jailbreak", "passed": True, "held_on": "2026-02-30"},
        digests={"model": "ABC"}, held_on="soon",
    ))  # fmt: skip
    for finding in (
        "observation 1: no threat 'jailbrake'; did you mean 'jailbreak'?", "observation 1: hits without trials",
        "observation 2: it names both", "observation 3: no control 'rate_limits'", "observation 3: 3 hits of 2 trials",
        "observation 4: 'passed' is about a control", "observation 4: held_on: '2026-02-30' is no day",
        "digests: 'model' is no name with a SHA-256", "held_on: 'soon' is no day",
    ):  # fmt: skip
        assert finding in said


def test_unknown_keys_and_wrong_types_are_told_with_the_nearest_key(problems: Problems) -> None:
    said = problems(own({"what": "a", "threat": "jailbreak", "trails": 3}, tool=4))
    assert "did you mean 'trials'?" in said
    assert "expected text, found '4'" in said
    assert "given twice" in problems(own(ATTACK).replace('"what"', '"threat"'))


def test_zero_of_zero_is_no_evidence(read: Read) -> None:
    made = read(own({**ATTACK, "hits": 0, "trials": 0}))
    assert made.observations == ()
    assert made.skipped[0].why.startswith("0 of 0")


def test_a_check_that_could_not_tell_leaves_a_file_that_says_nothing(read: Read) -> None:
    assert read(own()).observations == ()


def test_without_a_day_each_observation_needs_its_own(read: Read, problems: Problems) -> None:
    assert "--held-on" in problems(own(ATTACK, {**ATTACK, "held_on": "2026-11-01"}, held_on=""))
    days = [{**ATTACK, "held_on": day} for day in ("2026-11-01", "2026-10-01")]
    made = read(own(*days, held_on=""))
    assert ([o.held_on for o in made.observations], made.held_on) == (["2026-11-01", "2026-10-01"], "2026-11-01")


_OBSERVATIONS = st.builds(
    Observation,
    what=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60),
    threat=st.sampled_from(["jailbreak", "data_poison"]),
    hits=st.integers(0, 50),
    trials=st.integers(51, 10**6),
    strong=st.booleans(),
    seed=st.none() | st.integers(0, 2**31),
)


@settings(suppress_health_check=list(HealthCheck), max_examples=50)
@given(st.lists(_OBSERVATIONS, min_size=1, max_size=5))
def test_what_is_written_is_read_back_and_fits_the_schema(read: Read, observations: list[Observation]) -> None:
    file = EvidenceFile(bartizan_evidence=1, tool="lab", held_on="2026-11-20", observations=tuple(observations))
    raw = document_of(file)
    jsonschema.validate(json.loads(raw), SCHEMAS["evidence"]())
    made = read(raw)
    assert [(o.what, o.hits, o.trials) for o in made.observations] == [(o.what, o.hits, o.trials) for o in observations]
    assert msgspec.json.decode(raw, type=EvidenceFile) == file


def test_the_schema_says_what_each_field_means_and_refuses_unknown_ones() -> None:
    schema = SCHEMAS["evidence"]()
    parts = schema["$defs"]
    assert all("description" in p for p in parts["Observation"]["properties"].values())
    assert parts["EvidenceFile"]["additionalProperties"] is False


def test_the_file_that_the_guide_shows_is_read(read: Read) -> None:
    guide = Path(__file__).parents[3] / "docs" / "guide" / "evidence-import.md"
    (shown,) = re.findall(r"```json\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert [one.threat or one.control for one in read(shown).observations] == [
        "indirect_prompt_injection",
        "rate_limit",
    ]


def test_the_table_that_the_guide_shows_is_read(tmp_path: Path) -> None:
    guide = Path(__file__).parents[3] / "docs" / "guide" / "evidence-import.md"
    (shown,) = re.findall(r"```yaml\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "table.yaml"
    file.write_text(shown, encoding="utf-8")
    assert len(read_table(file, load_catalog()).entries) == 2

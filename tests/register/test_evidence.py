"""Evidence and its files as the register keeps them."""

from __future__ import annotations

import hashlib

import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.evidence import Evidence
from bartizan.core.terms import ComponentId, ControlId
from bartizan.register import evidence, risks
from bartizan.register.opening import Register
from tests.register.databases import Clock
from tests.register.seeds import HOSTILE, SYSTEM, seeded, whole

SEEN = Evidence(
    risk="prompt_injection@agent",
    what="garak, 200 prompts",
    kind="test",
    target="agent at staging",
    digests={"model": "a" * 64, "data": "b" * 64},
    held_on="2026-05-03",
    valid_until="2026-12-31",
    hits=12,
    trials=200,
    strong=True,
    with_controls=(ControlId("oversight"),),
    tool="garak",
    version="0.13",
    seed=7,
    by="carl",
    note="n",
    source="c" * 64,
)


def test_an_observation_comes_back_as_it_was_with_its_number_and_who_recorded_it(
    register: Register, clock: Clock
) -> None:
    with register.change("anna") as change:
        seeded(change)
        made = evidence.add(change, SYSTEM, SEEN, 1)
    assert made.evidence == Evidence(
        **{**{f: getattr(SEEN, f) for f in SEEN.__struct_fields__}, "id": "E-1", "component": "agent"}
    )
    assert (made.number, made.risk_number, made.recorded_by, made.recorded_at) == (1, 1, "anna", "2026-11-22T09:00:00Z")
    with register.read() as connection:
        assert evidence.evidence(connection, SYSTEM) == (made,)
        assert evidence.evidence_by_number(connection, SYSTEM, 1) == made
        with pytest.raises(NotFound, match="no evidence E-2"):
            evidence.evidence_by_number(connection, SYSTEM, 2)
    whole(register)


def test_what_it_is_about_follows_the_risk_and_the_component(register: Register) -> None:
    about_control = Evidence(
        control=ControlId("oversight"), component="agent", what="w", kind="review", held_on="2026-05-03"
    )
    with register.change("anna") as change:
        seeded(change)
        evidence.add(change, SYSTEM, SEEN, 1)
        evidence.add(change, SYSTEM, about_control, None)
        moves = {ComponentId("agent"): ComponentId("assistant")}
        evidence.rename(change, SYSTEM, moves)
        risks.rename(change, SYSTEM, moves, {}, str)
        of_control, of_risk = evidence.evidence(change.connection, SYSTEM)
    assert of_risk.evidence.risk == "prompt_injection@assistant"
    assert of_control.evidence.component == "assistant"
    assert of_control.evidence.risk == ""
    whole(register)


def test_evidence_that_was_wrong_stays_to_be_seen_with_the_reason(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        made = evidence.add(change, SYSTEM, SEEN, 1)
        gone = evidence.withdraw(change, SYSTEM, 1, "the wrong model", revision=made.revision)
        assert (gone.withdrawn, gone.withdrawn_why) == (True, "the wrong model")
    before = whole(register)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        evidence.withdraw(change, SYSTEM, 1, "again", revision=made.revision)
    with pytest.raises(Conflict, match="withdrawn already"), register.change("ben") as change:
        evidence.withdraw(change, SYSTEM, 1, "again")
    with pytest.raises(NotFound), register.change("ben") as change:
        evidence.withdraw(change, SYSTEM, 2, "x")
    assert whole(register) == before


def test_a_file_is_kept_by_its_digest_and_the_same_twice_is_one(register: Register) -> None:
    content = bytes(range(256)) * 100
    with register.change("anna") as change:
        seeded(change)
        evidence.add(change, SYSTEM, SEEN, 1)
        first = evidence.attach(change, SYSTEM, 1, "report.jsonl", content, "application/json")
        again = evidence.attach(change, SYSTEM, 1, "other name.jsonl", content)
        other = evidence.attach(change, SYSTEM, 1, "report.jsonl", b"x")
        (kept,) = evidence.evidence(change.connection, SYSTEM)
    assert first == again
    assert first.digest == hashlib.sha256(content).hexdigest()
    assert (first.name, first.media_type, first.size, first.added_by) == (
        "report.jsonl",
        "application/json",
        25600,
        "anna",
    )
    assert set(kept.attachments) == {first, other}
    with register.read() as connection:
        assert evidence.attached(connection, SYSTEM, 1, first.digest) == content
        with pytest.raises(NotFound, match="no such attachment"):
            evidence.attached(connection, SYSTEM, 1, "0" * 64)
    whole(register)


@pytest.mark.parametrize(
    ("number", "content", "error", "said"),
    [
        (1, b"", InputError, "the file is empty"),
        (1, b"x" * (evidence.LARGEST + 1), InputError, "20,000,001 bytes"),
        (2, b"x", NotFound, "no evidence E-2"),
    ],
    ids=["empty", "too large", "no evidence"],
)
def test_a_file_that_cannot_be_kept_changes_nothing(
    number: int, content: bytes, error: type[Exception], said: str, register: Register
) -> None:
    with register.change("anna") as change:
        seeded(change)
        evidence.add(change, SYSTEM, SEEN, 1)
    before = whole(register)
    with pytest.raises(error, match=said), register.change("anna") as change:
        evidence.attach(change, SYSTEM, number, "f", content)
    assert whole(register) == before


@pytest.mark.parametrize("text", [*HOSTILE, "long " * 2000])
def test_texts_come_out_as_they_went_in(text: str, register: Register) -> None:
    seen = Evidence(risk=SEEN.risk, what=text, note=text, by=text, target=text, kind="test", held_on="2026-05-03")
    with register.change("anna") as change:
        seeded(change)
        made = evidence.add(change, SYSTEM, seen, 1)
        file = evidence.attach(change, SYSTEM, 1, text[:200], b"x")
    assert (made.evidence.what, made.evidence.note, made.evidence.by, made.evidence.target) == (text,) * 4
    assert file.name == text[:200]
    whole(register)

"""What a gateway saw comes back as evidence: it may raise a likelihood, and it never lowers one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.gateway.events.event import ENCODER, Event, Found, Judged
from bartizan.gateway.events.lines import line_of
from bartizan.register.opening import Register
from bartizan.workflows.desk import Desk
from bartizan.workflows.gateway_observations import Seen, read
from bartizan.workflows.keeping import add_all_evidence
from tests.workflows.desks import desk_with, kept

_GUARD = "prompt_injection_io_handling"
_RISK = "indirect_prompt_injection@agent"


def _event(number: int, *judged: Judged, model: str = "m") -> Event:
    return Event(
        at=f"2026-03-01T09:00:{number % 60:02}.000000Z",
        seq=number + 1,
        chain="one",
        id=f"e{number}",
        route="openai.chat",
        ending="passed",
        status=200,
        model=model,
        judged=judged,
    )


def _judged(outcome: str, *, enforced: bool = True, guard: str = _GUARD) -> Judged:
    found = () if outcome in ("crashed", "allowed") else (Found(rule="planted"),)
    return Judged(guard=guard, part="prompt", outcome=outcome, enforced=enforced, found=found)


def _folder(at: Path, events: Iterable[Event]) -> Path:
    chain = at / "events" / "chains" / "one"
    chain.mkdir(parents=True)
    before, lines = "", []
    for event in events:
        line, before = line_of(ENCODER.encode(event), before)
        lines.append(line)
    (chain / "000000000001.jsonl").write_bytes(b"".join(lines))
    return at / "events"


def _likelihoods(desk: Desk) -> dict[str, tuple[int, int]]:
    return {one.id: (one.inherent.likelihood, one.current.level) for one in kept(desk).assessment.risks}


def _brought(desk: Desk, folder: Path) -> Seen:
    seen = read(desk, "agent", folder, by="anna")
    add_all_evidence(desk, "agent", seen.evidence, by="anna")
    return seen


def test_attempts_that_went_on_because_a_guard_only_watched_raise_the_likelihood_of_what_they_touch(
    register: Register, tmp_path: Path
) -> None:
    desk = desk_with(register)
    before = _likelihoods(desk)
    events = [_event(n, _judged("blocked", enforced=False)) for n in range(30)]
    seen = _brought(desk, _folder(tmp_path, events))
    piece = next(one for one in seen.evidence if one.risk == _RISK)
    assert (piece.kind, piece.hits, piece.trials, piece.with_controls) == ("event", 30, 30, ())
    after = _likelihoods(desk)
    assert any(after[risk][0] > was[0] for risk, was in before.items())
    assert all(after[risk] >= was for risk, was in before.items())


def test_what_was_stopped_is_kept_and_lowers_nothing(register: Register, tmp_path: Path) -> None:
    desk = desk_with(register)
    before = _likelihoods(desk)
    seen = _brought(desk, _folder(tmp_path, [_event(n, _judged("blocked")) for n in range(200)]))
    assert {(one.hits, one.trials, one.strong) for one in seen.evidence} == {(0, 200, False)}
    assert all(after >= before[risk] for risk, after in _likelihoods(desk).items())


def test_a_guard_that_does_not_work_is_found_failing(register: Register, tmp_path: Path) -> None:
    events = [_event(n, _judged("crashed" if n < 5 else "allowed")) for n in range(100)]
    seen = _brought(desk_with(register), _folder(tmp_path, events))
    assert [(one.control, one.passed) for one in seen.evidence] == [(_GUARD, False)]


def test_routine_work_of_guards_is_no_attempt(register: Register, tmp_path: Path) -> None:
    events = [_event(n, _judged("blocked", guard="input_segregation")) for n in range(9)]
    assert read(desk_with(register), "agent", _folder(tmp_path, events)).evidence == ()


def test_the_place_is_the_model_that_was_asked_or_the_one_that_is_named(register: Register, tmp_path: Path) -> None:
    desk, folder = desk_with(register), _folder(tmp_path, [_event(1, _judged("blocked"))])
    assert {one.risk.partition("@")[2] for one in read(desk, "agent", folder).evidence} == {"agent"}
    assert read(desk, "agent", folder, component="send").evidence == ()
    with pytest.raises(InputError, match="no component 'nobody'"):
        read(desk, "agent", folder, component="nobody")


def test_only_events_from_a_day_on_are_read_and_a_folder_that_is_none_is_told(
    register: Register, tmp_path: Path
) -> None:
    desk, folder = desk_with(register), _folder(tmp_path, [_event(1, _judged("blocked"))])
    assert read(desk, "agent", folder, since="2026-03-02").exchanges == 0
    with pytest.raises(InputError, match="no such folder"):
        read(desk, "agent", tmp_path / "nowhere")
    with pytest.raises(InputError, match="is no day"):
        read(desk, "agent", folder, since="yesterday")

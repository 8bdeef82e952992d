"""Events of a running system, read from lines of JSON that anybody may have written."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError, NotFound
from bartizan.register.events import Happened
from bartizan.register.opening import Register
from bartizan.workflows.events import import_events, read_events, see
from tests.workflows.desks import desk_with, kept

KNOWN = {"R-1": 1, "direct_prompt_injection@agent": 1}
GOOD = {"kind": "blocked", "at": "2026-11-22T09:00:00Z"}


@given(st.text(max_size=300))
def test_any_text_is_events_or_a_clear_message(text: str) -> None:
    with suppress(InputError):
        read_events(text, "e.jsonl", KNOWN)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("kind", "at", "x")), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from((*GOOD, "what", "count", "source", "risk", "other")), json_values))
def test_any_object_is_an_event_or_a_clear_message(data: dict[str, object]) -> None:
    try:
        (made,) = read_events(json.dumps({**GOOD, **data}), "e.jsonl", KNOWN)
    except InputError:
        return
    assert made.kind
    assert 1 <= made.count < 2**31


@given(
    st.lists(
        st.builds(
            Happened,
            kind=st.text(min_size=1, max_size=20, alphabet=st.characters(codec="utf-8", exclude_characters="\0")),
            what=st.text(max_size=50, alphabet=st.characters(codec="utf-8", exclude_characters="\0")),
            at=st.datetimes().map(lambda d: d.replace(microsecond=0).isoformat() + "Z"),
            count=st.integers(1, 2**31 - 1),
        ),
        max_size=5,
    )
)
def test_events_read_as_they_were_written(events: list[Happened]) -> None:
    lines = [json.dumps({"kind": e.kind, "what": e.what, "at": e.at, "count": e.count}) for e in events]
    assert read_events("\n".join(lines), "e.jsonl", KNOWN) == tuple(events)


def test_all_that_is_wrong_is_told_at_once_with_its_line() -> None:
    lines = [
        json.dumps(GOOD),
        json.dumps({**GOOD, "at": "2026-11-22T09:00:00", "count": 0}),
        json.dumps({**GOOD, "risk": "direct_prompt_injection@agnet", "wat": "x"}),
        "{",
        "[]",
    ]
    with pytest.raises(InputError) as raised:
        read_events("\n".join(lines), "e.jsonl", KNOWN)
    assert [problem.line for problem in raised.value.problems] == [2, 2, 3, 3, 4, 5]
    assert "did you mean 'direct_prompt_injection@agent'" in str(raised.value)
    assert "did you mean 'what'" in str(raised.value)


def test_moments_come_in_any_zone_and_are_kept_in_one() -> None:
    (found,) = read_events(json.dumps({**GOOD, "at": "2026-11-22T01:30:00+05:30"}), "e.jsonl", {})
    assert found.at == "2026-11-21T20:00:00Z"


def test_the_same_event_is_kept_once_and_a_broken_file_changes_nothing(register: Register, tmp_path: Path) -> None:
    desk = desk_with(register)
    file = tmp_path / "e.jsonl"
    lines = [json.dumps(GOOD), json.dumps({**GOOD, "count": 3, "risk": "R-1"})]
    file.write_text("\n".join([*lines, lines[0]]), encoding="utf-8")
    assert len(import_events(desk, "agent", file, by="gateway")) == 2
    assert import_events(desk, "agent", file, by="gateway") == ()
    file.write_text(json.dumps({**GOOD, "count": 9}) + "\nbroken", encoding="utf-8")
    with pytest.raises(InputError):
        import_events(desk, "agent", file, by="gateway")
    assert [(e.count, e.risk_number) for e in kept(desk).holding.events] == [(3, 1), (1, None)]
    with pytest.raises(NotFound, match="no event 7"):
        see(desk, "agent", (7,), by="anna")
    assert see(desk, "agent", (1,), by="anna") == 1
    assert [e.number for e in kept(desk).holding.events] == [2]

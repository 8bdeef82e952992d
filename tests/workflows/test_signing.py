"""What verifications say as evidence, and what a watch keeps of what it saw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.supply.signing.watching import Event
from bartizan.workflows.signing import Question, Watch, append_event, evidence_of, refuse_wrong, verified
from tests.supply.signing.making import DAY, FILES, Place, write_key, write_policy


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.sign(counter=3)
    return made


def question(place: Place) -> Question:
    policy = write_policy(place.folder / "trust.yaml")
    return Question(model=place.model, signature=place.signature, trust=policy, day=DAY)


def passed(watch: Watch) -> bool | None:
    made = watch.evidence("runtime_model_integrity", "model")
    assert made is not None
    return made.observations[0].passed


def test_a_signature_of_a_stranger_names_no_digest_and_fails_the_control(place: Place) -> None:
    place.sign(key=write_key(place.folder / "stranger.pem"))
    (found,) = evidence_of(verified(question(place)), "supply_chain_manage", "model").observations
    assert (found.passed, found.digests) == (False, {})
    assert "key_unknown" in found.what


def test_a_watch_passes_only_if_every_look_was_good(place: Place) -> None:
    watch = Watch(question(place), every=3600, on_event=lambda _: None)
    assert watch.evidence("runtime_model_integrity", "model") is None
    watch.watched.look()
    watch.watched.look()
    assert passed(watch) is True
    (place.model / "weights.bin").write_bytes(b"evil")
    watch.watched.look()
    (place.model / "weights.bin").write_bytes(FILES["weights.bin"])
    watch.watched.look()
    assert passed(watch) is False
    made = watch.evidence("runtime_model_integrity", "model")
    assert made is not None
    assert "verified at 3 of 4 looks" in made.observations[0].what


def test_a_look_that_could_not_be_done_leaves_it_open(place: Place) -> None:
    watch = Watch(question(place), every=3600, on_event=lambda _: None)
    watch.watched.look()
    (place.folder / "trust.yaml").write_text("")
    watch.watched.look()
    assert passed(watch) is None


def test_events_are_appended_one_a_line(place: Place) -> None:
    file, told = place.folder / "events.jsonl", list[Event]()
    for _ in range(2):
        Watch(question(place), every=3600, on_event=told.append, events=file).watched.look()
    assert [json.loads(line)["state"] for line in file.read_text().splitlines()] == ["verified", "verified"]
    with pytest.raises(InputError, match="cannot be written"):
        append_event(place.folder, told[0])


def test_what_is_wrong_before_a_watch_ends_it(place: Place) -> None:
    refuse_wrong(question(place))
    place.model.rename(place.folder / "gone")
    with pytest.raises(InputError, match="no such file or folder"):
        refuse_wrong(question(place))

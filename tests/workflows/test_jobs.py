"""Long work goes through its steps once, whatever happens to the server meanwhile."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bartizan.core.errors import Conflict, InputError
from bartizan.register import jobs as store
from bartizan.register.opening import Register, open_register
from bartizan.workflows import jobs
from bartizan.workflows.desk import Desk
from bartizan.workflows.jobs import KINDS, Progress, Worker, ask
from bartizan.workflows.keeping import keep_file
from tests.register.databases import Clock

EXAMPLES = Path("examples")


@pytest.fixture
def desk(register: Register) -> Desk:
    return Desk(register)


def _job(desk: Desk, name: str) -> store.Job:
    with desk.register.read() as connection:
        return store.job(connection, name)


def test_work_of_an_unknown_kind_is_an_input_error_that_names_the_kinds(desk: Desk) -> None:
    with pytest.raises(InputError, match="refresh"):
        ask(desk, "refrehs", by="ann")


def test_refreshing_everything_assesses_each_system_and_says_how_many(desk: Desk) -> None:
    for example in ("executive-mail-agent", "retail-chatbot"):
        keep_file(desk, EXAMPLES / example / "system.yaml", by="ann")
    asked = ask(desk, "refresh", by="ann")
    assert Worker(desk).work_once()
    done = _job(desk, asked.id)
    assert done.state == "done"
    assert done.done == done.total == 2
    assert '"failed":{}' in done.result.replace(" ", "")


def test_nothing_to_do_is_no_work(desk: Desk) -> None:
    assert not Worker(desk).work_once()


def _counting(seen: list[int], die_at: int = 0) -> Any:
    def work(desk: Desk, arguments: Mapping[str, Any], progress: Progress) -> object:
        for step in range((progress.left_off or 0) + 1, 6):
            if step == die_at and seen.count(step) == 0:
                seen.append(step)
                raise KeyboardInterrupt
            seen.append(step)
            progress.tell(step, 5, f"step {step}", step)
        return {"steps": 5}

    return work


def test_work_that_was_cut_off_goes_on_where_it_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(jobs, "KINDS", {**KINDS, "count": _counting(seen, die_at=3)})
    asked = ask(desk, "count", by="ann")
    with pytest.raises(KeyboardInterrupt):  # as a kill would: nothing after it runs
        Worker(desk).work_once()
    assert _job(desk, asked.id).state == "running"
    again = Worker(desk, pause=0.01)
    again.start()
    _wait(desk, asked.id)
    again.stop()
    assert seen == [1, 2, 3, 3, 4, 5]
    assert _job(desk, asked.id).state == "done"


def test_a_second_server_leaves_what_the_first_is_doing_alone_and_takes_over_when_it_ends(
    desk: Desk, register_place: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    go = threading.Event()

    def work(desk: Desk, arguments: Mapping[str, Any], progress: Progress) -> object:
        for step in range((progress.left_off or 0) + 1, 4):
            seen.append(step)
            progress.tell(step, 3, "", step)
            assert go.wait(20)
        return {}

    monkeypatch.setattr(jobs, "KINDS", {"count": work})
    asked = ask(desk, "count", by="ann")
    with closing(open_register(register_place, clock=clock)) as other:
        first, second = Worker(desk, pause=0.01), Worker(Desk(other), pause=0.01)
        first.start()
        while not seen:
            time.sleep(0.01)
        second.start()
        time.sleep(0.2)
        assert _job(desk, asked.id).state == "running"
        go.set()
        _wait(desk, asked.id)
        assert seen == [1, 2, 3]
        first.stop()
        _wait(desk, ask(desk, "count", by="ann").id)
        second.stop()


def test_work_that_somebody_stops_ends_at_its_next_step_and_stays_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def work(desk: Desk, arguments: Mapping[str, Any], progress: Progress) -> object:
        for step in range(1, 6):
            seen.append(step)
            if step == 2:
                with desk.register.change("bob") as change:
                    store.stop(change, progress.job.id)
            progress.tell(step, 5, "")
        return {}

    monkeypatch.setattr(jobs, "KINDS", {"count": work})
    asked = ask(desk, "count", by="ann")
    Worker(desk).work_once()
    assert seen == [1, 2]
    found = _job(desk, asked.id)
    assert (found.state, found.message) == ("stopped", "stopped by bob")
    with desk.register.change("bob") as change, pytest.raises(Conflict):
        store.stop(change, asked.id)


def test_a_defect_fails_the_work_without_its_details_and_the_worker_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(desk: Desk, arguments: Mapping[str, Any], progress: Progress) -> object:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(jobs, "KINDS", {"broken": broken, "count": _counting([])})
    first, second = ask(desk, "broken", by="ann"), ask(desk, "count", by="ann")
    worker = Worker(desk, pause=0.01)
    worker.start()
    _wait(desk, first.id)
    _wait(desk, second.id)
    worker.stop()
    assert "secret" not in _job(desk, first.id).message
    assert {_job(desk, first.id).state, _job(desk, second.id).state} == {"failed", "done"}


def _wait(desk: Desk, name: str) -> None:
    end = datetime.datetime.now() + datetime.timedelta(seconds=20)
    while not _job(desk, name).is_over:
        assert datetime.datetime.now() < end, "the work did not end"
        time.sleep(0.02)
